"""Silent risks here: a rumour that beats a patrol because it is newer; a contradiction nobody is shown; a report of one
direction or vehicle told of another; one that is over, or of tomorrow, that counts."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.access.network import Network, build_network
from geo.access.road_reports import last_seen, place_reports, reports_on, reports_on_roads
from geo.errors import RequestError
from geo.schema import ROAD_REPORTS
from geo.settings import Settings
from tests.toy_roads import roads_of

DAY = dt.date(2020, 6, 1)
AT = {"longitude": 0.05, "latitude": 0.0}  # on segment 0, which runs east


@pytest.fixture(scope="module")
def network(settings: Settings) -> Network:
    roads = [
        {"line": [(0.0, 0), (0.1, 0), (0.2, 0)], "road_id": "east"},
        {"line": [(0.1, 0), (0.1, 0.1)], "road_id": "north"},
    ]
    return build_network(roads_of(roads), settings=settings.network)


def reports_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    raw = pd.DataFrame(
        [{"report_id": f"r{i}", "observed_on": "2020-05-01", "status": "passable"} | row for i, row in enumerate(rows)]
    )
    checked = ROAD_REPORTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def seen(network: Network, settings: Settings, *rows: dict[str, Any], vehicle: str = "4x4") -> pd.DataFrame:
    return last_seen(network, reports_of(rows), as_of=DAY, vehicle=vehicle, settings=settings)


def only(frame: pd.DataFrame) -> dict[str, Any]:
    """The one answer for segment 0, which both directions share."""
    assert frame["segment"].tolist() == [0, 0]
    assert frame["direction"].tolist() == [0, 1]
    first, second = frame.drop(columns="direction").to_dict("records")
    pd.testing.assert_series_equal(pd.Series(first), pd.Series(second))
    return first


@pytest.mark.parametrize(
    ("rows", "winner", "contrary"),
    [
        # The newest wins; the older one that says otherwise stands beside it.
        ([("2020-05-01", "passable", None), ("2020-05-02", "impassable", None)], "r1", "r0"),
        # A newer report of a bad source does not beat an older good one, and is the one that says otherwise.
        ([("2020-05-01", "passable", "b"), ("2020-05-30", "impassable", "e")], "r0", "r1"),
        # Grade c is good enough, no grade too; d is not.
        ([("2020-05-01", "passable", "c"), ("2020-05-30", "impassable", "d")], "r0", "r1"),
        ([("2020-05-01", "passable", None), ("2020-05-30", "impassable", "f")], "r0", "r1"),
        ([("2020-05-01", "passable", "a"), ("2020-05-02", "impassable", "c")], "r1", "r0"),
        # Nobody reliable: the newest.
        ([("2020-05-01", "passable", "e"), ("2020-05-02", "impassable", "f")], "r1", "r0"),
        # The same day: the worst.
        ([("2020-05-02", "passable", "a"), ("2020-05-02", "impassable", "c"), ("2020-05-02", "difficult", "a")], "r1", "r2"),
        # Agreement is no contradiction.
        ([("2020-05-01", "difficult", "a"), ("2020-05-02", "difficult", "a")], "r1", None),
        # Of several that say otherwise the newest is shown.
        (
            [("2020-03-01", "passable", "a"), ("2020-05-03", "impassable", "a"), ("2020-04-01", "difficult", "a")],
            "r1",
            "r2",
        ),
    ],
)  # fmt: skip
def test_the_newest_reliable_report_wins_and_both_are_shown(
    network: Network, settings: Settings, rows: list[tuple[str, str, str | None]], winner: str, contrary: str | None
) -> None:
    told = [AT | {"observed_on": day, "status": status, "reliability": grade} for day, status, grade in rows]
    for order in (told, told[::-1]):
        numbered = [row | {"report_id": f"r{told.index(row)}"} for row in order]
        row = only(seen(network, settings, *numbered))
        assert row["report_id"] == winner
        assert (None if pd.isna(row["contrary_id"]) else row["contrary_id"]) == contrary


def test_ages_weights_and_sources_of_both_are_told(network: Network, settings: Settings) -> None:
    rules = settings.road_reports
    half = str(DAY - dt.timedelta(days=int(rules.half_life_days)))
    quarter = str(DAY - dt.timedelta(days=int(2 * rules.half_life_days)))
    row = only(
        seen(
            network,
            settings,
            AT | {"observed_on": half, "source": "patrol", "source_type": "patrol", "reliability": "a"},
            AT | {"observed_on": quarter, "status": "impassable", "source": "drivers' union"},
        )
    )
    assert (row["status"], row["age_days"], row["weight"]) == ("passable", rules.half_life_days, 0.5)
    assert (row["source"], row["reliability"], row["contrary_source"]) == ("patrol", "a", "drivers' union")
    assert (row["contrary_status"], row["contrary_age_days"]) == ("impassable", 2 * rules.half_life_days)
    assert row["contrary_weight"] == pytest.approx(0.25)
    assert row["contrary_observed_on"] == pd.Timestamp(quarter)


def test_a_report_of_one_direction_says_nothing_of_the_other(network: Network, settings: Settings) -> None:
    found = seen(
        network, settings, AT | {"status": "impassable", "heading_deg": 90}, AT | {"observed_on": "2020-04-01"}
    )
    assert found["status"].tolist() == ["impassable", "passable"]
    assert found["contrary_status"].astype(object).where(found["contrary_status"].notna(), None).tolist() == [
        "passable",
        None,
    ]


def test_what_does_not_count_is_told_in_the_history(network: Network, settings: Settings) -> None:
    lifetime = int(settings.road_reports.lifetime_days)
    rows = [
        AT | {"observed_on": "2020-05-01"},
        AT | {"observed_on": "2020-05-20", "expires_on": "2020-05-31", "status": "impassable"},
        AT | {"observed_on": "2020-06-02", "status": "impassable"},
        AT | {"observed_on": "2020-05-21", "vehicles": "truck", "status": "impassable"},
        AT | {"observed_on": str(DAY - dt.timedelta(days=lifetime)), "status": "difficult"},
        AT | {"observed_on": str(DAY - dt.timedelta(days=lifetime + 1)), "status": "impassable"},
        AT | {"observed_on": "2020-05-22", "expires_on": "2020-06-01", "vehicles": "4x4;truck"},
        {"longitude": 0.15, "latitude": 0, "status": "impassable"},
    ]
    row = only(seen(network, settings, *rows[:-1]))
    assert (row["report_id"], row["contrary_id"]) == ("r6", "r4")
    history = reports_on(network, reports_of(rows), 0, as_of=DAY, vehicle="4x4", settings=settings)
    assert dict(zip(history["report_id"], history["state"], strict=True)) == {
        "r2": "not yet",
        "r6": "in force",
        "r3": "other vehicle",
        "r1": "expired",
        "r0": "in force",
        "r4": "in force",
        "r5": "expired",
    }
    assert history["observed_on"].is_monotonic_decreasing
    assert (history["direction"] == -1).all()


def test_a_line_and_a_road_speak_of_all_their_segments(network: Network, settings: Settings) -> None:
    line = seen(network, settings, {"line_wkt": "LINESTRING(0 0.0005, 0.2 0.0005)", "status": "difficult"})
    assert line["segment"].tolist() == [0, 0, 1, 1]
    assert (line["snap_km"] > 0.05).all()
    road = seen(network, settings, {"road_id": "east", "heading_deg": 80})
    assert road[["segment", "direction"]].to_numpy().tolist() == [[0, 0], [1, 0]]


def test_reports_on_no_known_road_are_listed(network: Network, settings: Settings) -> None:
    rows = reports_of([{"longitude": 0.05, "latitude": -0.1}, {"road_id": "gone", "observed_on": "2020-07-01"}, AT])
    found = place_reports(network, rows, as_of=DAY, vehicle="4x4", settings=settings)
    assert found.placed["report_id"].tolist() == ["r2"]
    assert found.off_network["report_id"].tolist() == ["r0", "r1"]
    assert found.off_network["nearest_km"].tolist() == pytest.approx([11.12, np.inf], rel=0.01)
    assert found.off_network["state"].tolist() == ["in force", "not yet"]


def test_no_report_is_no_row(network: Network, settings: Settings) -> None:
    found = last_seen(network, ROAD_REPORTS.empty(), as_of=DAY, vehicle="4x4", settings=settings)
    assert found.empty
    assert {"segment", "direction", "status", "contrary_id", "contrary_status"} <= set(found.columns)


def test_strange_questions_are_refused(network: Network, settings: Settings) -> None:
    rows = reports_of([AT])
    with pytest.raises(RequestError, match=r"^unknown vehicle 'tank'; known: 4x4, truck, "):
        last_seen(network, rows, as_of=DAY, vehicle="tank", settings=settings)
    for segment in (-1, 3):
        with pytest.raises(RequestError, match=rf"^there is no segment {segment}; the network has 0 to 2$"):
            reports_on(network, rows, segment, as_of=DAY, vehicle="4x4", settings=settings)


def test_places_found_once_serve_every_day_and_nothing_given_changes(network: Network, settings: Settings) -> None:
    rows = reports_of([AT, {"road_id": "east", "status": "difficult"}])
    before = rows.copy()
    once = reports_on_roads(network, rows, settings=settings)
    for day in (DAY, DAY + dt.timedelta(days=10)):
        asked: dict[str, Any] = {"as_of": day, "vehicle": "4x4", "settings": settings}
        pd.testing.assert_frame_equal(last_seen(network, rows, **asked), last_seen(once, rows, **asked))
    pd.testing.assert_frame_equal(rows, before)
