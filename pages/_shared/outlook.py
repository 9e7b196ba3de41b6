"""What routes, gaps and imports say, in words: headlines, figures and small tables from cleared answers."""

import datetime as dt
from collections.abc import Hashable, Mapping
from typing import Any

import streamlit as st

from geo.redaction import Cleared
from pages._shared import data, frame, show
from pages._shared.story import count, only_row, percent
from pages._shared.widgets import day_words, hours, spoken

_SMALLEST = 0.001  # expected incidents a table still tells apart
MOST_DRAWN = 3  # routes
TOO_LONG = 3.0  # times the fastest way
WORTH_SHARE = 0.1  # fewer expected incidents, or less notice, than the fastest way: less is no trade to speak of


def around(found: data.RoutesAnswer, request: data.RouteRequest) -> tuple[float, float, float, float]:
    """View that holds both ends and every route."""
    lons, lats = [request.origin.lon, request.destination.lon], [request.origin.lat, request.destination.lat]
    if len(found.routes.frame) and "geometry" in found.routes.columns:
        west, south, east, north = found.routes.frame["geometry"].array.total_bounds
        lons, lats = [*lons, west, east], [*lats, south, north]
    margin = max(0.15, 0.12 * max(max(lons) - min(lons), max(lats) - min(lats)))
    return min(lons) - margin, min(lats) - margin, max(lons) + margin, max(lats) + margin


def picked(found: data.RoutesAnswer) -> list[str]:
    """At most three routes of the front worth a colour: the fastest, the least exposed, the least noticed.

    Where these are fewer than three, the one that comes nearest to being best in all joins them. One that takes over
    :data:`TOO_LONG` times as long as the fastest is listed in files, not drawn.
    """
    routes = found.routes.frame
    if len(routes) < 2 or "exposure" not in routes.columns:
        return list(routes["label"])
    sane = routes.loc[routes["elapsed_min"] <= TOO_LONG * routes["elapsed_min"].min()]
    goals = ["elapsed_min", "exposure", "visibility"]
    best = [sane[goal].idxmin() for goal in goals]
    others = sane.drop(index=best)[goals]
    if len(set(best)) < MOST_DRAWN and len(others):
        span = (sane[goals].max() - sane[goals].min()).replace(0, 1)
        best.append(((others - sane[goals].min()) / span).sum(axis=1).idxmin())
    return [str(label) for label in sane.loc[sane.index.isin(best), "label"]]


def route_headline(found: data.RoutesAnswer, origin: str, target: str) -> tuple[str, str]:
    """Say what the alternatives trade, else why there is none."""
    request = found.request
    leaves = f", leaving at {request.departs:%H:%M}" if request.departs else ""
    subtitle = (
        f"{request.vehicle}, {request.season} season, {day_words(request.as_of)}{leaves} "
        "· exposure is relative and dated"
    )
    if found.refused:
        return f"{origin} to {target}: no way found", found.refused
    routes = found.routes.frame.loc[found.routes.frame["label"].isin(picked(found))]
    fastest = routes.iloc[0]
    if len(routes) == 1 or "exposure" not in routes.columns:
        return f"{origin} to {target}: one way, {hours(fastest['elapsed_min'])}", subtitle
    return f"{origin} to {target}: {_trade(routes.to_dict('records'))}", subtitle


def _trade(routes: list[dict[Hashable, Any]]) -> str:
    """What more time buys: of what is worth saying, that which buys most per minute; what was observed goes first."""
    fastest, *others = routes
    if quieter := _worth(fastest, others, "exposure"):
        best = _best_buy(fastest, [row for row in quieter if not _is_bound(row)] or quieter, "exposure")
        extra = hours(best["elapsed_min"] - fastest["elapsed_min"])
        if _is_bound(best):
            return f"{extra} longer looks quieter, but {float(best['unobserved_km']):.0f} km of it is unobserved"
        less = percent(1 - best["exposure"] / fastest["exposure"])
        return f"{extra} longer meets {less} fewer expected incidents"
    takes = hours(fastest["elapsed_min"])
    as_calm = [row for row in others if row["exposure"] <= (1 + WORTH_SHARE) * fastest["exposure"]]
    if unseen := _worth(fastest, as_calm, "visibility"):
        best = _best_buy(fastest, unseen, "visibility")
        extra = hours(best["elapsed_min"] - fastest["elapsed_min"])
        less = percent(1 - best["visibility"] / fastest["visibility"])
        return f"no way is much less exposed than the fastest, {takes}; {extra} longer draws {less} less notice"
    return f"{takes}; no other way meets {percent(WORTH_SHARE)} fewer expected incidents"


def _worth(fastest: Mapping[Any, Any], others: list[dict[Hashable, Any]], goal: str) -> list[dict[Hashable, Any]]:
    """Routes that are better in a goal than the fastest one by :data:`WORTH_SHARE` of it at least."""
    return [row for row in others if row[goal] < fastest[goal] and row[goal] <= (1 - WORTH_SHARE) * fastest[goal]]


