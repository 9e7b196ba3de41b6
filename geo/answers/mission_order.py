"""Everything a mission order tells, as cleared tables: legs, stops, team, what is on the way, calls, turning back."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.answers.mission_files import clearance_rows, leg_rows, team_rows, vehicle_rows, waypoint_rows
from geo.answers.mission_records import (
    base_names,
    partner_of_post,
    season_on,
)
from geo.answers.mission_subject import Subject, subject_of
from geo.answers.missions import CHANGE_COLUMNS, change_row
from geo.answers.route import exposure_unit
from geo.answers.world import World
from geo.missions.overtaken import is_overtaken
from geo.missions.timetable import calls_of
from geo.model import Audience
from geo.redaction import Cleared, clear
from geo.text import LANGUAGES, Language, sentence_text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderAnswer:
    """One mission as its order tells it."""

    mission_id: str
    as_of: dt.date
    tables: dict[str, Cleared]  # by view, see the makers below
    unit: str  # of exposure


def answer_order(world: World, mission_id: str, as_of: dt.date, *, audience: Audience) -> OrderAnswer:
    """Tell all that stands on the order of a mission with a plan, on a day.

    Raises
    ------
    UnknownRecordError
        When there is no such mission.
    RequestError
        When no plan is on its record.
    """
    subject = subject_of(world, mission_id, as_of)
    tables = {
        view: clear(
            make(subject),
            view=view,
            audience=audience,
            settings=world.settings,
            # Who drives a mission needs the line that was planned. Its vertices on the roads are on everybody's map;
            # a site, and the point of a road nearest to it, are not and are rounded.
            published=_road_vertices(world) if view == "mission_legs" else None,
        )
        for view, make in _MAKERS.items()
    }
    return OrderAnswer(mission_id=mission_id, as_of=as_of, tables=tables, unit=exposure_unit(world))


def _road_vertices(world: World) -> npt.NDArray[np.float64]:
    """Vertices of the roads of the base map, whose view is published."""
    roads = world.roads
    proposed = roads["proposed"].fillna(value=False).to_numpy(dtype=bool)
    return np.asarray(shapely.get_coordinates(roads.geometry.to_numpy()[~proposed]), dtype=np.float64)


def _order(subject: Subject) -> pd.DataFrame:
    row, plan, world = subject.row, subject.plan, subject.world
    names, partners = base_names(world), partner_of_post(world)
    team = sorted({partners[post] for post in plan.staff_ids if post in partners})
    escort = plan.escort_base_id
    return pd.DataFrame(
        [
            {
                **{name: row[name] for name in ("mission_id", "status", "mode", "departs_on", "returns_on")},
                **{name: row[name] for name in ("signed_role", "signed_on", "sign_reason")},
                "days": (plan.returns_on - plan.departs_on).days + 1,
                "organisations": "; ".join(team),
                "people": len(plan.staff_ids),
                "vehicles": len(plan.vehicle_ids),
                "base": names.get(plan.base_id, plan.base_id),
                "label": plan.label,
                "requests": len(plan.request_ids),
                "stops": len(plan.visits),
                "girls": plan.girls,
                "time_min": plan.time_min,
                "length_km": sum(leg.length_km for leg in plan.legs),
                "exposure": plan.exposure,
                "exposure_at_least": bool(leg_rows(subject)["exposure_at_least"].any()),
                "exposure_unit": exposure_unit(world),
                "visibility": plan.visibility,
                "escort_base": None if escort is None else names.get(escort, escort),
                "escort_slots": plan.escort_slots,
                "season": str(season_on(world, plan.departs_on)),
                "daylight": subject.now.daylight,
                "evidence_on": pd.Timestamp(subject.signed.as_of),
                "overtaken": is_overtaken(subject.changes),
            }
        ]
    )


def _stops(subject: Subject) -> pd.DataFrame:
    rows = []
    for number, visit in enumerate(subject.plan.visits, start=1):
        lon, lat = subject.places.at(visit.site_id)
        rows.append(
            {
                "stop": number,
                "label": f"{number} {subject.places.name(visit.site_id)}",
                "day": pd.Timestamp(visit.starts.date()),
                "starts": f"{visit.starts:%H:%M}",
                "ends": f"{visit.ends:%H:%M}",
                "site": subject.places.name(visit.site_id),
                "site_id": visit.site_id,
                "area": subject.places.area(visit.site_id),
                "area_fr": subject.places.area(visit.site_id, "fr"),
                "request_ids": ", ".join(visit.request_ids),
                "longitude": lon,
                "latitude": lat,
            }
        )
    return pd.DataFrame(rows)


def _days(subject: Subject) -> pd.DataFrame:
    sites: dict[dt.date, list[str]] = {}
    for visit in subject.plan.visits:
        sites.setdefault(visit.starts.date(), []).append(visit.site_id)
    rows = [(pd.Timestamp(day), *(_areas(subject, sites[day], one) for one in LANGUAGES)) for day in sorted(sites)]
    return pd.DataFrame(rows, columns=["day", "areas", "areas_fr"])


def _areas(subject: Subject, site_ids: list[str], language: Language) -> str:
    """Provinces of some sites, each once."""
    return ", ".join(dict.fromkeys(filter(None, (subject.places.area(one, language) for one in site_ids))))


def _nights(subject: Subject) -> pd.DataFrame:
    first, name = subject.plan.departs_on, subject.places.name
    rows = [
        (number + 1, pd.Timestamp(first + dt.timedelta(days=number)), name(place))
        for number, place in enumerate(subject.plan.nights)
    ]
    return pd.DataFrame(rows, columns=["night", "day", "place"])


def _road(subject: Subject) -> pd.DataFrame:
    """What is known on the legs: constraints in force on their day, and stretches last seen as hard or not passable."""
    rows = []
    for fact in subject.now.facts:
        held = fact.held
        if fact.table not in ("constraints", "road_reports") or held.get("status") == "passable":
            continue
        reported = dt.date.fromisoformat(held.get("reported_on") or held["observed_on"])
        delay = float(held["delay_min"]) if "delay_min" in held else np.nan
        rows += [
            {
                "leg": leg + 1,
                "table": fact.table,
                "what": held.get("kind") or held["status"],
                **{name: held.get(name) for name in ("behaviour", "operator_type", "hours")},
                "reported_on": pd.Timestamp(reported),
                "age_days": (subject.as_of - reported).days,
                "delay_min": delay,
            }
            for leg in fact.legs
        ]
    columns = [
        "leg",
        "table",
        "what",
        "behaviour",
        "operator_type",
        "hours",
        "reported_on",
        "age_days",
        "delay_min",
    ]
    return pd.DataFrame(rows, columns=columns).sort_values(["leg", "age_days"], ignore_index=True)


def _contacts(subject: Subject) -> pd.DataFrame:
    """Roles to call, never persons or numbers: those are written in by hand."""
    plan, name = subject.plan, subject.places.name
    bases = set(base_names(subject.world))
    rows = [("radio", name(plan.base_id)), ("team", name(plan.base_id))]
    rows += [("night", name(place)) for place in dict.fromkeys(plan.nights) if place in bases - {plan.base_id}]
    if plan.escort_base_id is not None:
        rows.append(("escort", name(plan.escort_base_id)))
    rows += [("medical", name(post.base_id)) for post in subject.posts]
    return pd.DataFrame(rows, columns=["role", "place"])


def _calls(subject: Subject) -> pd.DataFrame:
    calls = calls_of(subject.plan, every_min=subject.world.settings.orders.check_in_min)
    rows = [
        (
            pd.Timestamp(call.at.date()),
            f"{call.at:%H:%M}",
            call.why,
            None if call.place is None else subject.places.name(call.place),
            None if call.leg is None else call.leg + 1,
        )
        for call in calls
    ]
    return pd.DataFrame(rows, columns=["day", "at", "why", "place", "leg"])


def _medical(subject: Subject) -> pd.DataFrame:
    rows = [(subject.places.name(p.base_id), p.leg + 1, p.minutes, p.away_km) for p in subject.posts]
    return pd.DataFrame(rows, columns=["place", "leg", "time_min", "away_km"])


def _rules(subject: Subject) -> pd.DataFrame:
    settings = subject.world.settings
    return pd.DataFrame(
        [
            {
                "arrives_by": settings.missions.arrives_by,
                "daylight_begins": settings.daylight.begins,
                "daylight_ends": settings.daylight.ends,
                "lost_contact_min": settings.orders.lost_contact_min,
                "check_in_min": settings.orders.check_in_min,
                "turn_back_margin_min": settings.orders.turn_back_margin_min,
                "medical_within_min": settings.orders.medical_within_min,
                "encounter_radius_km": settings.exposure.encounter_radius_km,
                "passages": settings.exposure.passages,
            }
        ]
    )


def _dropped(subject: Subject) -> pd.DataFrame:
    told = {request: subject.places.with_names(why) for request, why in subject.plan.dropped.items()}
    rows = [(request, str(why), sentence_text(why, "fr")) for request, why in told.items()]
    return pd.DataFrame(rows, columns=["request_id", "told_en", "told_fr"])


def _changes(subject: Subject) -> pd.DataFrame:
    rows = [change_row(str(subject.row["mission_id"]), change) for change in subject.changes]
    return pd.DataFrame(rows, columns=CHANGE_COLUMNS)


_MAKERS: dict[str, Callable[[Subject], pd.DataFrame]] = {
    "mission_order": _order,
    "mission_days": _days,
    "mission_legs": leg_rows,
    "mission_stops": _stops,
    "mission_nights": _nights,
    "mission_team": team_rows,
    "mission_vehicles": vehicle_rows,
    "mission_road": _road,
    "mission_contacts": _contacts,
    "mission_calls": _calls,
    "mission_medical": _medical,
    "mission_rules": _rules,
    "mission_dropped": _dropped,
    "mission_changes": _changes,
    "mission_waypoints": waypoint_rows,
    "clearance": clearance_rows,
}
