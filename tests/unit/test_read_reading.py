"""Silent risks here: rows read that are neither stored nor rejected; a flag on a row that was never stored."""

from pathlib import Path

import pandas as pd
import pytest

from geo.contracts import faults
from geo.errors import ImportRefusedError, SchemaError
from geo.readers.reading import Reading, provenance_of, settle
from geo.schema import SITES

BAD = Path(__file__).resolve().parents[1] / "bad"
PROVENANCE = provenance_of(BAD / "tabs.csv", format_name="sites", reader_version="1")


def _raw(**changes: str) -> pd.DataFrame:
    site = {"site_id": "s", "name": "A", "kind": "town", "country": "CAF", "longitude": "18.5", "latitude": "4.4"}
    return pd.DataFrame([site | {"site_id": f"s{k}"} for k in range(4)], index=[2, 3, 4, 5]).assign(**changes)


def test_every_row_is_stored_or_rejected_and_flags_stay_with_stored_rows() -> None:
    raw = _raw()
    raw.loc[3, "kind"] = "castle"
    raw.loc[4, ["longitude", "latitude"]] = ["4.4", "18.5"]
    before = raw.copy(deep=True)
    reading = settle(
        SITES,
        raw,
        provenance=PROVENANCE,
        rejects=[
            faults([(9, "(row)", "2 cells", "ragged"), (5, "country", "COD", "another"), (5, "name", "", "again")])
        ],
        flags=[faults([(2, "name", "A", "doubt"), (3, "name", "A", "doubt"), (9, "name", "A", "doubt")])],
    )
    assert reading.frame.index.tolist() == [2]
    assert reading.rejects["line"].tolist() == [3, 4, 5, 5, 9]
    assert (reading.rows_read, reading.rows_rejected, reading.rows_flagged) == (5, 4, 1)
    assert reading.table == "sites"
    pd.testing.assert_frame_equal(raw, before)


def test_a_reading_that_loses_a_row_cannot_be_made() -> None:
    with pytest.raises(SchemaError, match=r"tabs\.csv: 3 rows read, but 0 stored and 1 rejected"):
        Reading(
            table="sites", frame=SITES.empty(), rejects=faults([(2, "a", "b", "c")]), rows_read=3, provenance=PROVENANCE
        )
    with pytest.raises(SchemaError, match="rejects must have columns"):
        Reading(table="sites", frame=SITES.empty(), rejects=pd.DataFrame(), rows_read=0, provenance=PROVENANCE)


def test_provenance_names_the_bytes() -> None:
    assert (PROVENANCE.file_name, PROVENANCE.size_bytes) == ("tabs.csv", (BAD / "tabs.csv").stat().st_size)
    assert len(PROVENANCE.sha256) == 64


def test_missing_and_empty_files_are_refused() -> None:
    with pytest.raises(ImportRefusedError, match=r"cannot read .*absent\.csv: No such file or directory"):
        provenance_of(BAD / "absent.csv", format_name="sites", reader_version="1")
    with pytest.raises(ImportRefusedError, match=r"^empty\.csv is empty \(0 bytes\); nothing was imported$"):
        provenance_of(BAD / "empty.csv", format_name="sites", reader_version="1")
