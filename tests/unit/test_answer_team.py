"""Silent risks here: who the children are told by what a team needs; posts, cases or conflicts of interest shown to an
audience that may not know them, in a row, a sentence or a refusal; a team made of people a day's drive away."""

import datetime as dt
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from geo.answers.team import TeamAnswer, TeamGapsAnswer, answer_team, answer_team_gaps
from geo.answers.world import World
from geo.errors import RequestError, SettingsError, UnknownRecordError, WithheldError
from geo.exports.tables import export_table
from geo.model import AccessMode, Audience, TeamGapsRequest, TeamRequest
from geo.redaction import Cleared, describe
from geo.settings import Settings, read_settings
from tests.conftest import ROOT
from tests.toy_country import BASES, COUNTRY_TABLES, table_top

DAY = dt.date(2020, 6, 30)  # a Tuesday; the base in the east closes that day
ASKED = TeamRequest(base_id="base-west", departs_on=DAY, returns_on=DAY, request_ids=("case-1", "case-2"))
GAPS = TeamGapsRequest(as_of=DAY, limit_min=150)
TASK = Audience.TASK_FORCE
WANTED = "one more interpreter who speaks collines"
# Canary -> the most redacted audience that may meet it.
CANARIES = {
    "post-": TASK,
    "wagon-": TASK,
    "case-": TASK,
    "site-": TASK,
    "Eastville": TASK,
    "base-": TASK,
    "Relaisorg": TASK,
    "XTO-E": TASK,
    "collines": TASK,
    "absent": TASK,
    "Zorgactor": Audience.CASE_TEAM,
    "XTO-W9": Audience.CASE_TEAM,
}


def _staff(staff_id: str, partner_id: str, **values: Any) -> dict[str, Any]:
    usual = {
        "role": "interviewer",
        "woman": "no",
        "interviewer": "yes",
        "trauma_informed": "yes",
        "languages": "french",
    }
    return {"staff_id": staff_id, "partner_id": partner_id, **usual, **values}


def _request(request_id: str, site_id: str, **values: Any) -> dict[str, Any]:
    usual = {"alerted_on": "2020-05-01", "status": "open", "girls": 0, "boys": 1, "sex_unknown": 0}
    return {"request_id": request_id, "site_id": site_id, **usual, **values}


TABLES: dict[str, list[dict[str, Any]]] = {
    **COUNTRY_TABLES,
    "bases": [*BASES[:1], {**BASES[1], "hosts_partners": "yes"}],
    "partners": [
        {"partner_id": "un", "name": "Mission", "organisation_type": "mission", "base_id": "base-west"},
        {"partner_id": "ngo", "name": "Relaisorg", "organisation_type": "national_ngo", "base_id": "base-east"},
    ],
    "staff": [
        _staff("post-man", "un", conflicts="XTO-W9;Zorgactor"),
        _staff("post-woman", "ngo", woman="yes"),
        _staff("post-away", "ngo", woman="yes", languages="collines", absent="2020-06-29/2020-06-30"),
    ],
    "fleet": [{"vehicle_id": "wagon-1", "partner_id": "un", "vehicle": "4x4", "seats": 4}],
    "requests": [
        _request("case-1", "site-west", girls=2),
        _request("case-2", "site-east", languages="collines"),
        _request("case-3", "site-north", girls=1, actor_id="zorgactor"),
    ],
}


@pytest.fixture
def world(settings: Settings) -> World:
    return table_top(settings, TABLES)


def parts(answer: TeamAnswer | TeamGapsAnswer) -> dict[str, Cleared]:
    held = {field.name: getattr(answer, field.name) for field in fields(answer)}
    return {name: part for name, part in held.items() if isinstance(part, Cleared)}


