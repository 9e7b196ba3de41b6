"""What must not leave the queue, planted and searched for. Silent risks here: a site, an id or a day of one child below
the task force; a small number by subtraction of days, blockers, provinces and the total; a request lost because its site
is not recorded; a form that lets a cluster change what waits."""

import datetime as dt
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from geo.__main__ import main
from geo.answers.editing import Change, answer_form, save_change
from geo.answers.queue import NOT_KNOWN, QueueAnswer, answer_queue, latest_day
from geo.answers.world import World
from geo.errors import SchemaError, WithheldError
from geo.model import Audience, QueueRequest
from geo.schema import BLOCKERS
from geo.settings import Settings
from tests.toy_country import COUNTRY_TABLES, table_top, toy_workspace
from tests.unit.test_leaks import assert_no_canary, cleared_parts, exports_of, words_of

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
DAY = dt.date(2020, 6, 30)
TASK, CASE, CLUSTER, PUBLIC = Audience.TASK_FORCE, Audience.CASE_TEAM, Audience.CLUSTER, Audience.PUBLIC
CANARIES: dict[str, Audience | None] = {
    "mira-id": TASK,
    "Mirasite": TASK,
    "PCODEMIRA": TASK,
    "case-secret": TASK,
    "2020-05-17": TASK,  # the alert
    "2020-04-03": TASK,  # the incident
    "sexual_violence": TASK,
    "zorglanguage": TASK,
    "presented as wives": TASK,
    "0.71239": CASE,  # the site, to the metre
    "0.48761": CASE,
    "zorg-id": CASE,  # whose consent a visit needs
    "Receiver Dov": CASE,  # who received the alert
    "visit-secret": None,
    "mission-secret": None,
    "Reporter Eri": None,
}
SECRET = {
    "request_id": "case-secret", "site_id": "mira-id", "alerted_on": "2020-05-17", "incident_on": "2020-04-03",
    "violation": "sexual_violence", "girls": 2, "blocked_by": "actor_consent;escort", "status": "open",
    "presented_as_wives": "yes", "languages": "zorglanguage", "actor_id": "zorg-id", "organisation": "Receiver Dov",
}  # fmt: skip


def waits(number: int, **values: Any) -> dict[str, Any]:
    """A request in the west, blocked by an escort."""
    return {
        "request_id": f"case-{number:02}", "site_id": "site-west", "alerted_on": "2020-05-01", "status": "open",
        "blocked_by": "escort", **values,
    }  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    mira = {
        "site_id": "mira-id", "name": "Mirasite", "p_code": "PCODEMIRA", "kind": "village", "country": "XTO",
        "longitude": 0.71239, "latitude": 0.48761,
    }  # fmt: skip
    done = waits(98, status="reached", blocked_by=None, violation="abduction", referral="needed")
    there = {
        "visit_id": "visit-secret", "mission_id": "mission-secret", "request_id": "case-98", "site_id": "site-west",
        "visited_on": "2020-06-10", "outcome": "pending", "not_verified_because": "children_gone", "source": "Reporter Eri",
    }  # fmt: skip
    return {
        **COUNTRY_TABLES,
        "sites": [*COUNTRY_TABLES["sites"], mira],
        "requests": [SECRET, *(waits(n) for n in range(1, 13)), waits(20, site_id="site-east"), done],
        "visits": [there],
    }


def asked(world: World, audience: Audience, as_of: dt.date = DAY) -> QueueAnswer:
    return answer_queue(world, QueueRequest(as_of=as_of), audience=audience)


