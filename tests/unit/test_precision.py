"""Silent risks here: a centroid drawn as a place makes a hot spot nobody reported; a report counted twice, or
not at all; "Kadéi" and "Kadéï" taken for two provinces; two districts of one name mixed up; an area
too large for the grid spread anyway."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import hexgrid
from geo.errors import CrsError, SchemaError
from geo.incidents import precision
from geo.incidents.names import fold_all, folded, folded_area, is_civilian, reported_parties
from geo.incidents.precision import Placement, place_incidents
from geo.schema import BOUNDARIES
from geo.settings import PlacementSettings

RULES = PlacementSettings(exact=("exact",), near=("near",))
# Two provinces side by side, each with a district called North; a neighbour without provinces.
_AREAS = [
    ("XA", "Aland", None, 0, "XAA", None, shapely.box(0, 0, 4, 2)),
    ("XA-W", "Wést Province", "Province de l'Ouest", 1, "XAA", "XA", shapely.box(0, 0, 2, 2)),
    ("XA-E", "East", None, 1, "XAA", "Aland", shapely.box(2, 0, 4, 2)),
    ("XA-W-N", "North", None, 2, "XAA", "XA-W", shapely.box(0, 1, 2, 2)),
    ("XA-E-N", "North", None, 2, "XAA", "East", shapely.box(2, 1, 4, 2)),
    ("XB", "Bland", None, 0, "XBB", None, shapely.box(5, 0, 6, 1)),
    ("XB-E", "East", None, 1, "XBB", "XB", shapely.box(5, 0, 6, 1)),
]


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    columns = ["boundary_id", "name", "name_fr", "level", "country", "parent", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(_AREAS, columns=columns), geometry="geometry", crs="EPSG:4326")


def report(kind, lon=1.0, lat=1.5, country="XAA", admin1=None, admin2=None) -> dict:
    return {
        "place_precision": kind,
        "longitude": lon,
        "latitude": lat,
        "country": country,
        "admin1": admin1,
        "admin2": admin2,
    }


def place(reports, areas, *, resolution=5, rules=RULES) -> Placement:
    table = pd.DataFrame(reports, index=range(100, 100 + len(reports)))
    table[["country", "admin1", "admin2"]] = table[["country", "admin1", "admin2"]].astype("string")
    before = table.copy()
    found = place_incidents(table, areas, resolution=resolution, settings=rules)
    pd.testing.assert_frame_equal(table, before)
    return found


def test_known_places_lie_in_the_cell_of_their_point(areas) -> None:
    found = place([report("exact"), report("near", 3.0, 0.5), report("exact")], areas)
    expected = hexgrid.cells_of_points([1.0, 3.0, 1.0], [1.5, 0.5, 1.5], resolution=5)
    assert found.cells[found.point].tolist() == expected.tolist()
    assert found.exact.tolist() == [True, False, True]
    assert found.area.tolist() == ["", "", ""]
    assert not found.area_only.any()


# The area that surely contains the report, worked out by hand.
@pytest.mark.parametrize(
    ("given", "area"),
    [
        (report("admin2", admin1="west", admin2="NORTH district"), "XA-W-N"),
        (report("admin2", admin1="East province", admin2="North"), "XA-E-N"),
        (report("admin2", 3.0, 1.5, admin2="North"), "XA-E-N"),  # two of the name: the one that holds the point
        (report("admin2", 3.0, 0.5, admin2="North"), "XA-E"),  # the point lies in neither: its province
        (report("admin2", admin1="East", admin2="Elsewhere"), "XA-E"),  # unknown district: the province named
        (report("admin2"), "XA-W"),  # nothing named: the province around the point
        (report("admin2", admin1="Old name"), "XA-W"),
        (report("admin1", 3.0, 1.0, admin1="l'Ouest"), "XA-W"),  # French name; the name wins over the point
        (report("admin1", 3.0, 1.0), "XA-E"),
        (report("admin1", 5.5, 0.5), "XA"),  # a point in the neighbour says nothing of this country's provinces
        (report("admin1", 5.5, 0.5, country=None), "XB-E"),
        (report("admin1", 0.1, 0.1, country="XBB", admin1="East"), "XB-E"),  # the East of the country reported
        (report("region", admin1="East"), "XA-E"),
        (report("region"), "XA"),  # a region may cross provinces: the point does not tell
        (report("country", admin1="East"), "XA"),
        (report("country", 5.5, 0.5, country=None), "XB"),
    ],
)
def test_wide_reports_lie_in_the_smallest_area_that_surely_contains_them(areas, given, area) -> None:
    found = place([given], areas)
    outline = areas.set_index("boundary_id").loc[area]
    assert found.cells[found.cell].tolist() == hexgrid.cells_of_area(outline.geometry, resolution=5).tolist()
    assert found.area.tolist() == [outline["name"]]
    assert found.weight.sum() == pytest.approx(1.0)
    assert found.container_level.tolist() == [outline["level"]]
    assert found.point.tolist() == [-1]
    assert not found.exact.any()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (report("nowhere"), "XAA"),
        (report("nowhere", country=None), ""),
        (report("country", country="XCC"), "XCC"),
        (report("admin1", 9.0, 9.0, country="XCC", admin1="Far"), "Far"),
        (report("admin2", 9.0, 9.0, country=None, admin1="Far", admin2="Farther"), "Farther"),
        (report("region", 9.0, 9.0, country=None), ""),
    ],
)
def test_reports_nothing_known_contains_lie_in_no_cell(areas, given, name) -> None:
    found = place([given, report("exact")], areas)
    assert found.area_only.tolist() == [True, False]
    assert found.area.tolist() == [name, ""]
    assert found.incident.tolist() == [1]


def test_a_share_is_proportional_to_the_area_of_the_cell(areas) -> None:
    found = place([report("admin1", admin1="East")], areas)
    sizes_km2 = hexgrid.areas_km2(found.cells)
    np.testing.assert_allclose(found.weight, sizes_km2 / sizes_km2.sum(), rtol=1e-12)


def test_an_area_drawn_twice_is_one_area(areas) -> None:
    twice = pd.concat([areas, areas], ignore_index=True)
    reports = [report("admin1", 3.0, 1.0, admin1="East"), report("country")]
    once, again = place(reports, areas), place(reports, twice)
    np.testing.assert_allclose(once.per_cell([1, 1]), again.per_cell([1, 1]))


def test_an_area_of_too_many_cells_is_not_spread(areas, monkeypatch) -> None:
    monkeypatch.setattr(precision, "MAX_AREA_CELLS", 200)  # East is about 49,000 km², or 190 cells of resolution 5
    found = place([report("admin1", admin1="East"), report("country"), report("admin1", admin1="East")], areas)
    assert found.area_only.tolist() == [False, True, False]
    assert found.area.tolist() == ["East", "Aland", "East"]
    assert found.container_level.tolist() == [1]
    assert found.per_cell(np.ones(3)).sum() == pytest.approx(2.0)


def test_per_cell_sums_what_the_laid_out_shares_sum(areas) -> None:
    reports = [report("exact"), report("admin1", admin1="East"), report("nowhere"), report("country"), report("near")]
    found = place(reports, areas)
    values = np.array([1.0, 20.0, 300.0, np.nan, 50_000.0])
    laid_out = np.bincount(
        found.cell, weights=np.nan_to_num(values)[found.incident] * found.weight, minlength=len(found.cells)
    )
    np.testing.assert_allclose(found.per_cell(values), laid_out)
    assert found.per_cell(values).sum() == pytest.approx(1.0 + 20.0 + 50_000.0)
    assert (np.diff(found.incident) >= 0).all()
    assert (np.diff(found.cells.astype(object)) > 0).all()


def test_a_planner_may_call_districts_near_enough(areas) -> None:
    wider = PlacementSettings(exact=("exact",), near=("near", "admin2"))
    found = place([report("admin2", admin1="East", admin2="North")], areas, rules=wider)
    assert found.point.tolist() == [0]
    stricter = PlacementSettings(exact=("exact",), near=())
    assert place([report("near", admin1="East")], areas, rules=stricter).area.tolist() == ["East"]


def test_without_outlines_wide_reports_are_known_to_area_only() -> None:
    none = gpd.GeoDataFrame(BOUNDARIES.empty(), geometry=[], crs="EPSG:4326")
    found = place([report("exact"), report("admin1", admin1="East"), report("country")], none)
    assert found.area_only.tolist() == [False, True, True]
    assert found.area.tolist() == ["", "East", "XAA"]
    assert place([report("country")], none).cells.tolist() == []


def test_no_reports(areas) -> None:
    table = pd.DataFrame([report("exact")]).iloc[:0]
    found = place_incidents(table, areas, resolution=5, settings=RULES)
    assert len(found.cells) == len(found.weight) == len(found.area) == 0
    assert found.per_cell([]).tolist() == []


def test_a_table_with_positions_only_can_be_placed(areas) -> None:
    presence = pd.DataFrame({"place_precision": ["exact", "admin1"], "longitude": [1.0, 3.0], "latitude": [1.0, 1.0]})
    found = place_incidents(presence, areas, resolution=5, settings=RULES)
    assert found.area.tolist() == ["", "East"]


def test_an_unknown_precision_is_refused(areas) -> None:
    with pytest.raises(SchemaError, match="place_precision 'roughly' is not one of exact, near"):
        place([report("roughly")], areas)
    with pytest.raises(SchemaError, match=r"config.toml, placement: 'precise' is not one of"):
        place([report("exact")], areas, rules=PlacementSettings(exact=("precise",), near=()))


def test_a_point_out_of_range_is_refused(areas) -> None:
    with pytest.raises(CrsError, match="91,181"):
        place([report("exact", 91, 181)], areas)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Ouaka province", "Ouaka"),
        ("Mambéré-Kadéi province", "Mambéré-Kadéï"),
        ("Nana-Grébizi province", "Prefecture de la Nana-Grebizi"),
        ("Ombella-M'Poko province", "Ombella-Mpoko"),
        ("Ombella-M’Poko", "ombella m'poko"),
        ("Ouham-Pendé", "Préfecture de l'Ouham-Pendé"),
        ("Équateur", "Province de l' Equateur"),
        ("Kinshasa City", "Kinshasa"),
        ("Bangui province", "Commune de Bangui"),
    ],
)
def test_spellings_of_one_area_fold_to_one_name(ours, theirs) -> None:
    assert folded_area(ours) == folded_area(theirs)


def test_different_areas_keep_different_names() -> None:
    names = ["Haut-Mbomou", "Mbomou", "Ouham", "Ouham-Pendé", "Haute-Kotto", "Basse-Kotto", "Nord-Kivu", "Sud-Kivu"]
    assert len({folded_area(name) for name in names}) == len(names)
    assert folded_area("Province") == "province"


def test_folding_a_column_keeps_its_index_and_marks_missing() -> None:
    values = pd.Series(["Bria ", None, "BRÏA"], index=[7, 8, 9], dtype="string")
    assert fold_all(values).to_dict() == {7: "bria", 8: "", 9: "bria"}
    assert folded("  Forces  Armées ") == "forces armees"


@pytest.mark.parametrize("name", ["Civilians", "civilians (CAR)", "Civilian", "Civils", "Population civile"])
def test_civilians_are_no_armed_actor(name) -> None:
    assert is_civilian(name)


@pytest.mark.parametrize("name", ["Christians (CAR)", "Civilian Defence Force", "Anti-civilians", "Civilians, FPRC"])
def test_groups_with_civilian_in_their_name_are_actors(name) -> None:
    assert not is_civilian(name)


def test_parties_leave_out_civilians_and_empty_sides() -> None:
    incidents = pd.DataFrame(
        {
            "actor_a": ["FPRC", None, "lra", " ", "Civilians"],
            "actor_a_id": ["x:1", "x:2", None, None, "x:9"],
            "actor_b": ["Civilians", "LRA", "LRÀ", None, "FPRC"],
            "actor_b_id": ["x:9", None, None, "", "x:1"],
        }
    ).astype("string")
    found = reported_parties(incidents)
    rows = list(zip(found["row"], found["source_id"], found["name"], strict=True))
    assert rows == [
        (0, "x:1", "FPRC"),
        (1, "x:2", ""),
        (1, "", "LRA"),
        (2, "", "lra"),
        (2, "", "LRÀ"),
        (4, "x:1", "FPRC"),
    ]
    party = found["party"].tolist()
    assert party[0] == party[5]
    assert party[2] == party[3] == party[4]
    assert len(set(party)) == 3


def test_every_province_ucdp_names_in_the_central_african_republic_is_found(shared_data) -> None:
    events = pd.read_csv(shared_data / "ucdp" / "GEDEvent_v23_1_CAF_1989-2020.csv", usecols=["adm_1"])
    provinces = gpd.read_file(shared_data / "natural_earth" / "ne_adm1_caf_cod_ssd.gpkg")
    known = {folded_area(name) for name in provinces.loc[provinces["adm0_a3"] == "CAF", "name"]}
    reported = events["adm_1"].dropna().unique()
    assert len(reported) == 17
    assert [name for name in reported if folded_area(name) not in known] == []
