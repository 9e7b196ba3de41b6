"""Silent risks here: an ACLED event in an exported file, in the records of a cell, in a pair to review or in the ids
of a merged report; its share missing from the counts; its absence unsaid; newest events of a licensed source taking
the places of those that may be shown."""

import io
import json
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from geo.answers.hexbin import answer_hexbin, answer_records
from geo.answers.world import World
from geo.exports.tables import export_table
from geo.model import Audience, HexbinRequest
from geo.redaction import clear, describe, of_licensed_sources
from geo.settings import Settings
from tests.toy_country import COUNTRY_TABLES, event, table_top

ALL = list(Audience)
RECORDS = [Audience.TASK_FORCE, Audience.CASE_TEAM]
FORMATS = ["json", "csv", "hxl", "geojson", "gpkg", "parquet"]
NOTE = "records of ACLED withheld from everybody: the licence allows aggregates only"
REQUEST = HexbinRequest(resolution=5)


def planted(number: int, day: str, **values: Any) -> dict[str, Any]:
    """One ACLED event whose every text is a mark to look for."""
    marks = {"place": "PLANTED place", "actor_a": "PLANTED actor", "event_type": "PLANTED kind"}
    return event(number, day, "exact", **marks, **values) | {"incident_id": f"acled:PLANTED{number}", "source": "acled"}


@pytest.fixture(scope="module")
def country(settings: Settings) -> World:
    """The toy country with 250 ACLED events, all newer than the others, in the cell of incident 1."""
    days = [f"2020-06-{number % 28 + 1:02d}" for number in range(250)]
    ours = [one for one in COUNTRY_TABLES["incidents"] if one["incident_id"] in ("ucdp:1", "ucdp:2")]
    events = [planted(number, day) for number, day in enumerate(days, start=100)]
    return table_top(settings, {**COUNTRY_TABLES, "incidents": [*ours, *events]})


def _cell(world: World) -> int:
    cells = answer_hexbin(world, REQUEST, audience=Audience.CASE_TEAM).cells.frame
    return int(cells.sort_values("incidents")["cell"].iloc[-1])


def _text_of(content: bytes, format_name: str) -> str:
    if format_name == "parquet":
        return gpd.read_parquet(io.BytesIO(content)).to_csv()
    return content.decode("utf-8", "replace")


@pytest.mark.parametrize("audience", RECORDS)
def test_records_of_a_cell_hold_none_of_acled_and_say_so(country: World, audience: Audience) -> None:
    found = answer_records(country, REQUEST, _cell(country), audience=audience)
    assert len(found.frame) == 1
    assert "PLANTED" not in found.frame.to_csv()
    assert found.statement.licensed_rows == 250
    assert f"250 {NOTE}" in describe(found.statement, noun="records")


@pytest.mark.parametrize("audience", RECORDS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_export_of_records_holds_an_event_of_acled(country: World, audience: Audience, format_name: str) -> None:
    found = answer_records(country, REQUEST, _cell(country), audience=audience)
    content = export_table(found, format_name=format_name, provenance={"as_of": "2020-06-30"})
    text = _text_of(content, format_name)
    assert "PLANTED" not in text
    assert b"PLANTED" not in content
    if format_name != "parquet":
        assert NOTE in text
    assert NOTE.encode() in content


@pytest.mark.parametrize("audience", ALL)
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_export_of_cells_holds_one_though_all_count(country: World, audience: Audience, format_name: str) -> None:
    found = answer_hexbin(country, REQUEST, audience=audience)
    assert b"PLANTED" not in export_table(found.cells, format_name=format_name, provenance={})
    if audience in RECORDS:
        assert found.cells.frame["incidents"].sum() == 252
        assert found.cells.statement.licensed_rows == 0


def test_the_public_is_not_told_whether_there_are_any(country: World) -> None:
    found = answer_records(country, REQUEST, _cell(country), audience=Audience.PUBLIC)
    assert (found.statement.licensed_rows, found.statement.licensed_sources) == (0, ())
    assert not any("ACLED" in said for said in describe(found.statement))


def _whole(frame: pd.DataFrame, view: str, settings: Settings) -> pd.DataFrame:
    return clear(frame, view=view, audience=Audience.CASE_TEAM, settings=settings).frame


@pytest.mark.parametrize("source", ["acled", "ACLED", "ucdp;acled", "acled;own", " acled ", "own; Acled"])
def test_a_record_says_it_by_its_source_alone_or_merged(settings: Settings, source: str) -> None:
    frame = pd.DataFrame({"source": ["ucdp", source], "incident_id": ["ucdp:1", "x:1"]})
    assert of_licensed_sources(frame, settings=settings).tolist() == [False, True]


def test_a_record_says_it_by_its_id_and_other_words_do_not(settings: Settings) -> None:
    frame = pd.DataFrame({"incident_id": ["acled:1", "notacled:1", None, "ucdp:acled"], "source": pd.NA})
    assert of_licensed_sources(frame, settings=settings).tolist() == [True, False, False, False]
    assert not of_licensed_sources(pd.DataFrame({"source": ["placled", "acled2"]}), settings=settings).any()


def test_the_licensed_side_of_a_pair_is_emptied_and_the_pair_stays(settings: Settings) -> None:
    day = pd.Timestamp("2020-01-01")
    pair = {"pair": "p", "source_a": "acled", "source_b": "ucdp", "day_a": day, "day_b": day, "precision_a": "exact",
            "precision_b": "near", "score": 5.0}  # fmt: skip
    shown = _whole(pd.DataFrame([pair]), "candidates", settings).iloc[0]
    assert shown[["pair", "source_a", "source_b", "score", "precision_b"]].tolist() == [
        "p",
        "acled",
        "ucdp",
        5.0,
        "near",
    ]
    assert pd.isna(shown["day_a"])
    assert pd.isna(shown["precision_a"])
    assert shown["day_b"] == day


def test_ids_among_others_are_emptied(settings: Settings) -> None:
    members = ["acled:CAF1;ucdp:7", "own:3;ucdp:8"]
    shown = _whole(pd.DataFrame({"members": members, "reports": [2, 2]}), "merges", settings)
    assert shown["members"].fillna("").tolist() == ["", "own:3;ucdp:8"]
    assert shown["reports"].tolist() == [2, 2]


def test_no_licence_withholds_nothing(settings: Settings, country: World) -> None:
    free = settings.model_copy(update={"sources": settings.sources.model_copy(update={"aggregates_only": ()})})
    frame = country.incidents
    shown = clear(frame, view="incidents", audience=Audience.CASE_TEAM, settings=free)
    assert len(shown.frame) == len(frame) == 252
    held = clear(frame, view="incidents", audience=Audience.CASE_TEAM, settings=settings)
    assert len(held.frame) == 2
    assert json.dumps(held.frame["incident_id"].tolist()) == '["ucdp:1", "ucdp:2"]'
