"""Silent risks here: driving through a curfew, arriving before one left, a night that takes no time."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo.access.clock import Clock, closed_slots, night_slots, timetable
from geo.access.clock_kernels import earliest_arrivals, end_of_drive
from geo.errors import RequestError
from geo.settings import DaylightSettings, read_settings
from tests.conftest import ROOT

SETTINGS = read_settings(ROOT / "config.toml")
NIGHT = night_slots(DaylightSettings(begins="06:00", ends="18:00", utc_offset_hours=1))
laws = hypothesis_settings(max_examples=200, deadline=None)


def end(start: float, minutes: float, closed: int) -> float:
    return float(end_of_drive(start, minutes, np.uint64(closed)))


def test_hours_close_every_half_hour_they_touch() -> None:
    assert closed_slots("00:00-01:00") == 0b11
    assert closed_slots("00:10-00:40") == 0b11
    assert closed_slots("23:30-00:30") == (1 << 47) | 1
    assert closed_slots("23:30 – 00:30") == (1 << 47) | 1
    assert closed_slots("08:00-08:00") == 2**48 - 1
    assert closed_slots("18:00-24:00") | closed_slots("00:00-06:00") == NIGHT


@pytest.mark.parametrize("text", ["", "18:00", "25:00-06:00", "18:60-06:00", "24:30-06:00", "a-b", "18:00-06:00-07:00"])
def test_no_hours_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="no hours"):
        closed_slots(text)


def test_a_drive_over_dusk_goes_on_at_dawn() -> None:
    # Leaves at 17:00 for two hours: one before 18:00, one from 06:00 of the next day.
    assert end(17 * 60, 120, NIGHT) == (24 + 7) * 60


def test_a_drive_that_ends_at_dusk_needs_no_night() -> None:
    assert end(17 * 60, 60, NIGHT) == 18 * 60


def test_leaving_in_the_dark_waits_for_dawn() -> None:
    assert end(3 * 60, 30, NIGHT) == 6.5 * 60


def test_nothing_to_drive_takes_no_time_even_when_closed() -> None:
    assert end(3 * 60, 0, NIGHT) == 3 * 60


def test_never_open_is_never_passed() -> None:
    assert end(0, 1, 2**48 - 1) == np.inf


@laws
@given(st.integers(0, 3000), st.integers(1, 3000), st.integers(0, 2**48 - 2))
def test_end_of_drive_is_the_minute_by_minute_drive(start: int, minutes: int, closed: int) -> None:
    now, left = start, minutes
    while left:
        left -= not (closed >> ((now // 30) % 48)) & 1
        now += 1
    assert end(start, minutes, closed) == now


@laws
@given(st.floats(0, 3000), st.floats(0, 500), st.floats(0, 2000), st.integers(0, 2**48 - 2))
def test_who_leaves_later_never_arrives_earlier(start: float, later: float, minutes: float, closed: int) -> None:
    assert end(start, minutes, closed) <= end(start + later, minutes, closed) + 1e-6


@laws
@given(st.integers(0, 2**32 - 1))
def test_earliest_arrivals_are_what_repeated_relaxing_finds(seed: int) -> None:
    draw = np.random.default_rng(seed)
    nodes, arcs = 6, 14
    tail, head = np.sort(draw.integers(0, nodes, arcs)), draw.integers(0, nodes, arcs)
    minutes = draw.integers(1, 400, arcs).astype(float)
    closed = np.array([closed_slots("18:00-06:00"), 0, closed_slots("09:00-15:30")], dtype=np.uint64)[
        draw.integers(0, 3, arcs)
    ]
    indptr = np.searchsorted(tail, np.arange(nodes + 1)).astype(np.int32)
    expected = np.full(nodes, np.inf)
    expected[0] = start = float(draw.integers(0, 1440))
    for _ in range(nodes):
        for n in range(arcs):
            if np.isfinite(expected[tail[n]]):
                expected[head[n]] = min(expected[head[n]], end(expected[tail[n]], minutes[n], int(closed[n])))
    found, by_arc = earliest_arrivals(
        (indptr, head.astype(np.int32), np.arange(arcs)),
        (minutes, closed),
        (np.array([0]), np.array([start])),
        np.arange(nodes),
    )
    np.testing.assert_allclose(found, expected)
    for node in np.flatnonzero(np.isfinite(found))[1:]:
        if by_arc[node] >= 0:
            n = by_arc[node]
            assert end(found[tail[n]], minutes[n], int(closed[n])) == pytest.approx(found[node])


def clock(departs: str, *, closed: int = 0, off_road: int = 0) -> Clock:
    return Clock(
        departs=dt.datetime.fromisoformat(departs),
        closed=np.full((3, 2), closed, dtype=np.uint64),
        off_road=off_road,
        dark=NIGHT,
    )


def test_timetable_by_day_counts_the_night_as_waiting() -> None:
    steps, masks = np.array([300.0, 300.0]), np.array([NIGHT, NIGHT], dtype=np.uint64)
    found = timetable(clock("2020-03-01T10:00", off_road=NIGHT), steps, masks, legs_min=(30, 0))
    assert found is not None
    assert found.arrives.isoformat() == "2020-03-02T08:30:00"  # 8 h until dusk, 2.5 h from dawn
    assert (found.elapsed_min, found.waiting_min, found.nights, found.dark_min) == (22.5 * 60, 12 * 60, 1, 0)


def test_timetable_through_the_night_counts_the_dark() -> None:
    steps, masks = np.array([120.0]), np.array([0], dtype=np.uint64)
    found = timetable(clock("2020-03-01T17:00"), steps, masks, legs_min=(0, 0))
    assert found is not None
    assert (found.waiting_min, found.dark_min) == (0, 60)


def test_timetable_of_a_road_that_never_opens_is_none() -> None:
    masks = np.array([2**48 - 1], dtype=np.uint64)
    assert timetable(clock("2020-03-01T10:00"), np.array([1.0]), masks, legs_min=(0, 0)) is None
