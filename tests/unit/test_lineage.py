"""Silent risks here: the direction of a split exchanged; a cycle that never ends; an undated link taken for certain; a
commitment passed on to who had left before it was signed, or through a group its signatory joined only later."""

import datetime as dt
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.actors.lineage import (
    DESCENT,
    STANDINGS,
    ancestors,
    commitments_on,
    descendants,
    inherited,
    links_of_records,
    successors,
    with_record_ids,
)
from geo.errors import ImportRefusedError
from geo.readers import read_file
from geo.schema import ACTOR_LINKS, ACTORS, COMMITMENTS, LINK_KINDS

AS_OF = dt.date(2026, 1, 1)
# The tale of a toy country: the Movement splits into North and South, South is renamed East, East and Guard merge into
# Union; nobody knows when the Exiles left the Movement.
TALE = [
    ("north", "splinter_of", "movement", "2020-03-01", None),
    ("movement", "parent_of", "south", "2020-03-01", None),
    ("south", "renamed_to", "east", "2021-06-01", None),
    ("east", "merged_into", "union", "2023-01-01", None),
    ("guard", "merged_into", "union", "2023-01-01", None),
    ("exiles", "splinter_of", "movement", None, None),
    ("north", "allied_with", "guard", "2022-01-01", None),
    ("raiders", "splinter_of", "guard", "2015-01-01", "2018-12-31"),
]


def links_of(rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["from_actor_id", "kind", "to_actor_id", "valid_from", "valid_to"])
    table["link_id"] = [f"l{number}" for number in range(len(table))]
    checked = ACTOR_LINKS.check(table.astype("string"))
    assert checked.rejects.empty
    return checked.frame


def commitments_of(*rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["commitment_id", "actor_id", "signed_on"])
    return table.assign(signed_on=pd.to_datetime(table["signed_on"]).astype("datetime64[s]"))


def kin(found: pd.DataFrame) -> list[tuple[str, int, bool]]:
    return [tuple(row) for row in found.itertuples(index=False, name=None)]


@pytest.fixture(scope="module")
def tale() -> pd.DataFrame:
    return links_of(TALE)


def test_descendants_by_steps_and_whether_the_days_are_known(tale) -> None:
    assert kin(descendants(tale, "movement", as_of=AS_OF)) == [
        ("exiles", 1, False),
        ("north", 1, True),
        ("south", 1, True),
        ("east", 2, True),
        ("union", 3, True),
    ]
    assert kin(descendants(tale, "north", as_of=AS_OF)) == []  # a pact is no descent


def test_ancestors_are_the_other_way_round(tale) -> None:
    assert kin(ancestors(tale, "union", as_of=AS_OF)) == [
        ("east", 1, True),
        ("guard", 1, True),
        ("south", 2, True),
        ("movement", 3, True),
    ]
    assert kin(ancestors(tale, "movement", as_of=AS_OF)) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2020-02-29", ["exiles"]), ("2020-03-01", ["exiles", "north", "south"])],
)
def test_before_its_day_a_link_shows_nothing(tale, day, expected) -> None:
    found = descendants(tale, "movement", as_of=dt.date.fromisoformat(day))
    assert found["actor_id"].tolist() == expected


@pytest.mark.parametrize(("day", "expected"), [("2018-12-31", ["guard"]), ("2019-01-01", [])])
def test_after_its_last_day_a_link_no_longer_holds(tale, day, expected) -> None:
    assert ancestors(tale, "raiders", as_of=dt.date.fromisoformat(day))["actor_id"].tolist() == expected


def test_successors_follow_mergers_and_names_only(tale) -> None:
    assert kin(successors(tale, "south", as_of=AS_OF)) == [("east", 1, True), ("union", 2, True)]
    assert kin(successors(tale, "movement", as_of=AS_OF)) == []


