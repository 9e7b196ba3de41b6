"""Silent risks here: a province stored as a country; neighbours left out, so the base map ends at the border;
"-99" or "SDS" kept as a country code; an id that changes with the order of the file."""

import json
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.boundaries import read_boundaries

BAD = Path(__file__).resolve().parents[1] / "bad"


def outline_file(path: Path, *rows: dict[str, object]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": {"type": "Polygon", "coordinates": [[[i, 0], [i + 1, 0], [i + 1, 1], [i, 0]]]},
        }
        for i, row in enumerate(rows)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def one(tmp_path: Path, **row: object) -> dict[str, object]:
    found = read_boundaries(outline_file(tmp_path / "a.geojson", row)).frame.iloc[0].drop("geometry")
    return {key: None if pd.isna(value) else value for key, value in found.items()}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            {"ADM1_PCODE": "CF11", "ADM1_EN": "Ombella M'Poko", "ADM1_FR": "Ombella-M'Poko",
             "ADM0_PCODE": "CF", "ADM0_EN": "Central African Republic"},
            ("CF11", "Ombella M'Poko", "Ombella-M'Poko", 1, "CAF", "CF"),
            id="COD-AB level 1",
        ),
        pytest.param(
            {"ADM2_PCODE": "CF111", "ADM2_FR": "Bimbo", "ADM1_PCODE": "CF11", "ADM1_FR": "Ombella-M'Poko",
             "ADM0_PCODE": "CF"},
            ("CF111", "Bimbo", "Bimbo", 2, "CAF", "CF11"),
            id="COD-AB level 2 names its parent",
        ),
        pytest.param(
            {"iso3": "COD", "adm1_name": "Ituri", "adm1_pcode": "CD54", "adm0_pcode": "CD"},
            ("CD54", "Ituri", None, 1, "COD", "CD"),
            id="COD-AB of 2025",
        ),
        pytest.param(
            {"shapeName": "Vakaga", "shapeISO": "CF-VK", "shapeID": "123B", "shapeGroup": "CAF", "shapeType": "ADM1"},
            ("CF-VK", "Vakaga", None, 1, "CAF", "CAF"),
            id="geoBoundaries",
        ),
        pytest.param(
            {"shapeName": "Birao", "shapeISO": "", "shapeID": "9B", "shapeGroup": "CAF", "shapeType": "ADM2"},
            ("9B", "Birao", None, 2, "CAF", "CAF"),
            id="geoBoundaries without ISO code",
        ),
        pytest.param(
            {"GID_1": "CAF.1_1", "GID_0": "CAF", "COUNTRY": "Central African Republic", "NAME_1": "Bamingui-Bangoran"},
            ("CAF.1_1", "Bamingui-Bangoran", None, 1, "CAF", "CAF"),
            id="GADM",
        ),
        pytest.param(
            {"ISO_A3": "-99", "ADM0_A3": "SDS", "ISO_A2": "-99", "NAME": "S. Sudan", "NAME_FR": "Soudan du Sud"},
            ("SSD", "S. Sudan", "Soudan du Sud", 0, "SSD", None),
            id="Natural Earth countries",
        ),
        pytest.param(
            {"adm0_a3": "CAF", "iso_3166_2": "CF-BB", "name": "Bamingui-Bangoran", "name_fr": "Bamingui", "iso_a2": "CF"},
            ("CF-BB", "Bamingui-Bangoran", "Bamingui", 1, "CAF", "CAF"),
            id="Natural Earth provinces",
        ),
        pytest.param(
            {"osm_id": 7, "admin_level": "6", "name": "Djugu", "name:fr": "Djugu (fr)"},
            ("7", "Djugu", "Djugu (fr)", 2, None, None),
            id="OpenStreetMap",
        ),
        pytest.param(
            {"name": "Nord", "level": 1, "country": "ZZZ", "pcode": "Z1", "parent": "Z"},
            ("Z1", "Nord", None, 1, None, "Z"),
            id="plain, country nobody knows",
        ),
    ],
)  # fmt: skip
def test_publishers_are_told_by_their_columns(
    tmp_path: Path, row: dict[str, object], expected: tuple[object, ...]
) -> None:
    assert tuple(one(tmp_path, **row).values()) == expected


def test_given_country_fills_gaps_only_and_leaves_no_neighbour_out(tmp_path: Path) -> None:
    rows = [{"name": "A", "level": 0, "country": "TCD"}, {"name": "B", "level": 0, "country": None}]
    reading = read_boundaries(outline_file(tmp_path / "a.geojson", *rows), country="CAF")
    assert reading.frame["country"].tolist() == ["TCD", "CAF"]
    assert reading.rows_rejected == 0


def test_unknown_levels_are_rejected_not_guessed(tmp_path: Path) -> None:
    rows = [{"admin_level": "4", "name": "A"}, {"admin_level": "11", "name": "B"}, {"admin_level": None, "name": "C"}]
    reading = read_boundaries(outline_file(tmp_path / "a.geojson", *rows))
    assert reading.rejects[["line", "column", "value", "reason"]].to_numpy().tolist() == [
        [2, "level", "admin_level 11", "not a whole number"],
        [3, "level", "", "required value is missing"],
    ]


def test_faulty_outlines_are_told(tmp_path: Path) -> None:
    del tmp_path
    reading = read_boundaries(BAD / "features_outlines.geojson")
    assert (reading.rows_read, len(reading.frame), reading.rows_flagged) == (6, 2, 1)
    assert reading.rejects[["line", "column"]].to_numpy().tolist() == [
        [3, "geometry"], [4, "geometry"], [5, "level"], [6, "name"],
    ]  # fmt: skip


def test_a_file_without_level_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"does not tell which administrative level .* add a column level"):
        read_boundaries(outline_file(tmp_path / "a.geojson", {"name": "A"}))
    with pytest.raises(ImportRefusedError, match=r"country 'CF' is not .* did you mean CAF\?"):
        read_boundaries(outline_file(tmp_path / "a.geojson", {"name": "A", "level": 1}), country="CF")


@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_countries_as_published(shared_data: Path, suffix: str) -> None:
    path = shared_data / "natural_earth" / f"ne_adm0_caf_cod_ssd_and_neighbours.{suffix}"
    reading = read_file("boundaries", path, country="CAF")
    assert (reading.rows_read, reading.rows_rejected) == (15, 0)
    assert set(reading.frame["level"]) == {0}
    assert reading.frame["boundary_id"].tolist() == reading.frame["country"].tolist()
    assert reading.frame.set_index("country").loc["COD", "name"] == "Dem. Rep. Congo"


def test_provinces_as_published(shared_data: Path) -> None:
    reading = read_file("boundaries", shared_data / "natural_earth" / "ne_adm1_caf_cod_ssd.gpkg", country="CAF")
    assert reading.frame["country"].value_counts().to_dict() == {"CAF": 17, "COD": 11, "SSD": 10}
    assert set(reading.frame["level"]) == {1}
    assert reading.frame["boundary_id"].is_unique
    assert {"CAF-Kémo", "SSD-Unity", "COD-Kasaï-Oriental"} <= set(reading.frame["boundary_id"])
    assert reading.frame["parent"].tolist() == reading.frame["country"].tolist()


def test_communes_without_level_are_refused(shared_data: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"communes.geojson does not tell which administrative level"):
        read_file("boundaries", shared_data / "osm_kinshasa" / "communes.geojson")
