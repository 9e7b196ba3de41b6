"""Silent risks here: incidents that fall out between resolutions; a window that ends a day early; a fall that reads
as calm where eyes were lost; a district's events in no province; tomorrow's incident in today's exposure; today's
knowledge in an answer about what was known then; a world with half its tables that crashes instead of saying so."""

import dataclasses
import datetime as dt
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.answers.changes import answer_changes
from geo.answers.choices import answer_choices
from geo.answers.exposure import answer_exposure
from geo.answers.hexbin import answer_hexbin, answer_records
from geo.answers.land import answer_land
from geo.answers.presence import answer_presence
from geo.answers.reach import answer_bases, answer_gaps, answer_reach
from geo.answers.route import answer_ends, answer_roads, answer_route
from geo.answers.state import answer_rejects, answer_state
from geo.answers.world import World
from geo.errors import GeoError, RequestError, UnknownRecordError, WithheldError
from geo.model import (
    AccessMode,
    Audience,
    ExposureRequest,
    GapsRequest,
    HexbinRequest,
    LonLat,
    PresenceRequest,
    ReachRequest,
    RouteRequest,
    Season,
    Window,
)
from geo.settings import Settings
from tests.toy_country import BASES, BOUNDARIES, COUNTRY_TABLES, DAY, INCIDENTS, event, table_top, toy_workspace
from tests.toy_readings import boundary, reading_of

CASE = Audience.CASE_TEAM
WHOLE = Window()


@pytest.fixture(scope="module")
def country(settings: Settings) -> World:
    return table_top(settings)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# What happened where


@pytest.mark.parametrize("resolution", [3, 4, 5, 6, 7])
def test_six_incidents_are_six_at_every_resolution(country: World, resolution: int) -> None:
    found = answer_hexbin(country, HexbinRequest(resolution=resolution), audience=CASE)
    assert found.cells.frame["incidents"].sum() == pytest.approx(5)
    assert found.cells.frame["fatalities_best"].sum() == pytest.approx(5)
    assert found.area_only.frame.to_dict("records") == [{"area": "", "incidents": 1.0}]
    assert found.months.frame["incidents"].tolist() == [1, 1, 0, 2, 1, 1]
    (totals,) = found.totals.frame.to_dict("records")
    assert (totals["incidents"], totals["fatalities_best"]) == (6.0, 5.0)
    assert (totals["exact_share"], totals["area_share"]) == (pytest.approx(1 / 6), pytest.approx(4 / 6))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2020-01-10", "2020-01-10", 1),
        ("2020-01-11", "2020-02-09", 0),
        ("2020-01-10", "2020-02-10", 2),
        ("2020-06-20", "2020-06-20", 1),  # the last day of an incident of eleven days
        ("2020-06-15", "2020-06-15", 1),
        ("2020-06-21", None, 0),
        (None, "2020-06-10", 6),
        (None, "2020-06-09", 5),
    ],
)
def test_both_ends_of_a_window_count(country: World, start: str | None, end: str | None, expected: int) -> None:
    window = Window(start and day(start), end and day(end))
    found = answer_hexbin(country, HexbinRequest(resolution=4, window=window), audience=CASE)
    counted = found.cells.frame["incidents"].sum() + found.area_only.frame["incidents"].sum()
    assert counted == pytest.approx(expected)
    totals = found.totals.frame["incidents"]
    assert totals.tolist() == [float(expected)]


def test_newest_counts_from_the_end_of_the_window(country: World) -> None:
    window = Window(None, day("2020-01-20"))
    found = answer_hexbin(country, HexbinRequest(resolution=5, window=window), audience=CASE)
    assert found.as_of == day("2020-01-20")
    assert found.cells.frame["newest_days"].tolist() == [10.0]


