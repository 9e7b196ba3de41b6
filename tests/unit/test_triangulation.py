"""Silent risks here: deaths or victims of two sources added together; girls of one report beside the boys of
another; two reports of one source paired; a report spread over a province called near; a chain of pairs that joins
reports nobody would pair; a score that depends on the order of import; a merge that changes what was imported."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.actors.identity import resolve_actors
from geo.incidents.merges import groups_of, merge_id, merged
from geo.incidents.rollup import matching
from geo.incidents.triangulation import open_pairs, score_pairs
from geo.model import HexbinRequest
from geo.schema import ACTORS, MERGES
from geo.settings import Settings, TriangulationSettings
from geo.workspace.sample import overlap_truth
from tests.toy_readings import incident, reading_of

KM_DEG = 1 / 111.195  # a degree of latitude on the sphere of geo.crs


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return reading_of("incidents", list(rows)).frame.reset_index(drop=True)


def report(name: str, **values: Any) -> dict[str, Any]:
    """A report whose id begins with its source, e.g. a:1."""
    usual = {"actor_a": "Red Band", "violation": "killing", "date_precision": 1}
    return incident(1, **{**usual, "incident_id": name, "source": name.split(":", maxsplit=1)[0], **values})


def decided(*decisions: tuple[str, str]) -> pd.DataFrame:
    """Decisions as "same a:1 b:1" would write them."""
    rows = [
        {"merge_id": merge_id(members.split()), "members": members.replace(" ", ";"), "decision": decision}
        for decision, members in decisions
    ]
    return reading_of("merges", rows).frame.reset_index(drop=True)


@pytest.fixture
def rules(settings: Settings) -> TriangulationSettings:
    """The shipped rules without a lower end, so that every pair compared is seen."""
    return settings.triangulation.model_copy(update={"lowest_bits": -50.0})


def scored(reports: pd.DataFrame, rules: TriangulationSettings) -> pd.DataFrame:
    return score_pairs(reports, resolve_actors(reports, ACTORS.empty()), settings=rules)


def asked_of(found: pd.DataFrame, merges: pd.DataFrame, reports: pd.DataFrame, *, least: float = 0.0) -> pd.DataFrame:
    return open_pairs(found, merges, reports, possible_share=least)


def pairs(reports: pd.DataFrame, rules: TriangulationSettings) -> list[str]:
    return list(scored(reports, rules)["pair"])


def test_weights_of_a_pair_worked_by_hand(rules: TriangulationSettings) -> None:
    row = scored(table(report("a:1"), report("b:1", date_start="2020-01-06", date_end="2020-01-06")), rules).iloc[0]
    # Joint radius sqrt(50) km; half of it holds (3.54 / 25)^2 of what crowds within 25 km: one report of two.
    assert row["place_bits"] == pytest.approx(math.log2(0.75 / (0.5 * (50**0.5 / 2 / 25) ** 2)))
    assert row["days_bits"] == pytest.approx(math.log2(0.09 / (4 / 365)))  # 1 to 2 days, either way
    assert row["actor_bits"] == pytest.approx(math.log2(0.85))  # both reports name the only actor
    assert row["kind_bits"] == pytest.approx(math.log2(0.75))
    assert row["bits"] == pytest.approx(row[["place_bits", "days_bits", "actor_bits", "kind_bits"]].sum(), abs=1e-6)
    assert (row["days_apart"], row["place"], row["actor"], row["kind"]) == (1, "very_near", "same", "same")


def test_reports_of_one_source_are_never_paired(rules: TriangulationSettings) -> None:
    assert pairs(table(report("a:1"), report("a:2")), rules) == []
    assert pairs(table(report("a:1"), report("a:2"), report("b:1")), rules) == ["a:1+b:1", "a:2+b:1"]


@pytest.mark.parametrize(("days", "found"), [(7, True), (8, False)])
def test_a_gap_of_exactly_the_longest_counts(rules: TriangulationSettings, days: int, *, found: bool) -> None:
    later = f"2020-01-{5 + days:02}"
    assert bool(pairs(table(report("a:1"), report("b:1", date_start=later, date_end=later)), rules)) is found


@pytest.mark.parametrize(("km", "level"), [(3.4, "very_near"), (3.7, "near"), (7.2, "in_reach"), (14.1, "in_reach")])
def test_distance_falls_into_rings_of_the_joint_radius(rules: TriangulationSettings, km: float, level: str) -> None:
    assert list(scored(table(report("a:1"), report("b:1", latitude=4.4 + km * KM_DEG)), rules)["place"]) == [level]


def test_beyond_two_radii_there_is_no_pair_unless_the_place_is_known_less_well(rules: TriangulationSettings) -> None:
    far = {"latitude": 4.4 + 14.2 * KM_DEG}
    assert pairs(table(report("a:1"), report("b:1", **far)), rules) == []
    wide = scored(table(report("a:1"), report("b:1", **far, place_precision="near")), rules)
    close = scored(table(report("a:1"), report("b:1")), rules)
    assert wide["place_bits"].iloc[0] < close["place_bits"].iloc[0]


def test_a_place_known_to_an_area_counts_by_the_areas_name(rules: TriangulationSettings) -> None:
    here = {"admin1": "Ouaka", "admin2": "Bambari", "country": "CAF"}
    centre = {"latitude": 4.4 + 60 * KM_DEG, "place_precision": "admin2"}
    elsewhere = [report(f"c:{n}", admin2="Ippy", country="CAF", latitude=-4.0) for n in range(8)]
    same = scored(table(report("a:1", **here), report("b:1", **here, **centre), *elsewhere), rules)
    assert same.loc[same["pair"] == "a:1+b:1", "place"].tolist() == ["same_area"]
    # Two of ten reports lie in the district.
    assert same.loc[same["pair"] == "a:1+b:1", "place_bits"].iloc[0] == pytest.approx(math.log2(0.9 / 0.2))
    spelled = {**here, "admin2": "sous-préfecture de BAMBARI"}
    assert "a:1+b:1" in pairs(table(report("a:1", **here), report("b:1", **spelled, **centre)), rules)
    other = {**here, "admin2": "Grimari"}
    apart = scored(table(report("a:1", **here), report("b:1", **other, **centre)), rules)
    nameless = scored(table(report("a:1", **here), report("b:1", **centre)), rules)
    assert apart["place_bits"].iloc[0] < nameless["place_bits"].iloc[0]  # another name counts against
    province = {**here, "place_precision": "region", "latitude": 9.0}
    assert pairs(table(report("a:1", **here), report("b:1", **province)), rules) == ["a:1+b:1"]


@pytest.mark.parametrize("precision", ["country", "nowhere"])
def test_what_is_known_to_a_country_only_is_no_candidate(rules: TriangulationSettings, precision: str) -> None:
    assert pairs(table(report("a:1"), report("b:1", place_precision=precision)), rules) == []


def test_actors_same_similar_other_and_unnamed(rules: TriangulationSettings) -> None:
    def level(name: str | None) -> str:
        found = scored(table(report("a:1", actor_a="Front patriotique"), report("b:1", actor_a=name)), rules)
        return str(found["actor"].iloc[0])

    assert level("FRONT PATRIOTIQUE") == "same"
    assert level("Front patrotique") == "similar"
    assert level("Union des forces") == "other"
    assert {level(None), level("Civilians"), level("Unidentified armed men")} == {"not_named"}


def test_a_rare_actor_says_more_than_a_frequent_one(rules: TriangulationSettings) -> None:
    crowd = [report(f"c:{n}", latitude=-4.0, actor_a="Everywhere") for n in range(20)]
    weights = [
        scored(table(report("a:1", actor_a=name), report("b:1", actor_a=name), *crowd), rules)["actor_bits"].iloc[0]
        for name in ("Everywhere", "Seldom")
    ]
    assert weights[1] > weights[0] + 3


def test_a_month_says_less_than_a_day(rules: TriangulationSettings) -> None:
    month = report("b:1", date_start="2020-01-01", date_end="2020-01-31", date_precision=3)
    day = scored(table(report("a:1"), report("b:1")), rules)["days_bits"].iloc[0]
    assert day - scored(table(report("a:1"), month), rules)["days_bits"].iloc[0] == pytest.approx(math.log2(31))


def test_each_report_keeps_its_best_partner_until_a_person_says_no(rules: TriangulationSettings) -> None:
    reports = table(report("a:1"), report("b:1", latitude=4.4 + 5 * KM_DEG), report("b:2"))
    found = scored(reports, rules)
    nothing = decided()
    assert list(asked_of(found, nothing, reports)["pair"]) == ["a:1+b:2"]
    assert list(asked_of(found, decided(("not_same", "a:1 b:2")), reports)["pair"]) == ["a:1+b:1"]
    assert list(asked_of(found, decided(("same", "a:1 b:2")), reports)["pair"]) == []
    assert list(asked_of(found, decided(("withdrawn", "a:1 b:2")), reports)["pair"]) == ["a:1+b:2"]


def test_a_chain_does_not_join_what_is_no_pair(rules: TriangulationSettings) -> None:
    reports = table(report("a:1"), report("b:1", latitude=4.4 + 13 * KM_DEG), report("c:1", latitude=4.4 + 26 * KM_DEG))
    found = scored(reports, rules)
    assert set(found["pair"]) == {"a:1+b:1", "b:1+c:1"}
    assert len(asked_of(found, decided(), reports)) == 1
    assert list(asked_of(found, decided(("same", "b:1 c:1")), reports)["pair"]) == []
    near = table(report("a:1"), report("b:1"), report("c:1", latitude=4.4 + 2 * KM_DEG))
    assert len(asked_of(scored(near, rules), decided(("same", "a:1 b:1")), near)) == 1


def test_the_order_of_import_changes_no_score_and_no_queue(rules: TriangulationSettings) -> None:
    rng = np.random.default_rng(3)
    rows = [
        report(f"{source}:{n}", latitude=4.4 + rng.normal(0, 8) * KM_DEG, date_start="2020-01-05",
               date_end=f"2020-01-{5 + n % 4:02}", actor_a=("Red", "Blue")[n % 2])
        for source in "abc" for n in range(8)
    ]  # fmt: skip
    one, other = table(*rows), table(*rows[::-1])
    before = other.copy(deep=True)
    for step in (lambda reports: scored(reports, rules), lambda r: asked_of(scored(r, rules), decided(), r)):
        left, right = (step(reports).drop(columns=["first", "second"]) for reports in (one, other))
        pd.testing.assert_frame_equal(left, right)
        assert len(left) > 5
    pd.testing.assert_frame_equal(other, before)


def test_no_reports_no_pairs(rules: TriangulationSettings) -> None:
    nothing = table()
    assert scored(nothing, rules).empty
    assert asked_of(scored(nothing, rules), decided(), nothing).empty


def test_a_merged_incident_says_what_the_rules_say() -> None:
    reports = table(
        report("a:1", place_precision="near", longitude=18.0, fatalities_low=1, fatalities_best=3, fatalities_high=9,
               victims_girls=2, victims_boys=0, victims_unknown=0, verification="verified", verified_on="2020-03-01",
               sources_count=2),
        report("b:1", date_end="2020-01-09", date_precision=2, fatalities_best=5, violation="maiming",
               violation_basis="suggested", victims_girls=0, victims_boys=9, victims_unknown=0, actor_a=None),
        report("c:1", place_precision="admin1", date_precision=1, fatalities_low=4, fatalities_best=4,
               fatalities_high=4, violation=None, victims_girls=0, victims_boys=0, victims_unknown=3, sources_count=5),
        report("a:2", fatalities_best=7),
    )  # fmt: skip
    found = merged(reports, decided(("same", "a:1 b:1"), ("same", "b:1 c:1")))
    assert list(found["incident_id"]) == ["b:1", "a:2"]  # b:1 is placed best and stands where it stood
    row = found.iloc[0]
    assert (row["longitude"], row["place_precision"]) == (18.5, "exact")
    assert row["date_end"] == pd.Timestamp("2020-01-05")  # a:1 knows the day
    assert row["actor_a"] == "Red Band"  # b:1 names none
    assert (row["violation"], row["verification"], row["verified_on"]) == (
        "killing", "verified", pd.Timestamp("2020-03-01"),
    )  # fmt: skip
    # c:1 names no violation and most victims; b:1's nine were maimed, which is not what this incident says.
    assert (row["victims_girls"], row["victims_boys"], row["victims_unknown"]) == (0, 0, 3)
    assert (row["fatalities_low"], row["fatalities_best"], row["fatalities_high"]) == (1, 5, 9)
    assert (row["source"], row["sources_count"]) == ("a;b;c", 5)
    assert found.dtypes.equals(reports.dtypes)
    pd.testing.assert_series_equal(found.iloc[1], reports.iloc[3], check_names=False)


def test_a_member_whose_import_is_gone_leaves_the_others_together() -> None:
    decisions = decided(("same", "a:1 b:1"), ("same", "b:1 c:1"))
    assert list(merged(table(report("a:1"), report("c:1")), decisions)["source"]) == ["a;c"]
    alone = table(report("a:1"))
    assert merged(alone, decisions) is alone
    assert groups_of(decided(("withdrawn", "a:1 b:1"))) == {}


def test_a_merged_incident_is_found_by_each_of_its_sources() -> None:
    found = merged(table(report("a:1"), report("b:1"), report("a:2")), decided(("same", "a:1 b:1")))
    assert matching(found, HexbinRequest(resolution=5, sources=("b",))).tolist() == [True, False]
    assert matching(found, HexbinRequest(resolution=5, sources=("a",))).tolist() == [True, True]
    assert matching(found, HexbinRequest(resolution=5, sources=("a;b",))).tolist() == [False, False]


def test_precision_and_recall_on_the_seeded_truth(sample_world: Any, settings: Settings) -> None:
    reports = sample_world.reports
    parties = resolve_actors(reports, sample_world.actors)
    found = score_pairs(reports, parties, settings=settings.triangulation)
    asked = asked_of(found, MERGES.empty(), reports, least=settings.triangulation.possible_share)
    truth = {merge_id(pair) for pair in overlap_truth()}
    likely = asked.loc[asked["score"] >= settings.triangulation.likely_share, "pair"]
    hits = likely.isin(truth).sum()
    precision, recall = hits / len(likely), hits / len(truth)
    print(f"likely: {len(likely)} of {len(truth)} true pairs, precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.88
    assert recall >= 0.8
    # The score is a chance: among all that are asked about, as many are true as the chances add up to.
    assert asked["pair"].isin(truth).sum() == pytest.approx(asked["score"].sum(), rel=0.1)
    assert asked["pair"].isin(truth).sum() / len(truth) >= 0.84  # with the possible ones


def test_a_score_is_a_chance_that_falls_with_every_other_partner(rules: TriangulationSettings) -> None:
    def asked(reports: pd.DataFrame) -> pd.DataFrame:
        return asked_of(scored(reports, rules), decided(), reports)

    elsewhere = [report(f"b:{n}", latitude=-4.0, actor_a=f"Band {n}") for n in range(9, 30)]
    alone = asked(table(report("a:1"), report("b:1"), *elsewhere))["score"]
    rivals = asked(table(report("a:1"), report("b:1"), report("b:2"), *elsewhere))["score"]
    assert 0.5 < alone.iloc[0] <= 1
    assert rivals.iloc[0] <= 0.5  # two partners alike: at most an even chance each
    assert asked_of(scored(table(*elsewhere), rules), decided(), table(*elsewhere)).empty


def test_no_more_than_the_least_chance_is_asked(rules: TriangulationSettings) -> None:
    reports = table(report("a:1"), report("b:1"), report("b:2", date_start="2020-01-09", date_end="2020-01-09"))
    found = scored(reports, rules)
    every = asked_of(found, decided(), reports)
    assert len(every) == 1
    assert asked_of(found, decided(), reports, least=float(every["score"].iloc[0])).equals(every)
    assert asked_of(found, decided(), reports, least=min(1.0, float(every["score"].iloc[0]) + 1e-3)).empty
