"""Silent risks here: a repeated import counted twice by an engine only; a merged report counted beside the
incident it became; an engine that loads every incident into memory after all, or slows the start of who needs none;
text of a user inside a statement; an engine chosen that is not there, found out by a traceback."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from geo.answers.world import World
from geo.errors import RequestError, SettingsError, StoreError
from geo.incidents.rollup_sorted import roll_up_sorted, sort_incidents
from geo.model import HexbinRequest, Window
from geo.settings import read_settings
from geo.workspace import open_workspace, spark
from geo.workspace.engines import DuckEngine, open_engine
from geo.workspace.rollup_sql import Shape, question_sql
from tests.toy_readings import incident, reading_of
from tests.toy_stage import ACTORS_KNOWN, Toy, assert_same, assert_world_same, toy, with_engine

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = [
    [
        incident(1, incident_id="1", actor_a="Blues", actor_b="Réds", fatalities_best=2, violation="killing"),
        incident(2, incident_id="2", actor_a="Blues", date_start="2020-02-03", date_end="2020-02-03"),
        incident(3, incident_id="3", place_precision="admin1", admin1="Ouest", country="CAF", fatalities_best=4),
    ],
    # The first again, corrected; and the same event from another source, decided to be one with the second.
    [incident(1, incident_id="1", actor_a="Blues", fatalities_best=5, violation="killing")],
    [incident(9, incident_id="9", source="acled", date_start="2020-02-03", date_end="2020-02-03", fatalities_best=7)],
]
ALL = HexbinRequest(resolution=5)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return toy(tmp_path_factory.mktemp("lake"), IMPORTS, same=[("2", "9")], actors=ACTORS_KNOWN)


def test_the_toy_world_solved_by_hand(lake) -> None:
    rolled, totals = lake.stage(DuckEngine()).roll_up(ALL)
    at_point = rolled.cells.loc[rolled.cells["newest_days"].notna()].iloc[0]
    share = at_point["incidents"] - 2
    assert rolled.total == 3
    assert 0 < share < 0.1  # of the report known to the province
    assert at_point["fatalities_best"] == pytest.approx(5 + 7 + 4 * share)
    assert at_point["violation_killing"] == 1
    # The Blues of January are the old ones, of February the new; the correction has no Réds.
    assert (at_point["actors"], at_point["effective_actors"]) == (2, pytest.approx(2.0))
    assert at_point["newest_days"] == 0.0
    assert totals.iloc[0].to_dict() == {
        "incidents": 3.0,
        "fatalities_low": 7.0,
        "fatalities_best": 16.0,
        "fatalities_high": 7.0,
        "exact_share": pytest.approx(2 / 3),
        "area_share": pytest.approx(1 / 3),
    }
    assert rolled.months["incidents"].tolist() == [2, 1]
    assert_same((rolled, totals), lake.in_memory(ALL))


@pytest.mark.parametrize(
    ("sources", "total"), [(("ucdp",), 3), (("ACLED",), 1), (("acled", "ucdp"), 3), (("ucdp;acled",), 0), (("own",), 0)]
)
def test_a_merged_incident_is_found_by_each_of_its_sources_on_every_way_to_roll_up(lake, sources, total) -> None:
    request = HexbinRequest(resolution=5, sources=sources)
    expected = lake.in_memory(request)
    assert expected[0].total == total
    assert lake.incidents["source"].tolist().count("acled;ucdp") == 1
    assert_same(lake.stage(DuckEngine()).roll_up(request), expected)
    ready = sort_incidents(lake.incidents, lake.placements[5], actors=lake.parties)
    assert_same(roll_up_sorted(ready, request), expected)


def test_actors_left_out_are_not_counted_and_cannot_be_asked_for(lake) -> None:
    stage = lake.stage(DuckEngine())
    assert_same(stage.roll_up(ALL, with_actors=False), lake.in_memory(ALL, with_actors=False))
    with pytest.raises(RequestError, match="an actor is asked for, but actors are left out"):
        stage.roll_up(HexbinRequest(resolution=5, actors=("Blues",)), with_actors=False)


def test_a_lake_without_imports_gives_empty_tables(tmp_path) -> None:
    empty = toy(tmp_path, [])
    stage = empty.stage(DuckEngine())
    assert_same(stage.roll_up(ALL), empty.in_memory(ALL))
    assert (stage.country, stage.first_day, stage.latest_day) == (None, None, None)


def test_what_a_user_types_is_never_part_of_a_statement(lake) -> None:
    stage = lake.stage(DuckEngine())
    hostile = HexbinRequest(resolution=5, event_types=("'; DROP TABLE facts; --",), actors=("') OR true --", ":start"))
    assert stage.roll_up(hostile)[0].total == 0
    assert stage.roll_up(ALL)[0].total == 3


def test_statements_are_compiled_once_per_shape() -> None:
    shape = Shape(resolution=7, by_kind=True, by_party=False, actors=True)
    text = question_sql(shape, "duckdb")
    assert question_sql(Shape(resolution=7, by_kind=True, by_party=False, actors=True), "duckdb") is text
    assert "$kinds" in text["cells"]
    assert "$parties" not in text["cells"]


def test_answers_of_the_sample_are_the_same_and_load_no_incident(sample_world, settings) -> None:
    assert_world_same(with_engine(sample_world, "duckdb", settings), sample_world)


def test_a_world_looks_back_on_its_engine_too(tmp_path, settings) -> None:
    workspace = open_workspace(tmp_path / "w", author="test", create=True)
    first = workspace.add(reading_of("incidents", IMPORTS[0]))
    before = first.imported_at + dt.timedelta(milliseconds=1)
    workspace.add(reading_of("incidents", IMPORTS[2]))
    chosen = settings.model_copy(update={"engine": settings.engine.model_copy(update={"name": "duckdb"})})
    totals = [World(workspace, chosen, known_at=known_at).stage.roll_up(ALL)[0].total for known_at in (before, None)]
    workspace.close()
    assert totals == [3, 4]


def test_a_damaged_import_is_named_by_the_engine(tmp_path) -> None:
    broken = toy(tmp_path, IMPORTS[:1])
    broken.sources[0].file.write_bytes(b"no parquet")
    with pytest.raises(StoreError, match=r"DuckDB cannot roll the incidents up .* run `verify`"):
        broken.stage(DuckEngine())


def test_a_start_loads_neither_ibis_nor_spark() -> None:
    code = "import sys, geo.answers.hexbin; sys.exit(bool({'ibis', 'sqlglot', 'pyspark'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("pyspark", "the engine spark needs the package pyspark; run `make setup-spark`, or set engine.name"),
        ("java", "the engine spark needs Java 17 or newer; install it, or correct JAVA_HOME, or set engine.name"),
    ],
)
def test_spark_without_what_it_needs_says_the_way_out(monkeypatch, missing, message) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: None if missing == "pyspark" else name)
    monkeypatch.setattr(spark.shutil, "which", lambda *_, **__: None)
    spark._session.cache_clear()
    with pytest.raises(SettingsError, match=message):
        open_engine("spark", memory_gb=1)


def test_an_engine_nobody_knows_is_refused_with_the_names_of_those_there_are(tmp_path) -> None:
    shipped = (ROOT / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(shipped.replace('name = "memory"', 'name = "dask"'), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"engine\.name = 'dask': input should be 'memory', 'duckdb' or 'spark'"):
        read_settings(tmp_path / "config.toml")


def test_a_window_is_compared_in_whole_days_on_both_sides_of_1970(tmp_path) -> None:
    old = toy(tmp_path, [[incident(1, date_start="1969-12-30", date_end="1970-01-02", violation="killing")]])
    stage = old.stage(DuckEngine())
    day = dt.date(1970, 1, 1)
    for window, total in (
        (Window(day, day), 1),
        (Window(end=dt.date(1969, 12, 30)), 1),
        (Window(end=dt.date(1969, 12, 29)), 0),
        (Window(start=dt.date(1970, 1, 3)), 0),
    ):
        request = HexbinRequest(resolution=5, window=window)
        assert stage.roll_up(request)[0].total == total
        assert_same(stage.roll_up(request), old.in_memory(request))
    assert stage.first_day == pd.Timestamp("1969-12-30")
