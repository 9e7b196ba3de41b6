"""Silent risks here: a duty shown as on course whose heir closes first; a handed-over duty that nobody looks at again
when its receiver ends; a base thinned whose network is thought to go on; a duty nobody wrote down that stays unseen;
a negotiation mandate, or the free text of a duty, told to who may not have it; a small number told by subtraction."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from geo.answers.editing import Change, answer_form, save_change
from geo.answers.handover import HandoverRequest, answer_handover
from geo.answers.handover_checklist import AdoptRequest, adopt_checklist, answer_checklist
from geo.answers.world import World
from geo.drawdown.handover import assess_duties, due_day, total_duties
from geo.drawdown.lifetimes import Lifetimes, lifetimes
from geo.drawdown.missing_duties import find_missing, records_in
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.errors import RequestError, StaleVersionError, UnknownRecordError, WithheldError
from geo.model import Audience
from geo.schema import DUTIES
from geo.settings import Settings
from tests.toy_country import table_top, toy_workspace
from tests.toy_readings import base, reading_of

DAY = dt.date(2026, 6, 1)
CLOSES = dt.date(2026, 9, 1)  # first day without base "north"; "heir" is gone a day later, "early" the same day
LIVES = Lifetimes(
    bases={"north": CLOSES, "heir-base": dt.date(2026, 9, 2), "gone": dt.date(2026, 3, 1)},
    why={"north": "its record ends", "heir-base": "planned", "gone": "it has closed"},
    capabilities={("thin", "alert_hub"): dt.date(2026, 7, 1)},
    organisations={"Early": CLOSES, "Later": dt.date(2026, 9, 2), "Over": dt.date(2026, 5, 1)},
)


def duty(**values: Any) -> dict[str, Any]:
    """A duty that is on course: agreed, paid for, due on the last of August."""
    usual = {"duty_id": "d", "base_id": "north", "kind": "database", "receiver": "Steady", "status": "agreed",
             "hand_over_by": "2026-08-31", "funded": "yes"}  # fmt: skip
    return {**usual, **values}


def assessed(settings: Settings, **values: Any) -> dict[str, Any]:
    rows = reading_of("duties", [duty(**values)]).frame
    before = rows.copy()
    table = assess_duties(rows, LIVES, day=values.pop("day", DAY), settings=settings.handover)
    pd.testing.assert_frame_equal(rows, before)
    return dict(table.iloc[0].to_dict())


@pytest.mark.parametrize(
    ("values", "state", "why"),
    [
        ({}, "on_course", ""),
        ({"receiver": "", "status": "planned"}, "orphaned", "nobody is named"),
        ({"status": "declined"}, "orphaned", "has declined"),
        ({"receiver": "Early"}, "orphaned", "until 2026-08-31 only"),  # gone on the base's own last day
        ({"receiver": "Later"}, "on_course", ""),  # one day more is enough
        ({"receiver_base_id": "heir-base"}, "on_course", ""),
        ({"receiver_base_id": "gone"}, "orphaned", "until 2026-02-28 only"),
        ({"funded": "no"}, "orphaned", "not paid for"),
        ({"funded": "unknown"}, "on_course", ""),  # not known is not "no"
        ({"funded_until": "2026-08-31"}, "orphaned", "paid for it until 2026-08-31"),
        ({"funded_until": "2026-09-01"}, "on_course", ""),  # the first day without the base
        ({"base_id": "gone"}, "orphaned", "before it was handed over"),
        ({"hand_over_by": "2026-06-01"}, "on_course", ""),  # the last day still counts
        ({"hand_over_by": "2026-05-31"}, "late", "was due on 2026-05-31"),
        ({"status": "not_needed"}, "not_needed", ""),
        ({"status": "handed_over", "accepted_on": "2026-06-01", "base_id": "gone"}, "handed_over", ""),
        ({"status": "handed_over", "accepted_on": "2026-06-02", "base_id": "gone"}, "orphaned", "before it was handed"),
        ({"status": "handed_over", "accepted_on": "2026-04-01", "receiver": "Over"}, "orphaned", "until 2026-04-30 only"),
        ({"status": "handed_over", "accepted_on": "2026-04-01", "receiver": "Early"}, "handed_over", ""),  # still there
        ({"status": "handed_over", "accepted_on": "2026-04-01", "funded_until": "2026-05-31"}, "orphaned", "paid for it"),
        ({"base_id": "thin", "kind": "alert_network", "hand_over_by": ""}, "on_course", ""),  # due today, 30 days before 1 July
        ({"base_id": "thin", "hand_over_by": ""}, "on_course", ""),  # the base itself stays
    ],
)  # fmt: skip
def test_where_a_duty_stands(values: dict[str, Any], state: str, why: str, settings: Settings) -> None:
    found = assessed(settings, **values)
    assert found["state"] == state
    assert why in (found["why"] if isinstance(found["why"], str) else "")


def test_a_duty_that_is_agreed_has_a_receiver_and_one_handed_over_a_day() -> None:
    rows = pd.DataFrame([duty(receiver=None), duty(duty_id="e", status="handed_over")], dtype=object)
    checked = DUTIES.check(rows.reindex(columns=DUTIES.column_names))
    assert checked.rejects[["column", "reason"]].to_numpy().tolist() == [
        ["receiver", "a duty that is agreed needs receiver"],
        ["accepted_on", "a duty that is handed_over needs accepted_on"],
    ]


def test_a_duty_is_due_at_the_latest_on_the_last_day_of_its_base(settings: Settings) -> None:
    rules = settings.handover
    assert due_day(dt.date(2026, 12, 1), CLOSES, settings=rules) == dt.date(2026, 8, 31)
    assert due_day(None, CLOSES, settings=rules) == dt.date(2026, 8, 2)  # 30 days before
    assert due_day(None, None, settings=rules) is None
    assert assessed(settings)["days_left"] == 91
    assert pd.isna(assessed(settings, base_id="stays", hand_over_by="")["days_left"])


def test_totals_count_each_duty_once_and_tell_the_next_closing(settings: Settings) -> None:
    rows = reading_of("duties", [duty(duty_id="a"), duty(duty_id="b", status="not_needed"),
                                 duty(duty_id="c", receiver="", status="planned")]).frame  # fmt: skip
    table = assess_duties(rows, LIVES, day=DAY, settings=settings.handover)
    totals = total_duties(table, LIVES, day=DAY)
    assert (totals["duties"], totals["orphaned"], totals["on_course"]) == (2, 1, 1)
    assert (totals["next_closing"], totals["days_to_next"]) == (pd.Timestamp(CLOSES), 92)
    nothing = assess_duties(DUTIES.empty(), LIVES, day=DAY, settings=settings.handover)
    assert total_duties(nothing, LIVES, day=DAY)["duties"] == 0


BASES = [
    base("north", name="North", country="XTO", longitude=0.2, latitude=0.2, alert_hub="yes", child_protection_staff=2,
         organisation="Mission", organisation_type="mission", valid_to="2026-08-31"),
    base("south", name="South", country="XTO", longitude=0.2, latitude=-0.8, alert_hub="yes", child_protection_staff=1,
         organisation="Steady", organisation_type="national_ngo"),
]  # fmt: skip
PARTNERS = [{"partner_id": "p", "name": "Brief", "organisation_type": "ingo", "valid_to": "2026-07-31"}]
CLOSE_SOUTH = Scenario(name="s", phases=(
    Phase(name="one", begins_on=dt.date(2026, 8, 1), measures=(Measure(kind="close", base_id="south"),)),
))  # fmt: skip


def frames(*names: str) -> tuple[pd.DataFrame, ...]:
    rows = {"bases": BASES, "partners": PARTNERS}
    return tuple(reading_of(name, rows[name]).frame for name in names)


def test_a_base_ends_with_its_record_or_the_scenario_whichever_is_first(settings: Settings) -> None:
    bases, partners = frames("bases", "partners")
    opened = bases.assign(open_basis="", escort_possible=False)

    def ends(scenario: Scenario | None) -> Lifetimes:
        return lifetimes(opened, bases, partners, as_of=DAY, scenario=scenario, settings=settings)

    assert dict(ends(None).bases) == {"north": CLOSES}
    assert dict(ends(None).organisations) == {"Mission": CLOSES, "Brief": dt.date(2026, 8, 1)}
    closed = ends(CLOSE_SOUTH)
    assert closed.bases["south"] == dt.date(2026, 8, 1)
    assert closed.organisations["Steady"] == dt.date(2026, 8, 1)
    thinned = Scenario(name="t", keep=("north",), phases=(
        Phase(name="one", begins_on=dt.date(2026, 7, 1),
              measures=(Measure(kind="thin", base_id="south", leaves=("military_only",)),)),
    ))  # fmt: skip
    kept = ends(thinned)
    assert dict(kept.bases) == {}
    assert kept.of_duty("south", "alert_hub") == dt.date(2026, 7, 1)
    assert kept.of_duty("south", None) is None


def test_duties_nobody_wrote_down_are_found(settings: Settings) -> None:
    (bases,) = frames("bases")
    requests = pd.DataFrame(
        {"request_id": ["near", "far", "southern", "nowhere"], "longitude": [0.2, 5.0, 0.2, None],
         "latitude": [0.5, 5.0, -0.7, None]}
    )  # fmt: skip
    vehicles = pd.DataFrame({"vehicle_id": ["jeep", "truck", "other"], "base_id": ["north", "north", "south"]})

    def found(*rows: dict[str, Any]) -> list[tuple[str, str, Any]]:
        duties = reading_of("duties", list(rows)).frame if rows else DUTIES.empty()
        table = find_missing(
            duties, bases, lives=LIVES, requests=requests, vehicles=vehicles, settings=settings.handover
        )
        return [tuple(row) for row in table[["base_id", "kind", "record_ids"]].to_numpy().tolist()]

    # The south stays, so it hands nothing over; 5 degrees away is near to no base.
    assert [row[:2] for row in found()] == [("north", "alert_network"), ("north", "open_request"), ("north", "vehicle")]
    assert [row[2] for row in found()][1:] == ["near", "jeep;truck"]
    named = duty(kind="vehicle", record_ids="jeep")
    assert found(named, duty(duty_id="e", kind="alert_network"))[-1] == ("north", "vehicle", "truck")
    # One without records stands for all of its kind; one that is not needed stands for nothing.
    assert "vehicle" not in [row[1] for row in found(duty(kind="vehicle"))]
    assert "vehicle" in [row[1] for row in found(duty(kind="vehicle", status="not_needed"))]
    assert records_in(["a; b", None, "b;c"]) == ["a", "b", "c"]


CANARIES = {"Qualtext": Audience.CASE_TEAM, "Evidtext": Audience.CASE_TEAM, "Mandorg": Audience.CASE_TEAM,
            "duty-plain": Audience.TASK_FORCE, "Heirorg": Audience.TASK_FORCE, "Northbase": Audience.TASK_FORCE}  # fmt: skip
ROWS = [
    duty(duty_id="duty-plain", what="Qualtext", evidence="Evidtext", receiver="Heirorg"),
    duty(duty_id="duty-mandate", kind="negotiation_mandate", receiver="Mandorg"),
]


def world_of(settings: Settings, rows: list[dict[str, Any]] | None = None) -> World:
    bases = [{**BASES[0], "name": "Northbase"}, BASES[1]]
    return table_top(settings, {"bases": bases, "partners": PARTNERS, "duties": ROWS if rows is None else rows})


@pytest.mark.parametrize("audience", list(Audience))
def test_each_audience_meets_only_what_is_for_it(audience: Audience, settings: Settings) -> None:
    found = answer_handover(world_of(settings), HandoverRequest(as_of=DAY, scenario=CLOSE_SOUTH), audience=audience)
    parts = (found.ledger, found.bases, found.totals)
    text = " ".join(part.frame.to_csv() + str(part.statement) for part in parts) + " ".join(found.notes)
    for canary, least in CANARIES.items():
        assert (canary in text) == audience.may_see(least), canary
    if audience == Audience.TASK_FORCE:
        assert found.totals.frame.loc[0, "duties"] == len(found.ledger.frame) == 3  # with the two networks, no mandate
    if audience == Audience.CLUSTER:
        assert found.totals.frame.loc[0, "duties"] == 0  # 3, rounded down to a multiple of 5
        assert set(found.totals.columns) == {"duties", "orphaned", "missing", "late", "on_course", "handed_over"}
    if audience == Audience.PUBLIC:
        assert found.totals.withheld
        assert found.notes == ()


def test_a_question_that_does_not_fit_is_refused_without_telling_of_bases(settings: Settings) -> None:
    world, strange = world_of(settings), HandoverRequest(as_of=DAY, base_ids=("base-zz",))
    with pytest.raises(UnknownRecordError, match=r"^no base 'base-zz' is on record"):
        answer_handover(world, strange, audience=Audience.TASK_FORCE)
    with pytest.raises(UnknownRecordError, match=r"^no base of that id is on record"):
        answer_handover(world, strange, audience=Audience.PUBLIC)
    wrong = HandoverRequest(as_of=DAY, scenario=Scenario(name="x", keep=("base-zz",)))
    with pytest.raises(RequestError, match=r"^the scenario does not fit the bases of the day; check its ids$"):
        answer_handover(world, wrong, audience=Audience.PUBLIC)


@pytest.mark.parametrize("audience", list(Audience))
def test_duties_found_missing_are_told_where_no_row_of_the_ledger_is(audience: Audience, settings: Settings) -> None:
    """As in a workspace made before there was a ledger."""
    asked = HandoverRequest(as_of=DAY, scenario=CLOSE_SOUTH)
    found = answer_handover(world_of(settings, []), asked, audience=audience).ledger.frame
    if audience.may_see(Audience.TASK_FORCE):
        assert len(found)
        assert found["state"].eq("missing").all()
        assert found["receiver"].isna().all()


@pytest.fixture
def store(tmp_path: Any) -> Any:
    return toy_workspace(tmp_path / "ws", {"bases": BASES, "partners": PARTNERS, "duties": ROWS})


def test_who_may_not_know_of_a_mandate_may_not_open_or_change_it(store: Any, settings: Settings) -> None:
    world = World(store, settings)
    change = Change(table="duties", record_id="duty-mandate", values={"receiver": "X"}, reason="r", version=1)
    with pytest.raises(WithheldError, match="may not edit this duty"):
        answer_form(world, "duties", "duty-mandate", audience=Audience.TASK_FORCE)
    with pytest.raises(WithheldError, match="may not edit this duty"):
        save_change(store, world, change, audience=Audience.TASK_FORCE)
    assert save_change(store, world, change, audience=Audience.CASE_TEAM) == ("duty-mandate", 2)
    form = answer_form(world, "duties", "duty-plain", audience=Audience.TASK_FORCE)
    assert not {"what", "evidence"} & ({field.name for field in form.fields} | set(form.record.columns))
    with pytest.raises(WithheldError):
        answer_form(world, "duties", "duty-plain", audience=Audience.CLUSTER)


def test_a_checklist_is_adopted_once_as_planned_duties(store: Any, settings: Settings) -> None:
    world = World(store, settings)
    offered = answer_checklist(world, "north", DAY, audience=Audience.CASE_TEAM).frame
    # It has a database and a mandate already.
    assert list(offered["item"]) == ["network", "vehicles", "it", "requests", "focal_point", "monitoring"]
    assert "mandate" not in set(answer_checklist(world, "south", DAY, audience=Audience.TASK_FORCE).frame["item"])
    assert "mandate" in set(answer_checklist(world, "south", DAY, audience=Audience.CASE_TEAM).frame["item"])
    assert answer_checklist(world, "north", DAY, audience=Audience.CLUSTER).withheld
    request = AdoptRequest(base_id="north", as_of=DAY, reason="workshop", items=("network", "it"))
    written = adopt_checklist(store, world, request, audience=Audience.TASK_FORCE)
    assert written == [("north-network", 1), ("north-it", 1)]
    rows = World(store, settings).records("duties").set_index("duty_id")
    assert rows.loc["north-network", "hand_over_by"] == pd.Timestamp("2026-07-03")  # 60 days before 1 September
    assert rows.loc["north-it", ["status", "holder", "funded"]].tolist() == ["planned", "Mission", "unknown"]
    with pytest.raises(RequestError, match="offers north no network"):
        adopt_checklist(store, World(store, settings), AdoptRequest(base_id="north", as_of=DAY, reason="x",
                        items=("network",)), audience=Audience.TASK_FORCE)  # fmt: skip
    with pytest.raises(StaleVersionError):  # who looked before it was adopted
        adopt_checklist(store, world, request, audience=Audience.TASK_FORCE)
    with pytest.raises(RequestError, match="give a reason"):
        adopt_checklist(
            store, world, AdoptRequest(base_id="north", as_of=DAY, reason=" "), audience=Audience.TASK_FORCE
        )
    with pytest.raises(WithheldError):
        adopt_checklist(store, world, request, audience=Audience.CLUSTER)


def test_the_sample_has_duties_in_every_state(sample_world: World) -> None:
    request = HandoverRequest(as_of=sample_world.latest_date)
    found = answer_handover(sample_world, request, audience=Audience.CASE_TEAM)
    totals = found.totals.frame.iloc[0]
    assert totals[["duties", "orphaned", "missing", "late", "on_course", "handed_over"]].tolist() == [
        33,
        7,
        14,
        1,
        7,
        4,
    ]
    by_base = found.bases.frame
    assert int(by_base["duties"].sum()) == 33
    assert int(by_base["nobody"].sum()) == 21