def test_descent_follows_time() -> None:
    # Old left Host before Guest joined Host: Guest is no ancestor of Old, but is one of New.
    links = links_of(
        [
            ("old", "splinter_of", "host", "2010-01-01", None),
            ("guest", "merged_into", "host", "2015-01-01", None),
            ("new", "splinter_of", "host", "2015-01-01", None),
        ]
    )
    assert descendants(links, "guest", as_of=AS_OF)["actor_id"].tolist() == ["host", "new"]
    assert ancestors(links, "old", as_of=AS_OF)["actor_id"].tolist() == ["host"]
    assert ancestors(links, "new", as_of=AS_OF)["actor_id"].tolist() == ["host", "guest"]


def test_a_faction_that_leaves_and_rejoins_is_kin_both_ways_but_not_to_itself() -> None:
    links = links_of([("b", "splinter_of", "a", None, None), ("b", "merged_into", "a", None, None)])
    assert kin(descendants(links, "a", as_of=AS_OF)) == [("b", 1, False)]
    assert kin(ancestors(links, "a", as_of=AS_OF)) == [("b", 1, False)]


def test_commitments_follow_who_left_after_the_signing(tale) -> None:
    signed = commitments_of(
        ("before", "movement", "2019-05-05"),
        ("same day", "movement", "2020-03-01"),
        ("later", "movement", "2020-03-02"),
        ("undated", "movement", None),
        ("future", "movement", "2026-01-02"),
        ("stranger", "nobody", "2019-05-05"),
    )
    found = inherited(signed, tale, as_of=AS_OF)
    by = {
        name: dict(zip(part["actor_id"], part["standing"], strict=True))
        for name, part in found.groupby("commitment_id")
    }
    heirs = ["east", "exiles", "north", "south", "union"]
    assert by["before"] == by["same day"] == dict.fromkeys(heirs, "inherited") | {"exiles": "unknown"}
    assert by["later"] == dict.fromkeys(heirs, "signed_after_link") | {"exiles": "unknown"}
    assert by["undated"] == dict.fromkeys(heirs, "unknown")
    assert set(by) == {"before", "same day", "later", "undated"}
    assert set(found["signatory_id"]) == {"movement"}


def test_before_the_split_nobody_inherits(tale) -> None:
    found = inherited(commitments_of(("plan", "movement", "2019-05-05")), tale, as_of=dt.date(2020, 2, 29))
    assert found[["actor_id", "standing"]].to_numpy().tolist() == [["exiles", "unknown"]]


def test_no_links_and_no_commitments() -> None:
    nothing = ACTOR_LINKS.empty()
    assert list(descendants(nothing, "a", as_of=AS_OF).columns) == ["actor_id", "steps", "dated"]
    found = inherited(commitments_of(("plan", "a", "2019-05-05")).iloc[:0], nothing, as_of=AS_OF)
    assert list(found.columns) == ["commitment_id", "signatory_id", "actor_id", "standing", "linked_on"]
    assert len(found) == 0


def test_links_that_actor_records_state() -> None:
    columns = ["actor_id", "name", "actor_type", "source_ids", "parent_id", "parent_relation", "valid_from"]
    rows = [
        ("a", "A", "non_state", "ucdp:1", None, None, None),
        ("b", "B", "non_state", "ucdp:2", "a", "split", "2020-01-01"),
        ("c", "C", "non_state", "ucdp:3", "a", "rename", None),
        ("d", "D", "non_state", "ucdp:3", "b", None, None),
    ]
    actors = ACTORS.check(pd.DataFrame(rows, columns=columns)).frame
    links = links_of_records(actors)
    told = links[["from_actor_id", "kind", "to_actor_id"]].to_numpy().tolist()
    assert told == [["b", "splinter_of", "a"], ["a", "renamed_to", "c"], ["b", "parent_of", "d"]]
    assert links["valid_from"].dt.strftime("%Y").tolist()[0] == "2020"
    assert kin(descendants(links, "a", as_of=AS_OF)) == [("b", 1, True), ("c", 1, False), ("d", 2, False)]
    assert len(links_of_records(ACTORS.empty())) == 0

    stated = links_of(
        [("ucdp:2", "splinter_of", "UCDP:1", None, None), ("ucdp:3", "splinter_of", "ucdp:9", None, None)]
    )
    own = with_record_ids(stated, actors)
    # Two records carry ucdp:3 and none ucdp:9: both stay.
    assert own[["from_actor_id", "to_actor_id"]].to_numpy().tolist() == [["b", "a"], ["ucdp:3", "ucdp:9"]]
    assert own.dtypes.equals(stated.dtypes)


