"""Silent risks here: an English sentence in the middle of a French order or of its files, because one reason, warning
or change has no French; a column of the French form under its English name."""

import datetime as dt
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from geo.answers.mission_files import CLEARANCE_COLUMNS
from geo.answers.mission_order import OrderAnswer, answer_order
from geo.answers.missions import SignRequest, sign_mission
from geo.answers.plan import answer_plan
from geo.answers.world import World
from geo.exports.clearance import clearance_form
from geo.exports.mission_order_rules import unit_text
from geo.exports.mission_order_text import order_document
from geo.exports.provenance import provenance_of
from geo.exports.tracks import export_tracks
from geo.missions.plans import Plan
from geo.model import Audience, PlanRequest, Season
from geo.settings import Settings
from geo.text import Language, Sentence, catalogue, join_sentences
from geo.workspace import open_workspace

PLANNED, LEAVES = dt.date(2026, 9, 30), dt.date(2026, 10, 12)
WANTED = ("case-019", "case-044", "case-012", "case-011", "case-001", "case-003", "case-005")
# Words of English sentences that no French one holds; those that are French too (a, on, or, plan, site) are not here.
ENGLISH = re.findall(
    r"\w+",
    """
    the of with and cannot not is are was were from by for to at in if it its be been no none than then that this
    these those has have may must only even alone without within under until before after beside instead last seen
    recorded needs fits day days more night nights stop stops leg legs start end hours minutes way reported known
    audience withheld force post vehicle waypoints
    """,
)
ENGLISH_WORD = re.compile(rf"(?<![\w-])(?:{'|'.join(ENGLISH)})(?![\w-])", re.IGNORECASE)
_JOINING = ("drop_nowhere", "drop_fits", "drop_fits_alone", "drop_or", "drop_and", "drop_named")


def with_every_sentence(made: Plan) -> Plan:
    """The same plan with every warning a way can have on its first leg, and every reason to be left out."""
    values = dict.fromkeys(("minutes", "nights", "days", "there", "visit", "back"), "45")
    values |= dict.fromkeys(("opens", "closes", "clock"), "15:00") | {"stops": "site-001", "base": "base-01"}
    kinds = {
        key: Sentence(key, length=Sentence("under_km"), **values)
        for key in catalogue()
        if key.startswith(("warning_", "drop_", "admit_")) and key not in _JOINING
    }
    warnings, whys, ways = (
        [sentence for key, sentence in kinds.items() if key.startswith(kind)]
        for kind in ("warning_", "drop_", "admit_")
    )
    assert (len(warnings), len(whys), len(ways)) == (10, 7, 10)
    fits = itertools.cycle(["drop_fits", "drop_fits_alone"])
    told = [Sentence(key, why=why, ways=join_sentences("drop_or", ways)) for key, why in zip(fits, whys, strict=False)]
    dropped = {f"case-9{number:02d}": why for number, why in enumerate(told)}
    legs = (replace(made.legs[0], warnings=tuple(warnings)), *made.legs[1:])
    return replace(made, legs=legs, dropped={**made.dropped, **dropped}, breaches=())


