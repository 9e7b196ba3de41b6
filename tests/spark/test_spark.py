"""Silent risks here: Spark reading a lake in another order or another time zone than DuckDB, so that another row
counts or a day shifts; rows lost because a folder's name looks like a pattern; a session that others can reach, or
that leaves files behind."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geo.answers.world import World
from geo.errors import StoreError
from geo.model import HexbinRequest
from geo.readers import read_file
from geo.workspace import open_workspace
from geo.workspace.engines import DuckEngine, Engine, open_engine
from tests.toy_readings import incident
from tests.toy_stage import (
    ACTORS_KNOWN,
    assert_same,
    assert_world_same,
    decisions,
    imports,
    questions,
    toy,
    with_engine,
)

ROOT = Path(__file__).resolve().parents[2]
ALL = HexbinRequest(resolution=5)


def spark() -> Engine:
    return open_engine("spark", memory_gb=1)


def test_answers_of_the_sample_are_the_same_and_load_no_incident(sample_world, settings) -> None:
    assert_world_same(with_engine(sample_world, "spark", settings), sample_world)


@settings(max_examples=2, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking here takes an hour
@given(imports(), decisions(), st.lists(questions(), min_size=2, max_size=2))
def test_spark_duckdb_and_memory_give_the_same(made, same, asked) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = toy(Path(folder), made, same=same, actors=ACTORS_KNOWN)
        stages = [lake.stage(engine) for engine in (spark(), DuckEngine())]
        for request in asked:
            for stage in stages:
                assert_same(stage.roll_up(request), lake.in_memory(request))


def test_a_real_country_is_the_same(shared_data, tmp_path, settings) -> None:
    file = shared_data / "ucdp" / "GEDEvent_v23_1_CAF_1989-2020.csv"
    workspace = open_workspace(tmp_path / "car", author="test", create=True)
    workspace.add(read_file("ucdp", file, country="CAF"), country="CAF")
    world = World(workspace, settings)
    for name in ("duckdb", "spark"):
        assert_world_same(with_engine(world, name, settings), world)
    workspace.close()


def test_a_folder_named_like_a_pattern_is_read_all_the_same(tmp_path) -> None:
    odd = tmp_path / "a [b]{c}* d?e"
    odd.mkdir()
    lake = toy(odd, [[incident(1)], [incident(1, fatalities_best=3), incident(2)]])
    assert_same(lake.stage(spark()).roll_up(ALL), lake.in_memory(ALL))


def test_a_merged_incident_is_found_by_each_of_its_sources(tmp_path) -> None:
    reports = [[incident(1, incident_id="1")], [incident(2, incident_id="2", source="acled")]]
    lake = toy(tmp_path, reports, same=[("1", "2")])
    stage = lake.stage(spark())
    for sources, total in ((("ucdp",), 1), (("Acled",), 1), (("own",), 0)):
        request = HexbinRequest(resolution=5, sources=sources)
        rolled = stage.roll_up(request)
        assert rolled[0].total == total
        assert_same(rolled, lake.in_memory(request))


def test_a_lake_without_imports_gives_empty_tables(tmp_path) -> None:
    empty = toy(tmp_path, [])
    assert_same(empty.stage(spark()).roll_up(ALL), empty.in_memory(ALL))


def test_a_damaged_import_is_named_by_the_engine(tmp_path) -> None:
    broken = toy(tmp_path, [[incident(1)]])
    broken.sources[0].file.write_bytes(b"no parquet")
    with pytest.raises(StoreError, match=r"Spark cannot roll the incidents up .* run `verify`"):
        broken.stage(spark())


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks at Linux's list of sockets")
def test_nobody_else_can_reach_the_session() -> None:
    java = spark()._session.sparkContext._gateway.proc.pid
    held = {str(fd.readlink()) for fd in Path(f"/proc/{java}/fd").iterdir() if fd.is_symlink()}
    listening = [
        line.split()[1].rsplit(":", 1)[0]
        for family in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{family}").read_text(encoding="ascii").splitlines()[1:]
        if line.split()[3] == "0A" and f"socket:[{line.split()[9]}]" in held
    ]
    assert listening
    assert set(listening) <= {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1


def test_a_session_leaves_no_file_behind_and_prints_nothing(tmp_path) -> None:
    code = (
        "from geo.workspace.engines import open_engine; print(open_engine('spark', memory_gb=1).run('SELECT 1 AS one'))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "one: int32" in done.stdout
    assert "WARN " not in done.stderr
    assert list(tmp_path.iterdir()) == []
