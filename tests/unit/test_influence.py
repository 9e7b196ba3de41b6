"""Silent risks here: a report from the day after the question counts; the half-life or the distance is off by a
unit; a report known to a province is drawn at its centroid, or one known to a country everywhere; a
cell with next to no evidence shows a confident share; who leads depends on the order of rows; much evidence is
weighed by another rule than little; what is kept from one day leaks into the answer of another."""

import datetime as dt
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.actors import influence as influence_module
from geo.actors import neighbourhood
from geo.actors.fading import RELIABILITY_SHARE
from geo.actors.identity import resolve_actors
from geo.actors.influence import cells_of_evidence, gather_evidence, influence
from geo.crs import distance_km
from geo.errors import RequestError
from geo.hexgrid import areas_km2, cells_near, cells_of_area, cells_of_points, centres
from geo.incidents.precision import place_incidents
from geo.model import PresenceRequest
from geo.schema import ACTORS, PRESENCE
from geo.settings import InfluenceSettings, MobilitySettings, PlacementSettings

AS_OF = dt.date(2024, 7, 1)
RULES = InfluenceSettings(
    half_life_days=100.0,
    half_life_days_by_mobility=MobilitySettings(settled=900.0, mixed=540.0, roaming=180.0),
    kernel_km=25.0,
    max_distance_km=60.0,
    minimum_evidence=0.05,
    incident_weight=1.0,
    presence_weight=2.0,
    contested_share=0.25,
    live_evidence_days=365,
    interval_level=0.9,
    sure_lead_chance=0.8,
)
PLACING = PlacementSettings(exact=("exact",), near=("near",))
ASKED = PresenceRequest(as_of=AS_OF, resolution=5)
HERE = int(cells_of_points([20.0], [6.0], resolution=5)[0])
FAR_OFF = 10**12
EXPECTED_COLUMNS = [
    "cell", "actor_id", "influence_share", "evidence", "newest_evidence_days", "contested", "rank", "effective_actors",
    "effective_reports",
]  # fmt: skip


def report(actor, *, age_days=0, weight=1.0, cell=HERE) -> tuple:
    return (cell, actor, weight, np.datetime64(AS_OF) - np.timedelta64(age_days, "D"))


def evidence_of(*reports) -> pd.DataFrame:
    table = pd.DataFrame(list(reports), columns=["cell", "actor_id", "weight", "observed_on"])
    table["cell"] = np.array(table["cell"].tolist(), dtype=np.uint64)
    table["observed_on"] = table["observed_on"].astype("datetime64[s]")
    return table


def shares(*reports, cell=HERE, **kwargs) -> dict[str, float]:
    found = influence(evidence_of(*reports), ASKED, settings=RULES, **kwargs)
    here = found.loc[found["cell"] == np.uint64(cell)]
    return dict(zip(here["actor_id"], here["influence_share"], strict=True))


def test_two_reports_of_one_day_and_place_share_by_weight() -> None:
    assert shares(report("a", weight=3.0), report("b")) == pytest.approx({"a": 0.75, "b": 0.25})


def test_a_report_halves_with_each_half_life() -> None:
    assert shares(report("a"), report("b", age_days=100)) == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert shares(report("a"), report("b", age_days=300)) == pytest.approx({"a": 8 / 9, "b": 1 / 9})


def test_evidence_of_a_later_day_never_counts() -> None:
    assert shares(report("a"), report("b", age_days=-1)) == {"a": 1.0}
    assert shares(report("b", age_days=-1)) == {}


def test_distance_fades_as_a_gaussian_and_ends_at_the_limit() -> None:
    around = cells_near(np.array([HERE], dtype=np.uint64), distance_km=90.0)
    lon, lat = centres(around)
    km = distance_km(lon, lat, *(np.full(len(around), x[0]) for x in centres(np.array([HERE], dtype=np.uint64))))
    found = influence(
        evidence_of(report("a"), report("b", weight=3.0, cell=int(around[km.argmax()]))), ASKED, settings=RULES
    )
    reached = found.loc[found["actor_id"] == "a", "cell"]
    within = around[km <= 60.0]
    # exp(-(60/25)² / 2) = 0.056 is above the minimum of 0.05, so every cell within the limit has a row.
    assert set(within.tolist()) <= set(reached.tolist())
    assert not set(around[km > 60.0].tolist()) & set(reached.tolist())


