"""What must not leave is planted and searched for: names, ids and positions of bases, sites, actors, reports and
constraints, in every answer, export, provenance, statement and refusal. Silent risks: a statement that counts what it
hides; an error that lists what exists; a total, a month or a coarser grid from which the rest can be subtracted."""

import contextlib
import dataclasses
import datetime as dt
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from geo.__main__ import main
from geo.access.hindrances import place_hindrances
from geo.access.road_reports import last_seen
from geo.answers.changes import answer_changes
from geo.answers.choices import answer_choices
from geo.answers.exposure import answer_exposure
from geo.answers.hexbin import answer_hexbin
from geo.answers.land import answer_land
from geo.answers.presence import answer_presence
from geo.answers.reach import answer_bases, answer_escort_radius, answer_gaps, answer_reach
from geo.answers.route import answer_constraints, answer_roads, answer_route
from geo.answers.segment import answer_segment
from geo.answers.state import answer_rejects, answer_state
from geo.answers.world import World
from geo.errors import RequestError, SchemaError, UnknownRecordError, WithheldError
from geo.exports.tables import TABLE_FORMATS, export_table, plain
from geo.exports.tracks import TRACK_FORMATS, export_tracks
from geo.model import (
    AccessMode,
    Audience,
    ExposureRequest,
    GapsRequest,
    HexbinRequest,
    LonLat,
    PresenceRequest,
    RouteRequest,
    Season,
    SegmentRequest,
    Window,
)
from geo.redaction import Cleared, clear, describe
from geo.settings import Settings
from geo.workspace import open_workspace
from tests.toy_country import BOUNDARIES, ROADS, event, table_top, toy_workspace
from tests.toy_readings import base, reading_of

DAY = dt.date(2020, 6, 30)
# Canary -> the most redacted audience that may meet it, by [disclosure] of config.toml; None = nobody, in any answer.
CANARIES: dict[str, Audience | None] = {
    "Kwisabase": Audience.TASK_FORCE,  # a base
    "kwisa-id": Audience.TASK_FORCE,
    "Mirasite": Audience.TASK_FORCE,  # a site
    "mira-id": Audience.TASK_FORCE,
    "PCODEMIRA": Audience.TASK_FORCE,
    "Zorgband": Audience.CLUSTER,  # an actor
    "zorg-id": Audience.CLUSTER,
    "Zorgalias": Audience.TASK_FORCE,
    "Yulmandate": Audience.TASK_FORCE,
    "ucdp:770001": Audience.CASE_TEAM,  # a report
    "Qimplace": Audience.CASE_TEAM,
    "road-secret": Audience.TASK_FORCE,
    "constraint-secret": Audience.TASK_FORCE,
    "Informant Dov": Audience.CASE_TEAM,  # who reported a constraint
    "stretch-secret": Audience.TASK_FORCE,
    "vorm-id": Audience.CASE_TEAM,  # who holds a post
    "0.77123": Audience.CASE_TEAM,  # a stretch, to the metre
    "road-report-secret": Audience.TASK_FORCE,
    "Informant Eri": Audience.CASE_TEAM,
    "secret-file.csv": Audience.TASK_FORCE,
    "Reason Ulm": None,  # why an import was withdrawn: free text
    "presence-secret": None,
    "0.23457": Audience.CASE_TEAM,  # the base, to the metre
    "0.54322": Audience.CASE_TEAM,
    "0.71239": Audience.CASE_TEAM,  # the site
    "0.48761": Audience.CASE_TEAM,
    "1.61237": Audience.CASE_TEAM,  # the reports
    "0.45671": Audience.CASE_TEAM,
}