@pytest.fixture(scope="module")
def orders(
    sample_folder: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[World, list[str]]:
    """The sample with one plan of its own planner signed for each way to go, after which things changed."""
    workspace = open_workspace(shutil.copytree(sample_folder, tmp_path_factory.mktemp("french") / "ws"), author="test")
    world, modes = World(workspace, settings), {}
    for days, season in ((4, Season.WET), (2, Season.DRY)):
        asked = PlanRequest(request_ids=WANTED, departs_on=LEAVES, days=days, as_of=PLANNED, season=season)
        modes |= {plan.mode: plan for plan in answer_plan(world, asked, audience=Audience.CASE_TEAM).options}
    assert {"air", "discreet"} <= set(modes)
    for mode, plan in modes.items():
        request = SignRequest(
            plan=with_every_sentence(plan),
            role="cheffe de bureau",
            reason="les plus anciens",
            signed_on=PLANNED,
            mission_id=f"mission-{mode}",
        )
        sign_mission(workspace, World(workspace, settings), request, audience=Audience.CASE_TEAM)
        workspace.edit("requests", plan.request_ids[0], {"girls": 9, "languages": "french"}, reason="counted")
        workspace.edit("bases", plan.base_id, {"valid_to": "2026-10-10"}, reason="drawdown")
    return World(workspace, settings), [f"mission-{mode}" for mode in modes]


def said_in(order: OrderAnswer, language: Language) -> Iterator[str]:
    """All text of the order's document and, where the audience may see the way, of the files beside it."""

    def strings(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            value = [part for key, part in value.items() if key not in ("kind", "side", "language")]
        if isinstance(value, list):
            for part in value:
                yield from strings(part)
        elif isinstance(value, str):
            yield value

    yield from strings(order_document(order.tables, language=language, as_of=order.as_of, sources=""))
    legs, marks = order.tables["mission_legs"], order.tables["mission_waypoints"]
    if legs.withheld:
        return
    unit = unit_text(order.tables, language)
    facts = provenance_of({}, as_of=order.as_of, mission=order.mission_id, exposure_unit=unit, modelled=True)
    for name in ("gpx", "kml"):
        content = export_tracks(legs, format_name=name, provenance=facts, waypoints=marks, language=language)
        told = [part for part in ET.fromstring(content).iter() if part.tag.rpartition("}")[2] in _TOLD]
        yield from (part.text or "" for part in told)
    yield clearance_form(order.tables["clearance"], language=language, provenance=facts).decode()


_TOLD = ("name", "desc", "description", "type")


def english_in(world: World, texts: Iterator[str]) -> set[str]:
    """English words of the texts once the names of places and organisations are taken out."""
    told = "\n".join(texts)
    named = {*world.boundaries["name"]}.union(
        *(world.records(table)["name"] for table in ("bases", "sites", "partners"))
    )
    for name in sorted(map(str, named), key=len, reverse=True):
        told = told.replace(name, "")
    return {word.lower() for word in ENGLISH_WORD.findall(told)}


@pytest.mark.parametrize("audience", [Audience.CLUSTER, Audience.TASK_FORCE, Audience.CASE_TEAM])
def test_a_french_order_and_its_files_hold_no_english_but_names(
    orders: tuple[World, list[str]], audience: Audience
) -> None:
    world, missions = orders
    for mission_id in missions:
        order = answer_order(world, mission_id, PLANNED, audience=audience)
        assert english_in(world, said_in(order, "fr")) == set(), mission_id


def test_the_same_words_are_found_in_the_english_order(orders: tuple[World, list[str]]) -> None:
    world, missions = orders
    order = answer_order(world, missions[0], PLANNED, audience=Audience.CASE_TEAM)
    assert order.tables["mission_changes"].frame["matters"].any()
    assert {"the", "of", "with", "and", "not", "leg", "start", "end", "post"} <= english_in(world, said_in(order, "en"))


def test_the_french_form_has_french_names_and_words_in_the_same_cells(orders: tuple[World, list[str]]) -> None:
    world, missions = orders
    table = answer_order(world, missions[0], PLANNED, audience=Audience.TASK_FORCE).tables["clearance"]
    facts = {"made_by": "Piste", "mission": missions[0]}
    english, french = (
        [line.split(",") for line in clearance_form(table, language=one, provenance=facts).decode().splitlines()]
        for one in ("en", "fr")
    )
    assert english[0][: len(CLEARANCE_COLUMNS)] == CLEARANCE_COLUMNS
    assert french[0][:4] == ["code_de_mission", "rubrique", "numéro", "code"]
    assert len(french[0]) == len(english[0]) == len(set(french[0]))
    assert {row[1] for row in french[1:]} == {"poste", "trajet"} | ({"véhicule"} & {row[1] for row in french})
    same = [place for place, name in enumerate(CLEARANCE_COLUMNS) if name not in ("entry", "organisation_type", "role")]
    assert [[row[place] for place in same] for row in french[1:]] == [
        [row[place] for place in same] for row in english[1:]
    ]