def test_the_sample_splits_as_its_records_say() -> None:
    sample = Path(__file__).resolve().parents[2] / "data" / "sample" / "actors.csv"
    links = links_of_records(read_file("actors", sample).frame)
    found = descendants(links, "mlh", as_of=dt.date(2025, 2, 15))
    assert kin(found) == [("mlh-r", 1, True), ("ufe", 1, True)]
    assert descendants(links, "mlh", as_of=dt.date(2025, 2, 14)).empty


def test_the_template_is_read_as_csv_and_workbook(tmp_path: Path) -> None:
    rows = [
        ACTOR_LINKS.column_names,
        ["#meta"] * len(ACTOR_LINKS.column_names),
        ["l1", "b", "a", "Splinter of", "2020-01-01", "", "field office", "note 7"],
        ["l2", "b", "a", "cousin_of", "2020-01-01", "", "", ""],
        ["l3", "b", "a", "allied_with", "2020-01-02", "2020-01-01", "", ""],
    ]
    text = tmp_path / "links.csv"
    text.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    pd.DataFrame(rows).to_excel(tmp_path / "links.xlsx", header=False, index=False)
    for path in (text, tmp_path / "links.xlsx"):
        reading = read_file("actor_links", path)
        assert (reading.rows_read, len(reading.frame)) == (3, 1)
        assert reading.frame["kind"].tolist() == ["splinter_of"]
        assert reading.rejects[["line", "column"]].to_numpy().tolist() == [[4, "kind"], [5, "valid_to"]]
    with pytest.raises(ImportRefusedError, match="is not a actor_links template"):
        read_file("actor_links", Path(__file__).resolve().parents[1] / "bad" / "ucdp_actors.csv")


# ---- laws, against every chain that networkx can walk ----

NAMES = "abcde"
DAYS = [None, "2001-01-01", "2002-01-01", "2002-06-01", "2003-01-01"]
LINKS = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(LINK_KINDS), st.sampled_from(NAMES), st.sampled_from(DAYS), st.none()
    ),
    max_size=8,
)
MOMENTS = st.sampled_from([dt.date(2001, 6, 1), dt.date(2002, 1, 1), dt.date(2010, 1, 1)])
FEWER = settings(max_examples=25)


