"""Silent risks here: the same file counted twice; withdrawn rows that stay in an answer; a view of the past that
knows what was learned later; a newer workspace opened by an older Piste."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from geo.errors import CrsError, RequestError, SchemaError, StoreError, UnknownRecordError
from geo.schema import TABLES
from geo.workspace import Workspace, database, lake, open_workspace
from geo.workspace.database import DATABASE_FILE, SCHEMA_VERSIONS, metadata
from tests.toy_readings import INCIDENTS, base, boundary, incident, reading_of, road


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace of a planner."""
    made = open_workspace(tmp_path / "ws", author="planner", create=True)
    yield made
    made.close()


def _again(workspace: Workspace) -> Workspace:
    """The same workspace as another process sees it."""
    return open_workspace(workspace.path, author="planner")


def test_no_workspace_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no workspace at .*nowhere; run `python -m geo sample`"):
        open_workspace(tmp_path / "nowhere", author="planner")
    assert not (tmp_path / "nowhere").exists()


def test_a_file_in_its_place_and_a_nameless_author_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot make a workspace at"):
        open_workspace(tmp_path / "file", author="planner", create=True)
    with pytest.raises(RequestError, match="name the role"):
        open_workspace(tmp_path / "ws", author=" ", create=True)


def test_a_registry_that_is_no_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"not a database at all " * 100)
    with pytest.raises(StoreError, match=r"cannot use .*registry.sqlite: file is not a database; restore it"):
        open_workspace(tmp_path, author="planner")


def test_a_workspace_of_a_newer_piste_is_refused_and_left_alone(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.path / DATABASE_FILE)) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    before = lake.sha256_of(workspace.path / DATABASE_FILE)
    with pytest.raises(
        StoreError, match=r"written by a newer Piste \(schema 9999, this one knows up to 0001\); update"
    ):
        _again(workspace)
    assert lake.sha256_of(workspace.path / DATABASE_FILE) == before


def test_the_registry_is_durable_and_only_for_its_owner(workspace: Workspace) -> None:
    with workspace.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    assert workspace.path.stat().st_mode & 0o077 == 0


def test_migrations_have_one_head_and_make_the_tables_the_code_knows(workspace: Workspace) -> None:
    scripts = ScriptDirectory.from_config(database.migration_config())
    assert scripts.get_heads() == [SCHEMA_VERSIONS[-1]]
    assert [one.revision for one in scripts.walk_revisions()] == list(reversed(SCHEMA_VERSIONS))
    with workspace.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_upgrade_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("alembic.op.bulk_insert", fail)
    with pytest.raises(sqlite3.OperationalError):
        open_workspace(tmp_path / "ws", author="planner", create=True)
    monkeypatch.undo()
    with closing(sqlite3.connect(tmp_path / "ws" / DATABASE_FILE)) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == []
    assert open_workspace(tmp_path / "ws", author="planner").imports() == ()


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_the_tables_can_be_made_on_postgresql(table: sa.Table) -> None:
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_an_import_is_kept_with_all_that_is_known_of_it(workspace: Workspace) -> None:
    record = workspace.add(INCIDENTS, country="CAF")
    assert (record.rows_read, record.rows_stored, record.rows_rejected, record.rows_flagged) == (3, 2, 1, 1)
    assert (record.format, record.table, record.country, record.encoding) == ("ucdp", "incidents", "CAF", "utf-8")
    assert (record.first_date, record.last_date) == (dt.date(2020, 1, 5), dt.date(2020, 12, 30))
    assert record.notes == ("made by hand",)
    assert record.duplicate_of is None
    assert workspace.imports() == (record,)
    assert json.loads(json.dumps(record.as_json()))["first_date"] == "2020-01-05"
    pd.testing.assert_frame_equal(workspace.rejects(record.import_id), INCIDENTS.rejects)
    pd.testing.assert_frame_equal(workspace.flags(record.import_id), INCIDENTS.flags)
    assert workspace.rejects_file(record.import_id).read_text(encoding="utf-8-sig").splitlines()[1].startswith("9,")
    assert workspace.verify() == []