def test_a_team_for_one_request(world: World) -> None:
    answer = answer_team(world, replace(ASKED, request_ids=("case-1",)), audience=TASK)
    assert answer.team.frame["staff_id"].tolist() == ["post-man", "post-woman"]
    assert answer.team.frame["organisation"].tolist() == ["Mission", "Relaisorg"]
    assert answer.vehicles.frame["vehicle_id"].tolist() == ["wagon-1"]
    assert answer.needs.frame.to_dict("records") == [
        {"request_id": "case-1", "site_id": "site-west", "interviews": True, "girls": True, "languages": None,
         "p_code": "XTO-W"},
    ]  # fmt: skip
    totals = answer.totals.frame.loc[0].to_dict()
    assert totals == {"possible": True, "people": 3, "drivers": 1, "vehicles": 1, "organisations": 2, "posts_free": 2,
                      "women_interviewers_free": 1, "vehicles_free": 1}  # fmt: skip
    assert answer.changes.frame.empty


def test_what_would_make_a_mission_possible(world: World) -> None:
    answer = answer_team(world, ASKED, audience=TASK)
    assert answer.team.frame.empty
    assert answer.shortages.frame["text"].tolist() == [
        "interviewers or interpreters who speak collines: 1 needed, 0 free"
    ]
    assert answer.changes.frame["text"].tolist() == [
        f"{WANTED} on Tuesday 30 June (post-away would do: absent from 29 to 30 June 2020)",
        "move to Wednesday 1 July",
        "leave out case-2 (needs collines)",
    ]
    past = answer_team(world, replace(ASKED, not_before=DAY + dt.timedelta(days=8)), audience=TASK)
    assert "day" not in set(past.changes.frame["kind"])


def test_who_is_too_far_stays_away(settings: Settings) -> None:
    """180 minutes from the other base: with two hours allowed the woman does not come."""
    near = settings.model_copy(update={"teams": settings.teams.model_copy(update={"join_most_hours": 2.0})})
    answer = answer_team(table_top(near, TABLES), replace(ASKED, request_ids=()), audience=TASK)
    assert answer.away.frame.set_index("who_id")["reason"]["post-woman"] == (
        "its base base-east is not within 2 hours of where the mission leaves"
    )
    exact = settings.model_copy(update={"teams": settings.teams.model_copy(update={"join_most_hours": 3.0})})
    answer = answer_team(table_top(exact, TABLES), replace(ASKED, request_ids=()), audience=TASK)
    assert answer.team.frame["staff_id"].tolist() == ["post-man", "post-woman"]


def test_a_conflict_with_an_actor_keeps_a_post_away_and_is_told_to_the_case_team_only(world: World) -> None:
    asked = replace(ASKED, request_ids=("case-3",))
    told = {audience: answer_team(world, asked, audience=audience) for audience in (TASK, Audience.CASE_TEAM)}
    for answer in told.values():
        assert answer.away.frame.set_index("who_id")["reason"]["post-man"] == "has a conflict of interest"
        assert answer.shortages.frame["resource"].tolist() == ["un_staff"]
    assert "conflicts" not in told[TASK].away.columns
    assert told[Audience.CASE_TEAM].away.frame.set_index("who_id")["conflicts"]["post-man"] == "XTO-W9;Zorgactor"