@pytest.fixture(scope="module")
def world(settings: Settings) -> World:
    return table_top(settings, tables())


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_table_export_or_command(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], audience: Audience
) -> None:
    found = asked(world, audience)
    assert_no_canary(words_of(found), audience, "answer", CANARIES)
    parts = list(cleared_parts(found))
    assert len(parts) == 5
    for part in parts:
        for content in (part.frame.to_csv(), *exports_of(part)):
            assert_no_canary(content, audience, part.view, CANARIES)
    toy_workspace(tmp_path / "w", tables()).close()
    assert (
        main(["queue", "--as-of", "2020-06-30", "--audience", str(audience), "--workspace", str(tmp_path / "w")]) == 0
    )
    printed = capsys.readouterr()
    assert_no_canary(printed.out + printed.err, audience, "queue", CANARIES)
    for canary, least in CANARIES.items():
        assert (canary in printed.out) == (least is not None and audience.may_see(least)), canary


def test_the_task_force_sees_each_request_and_who_waits_for_services_still(world: World) -> None:
    found = asked(world, TASK)
    assert found.requests.frame["request_id"].iloc[0] == "case-01"
    assert found.requests.frame["request_id"].iloc[-1] == "case-secret"
    assert found.requests.frame["age_days"].is_monotonic_decreasing
    assert found.referrals.frame["request_id"].tolist() == ["case-98"]
    assert found.referrals.frame["last_outcome"].tolist() == ["pending"]
    row = found.totals.frame.iloc[0]
    assert (row["requests"], row["several"], row["unreferred"]) == (14, 1, 15)
    waiting = found.waiting.frame.set_index("blocker")["requests"].to_dict()
    assert waiting == {"escort": 14, "actor_consent": 1}
    provinces = found.provinces.frame.set_index(["province", "blocker"])["requests"].to_dict()
    assert provinces == {("East", "escort"): 1, ("West", "escort"): 13, ("West", "actor_consent"): 1}


def test_below_it_only_rounded_numbers_at_the_end_of_a_month(world: World) -> None:
    for as_of in (DAY, dt.date(2020, 7, 1), dt.date(2020, 7, 30)):
        found = asked(world, CLUSTER, as_of)
        assert found.request.as_of == DAY
        assert found.totals.frame.to_dict("records") == [{"requests": 10}]
        assert found.waiting.frame.to_dict("records") == [{"blocker": "escort", "requests": 10}]
        assert found.provinces.frame.to_dict("records") == [{"province": "West", "blocker": "escort", "requests": 10}]
        assert found.requests.frame.empty
    assert asked(world, CLUSTER, dt.date(2020, 6, 29)).request.as_of == dt.date(2020, 5, 31)
    public = asked(world, PUBLIC)
    assert public.waiting.frame.to_dict("records") == [{"blocker": "escort", "requests": 10}]
    assert public.provinces.withheld
    assert public.provinces.frame.empty


@pytest.mark.parametrize("audience", [PUBLIC, CLUSTER])
def test_what_is_small_leaves_no_trace(settings: Settings, audience: Audience) -> None:
    few = table_top(settings, {**COUNTRY_TABLES, "requests": [waits(n) for n in range(4)]})
    none = table_top(settings, {**COUNTRY_TABLES, "requests": [waits(1, alerted_on="2021-01-01")]})
    told = [asked(one, audience) for one in (few, none)]
    assert words_of(told[0]) == words_of(told[1])
    for one, other in zip(*map(cleared_parts, told), strict=True):
        assert one.frame.empty
        assert one.statement == other.statement


REQUEST = st.fixed_dictionaries(
    {
        "site_id": st.sampled_from(["site-west", "site-east", "site-gone"]),
        "alerted_on": st.dates(dt.date(2020, 1, 1), DAY).map(dt.date.isoformat),
        "blocked_by": st.none() | st.lists(st.sampled_from(BLOCKERS[:3]), min_size=1, unique=True).map(";".join),
    }
)