def test_filters_narrow_by_kind_actor_and_violation(country: World) -> None:
    def total(**asked: tuple[str, ...]) -> float:
        found = answer_hexbin(country, HexbinRequest(resolution=4, **asked), audience=CASE)
        return float(found.totals.frame["incidents"].iloc[0])

    assert total(event_types=("ATTACK",)) == 1
    assert total(actors=("blue band",)) == 1
    assert total(violations=("abduction",)) == 1
    assert total(event_types=("attack", "clash")) == 2
    assert total(event_types=("attack",), violations=("abduction",)) == 0
    with pytest.raises(RequestError, match="'gossip' is no MRM violation"):
        total(violations=("gossip",))


def test_a_share_of_nothing_is_missing_not_zero(country: World) -> None:
    empty = HexbinRequest(resolution=4, window=Window(day("1999-01-01"), day("1999-12-31")))
    (totals,) = answer_hexbin(country, empty, audience=CASE).totals.frame.to_dict("records")
    assert totals["incidents"] == 0
    assert math.isnan(totals["exact_share"])
    assert math.isnan(totals["area_share"])


def test_observed_follows_the_bases_open_on_the_day(country: World) -> None:
    """Eastbase closes after 2020-06-30; from Westbase (0.2) the east of the country is farther than 75 km."""

    def blind(as_of: str) -> int:
        return len(
            answer_hexbin(country, HexbinRequest(resolution=5), audience=CASE, as_of=day(as_of)).cells.frame.loc[
                lambda cells: ~cells["observed"].astype(bool)
            ]
        )

    assert blind("2020-06-30") < blind("2020-07-01")


@pytest.mark.parametrize("audience", list(Audience))
def test_a_coarser_audience_is_granted_a_coarser_grid_and_told_so(
    country: World, settings: Settings, audience: Audience
) -> None:
    finest = settings.audiences[audience].finest_resolution
    answers = (
        answer_hexbin(country, HexbinRequest(resolution=5), audience=audience),
        answer_exposure(country, ExposureRequest(as_of=DAY, resolution=5), audience=audience),
        answer_presence(country, PresenceRequest(as_of=DAY, resolution=5), audience=audience),
    )
    for found in answers:
        assert found.request.resolution == min(5, finest)
        if len(found.cells.frame):
            assert found.cells.statement.resolution == found.request.resolution


# Records


def test_records_of_a_cell_are_those_placed_there(country: World) -> None:
    request = HexbinRequest(resolution=7)
    cells = answer_hexbin(country, request, audience=CASE).cells.frame
    at_point = int(cells.loc[cells["incidents"] >= 1, "cell"].iloc[0])
    listed = answer_records(country, request, at_point, audience=CASE).frame
    assert set(listed["incident_id"]) <= {f"ucdp:{n}" for n in range(1, 7)}
    assert listed["date_end"].is_monotonic_decreasing
    assert "import_id" not in listed


def test_a_cell_without_incident_is_refused_only_to_those_who_may_see_records(country: World) -> None:
    nowhere = 0x877FFFFFFFFFFFF
    request = HexbinRequest(resolution=7)
    with pytest.raises(RequestError, match="holds no incident at resolution 7"):
        answer_records(country, request, nowhere, audience=Audience.TASK_FORCE)
    held = int(answer_hexbin(country, request, audience=CASE).cells.frame["cell"].iloc[0])
    for audience in (Audience.PUBLIC, Audience.CLUSTER):
        empty, full = (answer_records(country, request, cell, audience=audience) for cell in (nowhere, held))
        assert (empty.frame.shape, empty.statement) == (full.frame.shape, full.statement)


def test_records_finer_than_granted_are_refused(country: World) -> None:
    request = HexbinRequest(resolution=9)
    cell = int(answer_hexbin(country, request, audience=CASE).cells.frame["cell"].iloc[0])
    with pytest.raises(WithheldError, match="resolution 9 are finer than 7"):
        answer_records(country, request, cell, audience=Audience.TASK_FORCE)


# What changed


