"""What must not leave, searched for in hot spots, trends, MRM tables, observation, review, months of cells and pictures.
Silent risks: a filter, a cell or a handle tried in turn tells by how it is refused; windows, children or the two sides
of a pair are subtracted; two countries that should look alike to an audience do not."""

import ast
import dataclasses
import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from geo import hexgrid
from geo.answers import review
from geo.answers.cell_months import answer_cell_months
from geo.answers.hexbin import answer_hexbin, answer_records
from geo.answers.hotspots import answer_hotspots, answer_trend
from geo.answers.mrm import answer_mrm
from geo.answers.observation import answer_observation
from geo.answers.world import World
from geo.errors import RequestError, WithheldError
from geo.exports.picture import draw_map
from geo.exports.tables import TABLE_FORMATS, export_table
from geo.layers.spec import CellLayer, MapSpec
from geo.layers.style import Alike
from geo.model import Audience, HexbinRequest, HotspotRequest, MrmRequest, ObservationRequest, Window
from geo.redaction import Cleared
from geo.settings import Settings
from geo.workspace import open_workspace
from tests.toy_country import event, table_top, toy_workspace
from tests.toy_readings import base, boundary
from tests.unit.test_leaks import assert_no_canary, cleared_parts, exports_of, words_of

ROOT = Path(__file__).resolve().parents[2]
GUARDED = [Audience.PUBLIC, Audience.CLUSTER]
DAY = dt.date(2020, 6, 30)
# Canary -> the most redacted audience that may meet it; None = nobody, in any answer.
CANARIES: dict[str, Audience | None] = {
    "Kwisabase": Audience.TASK_FORCE,
    "kwisa-id": Audience.TASK_FORCE,
    "0.23457": None,  # of the base
    "Zorgband": Audience.TASK_FORCE,
    "Qimplace": Audience.CASE_TEAM,
    "Smallplace": Audience.CASE_TEAM,
    "Smalldistrict": Audience.TASK_FORCE,  # holds three reports only
    "1.31237": Audience.CASE_TEAM,  # reports, to the metre
    "1.43219": Audience.CASE_TEAM,
    "own:7": Audience.CASE_TEAM,
    "CASECODE": None,
    "Reason Vex": Audience.CASE_TEAM,  # why two reports are one event
    "acled:": None,  # single records of a licensed source
    "Acledplace": None,
    "Acledband": None,
    "1.31873": None,
    "2020-03-17": None,
}
BOUNDARIES = [
    boundary("XTO", name="Toyland", level=0, country="XTO", geometry=shapely.box(0, 0, 4, 4)),
    boundary("XTO-W1", name="Maindistrict", level=2, country="XTO", geometry=shapely.box(0, 0, 2, 4)),
    boundary("XTO-E1", name="Smalldistrict", level=2, country="XTO", geometry=shapely.box(2, 0, 4, 4)),
]
BIG_PLACE = {"longitude": 1.31237, "latitude": 1.43219, "place": "Qimplace", "admin1": "West"}
SMALL_PLACE = {"longitude": 3.21237, "latitude": 2.93219, "place": "Smallplace", "admin1": "East"}


def own(number: int, day: str, **values: Any) -> dict[str, Any]:
    """One report of our own with every kind of marker."""
    usual = {"actor_a": "Zorgband", "event_type": "attack", "violation": "abduction", "case_code": f"CASECODE{number}"}
    named = {"victims_unknown": 1, "verification": "verified", "date_precision": 1, **BIG_PLACE, **usual, **values}
    return event(number, day, "exact", **named) | {"incident_id": f"own:7{number:05}", "source": "own"}


def acled(number: int, day: str, **values: Any) -> dict[str, Any]:
    """One record that only sums may hold; the first of them tells of the same event as one of ours."""
    near = {**BIG_PLACE, "longitude": 1.31873, "place": "Acledplace", "actor_a": "Acledband", "violation": "abduction"}
    return event(number, day, "exact", date_precision=1, **{**near, **values}) | {
        "incident_id": f"acled:AC{number}",
        "source": "acled",
    }


