"""Silent risks here: a garrison that fades like a band; an actor without a record that never fades; one half-life for
the map and another for the middle; grades that count upside down, or a missing grade that weighs most."""

import datetime as dt
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.actors.fading import CREDIBILITY_SHARE, RELIABILITY_SHARE, faded, graded, half_lives, with_half_lives
from geo.actors.identity import resolve_actors
from geo.actors.influence import gather_evidence, influence
from geo.actors.movement import evidence_centres
from geo.actors.presence_places import place_presence
from geo.answers.presence import answer_presence
from geo.incidents.precision import place_incidents
from geo.model import Audience, PresenceRequest
from geo.schema import ACTORS, INCIDENTS, PRESENCE
from geo.settings import read_settings
from tests.conftest import ROOT
from tests.toy_country import COUNTRY_TABLES, DAY, table_top

SETTINGS = read_settings(ROOT / "config.toml")
RULES = SETTINGS.influence
DAYS = RULES.half_life_days_by_mobility
AS_OF = dt.date(2024, 7, 1)
EXACT = {"longitude": 1.0, "latitude": 1.0, "place_precision": "exact"}
BOX = shapely.box(1.0, 1.0, 1.8, 1.8).wkt


def actors(**mobility: str | None) -> pd.DataFrame:
    rows = {"actor_id": list(mobility), "name": list(mobility), "actor_type": "militia"}
    return ACTORS.check(pd.DataFrame({**rows, "mobility": list(mobility.values())}, dtype=object)).frame


def seen(*rows: tuple[str, int, dict]) -> pd.DataFrame:
    """Rows of actor, age in days, place."""
    table = [
        {
            "presence_id": f"p{n}",
            "actor_id": actor,
            "observed_on": str(AS_OF - dt.timedelta(days=age_days)),
            "reliability": "a",
            "credibility": 1,
            **place,
        }
        for n, (actor, age_days, place) in enumerate(rows)
    ]
    return PRESENCE.check(pd.DataFrame(table, dtype=object)).frame


def at(longitude: float) -> dict:
    return {"longitude": longitude, "latitude": 1.0, "place_precision": "exact"}


def gather(presence: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    areas = gpd.GeoDataFrame(
        {name: pd.Series(dtype=object) for name in ("boundary_id", "name", "level", "country", "parent")},
        geometry=gpd.GeoSeries([], crs="EPSG:4326"),
    )
    none = INCIDENTS.empty()
    placed = place_presence(presence, areas, resolution=5, settings=SETTINGS.placement)
    of_none = place_incidents(none, areas, resolution=5, settings=SETTINGS.placement)
    rows = with_half_lives(presence, known, settings=RULES)
    return gather_evidence(none, (of_none, placed), rows, resolve_actors(none, known), as_of=AS_OF, settings=RULES)


def shares(presence: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    return influence(gather(presence, known), PresenceRequest(as_of=AS_OF, resolution=5), settings=RULES)


def test_each_actor_has_the_half_life_of_its_mobility() -> None:
    known = actors(a="settled", b="mixed", c="roaming", d=None)
    table = pd.DataFrame({"actor_id": ["d", "c", "b", "a", "reported:Nobody", None]})
    found = with_half_lives(table, known, settings=RULES)["half_life_days"].tolist()
    other = RULES.half_life_days
    assert found == [other, DAYS.roaming, DAYS.mixed, DAYS.settled, other, other]
    assert half_lives(table, settings=RULES).tolist() == [other] * 6
    assert list(table) == ["actor_id"]


def test_a_garrison_outlasts_a_band() -> None:
    age_days = int(DAYS.roaming)
    found = shares(seen(("a", age_days, at(1.0)), ("b", age_days, at(1.0))), actors(a="settled", b="roaming"))
    stays = 0.5 ** (age_days / DAYS.settled)
    assert found.loc[found["actor_id"] == "a", "influence_share"].to_numpy() == pytest.approx(stays / (stays + 0.5))


def test_reports_of_an_area_add_up_with_the_half_life_of_their_actor() -> None:
    wide = {"area_wkt": BOX}
    found = gather(seen(("b", 0, wide), ("b", int(DAYS.roaming), wide), ("a", 0, wide)), actors(b="roaming"))
    weight = found.groupby("actor_id")["weight"].sum()
    assert weight.to_dict() == pytest.approx({"a": RULES.presence_weight, "b": 1.5 * RULES.presence_weight})


def test_the_middle_follows_the_half_life_of_the_actor() -> None:
    rows = [(actor, age, at(lon)) for actor in "ab" for age, lon in ((0, 1.0), (int(DAYS.roaming), 4.0))]
    found = evidence_centres(gather(seen(*rows), actors(b="roaming")), as_of=AS_OF, settings=RULES).set_index(
        "actor_id"
    )
    assert found.loc["b", "weight"] == pytest.approx(1.5 * RULES.presence_weight)
    assert found.loc["b", "longitude"] == pytest.approx(2.0, abs=0.1)  # half of the old one is left: a third of the way
    assert found.loc["a", "longitude"] > found.loc["b", "longitude"]


def test_both_grades_count_and_one_that_is_missing_counts_as_not_judged() -> None:
    every = list(itertools.product([*"abcdef", None], [1, 2, 3, 4, 5, 6, None]))
    table = pd.DataFrame(every, columns=["reliability", "credibility"], dtype=object)
    table["credibility"] = table["credibility"].astype("Int64")
    expected = [RELIABILITY_SHARE[r or "f"] * CREDIBILITY_SHARE[c or 6] for r, c in every]
    assert graded(table).tolist() == pytest.approx(expected)
    certain = [CREDIBILITY_SHARE[n] for n in range(1, 6)]
    assert certain == sorted(certain, reverse=True)
    assert certain[-1] < CREDIBILITY_SHARE[6] < certain[0]


def test_half_is_left_after_each_half_life() -> None:
    np.testing.assert_allclose(faded([8.0, 8.0, 8.0], [0, 100, 300], [100.0, 100.0, 100.0]), [8.0, 4.0, 1.0])


@pytest.mark.parametrize(("audience", "told"), [(Audience.CLUSTER, False), (Audience.TASK_FORCE, True)])
def test_the_map_fades_each_actor_by_its_record_and_tells_mobility_to_few(audience: Audience, *, told: bool) -> None:
    # Both reports are one roaming half-life old and lie in one place; only the record tells the actors apart.
    old = str(DAY - dt.timedelta(days=int(DAYS.roaming)))
    graded_alike = {"observed_on": old, "reliability": "a", "credibility": 1, **EXACT}
    sightings = [{"presence_id": f"p-{who}", "actor_id": who, **graded_alike} for who in ("a", "b")]
    records = [
        {"actor_id": who, "name": who, "actor_type": "militia", "mobility": how}
        for who, how in (("a", "settled"), ("b", "roaming"))
    ]
    world = table_top(SETTINGS, {**COUNTRY_TABLES, "actors": records, "presence": sightings, "incidents": []})
    found = answer_presence(world, PresenceRequest(as_of=DAY, resolution=4), audience=audience)
    stays = 0.5 ** (int(DAYS.roaming) / DAYS.settled)
    cells = found.cells.frame
    assert len(cells)
    assert cells.loc[cells["actor_id"] == "a", "influence_share"].to_numpy() == pytest.approx(stays / (stays + 0.5))
    assert ("mobility" in found.actors.frame) == told
    assert "source" not in {*found.actors.frame, *found.cells.frame, *found.places.frame}