def changes_between(world: World, start: str, end: str) -> pd.DataFrame:
    return answer_changes(world, Window(day(start), day(end)), audience=CASE).provinces.frame.set_index("area")


def test_before_is_as_long_as_the_window_and_ends_the_day_before_it(country: World) -> None:
    found = answer_changes(country, Window(day("2020-02-10"), day("2020-03-10")), audience=CASE)
    assert found.before == Window(day("2020-01-11"), day("2020-02-09"))
    assert found.provinces.frame["verdict"].tolist() == ["rose", "same"]


def test_where_the_data_begin_nothing_is_compared(country: World) -> None:
    early = changes_between(country, "2020-01-20", "2020-01-30")
    assert set(early["verdict"]) == {"no_data_before"}
    first_compared = changes_between(country, "2020-01-20", "2020-01-29")  # before it: 10 to 19 January
    assert first_compared["verdict"].to_dict() == {"West": "fell", "East": "same"}


def test_a_fall_without_eyes_cannot_be_told(settings: Settings) -> None:
    """Two eastern events in June, one in July; the eastern base closes on 30 June."""
    tables = {**COUNTRY_TABLES, "incidents": [
        event(1, "2020-01-01", "exact"),
        *(event(n, f"2020-06-{n:02}", "exact", longitude=1.5) for n in (12, 13)),
        event(20, "2020-07-05", "exact", longitude=1.5),
    ]}  # fmt: skip
    blinded = changes_between(table_top(settings, tables), "2020-06-21", "2020-07-10")
    assert blinded.loc["East", ["now", "before", "verdict"]].tolist() == [1.0, 2.0, "cannot_tell"]
    assert blinded.loc["East", "eyes_now_share"] < blinded.loc["East", "eyes_before_share"]
    staying = [{**row, "valid_to": None} for row in BASES]
    seeing = changes_between(table_top(settings, {**tables, "bases": staying}), "2020-06-21", "2020-07-10")
    assert seeing.loc["East", "verdict"] == "fell"


def test_an_event_known_to_a_district_counts_in_its_province(settings: Settings) -> None:
    """With the district's outline imported the event is spread over it, and still lies in the east."""
    district = boundary(
        "XTO-E1", name="Nowhere district", level=2, country="XTO", parent="XTO-E", geometry=BOUNDARIES[2]["geometry"]
    )
    for boundaries in (BOUNDARIES, [*BOUNDARIES, district]):
        world = table_top(settings, {**COUNTRY_TABLES, "boundaries": boundaries})
        april = changes_between(world, "2020-04-01", "2020-04-30")
        assert april["now"].to_dict() == {"West": 1.0, "East": 1.0}


# Who is where