def brute_force(evidence, cells) -> dict[tuple[int, str], tuple[float, float, int, float]]:
    """Share, reports, age of the newest, effective reports of the cell, per cell and actor, one pair at a time."""
    lon, lat = centres(evidence["cell"].to_numpy())
    found: dict[tuple[int, str], tuple[float, float, int, float]] = {}
    for cell in cells.tolist():
        x, y = (float(c[0]) for c in centres(np.array([cell], dtype=np.uint64)))
        held: dict[str, list[tuple[float, int]]] = {}
        for i, row in enumerate(evidence.itertuples()):
            age_days = (pd.Timestamp(AS_OF) - row.observed_on).days
            km = float(distance_km(lon[i : i + 1], lat[i : i + 1], np.array([x]), np.array([y]))[0])
            if km <= RULES.max_distance_km and age_days >= 0:
                weight = row.weight * 0.5 ** (age_days / RULES.half_life_days)
                weight *= np.exp(-(km**2) / (2 * RULES.kernel_km**2))
                held.setdefault(row.actor_id, []).append((weight, age_days))
        total = sum(weight for reports in held.values() for weight, _ in reports)
        effective = total**2 / sum(weight**2 for reports in held.values() for weight, _ in reports) if held else 0.0
        if total >= RULES.minimum_evidence:
            for actor, reports in held.items():
                share = sum(weight for weight, _ in reports) / total
                found[cell, actor] = (share, len(reports), min(age for _, age in reports), effective)
    return found


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_influence_equals_a_double_loop(monkeypatch, seed, compiled) -> None:
    monkeypatch.setattr(influence_module, "COMPILED_FROM_PRODUCTS", 0 if compiled else FAR_OFF)
    rng = np.random.default_rng(seed)
    world = cells_near(np.array([HERE], dtype=np.uint64), distance_km=150.0)
    reports = [
        report(
            rng.choice(["a", "b", "c"]),
            age_days=int(rng.integers(-50, 900)),
            weight=float(rng.choice([0.2, 1.0, 2.0])),
            cell=int(rng.choice(world)),
        )
        for _ in range(25)
    ]
    evidence = evidence_of(*reports)
    found = influence(evidence, ASKED, settings=RULES)
    columns = ["influence_share", "evidence", "newest_evidence_days", "effective_reports"]
    ours = {(int(r.cell), r.actor_id): tuple(getattr(r, c) for c in columns) for r in found.itertuples()}
    theirs = brute_force(evidence, cells_near(world, distance_km=80.0))
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert ours[key] == pytest.approx(expected, rel=1e-6)


def many_reports(*, actors: int = 40, rows: int = 3_000) -> pd.DataFrame:
    """Reports with many equal weights and days, some without any weight, some of the future."""
    rng = np.random.default_rng(3)
    world = cells_near(np.array([HERE], dtype=np.uint64), distance_km=200.0)
    return pd.DataFrame(
        {
            "cell": rng.choice(world, rows),
            "actor_id": np.array([f"actor {n}" for n in range(actors)], dtype=object)[rng.integers(0, actors, rows)],
            "weight": rng.choice([0.0, 0.5, 1.0], rows),
            "observed_on": (np.datetime64(AS_OF) - 50 * rng.integers(-1, 9, rows)).astype("datetime64[s]"),
            "reports": rng.choice([0.25, 1.0], rows),
        }
    )


def test_much_evidence_is_weighed_like_little(monkeypatch) -> None:
    evidence = many_reports()
    little, much = (
        monkeypatch.setattr(influence_module, "COMPILED_FROM_PRODUCTS", limit)
        or influence(evidence, ASKED, settings=RULES)
        for limit in (FAR_OFF, 0)
    )
    assert little["contested"].nunique() == 2
    assert little["rank"].max() > 20
    pd.testing.assert_frame_equal(little, much, check_exact=False, rtol=1e-9)


