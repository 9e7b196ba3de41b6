"""Silent risks here: a heading that hinders the way it should leave free; minutes that grow with the number of segments a road
is cut into; a winner among reports that depends on their order in the file; a record that stays where it lay before an edit."""

import datetime as dt
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.ops import substring

from geo.access.hindrances import delay_min, place_hindrances
from geo.access.network import Network, build_network
from geo.access.road_reports import last_seen
from geo.access.segments import assess_passability, road_records
from geo.access.stretches import Stretches
from geo.model import Season
from geo.schema import CONSTRAINTS, ROAD_REPORTS, ROAD_STATUSES, VEHICLES
from geo.settings import Settings, read_settings
from tests.conftest import ROOT
from tests.toy_roads import constraints_of, roads_of

SETTINGS: Settings = read_settings(ROOT / "config.toml")
DAY = dt.date(2020, 6, 1)
laws = hypothesis_settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def network_of(seed: int) -> Network:
    """Two bent roads of several segments, cut by short ones that leave them."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(2):
        vertices = np.cumsum(draw.uniform(-0.05, 0.08, (draw.integers(3, 7), 2)), axis=0) + 3 * number
        rows.append({"line": vertices, "road_id": f"long{number}"})
        rows += [
            {"line": [at, at + draw.uniform(0.001, 0.01, 2)], "road_id": f"short{number}-{n}"}
            for n, at in enumerate(vertices[1:-1])
        ]
    return build_network(roads_of(rows), settings=SETTINGS.network)


@laws
@given(seeds, st.floats(0, 180, exclude_max=True))
def test_turning_round_hinders_the_other_direction(seed: int, heading_deg: float) -> None:
    network = network_of(seed)
    draw = np.random.default_rng(seed)
    at = network.segments.geometry.iloc[int(draw.integers(len(network.segments)))].interpolate(0.37, normalized=True)
    place = {"kind": "checkpoint", "longitude": at.x, "latitude": at.y}
    rows = constraints_of([place | {"heading_deg": heading_deg}, place | {"heading_deg": heading_deg + 180}])
    found = place_hindrances(network, rows, as_of=DAY, season=Season.DRY, vehicle="4x4", settings=SETTINGS).placed
    first, second = found["direction"].tolist()
    assert {first, second} in ({0, 1}, {-1})
    assert len(set(found["segment"])) == 1


@laws
@given(seeds, st.floats(1, 1000))
def test_a_road_costs_its_minutes_once_however_it_is_cut(seed: int, minutes: float) -> None:
    network = network_of(seed)
    row = {"kind": "flooded", "road_id": "long0", "delay_min": minutes, "reported_on": "2020-05-30"}
    found = place_hindrances(
        network, constraints_of([row]), as_of=DAY, season=Season.DRY, vehicle="4x4", settings=SETTINGS
    )
    sums = delay_min(found).sum(axis=0)
    assert np.allclose(sums, minutes)
    own = network.segments["road_id"].to_numpy() == "long0"
    assert (delay_min(found)[~own] == 0).all()


def reports_of(draw: np.random.Generator, count: int) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for number in range(count):
        seen = DAY - dt.timedelta(days=int(draw.integers(-3, 12)))
        rows.append(
            {
                "report_id": f"r{number}",
                "observed_on": str(seen),
                "expires_on": str(seen + dt.timedelta(days=int(draw.integers(0, 9)))) if draw.random() < 0.4 else None,
                "status": str(draw.choice(ROAD_STATUSES)),
                "road_id": "long0",
                "reliability": draw.choice(["a", "c", "d", "f", None]),
                "vehicles": str(draw.choice(VEHICLES)) if draw.random() < 0.3 else None,
            }
        )
    checked = ROAD_REPORTS.check(pd.DataFrame(rows))
    assert checked.rejects.empty
    return checked.frame


@laws
@given(seeds, st.integers(1, 9))
def test_the_winner_is_that_of_the_written_rule_whatever_the_order(seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    network, reports = network_of(seed), reports_of(draw, count)
    found = last_seen(network, reports, as_of=DAY, vehicle="4x4", settings=SETTINGS)
    shuffled = reports.iloc[draw.permutation(count)]
    again = last_seen(network, shuffled, as_of=DAY, vehicle="4x4", settings=SETTINGS)
    pd.testing.assert_frame_equal(found, again)

    day = pd.Timestamp(DAY)
    counting = [
        row
        for row in reports.to_dict("records")
        if row["observed_on"] <= day
        and (pd.isna(row["expires_on"]) or row["expires_on"] >= day)
        and (pd.isna(row["vehicles"]) or "4x4" in row["vehicles"].split(";"))
    ]
    if not counting:
        assert found.empty
        return
    good = [row for row in counting if pd.isna(row["reliability"]) or row["reliability"] in "abc"]

    def newest(rows: list[dict[str, Any]]) -> dict[str, Any]:
        last = max(row["observed_on"] for row in rows)
        of_day = [row for row in rows if row["observed_on"] == last]
        worst = max(ROAD_STATUSES.index(row["status"]) for row in of_day)
        return min((row for row in of_day if row["status"] == ROAD_STATUSES[worst]), key=lambda row: row["report_id"])

    winner = newest(good or counting)
    others = [row for row in counting if row["status"] != winner["status"]]
    assert set(found["report_id"]) == {winner["report_id"]}
    if others:
        assert set(found["contrary_id"]) == {newest(others)["report_id"]}
    else:
        assert found["contrary_id"].isna().all()


def somewhere(draw: np.random.Generator, network: Network) -> dict[str, Any]:
    """A place of any kind: a point on, beside or far from a road, a stretch, a road of the file or of none."""
    line = network.segments.geometry.iloc[int(draw.integers(len(network.segments)))]
    at = line.interpolate(draw.uniform(), normalized=True)
    point = {"longitude": at.x + draw.choice([0, 0.004, 0.2]), "latitude": at.y}
    stretch = {"line_wkt": substring(line, *np.sort(draw.uniform(0, 1, 2)), normalized=True).wkt}
    road = {"road_id": str(draw.choice(["long0", "long1", "short0-0", "nowhere"]))}
    place = dict((point, stretch, road)[draw.integers(3)])
    return place | ({"heading_deg": float(draw.uniform(0, 360))} if draw.random() < 0.4 else {})


def post_at(draw: np.random.Generator, network: Network) -> dict[str, Any]:
    """A new checkpoint somewhere, its id never seen before."""
    return {
        "constraint_id": f"k{draw.integers(2**62)}",
        "kind": "checkpoint",
        "reported_on": "2020-05-20",
    } | somewhere(draw, network)


def edited(draw: np.random.Generator, rows: list[dict[str, Any]], network: Network) -> list[dict[str, Any]]:
    """The rows after some were removed, moved, changed in what does not place them, added, and all reordered."""
    after = []
    for row in rows:
        change = draw.choice(["stay", "go", "move", "kind", "turn"], p=[0.5, 0.1, 0.2, 0.1, 0.1])
        moved = post_at(draw, network) | {"constraint_id": row["constraint_id"]}
        other = {"kind": str(draw.choice(["flooded", "airstrip_closed"])), "delay_min": 7.0}
        turned = {"heading_deg": float(draw.uniform(0, 360))}
        after += {"stay": [row], "go": [], "move": [moved], "kind": [row | other], "turn": [row | turned]}[change]
    new = [post_at(draw, network) for _ in range(draw.integers(3))]
    return [(after + new)[n] for n in draw.permutation(len(after) + len(new))]


def check_same_places(one: Stretches, other: Stretches) -> None:
    for name in ("placed", "lost"):
        for field in fields(getattr(one, name)):
            np.testing.assert_array_equal(
                getattr(getattr(one, name), field.name), getattr(getattr(other, name), field.name)
            )


@laws
@given(seeds, st.integers(0, 12), st.integers(1, 4))
def test_after_any_edits_records_lie_where_placing_all_anew_puts_them(seed: int, count: int, edits: int) -> None:
    draw = np.random.default_rng(seed)
    network, other_network = network_of(seed), network_of(seed + 1)
    rows = [post_at(draw, network) for _ in range(count)]
    wide = SETTINGS.constraints.model_copy(update={"line_tolerance_km": 0.9, "snap_km": 1.5})
    wider = SETTINGS.model_copy(update={"constraints": wide})
    seen, settings = reports_of(draw, 3), SETTINGS
    known = road_records(network, constraints_of(rows) if rows else None, seen, settings=settings)
    for _ in range(edits):
        rows = edited(draw, rows, network)
        if draw.random() < 0.3:
            settings = wider if settings is SETTINGS else SETTINGS
        if draw.random() < 0.3:
            network, other_network = other_network, network
        if draw.random() < 0.3:
            seen = reports_of(draw, 3)
        table = constraints_of(rows) if rows else CONSTRAINTS.empty()
        before = table.copy()
        known = road_records(network, table, seen, settings=settings, before=known)
        fresh = road_records(network, table, seen, settings=settings)
        pd.testing.assert_frame_equal(table, before)
        check_same_places(known.hindered, fresh.hindered)
        check_same_places(known.sightings.seen_on, fresh.sightings.seen_on)
        for season in Season:
            asked: dict[str, Any] = {"season": season, "vehicle": "4x4", "as_of": DAY, "settings": settings}
            ours, theirs = (assess_passability(network, known=one, **asked) for one in (known, fresh))
            np.testing.assert_array_equal(ours.minutes, theirs.minutes)
            pd.testing.assert_frame_equal(ours.hindrances.placed, theirs.hindrances.placed)
            pd.testing.assert_frame_equal(ours.hindrances.off_network, theirs.hindrances.off_network)
            pd.testing.assert_frame_equal(ours.seen, theirs.seen)
