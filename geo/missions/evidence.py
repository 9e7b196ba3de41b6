"""What a plan relies on: records on its roads, its bases, escort, requests, posts and vehicles, as they stand on a day.

The same function looks when a plan is signed and whenever it is looked at later; what differs between the two is what
changed (:mod:`geo.missions.overtaken`). A record that touches no part of the plan is in neither.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.access.air import CLOSED_KIND
from geo.access.escorts import escorts_on
from geo.access.hindrances import last_days
from geo.access.network import Network
from geo.access.segments import Passability
from geo.access.stretches import AGAINST, ALONG, BOTH
from geo.crs import distance_km
from geo.missions.orders import Evidence, Fact
from geo.missions.plans import Leg, Plan
from geo.missions.roster import find_available, read_roster, reasons_away
from geo.settings import Settings

LIVE = ("signed", "under_way")  # missions that hold their team, vehicles and slots
_OF_CONSTRAINTS = ("kind", "reported_on", "until", "behaviour", "operator_type", "hours")
_OF_REPORTS = ("status", "observed_on", "until")
_OF_REQUESTS = (
    "status",
    "site_id",
    "girls",
    "boys",
    "sex_unknown",
    "languages",
    "actor_id",
    "service_min",
    "blocked_by",
    "movement_risk",
)
_OF_STAFF = ("role", "partner_id", "woman", "interviewer", "trauma_informed", "languages", "conflicts")
_OF_FLEET = ("vehicle", "partner_id", "seats")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Known:
    """Where the evidence of a plan is looked up; edited tables with all their records."""

    as_of: dt.date  # day on which it is looked up
    network: Network | None  # None = no roads are known
    roads: Mapping[dt.date, tuple[Passability, ...]]  # of each day of the plan, one per kind of vehicle
    bases: Mapping[dt.date, pd.DataFrame]  # open on each day of the plan, as geo.access.bases.bases_as_of gives them
    base_records: pd.DataFrame  # our own, all periods; published bases have no versions
    constraints: pd.DataFrame
    road_reports: pd.DataFrame
    requests: pd.DataFrame
    staff: pd.DataFrame
    fleet: pd.DataFrame
    partners: pd.DataFrame
    missions: pd.DataFrame  # the plan's own left out


def gather_evidence(plan: Plan, known: Known, *, settings: Settings, medical: tuple[str, ...] = ()) -> Evidence:
    """Return what a plan relies on, as it stands.

    Parameters
    ----------
    medical
        Bases whose medical post the plan counts on.
    """
    driven = [] if known.network is None else arcs_of_legs(plan.legs, known.network)
    facts = [
        *_road_facts(plan, known, driven),
        *_air_facts(plan, known, settings=settings),
        *_base_facts(plan, known, medical),
        *_escort_facts(plan, known, settings=settings),
        *_request_facts(plan, known),
        *_team_facts(plan, known, settings=settings),
    ]
    named = list(dict.fromkeys(segment for leg in plan.legs for segment in leg.segment_ids))
    held: pd.Index[Any] = pd.Index([]) if known.network is None else _ids_of(known.network)
    return Evidence(
        as_of=known.as_of,
        facts=tuple(facts),
        daylight=f"{settings.daylight.begins}-{settings.daylight.ends}",
        seasons={day.isoformat(): str(each[0].season) for day, each in known.roads.items() if each},
        lost_segments=tuple(segment for segment in named if segment not in held),
    )


def days_of(plan: Plan) -> tuple[dt.date, ...]:
    """Every day of a plan, both ends included."""
    return tuple(
        plan.departs_on + dt.timedelta(days=number) for number in range((plan.returns_on - plan.departs_on).days + 1)
    )


def arcs_of_legs(legs: tuple[Leg, ...], network: Network) -> list[pd.DataFrame]:
    """Segments of each leg on the network, each with the direction it is driven: ``segment``, ``direction``.

    Told from which end of a segment comes first along the leg; one driven twice, or whose ends fall on one place of
    the leg, counts in both directions. Segments the network does not hold are left out.
    """
    ids = _ids_of(network)
    return [_arcs(leg, network, ids) for leg in legs]


def _ids_of(network: Network) -> "pd.Index[Any]":
    made: pd.Index[Any] = pd.Index(network.segments["segment_id"].astype(object))
    return made


def _arcs(leg: Leg, network: Network, ids: "pd.Index[Any]") -> pd.DataFrame:
    driven = pd.Series(leg.segment_ids, dtype=object)
    once = driven.drop_duplicates()
    at = ids.get_indexer(pd.Index(once.to_list()))
    twice = once.isin(driven.loc[driven.duplicated()]).to_numpy(dtype=bool)[at >= 0]
    segment = at[at >= 0]
    lines = network.segments.geometry.to_numpy()[segment]
    begin, end = (shapely.line_locate_point(leg.geometry, shapely.get_point(lines, place)) for place in (0, -1))
    way = np.where(begin < end, ALONG, np.where(begin > end, AGAINST, BOTH))
    return pd.DataFrame({"segment": segment.astype(np.int64), "direction": np.where(twice, BOTH, way)})


def _road_facts(plan: Plan, known: Known, driven: list[pd.DataFrame]) -> Iterator[Fact]:
    """Constraints in force and what was last seen on the stretches the legs drive, in their direction."""
    if known.network is None:
        return
    ids = _ids_of(known.network)
    tables: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("constraints", "constraint_id", _OF_CONSTRAINTS),
        ("road_reports", "report_id", _OF_REPORTS),
    )
    for table, key, names in tables:
        versions = _versions(getattr(known, table), key)
        met = [
            _on_leg(_rows(table, passability), arcs).assign(leg=number)
            for number, (leg, arcs) in enumerate(zip(plan.legs, driven, strict=True))
            for passability in known.roads.get(leg.day, ())
            if len(arcs)
        ]
        rows = pd.concat(met, ignore_index=True) if met else pd.DataFrame(columns=[key])
        for record_id, part in rows.groupby(key, sort=True):
            legs = tuple(sorted(set(part["leg"])))
            values = _values(part.iloc[0].to_dict(), names)
            if table == "constraints":
                once = part.drop_duplicates(["leg", "segment"])
                values["delay_min"] = f"{once.loc[once['leg'] == legs[0], 'delay_min'].sum():g}"
            yield Fact(
                table=table,
                record_id=str(record_id),
                version=versions.get(str(record_id), 0),
                held=values,
                days=tuple(sorted({plan.legs[number].day for number in legs})),
                legs=legs,
                segment_ids=tuple(sorted(map(str, set(ids[part["segment"].to_numpy(dtype=np.int64)])))),
            )


def _rows(table: str, passability: Passability) -> pd.DataFrame:
    return passability.hindrances.in_force if table == "constraints" else passability.seen


def _on_leg(rows: pd.DataFrame, arcs: pd.DataFrame) -> pd.DataFrame:
    """Rows on driven segments that speak of the direction driven."""
    near = rows.loc[rows["segment"].isin(arcs["segment"])]
    both = near.merge(arcs, on="segment", suffixes=("", "_driven"))
    spoken, driven = both["direction"], both["direction_driven"]
    return both.loc[(spoken == driven) | (spoken == BOTH) | (driven == BOTH)]


def _air_facts(plan: Plan, known: Known, *, settings: Settings) -> Iterator[Fact]:
    """Reports of closed airstrips near either end of a flight."""
    flights = [number for number, leg in enumerate(plan.legs) if not leg.segment_ids]
    told = known.constraints
    shut = told.loc[(told["kind"].eq(CLOSED_KIND) & told["longitude"].notna()).fillna(value=False).to_numpy(dtype=bool)]
    if not flights or shut.empty:
        return
    since = shut["valid_from"].fillna(shut["reported_on"])
    until = last_days(shut, settings=settings)
    versions = _versions(shut, "constraint_id")
    for position, row in enumerate(shut.to_dict("records")):
        legs = tuple(
            number
            for number in flights
            if since.iloc[position] <= pd.Timestamp(plan.legs[number].day) <= until.iloc[position]
            and _ends_within(plan.legs[number], row, settings.air.closure_near_km)
        )
        if legs:
            values = _values(row | {"until": until.iloc[position], "delay_min": 0}, (*_OF_CONSTRAINTS, "delay_min"))
            yield Fact(
                table="constraints",
                record_id=str(row["constraint_id"]),
                version=versions[str(row["constraint_id"])],
                held=values,
                days=tuple(sorted({plan.legs[number].day for number in legs})),
                legs=legs,
            )


def _ends_within(leg: Leg, row: Mapping[Any, Any], within_km: float) -> bool:
    ends = shapely.get_coordinates(leg.geometry)[[0, -1]]
    at = np.full((2, 2), (row["longitude"], row["latitude"]), dtype=np.float64)
    return bool((distance_km(ends[:, 0], ends[:, 1], at[:, 0], at[:, 1]) <= within_km).any())


def _base_facts(plan: Plan, known: Known, medical: tuple[str, ...]) -> Iterator[Fact]:
    """Bases used, each with the last day it is used and what it must still give that day."""
    whole, versions = days_of(plan), _versions(known.base_records, "base_id")
    every = set().union(*(set(frame["base_id"].astype(str)) for frame in known.bases.values()))
    uses: dict[str, dict[str, set[dt.date]]] = {plan.base_id: {"departure": {plan.departs_on, plan.returns_on}}}
    for number, place in enumerate(plan.nights):
        if place in every or place == plan.base_id:
            uses.setdefault(place, {}).setdefault("night", set()).update(whole[number : number + 2])
    if plan.escort_base_id is not None:
        uses.setdefault(plan.escort_base_id, {})["escort"] = set(whole)
    for base_id in medical:
        uses.setdefault(base_id, {})["medical"] = set(whole)
    for base_id, used in uses.items():
        days = sorted(set().union(*used.values()))
        rows = {day: _row(known.bases[day], "base_id", base_id) for day in days}
        shut = [day for day, row in rows.items() if row is None]
        row = rows[days[-1]] or {}
        values = {"used_for": ";".join(used), "open": "no" if shut else "yes"} | _values(row, ("name", "flight_days"))
        for flag, use in (("medical", "medical"), ("hosts_partners", "night")):
            if use in used and row:
                values[flag] = "yes" if _true(row.get(flag)) else "no"
        yield Fact(
            table="bases",
            record_id=base_id,
            version=versions.get(base_id, 0),
            held=values,
            days=tuple(shut) or tuple(rows),
        )


def _escort_facts(plan: Plan, known: Known, *, settings: Settings) -> Iterator[Fact]:
    """Terms of the escort on the day of departure, and the slots other missions take."""
    if plan.escort_base_id is None:
        return
    offers = escorts_on(known.bases[plan.departs_on], day=plan.departs_on, settings=settings)
    found = {escort.base_id: escort for escort in offers}.get(plan.escort_base_id)
    version = _versions(known.base_records, "base_id").get(plan.escort_base_id, 0)
    if found is None:
        yield Fact(table="escorts", record_id=plan.escort_base_id, version=version, days=(plan.departs_on,))
        return
    slots = 1.0 if np.isnan(found.slots_per_week) else found.slots_per_week
    row = _row(known.bases[plan.departs_on], "base_id", found.base_id) or {}
    yield Fact(
        table="escorts",
        record_id=found.base_id,
        version=version,
        held=_values(row, ("name",))
        | {
            "slots": f"{slots:g}",
            "lead_days": str(found.lead_days),
            "radius_hours": f"{found.radius_hours:g}",
            "speed_kph": f"{found.speed_kph:g}",
            "days": ";".join(found.days),
            "given": str(slots_given(known.missions, found.base_id, plan.departs_on, slots_per_week=slots)),
        },
        days=(plan.departs_on,),
    )


def slots_given(missions: pd.DataFrame, base_id: str, day: dt.date, *, slots_per_week: float) -> int:
    """Slots that live missions take of a base in the ISO week of a day; below one slot a week also in those before.

    A base with half a slot a week gives one in two weeks, as :func:`geo.access.escorts.next_start` counts.
    """
    weeks = 1 if slots_per_week >= 1 else round(1 / slots_per_week)
    counted = {(day - dt.timedelta(weeks=back)).isocalendar()[:2] for back in range(weeks)}
    live = missions.loc[missions["status"].isin(LIVE) & missions["escort_base_id"].eq(base_id).fillna(value=False)]
    taken = [
        0 if pd.isna(row["escort_slots"]) else int(row["escort_slots"])
        for row in live.to_dict("records")
        if row["departs_on"].date().isocalendar()[:2] in counted
    ]
    return sum(taken)


def _request_facts(plan: Plan, known: Known) -> Iterator[Fact]:
    for visit in plan.visits:
        for request_id in visit.request_ids:
            row = _row(known.requests, "request_id", request_id)
            values = {"status": "gone"} if row is None else _values(row, _OF_REQUESTS)
            yield Fact(
                table="requests",
                record_id=request_id,
                version=_version(row or {}),
                held=values,
                days=(visit.starts.date(),),
            )


def _team_facts(plan: Plan, known: Known, *, settings: Settings) -> Iterator[Fact]:
    tables: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], pd.DataFrame], ...] = (
        ("staff", "staff_id", plan.staff_ids, _OF_STAFF, known.staff),
        ("fleet", "vehicle_id", plan.vehicle_ids, _OF_FLEET, known.fleet),
    )
    roster = read_roster(known.staff, known.fleet, known.partners, known.missions.iloc[:0])
    off = {day: reasons_away(find_available(roster, [day], settings=settings.teams)) for day in days_of(plan)}
    for table, key, ids, names, frame in tables:
        for record_id in ids:
            row = _row(frame, key, record_id)
            away = tuple(day for day, who in off.items() if row is None or record_id in who)
            busy = also_on(known.missions, f"{key}s", record_id, first=plan.departs_on, last=plan.returns_on)
            state = {"away": ";".join(day.isoformat() for day in away), "busy": ";".join(busy)}
            yield Fact(
                table=table,
                record_id=record_id,
                version=_version(row or {}),
                held=_values(row or {}, names) | {name: text for name, text in state.items() if text},
                days=away or days_of(plan),
            )


def also_on(missions: pd.DataFrame, column: str, record_id: str, *, first: dt.date, last: dt.date) -> list[str]:
    """Live missions that hold a post or vehicle on some day of a period, by id."""
    held = missions.loc[
        missions["status"].isin(LIVE)
        & (missions["departs_on"] <= pd.Timestamp(last))
        & (missions["returns_on"] >= pd.Timestamp(first))
    ]
    return sorted(
        str(row["mission_id"])
        for row in held.to_dict("records")
        if isinstance(row[column], str) and record_id in row[column].split(";")
    )


def _row(frame: pd.DataFrame, key: str, record_id: str) -> dict[Any, Any] | None:
    found = frame.loc[frame[key].eq(record_id).fillna(value=False).to_numpy(dtype=bool)]
    return dict(found.iloc[0].to_dict()) if len(found) else None


def _version(row: Mapping[Any, Any]) -> int:
    value = row.get("version", 0)
    return 0 if pd.isna(value) else int(value)


def _versions(frame: pd.DataFrame, key: str) -> dict[str, int]:
    return {str(row[key]): _version(row) for row in frame.to_dict("records")}


def _values(row: Mapping[Any, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Values of a record as text, empty ones left out."""
    return {name: _text(row[name]) for name in names if name in row and not pd.isna(row[name])}


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _true(value: Any) -> bool:
    return not pd.isna(value) and bool(value)