def test_effective_actors_are_the_inverse_of_simpsons_index() -> None:
    def effective(*weights: float) -> float:
        reports = [report(f"actor {n}", weight=weight) for n, weight in enumerate(weights)]
        found = influence(evidence_of(*reports), ASKED, settings=RULES)
        return float(found.loc[found["cell"] == np.uint64(HERE), "effective_actors"].unique().item())

    assert effective(1.0) == 1.0
    assert effective(2.0, 2.0, 2.0) == pytest.approx(3.0)
    assert effective(3.0, 1.0) == pytest.approx(1 / (0.75**2 + 0.25**2))


def test_naming_more_sources_changes_nothing_and_naming_fewer_is_refused() -> None:
    evidence = many_reports()
    named = cells_near(evidence["cell"].to_numpy(), distance_km=30.0)
    plain, wide = (influence(evidence, ASKED, settings=RULES, sources=sources) for sources in (None, named[::-1]))
    pd.testing.assert_frame_equal(plain, wide, check_exact=False, rtol=1e-12)
    with pytest.raises(RequestError, match="evidence lies outside the sources named; name the cells of all"):
        influence(evidence, ASKED, settings=RULES, sources=np.unique(evidence["cell"])[1:-1])


def test_another_day_keeps_the_neighbourhood_and_nothing_else() -> None:
    evidence = many_reports()
    earlier = PresenceRequest(as_of=AS_OF - dt.timedelta(days=120), resolution=5)
    neighbourhood.forget_neighbourhoods()
    afresh = influence(evidence, earlier, settings=RULES)
    neighbourhood.forget_neighbourhoods()
    influence(evidence, ASKED, settings=RULES)
    pd.testing.assert_frame_equal(influence(evidence, earlier, settings=RULES), afresh)
    kept = neighbourhood._kept.cache_info()
    assert (kept.hits, kept.misses) == (1, 1)
    influence(evidence, ASKED, settings=RULES.model_copy(update={"kernel_km": 20.0}))
    influence(evidence, ASKED, settings=RULES, territory=np.array([HERE], dtype=np.uint64))
    assert neighbourhood._kept.cache_info().misses == 3


def test_a_neighbourhood_too_large_to_keep_gives_the_same_answer(monkeypatch) -> None:
    evidence = many_reports()
    plain = influence(evidence, ASKED, settings=RULES)
    neighbourhood.forget_neighbourhoods()
    monkeypatch.setattr(neighbourhood, "MAX_KEPT_PAIRS", 0)
    named = np.unique(evidence["cell"].to_numpy())
    pd.testing.assert_frame_equal(influence(evidence, ASKED, settings=RULES, sources=named), plain, rtol=1e-12)
    assert neighbourhood._kept.cache_info().currsize == 0


def test_evidence_without_weight_makes_no_row() -> None:
    assert shares(report("a"), report("b", weight=0.0)) == {"a": 1.0}
    assert shares(report("a", weight=0.0)) == {}


def test_a_cell_with_too_little_evidence_has_no_row() -> None:
    assert shares(report("a", weight=0.05)) == {"a": 1.0}  # exactly the minimum is enough
    assert shares(report("a", weight=0.049)) == {}
    assert shares(report("a", weight=0.025), report("b", weight=0.025)) == {"a": 0.5, "b": 0.5}


@pytest.mark.parametrize(("second", "contested"), [(1.0, True), (0.99, False), (3.0, True)])
def test_contested_begins_at_the_share_of_the_second(second, contested) -> None:
    found = influence(evidence_of(report("a", weight=3.0), report("b", weight=second)), ASKED, settings=RULES)
    assert found.loc[found["cell"] == np.uint64(HERE), "contested"].tolist() == [contested, contested]


@pytest.mark.parametrize(("age_days", "contested"), [(365, True), (366, False)])
def test_evidence_older_than_live_contests_nothing(age_days, contested) -> None:
    old = report("b", weight=2 ** (age_days / 100), age_days=age_days)  # as much as the other on the day
    found = influence(evidence_of(report("a"), old), ASKED, settings=RULES)
    assert found.loc[found["cell"] == np.uint64(HERE), "contested"].tolist() == [contested, contested]


def test_one_actor_alone_is_never_contested() -> None:
    lenient = RULES.model_copy(update={"contested_share": 0.0})
    assert not influence(evidence_of(report("a")), ASKED, settings=lenient)["contested"].any()


