"""Silent risks here: a lost site that falls off the end of a slide; a name on the public's pack, or in its properties,
notes or alternative text; slides and pages that say different things; a scenario that changes nothing and looks as if
it did; a file that differs from one print to the next."""

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pptx
import pytest

from geo.__main__ import main
from geo.answers.land import answer_land
from geo.answers.workshop_pack import PackAnswer, answer_pack
from geo.answers.world import World
from geo.drawdown.phases import PhasesRequest
from geo.drawdown.scenarios import Measure, Phase, Scenario
from geo.errors import RequestError, WithheldError
from geo.exports.slide_parts import lines_in, tables_on
from geo.exports.workshop_document import pack_document
from geo.exports.workshop_files import pack_file
from geo.exports.workshop_map import phase_pictures
from geo.exports.workshop_pack import pack_pages, pack_pdf
from geo.exports.workshop_slides import pack_slides
from geo.layers.basemap import Ground, base_map
from geo.model import AccessMode, Audience
from geo.redaction import clear
from geo.settings import Settings
from geo.text import LANGUAGES, Language, reason_text
from tests.toy_country import BASES, COUNTRY_TABLES, DAY, SITES, toy_workspace

CASE, FORCE, CLUSTER, PUBLIC = Audience.CASE_TEAM, Audience.TASK_FORCE, Audience.CLUSTER, Audience.PUBLIC
# What only some may read in a pack.
SECRETS = (
    "Plan Ulm", "Note Ulm", "Phase Ulm", "Eastbase", "base-east", "Westbase", "Kwisaville", "site-east", "PCODEK",
    "77,123", "77\u202f123", "Relais Mira", "Files of Ulm",
)  # fmt: skip
CLOSES = Scenario(
    name="Plan Ulm",
    note="Note Ulm",
    phases=(
        Phase(
            name="Phase Ulm",
            begins_on=dt.date(2020, 9, 1),
            measures=(Measure(kind="close", base_id="base-east"),),
        ),
        Phase(
            name="Rest",
            begins_on=dt.date(2020, 12, 1),
            measures=(Measure(kind="thin", base_id="base-west", leaves=("civilians_stay",)),),
        ),
    ),
)
DUTIES = [
    {"duty_id": "duty-1", "base_id": "base-west", "kind": "vehicle", "receiver": "Relais Mira",
     "hand_over_by": "2020-07-01", "funded": "yes", "status": "agreed"},
    {"duty_id": "duty-2", "base_id": "base-east", "kind": "it", "hand_over_by": "2020-08-15", "status": "planned"},
    {"duty_id": "duty-3", "base_id": "base-east", "kind": "database", "receiver": "Relais Mira",
     "hand_over_by": "2020-08-01", "funded": "yes", "status": "planned", "what": "Files of Ulm"},
]  # fmt: skip
ASKED = PhasesRequest(limit_min=120, as_of=DAY, modes=(AccessMode.UNESCORTED, AccessMode.ESCORTED), resolution=4)


def tables() -> dict[str, list[dict[str, Any]]]:
    sites = [
        {**row, "name": "Kwisaville", "p_code": "PCODEK", "people": 77123} if row["site_id"] == "site-east" else row
        for row in SITES
    ]
    bases = [{**row, "valid_to": None} for row in BASES]
    return {**COUNTRY_TABLES, "sites": sites, "bases": bases, "duties": DUTIES}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> World:
    return World(toy_workspace(tmp_path_factory.mktemp("pack") / "ws", tables()), settings)


def asked(world: World, audience: Audience, scenario: Scenario = CLOSES, **more: Any) -> PackAnswer:
    return answer_pack(world, scenario, replace(ASKED, **more), audience=audience)


def maps_of(world: World, found: PackAnswer, language: Language = "en") -> dict[str, bytes]:
    land = answer_land(world, audience=found.audience)
    base = base_map(Ground(boundaries=land.boundaries), home=land.home)
    return phase_pictures(found.tables, found.facts, language=language, base=base, bounds=land.bounds)


def told(found: PackAnswer, language: Language = "en") -> dict[str, Any]:
    return pack_document(found.tables, found.facts, language=language)


