"""Silent risks here: a name in the data that runs in the typesetter; a file that differs from one print to the next; a
site, hour or case code on a page of the cluster; a line that moves between the plan and the telephone."""

import datetime as dt
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from geo.answers.mission_files import CLEARANCE_COLUMNS
from geo.answers.mission_order import OrderAnswer, answer_order
from geo.answers.mission_records import mission_row
from geo.answers.missions import SignRequest, keep_draft, sign_mission
from geo.answers.world import World
from geo.errors import RequestError, UnknownRecordError, WithheldError
from geo.exports.mission_map import mission_map
from geo.exports.mission_order import order_pages, order_pdf
from geo.exports.mission_order_text import order_document, value_text
from geo.exports.tables import export_table
from geo.exports.tracks import export_tracks
from geo.missions.plans import Plan
from geo.model import Audience
from geo.settings import Settings
from geo.text import LANGUAGES, Language, Sentence
from geo.workspace import open_workspace
from tests.sample_plans import sample_plan
from tests.toy_country import toy_workspace
from tests.toy_missions import MONDAY, SIGNED_ON, TABLES, out_and_back

CASE, FORCE, CLUSTER, PUBLIC = Audience.CASE_TEAM, Audience.TASK_FORCE, Audience.CLUSTER, Audience.PUBLIC
TODAY = dt.date(2026, 11, 24)
PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = 'Kwisa #panic("x") $x^2$ \\ "q" *b* _i_ `r` @l <m> // c /* */ [d] {e} \u202e#eval("1")'
# What only some may read on an order, by the least audience that may.
SECRETS = {
    "Kwisaville": FORCE,
    "site-west": FORCE,
    "case-1": FORCE,
    "case-2": FORCE,
    "post-1": FORCE,
    "vehicle-1": FORCE,
    "Westbase": FORCE,
    "07:00": FORCE,
    "checkpoint-secret": FORCE,
    "orderly": FORCE,
    "0.987": FORCE,
    "head of field office": FORCE,
    "Reason Ulm": CASE,
    "0.901234": CASE,
    "0.50123": CASE,
}


@dataclass
class Printed:
    """An order with all that is made of it."""

    answer: OrderAnswer
    document: dict[str, Any]
    picture: bytes | None


def signed(folder: Path, settings: Settings, made: Plan, **rows: list[dict[str, Any]]) -> World:
    workspace = toy_workspace(folder, {**TABLES, **rows})
    request = SignRequest(
        plan=made, role="head of field office", reason="Reason Ulm", signed_on=SIGNED_ON, mission_id="mission-1"
    )
    sign_mission(workspace, World(workspace, settings), request, audience=CASE)
    return World(workspace, settings)


def printed(
    world: World, audience: Audience, language: Language = "en", mission_id: str = "mission-1", day: dt.date = SIGNED_ON
) -> Printed:
    answer = answer_order(world, mission_id, day, audience=audience)
    picture = mission_map(answer.tables, language=language, source="toy", date=day.isoformat())
    document = order_document(answer.tables, language=language, as_of=day, sources="toy", picture=picture is not None)
    return Printed(answer=answer, document=document, picture=picture)