def oracle(rows, start: str, as_of: dt.date, since: str | None = None) -> dict[str, bool]:
    """Whom a chain in order of time leads to, and whether one of dated links does."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(NAMES)
    for first, kind, last, day, _ in rows:
        if kind in DESCENT and first != last and (day is None or day <= as_of.isoformat()):
            graph.add_edge(*((last, first) if kind == "splinter_of" else (first, last)), day=day)
    found: dict[str, bool] = {}
    for other in set(NAMES) - {start}:
        for path in nx.all_simple_edge_paths(graph, start, other):
            days = [graph.edges[edge]["day"] for edge in path]
            known = [day for day in days if day is not None]
            if known == sorted(known) and (since is None or all(day >= since for day in known)):
                found[other] = found.get(other, False) or None not in days
    return found


@FEWER
@given(rows=LINKS, start=st.sampled_from(NAMES), as_of=MOMENTS)
def test_kin_are_whom_a_chain_in_order_of_time_leads_to(rows, start, as_of) -> None:
    links = links_of(rows)
    found = descendants(links, start, as_of=as_of)
    assert dict(zip(found["actor_id"], found["dated"], strict=True)) == oracle(rows, start, as_of)
    for other in NAMES:
        assert (other in set(found["actor_id"])) == (start in set(ancestors(links, other, as_of=as_of)["actor_id"]))


@FEWER
@given(rows=LINKS, start=st.sampled_from(NAMES), as_of=MOMENTS, signed=st.sampled_from(DAYS))
def test_standings_follow_from_the_chains(rows, start, as_of, signed) -> None:
    found = inherited(commitments_of(("plan", start, signed)), links_of(rows), as_of=as_of)
    if signed is not None and signed > as_of.isoformat():
        assert found.empty
        return
    ever, since = oracle(rows, start, as_of), oracle(rows, start, as_of, signed)
    expected = {}
    for heir in ever:
        if signed is None:
            expected[heir] = "unknown"
        else:
            expected[heir] = "signed_after_link" if heir not in since else "inherited" if since[heir] else "unknown"
    assert dict(zip(found["actor_id"], found["standing"], strict=True)) == expected
    assert set(found["standing"]) <= set(STANDINGS)


@FEWER
@given(rows=LINKS, start=st.sampled_from(NAMES), as_of=MOMENTS, data=st.data())
def test_the_order_of_links_does_not_matter(rows, start, as_of, data) -> None:
    shuffled = links_of(data.draw(st.permutations(rows)))
    links, plan = links_of(rows), commitments_of(("plan", start, "2002-01-01"))
    before = links.copy()
    for ask in (ancestors, descendants, successors):
        pd.testing.assert_frame_equal(ask(links, start, as_of=as_of), ask(shuffled, start, as_of=as_of))
    pd.testing.assert_frame_equal(inherited(plan, links, as_of=as_of), inherited(plan, shuffled, as_of=as_of))
    pd.testing.assert_frame_equal(links, before)


@FEWER
@given(rows=LINKS, start=st.sampled_from(NAMES))
def test_before_every_day_only_undated_links_show(rows, start) -> None:
    undated = links_of([row for row in rows if row[3] is None])
    early = dt.date(2000, 1, 1)
    for ask in (ancestors, descendants, successors):
        shown = ask(links_of(rows), start, as_of=early)
        pd.testing.assert_frame_equal(shown, ask(undated, start, as_of=early))
        assert not shown["dated"].any()


def test_an_heir_that_breaks_or_renews_says_so_and_a_breach_before_the_split_is_passed_on() -> None:
    links = links_of(
        [
            ("early", "splinter_of", "old", "2019-06-01", None),
            ("late", "splinter_of", "old", "2020-06-01", None),
            ("same_day", "splinter_of", "old", "2020-01-01", None),
            ("keeper", "splinter_of", "old", "2020-06-01", None),
            ("undated", "splinter_of", "old", None, None),
        ]
    )
    rows = [
        ("plan", "old", "2019-01-01", "broken", "2020-01-01", None),
        ("own", "keeper", "2020-07-01", "in_force", None, "plan"),
        ("breach", "early", None, "broken", "2021-01-01", "plan"),
    ]
    columns = ["commitment_id", "actor_id", "signed_on", "status", "status_on", "follows_id"]
    table = COMMITMENTS.check(pd.DataFrame(rows, columns=columns).assign(kind="action_plan").astype("string")).frame

    def standings(day: dt.date) -> dict[str, str]:
        found = inherited(commitments_on(table, as_of=day), links, as_of=day)
        return dict(zip(found["actor_id"], found["standing"], strict=True))

    assert standings(AS_OF) == {
        "early": "broken", "late": "broken", "same_day": "broken", "keeper": "renewed", "undated": "unknown"
    }  # fmt: skip
    assert standings(dt.date(2020, 6, 30))["early"] == "inherited"  # its own breach lay ahead
    assert standings(dt.date(2019, 12, 31)) == {"early": "inherited", "undated": "unknown"}
