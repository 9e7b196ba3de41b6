"""A second source of the fictional sample: a community alert network that saw some of the same events.

It writes down place, day, actors and kind in its own way, and events nobody else reported. Which of its reports
speak of which of the first source's is known here alone: the files do not say it, :func:`overlap_truth` does.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.workspace.sample_actors import ACTORS, CLAIMED, SPLIT_ON, THEATRES, pick
from geo.workspace.sample_events import Happened, incident_of, inside, placed
from geo.workspace.sample_land import OWN, Floats, Land
from geo.workspace.sample_people import FIRST_DAY, LAST_DAY, Row, Settlements, district_of
from geo.workspace.sample_roads import Roads

SOURCE = "alerts"
_SEEN_TOO = 0.115  # share of the first source's events the network reports too
_SEEN_ALONE = 0.24  # share of the events the first source missed
_KM_PER_DEG = 111.2
_JITTER_KM = {"exact": 1.3, "near": 9.0}  # standard deviation each way
_PRECISION_STEPS = (("exact", 0.58), ("near", 0.27), ("admin2", 0.1), ("admin1", 0.05))
_DAYS_OFF = ((0, 0.74), (1, 0.14), (-1, 0.06), (2, 0.04), (4, 0.02))
# The network's words for a kind of event, and what our crosswalk suggests for it.
_WORDS = {
    "armed_clash": ("fighting", "killing"),
    "attack_on_civilians": ("people hurt or killed", "killing"),
    "ambush": ("attack on the road", "denial_of_humanitarian_access"),
    "abduction": ("people taken", "abduction"),
    "looting": ("pillage", "denial_of_humanitarian_access"),
    "recruitment": ("children with fighters", "recruitment_or_use"),
    "explosive": ("explosion", "maiming"),
    "detention": ("people locked up", "detention"),
}
_CALLED = {"MLH aile nord": CLAIMED}  # one wing the network calls as if there were no other
_BY_NAME = {name: actor for actor in ACTORS for name in (actor["name"], *actor["aliases"].split(";"))}


@dataclass(frozen=True, slots=True)
class SecondSource:
    """Reports of the network, and which of them speak of an event of the first source."""

    rows: list[Row]
    truth: list[tuple[str, str]]  # ids: first source, network


def build_second(
    land: Land, roads: Roads, settlements: Settlements, happened: Happened, rows: list[Row], seed: int
) -> SecondSource:
    """Report some events a second time, and some the first source missed, in order of their first day.

    Parameters
    ----------
    happened
        All events, with the number of the first source's report of each or -1.
    rows
        Reports of the first source.
    """
    random = np.random.Generator(np.random.PCG64(seed + 1500))
    chance = np.where(happened.report >= 0, _SEEN_TOO, _SEEN_ALONE)
    seen = np.flatnonzero(random.random(len(chance)) < chance)
    places = _noted_places(land, roads, settlements, happened.points[seen], random)
    found: list[tuple[Row, str]] = []
    for k, place in zip(seen.tolist(), places, strict=True):
        day = int(happened.days[k])
        twin = rows[int(happened.report[k])] if happened.report[k] >= 0 else None
        first = twin or incident_of(THEATRES[int(happened.theatres[k])], day, random)
        on = _noted_day(FIRST_DAY + dt.timedelta(days=day), random)
        row = _told(first, on, random) | _sides(first, random) | place
        found.append((row, str(twin["incident_id"]) if twin else ""))
    found.sort(key=lambda pair: pair[0]["date_start"])
    truth = []
    for number, (row, twin_id) in enumerate(found, start=1):
        row["incident_id"] = f"{SOURCE}:{number:04d}"
        if twin_id:
            truth.append((twin_id, row["incident_id"]))
    return SecondSource([row for row, _ in found], truth)


def _noted_day(day: dt.date, random: np.random.Generator) -> dt.date:
    """Day as noted: mostly right, never on the other side of the split of an actor."""
    noted = day + dt.timedelta(days=_DAYS_OFF[pick(random, tuple(share for _, share in _DAYS_OFF))][0])
    first, last = (FIRST_DAY, SPLIT_ON - dt.timedelta(days=1)) if day < SPLIT_ON else (SPLIT_ON, LAST_DAY)
    return min(max(noted, first), last)


def _told(first: Row, on: dt.date, random: np.random.Generator) -> Row:
    """What the network says of an event: kind in its words, deaths as it heard, a week where it is not sure."""
    word, suggested = _WORDS[first["event_type"]]
    week = random.random() < 0.2
    limits = (FIRST_DAY, SPLIT_ON - dt.timedelta(days=1)) if on < SPLIT_ON else (SPLIT_ON, LAST_DAY)
    start, end = (on - dt.timedelta(days=3), on + dt.timedelta(days=3)) if week else (on, on)
    heard = max(int(first["fatalities_best"]) + int(random.integers(-2, 3)), 0) if random.random() < 0.5 else None
    row: Row = {
        "source": SOURCE,
        "country": OWN,
        "event_type": word,
        "date_start": max(start, limits[0]).isoformat(),
        "date_end": min(end, limits[1]).isoformat(),
        "date_precision": 2 if week else 1,
        "fatalities_best": first["fatalities_best"] if heard is None else heard,
        "sources_count": 1 + int(2 * random.random() ** 2),
    }
    said = first.get("violation") if random.random() < 0.75 else suggested
    return row | ({"violation": said, "violation_basis": "suggested"} if said else {})


def _sides(first: Row, random: np.random.Generator) -> Row:
    """Actors as the network calls them: by any of their names, misspelt, or as unidentified men; never by an id."""
    row: Row = {}
    for side in ("a", "b"):
        name = first.get(f"actor_{side}")
        if not name:
            continue
        actor = _BY_NAME.get(name)
        outcome = random.random()
        if actor is None or outcome < 0.35:
            row[f"actor_{side}"] = _CALLED.get(name, name)
        elif outcome < 0.75:
            names = [actor["short_name"], *actor["aliases"].split(";"), actor["name"]]
            chosen = names[int(random.integers(0, len(names)))]
            row[f"actor_{side}"] = _CALLED.get(chosen, chosen)
        elif outcome < 0.88:
            row[f"actor_{side}"] = _misspelt(actor["name"], random)
        else:
            row[f"actor_{side}"] = "Unidentified armed men"
    return row


def _misspelt(name: str, random: np.random.Generator) -> str:
    """Leave out one letter of a name."""
    at = int(random.integers(1, len(name) - 1))
    return name[:at] + name[at + 1 :]


def _noted_places(
    land: Land, roads: Roads, settlements: Settlements, points: Floats, random: np.random.Generator
) -> list[Row]:
    """Places as noted, with an error that goes with how well each is known; always inside the territory."""
    shares = tuple(share for _, share in _PRECISION_STEPS)
    known = [_PRECISION_STEPS[pick(random, shares)][0] for _ in range(len(points))]
    spread = np.array([_JITTER_KM.get(precision, 0.0) for precision in known]) / _KM_PER_DEG
    noted = points + random.standard_normal(points.shape) * spread[:, None]
    noted = np.where(inside(land, noted)[:, None], noted, points)
    districts = district_of(land, noted[:, 0], noted[:, 1])
    nearest = np.asarray(cKDTree(roads.nodes).query(noted)[1])
    names = [settlements.names[k] for k in nearest.tolist()]
    return [
        placed(land, point, name, district, precision)
        for point, name, district, precision in zip(noted, names, districts, known, strict=True)
    ]
