"""The living record of one stretch of road: what the file states, what was seen, what hinders, who said so and when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.access.nearby import reports_near
from geo.access.network import ASSUMED_SPEED, STATED_DURATION, STATED_SPEED
from geo.access.reasons import explain_segments
from geo.access.road_reports import reports_on
from geo.access.segments import Passability, passability_words
from geo.answers.world import World
from geo.errors import UnknownRecordError, WithheldError
from geo.model import Audience, SegmentRequest
from geo.redaction import Cleared, clear, may_see

_BASES = {STATED_DURATION: "stated duration", STATED_SPEED: "stated speed", ASSUMED_SPEED: "assumed speed"}
_HISTORY = ["table", "record_id", "version", "author", "recorded_at", "what"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentAnswer:
    """The record of one segment."""

    request: SegmentRequest
    record: Cleared  # one row
    constraints: Cleared  # all on it, in force or not
    reports: Cleared  # what was seen of it
    history: Cleared  # revisions of those records, newest first
    why: tuple[str, ...]  # empty where the audience may not see reasons


def answer_segment(world: World, request: SegmentRequest, *, audience: Audience) -> SegmentAnswer:
    """Show the record of a segment.

    Raises
    ------
    WithheldError
        When the audience may not see single segments.
    UnknownRecordError
        When no segment has the id.
    """
    settings = world.settings
    if not may_see("segments", "segment_id", audience=audience, settings=settings):
        raise WithheldError(f"the record of a road is withheld from the audience {audience}; choose another audience")
    network = world.network
    found = np.flatnonzero((network.segments["segment_id"] == request.segment_id).to_numpy(dtype=bool))
    if not len(found):
        raise UnknownRecordError(f"no segment {request.segment_id!r} on the network; click a road on the map")
    segment = int(found[0])
    passability = world.passability(request.as_of, season=request.season, vehicle=request.vehicle)
    placed = passability.hindrances.placed
    placed = placed.loc[placed["segment"] == segment].sort_values("age_days").reset_index(drop=True)
    reports = reports_on(
        world.road_records.sightings.seen_on,
        world.road_records.sightings.reports,
        segment,
        as_of=request.as_of,
        vehicle=request.vehicle,
        settings=settings,
    )

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    ids = {"constraints": placed["constraint_id"], "road_reports": reports["report_id"]}
    return SegmentAnswer(
        request=request,
        record=cleared(_record(world, passability, segment), "segments"),
        constraints=cleared(placed, "constraints"),
        reports=cleared(reports, "road_reports"),
        history=cleared(_history(world, ids), "segment_history"),
        why=_why(world, passability, segment, request)
        if may_see("segments", "why", audience=audience, settings=settings)
        else (),
    )


def _record(world: World, passability: Passability, segment: int) -> pd.DataFrame:
    """What stands of the segment, with the rules in force on it."""
    row = world.network.segments.iloc[segment]
    held = passability.hindrances.in_force
    kinds = set(held.loc[held["segment"] == segment, "kind"])
    minutes = passability.minutes[segment]
    middle = row.geometry.interpolate(0.5, normalized=True)
    return pd.DataFrame(
        {
            "segment_id": [row["segment_id"]],
            "road_id": [row["road_id"]],
            "name": [row["name"]],
            "road_class": [row["road_class"]],
            "surface": [row["surface"]],
            "length_km": [float(row["length_km"])],
            "longitude": [round(middle.x, 6)],
            "latitude": [round(middle.y, 6)],
            "passability": [passability_words(passability)[segment]],
            "time_min": [float(minutes.min())],
            "time_back_min": [float(minutes.max())],
            "speed_kph": [float(passability.speeds.speed_kph[segment])],
            "basis": [_BASES[int(passability.speeds.basis[segment])]],
            "escort_rule": ["required" if "escort_required" in kinds else "none on record"],
            "daylight_rule": ["by day only" if "daylight_only" in kinds else "none on record"],
        }
    )


def _why(world: World, passability: Passability, segment: int, request: SegmentRequest) -> tuple[str, ...]:
    settings, chosen = world.settings.exposure, np.array([segment])
    nearby = reports_near(
        world.network,
        chosen,
        world.incidents,
        as_of=request.as_of,
        days=settings.nearby_days,
        within_km=settings.encounter_radius_km,
    )
    return explain_segments(world.network, passability, chosen, nearby=nearby, nearby_days=settings.nearby_days)[0]


def _history(world: World, ids: dict[str, pd.Series]) -> pd.DataFrame:
    """Revisions of the records named, newest first."""
    rows = []
    for table, named in ids.items():
        for record_id in named.dropna().unique():
            for row in world.revisions(table, str(record_id)).to_dict("records"):
                what = row.get("kind") or row.get("status")
                rows.append([table, record_id, row["version"], row["author"], row["recorded_at"], what])
    frame = pd.DataFrame(rows, columns=_HISTORY)
    return frame.sort_values("recorded_at", ascending=False, kind="stable", ignore_index=True)
