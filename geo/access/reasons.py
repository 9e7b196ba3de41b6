"""Reasons: why a segment costs what it costs, each with its age and who says so."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access.kernels import IntArray
from geo.access.nearby import Nearby
from geo.access.nearby import spoken as spoken_nearby
from geo.access.network import ASSUMED_SPEED, STATED_DURATION, Network
from geo.access.segments import CONTRADICTED, HARD_DELAY_MIN, UNKNOWN, Passability, passability_words
from geo.model import Season

_MOST_SHOWN = 6  # constraints of one segment told one by one


def explain_segments(
    network: Network,
    passability: Passability,
    segments: IntArray,
    *,
    nearby: dict[int, Nearby] | None = None,
    nearby_days: int = 90,
) -> list[tuple[str, ...]]:
    """Reasons behind the minutes and the colour of the given segments, in their order, the gravest first."""
    wanted = np.unique(segments)
    words = passability_words(passability)
    held = _by_segment(passability.hindrances.placed, wanted)
    seen = _by_segment(passability.seen, wanted)
    near = nearby or {}
    told: dict[int, tuple[str, ...]] = {}
    for segment in map(int, wanted):
        constraints = [] if segment not in held else _constraints(held[segment])
        sights = [] if segment not in seen else _sights(seen[segment])
        reports = [spoken_nearby(near[segment], days=nearby_days)] if segment in near else []
        recorded = _recorded(network, passability, segment)
        grave = [*recorded, *sights] if passability.impassable[segment].any() else []
        because = [*grave, *constraints, *([] if grave else [*sights, *recorded]), *reports]
        because += [_basis(passability, segment), *_unknown(network, passability, segment)]
        if words[segment] == UNKNOWN:
            because.insert(
                0, "unknown because no class, surface, speed or wet-season state is stated and nobody reported"
            )
        elif words[segment] != "open":
            cause = because.index(_basis(passability, segment)) if _by_speed(words, passability, segment) else 0
            because.insert(0, f"{words[segment]} because {because.pop(cause)}")
        told[segment] = tuple(because)
    return [told[int(segment)] for segment in segments]


def _by_segment(rows: pd.DataFrame, wanted: IntArray) -> dict[int, pd.DataFrame]:
    """Rows of the wanted segments, by segment."""
    kept = rows.loc[rows["segment"].isin(wanted)]
    return {int(str(segment)): part for segment, part in kept.groupby("segment")}


def _constraints(rows: pd.DataFrame) -> list[str]:
    """In force, the costliest first, those of one kind counted together; then those somebody passed since."""
    force = rows.loc[rows["state"] == "in force"]
    ordered = sorted(force.groupby("kind"), key=lambda part: -float(part[1]["delay_min"].sum()))
    told = [_kind(str(kind), part) for kind, part in ordered][:_MOST_SHOWN]
    for row in rows.loc[rows["state"] == CONTRADICTED].to_dict("records"):
        told.append(f"{_plain(row['kind'])} reported {_days(row['age_days'])}, but passed since: not counted")
    return told


def _kind(kind: str, rows: pd.DataFrame) -> str:
    """Constraints of one kind on one segment in a sentence: how many, who says so, how old, what they cost."""
    newest = rows.sort_values("age_days").iloc[0]
    count = len(rows)
    name = _plain(kind) if count == 1 else f"{count} {_plain(kind)} reports"
    sources = rows["source"].dropna().nunique()
    said = f", {sources} sources" if sources > 1 else ""
    age = f"reported {_days(newest['age_days'])}" if count == 1 else f"newest {_days(newest['age_days'])}"
    cost = float(rows["delay_min"].sum())
    return f"{name}{_manner(newest)}{_way(newest)}{said}, {age}" + (f": +{cost:.0f} min" if cost > 0 else "")


def _manner(row: pd.Series) -> str:
    """Who holds a checkpoint, how it behaves, what it takes; the hours of a curfew."""
    parts = []
    if isinstance(row["operator_type"], str):
        parts.append(f"held by {_plain(row['operator_type'])}")
    if isinstance(row["behaviour"], str) and row["behaviour"] != "unknown":
        parts.append(row["behaviour"])
    if not pd.isna(row["fee"]):
        currency = row["fee_currency"] if isinstance(row["fee_currency"], str) else ""
        parts.append(f"takes {row['fee']:g} {currency}".strip())
    if isinstance(row["hours"], str):
        parts.append(row["hours"])
    return f" ({', '.join(parts)})" if parts else ""


def _way(row: pd.Series) -> str:
    return "" if int(row["direction"]) < 0 else " in one direction"


def _sights(rows: pd.DataFrame) -> list[str]:
    """What was last seen, and what somebody else says to the contrary."""
    told = []
    for row in rows.to_dict("records"):
        by = f" by {_plain(row['source_type'])}" if isinstance(row["source_type"], str) else ""
        told.append(f"last seen {row['status']} {_days(row['age_days'])}{by}")
        if isinstance(row["contrary_status"], str):
            told.append(
                f"but reported {row['contrary_status']} {_days(row['contrary_age_days'])}: newest reliable counts"
            )
    return list(dict.fromkeys(told))


def _by_speed(words: npt.NDArray[np.object_], passability: Passability, segment: int) -> bool:
    """Whether the speed alone gives the segment its word."""
    hard = (passability.alone_delay_min[segment] > HARD_DELAY_MIN) | (passability.slower_min[segment] > 0)
    return words[segment] == "slow" or (words[segment] == "difficult" and not hard.all())


def _recorded(network: Network, passability: Passability, segment: int) -> list[str]:
    """Whether the road file closes the segment in the season asked, and whether somebody passed all the same."""
    if passability.season != Season.WET or not network.facts.wet_closed[segment]:
        return []
    overruled = "" if passability.impassable[segment].any() else "; somebody passed since"
    return [f"recorded as not passable in the wet season{overruled}"]


def _unknown(network: Network, passability: Passability, segment: int) -> list[str]:
    """Whether the record does not say what the wet season does to the segment, when that is asked."""
    asked = passability.season == Season.WET and not network.facts.wet_known[segment]
    return ["wet-season state not known"] if asked else []


def _basis(passability: Passability, segment: int) -> str:
    """Where the travel time of one segment comes from."""
    speeds = passability.speeds
    kind = f"{speeds.class_of(segment)}, {'paved' if speeds.paved[segment] else 'unpaved'}"
    speed = f"{speeds.speed_kph[segment]:.0f} km/h"
    if speeds.basis[segment] == ASSUMED_SPEED:
        return f"assumed speed {speed} ({kind})"
    stated = "stated duration" if speeds.basis[segment] == STATED_DURATION else "stated speed"
    if passability.season == Season.WET:
        return f"{stated}, scaled to the wet season: {speed} ({kind})"
    return f"{stated}: {speed}"


def _days(days: float) -> str:
    number = int(days)
    spoken = f"{abs(number)} day{'' if abs(number) == 1 else 's'}"
    return f"{spoken} after this date" if number < 0 else f"{spoken} ago"


def _plain(word: str) -> str:
    return word.replace("_", " ")