def secret_plan() -> Plan:
    made, line = out_and_back(exposure=0.987), [(0.201234, 0.50123), (0.901234, 0.50123)]
    ways = (shapely.LineString(line), shapely.LineString(line[::-1]))
    return replace(made, legs=tuple(replace(leg, geometry=way) for leg, way in zip(made.legs, ways, strict=True)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> World:
    sites = [
        {**row, "name": "Kwisaville", "longitude": 0.901234, "latitude": 0.50123}
        if row["site_id"] == "site-west"
        else row
        for row in TABLES["sites"]
    ]
    constraints = [
        {"constraint_id": "checkpoint-secret", "kind": "checkpoint", "longitude": 0.5, "latitude": 0.5,
         "reported_on": "2020-06-10", "behaviour": "orderly", "operator_type": "militia", "source": "Informant Dov"},
        {"constraint_id": "curfew-1", "kind": "curfew", "longitude": 0.6, "latitude": 0.5, "hours": "20:00-05:00",
         "reported_on": "2020-06-11"},
    ]  # fmt: skip
    return signed(
        tmp_path_factory.mktemp("order") / "ws", settings, secret_plan(), sites=sites, constraints=constraints
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", [CLUSTER, FORCE, CASE])
def test_no_order_tells_its_audience_more_than_it_may_know(
    world: World, audience: Audience, language: Language
) -> None:
    made = printed(world, audience, language)
    tables = {view: table.frame.to_csv() + str(table.frame.to_dict()) for view, table in made.answer.tables.items()}
    text = json.dumps(made.document, ensure_ascii=False) + " ".join(tables.values())
    for secret, least in SECRETS.items():
        if not audience.may_see(least):
            assert secret not in text, secret
    assert ("Kwisaville" in text) is audience.may_see(FORCE)
    assert "Informant Dov" not in text
    assert (made.picture is None) is (audience == CLUSTER)


def test_the_cluster_learns_days_provinces_and_roles_and_no_map(world: World) -> None:
    made = printed(world, CLUSTER)
    titles = [section["title"] for section in made.document["sections"]]
    assert titles == ["In short", "Days", "Turning back", "Team, by post", "Vehicles", "What this rests on", "Sign-off"]
    (days,) = [section for section in made.document["sections"] if section["title"] == "Days"]
    assert [row["cells"] for row in days["rows"]] == [["Mon 29 Jun 2020", "West"]]
    assert made.document["headline"] == "Joint mission of 1 day, without escort"
    with pytest.raises(WithheldError, match="where routes run"):
        export_tracks(made.answer.tables["mission_legs"], format_name="gpx", provenance={})


def test_the_public_gets_no_order(world: World) -> None:
    answer = answer_order(world, "mission-1", SIGNED_ON, audience=PUBLIC)
    assert all(table.withheld for table in answer.tables.values())
    with pytest.raises(WithheldError, match="may not see single missions"):
        order_document(answer.tables, language="en", as_of=SIGNED_ON, sources="toy")


def test_one_order_one_audience(world: World) -> None:
    mixed = {
        **answer_order(world, "mission-1", SIGNED_ON, audience=CASE).tables,
        "mission_days": answer_order(world, "mission-1", SIGNED_ON, audience=CLUSTER).tables["mission_days"],
    }
    with pytest.raises(WithheldError, match="one order, one audience"):
        order_document(mixed, language="en", as_of=SIGNED_ON, sources="toy")


def test_the_order_tells_what_a_team_needs(world: World) -> None:
    sections = {section["title"]: section for section in printed(world, CASE).document["sections"]}
    assert [row["cells"][:5] for row in sections["Legs"]["rows"]] == [
        ["1", "Mon 29 Jun", "07:00", "09:00", "Westbase → Kwisaville"],
        ["2", "Mon 29 Jun", "11:00", "13:00", "Kwisaville → Westbase"],
    ]
    assert sections["Stops"]["rows"][0]["cells"] == ["1", "Mon 29 Jun", "09:00–11:00", "Kwisaville", "West", "case-1"]
    road = [row["cells"] for row in sections["On the way"]["rows"]]
    assert road[0] == ["1, 2", "curfew", "20:00-05:00", "Thu 11 Jun", "9 d", "1\u00a0h\u00a000"]
    assert road[1] == ["1, 2", "checkpoint", "held by: militia, orderly", "Wed 10 Jun", "10 d", "20\u00a0min"]
    told = sections["Turning back"]["items"]
    assert told[0].startswith("Do not leave Westbase for Kwisaville after 11:00 on Mon 29 Jun")
    assert "Curfew on leg 1, 20:00-05:00: off the road before it begins." in told
    assert sections["Medical posts near the way"]["rows"] == [["Westbase", "on the way of leg 1"]]
    assert [row["cells"][:2] for row in sections["Contacts, by role"]["rows"]] == [
        ["Signed off", "head of field office"],
        ["Radio room", "Westbase"],
        ["Team, child protection", "Westbase"],
        ["Medical post", "Westbase"],
    ]
    assert sections["Sign-off"]["lines"] == [
        "Signed off as head of field office on Sat 20 Jun 2020",
        "Reason: Reason Ulm",
    ]
    french = {section["title"]: section for section in printed(world, FORCE, "fr").document["sections"]}
    assert french["Signature"]["lines"][1] == "Motif\u202f: non communiqué à ce public destinataire"


def test_warnings_and_flights_stand_beneath_their_leg(tmp_path: Path, settings: Settings) -> None:
    made = out_and_back()
    told = (Sentence("warning_impassable", length=Sentence("km", km="12")), Sentence("warning_ferry"))
    legs = (replace(made.legs[0], warnings=told), replace(made.legs[1], segment_ids=()))
    order = printed(signed(tmp_path / "ws", settings, replace(made, legs=legs)), CASE, "fr")
    (ways,) = [section for section in order.document["sections"] if section["title"] == "Trajets"]
    assert [row["note"] for row in ways["rows"]] == [
        "12\u202fkm signalés ou vus impraticables en dernier\u202f; comptés comme retard\u202f; traverse une rivière par bac",
        "par air",
    ]
    content = export_tracks(order.answer.tables["mission_legs"], format_name="gpx", provenance={})
    assert b"counted as a delay, crosses a river by ferry" in content


def test_a_mission_by_air_does_not_call_the_way_far_from_help(tmp_path: Path, settings: Settings) -> None:
    made = out_and_back(mode="air", vehicle_ids=())
    flown = replace(made, legs=tuple(replace(leg, segment_ids=()) for leg in made.legs))
    order = printed(signed(tmp_path / "ws", settings, flown), CASE)
    (medical,) = [one for one in order.document["sections"] if one["title"].startswith("Medical")]
    assert medical["items"] == ["Not worked out for flights; ask before leaving."]
    (ways,) = [section for section in order.document["sections"] if section["title"] == "Legs"]
    assert ways["rows"][0]["cells"][7].startswith("≥")


def test_what_changed_since_stands_on_the_first_page(tmp_path: Path, settings: Settings) -> None:
    world = signed(tmp_path / "ws", settings, out_and_back())
    assert printed(world, CASE).document["alert"] is None
    workspace = open_workspace(tmp_path / "ws", author="test")
    workspace.edit("bases", "base-west", {"valid_to": "2020-06-25"}, reason="drawdown")
    workspace.edit("requests", "case-1", {"boys": 9}, reason="counted")
    alert = printed(World(workspace, settings), FORCE, "fr").document["alert"]
    assert alert["grave"]
    assert alert["title"].startswith("Dépassé")
    assert alert["lines"][0] == "Westbase est fermée le lun. 29 juin 2020, alors que le plan l’utilise"
    assert len(alert["lines"]) == 2
    assert printed(World(workspace, settings), CLUSTER).document["alert"] is None


def test_a_draft_says_that_nobody_signed(tmp_path: Path, settings: Settings) -> None:
    workspace = toy_workspace(tmp_path / "ws", TABLES)
    request = SignRequest(plan=out_and_back(), role="", reason="an option", signed_on=SIGNED_ON, mission_id="mission-1")
    keep_draft(workspace, World(workspace, settings), request, audience=CASE)
    document = printed(World(workspace, settings), CASE).document
    assert document["title"] == "Mission order, draft: not signed"
    assert document["sections"][-1]["lines"][0].startswith("Not signed.")


def test_a_mission_without_a_plan_has_no_order(sample_world: World) -> None:
    with pytest.raises(RequestError, match="no plan is on the record of mission-01"):
        answer_order(sample_world, "mission-01", MONDAY, audience=CASE)
    with pytest.raises(UnknownRecordError, match="no mission 'mission-99'"):
        answer_order(sample_world, "mission-99", MONDAY, audience=CASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_order_is_the_same_bytes(world: World, language: Language) -> None:
    one, other = (printed(world, CASE, language) for _ in range(2))
    assert one.picture == other.picture
    first = order_pdf(one.document, picture=one.picture)
    assert first.startswith(b"%PDF-")
    assert first == order_pdf(other.document, picture=other.picture)


def test_text_from_the_data_never_runs_in_the_typesetter(tmp_path: Path, settings: Settings) -> None:
    sites = [{**row, "name": HOSTILE} if row["site_id"] == "site-west" else row for row in TABLES["sites"]]
    partners = [{**row, "name": f"{HOSTILE} {number}"} for number, row in enumerate(TABLES["partners"])]
    hostile = out_and_back(dropped={"case-2": HOSTILE})
    workspace = toy_workspace(tmp_path / "ws", {**TABLES, "sites": sites, "partners": partners})
    request = SignRequest(plan=hostile, role=HOSTILE, reason=HOSTILE, signed_on=SIGNED_ON, mission_id="mission-1")
    sign_mission(workspace, World(workspace, settings), request, audience=CASE)
    made = printed(World(workspace, settings), CASE)
    plain = HOSTILE.replace("\u202e", " ")
    assert made.document["sections"][-1]["lines"][1] == f"Reason: {plain}"
    assert order_pdf(made.document, picture=made.picture).startswith(b"%PDF-")
    # The same pages with one letter for each sign that could mean something: as many pages, so nothing was swallowed.
    harmless = json.loads(json.dumps(made.document).replace("#", "x").replace("$", "x"))
    assert len(order_pages(made.document, picture=made.picture)) == len(order_pages(harmless, picture=made.picture))


def test_a_word_without_end_breaks_inside_its_cell(tmp_path: Path, settings: Settings) -> None:
    sites = [{**row, "name": "W" * 300} if row["site_id"] == "site-west" else row for row in TABLES["sites"]]
    made = printed(signed(tmp_path / "ws", settings, out_and_back(), sites=sites), CASE)
    (stops,) = [section for section in made.document["sections"] if section["title"] == "Stops"]
    assert max(map(len, stops["rows"][0]["cells"][3].split("\u200b"))) == 22
    assert all(page.startswith(PNG) for page in order_pages(made.document, picture=made.picture, ppi=40))


def test_a_picture_and_its_order_fit_each_other(world: World) -> None:
    made = printed(world, CASE)
    with pytest.raises(RequestError, match="do not fit"):
        order_pdf(made.document)
    with pytest.raises(RequestError, match="do not fit"):
        order_pdf({**made.document, "picture": False}, picture=made.picture)


@pytest.mark.parametrize(("format_name", "layer"), [("gpx", "tracks"), ("kml", "Routes"), ("gpkg", "routes")])
def test_legs_read_back_from_the_file_as_the_very_same_lines(
    world: World, tmp_path: Path, format_name: str, layer: str
) -> None:
    tables = answer_order(world, "mission-1", SIGNED_ON, audience=CASE).tables
    content = export_tracks(
        tables["mission_legs"], format_name=format_name, provenance={}, waypoints=tables["mission_waypoints"]
    )
    path = tmp_path / f"legs.{format_name}"
    path.write_bytes(content)
    back = pyogrio.read_dataframe(path, layer=layer)
    for read, leg, line in zip(back.geometry, secret_plan().legs, tables["mission_legs"].frame.geometry, strict=True):
        np.testing.assert_array_equal(shapely.get_coordinates(read), shapely.get_coordinates(line))
        np.testing.assert_array_equal(shapely.get_coordinates(read), shapely.get_coordinates(leg.geometry))
    if format_name == "gpx":
        assert b"<name>Leg 1, 2020-06-29</name>" in content
        points = pyogrio.read_dataframe(path, layer="waypoints")
        assert {"stop Kwisaville", "medical Westbase", "checkpoint", "curfew"} <= set(points["name"])


def test_the_clearance_table_has_posts_vehicles_and_legs(world: World) -> None:
    table = answer_order(world, "mission-1", SIGNED_ON, audience=FORCE).tables["clearance"]
    assert table.columns == CLEARANCE_COLUMNS
    rows = table.frame[["entry", "code", "organisation", "organisation_type", "role", "from_place"]]
    assert rows.astype(object).where(rows.notna(), None).to_numpy().tolist() == [
        ["post", "post-1", "Mission Toy", "mission", "child_protection", None],
        ["post", "post-2", "Aide Locale", "national_ngo", "interviewer", None],
        ["vehicle", "vehicle-1", "Mission Toy", "mission", "4x4", None],
        ["leg", None, None, None, None, "Westbase"],
        ["leg", None, None, None, None, "Kwisaville"],
    ]
    text = export_table(table, format_name="csv", provenance={"made_by": "Piste"}).decode()
    assert text.startswith(",".join(CLEARANCE_COLUMNS))
    assert text.count("\n") == 6


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0.0036, "0.0036", "0,0036"),
        (0, "0", "0"),
        (0.4234, "0.42", "0,42"),
        (12.3, "12", "12"),
        (2469, "2,469", "2\u202f469"),
        (np.nan, "–", "–"),
    ],
)
def test_small_numbers_keep_two_digits_that_mean_something(value: float, english: str, french: str) -> None:
    assert value_text(value, "en") == english
    assert value_text(value, "fr") == french


@pytest.fixture(scope="module")
def sample_orders(sample_folder: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The sample with two missions signed: one stop in a day, twelve in four."""
    folder = tmp_path_factory.mktemp("orders") / "ws"
    shutil.copytree(sample_folder, folder)
    workspace = open_workspace(folder, author="test")
    world = World(workspace, settings)
    for mission_id, stops, days in (("mission-1", 1, 1), ("mission-12", 12, 4)):
        made = sample_plan(world, stops, days=days, base_id="base-02")
        request = SignRequest(plan=made, role="head of office", reason="waits", signed_on=TODAY, mission_id=mission_id)
        # A signature plans its requests, so each is made over what stands after the one before.
        sign_mission(workspace, World(workspace, settings), request, audience=CASE)
    return World(workspace, settings)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("mission_id", "stops", "legs"), [("mission-1", 1, 2), ("mission-12", 12, 16)])
def test_orders_of_one_stop_and_of_twelve_fit_their_pages(
    sample_orders: World, mission_id: str, stops: int, legs: int, language: Language
) -> None:
    order = printed(sample_orders, CASE, language, mission_id, TODAY)
    assert 2 <= len(order_pages(order.document, picture=order.picture, ppi=40)) <= 4
    rows = {section["title"]: section.get("rows", []) for section in order.document["sections"]}
    assert len(rows["Stops" if language == "en" else "Étapes"]) == stops
    assert len(rows["Legs" if language == "en" else "Trajets"]) == legs


def test_a_task_force_gets_the_line_it_drives_and_neither_a_site_nor_the_point_of_the_road_beside_it(
    sample_orders: World,
) -> None:
    legs = {
        audience: answer_order(sample_orders, "mission-12", TODAY, audience=audience).tables["mission_legs"].frame
        for audience in (FORCE, CASE)
    }
    roads = {tuple(point) for point in shapely.get_coordinates(sample_orders.roads.geometry)}
    kept = 0
    for seen, planned in zip(legs[FORCE]["geometry"], sample_orders_lines(sample_orders), strict=True):
        for told, true in zip(shapely.get_coordinates(seen), shapely.get_coordinates(planned), strict=True):
            on_road = tuple(true) in roads
            kept += on_road
            np.testing.assert_array_equal(told, true if on_road else true.round(3))
    assert kept > 100
    sites = sample_orders.records("sites")[["longitude", "latitude"]].to_numpy()
    ends = {tuple(point) for line in legs[FORCE]["geometry"] for point in shapely.get_coordinates(line)[[0, -1]]}
    assert not ends & {
        tuple(point) for point in sites if tuple(point) not in roads and tuple(point.round(3)) != tuple(point)
    }


def sample_orders_lines(world: World) -> list[shapely.LineString]:
    """Lines of the mission's legs as they were planned."""
    return [leg.geometry for leg in mission_row(world, "mission-12")[1].legs]