def test_years_make_a_span_too(workspace: Workspace) -> None:
    row = {
        "base_year_id": "1", "base_id": "b", "base_name": "b", "location": "b", "mission": "M", "longitude": 1,
        "latitude": 1,
    }  # fmt: skip
    rows = [row | {"year": 2015}, row | {"year": 2022, "base_year_id": "2"}]
    record = workspace.add(reading_of("base_years", rows))
    assert (record.first_date, record.last_date) == (dt.date(2015, 1, 1), dt.date(2022, 12, 31))


def test_the_same_file_twice_stores_nothing_new(workspace: Workspace) -> None:
    first = workspace.add(INCIDENTS)
    before = (workspace.version(), sorted(workspace.lake.iterdir()))
    again = workspace.add(INCIDENTS)
    assert (again.import_id, again.duplicate_of) == (first.import_id, first.import_id)
    assert (again.rows_read, again.rows_stored, again.rows_rejected) == (3, 2, 1)
    assert (workspace.version(), sorted(workspace.lake.iterdir())) == before


def test_another_country_or_format_of_the_same_file_is_another_import(workspace: Workspace) -> None:
    workspace.add(INCIDENTS, country="CAF")
    assert workspace.add(INCIDENTS, country="COD").duplicate_of is None
    other = reading_of("incidents", [incident(1)], format_name="incidents", content="same bytes")
    same = reading_of("incidents", [incident(1)], format_name="ucdp", content="same bytes")
    assert workspace.add(other).duplicate_of is None
    assert workspace.add(same).duplicate_of is None
    assert len(workspace.imports()) == 4


def test_two_formats_of_the_same_events_count_once_and_status_says_so(workspace: Workspace) -> None:
    workspace.add(reading_of("incidents", [incident(1), incident(2)], content="geojson"))
    newer = workspace.add(reading_of("incidents", [incident(1), incident(2)], content="csv"))
    assert workspace.table("incidents")["import_id"].unique().tolist() == [newer.import_id]
    status = workspace.status()
    assert status["tables"]["incidents"]["rows"] == 2
    assert "2 rows of incidents stand in two imports; the newer counts" in status["warnings"]
    workspace.withdraw(newer.import_id, reason="only a copy")
    assert len(workspace.table("incidents")) == 2


def test_withdrawn_rows_leave_every_answer_and_their_files_stay(workspace: Workspace) -> None:
    keep = workspace.add(reading_of("incidents", [incident(5)], content="other"))
    record = workspace.add(INCIDENTS)
    withdrawn = workspace.withdraw(record.import_id, reason=" wrong country ")
    assert workspace.table("incidents")["incident_id"].tolist() == ["ucdp:5"]
    assert withdrawn.withdrawn_reason == "wrong country"
    assert withdrawn.withdrawn_at is not None
    assert withdrawn.withdrawn_at > record.imported_at
    assert [one.live for one in workspace.imports()] == [True, False]
    assert len(workspace.rejects(record.import_id)) == 2
    assert workspace.status()["tables"]["incidents"]["rows"] == 1
    assert workspace.verify() == []
    again = workspace.add(INCIDENTS)
    assert again.import_id not in (record.import_id, keep.import_id)
    assert len(workspace.table("incidents")) == 3


def test_what_cannot_be_withdrawn_is_refused_in_words(workspace: Workspace) -> None:
    record = workspace.add(INCIDENTS)
    with pytest.raises(UnknownRecordError, match=f"there is no import 'ucdp-0'; newest: {record.import_id}"):
        workspace.withdraw("ucdp-0", reason="r")
    with pytest.raises(RequestError, match="give a reason"):
        workspace.withdraw(record.import_id, reason="")
    workspace.withdraw(record.import_id, reason="old")
    with pytest.raises(RequestError, match=r"was withdrawn already on \d{4}-\d\d-\d\d \(old\); import the file again"):
        workspace.withdraw(record.import_id, reason="r")
    with pytest.raises(UnknownRecordError, match=r"there is no import .\.\./\.\./etc."):
        workspace.rejects_file("../../etc")


def test_lines_and_polygons_come_back_as_geometry(workspace: Workspace) -> None:
    workspace.add(reading_of("roads", [road("1"), road("2", lat=1)]))
    workspace.add(reading_of("boundaries", [boundary("CF11")]))
    roads, areas = workspace.table("roads"), workspace.table("boundaries")
    assert isinstance(roads, gpd.GeoDataFrame)
    assert isinstance(areas, gpd.GeoDataFrame)
    assert roads.crs.to_epsg() == 4326
    assert roads.geometry.iloc[1].equals(shapely.LineString([(0, 1), (1, 1)]))
    assert list(areas.columns) == [*TABLES["boundaries"].column_names, "geometry", "import_id", "source_line"]


