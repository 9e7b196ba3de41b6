"""The three engines on one lake: arrays in memory, DuckDB, Spark. All must give the same cells before times are told.

    python bench/engines.py              300,000 and 3,000,000 incidents in ten imports, stopped after four minutes
    python bench/engines.py 30000000     as many as asked, however long it takes; in memory only where there is room

Each engine runs in a process of its own. "ready" is from the Parquet files to the first answer, once per import
or start, and beside it the seconds of processor it took, which stay much the same where others use the machine;
"question" is the median of three further answers about days, types, violations and actors; "memory" the most that
process took, with Java's. Data are generated (seeded).
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.hexbin import REQUEST, SETTINGS, free_memory_gb  # noqa: E402
from bench.incidentgen import made_incidents, no_areas  # noqa: E402
from geo.actors.identity import resolve_actors  # noqa: E402
from geo.answers.stage import Naming, Stage  # noqa: E402
from geo.incidents.precision import Placement, place_incidents  # noqa: E402
from geo.incidents.rollup import Rollup  # noqa: E402
from geo.incidents.rollup_sorted import roll_up_sorted, sort_incidents  # noqa: E402
from geo.schema import ACTOR_NAMES, ACTORS, INCIDENTS  # noqa: E402
from geo.workspace.engine import Source, read_rows  # noqa: E402
from geo.workspace.engines import open_engine  # noqa: E402

SIZES = (300_000, 3_000_000)
IMPORTS = 10
RUNS = 3
LIMIT_S = 230  # of a run without sizes, so that `make bench` ends
GB_PER_MILLION_ROWS = 1.5  # what the engine "memory" takes at its peak, roughly; beyond what is free it is left out
Ask = Callable[[], Rollup]


def write_lake(folder: Path, count: int) -> None:
    """Write imports as the lake keeps them, one after the other, so that this process stays small."""
    size = count // IMPORTS
    for number in range(IMPORTS):
        rows = made_incidents(size, seed=number)
        words = [name for name in rows if isinstance(rows[name].dtype, pd.CategoricalDtype)]
        rows = rows.astype(dict.fromkeys(words, "string"))
        rows["incident_id"] = pd.Series(np.arange(number * size, (number + 1) * size)).astype("string")
        rows["source_line"] = np.arange(2, size + 2)
        whole = [name for name in rows if str(name).startswith("fatalities")]
        place = folder / f"import-{number}"
        place.mkdir()
        rows.astype(dict.fromkeys(whole, "int64")).to_parquet(place / "data.parquet", index=False)


def sources_of(folder: Path) -> list[Source]:
    names = [f"import-{number}" for number in range(IMPORTS)]
    files = [folder / name / "data.parquet" for name in names]
    return [
        Source(file=file, import_id=name, format="made", sha256=name) for file, name in zip(files, names, strict=True)
    ]


def place(incidents: pd.DataFrame, resolution: int) -> Placement:
    return place_incidents(incidents, no_areas(), resolution=resolution, settings=SETTINGS.placement)


def in_memory(sources: list[Source]) -> Ask:
    incidents = read_rows(sources, INCIDENTS)
    actors = resolve_actors(incidents, ACTORS.empty())
    ready = sort_incidents(incidents, place(incidents, REQUEST.resolution), actors=actors)
    return lambda: roll_up_sorted(ready, REQUEST)[0]


def on_engine(name: str, sources: list[Source]) -> Ask:
    nothing = INCIDENTS.empty()
    engine = open_engine(name, memory_gb=SETTINGS.engine.spark_memory_gb)
    naming = Naming(actors=ACTORS.empty(), names=ACTOR_NAMES.empty())
    stage = Stage(engine, sources, reports=nothing, settled=nothing, naming=naming, place=place)
    return lambda: stage.roll_up(REQUEST)[0]


def children() -> list[str]:
    """Numbers of the processes this one started, where the system says."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return listed.read_text(encoding="ascii").split() if listed.exists() else []