def test_presence_shares_sum_to_one_and_follow_the_evidence(country: World) -> None:
    found = answer_presence(country, PresenceRequest(as_of=DAY, resolution=5), audience=CASE)
    sums = found.cells.frame.groupby("cell")["influence_share"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    assert found.actors.frame["actor"].tolist() == ["Red Band", "Blue Band"]
    assert set(found.places.frame["actor"]) <= {"Red Band", "Blue Band"}


def test_presence_knows_nothing_of_the_days_after(country: World) -> None:
    early = answer_presence(country, PresenceRequest(as_of=day("2020-01-10"), resolution=5), audience=CASE)
    assert early.actors.frame["actor"].tolist() == ["Red Band"]
    before = answer_presence(country, PresenceRequest(as_of=day("2020-01-09"), resolution=5), audience=CASE)
    assert before.cells.frame.empty


# Exposure


def test_exposure_has_no_future(settings: Settings) -> None:
    """What ends on the day itself or later changes nothing; what ended the day before does."""

    def surface(*more: dict[str, object]) -> list[float]:
        world = table_top(settings, {**COUNTRY_TABLES, "incidents": [*INCIDENTS[:2], *more]})
        found = answer_exposure(world, ExposureRequest(as_of=day("2020-05-01"), resolution=4), audience=CASE)
        return list(found.cells.frame["exposure"])

    plain = surface()
    assert max(plain) > 0
    for start, end in (("2020-04-01", "2020-05-01"), ("2020-05-01", "2020-05-01"), ("2021-01-01", "2021-01-02")):
        assert surface(event(7, start, "exact", date_end=end)) == plain
    assert surface(event(7, "2020-04-01", "exact", date_end="2020-04-30")) != plain


def test_exposure_of_a_country_without_outline_is_refused(country: World) -> None:
    request = ExposureRequest(as_of=DAY, resolution=4, country="XXX")
    with pytest.raises(RequestError, match="no outline of XXX is imported"):
        answer_exposure(country, request, audience=CASE)


# How a team gets there


@pytest.mark.parametrize(
    ("goal", "minutes"), [(LonLat(0.5, 0.5), 36), (LonLat(1.0, 0.9), 144), (LonLat(1.5, 0.5), 156)]
)
def test_route_times_are_those_stated(country: World, goal: LonLat, minutes: float) -> None:
    request = RouteRequest(origin=LonLat(0.2, 0.5), destination=goal, as_of=DAY)
    found = answer_route(country, request, audience=CASE)
    assert found.routes.frame["time_min"].tolist() == [pytest.approx(minutes, rel=1e-4)]
    assert found.refused is None
    (segments,) = found.segments
    assert segments.frame["time_min"].sum() == pytest.approx(minutes, rel=1e-4)
    assert set(segments.frame["road_id"]) <= {"road-across", "road-up"}


def test_reach_times_solved_by_hand(country: World) -> None:
    request = ReachRequest(limit_min=60, mode=AccessMode.UNESCORTED, as_of=DAY)
    sites = answer_reach(country, request, audience=CASE).sites.frame.set_index("site")
    assert sites["time_min"].to_dict() == pytest.approx({"Westville": 36, "Northville": 132, "Eastville": 24}, rel=1e-4)
    assert sites["nearest_base"].to_dict() == {
        "Westville": "base-west", "Northville": "base-east", "Eastville": "base-east",
    }  # fmt: skip
    assert sites["covered"].to_dict() == {"Westville": True, "Northville": False, "Eastville": True}


def test_gaps_name_who_loses_reach_and_by_how_much(country: World) -> None:
    request = GapsRequest(close=("base-east",), limit_min=150, mode=AccessMode.UNESCORTED, as_of=DAY)
    found = answer_gaps(country, request, audience=CASE)
    (lost,) = found.lost.frame.to_dict("records")
    assert (lost["site"], lost["people"], lost["next_base"], lost["mode"]) == (
        "Eastville", 400, "Westbase", "unescorted",
    )  # fmt: skip
    assert (lost["before_min"], lost["after_min"]) == (pytest.approx(24, rel=1e-4), pytest.approx(156, rel=1e-4))
    (coverage,) = found.coverage.frame.to_dict("records")
    assert (coverage["sites_share_before"], coverage["sites_share_after"]) == (1, pytest.approx(2 / 3))
    assert (coverage["people_before"], coverage["people_after"], coverage["people_lost"]) == (700, 300, 400)
    assert found.bases.frame.set_index("base_id")["status"].to_dict() == {"base-east": "closing", "base-west": "open"}
    cells = found.cells.frame
    assert cells["lost"].sum() == found.cells_before.frame["covered"].sum() - cells["covered"].sum()


def test_a_base_counts_as_open_on_its_last_day(country: World) -> None:
    assert set(answer_bases(country, DAY, audience=CASE).bases.frame["base_id"]) == {"base-west", "base-east"}
    assert set(answer_bases(country, day("2020-07-01"), audience=CASE).bases.frame["base_id"]) == {"base-west"}


def test_an_unknown_base_is_refused(country: World) -> None:
    request = ReachRequest(limit_min=60, mode=AccessMode.AIR, as_of=DAY, base_ids=("ghost",))
    with pytest.raises(UnknownRecordError, match="no base 'ghost' is open on 2020-06-30; open bases: base-east, base-"):
        answer_reach(country, request, audience=Audience.TASK_FORCE)


def test_roads_tell_how_they_can_be_passed(country: World) -> None:
    request = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(1, 0.9), as_of=DAY)
    roads = answer_roads(country, request, audience=CASE).frame
    assert roads["time_min"].sum() == pytest.approx(360, rel=1e-6)
    assert set(roads["passability"]) == {"open"}
    ends = answer_ends(country, request, ("here", "there"), audience=Audience.PUBLIC).frame
    assert ends["longitude"].tolist() == [0.2, 1.0]