def test_the_reading_handed_over_is_not_changed(workspace: Workspace) -> None:
    before = INCIDENTS.frame.copy(deep=True)
    workspace.add(INCIDENTS)
    pd.testing.assert_frame_equal(INCIDENTS.frame, before)


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (lambda frame: frame.drop(columns="place"), SchemaError, "toy.csv: columns place do not fit table 'incidents'"),
        (lambda frame: frame.assign(extra=1), SchemaError, "columns extra do not fit"),
        (lambda frame: frame.assign(fatalities_best=1.0), SchemaError, "fatalities_best is float64; run the table's"),
        (
            lambda frame: frame.assign(incident_id="same").astype(frame.dtypes),
            SchemaError,
            "incident_id same stands twi",
        ),
        (lambda frame: frame.set_index(pd.Index([7, 7])), SchemaError, "line 7 stands twice"),
    ],
)
def test_a_frame_that_breaks_its_contract_never_gets_in(
    workspace: Workspace, spoil: Any, error: type[Exception], said: str
) -> None:
    reading = reading_of("incidents", [incident(1), incident(2)])
    object.__setattr__(reading, "frame", spoil(reading.frame))
    with pytest.raises(error) as refused:
        workspace.add(reading)
    assert said in str(refused.value)
    assert list(workspace.lake.iterdir()) == []


def test_lines_without_their_reference_system_are_refused(workspace: Workspace) -> None:
    reading = reading_of("roads", [road("1")])
    metric = reading.frame.to_crs(3857)  # type: ignore[operator]
    object.__setattr__(reading, "frame", metric)
    with pytest.raises(CrsError, match="expected geometry in EPSG:4326, got EPSG:3857"):
        workspace.add(reading)
    object.__setattr__(reading, "frame", pd.DataFrame(metric))
    with pytest.raises(CrsError, match="got a plain table"):
        workspace.add(reading)


def test_unknown_tables_are_named_with_those_there_are(workspace: Workspace) -> None:
    with pytest.raises(SchemaError, match="there is no table 'incident'; known: incidents, base_years"):
        workspace.table("incident")


def test_as_of_counts_both_ends_and_open_sides(workspace: Workspace) -> None:
    rows = [
        base("always"),
        base("from", valid_from="2015-01-10"),
        base("until", valid_to="2015-01-10"),
        base("day", valid_from="2015-01-10", valid_to="2015-01-10"),
    ]
    workspace.add(reading_of("bases", rows))

    def there(day: int) -> list[str]:
        frame = workspace.table("bases", as_of=dt.date(2015, 1, day))
        assert frame.index.tolist() == list(range(len(frame)))
        return frame["base_id"].tolist()

    assert there(9) == ["always", "until"]
    assert there(10) == ["always", "day", "from", "until"]
    assert there(11) == ["always", "from"]


def test_as_of_leaves_tables_without_validity_alone(workspace: Workspace) -> None:
    workspace.add(INCIDENTS)
    assert len(workspace.table("incidents", as_of=dt.date(1990, 1, 1))) == 2