def _best_buy(fastest: Mapping[Any, Any], others: list[dict[Hashable, Any]], goal: str) -> dict[Hashable, Any]:
    """The route that asks for the fewest minutes per unit of a goal."""
    return min(others, key=lambda row: (row["elapsed_min"] - fastest["elapsed_min"]) / (fastest[goal] - row[goal]))


def not_on_roads(tables: tuple[Cleared, ...]) -> tuple[str, ...]:
    """Count what counts nowhere because it lies on no known road; nothing where the audience may not know."""
    lost = sum(len(table.frame) for table in tables if not table.withheld)
    return (f"{count(lost)} records on no known road not drawn",) if lost else ()


def route_choice(labels: list[str]) -> str | None:
    """Let a person look at one of the routes."""
    if not labels:
        return None
    return str(
        st.radio("Route", labels, horizontal=True, key="route", bind="query-params", label_visibility="collapsed")
    )


def routes_table(found: data.RoutesAnswer, selected: str | None) -> None:
    """One line per route."""
    if found.refused:
        show.caveat(found.refused, "refused")
        return
    routes = found.routes.frame.loc[found.routes.frame["label"].isin(picked(found))].to_dict("records")
    rows = [
        (
            f"{row['label']}{' ⛨' if row.get('escort_slots') else ''}",
            hours(row["elapsed_min"]),
            f"{row['length_km']:.0f} km",
            _bounded(row),
            f"{row['visibility']:.1f}",
        )
        for row in routes
    ]
    chosen = next((n for n, row in enumerate(routes) if row["label"] == selected), None)
    show.rows_table(rows, header=("", "time", "length", "exposure", "notice"), right=[1, 2, 3, 4], chosen=chosen)
    for row in routes:
        if row["label"] == selected:
            _route_words(row)
    unit = "Notice in checkpoints' worth."
    if any(_is_bound(row) for row in routes):
        show.caveat(f"≥ at least: part of the way runs where no report of ours could lie. {unit}", "blind")
    else:
        show.label(unit)


def _route_words(row: Mapping[str, Any]) -> None:
    """Arrival, escort and warnings of the route looked at, in one sentence."""
    told = []
    if isinstance(row.get("arrives_at"), str):
        arrives = dt.datetime.fromisoformat(row["arrives_at"])
        rest = f", {hours(row['waiting_min'])} at rest" if row["waiting_min"] >= 1 else ""
        told.append(f"arrives {day_words(arrives)} at {arrives:%H:%M}{rest}")
    if isinstance(row.get("escort_base"), str):
        had = row.get("escort_from")
        refused = row.get("escort_refused")
        when = refused if isinstance(refused, str) else f"from {day_words(had)}"
        told.append(f"escort of {row['escort_name']}, {when}")
    warnings = list(row.get("warnings", ()))
    if told or warnings:
        show.caveat(f"{row['label']}: {'; '.join([*told, *warnings])}.", "mind" if warnings else "blind")


def _is_bound(row: Mapping[str, Any]) -> bool:
    """Whether so much of a route or stretch is unobserved that its exposure is only a lower bound."""
    return bool(row["exposure_at_least"])


def _bounded(row: Mapping[str, Any]) -> str:
    """Exposure of a route or stretch; a lower bound where part of it is unobserved."""
    if _is_bound(row):
        return f"≥ {row['exposure'] if row['exposure'] >= _SMALLEST else 0:.2g}"
    return _tiny(row["exposure"])


def _tiny(exposure: float) -> str:
    """An exposure as people read it, without powers of ten."""
    return "< 0.001" if 0 < exposure < _SMALLEST else f"{exposure:.2g}"


def why_table(found: data.RoutesAnswer, selected: str | None) -> None:
    """Why the chosen route costs what it costs: its most exposed stretches with their reasons."""
    labels = list(found.routes.frame["label"])
    if selected not in labels:
        return
    show.label(f"Why {selected} costs what it costs, most exposed stretch first")
    segments = found.segments[labels.index(selected)]
    if "why" not in segments.columns:
        show.caveat(f"Reasons per stretch are withheld from the audience {frame.audience_name()}.", "blind")
        return
    rows = [
        (f"{row['length_km']:.0f} km {row['road_class']}", "; ".join(row["why"]), _bounded(row))
        for row in segments.frame.sort_values("exposure", ascending=False).head(25).to_dict("records")
    ]
    show.rows_table(rows, right=[2])


def nothing_to_close(bases: Mapping[str, str]) -> tuple[str, str]:
    """Why no closing is shown: none chosen, bases withheld, or none open."""
    if bases:
        return "Choose at least one base to close", "The map then shows reach before and after"
    if data.settings().disclosure["bases"]["name"].rank > frame.audience().rank:
        return (
            f"Bases are withheld from the audience {frame.audience_name()}",
            "Where bases stand is dangerous if leaked; choose task force or case team to work on a drawdown",
        )
    return "No base is open on this day", "Choose another day, or import bases on the Data page"


