"""Silent risks here: two groups of one acronym become one; a later name taken for another actor; the country an actor
fought in taken for its seat; the direction of a link exchanged; a link dated that the source does not date."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.readers.reading import Reading

BAD = Path(__file__).resolve().parents[1] / "bad"
ACTORS_FILE = BAD / "ucdp_actors.csv"  # fictional actors in the shape of the published file


@pytest.fixture(scope="module")
def actors() -> Reading:
    return read_file("ucdp_actors", ACTORS_FILE)


@pytest.fixture(scope="module")
def links() -> Reading:
    return read_file("ucdp_actor_links", ACTORS_FILE)


def told(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(row) for row in table.to_numpy()]


def test_every_row_is_stored_or_rejected_with_line_column_and_reason(actors: Reading) -> None:
    assert (actors.rows_read, len(actors.frame), actors.rows_rejected) == (15, 11, 4)
    assert told(actors.rejects) == [
        (12, "actor_id", "x7", "not the number of an actor"),
        (13, "name", "", "required value is missing"),
        (14, "actor_id", "ucdp:14", "actor_id already stands in line 9"),
        (17, "(row)", "3 cells", "the header has 35 cells"),
    ]
    assert actors.provenance.encoding == "utf-8 with BOM"
    assert actors.provenance.source == "UCDP Actor"


def test_doubts_are_kept_and_told(actors: Reading) -> None:
    assert told(actors.flags) == [
        (3, "country", "Government of Nowhere", "no country of this name is known"),
        (4, "name", "TFO", "several actors of the file have this name"),
        (5, "name", "TFO", "several actors of the file have this name"),
        (10, "country", "9999", "a state number is not in the table"),
        (15, "actor_type", "7", "Org is not 1, 2, 3 or 4"),
    ]


def test_ids_names_types_and_countries(actors: Reading) -> None:
    found = actors.frame.set_index("actor_id")[["name", "actor_type", "country"]].astype(object)
    assert told(found.where(found.notna(), None).reset_index()) == [
        ("ucdp:1", "Government of Gambia", "state", "GMB"),
        ("ucdp:2", "Government of Nowhere", "state", None),
        ("ucdp:10", "TFO", "non_state", "GMB"),
        ("ucdp:11", "TFO", "non_state", "GNB"),
        ("ucdp:12", "TFO-R", "non_state", "GMB"),
        ("ucdp:13", "Alba", "non_state", None),  # fought in two countries: its seat is not told
        ("ucdp:14", "Pact", "non_state", "GMB"),
        ("ucdp:15", "Hill clan", "non_state", None),
        ("ucdp:16", "Supporters of Alba", "non_state", "GNB"),
        ("ucdp:19", "Selfsame", "unknown", "GMB"),
        ("ucdp:20", "Silent", "non_state", "GNB"),
    ]
    assert (actors.frame["source_ids"] == actors.frame["actor_id"]).all()


def test_first_and_later_names_are_aliases_and_a_change_of_name_is_no_link(actors: Reading, links: Reading) -> None:
    aliases = actors.frame.set_index("actor_id")["aliases"]
    assert aliases["ucdp:10"] == "Troupe fictive, de l’Ouest;Fictional Troop of the West"  # ; parts aliases
    # The English names hold a comma more than the short ones have: kept whole.
    assert aliases["ucdp:13"].split(";") == [
        "Aurora",
        "Alba I",
        "Alba Primeira",
        "Alba Nova",
        "First Alba, of the Hills, New Alba",
    ]
    assert aliases["ucdp:12"] == "Fictional Troop of Renewal"  # a line break inside the cell
    assert pd.isna(aliases["ucdp:14"])
    assert "renamed_to" not in set(links.frame["kind"])


def test_a_country_keeps_whoever_fought_there_and_makes_other_governments_foreign() -> None:
    reading = read_file("ucdp_actors", ACTORS_FILE, country="GNB")
    assert reading.frame["name"].tolist() == ["Government of Nowhere", "TFO", "Alba", "Supporters of Alba", "Silent"]
    assert reading.frame["actor_type"].tolist()[0] == "foreign_state"
    assert reading.rows_read == 15 == len(reading.frame) + reading.rows_rejected
    reasons = reading.rejects.loc[reading.rejects["column"] == "country"].set_index("line")["reason"]
    assert reasons[2] == "country is GMB, not GNB"
    assert reasons[10] == "country is not known, so not taken for GNB"


def test_links_read_from_the_actor_of_the_row_to_the_one_it_names(links: Reading) -> None:
    assert told(links.frame[["from_actor_id", "kind", "to_actor_id", "basis"]]) == [
        ("ucdp:12", "splinter_of", "ucdp:10", "Splinter"),
        ("ucdp:12", "splinter_of", "ucdp:13", "Splinter"),
        ("ucdp:12", "allied_with", "ucdp:14", "Alliance"),
        ("ucdp:13", "splinter_of", "ucdp:10", "SplitTemp"),
        ("ucdp:13", "merged_into", "ucdp:10", "JoinGroup"),
        ("ucdp:16", "allied_with", "ucdp:999", "Alliance"),
        ("ucdp:19", "splinter_of", "ucdp:13", "Splinter"),
    ]
    assert links.frame["link_id"].is_unique
    assert set(links.frame["source"]) == {"ucdp"}
    assert links.frame[["valid_from", "valid_to"]].isna().all(axis=None)
    assert links.provenance.notes == ("the dataset dates no link: the day of each is not known",)


def test_every_link_stated_is_stored_or_rejected_with_its_line(links: Reading) -> None:
    assert (links.rows_read, len(links.frame), links.rows_rejected) == (13, 7, 6)
    assert told(links.rejects[["column", "value", "reason"]])[:5] == [
        ("Splinter", "10", "line 12: not the number of an actor"),
        ("Splinter", "19", "line 15: links the actor to itself"),
        ("Splinter", "abc", "line 15: not the number of an actor"),
        ("Splinter", "", "line 16: names no actor"),
        ("Alliance", "14", "line 16: an actor is named, but Alliance is not 1"),
    ]
    assert links.rejects["reason"].iloc[5].startswith("line 17: ")
    assert told(links.flags[["column", "value", "reason"]]) == [
        ("to_actor_id", "999", "line 11: this actor is not described in the file; kept")
    ]


def test_links_of_one_country(links: Reading) -> None:
    reading = read_file("ucdp_actor_links", ACTORS_FILE, country="GNB")
    assert reading.rows_read == links.rows_read == len(reading.frame) + reading.rows_rejected
    assert set(reading.frame["from_actor_id"]) == {"ucdp:13", "ucdp:16"}
    assert "line 6: country is GMB, not GNB" in set(reading.rejects["reason"])


def test_other_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"^ragged\.csv is not a UCDP Actor file: it has no column actorid, "):
        read_file("ucdp_actors", BAD / "ragged.csv")
    alone = tmp_path / "alone.csv"
    alone.write_text("".join(ACTORS_FILE.read_text(encoding="utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    with pytest.raises(ImportRefusedError, match=r"^alone\.csv states no link between actors; nothing was imported$"):
        read_file("ucdp_actor_links", alone)


CONTENT = ACTORS_FILE.read_bytes()


@pytest.mark.parametrize("format_name", ["ucdp_actors", "ucdp_actor_links"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.binary(min_size=1, max_size=6)), max_size=6),
    end=st.none() | st.integers(0, len(CONTENT)),
    country=st.sampled_from([None, "GNB"]),
)
@example(edits=[], end=None, country=None)
def test_a_damaged_file_is_refused_or_every_row_is_told(tmp_path: Path, format_name, edits, end, country) -> None:
    content = bytearray(CONTENT)
    for at, new in edits:
        content[at : at + len(new)] = new
    path = tmp_path / "mutant.csv"
    path.write_bytes(bytes(content[:end]))
    try:
        reading = read_file(format_name, path, country=country)
    except ImportRefusedError:
        return
    assert reading.rows_read == len(reading.frame) + reading.rows_rejected
    assert set(reading.flags["line"]) <= set(reading.frame.index)
    assert reading.frame.index.is_unique


def test_the_published_file(shared_data: Path) -> None:
    path = shared_data / "ucdp" / "ucdp-actor-221.csv"
    actors = read_file("ucdp_actors", path)
    assert (actors.rows_read, len(actors.frame), actors.rows_rejected) == (1725, 1725, 0)
    assert actors.frame["actor_type"].value_counts().to_dict() == {"non_state": 1562, "state": 163}
    acronym = actors.frame.loc[actors.frame["name"] == "UPC", ["actor_id", "country"]]
    assert told(acronym) == [("ucdp:564", "CMR"), ("ucdp:1076", "COD"), ("ucdp:5999", "CAF")]
    links = read_file("ucdp_actor_links", path)
    assert (links.rows_read, len(links.frame), links.rows_flagged) == (465, 464, 4)
    assert told(links.rejects[["column", "value", "reason"]]) == [
        ("Splinter", "283", "line 281: links the actor to itself")
    ]
    assert links.frame["basis"].value_counts().to_dict() == {
        "Splinter": 225,
        "Alliance": 117,
        "JoinGroup": 84,
        "SplitTemp": 38,
    }
    assert read_file("ucdp_actors", path, country="CAF").rows_rejected == 1725 - 92