def test_known_at_shows_what_was_known_and_nothing_later(workspace: Workspace) -> None:
    first = workspace.add(INCIDENTS)
    bases = workspace.add(reading_of("bases", [base("A", name="Bria")]))
    workspace.edit("bases", "A", {"name": "Bria camp"}, reason="r")
    edited_at = workspace.history("bases", "A")["recorded_at"].iloc[-1].to_pydatetime()
    gone = workspace.withdraw(first.import_id, reason="r")
    assert gone.withdrawn_at is not None
    moment = dt.timedelta(microseconds=1)

    def names(known_at: dt.datetime) -> list[str]:
        return workspace.table("bases", known_at=known_at)["name"].tolist()

    assert names(bases.imported_at - moment) == []
    assert names(bases.imported_at) == ["Bria"]
    assert names(edited_at - moment) == ["Bria"]
    assert names(edited_at) == ["Bria camp"]
    assert len(workspace.table("incidents", known_at=first.imported_at - moment)) == 0
    assert len(workspace.table("incidents", known_at=first.imported_at)) == 2
    assert len(workspace.table("incidents", known_at=gone.withdrawn_at - moment)) == 2
    assert len(workspace.table("incidents", known_at=gone.withdrawn_at)) == 0
    sighting = workspace.add(
        reading_of(
            "presence",
            [
                {
                    "presence_id": "p",
                    "actor_id": "a",
                    "observed_on": "2020-01-01",
                    "longitude": 1,
                    "latitude": 1,
                    "place_precision": "exact",
                }
            ],
        )
    )
    undone = workspace.withdraw(sighting.import_id, reason="r")
    assert undone.withdrawn_at is not None
    assert len(workspace.table("presence", known_at=undone.withdrawn_at - moment)) == 1
    assert len(workspace.table("presence", known_at=undone.withdrawn_at)) == 0
    # A day means its end; a time without zone is UTC; another zone is the same instant.
    assert len(workspace.table("bases", known_at=edited_at.date())) == 1
    assert names(edited_at.replace(tzinfo=None)) == ["Bria camp"]
    assert names(edited_at.astimezone(dt.timezone(dt.timedelta(hours=1)))) == ["Bria camp"]


def test_a_clock_that_fell_back_does_not_change_the_order(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Back(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime(1970, 1, 2, tzinfo=tz)

    first = workspace.add(INCIDENTS)
    monkeypatch.setattr(database.dt, "datetime", Back)
    second = workspace.add(reading_of("incidents", [incident(9)]))
    monkeypatch.undo()
    assert second.imported_at == first.imported_at + dt.timedelta(microseconds=1)


def test_an_entry_from_the_future_is_warned_of(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_next_instant", lambda _last: "2999-01-01T00:00:00.000000Z")
    workspace.add(INCIDENTS)
    said = [one for one in workspace.status()["warnings"] if "later than this computer's clock" in one]
    assert said[0].startswith("the newest entry is dated 2999-01-01")


def test_status_of_an_empty_workspace_says_what_is_missing(workspace: Workspace) -> None:
    status = json.loads(json.dumps(workspace.status()))
    assert list(status["tables"]) == list(TABLES)
    assert status["tables"]["incidents"] == {"rows": 0, "first_date": None, "last_date": None}
    assert [one.split(":")[0] for one in status["warnings"]] == [
        f"no {what} yet" for what in ("incidents", "boundaries", "roads", "bases", "actors", "sites")
    ]


def test_status_warns_of_many_rejects_and_of_old_data(workspace: Workspace) -> None:
    record = workspace.add(INCIDENTS)
    status = workspace.status()
    assert status["tables"]["incidents"] == {"rows": 2, "first_date": "2020-01-05", "last_date": "2020-12-30"}
    assert f"toy.csv ({record.import_id}): 1 of 3 rows were rejected; see its list of rejects" in status["warnings"]
    assert "incidents end on 2020-12-30; nothing newer is known" in status["warnings"]
    assert status["imports"][0]["import_id"] == record.import_id


def test_rows_of_another_country_than_asked_for_are_no_faults(workspace: Workspace) -> None:
    rejects = [(line, "country", "BDI", "country is BDI, not CAF") for line in range(9, 99)]
    reading = reading_of("incidents", [incident(1)], rejects=rejects)
    asked = workspace.add(reading, country="CAF")
    not_asked = workspace.add(reading)
    said = [one for one in workspace.status()["warnings"] if "were rejected" in one]
    assert said == [f"toy.csv ({not_asked.import_id}): 90 of 91 rows were rejected; see its list of rejects"]
    assert asked.rows_rejected == 90


def test_version_changes_with_every_change_and_with_nothing_else(workspace: Workspace) -> None:
    seen = [workspace.version()]
    record = workspace.add(INCIDENTS)
    seen.append(workspace.version())
    workspace.add(reading_of("bases", [base("A")]))
    seen.append(workspace.version())
    workspace.edit("bases", "A", {"name": "x"}, reason="r")
    seen.append(workspace.version())
    workspace.withdraw(record.import_id, reason="r")
    seen.append(workspace.version())
    assert len(set(seen)) == 5
    workspace.add(reading_of("bases", [base("A")]))  # the same file again
    workspace.table("bases")
    workspace.status()
    assert workspace.version() == seen[-1] == _again(workspace).version()