def months_of_reports(each: int = 12) -> list[dict[str, Any]]:
    return [own(100 * m + n, f"2020-{m:02}-10", **BIG_PLACE) for m in range(1, 7) for n in range(each)]


def tables(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    small = [own(9000 + n, f"2020-0{2 + n}-20", **SMALL_PLACE, violation="sexual_violence") for n in range(3)]
    at = {"longitude": 0.23457, "latitude": 1.54322}
    observers = [base("kwisa-id", name="Kwisabase", country="XTO", **at)]
    observers += [
        base(f"b{x}{y}", country="XTO", longitude=x + 0.5, latitude=y + 0.5) for x in range(4) for y in range(4)
    ]
    incidents = [*months_of_reports(), *small, own(8001, "2020-03-18"), acled(1, "2020-03-17"), acled(2, "2020-05-05")]
    return {"boundaries": BOUNDARIES, "bases": observers, "incidents": incidents, **more}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[World, review.Scored]:
    """The country with one pair decided, for a reason."""
    folder = tmp_path_factory.mktemp("evidence") / "workspace"
    twin = own(8500, "2020-04-04", violation="killing", longitude=0.51237, latitude=3.1)
    tables_ = tables()
    tables_["incidents"] += [twin, {**twin, "incident_id": "kobo:1", "source": "kobo"}]
    workspace = toy_workspace(folder, tables_)
    world = World(workspace, settings)
    scored = review.score_reports(world)
    table = review.answer_review(world, scored, audience=Audience.CASE_TEAM).queue.frame
    handle = str(table.loc[table["source_a"] == "kobo", "pair"].iloc[0])
    verdict = review.Verdict(handle=handle, decision="same", reason="Reason Vex")
    review.decide_pair(workspace, world, scored, verdict, audience=Audience.CASE_TEAM)
    workspace.close()
    again = World(open_workspace(folder, author="test"), settings)
    return again, review.score_reports(again)


def asked(**values: Any) -> HotspotRequest:
    return HotspotRequest(**{"resolution": 9, "months": 6, "end": DAY, **values})


def answers_of(world: World, scored: review.Scored | None, audience: Audience) -> Iterator[Any]:
    """Every answer about evidence; those who may not see cells so fine ask for the finest of all."""
    asked_for = 9 if audience in GUARDED else 5
    finest = min(asked_for, world.settings.audiences[audience].finest_resolution)
    window = Window(dt.date(2020, 1, 1), DAY)
    cell = int(hexgrid.cells_of_points([1.31237], [1.43219], resolution=finest)[0])
    yield answer_hotspots(world, asked(resolution=asked_for), audience=audience)
    for place in (None, cell):
        yield answer_trend(world, asked(resolution=asked_for), place, audience=audience)
    yield answer_mrm(world, MrmRequest(window=window), audience=audience)
    yield answer_mrm(world, MrmRequest(), audience=audience)
    yield answer_observation(world, ObservationRequest(resolution=asked_for, window=window), audience=audience)
    yield answer_cell_months(world, HexbinRequest(resolution=asked_for), audience=audience)
    yield answer_hexbin(world, HexbinRequest(resolution=asked_for), audience=audience, areas=True)
    yield answer_records(world, HexbinRequest(resolution=asked_for), cell, audience=audience)
    if scored is not None:
        found = review.answer_review(world, scored, audience=audience)
        yield found
        for handle in list(found.queue.frame.get("pair", []))[:3]:
            yield review.answer_pair(world, scored, str(handle), audience=audience)


def picture_of(cells: Cleared) -> bytes:
    """The cells of an answer as a PNG."""
    said = {"title": "Cells", "unit": "each", "date": "30 Jun 2020", "source": "own records"}
    layer = CellLayer(**said, audience=cells.audience, cleared=cells, fill=Alike(style="#AA0000", label="told"))
    spec = MapSpec(layers=(layer,), bounds=(0.0, 0.0, 4.0, 4.0), date="30 Jun 2020")
    return draw_map(spec, headline="Cells", subtitle="told", provenance={"audience": str(cells.audience)})


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_evidence_or_export(reviewed: tuple[World, review.Scored], audience: Audience) -> None:
    searched = 0
    for answer in answers_of(*reviewed, audience):
        assert_no_canary(words_of(answer), audience, type(answer).__name__, CANARIES)
        for part in cleared_parts(answer):
            assert_no_canary(part.frame.to_csv(), audience, part.view, CANARIES)
            for content in exports_of(part):
                assert_no_canary(content, audience, f"export of {part.view}", CANARIES)
                searched += 1
    assert searched > 60


def test_the_search_finds_what_the_case_team_may_see(reviewed: tuple[World, review.Scored]) -> None:
    parts = [part for answer in answers_of(*reviewed, Audience.CASE_TEAM) for part in cleared_parts(answer)]
    seen = b"".join(content for part in parts for content in exports_of(part))
    for canary in ("Zorgband", "Qimplace", "own:7", "Reason Vex", "1.31237", "Smalldistrict"):
        assert canary.encode() in seen, canary


@pytest.mark.parametrize("audience", list(Audience))
def test_cells_are_never_finer_and_counts_never_smaller_than_granted(
    reviewed: tuple[World, review.Scored], settings: Settings, audience: Audience
) -> None:
    rule = settings.audiences[audience]
    for answer in answers_of(*reviewed, audience):
        for part in cleared_parts(answer):
            if len(part.frame) and "cell" in part.frame:
                resolution = (part.frame["cell"].to_numpy(dtype=np.uint64) >> np.uint64(52)) & np.uint64(15)
                assert resolution.max() <= rule.finest_resolution, part.view
            for name in {"incidents", "counted", "children", "reports_around"} & set(part.columns):
                assert (part.frame[name] >= (rule.small_count if rule.small_count > 1 else 0)).all(), part.view


@pytest.mark.parametrize("format_name", TABLE_FORMATS)
def test_a_file_does_not_say_how_much_was_withheld_in_sum(settings: Settings, format_name: str) -> None:
    """1013 and 7 are both withheld; 1020 would tell that whoever knows one of them knows the other."""
    rows = [own(n, "2020-02-10") for n in range(1013)] + [own(5000 + n, "2020-02-10", **SMALL_PLACE) for n in range(7)]
    world = table_top(settings, {"boundaries": BOUNDARIES, "incidents": rows})
    cells = answer_hexbin(world, HexbinRequest(resolution=4), audience=Audience.PUBLIC, areas=True).cells
    assert (cells.statement.counts_withheld, len(cells.frame)) == (1020, 0)
    content = export_table(cells, format_name=format_name, provenance={})
    assert not any(number in content for number in (b"1013", b"1020"))


# Refusals

ASKED: dict[str, Callable[[World, Audience, dict[str, Any]], Any]] = {
    "hotspots": lambda world, audience, chosen: answer_hotspots(world, asked(**chosen), audience=audience),
    "trend": lambda world, audience, chosen: answer_trend(world, asked(**chosen), audience=audience),
    "months": lambda world, audience, chosen: answer_cell_months(
        world, HexbinRequest(resolution=4, **chosen), audience=audience
    ),
    "hexbin": lambda world, audience, chosen: answer_hexbin(
        world, HexbinRequest(resolution=4, **chosen), audience=audience, areas=True
    ),
}


@pytest.mark.parametrize("audience", GUARDED)
@pytest.mark.parametrize("name", list(ASKED))
@pytest.mark.parametrize(
    ("column", "there", "not_there"),
    [
        ("sources", "own", "ghost"),
        ("verifications", "verified", "pending"),
        ("place_precisions", "exact", "near"),
        ("actors", "Zorgband", "Ghostband"),
    ],
)
def test_a_filter_an_audience_may_not_use_is_refused_alike_whatever_it_names(
    settings: Settings, audience: Audience, name: str, column: str, there: str, not_there: str
) -> None:
    if column == "actors":
        audience = Audience.PUBLIC  # a cluster may see actors
    world = table_top(settings, tables())
    said = []
    for value in (there, not_there):
        with pytest.raises(WithheldError, match="choose another audience") as refusal:
            ASKED[name](world, audience, {column: (value,)})
        said.append(str(refusal.value))
    assert said[0] == said[1]
    assert_no_canary(said[0], audience, name, CANARIES)


def cell_at(longitude: float, latitude: float, resolution: int) -> int:
    return int(hexgrid.cells_of_points([longitude], [latitude], resolution=resolution)[0])


@pytest.mark.parametrize("audience", GUARDED)
@pytest.mark.parametrize("resolution", [4, 5, 7, 9])
def test_the_trend_of_a_cell_does_not_tell_whether_anything_happened_there(
    settings: Settings, audience: Audience, resolution: int
) -> None:
    """The busy cell, the one with three reports, and a quiet one; at the resolution granted and finer ones."""
    world, told = table_top(settings, tables()), set()
    for place in ((1.31237, 1.43219), (3.21237, 2.93219), (3.4, 0.6)):
        cell = cell_at(*place, resolution)
        try:
            found = answer_trend(world, asked(resolution=resolution), cell, audience=audience)
        except RequestError as refusal:
            told.add(str(refusal).replace(f"{cell:x}", "CELL"))
            continue
        assert found.months.withheld
        assert found.norm.frame.empty
        told.add(words_of(dataclasses.replace(found, cell=None)))
    assert len(told) == 1


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER, Audience.TASK_FORCE])
def test_records_of_a_finer_cell_are_refused_alike_whether_it_holds_any(settings: Settings, audience: Audience) -> None:
    """Else trying cell after cell would find a report to 100 m."""
    world = table_top(settings, tables())
    said = set()
    for longitude in (1.31237, 1.5):
        cell = cell_at(longitude, 1.43219, 9)
        if audience.may_see(Audience.TASK_FORCE):
            with pytest.raises(WithheldError, match="resolution 9 are finer than 7") as refusal:
                answer_records(world, HexbinRequest(resolution=9), cell, audience=audience)
            said.add(str(refusal.value))
        else:
            said.add(words_of(answer_records(world, HexbinRequest(resolution=9), cell, audience=audience)))
    assert len(said) == 1


