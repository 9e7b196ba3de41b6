"""What is on record of one stretch of road, as an audience may see it."""

from dataclasses import dataclass

from geo.redaction import Cleared


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentAnswer:
    """One road on a day, for a season and vehicle: what it is, what hinders it, what was reported, who changed it.

    Every table is cleared for the same audience; a column the audience may not see is not there.
    """

    # One row: road_id, name, road_class, surface, length_km, passability, time_min (minutes from end to end), basis
    # (whether the time is stated or assumed), escort_rule, daylight_rule. No row: nothing of the road is on record.
    record: Cleared
    # One row per constraint, those in force first: constraint_id, kind, direction, delay_min, reported_on, age_days,
    # source_type, reliability, state.
    constraints: Cleared
    # One row per report, newest first: report_id, status, observed_on, age_days, source_type, reliability, snap_km, state.
    reports: Cleared
    # One row per revision, newest first: table, record_id, version, author, recorded_at (UTC), what.
    history: Cleared
    why: tuple[str, ...]  # reasons in words, weightiest first