def test_ranks_follow_shares_then_ids() -> None:
    found = influence(evidence_of(report("z"), report("b"), report("m", weight=2.0)), ASKED, settings=RULES)
    here = found.loc[found["cell"] == np.uint64(HERE)]
    assert list(zip(here["actor_id"], here["rank"], strict=True)) == [("m", 1), ("b", 2), ("z", 3)]
    assert found[["cell", "rank"]].apply(tuple, axis=1).is_monotonic_increasing


def test_a_territory_limits_the_answer_and_changes_no_share() -> None:
    reports = (report("a"), report("b", cell=HERE, weight=0.5))
    only = np.array([HERE], dtype=np.uint64)
    limited = influence(evidence_of(*reports), ASKED, settings=RULES, territory=only)
    assert limited["cell"].unique().tolist() == [HERE]
    assert shares(*reports, territory=only) == shares(*reports)


def test_no_evidence_gives_an_empty_table_of_the_same_kind() -> None:
    some = influence(evidence_of(report("a")), ASKED, settings=RULES)
    none = influence(evidence_of(), ASKED, settings=RULES)
    assert list(none.columns) == list(some.columns) == EXPECTED_COLUMNS
    assert len(none) == 0
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_evidence_of_another_resolution_is_refused() -> None:
    coarse = PresenceRequest(as_of=AS_OF, resolution=4)
    with pytest.raises(RequestError, match="resolution 5, asked for 4; gather it again"):
        influence(evidence_of(report("a")), coarse, settings=RULES)


def test_too_fine_a_grid_is_refused() -> None:
    fine = cells_near(cells_of_points([20.0], [6.0], resolution=8), distance_km=40.0)
    evidence = evidence_of(*(report("a", cell=int(cell)) for cell in fine))
    with pytest.raises(
        RequestError, match=r"at resolution 8 each report reaches 1\d,\d+ cells within 60 km; ask for a coarser"
    ):
        influence(evidence, PresenceRequest(as_of=AS_OF, resolution=8), settings=RULES)


# From reports to evidence: a province of 4 by 2 degrees in a country twice as large.
_PLACES = [("exact", 1.0, 1.0), ("admin1", 2.0, 1.0), ("admin1", 2.0, 1.0), ("country", 4.0, 1.0), ("near", 1.0, 1.0)]
_DAYS = ["2024-06-01", "2024-05-01", "2024-06-20", "2024-06-25", "2024-07-02"]


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    columns = {"boundary_id": ["A", "A1"], "name": ["Aland", "Mid"], "level": [0, 1], "country": "XAA", "parent": None}
    return gpd.GeoDataFrame(columns, geometry=[shapely.box(0, 0, 8, 2), shapely.box(0, 0, 4, 2)], crs="EPSG:4326")


@pytest.fixture(scope="module")
def incidents() -> pd.DataFrame:
    table = pd.DataFrame(_PLACES, columns=["place_precision", "longitude", "latitude"], index=range(5, 10))
    table["date_start"] = table["date_end"] = pd.to_datetime(_DAYS).astype("datetime64[s]")
    names = {
        "actor_a": ["Reds", "Reds", "Reds", "Reds", "Blues"],
        "actor_b": ["Civilians", "Blues", None, "Blues", None],
    }
    table = table.assign(country="XAA", **names)
    return table.astype({"actor_a": "string", "actor_b": "string", "country": "string"})


def presence_of(*rows) -> pd.DataFrame:
    columns = ["actor_id", "observed_on", "longitude", "latitude", "place_precision", "reliability"]
    table = pd.DataFrame(rows, columns=columns).assign(presence_id=[f"p{i}" for i in range(len(rows))], credibility=1)
    return PRESENCE.check(table.astype({"longitude": float, "latitude": float})).frame


def gather(incidents, areas, presence, placement=None) -> pd.DataFrame:
    placed = place_incidents(incidents, areas, resolution=5, settings=PLACING)
    where = placed if placement is None else (placed, placement)
    parties = resolve_actors(incidents, ACTORS.empty())
    return gather_evidence(incidents, where, presence, parties, as_of=AS_OF, settings=RULES)


def test_incidents_speak_of_the_armed_actors_they_name(incidents, areas) -> None:
    found = gather(incidents, areas, PRESENCE.empty())
    at = cells_of_points([1.0], [1.0], resolution=5)[0]
    exact = found.loc[(found["cell"] == at) & (found["reports"] == 1.0)]
    assert exact[["actor_id", "weight"]].to_numpy().tolist() == [["reported:Reds", 1.0]]
    assert exact["observed_on"].tolist() == [pd.Timestamp("2024-06-01")]


