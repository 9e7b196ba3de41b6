"""Silent risks here: the window taken as containment, not overlap; a coalition or both sides of a clash counted
as more actors than there are; civilians counted as an armed group; a share of a spread report naming
actors in every cell of a province; months without incidents skipped; a total that loses what lies in no cell."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import RequestError
from geo.incidents.precision import Placement, place_incidents
from geo.incidents.rollup import Rollup, matching, roll_up
from geo.model import HexbinRequest, Window
from geo.settings import PlacementSettings

RULES = PlacementSettings(exact=("exact",), near=("near",))
RESOLUTION = 5
# Two towns far apart, Ava and Bex, in a province drawn as a square around both; the toy world is solved by hand.
AVA, BEX = (1.0, 1.0), (3.0, 1.0)
_INCIDENTS = [
    # id, start, end, place, precision, admin1, a, a_id, b, b_id, type, violation, low, best, high
    ("1", "2020-01-10", "2020-01-12", AVA, "exact", None, "Reds", "x:1", "Blues", "x:2", "clash", "killing", 1, 2, 3),
    (
        "2",
        "2020-01-31",
        "2020-02-02",
        AVA,
        "near",
        None,
        "Reds",
        "x:1",
        "Civilians",
        "x:9",
        "attack",
        "killing",
        0,
        4,
        4,
    ),
    (
        "3",
        "2020-04-01",
        "2020-04-01",
        AVA,
        "exact",
        None,
        "Reds",
        "x:1",
        "Reds",
        "x:1",
        "clash",
        None,
        None,
        None,
        None,
    ),
    ("4", "2020-04-05", "2020-04-05", BEX, "exact", None, "Greys", None, None, None, "attack", "abduction", 0, 1, 9),
    ("5", "2020-04-07", "2020-04-08", BEX, "admin1", "Mid", "Blues", "x:2", "Greens", "x:3", "clash", None, 10, 20, 30),
    ("6", "2020-04-09", "2020-04-09", BEX, "nowhere", None, "Blues", "x:2", None, None, "attack", None, 5, 5, 5),
]
_COLUMNS = ["incident_id", "date_start", "date_end", "at", "place_precision", "admin1", "actor_a", "actor_a_id"]
_COLUMNS += ["actor_b", "actor_b_id", "event_type", "violation", "fatalities_low", "fatalities_best", "fatalities_high"]


@pytest.fixture(scope="module")
def incidents() -> pd.DataFrame:
    table = pd.DataFrame(_INCIDENTS, columns=_COLUMNS, index=range(10, 16))
    table["longitude"] = [at[0] for at in table["at"]]
    table["latitude"] = [at[1] for at in table["at"]]
    table["country"] = "XAA"
    for column in ("date_start", "date_end"):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[s]")
    for column in ("actor_a", "actor_a_id", "actor_b", "actor_b_id", "event_type", "violation", "admin1"):
        table[column] = table[column].astype("string")
    for column in ("fatalities_low", "fatalities_best", "fatalities_high"):
        table[column] = table[column].astype("Int64")
    return table.drop(columns="at")


@pytest.fixture(scope="module")
def placement(incidents) -> Placement:
    areas = gpd.GeoDataFrame(
        {"boundary_id": ["M"], "name": ["Mid"], "name_fr": [None], "level": [1], "country": ["XAA"], "parent": [None]},
        geometry=[shapely.box(0, 0, 4, 2)],
        crs="EPSG:4326",
    )
    return place_incidents(incidents, areas, resolution=RESOLUTION, settings=RULES)


def ask(**kwargs) -> HexbinRequest:
    return HexbinRequest(resolution=RESOLUTION, **kwargs)


def at(rolled: Rollup, placement: Placement, incident: int) -> pd.Series:
    return rolled.cells.set_index("cell").loc[placement.cells[placement.point[incident]]]


def ids(incidents: pd.DataFrame, request: HexbinRequest, actors: pd.DataFrame | None = None) -> str:
    return "".join(incidents["incident_id"][matching(incidents, request, actors=actors)])


def test_the_cells_of_the_toy_world(incidents, placement) -> None:
    rolled = roll_up(incidents, placement, ask())
    share = 1.0 / len(placement.cells)  # of the one incident spread over the province, nearly even at the equator
    ava, bex = at(rolled, placement, 0), at(rolled, placement, 3)
    assert ava["incidents"] == pytest.approx(3 + share, abs=share)
    assert ava["fatalities_best"] == pytest.approx(6 + 20 * share, abs=20 * share)
    assert ava["fatalities_low"] == pytest.approx(1 + 10 * share, abs=10 * share)
    assert ava["fatalities_high"] == pytest.approx(7 + 30 * share, abs=30 * share)
    assert ava["actors"] == 2
    # Mentions in Ava: Reds in three incidents, Blues in one.
    assert ava["effective_actors"] == pytest.approx(np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25)))
    assert ava["precision_share"] == pytest.approx(2 / ava["incidents"])
    assert ava["newest_days"] == 8.0  # from 9 April, the newest incident of all, back to 1 April
    assert (bex["actors"], bex["effective_actors"], bex["newest_days"]) == (1, 1.0, 4.0)


def test_a_cell_with_shares_only_says_nothing_of_actors_or_days(incidents, placement) -> None:
    rolled = roll_up(incidents, placement, ask())
    named = placement.cells[placement.point[placement.point >= 0]]
    rest = rolled.cells.loc[~rolled.cells["cell"].isin(named)]
    assert len(rest) == len(placement.cells) - 2
    assert (rest["actors"] == 0).all()
    assert (rest["effective_actors"] == 0.0).all()
    assert rest["newest_days"].isna().all()
    assert (rest["precision_share"] == 0.0).all()


def test_all_incidents_are_in_the_total(incidents, placement) -> None:
    rolled = roll_up(incidents, placement, ask())
    assert rolled.total == 6
    assert rolled.cells["incidents"].sum() == pytest.approx(5.0)
    assert rolled.cells["fatalities_best"].sum() == pytest.approx(27.0)
    assert rolled.area_only.to_dict("records") == [{"area": "XAA", "incidents": 1.0}]
    assert rolled.cells["cell"].dtype == np.uint64
    assert rolled.cells["cell"].is_monotonic_increasing


def test_months_are_without_gaps_and_count_an_incident_in_its_first(incidents, placement) -> None:
    months = roll_up(incidents, placement, ask()).months
    assert months["month"].dt.strftime("%Y-%m").tolist() == ["2020-01", "2020-02", "2020-03", "2020-04"]
    assert months["incidents"].tolist() == [2, 0, 0, 4]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, "123456"),
        ("2020-02-01", "2020-02-01", "2"),  # overlap, not containment
        ("2020-01-12", "2020-01-31", "12"),  # both ends inclusive
        ("2020-01-13", "2020-01-30", ""),
        ("2020-04-08", None, "56"),
        (None, "2020-01-10", "1"),
    ],
)
def test_a_window_finds_what_overlaps_it(incidents, start, end, expected) -> None:
    window = Window(*(dt.date.fromisoformat(day) if day else None for day in (start, end)))
    assert ids(incidents, ask(window=window)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"event_types": ("CLASH",)}, "135"),
        ({"event_types": ("clash", "attack")}, "123456"),
        ({"event_types": ("unheard of",)}, ""),
        ({"violations": ("Killing",)}, "12"),
        ({"violations": ("abduction", "killing")}, "124"),
        ({"actors": ("blues",)}, "156"),  # either side, case does not matter
        ({"actors": ("X:2",)}, "156"),
        ({"actors": ("Civilians",)}, "2"),
        ({"actors": ("Greys", "x:3")}, "45"),
        ({"actors": ("Blues",), "event_types": ("clash",), "window": Window(dt.date(2020, 4, 1))}, "5"),
    ],
)
def test_filters(incidents, question, expected) -> None:
    assert ids(incidents, ask(**question)) == expected


def test_a_violation_nobody_knows_is_refused(incidents) -> None:
    with pytest.raises(RequestError, match="'kiling' is no MRM violation; use one of killing, maiming"):
        matching(incidents, ask(violations=("kiling",)))


def test_resolved_actors_answer_to_their_canonical_name_and_count_once(incidents, placement) -> None:
    # Reds and Blues turn out to be one army.
    actors = pd.DataFrame({"row": [0, 1, 2, 3, 4, 4, 5]})
    actors["actor_id"] = ["army", "army", "army", "reported:Greys", "army", "reported:x:3", "army"]
    actors["name"] = actors["actor_id"].replace({"army": "The Army"})
    assert ids(incidents, ask(actors=("the army",)), actors) == "12356"
    assert ids(incidents, ask(actors=("reported:greys",)), actors) == "4"
    rolled = roll_up(incidents, placement, ask(), actors=actors)
    assert at(rolled, placement, 0)["actors"] == 1
    assert at(rolled, placement, 0)["effective_actors"] == 1.0


@pytest.mark.parametrize(("as_of", "days"), [("2020-04-11", 10.0), ("2020-03-01", 0.0), (None, 8.0)])
def test_newest_days_count_back_from_the_day_given_and_never_below_zero(incidents, placement, as_of, days) -> None:
    day = dt.date.fromisoformat(as_of) if as_of else None
    assert at(roll_up(incidents, placement, ask(), as_of=day), placement, 0)["newest_days"] == days


def test_newest_days_count_back_from_the_end_of_the_window(incidents, placement) -> None:
    rolled = roll_up(incidents, placement, ask(window=Window(end=dt.date(2020, 5, 1))))
    assert at(rolled, placement, 0)["newest_days"] == 30.0


def test_incidents_before_1970_have_an_age_too(incidents, placement) -> None:
    old = incidents.assign(date_start=incidents["date_start"] - pd.DateOffset(years=60))
    old["date_end"] = incidents["date_end"] - pd.DateOffset(years=60)
    assert at(roll_up(old, placement, ask()), placement, 3)["newest_days"] == 4.0


def test_nothing_matching_gives_empty_tables(incidents, placement) -> None:
    rolled = roll_up(incidents, placement, ask(event_types=("unheard of",)))
    assert (rolled.total, len(rolled.cells), len(rolled.area_only), len(rolled.months)) == (0, 0, 0, 0)
    assert rolled.cells["cell"].dtype == np.uint64


def test_no_incidents_at_all(incidents) -> None:
    none = incidents.iloc[:0]
    areas = gpd.GeoDataFrame(
        columns=["boundary_id", "name", "level", "country", "parent"], geometry=[], crs="EPSG:4326"
    )
    empty = place_incidents(none, areas, resolution=RESOLUTION, settings=RULES)
    assert roll_up(none, empty, ask(actors=("Reds",))).total == 0


def test_a_placement_of_something_else_is_refused(incidents, placement) -> None:
    with pytest.raises(RequestError, match="placed at resolution 5, asked for 4; place them again"):
        roll_up(incidents, placement, HexbinRequest(resolution=4))
    with pytest.raises(RequestError, match="6 incidents were placed, but 5 given"):
        roll_up(incidents.iloc[1:], placement, ask())