def peak_gb() -> float:
    """Most memory this process and its children took; 0 where the system does not say."""
    statuses = [Path(f"/proc/{pid}/status") for pid in ("self", *children())]
    told = [row for file in statuses if file.exists() for row in file.read_text(encoding="utf-8").splitlines()]
    return sum(int(row.split()[1]) for row in told if row.startswith("VmHWM")) / 1e6


def processor_s() -> float:
    """Seconds of processor this process and its children took so far."""
    spent = time.process_time()
    for pid in children():
        numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        spent += (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def digest_of(rolled: Rollup) -> str:
    """Text that is equal where all cells are, sums rounded to a millionth."""
    table = rolled.cells.drop(columns="cell").astype(float).round(6)
    data = rolled.cells["cell"].to_numpy().tobytes() + (table + 0.0).to_numpy().tobytes()
    return hashlib.sha256(data + rolled.months.to_csv().encode()).hexdigest()


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Run one engine in this process."""
    sources = sources_of(folder)
    start, spent_s = time.perf_counter(), processor_s()
    ask = in_memory(sources) if name == "memory" else on_engine(name, sources)
    rolled = ask()
    ready_s, spent_s, times = time.perf_counter() - start, processor_s() - spent_s, []
    for _ in range(RUNS):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    found = {"cells": len(rolled.cells), "matching": rolled.total, "digest": digest_of(rolled)}
    return found | {"ready_s": ready_s, "spent_s": spent_s, "question_s": median(times), "peak_gb": peak_gb()}


def bench(count: int, *, until: float | None = None) -> None:
    """Print one line per engine; ``until`` is a reading of the clock at which an engine is stopped."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        lake.mkdir()
        write_lake(lake, count)
        stored_gb = sum(file.stat().st_size for file in lake.rglob("*.parquet")) / 1e9
        rows = sum(pq.read_metadata(file).num_rows for file in lake.rglob("*.parquet"))
        print(f"{rows:,} incidents in {IMPORTS} imports, {stored_gb:.2f} GB of Parquet", flush=True)
        digests = set()
        for name in ("memory", "duckdb", "spark"):
            refusal = why_not(name, count)
            if refusal:
                print(f"  {name:<8}{refusal}")
                continue
            told = in_a_process(name, lake, until=until)
            if told is None:
                print(f"  {name:<8}stopped: the benchmark has run {LIMIT_S} s; `python bench/engines.py {count}` waits")
                continue
            digests.add(told["digest"])
            assert len(digests) == 1, f"{name} gives other cells than the engine before it"
            print(
                f"  {name:<8}ready {told['ready_s']:6.1f} s (processor {told['spent_s']:6.1f} s)   "
                f"question {1e3 * told['question_s']:7.0f} ms   memory {told['peak_gb']:4.1f} GB   "
                f"{told['cells']:,} cells of {told['matching']:,} incidents",
                flush=True,
            )


def in_a_process(name: str, lake: Path, *, until: float | None) -> dict[str, Any] | None:
    """Measure an engine in a process of its own, whose temporary files go with the lake; None where it was stopped."""
    rest_s = None if until is None else max(until - time.monotonic(), 0.0)
    command = [sys.executable, __file__, "--engine", name, str(lake)]
    places = os.environ | {"TMPDIR": str(lake.parent)}
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=places, timeout=rest_s)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        print(error.stderr, file=sys.stderr)
        raise
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def why_not(name: str, count: int) -> str:
    """Say why an engine cannot run here; empty if it can."""
    if name == "memory" and free_memory_gb() < GB_PER_MILLION_ROWS * count / 1e6:
        return f"not run: would take about {GB_PER_MILLION_ROWS * count / 1e6:.0f} GB"
    if name == "spark" and (find_spec("pyspark") is None or not (which("java") or os.environ.get("JAVA_HOME"))):
        return "not run: needs `make setup-spark` and Java"
    return ""


if __name__ == "__main__":
    if "--engine" in sys.argv:
        print(json.dumps(measure(sys.argv[-2], Path(sys.argv[-1]))))
    elif len(sys.argv) > 1:
        for asked in map(int, sys.argv[1:]):
            bench(asked)
    else:
        stop = time.monotonic() + LIMIT_S
        for size in SIZES:
            bench(size, until=stop)