@examples(max_examples=25)
@given(st.lists(REQUEST, max_size=25), st.sampled_from([PUBLIC, CLUSTER]))
def test_sums_and_differences_of_what_is_told_are_multiples(
    settings: Settings, rows: list[dict[str, Any]], audience: Audience
) -> None:
    world = table_top(settings, {**COUNTRY_TABLES, "requests": [waits(n, **row) for n, row in enumerate(rows)]})
    least = settings.audiences[audience].small_count
    told = [asked(world, audience, dt.date(2020, month, 28)) for month in (4, 6)]
    numbers = [
        int(number)
        for one in told
        for part in cleared_parts(one)
        if "requests" in part.columns
        for number in part.frame["requests"]
    ]
    assert all(number > 0 for number in numbers)
    assert all((a - b) % least == 0 for a, b in itertools.product([*numbers, 0], repeat=2))
    assert all(
        part.columns == [] or set(part.columns) <= {"requests", "blocker", "province"}
        for part in cleared_parts(told[0])
    )


def test_a_request_without_a_known_place_stays(settings: Settings) -> None:
    bare = {name: rows for name, rows in COUNTRY_TABLES.items() if name != "boundaries"}
    for given_tables in (COUNTRY_TABLES, bare):
        world = table_top(settings, {**given_tables, "requests": [waits(1, site_id="site-gone")]})
        found = asked(world, TASK)
        assert found.requests.frame["province"].tolist() == [NOT_KNOWN]
        assert found.requests.frame["site_id"].tolist() == ["site-gone"]


def test_no_requests_at_all(settings: Settings) -> None:
    found = asked(table_top(settings), TASK)
    assert found.requests.frame.empty
    assert found.totals.frame["requests"].tolist() == [0]


def test_the_queue_is_of_the_last_day_the_data_speak_of(world: World, settings: Settings) -> None:
    assert latest_day(world) == dt.date(2020, 6, 20)
    later = table_top(settings, {**COUNTRY_TABLES, "requests": [waits(1, alerted_on="2020-07-04")]})
    assert latest_day(later) == dt.date(2020, 7, 4)


def test_the_command_prints_the_golden_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        SECRET,
        waits(1, girls=1, sex_unknown=2, detained="yes"),
        waits(2, blocked_by=None, alerted_on="2020-06-30"),
    ]
    toy_workspace(tmp_path / "w", {**tables(), "requests": rows, "visits": []}).close()
    asking = ["queue", "--as-of", "2020-06-30", "--audience", "task_force", "--workspace", str(tmp_path / "w")]
    assert main(asking) == 0
    printed = json.loads(capsys.readouterr().out)
    golden = json.loads((GOLDEN / "queue.json").read_text(encoding="utf-8"))
    assert printed == golden


@pytest.mark.parametrize("words", [("--as-of", "yesterday"), ("--audience", "everybody"), ("--resolution", "4")])
def test_refusals_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["queue", *words, "--workspace", str(tmp_path)])
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_requests_are_edited_by_those_who_may_see_them(tmp_path: Path, settings: Settings) -> None:
    workspace = toy_workspace(tmp_path / "w", tables())
    world = World(workspace, settings)
    fields = {
        audience: {field.name for field in answer_form(world, "requests", "case-secret", audience=audience).fields}
        for audience in (TASK, CASE)
    }
    assert fields[CASE] - fields[TASK] == {"actor_id", "organisation"}
    assert {"blocked_by", "referral", "referred_on", "status", "girls", "service_min"} <= fields[TASK]
    change = Change(
        table="requests", record_id="case-secret", values={"blocked_by": "road; Flight"}, reason="bridge out", version=1
    )
    with pytest.raises(WithheldError, match="may not edit requests"):
        save_change(workspace, world, change, audience=CLUSTER)
    assert save_change(workspace, world, change, audience=TASK) == ("case-secret", 2)
    stored = workspace.table("requests").set_index("request_id").loc["case-secret"]
    assert (stored["blocked_by"], stored["organisation"]) == ("road;flight", "Receiver Dov")
    wrong = Change(table="requests", record_id="case-secret", values={"blocked_by": "mood"}, reason="x", version=2)
    with pytest.raises(SchemaError, match="not one of escort"):
        save_change(workspace, world, wrong, audience=TASK)
