"""A country's roads from an OpenStreetMap extract to a graph: read, check, cut at junctions, number, index.

    python bench/pbf.py

The extract is written here with pyosmium from a generated network (``../shared/prototypes/roadgen.py``, 150,000 ways of
five nodes each); reading starts from the file on disk. Beside it pyosmium alone goes through the same file and collects
the lines, which is what a user would do before any graph; and the graph is stored and taken back, as after a restart.
Medians of three runs, seconds on the clock and of the processor.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
from osmium.osm.mutable import Node, Way

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.access.network import build_network  # noqa: E402
from geo.access.network_arrays import network_arrays, network_from  # noqa: E402
from geo.readers.osm import read_osm  # noqa: E402
from geo.settings import read_settings  # noqa: E402
from geo.workspace.remembered import recall, remember  # noqa: E402

SEED = 11
RUNS = 3
WAYS = 150_000
BENDS = 3  # nodes between the two ends of a way
TARGET_S = 3.0
CLASSES = ("trunk", "primary", "secondary", "tertiary", "unclassified", "track")
SETTINGS = read_settings(ROOT / "config.toml")
GENERATOR = ROOT.parent / "shared" / "prototypes" / "roadgen.py"


def write_extract(path: Path) -> int:
    """Write the extract; return how many ways it holds."""
    sys.path.insert(0, str(GENERATOR.parent))
    sys.dont_write_bytecode = True
    made: dict[str, Any] = import_module("roadgen").make(2 * WAYS, SEED)
    ends, at = made["e"].astype(np.int64), made["xy"]
    of_class = np.empty(len(ends), dtype=np.int64)
    of_class[made["ue"]] = made["cls"]
    shares = np.linspace(0, 1, BENDS + 2)[1:-1]
    between = at[ends[:, 0], None] + shares[None, :, None] * (at[ends[:, 1]] - at[ends[:, 0]])[:, None]
    writer = osmium.SimpleWriter(str(path))
    for number, (lon, lat) in enumerate(np.concatenate([at, between.reshape(-1, 2)]).tolist(), start=1):
        writer.add_node(Node(id=number, location=(lon, lat)))
    first = len(at) + 1
    for number, (one, other) in enumerate(ends.tolist()):
        inner = range(first + number * BENDS, first + (number + 1) * BENDS)
        tags = {"highway": CLASSES[of_class[number]], "surface": "unpaved"}
        writer.add_way(Way(id=number + 1, nodes=[one + 1, *inner, other + 1], tags=tags))
    writer.close()
    return len(ends)


def through_pyosmium(path: Path) -> int:
    """Go through the file as a user of pyosmium would, and keep the lines."""
    lines = [
        [(node.lon, node.lat) for node in way.nodes]
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY | osmium.osm.NODE).with_locations()
        if way.is_way() and "highway" in way.tags
    ]
    return len(lines)


def timed_s(work: Callable[[], object]) -> np.ndarray:
    """Seconds on the clock, and of the processor."""
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    return np.median(spent, axis=0)


def shown(seconds: np.ndarray) -> str:
    return f"{seconds[0]:.2f} s ({seconds[1]:.2f})"


def main() -> None:
    if not GENERATOR.is_file():
        print("no ../shared/prototypes/roadgen.py here: nothing to write an extract from")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "country.osm.pbf"
        ways = write_extract(path)
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        roads = gpd.GeoDataFrame(read_osm(path).frame)
        network = build_network(roads, settings=SETTINGS.network)
        assert len(roads) == ways == through_pyosmium(path)
        assert abs(len(network.segments) - ways) < 0.01 * ways  # a few bends of short ways fall on one another
        read_s = timed_s(lambda: read_osm(path))
        build_s = timed_s(lambda: build_network(roads, settings=SETTINGS.network))
        whole, theirs = read_s + build_s, timed_s(lambda: through_pyosmium(path))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        remember(Path(folder), "network", "bench", network_arrays(network))
        recalled = recall(Path(folder), "network", "bench", network_from)
        assert recalled is not None
        assert recalled.segments.equals(network.segments)
        again_s = timed_s(lambda: recall(Path(folder), "network", "bench", network_from))
        size_mb = path.stat().st_size / 1e6
    verdict = "met" if whole[0] <= TARGET_S else "MISSED"
    print(f"{ways:,} ways, {size_mb:.0f} MB: read {shown(read_s)}, graph {shown(build_s)}, together {shown(whole)}")
    print(f"target {TARGET_S:g} s: {verdict}; pyosmium alone, lines only: {shown(theirs)}")
    print(f"the graph taken back after a restart: {shown(again_s)}")
    print(f"peak memory of reading and building {peak_mb:.0f} MB (before reading {before_mb:.0f} MB)")


if __name__ == "__main__":
    main()
