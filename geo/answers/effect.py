"""What real closures were followed by: reports around the bases, beside places where nothing closed."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo import hexgrid
from geo.answers.observation import days_of_change, standing_on
from geo.answers.world import PROVINCE_RESOLUTION, World
from geo.drawdown.comparison import (
    ClosureRequest,
    Months,
    PlaceArray,
    choose_comparison,
    count_around,
    months_around,
    panel_of,
)
from geo.drawdown.effect import Effect, estimate_effect, placebo_effects, words_of
from geo.drawdown.panel import BoolArray, FloatArray, Panel
from geo.errors import RequestError, UnknownRecordError
from geo.incidents.hotspots import centroid_coded
from geo.incidents.observation import footprints
from geo.model import Audience, Window
from geo.redaction import Cleared, clear, may_see

# A base is open on the day so long before its closing day, and closed on the day so long after.
_MARGIN = dt.timedelta(days=31)
# Cells of about 250 km² tell which part of a place's surroundings is watched.
_REACH_RESOLUTION = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectAnswer:
    """Estimate and verdict, what they rest on, and the same for months in which nothing closed."""

    request: ClosureRequest
    effect: Cleared  # one row; none where the counts behind it are too small to tell
    placebos: Cleared  # month, rate_ratio, low, high, p_value
    months: Cleared  # month, reports and reach around what closed and around the others
    places: Cleared  # what closed and what it is compared with
    statement: tuple[str, ...]  # what the answer rests on


def answer_effect(world: World, request: ClosureRequest, *, audience: Audience) -> EffectAnswer:
    """Compare reports around closed bases, before and after, with places where nothing closed.

    An audience that may not see the numbers is answered for the closing day on record, whatever day it names: a
    verdict that moves with the day would give single months away.

    Raises
    ------
    UnknownRecordError
        When a base is not on record.
    RequestError
        When a base did not close around the day, or no whole month of data lies on either side.
    """
    settings = world.settings
    numbers = may_see("effect", "rate_ratio", audience=audience, settings=settings)
    day = _closing_day(world, request, numbers=numbers)
    months = _months_around(world, day, numbers=numbers)
    places = _places(world, request, months)
    counts = _counts(world, places, months)
    reach = _reach(world, places, months)
    chosen = choose_comparison(counts, reach, places, months, settings=settings.effect)
    panel = panel_of(counts, reach, places["closing"].to_numpy(dtype=bool), chosen, months)
    effect = estimate_effect(panel, settings=settings.effect)

    def cleared(frame: pd.DataFrame, view: str, count_column: str | None = None) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings, count_column=count_column)

    told = may_see("effect", "reason", audience=audience, settings=settings)
    return EffectAnswer(
        request=request,
        effect=cleared(_effect_row(effect, panel, with_reason=told), "effect", "least"),
        placebos=cleared(_placebos(world, panel, months), "effect_placebos"),
        months=cleared(_months(panel, months), "effect_months"),
        places=cleared(_rested_on(places, counts, reach, chosen, months), "effect_places"),
        statement=_statement(world, months, numbers=numbers),
    )


def answer_closed(world: World, *, audience: Audience) -> Cleared:
    """List the bases on record as closed within the days the data speak of, the latest first."""
    own, shown = world.base_tables
    named = pd.concat([own[["base_id", "name"]], shown.rename(columns={"base_name": "name"})[["base_id", "name"]]])
    named = named.dropna(subset=["base_id"]).drop_duplicates("base_id", keep="last")
    days = [_last_day(world, str(base)) for base in named["base_id"]]
    table = named.assign(closed_on=pd.to_datetime(pd.Series(days, index=named.index, dtype=object)))
    first, last = pd.Timestamp(world.first_date), pd.Timestamp(world.latest_date)
    table = table.loc[table["closed_on"].between(first, last).to_numpy(dtype=bool)]
    table = table.sort_values(["closed_on", "base_id"], ascending=[False, True], ignore_index=True)
    return clear(table, view="closed_bases", audience=audience, settings=world.settings)


def _closing_day(world: World, request: ClosureRequest, *, numbers: bool) -> dt.date:
    """Closing day looked at; the base must have been open shortly before and be closed shortly after."""
    own, shown = world.base_tables
    known = {*own["base_id"], *shown["base_id"]}
    unknown = [base for base in request.base_ids if base not in known]
    if unknown:
        raise UnknownRecordError(f"no base {', '.join(map(repr, unknown))} is on record; check its id")
    recorded = [_last_day(world, base) for base in request.base_ids]
    days = [day for day in recorded if day is not None]
    if not numbers:
        if len(days) < len(recorded) or max(days) - min(days) > _MARGIN:
            raise RequestError("these bases are not on record as closed together; ask for one that closed")
        return max(days)
    early, late = (set(world.bases_at(request.date + step)["base_id"]) for step in (-_MARGIN, _MARGIN))
    for base, day in zip(request.base_ids, recorded, strict=True):
        if base not in early or base in late:
            last = "it is not on record as closed" if day is None else f"its last day on record is {day}"
            raise RequestError(f"base {base!r} did not close within a month of {request.date}: {last}")
    return request.date


def _months_around(world: World, day: dt.date, *, numbers: bool) -> Months:
    """Months around a closing day; its refusal names no day to those who may not know it."""
    try:
        return months_around(day, first=world.first_date, last=world.latest_date, settings=world.settings.effect)
    except RequestError:
        if numbers:
            raise
        raise RequestError("no whole month of data lies before and after the closure on record") from None


def _last_day(world: World, base_id: str) -> dt.date | None:
    """Last day a base was open, from its record, else from the last map that shows it; nothing where it is open."""
    own, shown = world.base_tables
    ends = own.loc[own["base_id"] == base_id, "valid_to"]
    if len(ends):
        return None if ends.isna().any() else pd.Timestamp(ends.max()).date()
    year = int(shown.loc[shown["base_id"] == base_id, "year"].max())
    return None if year >= int(shown["year"].max()) else dt.date(year, 12, 31)


def _places(world: World, request: ClosureRequest, months: Months) -> pd.DataFrame:
    """What closed, bases on record, and towns; whether each closed and whether it may be compared with."""
    own, shown = world.base_tables
    bases = pd.concat([own[_PLACE], shown.rename(columns={"base_name": "name"})[_PLACE]])
    bases = bases.drop_duplicates("base_id").dropna(subset=["longitude", "latitude"])
    missing = sorted(set(request.base_ids) - set(bases["base_id"]))
    if missing:
        raise RequestError(f"base {missing[0]!r} has no position, so nothing can be counted around it")
    open_last = world.bases_at(months.ends[-1])["base_id"]
    closing = bases["base_id"].isin(request.base_ids).to_numpy(dtype=bool)
    kept = bases.assign(kind="base", closing=closing, stays=bases["base_id"].isin(open_last))
    kept = kept.loc[kept["closing"] | kept["stays"]]
    towns = world.places.loc[world.places["kind"].isin(["city", "town"]).to_numpy(dtype=bool)]
    towns = towns.loc[
        ((towns["country"] == world.country) if world.country else towns["country"].notna()).fillna(False)
    ]
    towns = towns[["name", "longitude", "latitude"]].assign(kind="town", closing=False, stays=True)
    return pd.concat([kept.drop(columns="base_id"), towns], ignore_index=True)


_PLACE = ["base_id", "name", "longitude", "latitude"]


def _counts(world: World, places: pd.DataFrame, months: Months) -> FloatArray:
    """Incidents whose place is known exactly or nearly around each place."""
    incidents, rule = world.incidents, world.settings.hotspots
    at_point = world.placement(PROVINCE_RESOLUTION).point >= 0
    known = at_point & ~centroid_coded(incidents, world.boundaries, among=at_point, settings=rule)
    columns = ["longitude", "latitude", "date_start", "date_end"]
    radius_km = world.settings.effect.radius_km
    return count_around(
        incidents.loc[known, columns], places, months, longest_days=rule.longest_days, radius_km=radius_km
    )


def _reach(world: World, places: pd.DataFrame, months: Months) -> FloatArray:
    """Share of the land around each place that a standing observer watched at the end of each month."""
    radius_km = world.settings.effect.radius_km
    own = hexgrid.cells_of_points(places["longitude"], places["latitude"], resolution=_REACH_RESOLUTION)
    cells = hexgrid.cells_near(own, distance_km=radius_km)
    around = footprints(cells, places.assign(radius_km=radius_km)).astype(np.float64)
    changes = np.array(days_of_change(world, Window(months.first, months.ends[-1])))
    reach = np.empty((len(places), months.count))
    kept: dict[int, BoolArray] = {}
    for month, day in enumerate(months.ends):
        state = int((changes <= day).sum())
        if state not in kept:
            kept[state] = np.asarray(footprints(cells, standing_on(world, day)).any(axis=0), dtype=bool)
        reach[:, month] = around @ kept[state] / around.sum(axis=1)
    return reach


def _effect_row(effect: Effect, panel: Panel, *, with_reason: bool) -> pd.DataFrame:
    on, other = panel.counts[panel.treated], panel.counts[~panel.treated]
    sums = {
        "reports_before": on[:, panel.before].sum(),
        "reports_after": on[:, panel.after].sum(),
        "other_reports_before": other[:, panel.before].sum(),
        "other_reports_after": other[:, panel.after].sum(),
    }
    row = {
        "verdict": effect.verdict,
        "words": words_of(effect.verdict, effect.reason if with_reason else ""),
        "reason": effect.reason,
        "rate_ratio": effect.estimate.rate_ratio,
        "low": effect.estimate.low,
        "high": effect.estimate.high,
        "p_value": effect.estimate.p_value,
        "pre_trend_p": effect.pre_trend_p,
        "reach_before": _mean(panel.reach[panel.treated][:, panel.before]),
        "reach_after": _mean(panel.reach[panel.treated][:, panel.after]),
        "reach_kept": effect.reach_kept,
        "other_reach_kept": effect.other_reach_kept,
        "comparison_places": int((~panel.treated).sum()),
        "months_before": int(panel.before.sum()),
        "months_after": int(panel.after.sum()),
        **sums,
        "least": min(sums["reports_before"], sums["reports_after"]),
    }
    return pd.DataFrame([row])


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else float("nan")


def _placebos(world: World, panel: Panel, months: Months) -> pd.DataFrame:
    starts = months.starts
    rows = [
        (
            starts[months.closure - one.months_before],
            one.estimate.rate_ratio,
            one.estimate.low,
            one.estimate.high,
            one.estimate.p_value,
        )
        for one in placebo_effects(panel, settings=world.settings.effect)
    ]
    return pd.DataFrame(rows, columns=["month", "rate_ratio", "low", "high", "p_value"])


def _months(panel: Panel, months: Months) -> pd.DataFrame:
    on = panel.treated
    other = panel.counts[~on]
    return pd.DataFrame(
        {
            "month": months.starts,
            "reports": panel.counts[on].sum(axis=0),
            "other_reports": other.sum(axis=0),
            "reach": panel.reach[on].mean(axis=0),
            "other_reach": panel.reach[~on].mean(axis=0) if len(other) else np.nan,
        }
    )


def _rested_on(
    places: pd.DataFrame, counts: FloatArray, reach: FloatArray, chosen: PlaceArray, months: Months
) -> pd.DataFrame:
    before, after = slice(None, months.closure), slice(months.closure + 1, None)
    closing = np.flatnonzero(places["closing"].to_numpy(dtype=bool))
    rows = np.concatenate([closing, chosen])
    table = places.iloc[rows][["name", "kind", "longitude", "latitude"]].reset_index(drop=True)
    return table.assign(
        side=np.where(np.arange(len(rows)) < len(closing), "closed", "comparison"),
        reports_before=counts[rows][:, before].sum(axis=1),
        reports_after=counts[rows][:, after].sum(axis=1),
        reach_before=reach[rows][:, before].mean(axis=1),
        reach_after=reach[rows][:, after].mean(axis=1),
    )


def _statement(world: World, months: Months, *, numbers: bool) -> tuple[str, ...]:
    """What the answer rests on; the months only for those who may see numbers."""
    rule = world.settings.effect
    told = [
        f"Incidents whose place is known exactly or nearly, within {rule.radius_km:g} km; each counts for its nearest place only.",
        "Compared with bases that stayed and towns that were watched all along, most similar in earlier counts.",
        "Reach is modelled: land near enough to a base, partner or alert hub. Other sources may see more.",
        "The months are compared, not the reasons: what else happened there at that time is in the estimate.",
    ]
    if len(world.base_tables[1]):
        told.append("Published maps give the year in which a base was last shown, not the day it closed.")
    if numbers:
        starts = months.starts
        told.append(
            f"{starts[0]:%Y-%m} to {starts[-1]:%Y-%m}; the month of the closure, {starts[months.closure]:%Y-%m}, is on neither side."
        )
    return tuple(told)
