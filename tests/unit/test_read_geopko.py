"""Silent risks here: two spellings counted as two bases, or two towns of one name as one; a repeated source map
dropped; an unknown strength read as 0; a location far away merged because its position was guessed."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import ImportRefusedError
from geo.readers.base_names import resolve_bases
from geo.readers.geopko import read_geopko

BAD = Path(__file__).resolve().parents[1] / "bad"
KM_PER_DEG = 111.195  # along a meridian on the sphere used for distances


def _resolve(*rows: tuple[str, str, float], mission: str = "MONUSCO") -> pd.DataFrame:
    """Locations north of (29 E, 0 N) by so many km."""
    places = pd.DataFrame(
        [(mission, name, 29.0, km / KM_PER_DEG) for _, name, km in rows],
        columns=["mission", "location", "longitude", "latitude"],
        index=[label for label, _, _ in rows],
    )
    return resolve_bases(places)


def test_a_name_that_begins_another_is_the_same_base_up_to_ten_km() -> None:
    near = _resolve(("a", "Beni", 0), ("b", "Beni", 0), ("c", "Beni Boikene", 9.99))
    assert near["base_id"].unique().tolist() == ["geopko:monusco:beni"]
    assert near["base_name"].unique().tolist() == ["Beni"]
    far = _resolve(("a", "Beni", 0), ("c", "Beni Boikene", 10.01))
    assert far["base_id"].tolist() == ["geopko:monusco:beni", "geopko:monusco:beni-boikene"]


def test_equal_plain_names_are_one_base_up_to_fifty_km_and_carry_their_position_beyond() -> None:
    near = _resolve(("a", "Kaga-Bandoro", 0), ("b", "kaga bandoro ", 49.9), ("c", "Kaga Bandoro (town)", 10))
    assert near["base_id"].unique().tolist() == ["geopko:monusco:kaga-bandoro"]
    far = _resolve(("a", "Mano", 0), ("b", "Mano", 200))
    assert far["base_id"].tolist() == ["geopko:monusco:mano@0.0,29.0", "geopko:monusco:mano@1.8,29.0"]
    assert far["base_name"].tolist() == ["Mano", "Mano"]


def test_names_alike_are_one_base_only_on_the_spot_and_without_numbers() -> None:
    assert _resolve(("a", "Mallit", 0), ("b", "Mellit", 1.9))["base_name"].unique().tolist() == ["Mallit"]
    assert _resolve(("a", "Mallit", 0), ("b", "Mellit", 2.1))["base_id"].nunique() == 2
    assert _resolve(("a", "Position 2-45", 0), ("b", "Position 2-45A", 0))["base_id"].nunique() == 2
    assert _resolve(("a", "Mubone", 0), ("b", "Walungu", 0))["base_id"].nunique() == 2


def test_unnamed_locations_are_never_merged_by_their_lack_of_a_name() -> None:
    found = _resolve(
        ("a", "unnamed location (TCC Fiji HQ)", 0),
        ("b", "unnamed location (TCC Nepal)", 0),
        ("c", "unnamed location", 5),
    )
    assert found["base_id"].nunique() == 3
    assert _resolve(("a", "Camp", 0), ("b", "Camp Faouar", 1))["base_id"].nunique() == 2


def test_the_rule_follows_chains_and_takes_the_most_frequent_then_shortest_name() -> None:
    found = _resolve(("a", "Agok COB", 0), ("b", "Agok", 6), ("c", "Agok OB", 12), ("d", "Agok OB", 12))
    assert found["base_name"].unique().tolist() == ["Agok OB"]
    assert _resolve(("a", "Goli OB", 0), ("b", "Goli", 0))["base_name"].unique().tolist() == ["Goli"]


def test_the_same_name_in_another_mission_is_another_base() -> None:
    places = pd.DataFrame(
        {"mission": ["MONUC", "MONUSCO"], "location": ["Beni", "Beni"], "longitude": 29.0, "latitude": 0.5}
    )
    assert resolve_bases(places)["base_id"].tolist() == ["geopko:monuc:beni", "geopko:monusco:beni"]


def test_resolving_keeps_index_order_and_input() -> None:
    places = pd.DataFrame(
        {"mission": "M", "location": ["B", "A", "B"], "longitude": 1.0, "latitude": [1.0, 2.0, 1.0]}, index=[9, 4, 7]
    )
    before = places.copy(deep=True)
    assert resolve_bases(places)["base_id"].to_dict() == {9: "geopko:m:b", 4: "geopko:m:a", 7: "geopko:m:b"}
    pd.testing.assert_frame_equal(places, before)
    assert resolve_bases(places.iloc[:0]).empty


def test_source_map_rows_with_their_faults() -> None:
    reading = read_geopko(BAD / "geopko_sourcemap.csv")
    assert list(reading.rejects.itertuples(index=False, name=None)) == [
        (5, "latitude", "none none", "no usable position for unclear"),
        (6, "month", "13", "above 12"),
        (6, "troops", "-5", "below 0"),
        (6, "headquarters", "4", "above 3"),
        (6, "observers", "x", "not a yes or no"),
    ]
    assert reading.flags["value"].tolist() == ["NdÃ©lÃ©"]
    assert reading.frame.loc[2].dropna().to_dict() == {
        "base_year_id": "sourcemap:2",
        "base_id": "geopko:minusca:ndele",
        "base_name": "Ndélé",
        "location": "Ndélé",
        "mission": "MINUSCA",
        "year": 2016,
        "month": 3,
        "source_map": "Map no. 1",
        "country": "CAF",
        "longitude": 20.65,
        "latitude": 8.41,
        "unpol": False,
        "observers": True,
    }
    assert reading.frame.loc[4, ["location", "troops", "headquarters"]].tolist() == ["Bangui", 1150, 3]
    assert reading.frame.loc[4, "observers"] is pd.NA
    assert reading.rows_read == 4


@pytest.mark.parametrize("file", ["wrong_columns.csv", "airports.csv"])
def test_other_tables_are_refused(file: str) -> None:
    with pytest.raises(ImportRefusedError, match=r"is none of the Geo-PKO tables; their marks are frontmap: notroops"):
        read_geopko(BAD / file)


def test_a_table_with_no_position_at_all_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "front.csv"
    header = "mission,year,country,location,latitude,longitude,NoTroops,hq,UNPOL,Med,Av,UNMO\n"
    path.write_text(header + "M,2000,DRC,A,NA,NA,1,0,0,0,0,0\n", encoding="utf-8")
    reading = read_geopko(path)
    assert (reading.rows_read, len(reading.frame), reading.rows_rejected) == (1, 0, 1)


def test_a_table_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "front.csv"
    path.write_text("mission,year,location,NoTroops,hq,UNMO\nM,2000,A,1,0,0\n", encoding="utf-8")
    with pytest.raises(
        ImportRefusedError, match=r"a whole Geo-PKO frontmap table: it has no column latitude, longitude"
    ):
        read_geopko(path)


def test_real_front_map(shared_data: Path) -> None:
    reading = read_geopko(shared_data / "geopko" / "FrontMap_v.2.3.csv")
    frame = reading.frame
    assert (reading.rows_read, len(frame), reading.rows_rejected) == (7902, 7902, 0)
    assert frame["mission"].value_counts()[["MONUC", "MONUSCO", "MINUSCA"]].tolist() == [630, 616, 180]
    recent = frame[frame["mission"].isin(["MINUSCA", "MONUSCO"])]
    assert recent.duplicated(["mission", "year", "location"]).sum() == 161
    beni = frame[frame["location"].isin(["Beni", "Beni Boikene"]) & (frame["mission"] == "MONUSCO")]
    assert beni["base_id"].unique().tolist() == ["geopko:monusco:beni"]
    assert frame["troops"].isna().sum() == 248
    assert reading.flags["value"].unique().tolist() == ["Ethiopia/Eritrea"]
    assert len(read_geopko(shared_data / "geopko" / "FrontMap_v.2.3.csv", country="CAF").frame) == 190


def test_real_source_maps(shared_data: Path) -> None:
    reading = read_geopko(shared_data / "geopko" / "geopko.csv")
    assert (reading.rows_read, reading.rows_rejected) == (11311, 1)
    assert reading.rejects["reason"].tolist() == ["no usable position for unclear"]
    assert reading.frame["troops"].isna().sum() == 120
    assert not reading.frame["location"].str.contains("Ã").any()


@pytest.mark.parametrize(("table", "rows"), [("TTMap", 6655), ("TCCMap", 4325)])
def test_real_tables_without_country(shared_data: Path, table: str, rows: int) -> None:
    reading = read_geopko(shared_data / "geopko" / f"{table}_v.2.3.csv")
    assert (reading.rows_read, reading.rows_rejected) == (rows, 0)
    assert reading.frame["troops"].isna().all()
    countries = reading.frame.groupby("mission")["country"].unique()
    assert countries["MINUSCA"].tolist() == ["CAF"]
    assert countries["MONUSCO"].isna().all()


def test_bases_have_the_same_id_in_both_releases(shared_data: Path) -> None:
    new, old = (
        read_geopko(shared_data / "geopko" / name, country="CAF").frame for name in ("FrontMap_v.2.3.csv", "geopko.csv")
    )
    assert set(old["base_id"]) <= set(new["base_id"])


def test_a_zip_of_one_table_gives_what_the_table_gives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "geopko.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(BAD / "geopko_sourcemap.csv", "geopko.csv")
    packed, bare = read_geopko(tmp_path / "geopko.zip"), read_geopko(BAD / "geopko_sourcemap.csv")
    pd.testing.assert_frame_equal(packed.frame, bare.frame)
    pd.testing.assert_frame_equal(packed.rejects, bare.rejects)
