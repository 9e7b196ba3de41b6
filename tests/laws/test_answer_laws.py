"""Laws of the answers, whatever the world: totals are conserved at every resolution; what one answer shows never lets
a reader subtract a small count; nothing after a day changes what is said of it; closing bases never adds coverage."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo.answers.changes import answer_changes
from geo.answers.exposure import answer_exposure
from geo.answers.hexbin import HexbinAnswer, answer_hexbin
from geo.answers.presence import answer_presence
from geo.answers.reach import answer_gaps
from geo.model import AccessMode, Audience, ExposureRequest, GapsRequest, HexbinRequest, PresenceRequest, Window
from geo.redaction import Cleared
from geo.settings import read_settings
from tests.toy_country import COUNTRY_TABLES, DAY, event, table_top

SETTINGS = read_settings(Path(__file__).resolve().parents[2] / "config.toml")
CASE = Audience.CASE_TEAM
REDACTED = [a for a in Audience if SETTINGS.audiences[a].small_count > 1]
laws = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a world is dear: say which one fails, do not shrink it
    suppress_health_check=[HealthCheck.too_slow],
)

# Counts around both thresholds matter; far above them they are alike.
counts = st.sampled_from([1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 20, 31])
PRECISIONS = ("exact", "near", "admin2", "admin1", "region", "country", "nowhere")


@st.composite
def piles(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Piles of incidents at a few far-apart points and in a few areas nobody has outlined, over a few months."""
    rows: list[dict[str, Any]] = []
    for kind in range(draw(st.integers(1, 7))):
        at_point = draw(st.booleans())
        where: dict[str, Any] = (
            {"place_precision": "exact", "longitude": 3.0 * kind}
            if at_point
            else {"place_precision": "country", "country": f"XX{kind}"}
        )
        month = draw(st.integers(1, 4))
        rows += [event(len(rows) + n, f"2020-{month:02}-10", **where) for n in range(draw(counts))]
    return rows


@st.composite
def reports(draw: st.DrawFn, *, elsewhere: str = "XTO") -> list[dict[str, Any]]:
    """Incidents anywhere in the country, or said to be elsewhere, known as well or badly as they come."""
    number = draw(st.integers(1, 12))
    days = st.integers(0, 200)
    rows = []
    for n in range(number):
        start, length = draw(days), draw(st.integers(0, 20))
        first = dt.date(2020, 1, 1) + dt.timedelta(days=start)
        rows.append(
            event(
                n,
                first.isoformat(),
                draw(st.sampled_from(PRECISIONS)),
                date_end=(first + dt.timedelta(days=length)).isoformat(),
                longitude=draw(st.floats(0.01, 1.99)),
                latitude=draw(st.floats(0.01, 0.99)),
                admin1=draw(st.sampled_from([None, "West", "East", "Ghostland"])),
                country=draw(st.sampled_from([None, "XTO", elsewhere])),
                fatalities_best=draw(st.sampled_from([None, 0, 7])),
            )
        )
    return rows


@laws
@given(reports(elsewhere="XXX"))
def test_totals_are_conserved_at_every_resolution(rows: list[dict[str, Any]]) -> None:
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": rows})
    for resolution in range(3, 7):
        found = answer_hexbin(world, HexbinRequest(resolution=resolution), audience=CASE)
        cells, area = found.cells.frame, found.area_only.frame["incidents"].sum()
        assert cells["incidents"].sum() + area == pytest.approx(len(rows))
        assert found.totals.frame["incidents"].tolist() == [len(rows)]
        assert found.months.frame["incidents"].sum() == len(rows)
        assert (cells["incidents"] > 0).all()
        assert cells["precision_share"].between(0, 1 + 1e-12).all()


def _withheld(part: Cleared) -> bool:
    return bool(part.statement.rows_withheld)


def _shown(part: Cleared) -> float:
    return float(part.frame["incidents"].sum()) if len(part.frame) else 0.0


def _known_totals(found: HexbinAnswer) -> list[float]:
    """Every way a reader can come to the total: told, all months, or all cells and areas."""
    known = [float(told) for told in found.totals.frame.get("incidents", [])]
    if len(found.months.frame) and not _withheld(found.months):
        known.append(_shown(found.months))
    if not (_withheld(found.cells) or _withheld(found.area_only)):
        known.append(_shown(found.cells) + _shown(found.area_only))
    return known


