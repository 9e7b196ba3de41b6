"""Silent risks here: the boundary minute left out; a base that lacks the capability counted; a tie that
falls to another base at each run; a target on the road beside the base sent over a junction."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geo.access.network import Network, build_network
from geo.access.reach import reach, reach_each
from geo.access.segments import assess_passability
from geo.errors import RequestError, UnknownRecordError
from geo.model import AccessMode, ReachRequest, Season
from geo.settings import Settings
from tests.toy_roads import bases_of, roads_of, ways_of

DAY = dt.date(2020, 3, 1)
# 0 -60- 1 -60- 2 -60- 3 along the equator, minutes
LINE = [{"line": [(k, 0), (k + 1, 0)], "duration_min": 60} for k in range(3)]
TARGETS = pd.DataFrame({"longitude": [0.0, 1.0, 2.0, 3.0, 9.0], "latitude": 0.0}, index=list("abcde"))


def ask(
    settings: Settings,
    bases: pd.DataFrame,
    *,
    rows: list[dict] = LINE,
    targets: pd.DataFrame = TARGETS,
    mode: AccessMode = AccessMode.UNESCORTED,
    limit_min: float = 120,
    base_ids: tuple[str, ...] = (),
) -> pd.DataFrame:
    network: Network = build_network(roads_of(rows), settings=settings.network)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    request = ReachRequest(limit_min=limit_min, mode=mode, as_of=DAY, base_ids=base_ids)
    return reach(ways_of(network, found), bases, targets, request, settings=settings)


WEST = {"base_id": "west", "longitude": 0, "latitude": 0}
EAST = {"base_id": "east", "longitude": 3, "latitude": 0}


def test_times_from_one_base_and_the_inclusive_boundary(settings: Settings) -> None:
    found = ask(settings, bases_of([WEST]))
    assert found["time_min"].tolist() == pytest.approx([0, 60, 120, 180, np.inf])
    assert found["covered"].tolist() == [True, True, True, False, False]
    assert found["nearest_base"].fillna("-").tolist() == ["west"] * 4 + ["-"]
    assert found.index.tolist() == list("abcde")


@pytest.mark.parametrize(("limit", "covered"), [(180.0, True), (179.99, False), (180.01, True)])
def test_target_exactly_at_the_limit_is_covered(settings: Settings, limit: float, *, covered: bool) -> None:
    # thirds of an hour do not add up exactly in binary: 9 segments of 20 minutes
    rows = [{"line": [(k / 3, 0), ((k + 1) / 3, 0)], "length_km": 9.9, "speed_kph": 29.7} for k in range(9)]
    found = ask(settings, bases_of([WEST]), rows=rows, limit_min=limit)
    assert found.loc["d", "covered"] == covered


def test_nearest_base_wins_and_a_tie_goes_to_the_smallest_id(settings: Settings) -> None:
    found = ask(settings, bases_of([WEST, EAST]))
    assert found["nearest_base"].iloc[:4].tolist() == ["west", "west", "east", "east"]
    assert found["time_min"].tolist()[:4] == pytest.approx([0, 60, 60, 0])
    middle = pd.DataFrame({"longitude": [1.5], "latitude": [0.0]})
    for order in ([WEST, EAST], [EAST, WEST]):
        tied = ask(
            settings,
            bases_of(order),
            rows=[LINE[0], {"line": [(1, 0), (2, 0)], "duration_min": 60}, LINE[2]],
            targets=middle,
        )
        assert tied["time_min"].tolist() == pytest.approx([90], abs=1e-3)
    twins = [WEST | {"base_id": "b2"}, WEST | {"base_id": "b1"}]
    assert ask(settings, bases_of(twins))["nearest_base"].iloc[:4].tolist() == ["b1"] * 4


def test_base_and_target_inside_one_segment(settings: Settings) -> None:
    base = bases_of([WEST | {"longitude": 0.25}])
    targets = pd.DataFrame({"longitude": [0.75, 0.25, 0.0], "latitude": [0.0, 0.0, 0.0]})
    assert ask(settings, base, targets=targets)["time_min"].tolist() == pytest.approx([30, 0, 15], abs=0.01)
    oneway = [LINE[0] | {"oneway": -1}]
    found = ask(settings, base, targets=targets, rows=oneway)["time_min"].tolist()
    assert found == pytest.approx([np.inf, 0, 15], abs=0.01)


def test_target_at_a_base_far_from_any_road_is_there_already(settings: Settings) -> None:
    base = bases_of([WEST | {"longitude": 9}])
    found = ask(settings, base)
    assert found["time_min"].tolist() == [np.inf] * 4 + [0]
    assert found["nearest_base"].iloc[4] == "west"


def test_base_and_target_off_the_road_walk_both_legs(settings: Settings) -> None:
    base = bases_of([WEST | {"latitude": 0.05}])
    targets = pd.DataFrame({"longitude": [1.0], "latitude": [-0.1]})
    leg_min = 60 * 0.15 * 111.195 / settings.network.off_road_kph
    assert ask(settings, base, targets=targets)["time_min"].tolist() == pytest.approx([60 + leg_min], rel=1e-3)


def test_only_named_bases_count(settings: Settings) -> None:
    found = ask(settings, bases_of([WEST, EAST]), base_ids=("east",))
    assert found["time_min"].tolist()[:4] == pytest.approx([180, 120, 60, 0])


def test_unknown_base_is_named_with_some_that_are_open(settings: Settings) -> None:
    with pytest.raises(UnknownRecordError, match="no base 'nowhere' is open on 2020-03-01; open bases: east, west"):
        ask(settings, bases_of([WEST, EAST]), base_ids=("nowhere", "east"))
    with pytest.raises(UnknownRecordError, match="open bases: none"):
        ask(settings, bases_of([]), base_ids=("nowhere",))


def test_no_bases_reach_nothing(settings: Settings) -> None:
    for mode in AccessMode:
        found = ask(settings, bases_of([]), mode=mode)
        assert np.isinf(found["time_min"]).all()
        assert not found["covered"].any()


def test_escorted_needs_slots_or_the_possibility(settings: Settings) -> None:
    share = settings.modes.escort_speed_share
    quick = {"escort_speed_kph": 120, "escort_radius_hours": 72}
    bases = [
        WEST | {"base_id": "none"},
        WEST | {"base_id": "zero", "escort_slots_per_week": 0, "escort_possible": True},
        EAST | {"base_id": "slots", "escort_slots_per_week": 1} | quick,
    ]
    found = ask(settings, bases_of(bases), mode=AccessMode.ESCORTED)
    assert found["nearest_base"].iloc[:4].tolist() == ["slots"] * 4
    assert found["time_min"].iloc[0] == pytest.approx(180 / share)
    possible = bases_of([WEST | {"base_id": "unknown", "escort_possible": True} | quick])
    assert ask(settings, possible, mode=AccessMode.ESCORTED)["time_min"].iloc[1] == pytest.approx(60 / share)


def test_air_is_a_straight_line_within_range(settings: Settings) -> None:
    modes = settings.modes
    bases = bases_of([WEST | {"helipad": "yes"}, EAST | {"helipad": "no"}])
    found = ask(settings, bases, mode=AccessMode.AIR)
    hop_km = 111.195
    assert found["time_min"].iloc[1] == pytest.approx(modes.air_setup_min + 60 * hop_km / modes.air_speed_kph, rel=1e-4)
    assert found["time_min"].iloc[0] == modes.air_setup_min  # even at the base itself it has to take off
    assert np.isfinite(found["time_min"]).tolist() == [True, True, True, False, False]  # 333 km exceeds the range


def test_air_range_is_inclusive(settings: Settings) -> None:
    from geo.crs import distance_km

    away_km = float(distance_km(np.zeros(1), np.zeros(1), np.ones(1), np.zeros(1))[0])
    exact = settings.model_copy(update={"modes": settings.modes.model_copy(update={"air_range_km": away_km})})
    found = ask(exact, bases_of([WEST | {"helipad": "yes"}]), mode=AccessMode.AIR)
    assert np.isfinite(found["time_min"]).tolist() == [True, True, False, False, False]
    assert found["how"].fillna("-").tolist() == ["helicopter", "helicopter", "-", "-", "-"]
    own = bases_of([WEST | {"helipad": "yes", "helicopter_range_km": 230}])
    assert np.isfinite(ask(exact, own, mode=AccessMode.AIR)["time_min"]).tolist() == [True] * 3 + [False] * 2


def test_an_escort_goes_no_faster_than_its_cap_and_no_farther_than_its_radius(settings: Settings) -> None:
    # 111.3 km a stretch; at 37.1 km/h three hours each
    kph = 111.31949079327357 / 3
    base = WEST | {"escort_slots_per_week": 1, "escort_speed_kph": kph}
    found = ask(settings, bases_of([base | {"escort_radius_hours": 6}]), mode=AccessMode.ESCORTED, limit_min=180)
    assert found["time_min"].tolist() == pytest.approx([0, 180, 360, np.inf, np.inf])
    assert found["covered"].tolist() == [True, True, False, False, False]
    short = ask(settings, bases_of([base | {"escort_radius_hours": 5.99}]), mode=AccessMode.ESCORTED)
    assert np.isfinite(short["time_min"]).tolist() == [True, True, False, False, False]


def test_an_airplane_needs_a_runway_at_both_ends_and_the_road_from_there(settings: Settings) -> None:
    air = settings.air
    network = build_network(roads_of(LINE), settings=settings.network)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    request = ReachRequest(limit_min=600, mode=AccessMode.AIR, as_of=DAY)
    bases = bases_of([WEST | {"airstrip": "yes"}, EAST | {"airstrip": "no"}])
    none = reach(ways_of(network, found), bases, TARGETS, request, settings=settings)
    assert np.isinf(none["time_min"]).all()
    there = ways_of(network, found, [("home", 0.05, 0.0), ("far", 3.0, 0.0)])
    flown = reach(there, bases, TARGETS, request, settings=settings)
    flight = air.fixed_wing_setup_min + 60 * 2.95 * 111.195 / air.fixed_wing_speed_kph
    assert flown["time_min"].to_numpy()[:4] == pytest.approx(
        [flight + 180, flight + 120, flight + 60, flight], rel=1e-3
    )
    assert flown["how"].fillna("-").tolist() == ["airplane"] * 4 + ["-"]


def test_per_base_results_are_kept(settings: Settings) -> None:
    network = build_network(roads_of(LINE), settings=settings.network)
    found = assess_passability(network, season=Season.DRY, vehicle="4x4", as_of=DAY, settings=settings)
    for mode, more in ((AccessMode.UNESCORTED, {}), (AccessMode.PARTNER, {"hosts_partners": "yes"})):
        request = ReachRequest(limit_min=60, mode=mode, as_of=DAY)
        bases = bases_of([WEST | more, EAST | more])
        each = reach_each(ways_of(network, found), bases, TARGETS, request, settings=settings)
        assert list(each.itertuples(index=False, name=None)) == [
            ("east", 2, 60.0),
            ("east", 3, 0.0),
            ("west", 0, 0.0),
            ("west", 1, 60.0),
        ]


def test_partner_bases_are_of_other_organisations_or_host_them(settings: Settings) -> None:
    bases = [
        WEST,
        WEST | {"base_id": "gov", "organisation_type": "government"},
        EAST | {"base_id": "ngo", "organisation_type": "national_ngo"},
    ]
    assert set(ask(settings, bases_of(bases), mode=AccessMode.PARTNER)["nearest_base"].dropna()) == {"ngo"}
    hosting = [WEST | {"hosts_partners": "yes"}]
    assert set(ask(settings, bases_of(hosting), mode=AccessMode.PARTNER)["nearest_base"].dropna()) == {"west"}


def test_alert_hub_covers_its_radius(settings: Settings) -> None:
    targets = pd.DataFrame({"longitude": [0.0, 0.2, 0.5], "latitude": 0.0})
    found = ask(
        settings, bases_of([WEST | {"alert_hub": "yes"}, EAST]), targets=targets, mode=AccessMode.ALERT, limit_min=300
    )
    assert found["time_min"].tolist() == pytest.approx(
        [0, 60 * 0.2 * 111.195 / settings.modes.alert_kph, np.inf], rel=1e-4
    )


def test_frames_given_are_not_changed(settings: Settings) -> None:
    bases, targets = bases_of([EAST, WEST]), TARGETS.copy()
    before = bases.copy(deep=True)
    ask(settings, bases, targets=targets)
    pd.testing.assert_frame_equal(bases, before)
    pd.testing.assert_frame_equal(targets, TARGETS)


def test_minutes_of_another_vehicle_are_refused(settings: Settings) -> None:
    network = build_network(roads_of(LINE), settings=settings.network)
    found = assess_passability(network, season=Season.DRY, vehicle="truck", as_of=DAY, settings=settings)
    request = ReachRequest(limit_min=60, mode=AccessMode.UNESCORTED, as_of=DAY)
    with pytest.raises(RequestError, match="minutes are of 'truck'"):
        reach(ways_of(network, found), bases_of([WEST]), TARGETS, request, settings=settings)
