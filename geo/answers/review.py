"""Which reports of different sources may be one event, what was decided about them, and the door for a decision.

Scoring looks at the reports as imported and takes the longest; it depends on reports and actors only, so
:func:`evidence_of` says when it must be done anew, and the queue follows from the decisions each time.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely

from geo import hexgrid
from geo.actors.identity import resolve_actors
from geo.answers.world import World
from geo.crs import GEOD
from geo.errors import RequestError, WithheldError
from geo.incidents.merges import SEPARATOR, apart_pairs, groups_of
from geo.incidents.triangulation import open_pairs, score_pairs
from geo.model import Audience
from geo.redaction import Cleared, clear, granted_resolution, sees_any
from geo.workspace import Workspace

Decision = Literal["same", "not_same", "withdrawn"]
Bounds = tuple[float, float, float, float]
CELL_RESOLUTION = 6  # of the cells that stand for two reports where their positions are withheld
_MARGIN_DEG = 0.2  # around what is shown of a pair
_KEY = secrets.token_bytes(16)  # pairs get new names with each start, so that no name can be traced to ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person says about a pair, and why."""

    handle: str
    decision: Decision  # withdrawn = as if never decided
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Pairs scored, before the gate; keep it with its evidence, it holds what nobody may be shown."""

    evidence: str
    pairs: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReviewAnswer:
    """The queue, what was decided, and how many there are of each, cleared for one audience."""

    counts: Cleared
    queue: Cleared  # pairs to look at, highest score first
    decided: Cleared  # decisions in force, newest first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairAnswer:
    """The two reports of one pair side by side, cleared for one audience."""

    reports: Cleared  # two rows, as incidents
    cells: Cleared  # the cells they lie in
    rings: Cleared  # how far around its point each place may lie
    bounds: Bounds | None  # west, south, east, north of what may be seen, degrees


def evidence_of(world: World) -> str:
    """Return short text that changes when any score could: reports, actors, settled names or settings."""
    imports = world.reports["import_id"].value_counts(sort=False).sort_index() if "import_id" in world.reports else ""
    known = [table.to_csv(index=False) for table in (world.actors, world.records("actor_names"))]
    text = f"{imports}{known}{world.settings.triangulation}"
    return hashlib.sha256(text.encode()).hexdigest()


def score_reports(world: World) -> Scored:
    """Score all pairs of reports of different sources."""
    parties = resolve_actors(world.reports, world.actors, world.records("actor_names"))
    pairs = score_pairs(world.reports, parties, settings=world.settings.triangulation)
    return Scored(evidence=evidence_of(world), pairs=pairs)


def answer_review(world: World, scored: Scored, *, audience: Audience, most: int = 1000) -> ReviewAnswer:
    """List what to review and what was decided, as far as the audience may see it.

    An audience that may see no pair learns how many there are, and how many were merged.
    """
    settings = world.settings
    queue = _queue(world, scored)
    likely = queue["score"] >= settings.triangulation.likely_share
    in_force = world.merges.loc[world.merges["decision"] != "withdrawn"]
    counts = {
        "merged": len(world.reports) - len(world.incidents),
        "open": len(queue),
        "likely": int(likely.sum()),
        "apart": int((in_force["decision"] == "not_same").sum()),
    }
    rows = _described(queue.assign(likely=likely).head(most), world)
    decided = _decided(in_force, world).head(most)
    if not sees_any("candidates", audience=audience, settings=settings):
        rows, decided = rows.iloc[:0], decided.iloc[:0]
    return ReviewAnswer(
        counts=clear(pd.DataFrame([counts]), view="review", audience=audience, settings=settings),
        queue=clear(rows, view="candidates", audience=audience, settings=settings),
        decided=clear(decided, view="merges", audience=audience, settings=settings),
    )


def _queue(world: World, scored: Scored) -> pd.DataFrame:
    """Pairs to look at, with the chance that each is one event."""
    least = world.settings.triangulation.possible_share
    return open_pairs(scored.pairs, world.merges, world.reports, possible_share=least)


def answer_pair(world: World, scored: Scored, handle: str, *, audience: Audience) -> PairAnswer:
    """Show the two reports of a pair, by its handle, as far as the audience may see records.

    Raises
    ------
    WithheldError
        When the audience may see no pair.
    RequestError
        When no pair has this handle.
    """
    settings = world.settings
    members = _named(world, scored, handle, audience)[1]
    rows = world.reports.loc[world.reports["incident_id"].isin(members)].sort_values(["source", "incident_id"])
    rows = rows.reset_index(drop=True)
    finest = granted_resolution(CELL_RESOLUTION, audience=audience, settings=settings)
    lonlat = rows[["longitude", "latitude"]].to_numpy(dtype=np.float64)
    found = hexgrid.cells_of_points(lonlat[:, 0], lonlat[:, 1], resolution=finest)
    by_cell = rows["source"].astype(str).groupby(found).agg(SEPARATOR.join)
    in_cell = pd.DataFrame({"cell": by_cell.index.to_numpy(dtype=np.uint64), "source": by_cell.to_numpy(dtype=object)})
    radius_km = rows["place_precision"].astype(object).map(settings.triangulation.radius_km).astype("float64")
    known = radius_km.notna().to_numpy()
    circles = [_ring(lon, lat, km) for (lon, lat), km in zip(lonlat[known].tolist(), radius_km[known], strict=True)]
    ringed = pd.DataFrame({"source": rows["source"].to_numpy(dtype=object)[known], "geometry": circles})
    reports = clear(
        rows.drop(columns=["import_id", "source_line"], errors="ignore"),
        view="incidents",
        audience=audience,
        settings=settings,
    )
    cells = clear(in_cell, view="incidents", audience=audience, settings=settings)
    rings = clear(ringed, view="rings", audience=audience, settings=settings)
    return PairAnswer(reports=reports, cells=cells, rings=rings, bounds=_bounds(reports, cells, rings))


def decide_pair(workspace: Workspace, world: World, scored: Scored, verdict: Verdict, *, audience: Audience) -> None:
    """Store what a person decided about a pair as a new revision; ``withdrawn`` takes a decision back.

    Raises
    ------
    WithheldError
        When the audience may see no pair.
    RequestError
        When no pair has this handle, no reason is given, or the decision contradicts another: two reports of
        one source would become one incident, or two that were kept apart.
    StaleVersionError
        When somebody else decided about this pair meanwhile.
    """
    record_id, members = _named(world, scored, verdict.handle, audience)
    if verdict.decision == "same":
        _check_group(world, members)
    known = world.merges.loc[world.merges["merge_id"] == record_id]
    queue = _queue(world, scored) if known.empty else known.rename(columns={"merge_id": "pair"})
    score = queue.loc[queue["pair"] == record_id, "score"].dropna()  # the chance as it was when first decided
    values: dict[str, Any] = {
        "merge_id": record_id,
        "members": SEPARATOR.join(sorted(members)),
        "decision": verdict.decision,
        "score": float(score.iloc[0]) if len(score) else None,
    }
    workspace.record(
        "merges", values, reason=verdict.reason, expect_version=int(known["version"].iloc[0]) if len(known) else 0
    )


def _check_group(world: World, members: list[str]) -> None:
    """Refuse to join what must not be joined, in words."""
    groups = groups_of(world.merges)
    numbers = {groups[member] for member in members if member in groups}
    together = {*members, *(member for member, number in groups.items() if number in numbers)}
    rows = world.reports.loc[world.reports["incident_id"].isin(together)]
    twice = rows["source"][rows["source"].duplicated()]
    if len(twice):
        raise RequestError(
            f"this would join two reports of {twice.iloc[0]} into one incident; undo the decision that already "
            "joins one of them first"
        )
    if any(two <= together for two in apart_pairs(world.merges)):
        raise RequestError("this would join two reports that were called not the same; undo that decision first")


def _named(world: World, scored: Scored, handle: str, audience: Audience) -> tuple[str, list[str]]:
    """Id of the decision about the pair of a handle, and the ids of its reports; some may have been withdrawn."""
    if not sees_any("candidates", audience=audience, settings=world.settings):
        raise WithheldError(f"the audience {audience} may not review reports; choose another audience")
    for record_id, members in zip(world.merges["merge_id"], world.merges["members"], strict=True):
        if _handle(record_id) == handle:
            return str(record_id), str(members).split(SEPARATOR)
    pairs = scored.pairs
    for record_id, first, second in zip(pairs["pair"], pairs["first"], pairs["second"], strict=True):
        if _handle(record_id) == handle:
            return str(record_id), [str(one) for one in world.reports["incident_id"].iloc[[first, second]]]
    raise RequestError(f"no pair of reports is called {handle!r}; look at the queue again")


def _handle(record_id: object) -> str:
    """Return a name for a pair that does not tell the ids of its reports."""
    return hashlib.blake2b(str(record_id).encode(), key=_KEY, digest_size=6).hexdigest()


def _described(queue: pd.DataFrame, world: World) -> pd.DataFrame:
    """Pairs as a reader meets them."""
    first, second = (world.reports.iloc[queue[side].to_numpy(dtype=np.int64)] for side in ("first", "second"))
    table = queue.drop(columns=["first", "second", "pair", "bits", "odds"]).assign(
        pair=[_handle(one) for one in queue["pair"]]
    )
    for side, rows in (("a", first), ("b", second)):
        table[f"source_{side}"] = rows["source"].to_numpy(dtype=object)
        table[f"day_{side}"] = rows["date_start"].to_numpy()
        table[f"precision_{side}"] = rows["place_precision"].to_numpy(dtype=object)
    return table


def _decided(in_force: pd.DataFrame, world: World) -> pd.DataFrame:
    """Decisions with who, when and why, newest first."""
    present = set(world.reports["incident_id"])
    reports = [sum(one in present for one in str(ids).split(SEPARATOR)) for ids in in_force["members"]]
    told = in_force.merge(world.merge_notes, on="merge_id", how="left").assign(reports=reports)
    told["merge"] = [_handle(one) for one in told["merge_id"]]
    return told.sort_values("recorded_at", ascending=False, ignore_index=True)


def _ring(lon: float, lat: float, radius_km: float) -> shapely.LineString:
    """Circle around a point on the ellipsoid, 48 corners."""
    azimuth = np.linspace(0.0, 360.0, 49)
    around = GEOD.fwd(np.full(49, lon), np.full(49, lat), azimuth, np.full(49, radius_km * 1000.0))
    return shapely.LineString(np.column_stack([around[0], around[1]]))


def _bounds(reports: Cleared, cells: Cleared, rings: Cleared) -> Bounds | None:
    """Frame of what the audience may see of a pair; never of what it may not."""
    if "geometry" in rings.columns and len(rings.frame):
        west, south, east, north = shapely.total_bounds(rings.frame["geometry"].to_numpy(dtype=object))
    elif "longitude" in reports.columns and len(reports.frame):
        lon, lat = (reports.frame[name].to_numpy(dtype=np.float64) for name in ("longitude", "latitude"))
        west, south, east, north = lon.min(), lat.min(), lon.max(), lat.max()
    elif "cell" in cells.columns and len(cells.frame):
        lon, lat = hexgrid.centres(cells.frame["cell"].to_numpy(dtype=np.uint64))
        west, south, east, north = lon.min(), lat.min(), lon.max(), lat.max()
    else:
        return None
    margin = _MARGIN_DEG
    return float(west - margin), float(south - margin), float(east + margin), float(north + margin)
