"""Silent risks here: a stream order read the wrong way round, so brooks are drawn as the Ubangi; a class
outside the range dropped with its river; points of no length drawn as rivers."""

import json
from pathlib import Path

import pytest

from geo.readers import read_file
from geo.readers.rivers import read_rivers


def river_file(path: Path, *rows: dict[str, object]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": {"type": "LineString", "coordinates": [[18, 4 + i / 10], [19, 4 + i / 10]]},
        }
        for i, row in enumerate(rows)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_class_columns_with_lower_as_larger_and_clipping(tmp_path: Path) -> None:
    reading = read_rivers(river_file(tmp_path / "a.json", {"level": 0}, {"level": 3}, {"level": 12}, {"level": "x"}))
    assert reading.frame["river_class"].fillna(-1).tolist() == [1, 3, 10, -1]
    assert reading.flags[["line", "value", "reason"]].to_numpy().tolist() == [
        [1, "0", "outside 1 to 10; taken as the nearest of them"],
        [3, "12", "outside 1 to 10; taken as the nearest of them"],
        [4, "x", "not a whole number; left empty"],
    ]
    assert reading.rows_rejected == 0


def test_stream_order_is_turned_round(tmp_path: Path) -> None:
    reading = read_rivers(river_file(tmp_path / "a.json", {"strahler": 1}, {"strahler": 7}, {"strahler": 6}))
    assert reading.frame["river_class"].tolist() == [7, 1, 2]
    assert "river class from stream order 'strahler': the highest, 7, is class 1" in reading.provenance.notes


def test_osm_words_and_files_without_any_class(tmp_path: Path) -> None:
    rows = [{"waterway": "river", "name": "Oubangui"}, {"waterway": "stream", "name": None}]
    words = read_rivers(river_file(tmp_path / "a.json", *rows))
    assert words.frame["river_class"].tolist() == [2, 6]
    assert words.frame["name"].fillna("").tolist() == ["Oubangui", ""]
    bare = read_rivers(river_file(tmp_path / "b.json", {"name": "Kotto"}), country="CAF")
    assert bare.frame["river_class"].isna().all()
    assert "no column of river classes" in bare.provenance.notes


@pytest.mark.parametrize("country", [None, "CAF"])
def test_central_african_rivers_as_published(shared_data: Path, country: str | None) -> None:
    path = shared_data / "gshhg" / "wdbii_rivers_central_africa.geojson"
    reading = read_file("rivers", path, country=country)
    assert (reading.rows_read, len(reading.frame), reading.rows_rejected) == (755, 561, 194)
    assert set(reading.rejects["reason"]) == {"the line has no length: all its points are one"}
    assert set(reading.frame["river_class"]) == {1, 2, 3, 4}
    assert reading.rows_flagged == 20  # level 0, rivers as wide as lakes