def test_a_handle_tells_nothing_and_guessing_one_neither(reviewed: tuple[World, review.Scored]) -> None:
    world, scored = reviewed
    queue = review.answer_review(world, scored, audience=Audience.CASE_TEAM).queue.frame
    real = str(queue["pair"].iloc[0])
    for audience, said in zip(GUARDED, (set[str](), set[str]()), strict=True):
        for handle in (real, "0" * 12, "own:700100+acled:AC1"):
            with pytest.raises(WithheldError) as refusal:
                review.answer_pair(world, scored, handle, audience=audience)
            said.add(str(refusal.value))
        assert said == {f"the audience {audience} may not review reports; choose another audience"}
    with pytest.raises(RequestError, match="no pair of reports is called '000000000000'") as unknown:
        review.answer_pair(world, scored, "0" * 12, audience=Audience.TASK_FORCE)
    assert_no_canary(str(unknown.value), Audience.PUBLIC, "a handle nobody gave", CANARIES)


# Single records of a licensed source


@pytest.mark.parametrize("audience", [Audience.TASK_FORCE, Audience.CASE_TEAM])
def test_what_lies_between_a_report_and_a_licensed_one_does_not_give_it_back(
    reviewed: tuple[World, review.Scored], audience: Audience
) -> None:
    world, scored = reviewed
    queue = review.answer_review(world, scored, audience=audience).queue.frame
    ours = queue.loc[(queue["source_a"] == "acled") & (queue["day_b"] == pd.Timestamp("2020-03-18"))]
    assert len(ours) == 1
    hidden = ["day_a", "precision_a", "distance_km", "days_apart", "place_bits", "days_bits"]
    assert ours[hidden].isna().all(axis=None)
    assert ours["day_b"].notna().all()
    found = review.answer_pair(world, scored, str(ours["pair"].iloc[0]), audience=audience)
    for part in (found.reports, found.cells, found.rings):
        assert "acled" not in part.frame.to_csv()