def gaps_headline(found: data.GapsAnswer, bases: Mapping[str, str], mode: str, limit: str) -> tuple[str, str]:
    """Say how many sites lose reach when which bases close."""
    row = only_row(found.coverage)
    names = [bases.get(base, base) for base in found.request.close]
    closed = names[0] if len(names) == 1 else f"{len(names)} bases"
    verb = "closes" if len(names) == 1 else "close"
    lost = int(row["sites_lost"])
    land = f"{percent(row['land_share_before'])} of the land today, {percent(row['land_share_after'])} after"
    said = (
        f"no site loses its base within {limit}"
        if not lost
        else f"{lost} site{'s have' if lost > 1 else ' has'} no base within {limit}"
    )
    return f"When {closed} {verb}, {said}", f"Reach by {mode}, {found.request.season} season · {land}"


def gaps_numbers(found: data.GapsAnswer) -> list[show.Number]:
    """Sites and people lost, land before and after."""
    row = only_row(found.coverage)
    return [
        show.Number(value=count(row["sites_lost"]), about=f"sites lose reach,\n{count(row['people_lost'])} people"),
        show.Number(
            value=f"{100 * row['land_share_before']:.0f} → {percent(row['land_share_after'])}",
            about="of the land within\nthe limit",
        ),
    ]


def lost_table(found: data.GapsAnswer, *, most: int = 60) -> None:
    """Sites that fall out of the limit, by people."""
    lost = found.lost.frame
    show.label("Sites that lose reach, by people")
    if lost.empty:
        show.caveat("No site falls out of the limit in this mode. Look at the other modes too.", "mind")
        return
    rows = [
        (row["site"], hours(row["before_min"]), hours(row["after_min"]), row["next_base"])
        for row in lost.head(most).fillna({"next_base": "none"}).to_dict("records")
    ]
    show.rows_table(rows, header=("Site", "today", "after", "next base"), right=[1, 2])


def state_headline(state: data.StateAnswer) -> tuple[str, str]:
    """Say what is there and what was turned away."""
    imports = state.imports.frame
    if imports.empty:
        return "Nothing is imported yet", "Import a file on the right, or build the sample: python -m geo sample"
    stored, rejected = int(imports["rows_stored"].sum()), int(imports["rows_rejected"].sum())
    return (
        f"{count(stored)} rows stored from {len(imports)} imports, {count(rejected)} rejected with their reason",
        "Nothing is lost: each import is immutable and can be withdrawn with a reason",
    )


def imports_table(state: data.StateAnswer) -> None:
    """Imports with their counts and span."""
    rows = []
    for row in state.imports.frame.iloc[::-1].to_dict("records"):
        span = " to ".join(str(row[c].year) for c in ("first_date", "last_date") if hasattr(row[c], "year"))
        rejected = count(row["rows_rejected"])
        withdrawn = show.Chip(text="withdrawn", kind="refused") if isinstance(row["withdrawn"], str) else ""
        name = row.get("file_name", row["import_id"])
        rows.append(
            (row["table"], name, span, count(row["rows_stored"]), rejected, count(row["rows_flagged"]), withdrawn)
        )
    show.rows_table(rows, header=("Table", "File", "Years", "stored", "rejected", "flagged", ""), right=[3, 4, 5])


def live_imports(state: data.StateAnswer) -> dict[str, str]:
    """Imports whose rows count, by id, named by their file where the audience may know it."""
    imports = state.imports.frame
    if imports.empty:
        return {}
    live = imports.loc[imports["withdrawn"].isna()]
    name = "file_name" if "file_name" in live.columns else "table"
    return {row["import_id"]: f"{row[name]} ({row['import_id']})" for row in live.to_dict("records")}


def import_sentence(record: data.ImportRecord) -> str:
    """What became of one file."""
    if record.duplicate_of:
        return f"{record.file_name} is already imported as {record.duplicate_of}; nothing new was stored."
    return (
        f"{record.file_name}: {count(record.rows_read)} rows read, {count(record.rows_stored)} stored, "
        f"{count(record.rows_rejected)} rejected, {count(record.rows_flagged)} flagged. {' · '.join(record.notes)}"
    )


def tables_table(state: data.StateAnswer) -> None:
    """Rows and date span of each table."""
    rows = [
        (
            spoken(name),
            count(facts["rows"]),
            " to ".join(d[:10] for d in (facts["first_date"], facts["last_date"]) if d),
        )
        for name, facts in state.tables.items()
        if facts["rows"]
    ]
    show.rows_table(rows, header=("Table", "rows", "span"), right=[1])


def rejects_view(state: data.StateAnswer, audience: data.Audience) -> None:
    """Rejected rows of the import chosen, with line, column and reason."""
    imports = state.imports.frame
    faulty = imports.loc[imports["rows_rejected"] > 0] if len(imports) else imports
    if faulty.empty:
        show.caveat("No row was rejected.", "blind")
        return
    name = "file_name" if "file_name" in faulty.columns else "import_id"
    named = dict(zip(faulty["import_id"], faulty[name], strict=True))
    chosen = st.selectbox("Import", list(named), format_func=named.__getitem__, label_visibility="collapsed")
    rejects = data.rejects(chosen, audience)
    if rejects.withheld:
        show.caveat(f"Reasons are withheld from the audience {frame.audience_name()}; the count stands above.", "blind")
        return
    st.dataframe(rejects.frame, hide_index=True, height=170)