def test_reports_of_one_area_add_up_as_of_the_newest(incidents, areas) -> None:
    found = gather(incidents, areas, PRESENCE.empty())
    spread = found.loc[found["reports"] < 1.0]
    province = cells_of_area(areas.geometry.iloc[1], resolution=5)
    assert sorted(spread["cell"].unique().tolist()) == province.tolist()  # the country-wide report is nowhere
    reds = spread.loc[spread["actor_id"] == "reported:Reds"]
    assert reds["weight"].sum() == pytest.approx(1.0 + 0.5 ** (50 / 100))  # 1 May is 50 days before 20 June
    assert reds["reports"].sum() == pytest.approx(2.0)
    assert reds["observed_on"].unique().tolist() == [pd.Timestamp("2024-06-20")]
    sizes_km2 = areas_km2(reds["cell"].to_numpy())
    np.testing.assert_allclose(reds["weight"] / reds["weight"].sum(), sizes_km2 / sizes_km2.sum())


def test_adding_up_changes_no_share(incidents, areas) -> None:
    placed = place_incidents(incidents, areas, resolution=5, settings=PLACING)
    one_by_one = []
    for row, actor in [(0, "reported:Reds"), (1, "reported:Reds"), (1, "reported:Blues"), (2, "reported:Reds")]:
        own = placed.incident == row
        one = {"cell": placed.cells[placed.cell[own]], "actor_id": actor, "weight": placed.weight[own]}
        one |= {"observed_on": incidents["date_end"].iloc[row], "reports": placed.weight[own]}
        one_by_one.append(pd.DataFrame(one))
    apart = influence(pd.concat(one_by_one, ignore_index=True), ASKED, settings=RULES)
    together = influence(gather(incidents, areas, PRESENCE.empty()), ASKED, settings=RULES)
    # How many rows tell the same is all that may differ.
    together, apart = (table.drop(columns="effective_reports") for table in (together, apart))
    pd.testing.assert_frame_equal(together, apart, check_exact=False, rtol=1e-9)


def test_a_report_spread_over_a_province_is_one_report_at_most(incidents, areas) -> None:
    wide = gather(incidents, areas, PRESENCE.empty())
    found = influence(wide, ASKED, settings=RULES)
    held = found.groupby("cell").agg(effective=("effective_reports", "first"), reports=("evidence", "sum"))
    assert (held["effective"] <= held["reports"] + 1e-9).all()
    alone = influence(evidence_of(report("a")), ASKED, settings=RULES)
    assert alone["effective_reports"].to_numpy() == pytest.approx(1)
    twice = influence(evidence_of(report("a"), report("b")), ASKED, settings=RULES)
    assert twice["effective_reports"].to_numpy() == pytest.approx(2)


@pytest.mark.parametrize("grade", ["a", "b", "c", "d", "e", "f", None])
def test_presence_weighs_by_the_reliability_of_its_source(incidents, areas, grade) -> None:
    presence = presence_of(("greens", "2024-06-30", 1.0, 1.0, "exact", grade))
    found = gather(incidents.iloc[:0], areas, presence)
    assert found["weight"].tolist() == [2.0 * RELIABILITY_SHARE[grade or "f"]]
    assert found["actor_id"].tolist() == ["greens"]
    assert list(RELIABILITY_SHARE.values()) == sorted(RELIABILITY_SHARE.values(), reverse=True)


def test_presence_after_the_day_is_left_out(incidents, areas) -> None:
    presence = presence_of(
        ("greens", "2024-07-01", 1.0, 1.0, "near", "a"), ("greens", "2024-07-02", 1.0, 1.0, "exact", "a")
    )
    assert len(gather(incidents.iloc[:0], areas, presence)) == 1


def test_presence_known_to_an_area_needs_its_placement(incidents, areas) -> None:
    presence = presence_of(("greens", "2024-06-30", 2.0, 1.0, "admin1", "a"))
    with pytest.raises(RequestError, match="1 presence reports are known to an area only; place them like incidents"):
        gather(incidents, areas, presence)
    placed = place_incidents(presence, areas, resolution=5, settings=PLACING)
    found = gather(incidents.iloc[:0], areas, presence, placed)
    assert found["weight"].sum() == pytest.approx(2.0)
    assert found["reports"].sum() == pytest.approx(1.0)


