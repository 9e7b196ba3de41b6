"""Silent risks here: the longest runway is a closed one; feet taken for metres; a closed strip vanishes."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import ImportRefusedError
from geo.readers.airports import read_airports

BAD = Path(__file__).resolve().parents[1] / "bad"


def test_the_longest_open_runway_in_metres() -> None:
    reading = read_airports(BAD / "airports.csv")
    first = reading.frame.iloc[0]
    assert first[["airport_id", "runway_length_m", "surface", "closed", "country"]].tolist() == [
        "FEFF",
        pytest.approx(8530 * 0.3048, abs=0.05),
        "ASP",
        False,
        "CAF",
    ]
    assert reading.frame["runway_length_m"].notna().sum() == 1
    assert len(reading.provenance.notes) == 1
    assert reading.provenance.notes[0].endswith("gives a runway for 1 airfields")


def test_closed_strips_are_kept_and_marked() -> None:
    frame = read_airports(BAD / "airports.csv").frame
    assert frame["closed"].tolist() == [False, True, False, False]
    assert frame["kind"].tolist() == ["large_airport", "closed", "heliport", "small_airport"]


def test_an_unknown_country_code_is_flagged_and_left_open() -> None:
    reading = read_airports(BAD / "airports.csv")
    assert reading.flags[["line", "value"]].to_numpy().tolist() == [[5, "QQ"]]
    assert reading.frame.loc[5, "country"] is pd.NA
    assert read_airports(BAD / "airports.csv", country="CAF").rows_rejected == 1


def test_without_runways_beside_it_says_so(tmp_path: Path) -> None:
    shutil.copy(BAD / "airports.csv", tmp_path)
    reading = read_airports(tmp_path / "airports.csv")
    assert reading.provenance.notes == ("no runways.csv beside the file: runway lengths are not known",)
    assert reading.frame["runway_length_m"].isna().all()


def test_a_wrong_runways_file_is_refused_by_its_name(tmp_path: Path) -> None:
    shutil.copy(BAD / "airports.csv", tmp_path)
    shutil.copy(BAD / "wrong_columns.csv", tmp_path / "runways.csv")
    with pytest.raises(ImportRefusedError, match=r"^runways\.csv is not the runways file of OurAirports"):
        read_airports(tmp_path / "airports.csv")


def test_real_airports(shared_data: Path) -> None:
    reading = read_airports(shared_data / "ourairports" / "airports.csv")
    assert (reading.rows_read, reading.rows_rejected) == (344, 0)
    assert reading.frame["country"].value_counts().to_dict() == {"COD": 296, "CAF": 48}
    assert reading.frame["closed"].sum() == 8
    assert reading.frame["runway_length_m"].notna().sum() == 46