def tables() -> dict[str, list[dict[str, Any]]]:
    at_site = {"longitude": 0.71239, "latitude": 0.48761}
    return {
        "boundaries": BOUNDARIES,
        "roads": [{**ROADS[0], "road_id": "road-secret"}, ROADS[1]],
        "bases": [
            base(
                "kwisa-id", name="Kwisabase", country="XTO", longitude=0.23457, latitude=0.54322,
                escort_slots_per_week=2, helipad="yes", alert_hub="yes", hosts_partners="yes",
            ),
        ],
        "sites": [
            {"site_id": "mira-id", "name": "Mirasite", "kind": "village", "p_code": "PCODEMIRA", "people": 77123,
             "country": "XTO", **at_site},
        ],
        "actors": [
            {"actor_id": "zorg-id", "name": "Zorgband", "aliases": "Zorgalias", "actor_type": "militia",
             "mandate_holder": "Yulmandate"},
        ],
        "presence": [
            {"presence_id": "presence-secret", "actor_id": "zorg-id", "observed_on": "2020-06-01",
             "place_precision": "exact", "reliability": "a", **at_site},
        ],
        "constraints": [
            {"constraint_id": "constraint-secret", "kind": "checkpoint", "reported_on": "2020-06-01",
             "source": "Informant Dov", "actor_id": "vorm-id", "operator_type": "militia", **at_site},
            {"constraint_id": "stretch-secret", "kind": "daylight_only", "reported_on": "2020-06-01",
             "line_wkt": "LINESTRING(0.77123 0.5, 0.9 0.77123)"},
        ],
        "road_reports": [
            {"report_id": "road-report-secret", "observed_on": "2020-06-01", "status": "impassable",
             "source": "Informant Eri", **at_site},
        ],
        "incidents": [
            event(770001 + n, f"2020-{1 + n % 6:02}-10", "exact", longitude=1.61237, latitude=0.45671,
                  place="Qimplace", actor_a="Zorgband", event_type="attack", violation="abduction")
            for n in range(60)
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace full of canaries, one of its imports withdrawn."""
    path = tmp_path_factory.mktemp("canaries") / "workspace"
    workspace = toy_workspace(path, tables())
    extra = reading_of("sites", [], file_name="secret-file.csv", rejects=[(2, "longitude", "0.23457", "too far")])
    workspace.withdraw(workspace.add(extra).import_id, reason="Reason Ulm")
    late = reading_of("sites", [], file_name="secret-file.csv", content="x", rejects=[(2, "kind", "?", "not one of")])
    workspace.add(late)
    workspace.close()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def secrets(folder: Path, settings: Settings) -> World:
    return World(open_workspace(folder, author="test"), settings)


def _segment_records(world: World, audience: Audience) -> list[Any]:
    """The record of each road, to those who may see one; others are refused whole."""
    ids = [str(segment) for segment in world.network.segments["segment_id"]]
    asked = [SegmentRequest(segment_id=segment, as_of=DAY) for segment in ids]
    if audience.may_see(Audience.TASK_FORCE):
        return [answer_segment(world, request, audience=audience) for request in asked]
    with pytest.raises(WithheldError, match="the record of a road is withheld"):
        answer_segment(world, asked[0], audience=audience)
    return []


def answers_of(world: World, folder: Path, audience: Audience) -> list[Any]:
    route = RouteRequest(origin=LonLat(0.1, 0.5), destination=LonLat(1.0, 0.9), as_of=DAY)
    gaps = GapsRequest(close=("kwisa-id",), limit_min=240, mode=AccessMode.UNESCORTED, as_of=DAY)
    workspace = open_workspace(folder, author="test")
    found = [
        answer_hexbin(world, HexbinRequest(resolution=5), audience=audience),
        answer_changes(world, Window(dt.date(2020, 4, 1), DAY), audience=audience),
        answer_presence(world, PresenceRequest(as_of=DAY, resolution=5), audience=audience),
        answer_exposure(world, ExposureRequest(as_of=DAY, resolution=5), audience=audience),
        answer_route(world, route, audience=audience),
        answer_roads(world, route, audience=audience),
        answer_bases(world, DAY, audience=audience),
        *(answer_reach(world, dataclasses.replace(gaps.reach(), mode=mode), audience=audience) for mode in AccessMode),
        answer_escort_radius(world, gaps.reach(), audience=audience),
        answer_constraints(world, route, audience=audience),
        *_segment_records(world, audience),
        answer_gaps(world, dataclasses.replace(gaps, close=("kwisa-id",)), audience=audience),
        answer_choices(world, DAY, audience=audience),
        answer_land(world, audience=audience),
        answer_state(workspace, world.settings, audience=audience),
        *(
            answer_rejects(workspace, record.import_id, world.settings, audience=audience)
            for record in workspace.imports()
        ),
    ]
    workspace.close()
    return found


def cleared_parts(value: Any) -> Iterator[Cleared]:
    """Every cleared table in an answer, however deep."""
    if isinstance(value, Cleared):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from cleared_parts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from cleared_parts(getattr(value, field.name))


def words_of(value: Any) -> str:
    """All an answer says, tables aside, the question of the asker left out."""
    if isinstance(value, Cleared):
        return f"{value.statement} {list(describe(value.statement))} {value.frame.attrs}"
    if isinstance(value, tuple | list):
        return " ".join(words_of(item) for item in value)
    if dataclasses.is_dataclass(value):
        named = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return " ".join(words_of(item) for name, item in named.items() if name != "request")
    return repr(value)


def exports_of(cleared: Cleared) -> Iterator[bytes]:
    """A cleared table in every format that can hold it."""
    for format_name in TABLE_FORMATS:
        try:
            content = export_table(cleared, format_name=format_name, provenance={"made_by": "Piste"})
        except RequestError:
            continue
        if format_name == "parquet":  # compressed: read as it would be read
            content = pd.read_parquet(io.BytesIO(content)).to_csv().encode() + content
        yield content
    if cleared.view == "routes":
        for format_name in TRACK_FORMATS:
            yield export_tracks(cleared, format_name=format_name, provenance={"made_by": "Piste"})


def assert_no_canary(
    text: str | bytes, audience: Audience, where: str, canaries: dict[str, Audience | None] = CANARIES
) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    for canary, least in canaries.items():
        if least is None or not audience.may_see(least):
            assert canary.encode() not in content, f"{canary!r} reached {audience} in {where}"


@pytest.mark.parametrize("audience", list(Audience))
def test_no_canary_in_any_answer_or_export(secrets: World, folder: Path, audience: Audience) -> None:
    searched = 0
    for answer in answers_of(secrets, folder, audience):
        assert_no_canary(words_of(answer), audience, type(answer).__name__)
        for part in cleared_parts(answer):
            assert_no_canary(part.frame.to_csv(), audience, f"{type(answer).__name__}, {part.view}")
            for content in exports_of(part):
                assert_no_canary(content, audience, f"export of {part.view}")
                searched += 1
    assert searched > 40


def test_the_search_finds_what_the_case_team_may_see(secrets: World, folder: Path) -> None:
    """Otherwise the test above would pass on empty answers."""
    seen = b"".join(
        content
        for answer in answers_of(secrets, folder, Audience.CASE_TEAM)
        for part in cleared_parts(answer)
        for content in exports_of(part)
    )
    for canary in ("Kwisabase", "kwisa-id", "Mirasite", "Zorgband", "road-secret", "0.23457", "0.71239", "secret-file"):
        assert canary.encode() in seen, canary


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("view", ["constraints", "road_reports", "constraint_records", "road_report_records"])
def test_no_canary_in_a_hindrance_or_road_report(
    secrets: World, settings: Settings, view: str, audience: Audience
) -> None:
    """As recorded, and as placed on segments."""
    asked: dict[str, Any] = {"as_of": DAY, "vehicle": "4x4", "settings": settings}
    table = "road_reports" if view.startswith("road") else "constraints"
    if table == "constraints":
        found = place_hindrances(secrets.network, secrets.records(table), season=Season.DRY, **asked)
        told = [found.placed, found.off_network]
    else:
        told = [last_seen(secrets.network, secrets.records(table), **asked)]
    searched = b""
    for frame in (secrets.records(table), *told):
        cleared = clear(frame, view=view, audience=audience, settings=settings)
        for content in exports_of(cleared):
            assert_no_canary(content, audience, f"export of {view}")
            searched += content
    secret = b"road-report-secret" if table == "road_reports" else b"stretch-secret"
    least = Audience.CASE_TEAM if view.endswith("records") else Audience.TASK_FORCE
    assert (secret in searched) == audience.may_see(least)
    informant = b"Informant Eri" if table == "road_reports" else b"Informant Dov"
    assert (informant in searched) == audience.may_see(Audience.CASE_TEAM)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER, Audience.TASK_FORCE])
def test_places_to_choose_from_have_the_decimals_of_the_audience(
    secrets: World, settings: Settings, audience: Audience
) -> None:
    decimals = settings.audiences[audience].coordinate_decimals
    places = answer_choices(secrets, DAY, audience=audience).places
    assert ("Kwisabase" in places) == audience.may_see(Audience.TASK_FORCE)
    assert all(place.lon == round(place.lon, decimals) for place in places.values())


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_a_view_nobody_may_see_does_not_tell_its_size(secrets: World, folder: Path, audience: Audience) -> None:
    for answer in answers_of(secrets, folder, audience):
        for part in cleared_parts(answer):
            if part.withheld and "outlines" not in part.view:
                assert part.statement.rows_before is None
                assert part.statement.rows_withheld is None
                assert not any(re.search(r"\d", said) for said in describe(part.statement)[:1])


# Refusals


@pytest.mark.parametrize("audience", list(Audience))
def test_refusing_an_unknown_base_lists_others_only_to_those_who_may_see_them(
    secrets: World, audience: Audience
) -> None:
    gaps = GapsRequest(close=("ghost",), limit_min=60, mode=AccessMode.AIR, as_of=DAY)
    for refuse in (
        lambda: answer_gaps(secrets, gaps, audience=audience),
        lambda: answer_reach(secrets, gaps.reach(("ghost",)), audience=audience),
    ):
        with pytest.raises(UnknownRecordError, match="no base 'ghost' is open on 2020-06-30") as refusal:
            refuse()
        assert ("kwisa-id" in str(refusal.value)) == audience.may_see(Audience.TASK_FORCE)


@pytest.mark.parametrize("audience", list(Audience))
def test_refusing_a_route_names_roads_only_to_those_who_may_know_them(settings: Settings, audience: Audience) -> None:
    ferries = [{**road, "road_id": f"road-secret-{n}", "road_class": "ferry"} for n, road in enumerate(ROADS)]
    world = table_top(settings, {"roads": ferries})
    far = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(0.2, 0.9), as_of=DAY)
    banned = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(1.0, 0.9), as_of=DAY, avoid=("ferry",))
    refused = [answer_route(world, request, audience=audience).refused for request in (far, banned)]
    assert "from the nearest open road" in str(refused[0])
    assert "open road" in str(refused[1])
    assert ("road-secret" in str(refused)) == audience.may_see(Audience.TASK_FORCE)


def test_a_road_avoided_is_not_named_to_the_public(settings: Settings) -> None:
    """Both ends lie on an open road; the one between them is a ferry."""
    across, up = ROADS
    ferry = {**up, "road_id": "road-far", "road_class": "ferry"}
    world = table_top(settings, {"roads": [across, ferry, beyond()]})
    asked = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(1.5, 1.0), as_of=DAY, avoid=("ferry",))
    told = {audience: answer_route(world, asked, audience=audience).refused for audience in Audience}
    assert told[Audience.PUBLIC] == "every way is closed by what you avoid (ferry); avoid less"
    assert told[Audience.TASK_FORCE] == (
        "every way is closed by what you avoid (ferry); the least closed one needs road road-far; avoid less"
    )


@pytest.mark.parametrize("word", ["checkpoint", "impassable_recorded", "road:road-0", "segment:road-0/0"])
def test_who_may_not_see_constraints_cannot_find_them_by_avoiding_them(settings: Settings, word: str) -> None:
    world = table_top(settings, {"roads": ROADS})
    asked = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(1.0, 0.9), as_of=DAY, avoid=(word,))
    for audience in (Audience.PUBLIC, Audience.CLUSTER):
        with pytest.raises(WithheldError, match="may not see what hinders roads"):
            answer_route(world, asked, audience=audience)


def beyond() -> dict[str, Any]:
    """A road that only the one up leads to."""
    return {
        "road_id": "road-beyond", "road_class": "primary", "geometry": shapely.LineString([(1, 1), (1.5, 1), (2, 1)]),
    }  # fmt: skip


# The command line


class Said:
    """Runs a command and keeps all its bytes, both streams."""

    def __init__(self, folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self.folder, self.capture = folder, capfdbinary

    def all(self, *words: str) -> bytes:
        with contextlib.suppress(SystemExit):
            main([*words, "--workspace", str(self.folder)])
        captured = self.capture.readouterr()
        assert b"Traceback" not in captured.err
        return captured.out + captured.err


COMMANDS = [
    ("hexbin", "--resolution", "5"),
    ("hexbin", "--resolution", "5", "--format", "csv"),
    ("hexbin", "--resolution", "5", "--format", "geojson"),
    ("hexbin", "--resolution", "5", "--format", "gpkg"),
    ("hexbin", "--resolution", "5", "--format", "parquet"),
    ("presence", "--as-of", "2020-06-30"),
    ("exposure", "--as-of", "2020-06-30", "--resolution", "4"),
    ("exposure", "--as-of", "2020-06-30", "--resolution", "4", "--format", "csv"),
    ("route", "--from", "0.1,0.5", "--to", "1,0.9"),
    ("route", "--from", "0.1,0.5", "--to", "1,0.9", "--format", "gpx"),
    ("route", "--from", "0.1,0.5", "--to", "1,0.9", "--format", "kml"),
    ("route", "--from", "0.1,0.5", "--to", "0.1,0.9"),
    ("reach", "--base", "nobody", "--limit-min", "60", "--mode", "air"),
    ("gaps", "--close", "nobody", "--limit-min", "60"),
]


@pytest.mark.parametrize("audience", ["public", "cluster", "task_force"])
def test_no_canary_on_either_stream(folder: Path, capfdbinary: pytest.CaptureFixture[bytes], audience: str) -> None:
    said = Said(folder, capfdbinary)
    for words in COMMANDS:
        content = said.all(*words, "--audience", audience)
        assert content
        assert_no_canary(content, Audience(audience), " ".join(words))


@pytest.mark.parametrize("command", ["reach --base kwisa-id --mode air", "gaps --close kwisa-id --mode air"])
def test_naming_a_base_tells_the_public_nothing_it_did_not_say(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes], command: str
) -> None:
    content = Said(folder, capfdbinary).all(*command.split(), "--limit-min", "60").replace(b'"kwisa-id"', b"")
    assert_no_canary(content, Audience.PUBLIC, command)
    assert b"77123" not in content
    assert b'"rows_withheld": null' in content


def test_resolution_zero_is_refused_not_replaced(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = Said(folder, capfdbinary)
    for words in ("presence --as-of 2020-06-30", "reach --base kwisa-id --limit-min 60 --mode air"):
        assert b"resolution must lie between 2 and 9, got 0" in said.all(*words.split(), "--resolution", "0")


# Subtraction


def monthly(counts: dict[str, int], *, first: int, **values: Any) -> list[dict[str, Any]]:
    """That many incidents on the tenth of each month, numbered from ``first``."""
    days = [f"{month}-10" for month, count in counts.items() for _ in range(count)]
    return [event(first + n, day, **{"place_precision": "exact", **values}) for n, day in enumerate(days)]


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_months_do_not_give_away_the_one_small_cell(settings: Settings, audience: Audience) -> None:
    """Three at a point, fifty nowhere: 53 by months less 50 would tell the three."""
    incidents = [
        *monthly({"2020-01": 3}, first=1, longitude=0.5),
        *monthly({"2020-01": 22, "2020-02": 28}, first=100, place_precision="nowhere", country=None),
    ]
    found = answer_hexbin(table_top(settings, {"incidents": incidents}), HexbinRequest(resolution=4), audience=audience)
    assert found.area_only.frame["incidents"].tolist() == [50.0]
    assert found.cells.frame.empty
    assert found.totals.frame.empty
    assert found.months.frame.empty


def test_months_do_not_give_away_the_one_small_area(settings: Settings) -> None:
    incidents = [
        *monthly({"2020-01": 22, "2020-02": 28}, first=100, longitude=0.5),
        *monthly({"2020-01": 3}, first=1, place_precision="nowhere", country=None),
    ]
    found = answer_hexbin(
        table_top(settings, {"incidents": incidents}), HexbinRequest(resolution=4), audience=Audience.PUBLIC
    )
    assert found.cells.frame["incidents"].tolist() == [50.0]
    assert found.area_only.frame.empty
    assert found.totals.frame.empty
    assert found.months.frame.empty


def test_a_json_answer_never_holds_what_is_not_a_number(secrets: World, folder: Path) -> None:
    for audience in Audience:
        for answer in answers_of(secrets, folder, audience):
            for part in cleared_parts(answer):
                content = export_table(part, format_name="json", provenance={})
                json.loads(content, parse_constant=pytest.fail)
    assert plain(float("inf")) is None


def test_tracks_are_refused_to_those_who_may_not_see_them(settings: Settings) -> None:
    closed = settings.model_copy(update={"disclosure": {**settings.disclosure, "routes": {"label": Audience.PUBLIC}}})
    request = RouteRequest(origin=LonLat(0.1, 0.5), destination=LonLat(1.0, 0.9), as_of=DAY)
    world = table_top(closed)
    routes = answer_route(world, request, audience=Audience.PUBLIC).routes
    for format_name in TRACK_FORMATS:
        with pytest.raises(WithheldError, match="the audience public may not see where routes run"):
            export_tracks(routes, format_name=format_name, provenance={})


# Half-filled workspaces


@pytest.mark.parametrize("only", [None, "boundaries", "incidents", "roads", "bases"])
def test_every_command_answers_or_refuses_in_one_line_whatever_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], only: str | None
) -> None:
    toy_workspace(tmp_path / "w", {only: tables()[only]} if only else {}).close()
    for words in (*COMMANDS, ("status",), ("withdraw", "ghost", "--reason", "x")):
        code = main([*words, "--workspace", str(tmp_path / "w")])
        said = capfd.readouterr()
        assert code in (0, 2), words
        if code == 2:
            assert said.out == ""
            assert said.err.count("\n") == 1, (words, said.err)
        elif "--format" not in words:
            json.loads(said.out, parse_constant=pytest.fail)


def test_a_file_that_cannot_be_written_is_named(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = folder / "no such folder" / "cells.csv"
    words = ["hexbin", "--resolution", "4", "--format", "csv", "--out", str(out), "--workspace", str(folder)]
    assert main(words) == 2
    assert f"cannot write {out}: No such file or directory; choose another place" in capfd.readouterr().err


# The gate itself


def test_the_gate_refuses_what_is_no_cell_and_counts_it_cannot_protect(settings: Settings) -> None:
    nonsense = pd.DataFrame({"cell": pd.array([4 << 52], dtype="uint64"), "incidents": [50.0]})
    with pytest.raises(SchemaError, match="is no H3 cell"):
        clear(nonsense, view="hexbin", audience=Audience.PUBLIC, settings=settings)
    with pytest.raises(SchemaError, match="cannot protect small counts: no column 'incidents'"):
        clear(nonsense[[]], view="hexbin", audience=Audience.PUBLIC, settings=settings, count_column="incidents")
