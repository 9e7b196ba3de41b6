"""Roads and ferries from OpenStreetMap extracts, ``.osm`` (XML) or ``.osm.pbf``.

A row is a way that a vehicle can use (``highway=*`` of a list) or a ferry line; other ways are no rows, and
the notes say how many there were. Way ids stay ids. Ways that share a node share the very same vertex, so the
network finds its junctions again. A way that leaves a clipped extract is cut where its nodes are missing.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.archives import file_kind, opened
from geo.readers.features import check_features
from geo.readers.osm_pbf import read_osm_pbf
from geo.readers.osm_ways import FloatArray, OsmWays
from geo.readers.osm_xml import read_osm_xml
from geo.readers.raw_features import GeometryArray, RawFeatures
from geo.readers.reading import Reading
from geo.readers.roads import roads_from

# A ferry's duration=* is written hours:minutes.
_CLOCK = r"^(\d{1,3}):(\d{2})(?::\d{2})?$"


def read_osm(path: Path, *, country: str | None = None) -> Reading:
    """Read the roads of an OSM extract.

    Parameters
    ----------
    country
        Taken for the sake of one shape of all readers; roads carry no country and none is set.

    Raises
    ------
    ImportRefusedError
        When the file is no OSM file, damaged, or holds no road at all.
    """
    del country
    with opened(path, suffixes=(".osm", ".pbf")) as inner:
        kind = file_kind(inner)
        if kind not in ("osm_xml", "osm_pbf"):
            raise ImportRefusedError(
                f"{path.name} is no OpenStreetMap file inside (.osm or .osm.pbf), whatever its name"
            )
        ways = read_osm_xml(inner) if kind == "osm_xml" else read_osm_pbf(inner)
    if not len(ways.way_id):
        raise ImportRefusedError(f"{path.name} holds {ways.others} ways but no road or ferry; nothing was imported")
    lines, reasons, cut = _lines(ways)
    raw = RawFeatures(
        properties=_properties(ways),
        geometry=lines,
        reasons=reasons,
        encoding="utf-8",
        notes=(f"{ways.others} other ways (buildings, paths, rivers, …) are no roads and no rows",),
    )
    features = check_features(raw, shape="line")
    return roads_from(path, features, format_name="osm", flags=cut)


def _properties(ways: OsmWays) -> pd.DataFrame:
    properties = pd.DataFrame(ways.tags, dtype=object).take(ways.tags_of)
    properties.index = pd.RangeIndex(1, len(properties) + 1, name="line")
    properties["osm_id"] = ways.way_id.astype(str)
    if "bridge" not in properties:
        properties["bridge"] = None  # in OSM, what is not tagged a bridge is none
    if "duration" in properties:
        clock = properties.pop("duration").astype("string").str.extract(_CLOCK).astype("Float64")
        properties["duration_min"] = clock[0] * 60 + clock[1]
    return properties


def _lines(ways: OsmWays) -> tuple[GeometryArray, dict[int, str], pd.DataFrame]:
    """Line of each way; why it has none; and flags for ways cut where nodes are missing."""
    at = np.searchsorted(ways.node_id, ways.refs)
    at = np.minimum(at, max(len(ways.node_id) - 1, 0))
    there = ways.node_id[at] == ways.refs if len(ways.node_id) else np.zeros(len(ways.refs), dtype=bool)
    coordinates = np.full((len(ways.refs), 2), np.nan)
    coordinates[there] = np.column_stack([ways.lon[at[there]], ways.lat[at[there]]])
    sizes = np.diff(ways.offsets)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    missing = np.bincount(owner, weights=~there, minlength=len(sizes)).astype(int)
    lines: GeometryArray = np.full(len(sizes), None, dtype=object)
    whole = (missing == 0) & (sizes >= 2)
    if whole.any():
        chosen = whole[owner]
        lines[whole] = shapely.linestrings(coordinates[chosen], indices=_dense(owner[chosen]))
    reasons = {int(i) + 1: f"a way of {sizes[i]} node is no line" for i in np.flatnonzero(sizes < 2)}
    cut = []
    for i in np.flatnonzero((missing > 0) & (sizes >= 2)):
        part = slice(ways.offsets[i], ways.offsets[i + 1])
        lines[i] = _runs(coordinates[part], there[part])
        if lines[i] is None:
            reasons[int(i) + 1] = f"{missing[i]} of its {sizes[i]} nodes have no position in the file"
        else:
            cut.append((i + 1, "geometry", missing[i], "nodes of the way have no position in the file; cut there"))
    return lines, reasons, faults(cut)


def _dense(owner: np.ndarray) -> np.ndarray:
    """Number the owners that are there 0, 1, 2, … without gaps."""
    return np.cumsum(np.append(0, np.diff(owner) != 0))


def _runs(coordinates: FloatArray, there: np.ndarray) -> shapely.Geometry | None:
    """Stretches of at least two known nodes in a row, as one line or several."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    runs = [coordinates[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 2]
    if not runs:
        return None
    return (
        shapely.LineString(runs[0]) if len(runs) == 1 else shapely.MultiLineString([list(map(tuple, r)) for r in runs])
    )