def test_evidence_gathered_for_a_day_does_not_answer_for_an_earlier_one(incidents, areas) -> None:
    evidence = gather(incidents, areas, PRESENCE.empty())
    influence(evidence, PresenceRequest(as_of=dt.date(2024, 8, 1), resolution=5), settings=RULES)
    with pytest.raises(RequestError, match="gathered for 2024-07-01, asked for 2024-06-30"):
        influence(evidence, PresenceRequest(as_of=dt.date(2024, 6, 30), resolution=5), settings=RULES)


def test_a_placement_of_other_incidents_is_refused(incidents, areas) -> None:
    placed = place_incidents(incidents, areas, resolution=5, settings=PLACING)
    fewer = incidents.iloc[1:]
    with pytest.raises(RequestError, match="5 incidents were placed, but 4 given"):
        gather_evidence(
            fewer, placed, PRESENCE.empty(), resolve_actors(fewer, ACTORS.empty()), as_of=AS_OF, settings=RULES
        )


def test_gathering_changes_no_input(incidents, areas) -> None:
    presence = presence_of(("greens", "2024-06-30", 1.0, 1.0, "exact", "b"))
    before = incidents.copy(), areas.copy(), presence.copy()
    evidence = gather(incidents, areas, presence)
    kept = evidence.copy()
    influence(evidence, ASKED, settings=RULES)
    for now, then in zip((incidents, areas, presence, evidence), (*before, kept), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(now), pd.DataFrame(then))


def test_cells_of_evidence_hold_the_evidence_of_any_day(incidents, areas) -> None:
    presence = presence_of(
        ("greens", "2024-06-30", 7.0, 1.0, "exact", "a"), ("greens", "2024-06-30", 7.0, 1.0, "country", "a")
    )
    placed = tuple(place_incidents(table, areas, resolution=5, settings=PLACING) for table in (incidents, presence))
    parties = resolve_actors(incidents, ACTORS.empty())
    later = dt.date(2025, 1, 1)
    found = gather_evidence(incidents, placed, presence, parties, as_of=later, settings=RULES)
    assert cells_of_evidence(*placed).tolist() == np.unique(found["cell"]).tolist()


def test_a_name_recorded_as_an_alias_equals_the_actor_reported_by_its_own_name(incidents, areas) -> None:
    known = {"actor_id": ["reds"], "name": ["Reds"], "aliases": ["Blues; Old Reds"], "actor_type": "non_state"}
    actors = ACTORS.check(pd.DataFrame(known)).frame
    placed = place_incidents(incidents, areas, resolution=5, settings=PLACING)
    one_name = incidents.replace({"actor_a": {"Blues": "Reds"}, "actor_b": {"Blues": "Reds"}})
    merged, single = (
        gather_evidence(table, placed, PRESENCE.empty(), resolve_actors(table, actors), as_of=AS_OF, settings=RULES)
        for table in (incidents, one_name)
    )
    assert set(merged["actor_id"]) == {"reds"}
    answers = [influence(evidence, ASKED, settings=RULES) for evidence in (merged, single)]
    pd.testing.assert_frame_equal(*answers)


def test_the_first_picture_of_presence_neither_loads_nor_runs_a_compiler(sample_folder) -> None:
    asks = """
import datetime as dt
import sys
from pathlib import Path
from geo.answers.presence import answer_presence
from geo.answers.world import World
from geo.model import Audience, PresenceRequest
from geo.settings import read_settings
from geo.workspace import open_workspace
world = World(open_workspace(Path(sys.argv[1]), author="test"), read_settings(Path("config.toml")))
request = PresenceRequest(as_of=dt.date(2026, 1, 1), resolution=5)
assert len(answer_presence(world, request, audience=Audience.CASE_TEAM).cells.frame)
assert world.presence_placement(5) is world.presence_placement(5)
assert not {"numba", "llvmlite"} & set(sys.modules), "the first picture loads Numba"
"""
    subprocess.run([sys.executable, "-c", asks, str(sample_folder)], check=True, timeout=120)