# What was known then


def test_known_at_answers_as_it_would_have_then(tmp_path: Path, settings: Settings) -> None:
    workspace = toy_workspace(tmp_path, {**COUNTRY_TABLES, "incidents": INCIDENTS[:2]})
    then = max(record.imported_at for record in workspace.imports())
    request = PresenceRequest(as_of=DAY, resolution=5)
    told_then = answer_presence(World(workspace, settings), request, audience=CASE)
    workspace.add(reading_of("incidents", [event(9, "2020-01-12", "exact", actor_a="Blue Band")]))
    workspace.withdraw(next(r.import_id for r in workspace.imports() if r.table == "bases"), reason="wrong file")
    again, now = (World(workspace, settings, known_at=moment) for moment in (then, None))
    retold, told_now = (answer_presence(world, request, audience=CASE) for world in (again, now))
    pd.testing.assert_frame_equal(retold.cells.frame, told_then.cells.frame)
    assert len(told_now.cells.frame) != len(told_then.cells.frame)
    assert (len(again.incidents), len(now.incidents)) == (2, 3)
    assert (len(again.bases_at(DAY)), len(now.bases_at(DAY))) == (2, 0)
    assert ("bases" in again.sources, "bases" in now.sources) == (True, False)
    nothing_yet = World(workspace, settings, known_at=then - dt.timedelta(days=1))
    assert answer_presence(nothing_yet, request, audience=CASE).cells.frame.empty
    assert nothing_yet.sources == {}
    workspace.close()


# The state of the workspace


def test_state_counts_what_is_stored(tmp_path: Path, settings: Settings) -> None:
    workspace = toy_workspace(tmp_path)
    state = answer_state(workspace, settings, audience=Audience.PUBLIC)
    assert state.tables["incidents"]["rows"] == 6
    assert state.imports.frame["rows_stored"].sum() == sum(map(len, COUNTRY_TABLES.values()))
    first = workspace.imports()[0].import_id
    assert answer_rejects(workspace, first, settings, audience=CASE).frame.empty
    workspace.close()


# Worlds with holes: every answer is an answer or one clear sentence


def ask_everything(world: World, audience: Audience) -> list[str]:
    """Ask every question; return the sentences of those refused."""
    travel = {"season": Season.WET, "as_of": DAY}
    route = RouteRequest(origin=LonLat(0.2, 0.5), destination=LonLat(1.0, 0.9), **travel)
    questions = [
        lambda: answer_hexbin(world, HexbinRequest(resolution=3), audience=audience),
        lambda: answer_changes(world, WHOLE, audience=audience),
        lambda: answer_changes(world, Window(day("2020-04-01"), DAY), audience=audience),
        lambda: answer_presence(world, PresenceRequest(as_of=DAY, resolution=3), audience=audience),
        lambda: answer_exposure(world, ExposureRequest(as_of=DAY, resolution=3), audience=audience),
        lambda: answer_route(world, route, audience=audience),
        lambda: answer_roads(world, route, audience=audience),
        lambda: answer_bases(world, DAY, audience=audience),
        lambda: answer_choices(world, DAY, audience=audience),
        lambda: answer_land(world, audience=audience),
        *(
            lambda mode=mode: answer_reach(
                world, ReachRequest(limit_min=60, mode=mode, resolution=3, **travel), audience=audience
            )
            for mode in (AccessMode.ESCORTED, AccessMode.AIR)
        ),
        lambda: answer_gaps(
            world,
            GapsRequest(close=("base-east",), limit_min=60, mode=AccessMode.AIR, resolution=3, **travel),
            audience=audience,
        ),
    ]
    refused = []
    for question in questions:
        try:
            question()
        except GeoError as error:
            refused.append(str(error))
    assert all(sentence and "\n" not in sentence for sentence in refused)
    return refused


