"""Silent risks here: one event counted twice because it came in two files; two roads taken for one because
two files number their lines from 1; a type that changes on its way through Parquet."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.errors import StoreError
from geo.readers.reading import Reading
from geo.schema import AIRPORTS, BASE_YEARS, BASES, BOUNDARIES, INCIDENTS, LAKE_TABLES, PLACES, RIVERS, ROADS, TABLES
from geo.workspace import lake
from geo.workspace.engine import Source, all_columns, count_rows, read_rows
from tests.toy_readings import base, boundary, incident, reading_of, road


@pytest.fixture
def stored(tmp_path: Path) -> Any:
    """Write readings as imports one after the other; give back their sources."""

    def store(*readings: Reading) -> list[Source]:
        return [
            Source(
                file=lake.prepare(tmp_path / "lake", reading) / lake.DATA_FILE,
                import_id=f"import-{number}",
                format=reading.provenance.format,
                sha256=reading.provenance.sha256,
            )
            for number, reading in enumerate(readings, 1)
        ]

    return store


@pytest.mark.parametrize("name", TABLES)
def test_no_imports_make_an_empty_table_of_the_right_types(name: str) -> None:
    contract = TABLES[name]
    frame = read_rows([], contract)
    assert list(frame.columns) == [*all_columns(contract), "import_id", "source_line"]
    expected = contract.empty().dtypes
    assert frame[contract.column_names].dtypes.to_dict() == expected.to_dict()
    assert isinstance(frame, gpd.GeoDataFrame) == (contract.geometry in ("line", "polygon"))
    assert frame["import_id"].dtype == "string"
    assert frame["source_line"].dtype == "Int64"


def test_an_event_in_two_imports_of_one_source_counts_once_and_the_newer_wins(stored: Any) -> None:
    sources = stored(
        reading_of("incidents", [incident(1, fatalities_best=3), incident(2)], format_name="ucdp"),
        reading_of("incidents", [incident(1, fatalities_best=5)], format_name="incidents"),
    )
    frame = read_rows(sources, INCIDENTS)
    assert frame["incident_id"].tolist() == ["ucdp:2", "ucdp:1"]
    assert frame["fatalities_best"].tolist() == [pd.NA, 5]
    assert frame["import_id"].tolist() == ["import-1", "import-2"]
    count = count_rows(sources, INCIDENTS)
    assert (count.rows, count.repeated) == (2, 1)


def test_the_same_id_from_two_sources_is_two_events_with_two_ids(stored: Any) -> None:
    sources = stored(
        reading_of("incidents", [incident(7, source="ucdp")]), reading_of("incidents", [incident(7, source="mrm")])
    )
    frame = read_rows(sources, INCIDENTS)
    assert frame["incident_id"].tolist() == ["ucdp:7", "ucdp:7@import-2"]
    assert frame["source"].tolist() == ["ucdp", "mrm"]


@pytest.mark.parametrize(
    ("contract", "row"),
    [
        (ROADS, road("12")),
        (RIVERS, {"river_id": "12", "geometry": shapely.LineString([(0, 0), (1, 1)])}),
        (
            BASE_YEARS,
            {"base_year_id": "12", "base_id": "b", "base_name": "b", "location": "b", "mission": "M", "year": 2018,
             "longitude": 1, "latitude": 1},
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)  # fmt: skip
def test_numbers_of_two_files_are_two_things_but_one_file_is_one(stored: Any, contract: Any, row: Any) -> None:
    two_files = stored(
        reading_of(contract.name, [row], content="one file"), reading_of(contract.name, [row], content="another file")
    )
    assert read_rows(two_files, contract)[contract.key].tolist() == ["12", "12@import-2"]
    one_file = stored(
        reading_of(contract.name, [row], content="one file"), reading_of(contract.name, [row], content="one file")
    )
    assert read_rows(one_file, contract)[["import_id"]].to_numpy().tolist() == [["import-2"]]


@pytest.mark.parametrize(
    ("contract", "row"),
    [
        (BOUNDARIES, boundary("CF11")),
        (PLACES, {"place_id": "2389853", "kind": "city", "longitude": 1, "latitude": 1}),
        (AIRPORTS, {"airport_id": "FEFF", "name": "x", "kind": "airport", "closed": "no", "longitude": 1, "latitude": 1}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)  # fmt: skip
def test_gazetteer_ids_are_one_thing_within_a_format(stored: Any, contract: Any, row: Any) -> None:
    same = stored(reading_of(contract.name, [row], content="a"), reading_of(contract.name, [row], content="b"))
    assert read_rows(same, contract)["import_id"].tolist() == ["import-2"]
    other = stored(
        reading_of(contract.name, [row], content="a"),
        reading_of(contract.name, [row], content="b", format_name="another"),
    )
    assert read_rows(other, contract)[contract.key].tolist() == [row[contract.key], f"{row[contract.key]}@import-2"]


def test_every_lake_table_has_a_rule_of_identity(stored: Any) -> None:
    for name, contract in LAKE_TABLES.items():
        assert count_rows(stored(*[]), contract).rows == 0, name


def test_rows_come_oldest_import_first_in_file_order(stored: Any) -> None:
    sources = stored(
        reading_of("incidents", [incident(n) for n in (9, 3, 5)]),
        reading_of("incidents", [incident(n) for n in (8, 1)]),
    )
    frame = read_rows(sources, INCIDENTS)
    assert frame["incident_id"].tolist() == ["ucdp:9", "ucdp:3", "ucdp:5", "ucdp:8", "ucdp:1"]
    assert frame["source_line"].tolist() == [2, 3, 4, 2, 3]


def test_columns_and_keys_narrow_what_is_read(stored: Any) -> None:
    sources = stored(reading_of("boundaries", [boundary("A"), boundary("B")]), reading_of("bases", [base("x")]))
    frame = read_rows(sources[:1], BOUNDARIES, columns=["name"], keys=["B"])
    assert list(frame.columns) == ["name", "import_id", "source_line"]
    assert not isinstance(frame, gpd.GeoDataFrame)
    assert frame["name"].tolist() == ["B"]
    assert read_rows(sources[1:], BASES, keys=["nobody"]).empty


def test_geometry_comes_back_vertex_for_vertex(stored: Any) -> None:
    shape = shapely.MultiPolygon([shapely.box(0.1, 0.2, 0.3, 0.4), shapely.box(5, 5, 6, 6)])
    frame = read_rows(stored(reading_of("boundaries", [boundary("A", geometry=shape)])), BOUNDARIES)
    assert frame.crs.to_epsg() == 4326
    assert shapely.equals_identical(frame.geometry.iloc[0], shape)


def test_a_column_an_old_import_lacks_is_empty(stored: Any, tmp_path: Path) -> None:
    source = stored(reading_of("incidents", [incident(1)]))[0]
    pd.read_parquet(source.file).drop(columns=["victims_girls"]).to_parquet(tmp_path / "old.parquet")
    old = Source(file=tmp_path / "old.parquet", import_id="old", format="ucdp", sha256="")
    frame = read_rows([old], INCIDENTS)
    assert frame["victims_girls"].dtype == "Int64"
    assert frame["victims_girls"].isna().all()


@pytest.mark.parametrize("damage", ["gone", "torn"])
def test_a_damaged_file_is_said_so(stored: Any, damage: str) -> None:
    source = stored(reading_of("incidents", [incident(1)]))[0]
    source.file.unlink() if damage == "gone" else source.file.write_bytes(source.file.read_bytes()[:50])
    with pytest.raises(StoreError, match=r"the lake cannot be read .*run `verify`"):
        read_rows([source], INCIDENTS)


def test_hostile_names_are_values_not_sql(stored: Any) -> None:
    sources = stored(reading_of("bases", [base("x'); DROP TABLE t; --"), base("y")]))
    frame = read_rows(sources, BASES, keys=["x'); DROP TABLE t; --"])
    assert frame["base_id"].tolist() == ["x'); DROP TABLE t; --"]
