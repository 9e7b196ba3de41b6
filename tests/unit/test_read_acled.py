"""Silent risks here: a provincial capital stored as an exact place; a mid-month day stored as the day itself; an
event of a monadic file counted once per actor; a narrative stored; an answer without rows taken for peace; 5/16 read
as the fifth of the sixteenth month or, worse, 5/6 as the fifth of June; one estimate shown as a range."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.acled import dates_of, read_acled
from geo.schema import INCIDENTS

BAD = Path(__file__).resolve().parents[1] / "bad"
HEADER = (BAD / "acled_monadic.csv").read_text(encoding="utf-8").splitlines()[0]
CAUSE = r"ACLED answers without rows when the account has no permission .* the limit of the API is used up"


def _faults(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(table.itertuples(index=False, name=None))


def _written(folder: Path, *rows: str) -> Path:
    path = folder / "acled.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_one_row_is_mapped_column_by_column() -> None:
    reading = read_acled(BAD / "acled_new.csv")
    assert reading.frame.loc[2].dropna().to_dict() == {
        "incident_id": "acled:CAF1",
        "source": "acled",
        "date_start": pd.Timestamp("2024-03-14"),
        "date_end": pd.Timestamp("2024-03-14"),
        "date_precision": 1,
        "longitude": 20.6672,
        "latitude": 5.7625,
        "place_precision": "exact",
        "place": "Bambari",
        "admin1": "Ouaka",
        "admin2": "Bambari",
        "country": "CAF",
        "actor_a": "3R",
        "actor_b": "Civilians (Central African Republic)",
        "event_type": "Violence against civilians",
        "violation": "killing",
        "violation_basis": "suggested",
        "fatalities_best": 2,
        "sources_count": 2,
    }
    assert reading.frame.dtypes.to_dict() == INCIDENTS.empty().dtypes.to_dict()


def test_every_fault_is_listed_with_line_column_value_and_reason() -> None:
    reading = read_acled(BAD / "acled_new.csv")
    swapped = "position lies outside CAF but inside once exchanged; latitude and longitude swapped?"
    assert _faults(reading.rejects) == [
        (7, "date_start", "2024-13-15", "not a date (YYYY-MM-DD)"),
        (7, "date_end", "2024-13-15", "not a date (YYYY-MM-DD)"),
        (8, "time_precision", "4", "is not 1, 2 or 3"),
        (9, "place_precision", "7", "not one of exact, near, admin2, admin1, region, country, nowhere"),
        (9, "fatalities_best", "some", "not a whole number"),
        (10, "latitude", "20.6672 N 5.7625 E", swapped),
        (11, "incident_id", "acled:CAF1", "incident_id already stands in line 2"),
        (12, "(row)", "5 cells", "the header has 31 cells"),
        (13, "incident_id", "", "required value is missing"),
    ]
    assert _faults(reading.flags) == [(14, "country", "Atlantis", "country is not in the table of names and numbers")]
    assert reading.rows_read == 13 == len(reading.frame) + reading.rows_rejected


def test_a_week_is_three_days_either_side_and_a_month_is_all_of_it() -> None:
    frame = read_acled(BAD / "acled_new.csv").frame
    days = frame.loc[[4, 5], ["date_start", "date_end"]].astype(str).to_numpy().tolist()
    assert days == [["2024-03-11", "2024-03-17"], ["2024-02-01", "2024-02-29"]]
    assert frame.loc[[4, 5], "date_precision"].tolist() == [2, 3]
    assert frame.loc[[4, 5], "place_precision"].tolist() == ["near", "admin1"]


def test_one_estimate_is_no_range_and_no_estimate_is_no_zero() -> None:
    frame = read_acled(BAD / "acled_new.csv").frame
    assert frame[["fatalities_low", "fatalities_high"]].isna().all(axis=None)
    assert frame.loc[5, "fatalities_best"] is pd.NA
    assert frame.loc[4, "fatalities_best"] == 0


@pytest.mark.parametrize("file", ["acled_new.csv", "acled_old.csv", "acled_answer.json"])
def test_narratives_are_not_stored(file: str) -> None:
    assert "SECRET" in (BAD / file).read_text(encoding="utf-8")
    reading = read_acled(BAD / file)
    everything = pd.concat([reading.frame.astype("string"), reading.rejects.astype("string")]).to_csv()
    assert "SECRET" not in everything


def test_the_older_columns_and_dates_are_read() -> None:
    reading = read_acled(BAD / "acled_old.csv")
    frame = reading.frame
    assert reading.rejects.empty
    assert frame["incident_id"].tolist() == ["acled:DRC1", "acled:DRC2", "acled:DRC3", "acled:DRC4"]
    assert frame["date_start"].dt.strftime("%d %b %Y").tolist() == ["16 May 2019"] * 2 + ["17 May 2019"] * 2
    assert set(frame["country"]) == {"COD"}
    assert frame["place_precision"].tolist() == ["exact", "near", "exact", "exact"]


def test_civilians_are_told_from_actor_codes_where_the_file_has_no_column_for_them() -> None:
    frame = read_acled(BAD / "acled_old.csv").frame
    assert frame["violation"].fillna("none").tolist() == ["killing", "none", "none", "killing"]


def test_an_event_of_a_monadic_file_counts_once_with_both_its_actors() -> None:
    reading = read_acled(BAD / "acled_monadic.csv")
    assert reading.frame[["incident_id", "actor_a", "actor_b"]].fillna("").to_numpy().tolist() == [
        ["acled:SSD1", "SPLM-IO", "Military Forces of South Sudan (2011-)"],
        ["acled:SSD2", "White Army", ""],
    ]
    again = "the event of line 2, told for another actor; counted once"
    assert _faults(reading.rejects) == [
        (3, "incident_id", "acled:SSD1", again),
        (4, "incident_id", "acled:SSD1", again),
        (6, "incident_id", "acled:SSD2", "incident_id already stands in line 5"),
    ]
    assert reading.rows_read == 5 == len(reading.frame) + reading.rows_rejected


def test_the_answer_of_the_api_is_read_with_records_numbered_from_one() -> None:
    reading = read_acled(BAD / "acled_answer.json")
    assert reading.frame.index.tolist() == [1, 2]
    pd.testing.assert_series_equal(
        reading.frame.loc[1], read_acled(BAD / "acled_new.csv").frame.loc[2], check_names=False
    )
    assert reading.frame.loc[2, ["place_precision", "fatalities_best"]].tolist() == ["admin1", 0]
    assert _faults(reading.rejects) == [
        (3, "(row)", "not an event", "is no event with named values"),
        (4, "longitude", "", "required value is missing"),
        (4, "latitude", "95", "above 90; latitude and longitude swapped?"),
        (4, "fatalities_best", "-1", "below 0"),
    ]
    assert reading.provenance.notes == ("the answer speaks of 5 events and holds 4",)
    assert reading.rows_read == 4 == len(reading.frame) + reading.rows_rejected


def test_csv_json_list_and_zip_give_the_same_incidents(tmp_path: Path) -> None:
    plain = read_acled(BAD / "acled_answer.json").frame
    events = json.loads((BAD / "acled_answer.json").read_text(encoding="utf-8"))["data"]
    as_list = tmp_path / "list.json"
    as_list.write_text(json.dumps(events), encoding="utf-8")
    zipped = tmp_path / "download.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(as_list, "events.json")
    as_csv = tmp_path / "events.csv"
    pd.DataFrame([one for one in events if isinstance(one, dict)]).drop(columns="notes").to_csv(as_csv, index=False)
    csv_zipped = tmp_path / "csv.zip"
    with zipfile.ZipFile(csv_zipped, "w") as archive:
        archive.write(as_csv, "folder/events.csv")
    for path in (as_list, zipped, as_csv, csv_zipped):
        pd.testing.assert_frame_equal(read_acled(path).frame.reset_index(drop=True), plain.reset_index(drop=True))


def test_a_zip_with_two_tables_is_refused(tmp_path: Path) -> None:
    zipped = tmp_path / "two.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(BAD / "acled_answer.json", "a.json")
        archive.write(BAD / "acled_new.csv", "b.csv")
    with pytest.raises(ImportRefusedError, match=r"two\.zip holds 2 data files \(a\.json, b\.csv\)"):
        read_acled(zipped)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("acled_header_only.csv", rf"^acled_header_only\.csv has a header but 0 rows; nothing was imported\. {CAUSE}"),
        ("acled_no_rows.json", rf"^acled_no_rows\.json holds 0 events; nothing was imported\. {CAUSE}"),
        ("acled_denied.json", r'without a list of events; it says "Access denied for this account"; nothing was imp'),
        ("empty.csv", rf"^empty\.csv is empty \(0 bytes\); nothing was imported\. {CAUSE}"),
        ("ucdp_rows.csv", r"^ucdp_rows\.csv is not an ACLED event file: it has no column event_id_cnty, event_date"),
        ("features_not_geojson.json", r"^features_not_geojson\.json is "),
        ("web_page.csv", r"is a web page or XML, not a table"),
        ("not_there.csv", r"^cannot read .*not_there\.csv"),
    ],
)
def test_files_that_are_none_or_hold_nothing_are_refused_with_the_likely_cause(file: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message) as refusal:
        read_acled(BAD / file)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["[]", "{", '{"data": {}}', '[{"event_id_cnty": "A1"}]', "[1, 2]", "[[[[", '"a"'])
def test_any_other_json_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportRefusedError) as refusal:
        read_acled(path)
    assert "\n" not in str(refusal.value)


def test_no_rows_end_the_command_with_2_and_store_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--workspace", str(tmp_path / "w"), "import", "acled", str(BAD / "acled_no_rows.json")])
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert "no permission" in said.err
    assert not (tmp_path / "w").exists()


def test_a_full_page_of_the_api_is_said_to_be_one(tmp_path: Path) -> None:
    rows = [f"SSD{n},2024-01-05,1,Battles,Armed clash,A,2,6.2,31.5,1,3,728,South Sudan" for n in range(5000)]
    assert read_acled(_written(tmp_path, *rows)).provenance.notes == (
        "exactly 5,000 rows, the page size of the API: later rows may be missing",
    )
    assert read_acled(_written(tmp_path, *rows[1:])).provenance.notes == ()


def test_country_filter_rejects_the_others_with_the_reason() -> None:
    reading = read_file("acled", BAD / "acled_new.csv", country="XKX")
    assert reading.frame["incident_id"].tolist() == ["acled:KSV1"]
    reasons = reading.rejects.drop_duplicates("line").set_index("line")["reason"]
    assert reasons[2] == "country is CAF, not XKX"
    assert reasons[14] == "country is not known, so not taken for XKX"
    assert reading.rows_read == 13 == len(reading.frame) + reading.rows_rejected
    assert reading.provenance.source == "ACLED"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2019-05-16", "2019-05-16"),
        ("2019/5/6", "2019-05-06"),
        ("2019-05-16T00:00:00", "2019-05-16"),
        ("6 May 2019", "2019-05-06"),
        ("16-Sept-2019", "2019-09-16"),
        ("16 SEPTEMBER 2019", "2019-09-16"),
        ("05/06/2019", "2019-06-05"),
        ("05.06.2019", "2019-06-05"),
        ("29 February 2023", "NaT"),
        ("2019-13-01", "NaT"),
        ("16 Mayday 2019", "NaT"),
        ("yesterday", "NaT"),
    ],
)
def test_days_are_read_as_acled_writes_them(written: str, day: str) -> None:
    assert str(dates_of(pd.Series([written], dtype="string"))[0]) == day


def test_days_written_month_first_are_refused_because_some_would_be_read_wrongly() -> None:
    month_first = pd.Series(["5/16/2019", "5/6/2019", "12/31/2019"], dtype="string")
    with pytest.raises(ImportRefusedError, match=r"'5/16/2019' is written month first; save the dates as YYYY-MM-DD"):
        dates_of(month_first)
    one_slip = pd.Series([*(f"{day}/1/2019" for day in range(1, 31)), "5/16/2019"], dtype="string")
    assert np.isnat(dates_of(one_slip)).tolist() == [False] * 30 + [True]


def test_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [f"SSD{n},2024-01-{n % 28 + 1},{n % 3 + 1},Battles,,A,2,6.{n},31.5,1,{n},728," for n in range(10, 40)]
    one, other = (
        read_acled(_written(tmp_path, *order)).frame.sort_values("incident_id", ignore_index=True)
        for order in (rows, rows[::-1])
    )
    pd.testing.assert_frame_equal(one, other)