HOLES = [chosen for size in range(6) for chosen in itertools.combinations(COUNTRY_TABLES, size)]


@pytest.mark.parametrize("present", HOLES, ids=lambda names: "+".join(names) or "nothing")
def test_any_choice_of_tables_is_answered_or_refused_in_one_sentence(
    settings: Settings, present: tuple[str, ...]
) -> None:
    world = table_top(settings, {name: COUNTRY_TABLES[name] for name in present})
    refused = ask_everything(world, CASE)
    if "roads" not in present:
        assert any("no roads are imported" in sentence for sentence in refused)
    if "bases" not in present:
        assert any("no base 'base-east' is open" in sentence or "no roads" in sentence for sentence in refused)


@pytest.mark.parametrize("audience", list(Audience))
def test_nothing_is_refused_in_a_whole_country(country: World, audience: Audience) -> None:
    assert ask_everything(country, audience) == []


def test_an_answer_never_changes_the_world(settings: Settings) -> None:
    world = table_top(settings)
    before = {name: getattr(world, name).copy(deep=True) for name in ("incidents", "boundaries", "roads", "actors")}
    ask_everything(world, CASE)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(world, name)), pd.DataFrame(frame))
    assert np.array_equal(world.incidents.index, np.arange(6))


def test_a_route_through_land_without_reports_says_how_much_of_it(sample_world: World) -> None:
    """Exposure there is a lower bound; the road beyond the outline must never read as quiet."""
    day = sample_world.latest_date
    towns = sample_world.places.sort_values("population", ascending=False)
    ends = [
        LonLat(float(lon), float(lat)) for lon, lat in zip(towns["longitude"][:2], towns["latitude"][:2], strict=True)
    ]
    request = RouteRequest(origin=ends[0], destination=ends[1], as_of=day, exposure_weight=0.0)
    found = answer_route(sample_world, request, audience=Audience.PUBLIC)
    assert (found.routes.frame["unobserved_km"] < 0.05 * found.routes.frame["length_km"]).all()
    assert not found.routes.frame["exposure_at_least"].any()
    surface = sample_world.surface(day)
    try:
        blind = dataclasses.replace(surface, cells=surface.cells[:1], rate=surface.rate[:1])
        sample_world._made["surface", (day, sample_world.country)] = blind
        unseen = answer_route(sample_world, request, audience=Audience.PUBLIC).routes.frame
        stretches = answer_route(sample_world, request, audience=Audience.TASK_FORCE).segments[0].frame
    finally:
        sample_world._made["surface", (day, sample_world.country)] = surface
    assert unseen["unobserved_km"].iloc[0] == pytest.approx(unseen["length_km"].iloc[0], rel=0.05)
    assert unseen["exposure_at_least"].all()
    assert stretches["exposure_at_least"].mean() > 0.9


@pytest.mark.parametrize("field", ["sources", "verifications", "place_precisions", "actors"])
def test_a_filter_on_what_an_audience_may_not_see_is_refused(sample_world: World, field: str) -> None:
    request = HexbinRequest(resolution=4, **{field: ("exact",)})
    with pytest.raises(WithheldError, match="leave that filter out"):
        answer_hexbin(sample_world, request, audience=Audience.PUBLIC)
    assert answer_hexbin(sample_world, request, audience=Audience.TASK_FORCE).request == request