def test_the_frame_of_a_pair_does_not_follow_a_licensed_report(settings: Settings) -> None:
    seen = []
    for moved in (0.0, 0.04):
        one = acled(1, "2020-03-18", longitude=1.31873 + moved, latitude=1.43219 + moved)
        world = table_top(settings, {"boundaries": BOUNDARIES, "incidents": [own(1, "2020-03-18"), one]})
        scored = review.score_reports(world)
        handle = review._handle(scored.pairs["pair"].iloc[0])
        seen.append(review.answer_pair(world, scored, handle, audience=Audience.CASE_TEAM).bounds)
    assert seen[0] == seen[1]
    assert seen[0] is not None


# Alike to who may not see the difference


def secret_tables(flavour: int) -> dict[str, list[dict[str, Any]]]:
    """One country in two flavours that differ in names, codes, sexes, statuses and by some metres only."""
    made = tables()
    for row in made["incidents"]:
        licensed = row["source"] == "acled"
        row["place"], row["actor_a"] = f"{row['place']}{flavour}", f"{row['actor_a']}{flavour}"
        row["case_code"] = None if licensed else f"{row['case_code']}/{flavour}"
        row["verification"] = ("verified", "rejected")[flavour]
        row["incident_id"] += ("", "x")[flavour]
        row["longitude"] += 0.001 * flavour
        row["victims_girls"], row["victims_unknown"] = (None, 1) if flavour else (1, None)
    return made