def test_where_a_team_could_go(world: World) -> None:
    """The base in the west gets to two sites; in the east, the woman who speaks collines, absent or not."""
    answer = answer_team_gaps(world, GAPS, audience=TASK)
    rows = answer.sites.frame.set_index("site_id")
    assert rows["met"].to_dict() == {"site-west": True, "site-north": True, "site-east": True}
    assert rows["base_id"].to_dict() == {"site-west": "base-west", "site-north": "base-east", "site-east": "base-east"}
    assert rows["languages"].to_dict() == {"site-west": "", "site-north": "collines", "site-east": "collines"}
    assert rows["languages_basis"].tolist() == ["not known", "requests in the district", "requests here"]
    assert answer.totals.frame.to_dict("records") == [{"reason": "met", "sites": 3}]
    assert int(answer.districts.frame["sites"].sum()) == 3
    short = answer_team_gaps(world, replace(GAPS, limit_min=30), audience=TASK).sites.frame.set_index("site_id")
    assert short["short"].to_dict() == {"site-west": "reach", "site-north": "reach", "site-east": ""}


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_requests_are_not_named_to_those_who_may_not_see_them(world: World, audience: Audience) -> None:
    for ids in (("case-1",), ("ghost",)):
        with pytest.raises(WithheldError, match="single requests are withheld") as refusal:
            answer_team(world, replace(ASKED, request_ids=ids), audience=audience)
        assert "case-" not in str(refusal.value)


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_answer_or_export(world: World, audience: Audience) -> None:
    named = audience.may_see(TASK)
    asked = [replace(ASKED, request_ids=()), *([ASKED, replace(ASKED, request_ids=("case-3",))] if named else [])]
    answers = [answer_team(world, one, audience=audience) for one in asked]
    gaps = [answer_team_gaps(world, replace(GAPS, limit_min=limit), audience=audience) for limit in (30, 150)]
    text = ""
    for answer in (*answers, *gaps):
        for part in parts(answer).values():
            text += part.frame.to_csv() + str(part.statement) + str(describe(part.statement))
            text += export_table(part, format_name="json", provenance={}).decode() if len(part.columns) else ""
    for canary, least in CANARIES.items():
        if not audience.may_see(least):
            assert canary not in text, canary
        elif audience == Audience.CASE_TEAM:
            assert canary in text, canary  # else the search would prove nothing
    assert ("women_interviewers_free" in answers[0].totals.columns) == audience.may_see(Audience.CLUSTER)


def test_the_public_sees_nothing_not_even_how_much(world: World) -> None:
    answer = answer_team(world, replace(ASKED, request_ids=()), audience=Audience.PUBLIC)
    for part in (*parts(answer).values(), *parts(answer_team_gaps(world, GAPS, audience=Audience.PUBLIC)).values()):
        assert part.withheld
        assert part.statement.rows_before is None


def test_small_numbers_of_sites_are_withheld_from_the_cluster(world: World) -> None:
    """Three sites are fewer than five, met or not."""
    assert answer_team_gaps(world, GAPS, audience=Audience.CLUSTER).totals.frame.empty


@pytest.mark.parametrize("audience", list(Audience))
def test_an_unknown_base_or_request_is_refused(world: World, audience: Audience) -> None:
    with pytest.raises(UnknownRecordError, match="no base 'ghost' is open on 2020-06-30") as refusal:
        answer_team(world, replace(ASKED, base_id="ghost", request_ids=()), audience=audience)
    assert ("base-west" in str(refusal.value)) == audience.may_see(TASK)
    if audience.may_see(TASK):
        with pytest.raises(UnknownRecordError, match="no request 'ghost' is on record"):
            answer_team(world, replace(ASKED, request_ids=("ghost",)), audience=audience)


def test_questions_that_cannot_be_meant() -> None:
    later = DAY + dt.timedelta(days=1)
    with pytest.raises(RequestError, match="before it departs"):
        TeamRequest(base_id="b", departs_on=later, returns_on=DAY)
    with pytest.raises(RequestError, match="at most 60 days"):
        TeamRequest(base_id="b", departs_on=DAY, returns_on=DAY + dt.timedelta(days=60))
    with pytest.raises(RequestError, match="named twice"):
        TeamRequest(base_id="b", departs_on=DAY, returns_on=DAY, request_ids=("c", "c"))
    with pytest.raises(RequestError, match="teams do not"):
        TeamGapsRequest(as_of=DAY, limit_min=60, mode=AccessMode.ALERT)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("least_un_staff = 1", "least_un_staff = 4", "least_un_staff = 4 is more than a team may have people"),
        ("least_un_staff = 1", "least_un_staff = 2", "more than discreet_most_un_staff allows"),
        ("least_women = 1", "least_women = 9", "least_women = 9 is more than a team"),
        ('local_partners = ["national_ngo"]', 'local_partners = ["friends"]', "unknown kinds"),
        ('drivers = "organisation"', 'drivers = "nobody"', r"teams\.drivers"),
        ("join_most_hours = 8.0", "join_most_hours = 0", r"teams\.join_most_hours"),
    ],
)
def test_rules_nobody_could_keep_refuse_to_start(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "config.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError, match=reason):
        read_settings(path)
