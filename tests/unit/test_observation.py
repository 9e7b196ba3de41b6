"""Silent risks here: longitude and latitude swapped; degrees taken for km; a cell exactly at the limit left out; a hub
that outlives its base; a visit that counts before it took place; lost eyes read as calm."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.answers.observation import (
    ObservationAnswer,
    answer_observation,
    eyes_between,
    watched_cells,
    watched_on,
)
from geo.answers.world import World
from geo.crs import distance_km
from geo.errors import CrsError, RequestError
from geo.hexgrid import cells_near, cells_of_points, centres
from geo.incidents.observation import (
    cell_states,
    eyes_of_areas,
    footprints,
    judge,
    observed_cells,
    standing_observers,
    visits,
    watched_by,
)
from geo.model import Audience, ObservationRequest, Window
from geo.settings import Settings
from tests.toy_country import COUNTRY_TABLES, table_top
from tests.toy_readings import base, incident, reading_of

OBSERVERS = pd.DataFrame({"longitude": [18.5, 23.0], "latitude": [4.4, 7.0]})


@pytest.fixture(scope="module")
def cells() -> np.ndarray:
    return cells_near(cells_of_points([20.5], [5.5], resolution=5), distance_km=400.0)


def test_a_cell_is_observed_when_any_observer_is_near_enough(cells) -> None:
    lon, lat = centres(cells)
    nearest = np.full(len(cells), np.inf)
    for x, y in zip(OBSERVERS["longitude"], OBSERVERS["latitude"], strict=True):
        nearest = np.minimum(nearest, distance_km(lon, lat, np.full_like(lon, x), np.full_like(lat, y)))
    found = observed_cells(cells, OBSERVERS, radius_km=105.0)
    assert found.tolist() == (nearest <= 105.0).tolist()
    assert 0 < found.sum() < len(cells)


def test_a_centre_exactly_at_the_radius_is_observed(cells) -> None:
    lon, lat = centres(cells[:1])
    radius_km = float(distance_km(lon, lat, np.array([18.5]), np.array([4.4]))[0])
    assert observed_cells(cells[:1], OBSERVERS.iloc[:1], radius_km=radius_km).tolist() == [True]
    assert observed_cells(cells[:1], OBSERVERS.iloc[:1], radius_km=radius_km - 0.001).tolist() == [False]


def test_more_observers_never_observe_less(cells) -> None:
    one, two = (observed_cells(cells, OBSERVERS.iloc[:n], radius_km=105.0) for n in (1, 2))
    assert not (one & ~two).any()


def test_nobody_observes_nothing(cells) -> None:
    assert not observed_cells(cells, OBSERVERS.iloc[:0], radius_km=105.0).any()
    assert observed_cells(cells[:0], OBSERVERS, radius_km=105.0).tolist() == []


@pytest.mark.parametrize("radius_km", [0.0, -1.0, float("nan")])
def test_a_radius_of_nothing_is_refused(cells, radius_km) -> None:
    with pytest.raises(RequestError, match="must be more than 0 km"):
        observed_cells(cells, OBSERVERS, radius_km=radius_km)


def test_an_observer_without_a_place_is_refused(cells) -> None:
    lost = pd.concat([OBSERVERS, pd.DataFrame({"longitude": [np.nan], "latitude": [1.0]})], ignore_index=True)
    with pytest.raises(CrsError, match="observer at position 2 has no longitude,latitude"):
        observed_cells(cells, lost, radius_km=105.0)


# Who observes


def tables(bases: list[dict[str, Any]], partners: list[dict[str, Any]] | None = None) -> tuple[pd.DataFrame, ...]:
    return reading_of("bases", bases).frame, reading_of("partners", partners or []).frame


def standing(
    settings: Settings, bases: list[dict[str, Any]], partners: list[dict[str, Any]], *, open_ids: set[str], as_of: str
) -> list[tuple[str, float]]:
    recorded, known = tables(bases, partners)
    found = standing_observers(
        recorded.loc[recorded["base_id"].isin(open_ids)],
        known,
        recorded[["base_id", "longitude", "latitude"]],
        as_of=dt.date.fromisoformat(as_of),
        settings=settings,
    )
    return [(row["kind"], row["radius_km"]) for row in found.to_dict("records")]


def partner(name: str, **values: Any) -> dict[str, Any]:
    return {"partner_id": name, "name": name, "organisation_type": "ingo", "base_id": "b", **values}


def test_each_kind_of_observer_has_its_own_radius(settings: Settings) -> None:
    found = standing(settings, [base("b", alert_hub="yes")], [partner("p")], open_ids={"b"}, as_of="2020-06-30")
    rule = settings.observation
    assert found == [
        ("base", rule.base_radius_km),
        ("partner", rule.partner_radius_km),
        ("alert_hub", settings.modes.alert_radius_km),
    ]


def test_when_a_base_closes_only_those_who_live_there_stay(settings: Settings) -> None:
    partners = [partner("ingo"), partner("national", organisation_type="national_ngo")]
    bases = [base("b", alert_hub="yes")]
    found = standing(settings, bases, partners, open_ids=set(), as_of="2020-06-30")
    assert [kind for kind, _ in found] == ["partner"]


@pytest.mark.parametrize(
    ("as_of", "number"), [("2020-01-31", 0), ("2020-02-01", 1), ("2020-03-31", 1), ("2020-04-01", 0)]
)
def test_a_partner_watches_from_its_first_to_its_last_day(settings: Settings, as_of: str, number: int) -> None:
    stays = partner("p", organisation_type="national_ngo", valid_from="2020-02-01", valid_to="2020-03-31")
    assert len(standing(settings, [base("b")], [stays], open_ids=set(), as_of=as_of)) == number


def test_a_partner_without_a_known_place_watches_nothing(settings: Settings) -> None:
    lost = [partner("p", base_id="gone", organisation_type="national_ngo"), partner("q", base_id=None)]
    found = standing(settings, [base("b")], lost, open_ids={"b"}, as_of="2020-06-30")
    assert [kind for kind, _ in found] == ["base"]


# Visits


def seen(day: str, **values: Any) -> dict[str, Any]:
    usual = {"presence_id": f"s{day}", "actor_id": "a", "longitude": 1.0, "latitude": 0.5, "place_precision": "exact"}
    return {**usual, "observed_on": day, "source_type": "patrol", **values}


@pytest.mark.parametrize(
    ("day", "number"), [("2020-06-30", 1), ("2020-04-02", 1), ("2020-04-01", 0), ("2020-07-01", 0)]
)
def test_a_visit_counts_for_ninety_days_its_own_included_and_never_before_it(
    settings: Settings, day: str, number: int
) -> None:
    verified = incident(1, verification="verified", verified_on=day)
    nobody = reading_of("presence", []).frame
    nothing = reading_of("incidents", []).frame
    as_of = dt.date(2020, 6, 30)
    by_verification = visits(reading_of("incidents", [verified]).frame, nobody, as_of=as_of, settings=settings)
    by_patrol = visits(nothing, reading_of("presence", [seen(day)]).frame, as_of=as_of, settings=settings)
    assert (len(by_verification), len(by_patrol)) == (number, number)


@pytest.mark.parametrize(
    "row",
    [{"source_type": "media"}, {"source_type": "other"}, {"source_type": None}, {"place_precision": "admin1"}],
    ids=str,
)
def test_who_was_not_there_or_nobody_knows_where_is_no_visit(settings: Settings, row: dict[str, Any]) -> None:
    presence = reading_of("presence", [seen("2020-06-30", **row)]).frame
    found = visits(reading_of("incidents", []).frame, presence, as_of=dt.date(2020, 6, 30), settings=settings)
    assert found.empty


def test_a_rejected_report_is_no_visit(settings: Settings) -> None:
    rows = reading_of("incidents", [incident(1, verification="rejected", verified_on="2020-06-30")]).frame
    nobody = reading_of("presence", []).frame
    assert visits(rows, nobody, as_of=dt.date(2020, 6, 30), settings=settings).empty


# Cells


def test_the_cell_an_observer_stands_in_is_watched_however_large(cells) -> None:
    """Its centre lies farther off than the radius."""
    lon, lat = centres(cells[:1])
    beside = pd.DataFrame({"kind": ["visit"], "longitude": lon + 0.05, "latitude": lat, "radius_km": [1.0]})
    assert cells_of_points(beside["longitude"], beside["latitude"], resolution=5).tolist() == [int(cells[0])]
    found = watched_by(cells, beside)
    assert found["visit"].sum() == 1
    assert found.iloc[0].tolist() == [False, False, False, True]


def test_footprints_are_those_of_each_observer_alone(cells) -> None:
    observers = OBSERVERS.assign(kind="base", radius_km=[105.0, 200.0])
    rows = footprints(cells, observers)
    for number, radius_km in enumerate((105.0, 200.0)):
        assert rows[number].tolist() == observed_cells(cells, OBSERVERS.iloc[[number]], radius_km=radius_km).tolist()
    assert footprints(cells, observers.iloc[:0]).shape == (0, len(cells))


def test_a_report_of_its_own_wins_then_eyes_decide() -> None:
    active, watched = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert cell_states(active, watched).tolist() == ["active", "active", "quiet_but_watched", "no_eyes"]


# Judging


@pytest.mark.parametrize(
    ("now", "before", "eyes_now", "eyes_before", "verdict"),
    [
        (1, 2, 1.0, 1.0, "fell"),
        (2, 2, 1.0, 1.0, "same"),
        (3, 2, 1.0, 1.0, "rose"),
        (1, 2, 0.5, 0.51, "fell"),  # exactly the share that is no loss
        (1, 2, 0.5, 0.512, "cannot_tell"),
        (2, 2, 0.5, 0.6, "cannot_tell"),  # lost eyes are not calm either
        (3, 2, 0.5, 0.6, "rose"),
        (0, 0, 0.0, 0.0, "cannot_tell"),  # nobody ever looked
        (1, 2, float("nan"), 0.5, "cannot_tell"),
        (3, 2, 0.0, 0.0, "rose"),
    ],
)
def test_a_verdict_needs_eyes(now: int, before: int, eyes_now: float, eyes_before: float, verdict: str) -> None:
    assert judge([now], [before], [eyes_now], [eyes_before], loss_share=0.01).tolist() == [verdict]


def test_eyes_of_an_area_without_cells_are_none() -> None:
    owner = np.array([0, 0, 2, 2])
    before, now = eyes_of_areas(
        owner, np.array([True, True, True, False]), np.array([True, False, True, True]), areas=3
    )
    assert before.tolist() == [1.0, 0.0, 0.5]
    assert now.tolist() == [0.5, 0.0, 0.5]


# The answer


def observed(world: World, audience: Audience = Audience.CASE_TEAM, **asked: Any) -> ObservationAnswer:
    window = asked.pop("window", Window(dt.date(2020, 4, 1), dt.date(2020, 6, 30)))
    return answer_observation(world, ObservationRequest(resolution=5, window=window, **asked), audience=audience)


def test_each_cell_of_the_land_has_one_state_and_its_watchers(settings: Settings) -> None:
    """Eastbase and Westbase are open on 30 June; of the reports of the window none is placed at a point."""
    world = table_top(settings)
    found = observed(world)
    assert found.states.frame["cell"].tolist() == world.territory(5).tolist()
    assert set(found.states.frame["state"]) == {"quiet_but_watched", "no_eyes"}
    blind = found.states.frame["state"] == "no_eyes"
    assert (found.states.frame.loc[blind, "watched_by"] == "").all()
    west = found.states.frame.loc[found.states.frame["watched_by"] == "base, alert_hub"]
    assert 0 < len(west) < len(found.states.frame)


def test_months_follow_the_bases_and_end_with_the_window(settings: Settings) -> None:
    """Eastbase is open until 30 June, so July is watched by the western one alone."""
    window = Window(dt.date(2020, 5, 10), dt.date(2020, 7, 1))
    months = observed(table_top(settings), window=window).months.frame
    assert months["month"].dt.strftime("%Y-%m").tolist() == ["2020-05", "2020-06", "2020-07"]
    may, june, july = months["observed_share"]
    assert may == june > july > 0


def test_a_province_is_answered_alone_and_an_unknown_one_is_refused(settings: Settings) -> None:
    world = table_top(settings)
    whole, west, east = (observed(world, areas=areas).states.frame for areas in ((), ("West",), ("East", "East")))
    assert sorted([*west["cell"], *east["cell"]]) == sorted(whole["cell"])
    with pytest.raises(RequestError, match="no province 'Atlantis' is known; use one of West, East"):
        observed(world, areas=("Atlantis",))


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_circles_around_observers_stay_with_the_task_force(settings: Settings, audience: Audience) -> None:
    found = observed(table_top(settings), audience)
    for part in (found.states, found.months):
        assert part.withheld
        assert part.statement.rows_before is None


def test_without_an_outline_the_answer_says_what_to_import(settings: Settings) -> None:
    with pytest.raises(RequestError, match="import one: python -m geo import boundaries FILE"):
        observed(table_top(settings, {name: rows for name, rows in COUNTRY_TABLES.items() if name != "boundaries"}))


def test_what_is_kept_for_the_next_question_is_what_a_fresh_look_gives(settings: Settings) -> None:
    world = table_top(settings)
    day = dt.date(2020, 6, 30)
    around = cells_near(world.territory(5), distance_km=40.0)  # abroad too
    for _ in range(2):
        kept = watched_cells(world, around, 5, day)
        assert kept.tolist() == watched_on(world, around, day).any(axis=1).tolist()
    assert watched_cells(world, around, 5, dt.date(2020, 7, 1)).sum() < kept.sum()


def test_a_country_in_no_records_watches_nothing(settings: Settings) -> None:
    world = table_top(settings, {**COUNTRY_TABLES, "bases": []})
    seen_before, kept = eyes_between(
        world,
        world.territory(5),
        before=Window(dt.date(2020, 1, 1), dt.date(2020, 1, 31)),
        now=Window(dt.date(2020, 2, 1), dt.date(2020, 2, 29)),
    )
    assert not seen_before.any()
    assert not kept.any()