def parts_of(content: bytes) -> str:
    """Every part of a file of slides that is no picture: slides, notes, properties, layouts."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return " ".join(
            file.read(name).decode("utf-8", errors="replace") for name in file.namelist() if not name.endswith(".png")
        )


def rows_on(content: bytes) -> list[list[str]]:
    """Rows of every table of the slides, headings left out."""
    deck = pptx.Presentation(io.BytesIO(content))
    frames = [shape for slide in deck.slides for shape in slide.shapes if shape.has_table]
    return [[cell.text for cell in row.cells] for frame in frames for row in list(frame.table.rows)[1:]]


def plain(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.replace("\u200b", "") for cell in row] for row in rows]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", [PUBLIC, CLUSTER])
def test_no_name_leaves_in_the_pack_of_those_who_may_not_read_it(
    world: World, audience: Audience, language: Language
) -> None:
    found = asked(world, audience)
    pictures = maps_of(world, found, language)
    document = told(found, language)
    slides = pack_slides(document, pictures=pictures)
    cleared = " ".join(table.frame.to_csv() for table in found.tables.values())
    text = json.dumps(document, ensure_ascii=False) + parts_of(slides) + cleared + repr(found.facts)
    assert pictures == {}
    for secret in SECRETS:
        assert secret not in text, secret
    assert not re.search(r"Phase 1\s?: |2020-09-01|1er sept|1 Sep", text)  # when it begins tells what closes


def test_the_search_for_names_finds_them_where_they_may_stand(world: World) -> None:
    found = asked(world, FORCE)
    document = pack_document(found.tables, found.facts, language="en", pictures=True)
    text = json.dumps(document, ensure_ascii=False) + parts_of(pack_slides(document, pictures=maps_of(world, found)))
    assert [secret for secret in SECRETS if secret not in text] == [
        "base-east",
        "site-east",
        "77\u202f123",
        "Files of Ulm",
    ]
    assert "Files of Ulm" in json.dumps(told(asked(world, CASE)), ensure_ascii=False)


def test_the_public_learns_shares_by_phase_and_mode(world: World) -> None:
    document = told(asked(world, PUBLIC), "fr")
    assert document["name"] == "Scénario de retrait des bases"
    (totals,) = [section for section in document["sections"] if section["kind"] == "table" and section["intro"]]
    assert [column["text"] for column in totals["columns"]] == ["Phase", "Mode", "Sites atteints", "Territoire atteint"]
    assert totals["rows"][0][:2] == ["1", "sans escorte"]
    assert re.fullmatch(r"\d+\u202f% → \d+\u202f%", totals["rows"][0][2])


@pytest.fixture(scope="module")
def lost_many(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> World:
    """A hundred sites near the base that closes, some with names that no line holds."""
    name = {3: "W" * 300, 5: "École de la Paix et de la Concorde " * 8}
    sites = [
        {"site_id": f"s-{n:03d}", "name": name.get(n, f"Ville {n:03d}"), "kind": "village", "people": 1000 + n,
         "p_code": f"PC{n:03d}", "country": "XTO", "longitude": 1.45 + n * 0.002, "latitude": 0.5}
        for n in range(100)
    ]  # fmt: skip
    return World(toy_workspace(tmp_path_factory.mktemp("many") / "ws", {**tables(), "sites": sites}), settings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lost_site_stands_on_a_slide_and_slides_say_what_pages_say(lost_many: World, language: Language) -> None:
    found = asked(lost_many, FORCE)
    document = told(found, language)
    on_slides = rows_on(pack_slides(document, pictures={}))
    in_document = [row for section in document["sections"] for row in section.get("rows", [])]
    assert plain(on_slides) == plain(in_document)
    lost = found.tables["scenario_lost"].frame
    assert lost["site_id"].nunique() == 100
    codes = {cell for row in on_slides for cell in row}
    assert {f"PC{n:03d}" for n in range(100)} <= codes


def shapes_of(content: bytes) -> Iterator[tuple[Any, Any, Any]]:
    deck = pptx.Presentation(io.BytesIO(content))
    for slide in deck.slides:
        for shape in slide.shapes:
            yield deck, slide, shape


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_runs_over_its_slide(lost_many: World, language: Language) -> None:
    long = replace(CLOSES, name="Un très long nom de scénario " * 6, note="Une note sans fin " * 250)
    found = asked(lost_many, FORCE, long)
    document = pack_document(found.tables, found.facts, language=language, pictures=True)
    content = pack_slides(document, pictures=maps_of(lost_many, found, language))
    foot_in = 7.5 - 0.52
    for deck, _, shape in shapes_of(content):
        assert shape.left >= 0
        assert shape.top >= 0
        assert shape.left + shape.width <= deck.slide_width
        assert shape.top + shape.height <= deck.slide_height
        if shape.has_text_frame and not shape.name.startswith("Rounded") and shape.top / 914400 < foot_in:
            assert (shape.top + shape.height) / 914400 <= foot_in
        if shape.has_table:
            assert sum(row.height for row in shape.table.rows) == pytest.approx(shape.height, abs=2000)
            assert (shape.top + shape.height) / 914400 <= foot_in
            for row in shape.table.rows:
                for cell, column in zip(row.cells, shape.table.columns, strict=True):
                    wide_in = (column.width - cell.margin_left - cell.margin_right) / 914400
                    bold = bool(cell.text_frame.paragraphs[0].runs[0].font.bold)
                    lines = lines_in(cell.text, wide_in, 11, bold=bold)
                    assert lines * 11 * 1.2 / 72 <= row.height / 914400


def test_a_table_that_goes_on_says_so_and_every_slide_says_whose_it_is(lost_many: World) -> None:
    found = asked(lost_many, FORCE)
    deck = pptx.Presentation(io.BytesIO(pack_slides(told(found, "fr"), pictures={})))
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert [title for title in titles if re.fullmatch(r"Phase 1\u202f: sites perdus \(2 sur \d+\)", title)]
    for number, slide in enumerate(deck.slides, start=1):
        text = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert "Public destinataire\u202f: équipe spéciale" in text
        assert "données du mar. 30 juin 2020" in text
        assert f"instantané {found.facts.snapshot}" in text
        assert "Modélisé, non mesuré" in text
        assert f"page {number} sur {len(deck.slides)}" in text
        assert not slide.has_notes_slide
    assert deck.core_properties.author == "Piste"


def test_maps_have_words_for_those_who_cannot_see_them(world: World) -> None:
    found = asked(world, FORCE)
    document = pack_document(found.tables, found.facts, language="en", pictures=True)
    content = pack_slides(document, pictures=maps_of(world, found))
    alts = [shape.element.nvPicPr.cNvPr.get("descr") for *_, shape in shapes_of(content) if shape.shape_type == 13]
    assert alts == [
        f"Two maps of reach within 2\u00a0h, without escort: today, and in phase {phase}" for phase in (1, 2)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_scenario_that_does_nothing_says_so(world: World, language: Language) -> None:
    found = asked(world, FORCE, Scenario(name="Nothing"))
    document = told(found, language)
    said = {"en": "This scenario changes nothing", "fr": "Ce scénario ne change rien"}[language]
    assert document["headline"] == said
    assert document["sections"][0]["items"][0].startswith({"en": "It closes", "fr": "Il ne ferme"}[language])
    titles = [section["title"] for section in document["sections"]]
    assert not [title for title in titles if re.search("lost|perdu|Phase", title)]
    assert pack_pdf(document, pictures={}).startswith(b"%PDF-")
    assert said in parts_of(pack_slides(document, pictures={}))


def test_a_site_stands_where_it_is_lost_and_again_only_when_something_changed(world: World) -> None:
    found = asked(world, FORCE, modes=(AccessMode.UNESCORTED,))
    sections = {section["title"]: section for section in told(found)["sections"]}
    first, second = sections["Phase 1: sites lost"], sections["Phase 2: sites lost"]
    assert [row[:5] for row in first["rows"]] == [["Kwisaville", "PCODEK", "77,123", "24\u00a0min", "2\u00a0h\u00a036"]]
    assert first["rows"][0][5:] == ["Westbase", "0"]
    assert second["rows"] == []
    assert second["intro"].endswith("Lost as listed before, not repeated: 1.")
    lost = found.tables["scenario_lost"]
    frame = lost.frame.copy()
    frame.loc[frame["phase"] == 2, "after_min"] = np.nan
    worse = clear(frame, view="scenario_lost", audience=FORCE, settings=world.settings)
    again = pack_document({**found.tables, "scenario_lost": worse}, found.facts, language="en")
    (changed,) = [section for section in again["sections"] if section["title"] == "Phase 2: sites lost"]
    assert changed["rows"] == [
        ["Kwisaville", "PCODEK", "77,123", "24\u00a0min", "not reached", "Westbase", "0", "changed"]
    ]


def test_the_order_stands_beside_the_best_choice_of_each_step(world: World) -> None:
    sections = {section["title"]: section for section in told(asked(world, FORCE), "fr")["sections"]}
    rows = sections["Ordre de fermeture"]["rows"]
    assert [column["text"] for column in sections["Ordre de fermeture"]["columns"]][4:6] == ["Meilleur choix", "Écart"]
    assert [row[1] for row in rows] == ["Westbase", "Eastbase"]
    assert rows[-1][7] == "fait perdre le moins"


def test_duties_that_fall_to_nobody_come_first(world: World) -> None:
    sections = {section["title"]: section for section in told(asked(world, FORCE), "fr")["sections"]}
    rows = sections["Registre de passation"]["rows"]
    assert [row[0] for row in rows] == ["sans repreneur", "en bonne voie", "en bonne voie"]
    assert rows[0] == [
        "sans repreneur", "Eastbase", "informatique", "–", "sam. 15 août 2020", "46", "–", "prévu"
    ]  # fmt: skip
    assert [row[6] for row in rows[1:]] == ["oui", "oui"]


def test_assumptions_have_value_unit_source_and_key(world: World) -> None:
    sections = {section["title"]: section for section in told(asked(world, PUBLIC), "fr")["sections"]}
    rows = {row[4]: row for row in plain(sections["Hypothèses utilisées"]["rows"])}
    assert rows["modes.escort_speed_share"][2:4] == ["80\u202f%", "de nous, non mesurée"]
    assert rows["network.off_road_kph"][2] == "3\u202fkm/h"
    assert "nationale 60 / 40" in rows["speeds_kph.dry"][2]
    assert "modes.air_range_km" not in rows  # nobody flies here
    assert all(all(cell for cell in row) for row in rows.values())


def test_a_kept_scenario_tells_its_revision_and_one_from_a_file_that_it_is_none(
    tmp_path: Path, settings: Settings
) -> None:
    kept = {
        **tables(),
        "scenarios": [{"scenario_id": "plan-1", "name": "Plan Ulm"}],
        "measures": [
            {"measure_id": "m-1", "scenario_id": "plan-1", "phase": 1, "phase_name": "One", "begins_on": "2020-09-01",
             "kind": "close", "base_id": "base-east"},
        ],
    }  # fmt: skip
    world = World(toy_workspace(tmp_path / "ws", kept), settings)
    phase = Phase(name="One", begins_on=dt.date(2020, 9, 1), measures=(Measure(kind="close", base_id="base-east"),))
    same = Scenario(scenario_id="plan-1", name="Plan Ulm", phases=(phase,))
    facts = dict(told(asked(world, FORCE, same))["facts"])
    assert facts["Revision"].startswith("1, of ")
    other = replace(same, keep=("base-west",))
    assert dict(told(asked(world, FORCE, other))["facts"])["Revision"].startswith("changed since 1, of ")
    assert dict(told(asked(world, FORCE))["facts"])["Revision"].startswith("none: from a file")
    assert "Revision" not in dict(told(asked(world, PUBLIC, same))["facts"])


def test_the_same_pack_is_the_same_bytes_and_another_question_another_snapshot(world: World) -> None:
    one, other = asked(world, FORCE), asked(world, FORCE)
    pictures = maps_of(world, one)
    assert pictures == maps_of(world, other)
    first, second = (pack_document(x.tables, x.facts, language="fr", pictures=True) for x in (one, other))
    assert first == second
    assert pack_pdf(first, pictures=pictures) == pack_pdf(second, pictures=pictures)
    assert pack_slides(first, pictures=pictures) == pack_slides(second, pictures=pictures)
    assert asked(world, FORCE, limit_min=121).facts.snapshot != one.facts.snapshot
    assert asked(world, FORCE, replace(CLOSES, keep=("base-west",))).facts.snapshot != one.facts.snapshot


def test_text_from_the_data_stays_text(tmp_path: Path, settings: Settings) -> None:
    hostile = 'K #panic("x") $x^2$ *b* `r` <m> & // c /* */ [d] {e}'
    sites = [{**row, "name": hostile} if row["site_id"] == "site-east" else row for row in tables()["sites"]]
    world = World(toy_workspace(tmp_path / "ws", {**tables(), "sites": sites}), settings)
    document = told(asked(world, FORCE, replace(CLOSES, name=hostile, note=hostile)))
    assert [hostile, "PCODEK"] in [row[1:3] for row in rows_on(pack_slides(document, pictures={}))]
    pages = pack_pages(document, pictures={}, ppi=30)
    harmless = json.loads(json.dumps(document).replace("#", "x").replace("$", "x"))
    assert len(pages) == len(pack_pages(harmless, pictures={}, ppi=30))


def test_what_does_not_fit_together_is_refused(world: World) -> None:
    found = asked(world, FORCE)
    document = pack_document(found.tables, found.facts, language="en", pictures=True)
    for make in (pack_pdf, pack_slides):
        with pytest.raises(RequestError, match="phase_1, phase_2 is not given"):
            make(document, pictures={})
    mixed = {**found.tables, "scenario": asked(world, CASE).tables["scenario"]}
    with pytest.raises(WithheldError, match="one pack, one audience"):
        pack_document(mixed, found.facts, language="en")
    with pytest.raises(RequestError, match="a pdf or a pptx"):
        pack_file("docx", found.tables, found.facts, language="en", base=(), bounds=None)


@pytest.mark.parametrize(
    "reason",
    [
        "closed already",
        "forced to close on 2027-02-15",
        "loses nothing: other bases cover the same",
        "loses least",
        "loses least, as others do, and leaves most with a backup",
        "planned",
        "its programme is no longer paid for after 2026-12-31",
        "its record ends after 2026-12-31: to keep it somebody must take over",
        "its partner's programme ends after 2026-12-31",
        "without escorts, patrols, alert_hub",
        "gives lodging, child_protection",
        "added at the base",
        "repaired",
        "6 days a month",
        "covers nothing: 2 days a month, 4 are needed",
    ],
)
def test_reasons_are_said_in_french(reason: str) -> None:
    french = reason_text(reason, "fr")
    assert french != reason
    assert not re.search(r"\b(the|after|loses|planned|without|days)\b", french)
    assert "_" not in reason_text(reason, "en")


def test_every_row_stands_on_one_slide_that_holds_it() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        heights = rng.uniform(0.2, 1.5, rng.integers(1, 60)).tolist()
        spans = tables_on(heights, first_in=3.0, next_in=4.0)
        assert [place for begin, end in spans for place in range(begin, end)] == list(range(len(heights)))
        for number, (begin, end) in enumerate(spans):
            room = 3.0 if number == 0 else 4.0
            assert end - begin == 1 or sum(heights[begin:end]) <= room + 1e-9


def test_the_command_writes_both_forms_and_refuses_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toy_workspace(tmp_path / "ws", tables()).close()
    plan = tmp_path / "plan.json"
    plan.write_text(
        json.dumps(
            {"name": "Plan", "phases": [{"name": "One", "begins_on": "2020-09-01",
             "measures": [{"kind": "close", "base_id": "base-east"}]}]}
        )
    )  # fmt: skip
    words = ["workshop-pack", "--scenario", str(plan), "--limit-min", "120", "--as-of", str(DAY), "--workspace",
             str(tmp_path / "ws"), "--resolution", "4", "--mode", "unescorted", "--audience", "task_force"]  # fmt: skip
    for name, begins in (("a.pdf", b"%PDF-"), ("a.PPTX", b"PK")):
        assert main([*words, "--out", str(tmp_path / name), "--language", "fr"]) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
    capsys.readouterr()
    assert main([*words, "--out", str(tmp_path / "a.docx")]) == 2
    assert "end the name with .pdf or .pptx" in capsys.readouterr().err
    assert not (tmp_path / "a.docx").exists()
