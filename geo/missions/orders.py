"""A signed plan as a record: all of the plan, and the evidence it relied on on the day of the signature.

Written as JSON with a version, so that a plan signed today is read the same in years. Numbers are written with the
digits that read back as the very same number, lines vertex by vertex.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely

from geo.errors import SchemaError
from geo.missions.plans import Leg, Plan, PlannedVisit
from geo.text import sentence_from, sentence_values

FORMAT = 2
_READ = (1, FORMAT)  # format 1 held its warnings and reasons as English text
_TUPLES = ("nights", "staff_ids", "vehicle_ids", "breaches")
_PLAIN = ("label", "mode", "base_id", "escort_base_id", "escort_slots", "time_min", "exposure", "visibility", "girls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One record a plan relies on, and what it relies on in it."""

    table: str
    record_id: str
    version: int  # 0 where the table keeps no versions
    held: Mapping[str, str] = field(default_factory=dict)  # what it relies on; empty ones left out
    days: tuple[dt.date, ...] = ()  # of the plan that rely on it
    legs: tuple[int, ...] = ()  # positions of legs that rely on it
    segment_ids: tuple[str, ...] = ()  # of those legs it lies on

    @property
    def key(self) -> tuple[str, str]:
        """What names the record."""
        return self.table, self.record_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a plan relies on, as it stood on a day."""

    as_of: dt.date
    facts: tuple[Fact, ...] = ()
    daylight: str = ""  # hours in which a team drives, e.g. 06:00-18:00
    seasons: Mapping[str, str] = field(default_factory=dict)  # ISO day of the plan -> season
    lost_segments: tuple[str, ...] = ()  # of its legs that the roads no longer hold

    def of(self, table: str) -> dict[str, Fact]:
        """Facts of one table by record id."""
        return {fact.record_id: fact for fact in self.facts if fact.table == table}

    def bases_for(self, use: str) -> tuple[str, ...]:
        """Bases that the plan uses for something: departure, night, escort, medical."""
        told = {base_id: fact.held.get("used_for", "") for base_id, fact in self.of("bases").items()}
        return tuple(base_id for base_id, uses in told.items() if use in uses.split(";"))


def plan_as_json(plan: Plan, evidence: Evidence) -> str:
    """Write a plan with its evidence as one line of JSON; :func:`plan_from_json` gives both back."""
    document = {"format": FORMAT, "plan": _plan_values(plan), "evidence": _evidence_values(evidence)}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)


def plan_from_json(text: str) -> tuple[Plan, Evidence]:
    """Read a signed plan.

    Raises
    ------
    SchemaError
        When the text is no such plan, or a newer Piste wrote it.
    """
    try:
        document = json.loads(text)
        if document["format"] not in _READ:
            raise SchemaError(
                f"the plan has format {document['format']!r}, this Piste reads {FORMAT}; a newer Piste wrote it"
            )
        return _plan(document["plan"]), _evidence(document["evidence"])
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        if isinstance(error, SchemaError):
            raise
        raise SchemaError(f"not a signed plan: {type(error).__name__} {str(error)[:80]}; sign it again") from error


def _plan_values(plan: Plan) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(plan, name) for name in (*_PLAIN, "exact")}
    values |= {name: list(getattr(plan, name)) for name in _TUPLES}
    return values | {
        "departs_on": plan.departs_on.isoformat(),
        "returns_on": plan.returns_on.isoformat(),
        "dropped": {request: sentence_values(why) for request, why in plan.dropped.items()},
        "legs": [_leg_values(leg) for leg in plan.legs],
        "visits": [
            {
                "site_id": visit.site_id,
                "request_ids": list(visit.request_ids),
                "starts": visit.starts.isoformat(),
                "ends": visit.ends.isoformat(),
            }
            for visit in plan.visits
        ],
    }


def _leg_values(leg: Leg) -> dict[str, Any]:
    return {
        "day": leg.day.isoformat(),
        "from_place": leg.from_place,
        "to_place": leg.to_place,
        "leaves": leg.leaves.isoformat(),
        "arrives": leg.arrives.isoformat(),
        "length_km": float(leg.length_km),
        "exposure": float(leg.exposure),
        "visibility": float(leg.visibility),
        "segment_ids": list(leg.segment_ids),
        "warnings": [sentence_values(warning) for warning in leg.warnings],
        "line": shapely.get_coordinates(leg.geometry).tolist(),
    }


def _plan(values: Mapping[str, Any]) -> Plan:
    plain: dict[str, Any] = {name: values[name] for name in _PLAIN} | {name: tuple(values[name]) for name in _TUPLES}
    return Plan(
        **plain,
        exact=bool(values["exact"]),
        departs_on=dt.date.fromisoformat(values["departs_on"]),
        returns_on=dt.date.fromisoformat(values["returns_on"]),
        dropped={request: sentence_from(why) for request, why in values["dropped"].items()},
        legs=tuple(_leg(leg) for leg in values["legs"]),
        visits=tuple(
            PlannedVisit(
                site_id=visit["site_id"],
                request_ids=tuple(visit["request_ids"]),
                starts=dt.datetime.fromisoformat(visit["starts"]),
                ends=dt.datetime.fromisoformat(visit["ends"]),
            )
            for visit in values["visits"]
        ),
    )


def _leg(values: Mapping[str, Any]) -> Leg:
    return Leg(
        day=dt.date.fromisoformat(values["day"]),
        from_place=values["from_place"],
        to_place=values["to_place"],
        leaves=dt.datetime.fromisoformat(values["leaves"]),
        arrives=dt.datetime.fromisoformat(values["arrives"]),
        length_km=values["length_km"],
        exposure=values["exposure"],
        visibility=values["visibility"],
        segment_ids=tuple(values["segment_ids"]),
        warnings=tuple(sentence_from(warning) for warning in values["warnings"]),
        geometry=shapely.LineString(values["line"]),
    )


def _evidence_values(evidence: Evidence) -> dict[str, Any]:
    return {
        "as_of": evidence.as_of.isoformat(),
        "daylight": evidence.daylight,
        "seasons": dict(evidence.seasons),
        "lost_segments": list(evidence.lost_segments),
        "facts": [
            {
                "table": fact.table,
                "record_id": fact.record_id,
                "version": fact.version,
                "held": dict(fact.held),
                "days": [day.isoformat() for day in fact.days],
                "legs": list(fact.legs),
                "segment_ids": list(fact.segment_ids),
            }
            for fact in evidence.facts
        ],
    }


def _evidence(values: Mapping[str, Any]) -> Evidence:
    return Evidence(
        as_of=dt.date.fromisoformat(values["as_of"]),
        daylight=values["daylight"],
        seasons=dict(values["seasons"]),
        lost_segments=tuple(values["lost_segments"]),
        facts=tuple(
            Fact(
                table=fact["table"],
                record_id=fact["record_id"],
                version=int(fact["version"]),
                held=dict(fact["held"]),
                days=tuple(dt.date.fromisoformat(day) for day in fact["days"]),
                legs=tuple(fact["legs"]),
                segment_ids=tuple(fact["segment_ids"]),
            )
            for fact in values["facts"]
        ),
    )
