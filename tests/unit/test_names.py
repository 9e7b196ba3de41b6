"""Silent risks here: a settled name that overrules the id of a source, or another country, or other days; an actor that
is gone and still gets reports; a report whose licence forbids it told by its day or by a count of one; a settlement
without a reason, twice, or lost because somebody else settled first; names shown below the task force."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.actors.identity import ambiguous_names, resolve_actors
from geo.answers.names import NameDecision, NamesAnswer, answer_names, name_id_of, settle_name
from geo.answers.review import evidence_of
from geo.answers.world import World
from geo.errors import RequestError, StaleVersionError, WithheldError
from geo.model import Audience
from geo.settings import Settings
from geo.workspace import Workspace, open_workspace
from tests.toy_country import BOUNDARIES, event, table_top
from tests.toy_readings import reading_of

CASE, TASK, CLUSTER, PUBLIC = Audience.CASE_TEAM, Audience.TASK_FORCE, Audience.CLUSTER, Audience.PUBLIC
ACTORS = [
    {"actor_id": "west", "name": "Troop of the West", "short_name": "TFO", "source_ids": "ucdp:1", "actor_type": "militia", "country": "XTO"},
    {"actor_id": "east", "name": "Force of the East", "aliases": "TFO", "actor_type": "militia", "country": "XTO"},
    {"actor_id": "ucdp:9", "name": "Nines", "actor_type": "militia"},
    {"actor_id": "own-nines", "name": "Own Nines", "source_ids": "ucdp:9", "actor_type": "militia"},
]  # fmt: skip


def report(number: int, day: str = "2020-03-01", name: str = "TFO", **values: Any) -> dict[str, Any]:
    return event(number, day, "exact", actor_a=name, **values)


def settled(name: str = "TFO", actor_id: str | None = "east", **values: Any) -> dict[str, Any]:
    row = {"name_id": "n1", "name": name, "country": "XTO", "actor_id": actor_id}
    return {**row, **values}


def who(reports: list[dict[str, Any]], names: list[dict[str, Any]]) -> list[str]:
    frames = [reading_of(*one).frame for one in (("incidents", reports), ("actors", ACTORS), ("actor_names", names))]
    before = [frame.copy() for frame in frames]
    found = resolve_actors(*frames)["actor_id"].tolist()
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
    return found


@pytest.mark.parametrize(
    ("reported", "name", "expected"),
    [
        ({}, settled(), "east"),
        ({}, settled(name="tfó"), "east"),  # without case and accents
        ({}, settled(country=None), "east"),
        ({"country": "XAB"}, settled(country=None), "east"),  # of all countries
        ({"country": None}, settled(country=None), "east"),
        ({"country": "XAB"}, settled(), "reported:TFO"),
        ({"country": None}, settled(), "reported:TFO"),
        ({}, settled(withdrawn="yes"), "reported:TFO"),
        # the source's id goes first, and an actor with another id of the same source is not meant
        ({"actor_a_id": "ucdp:1"}, settled(), "west"),
        ({"actor_a": "Nines", "actor_a_id": "ucdp:2"}, settled(name="Nines", actor_id="west"), "reported:ucdp:2"),
        ({"actor_a_id": "ucdp:2"}, settled(), "east"),
        ({"actor_a_id": "acled:2"}, settled(actor_id="west"), "west"),
        # days overlap, both ends inclusive
        ({}, settled(valid_from="2020-03-01", valid_to="2020-03-01"), "east"),
        ({}, settled(valid_from="2020-03-02"), "reported:TFO"),
        ({}, settled(valid_to="2020-02-29"), "reported:TFO"),
        ({"date_end": "2020-03-02"}, settled(valid_from="2020-03-02"), "east"),
        # what a person settled goes before a name that fits one actor alone
        ({"actor_a": "Nines"}, settled(name="Nines", actor_id="west"), "west"),
        ({"actor_a": "Nines"}, settled(name="Nines", actor_id=None), "reported:Nines"),
        ({}, settled(actor_id="ucdp:9"), "own-nines"),  # the record that speaks for the one meant
        ({}, settled(actor_id="gone"), "reported:TFO"),
        ({"actor_a": "Nines"}, settled(name="Nines", actor_id="gone"), "reported:Nines"),
        ({"actor_a": "Civilians"}, settled(name="Civilians"), None),
    ],
)
def test_a_settled_name_decides_after_ids_and_before_names(reported, name, expected) -> None:
    row = report(1, name=reported.pop("actor_a", "TFO")) | reported
    assert who([row], [name]) == ([expected] if expected else [])
    assert who([row], []) == who([row], [settled(name="Another")])


def test_a_name_settled_for_the_country_goes_before_one_of_all() -> None:
    both = [settled(country=None, actor_id="west"), settled(name_id="n2")]
    reports = [report(1), report(2, country="XAB")]
    assert who(reports, both) == who(reports, both[::-1]) == ["east", "west"]


def test_settled_names_are_listed_again_only_where_they_no_longer_tell() -> None:
    def listed(*names: dict[str, Any]) -> list[tuple[str, str]]:
        reports = [report(1), report(2, name="Zorgs")]
        frames = [reading_of("incidents", reports).frame, reading_of("actors", ACTORS).frame]
        found = ambiguous_names(*frames, reading_of("actor_names", list(names)).frame)
        return list(zip(found["name"], found["reason"], strict=True))

    assert listed() == [("TFO", "several actors fit")]
    assert listed(settled()) == []
    assert listed(settled(actor_id=None)) == []  # none of the actors: reported, and not asked again
    assert listed(settled(actor_id="gone")) == [("TFO", "settled, but the actor meant is on record no more")]
    assert listed(settled(), settled(name_id="n2", actor_id="west")) == [("TFO", "settled as several actors")]
    assert listed(settled(), settled(name="Zorgs", name_id="n2", actor_id="gone")) == [
        ("Zorgs", "settled, but the actor meant is on record no more")  # although no actor bears the name
    ]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = open_workspace(tmp_path / "ws", author="task force", create=True)
    made.add(reading_of("boundaries", BOUNDARIES))
    made.add(reading_of("actors", ACTORS))
    made.add(reading_of("incidents", [report(1), report(2, "2020-05-01"), report(3, name="Nines")]))
    return made


def looked_at(workspace: Workspace, settings: Settings, audience: Audience = CASE) -> NamesAnswer:
    return answer_names(World(workspace, settings), audience=audience)


def first(workspace: Workspace, settings: Settings) -> str:
    return str(looked_at(workspace, settings).names.frame["handle"].iloc[0])


def settle(workspace: Workspace, settings: Settings, *, reason: str = "they said so", **values: Any) -> None:
    decision = NameDecision(**{"handle": values.pop("handle", ""), "reason": reason, **values})
    settle_name(workspace, World(workspace, settings), decision, audience=TASK)


def test_settle_see_who_when_why_and_undo(workspace: Workspace, settings: Settings) -> None:
    before = World(workspace, settings)
    scored_on = evidence_of(before)
    found = looked_at(workspace, settings)
    row = found.names.frame.iloc[0]
    assert (
        row[["name", "country", "reports", "candidates", "reason"]].tolist()
        == [*("TFO", "XTO", 2, "TFO, Force of the East", "several actors fit")]
        or row["candidates"] == "Force of the East, TFO"
    )
    assert (str(row["first_day"].date()), str(row["last_day"].date())) == ("2020-03-01", "2020-05-01")
    assert sorted(found.candidates.frame["actor_id"]) == ["east", "west"]
    settle(workspace, settings, handle=row["handle"], actor_id="east")
    after = World(workspace, settings)
    assert after.parties["actor_id"].tolist() == ["east", "east", "own-nines"]
    assert evidence_of(after) != scored_on  # pairs of reports are scored anew
    found = looked_at(workspace, settings)
    assert found.names.frame.empty
    assert found.counts.frame.to_dict("records") == [{"open": 0, "settled": 1}]
    told = found.settled.frame.iloc[0]
    assert told[["name", "country", "actor", "meant", "author", "reason"]].tolist() == [
        *("TFO", "XTO", "Force of the East", "one", "task force", "they said so")
    ]
    assert "reason" not in looked_at(workspace, settings, TASK).settled.columns
    settle(workspace, settings, handle=told["handle"], withdrawn=True, reason="they did not")
    again = World(workspace, settings)
    pd.testing.assert_frame_equal(again.parties, before.parties)
    assert looked_at(workspace, settings).counts.frame.to_dict("records") == [{"open": 1, "settled": 0}]
    history = workspace.history("actor_names", name_id_of("TFO", "XTO", None, None))
    assert list(history["reason"]) == ["they said so", "they did not"]
    settle(workspace, settings, handle=first(workspace, settings))  # and again, as none of the actors
    told = looked_at(workspace, settings).settled.frame.iloc[0]
    assert told["meant"] == "none"
    assert pd.isna(told["actor"])


def test_days_that_meet_another_settlement_are_refused(workspace: Workspace, settings: Settings) -> None:
    settle(workspace, settings, handle=first(workspace, settings), actor_id="east", valid_to=dt.date(2020, 4, 1))
    assert World(workspace, settings).parties["actor_id"].tolist() == ["east", "reported:TFO", "own-nines"]
    handle = first(workspace, settings)
    for days in ({}, {"valid_from": dt.date(2020, 4, 1)}):
        with pytest.raises(RequestError, match="'TFO' is settled already on some of these days; undo that first"):
            settle(workspace, settings, handle=handle, actor_id="west", **days)
    settle(workspace, settings, handle=handle, actor_id="west", valid_from=dt.date(2020, 4, 2))
    assert World(workspace, settings).parties["actor_id"].tolist() == ["east", "west", "own-nines"]


def test_what_makes_no_sense_is_refused_and_stores_nothing(workspace: Workspace, settings: Settings) -> None:
    handle = first(workspace, settings)
    refused: list[tuple[dict[str, Any], str]] = [
        ({"handle": handle, "reason": " "}, "give a reason"),
        ({"handle": "abc"}, "no open name is called 'abc'"),
        ({"handle": handle, "withdrawn": True}, "no settled name is called"),
        ({"handle": handle, "actor_id": "gone"}, "no actor on record has the id 'gone'"),
        (
            {"handle": handle, "valid_from": dt.date(2020, 2, 1), "valid_to": dt.date(2020, 1, 31)},
            "until 2020-01-31, before it begins on 2020-02-01",
        ),
    ]
    for values, message in refused:
        with pytest.raises(RequestError, match=message):
            settle(workspace, settings, **values)
    assert len(workspace.table("actor_names")) == 0


def test_who_settles_on_the_ground_of_an_old_list_is_told(workspace: Workspace, settings: Settings) -> None:
    old = World(workspace, settings)
    handle = str(answer_names(old, audience=CASE).names.frame["handle"].iloc[0])
    decision = NameDecision(handle=handle, actor_id="west", reason="x")
    settle(workspace, settings, handle=decision.handle, actor_id="east")
    with pytest.raises(StaleVersionError, match="read it again"):
        settle_name(workspace, old, decision, audience=TASK)
    assert World(workspace, settings).parties["actor_id"].tolist()[0] == "east"


def test_below_the_task_force_only_numbers(workspace: Workspace, settings: Settings) -> None:
    for audience in (PUBLIC, CLUSTER):
        found = looked_at(workspace, settings, audience)
        assert found.names.withheld
        assert found.candidates.withheld
        assert found.settled.withheld
        assert found.counts.frame.to_dict("records") == [{"open": 1, "settled": 0}]
        decision = NameDecision(handle=first(workspace, settings), reason="x")
        with pytest.raises(WithheldError, match="choose another audience"):
            settle_name(workspace, World(workspace, settings), decision, audience=audience)


@pytest.mark.parametrize(
    ("licensed", "free", "reports", "days"),
    [
        (0, 2, 2, ("2020-01-01", "2020-01-02")),
        (1, 2, None, ("2020-01-01", "2020-01-02")),  # 3 would say that there is one of the licensed source
        (2, 2, 4, ("2020-01-01", "2020-01-02")),  # two make an aggregate; their days stay untold
        (1, 0, None, (None, None)),
        (2, 0, 2, (None, None)),
    ],
)
def test_a_single_licensed_report_is_told_by_no_day_and_no_count(settings, licensed, free, reports, days) -> None:
    rows = [report(n, f"2020-01-0{n}") for n in range(1, free + 1)]
    rows += [
        report(n, f"2019-12-0{n}") | {"incident_id": f"acled:{n}", "source": "acled"} for n in range(1, licensed + 1)
    ]
    world = table_top(settings, {"boundaries": BOUNDARIES, "actors": ACTORS, "incidents": rows})
    row = answer_names(world, audience=CASE).names.frame.iloc[0]
    assert (None if pd.isna(row["reports"]) else row["reports"]) == reports
    assert tuple(None if pd.isna(row[end]) else str(row[end].date()) for end in ("first_day", "last_day")) == days


def test_the_order_does_not_give_a_withheld_number_back(settings) -> None:
    rows = [report(n) for n in range(1, 6)] + [report(6) | {"incident_id": "acled:1", "source": "acled"}]
    rows += [report(7, country=None)]
    world = table_top(settings, {"boundaries": BOUNDARIES, "actors": ACTORS, "incidents": rows})
    assert answer_names(world, audience=CASE).names.frame["country"].tolist() == ["", "XTO"]


def test_a_name_id_follows_from_name_country_and_days_and_tells_none() -> None:
    assert name_id_of("TFO", "XTO", None, None) == name_id_of("tfó", "XTO", None, None)
    others = {name_id_of("TFO", "XTO", dt.date(2020, 1, 1), None), name_id_of("TFO", "XTO", None, dt.date(2020, 1, 1))}
    assert len({*others, name_id_of("TFO", "XTO", None, None), name_id_of("TFO", "", None, None)}) == 4
    assert "tfo" not in name_id_of("TFO", "XTO", None, None)