@settings(laws, max_examples=80)
@given(piles(), st.sampled_from(REDACTED), st.integers(3, 4))
def test_no_subtraction_within_an_answer_tells_a_small_count(
    rows: list[dict[str, Any]], audience: Audience, resolution: int
) -> None:
    """What is missing from the parts of a known total is at least k incidents in at least two rows, or nothing."""
    k = SETTINGS.audiences[audience].small_count
    world = table_top(SETTINGS, {"incidents": rows})
    found = answer_hexbin(world, HexbinRequest(resolution=resolution), audience=audience)
    for part in (found.cells, found.area_only, found.months):
        assert (part.frame["incidents"] >= k).all() if len(part.frame) else True
    for total in _known_totals(found):
        missing = total - _shown(found.cells) - _shown(found.area_only)
        hidden = sum(int(part.statement.rows_withheld or 0) for part in (found.cells, found.area_only))
        assert missing == pytest.approx(0) if hidden == 0 else (missing >= k and hidden >= 2)
        if _withheld(found.months):
            left = total - _shown(found.months)
            assert left >= k
            assert int(found.months.statement.rows_withheld or 0) >= 2


@laws
@given(piles(), st.sampled_from(REDACTED))
def test_changes_never_show_a_small_count(rows: list[dict[str, Any]], audience: Audience) -> None:
    k = SETTINGS.audiences[audience].small_count
    inside = [{**row, "longitude": row["longitude"] % 2, "country": "XTO"} for row in rows]
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": inside})
    shown = answer_changes(world, Window(dt.date(2020, 2, 1), DAY), audience=audience).provinces.frame
    if len(shown):
        assert (shown[["now", "before"]] >= k).all(axis=None)


@laws
@given(reports(), st.integers(0, 200))
def test_nothing_that_ends_on_the_day_or_later_changes_exposure(rows: list[dict[str, Any]], days: int) -> None:
    day = dt.date(2020, 1, 1) + dt.timedelta(days=days)
    past = [row for row in rows if row["date_end"] < day.isoformat()]
    request = ExposureRequest(as_of=day, resolution=3)
    both = [
        answer_exposure(table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": known}), request, audience=CASE).cells.frame
        for known in (rows, past)
    ]
    assert np.array_equal(both[0]["exposure"], both[1]["exposure"])
    assert (both[0]["exposure"] >= 0).all()


@laws
@given(reports(), st.integers(0, 200))
def test_shares_of_a_cell_sum_to_one_and_know_no_future(rows: list[dict[str, Any]], days: int) -> None:
    day = dt.date(2020, 1, 1) + dt.timedelta(days=days)
    request = PresenceRequest(as_of=day, resolution=4)
    now, then = (
        answer_presence(table_top(SETTINGS, {**COUNTRY_TABLES, "incidents": known}), request, audience=CASE).cells.frame
        for known in (rows, [row for row in rows if row["date_end"] <= day.isoformat()])
    )
    assert now["influence_share"].to_numpy() == pytest.approx(then["influence_share"].to_numpy())
    if len(now):
        assert now.groupby("cell")["influence_share"].sum().to_numpy() == pytest.approx(1)


@laws
@given(
    st.lists(st.sampled_from(["base-west", "base-east"]), min_size=1),
    st.sampled_from(list(AccessMode)),
    st.sampled_from([24.0, 60.0, 132.5, 400.0]),
)
def test_closing_bases_never_adds_coverage(close: list[str], mode: AccessMode, limit_min: float) -> None:
    request = GapsRequest(close=tuple(close), limit_min=limit_min, mode=mode, as_of=DAY, resolution=3)
    (row,) = answer_gaps(table_top(SETTINGS), request, audience=CASE).coverage.frame.to_dict("records")
    for name in ("sites_share", "land_share", "people"):
        assert row[f"{name}_after"] <= row[f"{name}_before"]
    assert row["people_lost"] == row["people_before"] - row["people_after"]