def test_two_countries_that_differ_in_secrets_only_give_the_public_the_same_bytes(settings: Settings) -> None:
    said: list[list[Any]] = []
    for flavour in (0, 1):
        world = table_top(settings, secret_tables(flavour))
        answers = list(answers_of(world, None, Audience.PUBLIC))
        parts = [part for part in cleared_parts(answers) if part.view != "incidents"]
        files = [export_table(part, format_name="json", provenance={}) for part in parts]
        drawn = [picture_of(part) for part in parts if "cell" in part.columns]
        said.append([words_of(answers), files, drawn])
    assert said[0] == said[1]
    assert len(said[0][2]) >= 2


@pytest.mark.parametrize("audience", GUARDED)
def test_a_picture_does_not_show_which_cell_holds_the_small_number(settings: Settings, audience: Audience) -> None:
    """Twelve cells of twelve; the three extra reports lie in one of two cells, both withheld with the next smallest."""
    drawn, records = [], []
    for longitude in (3.21237, 2.6):
        few = [own(9000 + n, "2020-02-20", **{**SMALL_PLACE, "longitude": longitude}) for n in range(3)]
        rows = [
            *months_of_reports(),
            *few,
            *[own(7000 + n, "2020-02-10", longitude=0.4, latitude=3.4) for n in range(14)],
        ]
        world = table_top(settings, {"boundaries": BOUNDARIES, "incidents": rows})
        cells = answer_hexbin(world, HexbinRequest(resolution=9), audience=audience, areas=True).cells
        assert len(cells.frame) == 1
        content = picture_of(cells)
        drawn.append(content)
        records.append(str(Image.open(io.BytesIO(content)).text))
    assert drawn[0] == drawn[1]
    assert_no_canary("".join(records), audience, "records of a picture", CANARIES)


# Keys


def test_every_kept_answer_is_kept_apart_by_audience() -> None:
    """A cached function that asks for an audience must be keyed on it; a leading underscore would take it from the key."""
    kept = 0
    for path in sorted((ROOT / "pages" / "_shared" / "data").glob("*.py")):
        for made in ast.parse(path.read_text()).body:
            if isinstance(made, ast.FunctionDef) and any("cache" in ast.unparse(one) for one in made.decorator_list):
                names = {argument.arg for argument in made.args.args}
                speaks = "audience=audience" in ast.unparse(made)
                assert not speaks or {"audience", "version"} <= names, made.name
                assert not any(name.startswith("_") for name in names), made.name
                kept += speaks
    assert kept > 10


def test_keys_hold_hashes_and_the_askers_own_words_only(reviewed: tuple[World, review.Scored]) -> None:
    world, scored = reviewed
    assert int(scored.evidence, 16) > 0
    for audience in GUARDED:
        assert_no_canary(f"{scored.evidence} {world._workspace.version()}", audience, "a key", CANARIES)
        for answer in answers_of(world, scored, audience):
            assert_no_canary(repr(getattr(answer, "request", "")), audience, "a request as granted", CANARIES)
