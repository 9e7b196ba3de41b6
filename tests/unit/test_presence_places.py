"""Silent risks here: an outline that crosses itself placed somewhere; a report with two places placed at one of them; a
report without a place kept and never counted; cells of a coarser grid counted more than once, or at one child only; a
record edited into an impossible place that then stops the map; a report without a point taken for one abroad."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import h3.api.basic_str as h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from geo.actors.fading import with_half_lives
from geo.actors.influence import cells_of_evidence, gather_evidence
from geo.actors.presence_places import place_presence
from geo.answers.presence import answer_presence
from geo.answers.world import World
from geo.errors import SchemaError
from geo.hexgrid import areas_km2, cells_of_area, cells_of_points, children, from_text, parents
from geo.incidents import precision
from geo.incidents.precision import Placement, place_incidents
from geo.model import Audience, PresenceRequest
from geo.readers.templates import read_template
from geo.schema import ACTORS, INCIDENTS, PRESENCE
from geo.settings import Settings, read_settings
from geo.workspace.store import open_workspace
from tests.conftest import ROOT

SETTINGS = read_settings(ROOT / "config.toml")
RULES = SETTINGS.placement
HERE = h3.latlng_to_cell(1.0, 1.0, 5)
BOX = "POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"
POINT = {"longitude": 1.0, "latitude": 1.0}
EXACT = {**POINT, "place_precision": "exact"}
_AREAS = [
    ("XA", "Aland", 0, "XAA", None, shapely.box(0, 0, 4, 2)),
    ("XA-W", "West", 1, "XAA", "XA", shapely.box(0, 0, 2, 2)),
    ("XA-W-N", "North", 2, "XAA", "XA-W", shapely.box(0, 1, 2, 2)),
]


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    columns = ["boundary_id", "name", "level", "country", "parent", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(_AREAS, columns=columns), geometry="geometry", crs="EPSG:4326")


def reports(*places: dict) -> pd.DataFrame:
    rows = [
        {"presence_id": f"p{n}", "actor_id": "reds", "observed_on": "2024-06-01", **p} for n, p in enumerate(places)
    ]
    return pd.DataFrame(rows, dtype=object)


def kept(*places: dict) -> pd.DataFrame:
    checked = PRESENCE.check(reports(*places))
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def place(areas, *places: dict, resolution: int = 5) -> Placement:
    table = kept(*places)
    before = table.copy()
    found = place_presence(table, areas, resolution=resolution, settings=RULES)
    pd.testing.assert_frame_equal(table, before)
    return found


@pytest.mark.parametrize(
    "good",
    [
        EXACT,
        {**POINT, "place_precision": "admin1", "admin1": "West", "country": "XAA"},
        {"place_precision": "admin1", "admin1": "West"},
        {"place_precision": "admin2", "admin2": "North", "admin1": "West"},
        {"place_precision": "country", "country": "XAA"},
        {"area_wkt": BOX, "country": "XAA"},
        {"area_wkt": "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2)))"},
        {"cells": f" {HERE.upper()} ; {HERE};"},
    ],
)
def test_each_kind_of_place_is_kept(good) -> None:
    assert len(kept(good)) == 1


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        ({}, "place_precision", "no place is given"),
        ({"country": "XAA"}, "place_precision", "no place is given"),
        (POINT, "place_precision", "needs place_precision"),
        ({"admin1": "West"}, "place_precision", "needs place_precision"),
        ({"longitude": 1.0, "place_precision": "exact"}, "longitude", "without the other coordinate"),
        ({"latitude": 1.0, "place_precision": "exact"}, "latitude", "without the other coordinate"),
        ({"place_precision": "near"}, "place_precision", "needs longitude and latitude"),
        ({"place_precision": "exact", "admin1": "West"}, "place_precision", "needs longitude and latitude"),
        ({"place_precision": "admin2", "admin1": "West"}, "place_precision", "needs longitude and latitude or admin2"),
        ({"place_precision": "nowhere", "country": "XAA"}, "place_precision", "needs longitude and latitude"),
        ({"place_precision": "country"}, "place_precision", "or country"),
        ({"area_wkt": BOX, "cells": HERE}, "area_wkt", "area_wkt and cells are two places"),
        ({"area_wkt": BOX, **EXACT}, "area_wkt", "area_wkt and point are two places"),
        ({"cells": HERE, "admin1": "West"}, "cells", "cells and admin1 are two places"),
        ({"cells": HERE, "place_precision": "exact"}, "cells", "cells and place_precision are two places"),
        ({"area_wkt": "somewhere"}, "area_wkt", "not a WKT polygon"),
        ({"area_wkt": "POLYGON((0 0, 1 0, 1 1))"}, "area_wkt", "not a WKT polygon"),
        ({"area_wkt": "POLYGON EMPTY"}, "area_wkt", "not a WKT polygon"),
        ({"area_wkt": "POINT(1 1)"}, "area_wkt", "not a WKT polygon"),
        ({"area_wkt": "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))"}, "area_wkt", "no area: Self-intersection"),
        (
            {"area_wkt": "POLYGON((4 100, 5 100, 5 101, 4 100))"},
            "area_wkt",
            "corner 4 100 is no longitude and latitude",
        ),
        ({"area_wkt": "POLYGON((0 0, nan 1, 1 1, 0 0))"}, "area_wkt", "POLYGON|no longitude"),
        ({"cells": "hut"}, "cells", "'hut' is no H3 cell"),
        ({"cells": "0000000000000001"}, "cells", "is no H3 cell"),
        ({"cells": ";"}, "cells", "nothing is no H3 cell"),
        ({"cells": f"{HERE};{h3.cell_to_parent(HERE, 4)}"}, "cells", "several resolutions, 4, 5"),
        ({"longitude": 4.0, "latitude": 118.0, "place_precision": "exact"}, "latitude", "swapped"),
    ],
)
def test_an_impossible_place_is_rejected_with_one_reason(bad, column, reason) -> None:
    checked = PRESENCE.check(reports(bad, EXACT))
    assert checked.frame["presence_id"].tolist() == ["p1"]
    assert checked.rejects[["line", "column"]].to_numpy().tolist() == [[0, column]]
    assert pd.Series(checked.rejects["reason"]).str.contains(reason).all(), checked.rejects["reason"].tolist()


def test_the_template_keeps_and_rejects_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "presence.csv"
    path.write_text(
        "presence_id,actor_id,observed_on,longitude,latitude,place_precision,admin1,area_wkt,cells,source\n"
        "a,reds,2024-06-01,,,admin1,West,,,Radio\n"
        f'b,reds,2024-06-01,,,,,"{BOX}",,\n'
        f"c,reds,2024-06-01,,,,,,{HERE},\n"
        f'd,reds,2024-06-01,,,,,"{BOX}",{HERE},\n',
        encoding="utf-8",
    )
    found = read_template(path, table="presence", country="CAF")
    assert found.frame["presence_id"].tolist() == ["a", "b", "c"]
    assert found.frame["source"].tolist()[0] == "Radio"
    assert found.rejects[["line", "column"]].to_numpy().tolist() == [[5, "area_wkt"]]
    assert found.flags.empty  # a report without a point contradicts no country


def test_points_and_names_lie_where_incidents_would(areas) -> None:
    places = [EXACT, {"place_precision": "admin1", "admin1": "West", "country": "XAA"}]
    found = place(areas, *places)
    same = place_incidents(kept(*places), areas, resolution=5, settings=RULES)
    np.testing.assert_array_equal(found.point, same.point)
    np.testing.assert_array_equal(found.cells, same.cells)
    np.testing.assert_array_equal(
        found.cells[found.cell[found.incident == 1]], cells_of_area(shapely.box(0, 0, 2, 2), resolution=5)
    )
    assert found.area.tolist() == ["", "West"]


def test_an_outline_is_spread_by_the_area_of_its_cells(areas) -> None:
    found = place(areas, EXACT, {"area_wkt": BOX})
    inside = cells_of_area(shapely.box(0, 0, 1, 1), resolution=5)
    own = found.incident == 1
    np.testing.assert_array_equal(found.cells[found.cell[own]], inside)
    np.testing.assert_allclose(found.weight[own], areas_km2(inside) / areas_km2(inside).sum())
    assert found.cells[found.point[0]] == cells_of_points([1.0], [1.0], resolution=5)[0]
    assert not found.area_only.any()
    assert found.exact.tolist() == [True, False]


def test_an_outline_smaller_than_a_cell_lies_in_one(areas) -> None:
    hut = shapely.box(1.0, 1.0, 1.001, 1.001)
    found = place(areas, {"area_wkt": hut.wkt}, resolution=3)
    inside = hut.representative_point()
    assert found.cells.tolist() == cells_of_points([inside.x], [inside.y], resolution=3).tolist()
    assert found.weight.tolist() == [1.0]


def test_coarser_cells_go_to_their_children_and_finer_ones_to_their_parents(areas) -> None:
    below = place(areas, {"cells": HERE}, resolution=6)
    expected = from_text(sorted(h3.cell_to_children(HERE, 6)))
    np.testing.assert_array_equal(below.cells, expected)
    np.testing.assert_allclose(below.weight, areas_km2(expected) / areas_km2(expected).sum())
    # Three children of one cell and one of another: three quarters, but for the areas.
    other = next(cell for cell in h3.grid_ring(HERE, 1))
    named = [*sorted(h3.cell_to_children(HERE, 6))[:3], min(h3.cell_to_children(other, 6))]
    above = place(areas, {"cells": ";".join(named)}, resolution=5)
    shares = dict(zip(above.cells[above.cell].tolist(), above.weight.tolist(), strict=True))
    size_km2 = areas_km2(from_text(named))
    assert shares == pytest.approx(
        {int(HERE, 16): size_km2[:3].sum() / size_km2.sum(), int(other, 16): size_km2[3] / size_km2.sum()}
    )


def test_too_many_cells_are_known_to_their_area_only(areas, monkeypatch) -> None:
    coarse = {"cells": h3.cell_to_parent(HERE, 2)}
    assert place(areas, coarse, {"cells": HERE}, resolution=9).area_only.tolist() == [True, False]
    monkeypatch.setattr(precision, "MAX_AREA_CELLS", 3)
    assert place(areas, {"area_wkt": BOX}).area.tolist() == ["reported outline"]
    assert place(areas, {"area_wkt": BOX}).area_only.tolist() == [True]


def test_a_cell_and_its_children_are_each_others() -> None:
    cell = from_text([HERE])
    assert (parents(children(cell, resolution=8), resolution=5) == cell[0]).all()
    assert len(children(cell, resolution=7)) == 49


KIND = st.sampled_from(["point", "admin", "outline", "cells"])


@examples(max_examples=25, deadline=None)
@given(kinds=st.lists(KIND, max_size=6), resolution=st.integers(2, 7), size=st.integers(2, 7), x=st.floats(0.1, 3.5))
def test_every_report_placed_has_shares_that_sum_to_one(kinds, resolution, size, x) -> None:
    boundaries = gpd.GeoDataFrame(
        pd.DataFrame(_AREAS, columns=["boundary_id", "name", "level", "country", "parent", "geometry"]),
        geometry="geometry",
        crs="EPSG:4326",
    )
    ways = {
        "point": {"longitude": x, "latitude": 1.0, "place_precision": "near"},
        "admin": {"place_precision": "admin2", "admin2": "North"},
        "outline": {"area_wkt": shapely.box(x, 0.2, x + 0.3, 0.7).wkt},
        "cells": {"cells": ";".join(h3.grid_disk(h3.latlng_to_cell(1.0, x, size), 1))},
    }
    found = place(boundaries, *(ways[kind] for kind in kinds), resolution=resolution) if kinds else None
    if found is None:
        return
    assert not found.area_only.any()
    np.testing.assert_allclose(np.bincount(found.incident, weights=found.weight, minlength=len(kinds)), 1.0)
    np.testing.assert_allclose(found.per_cell(np.ones(len(kinds))).sum(), len(kinds))
    assert (np.diff(found.cells.astype(np.int64)) > 0).all()


def test_an_outline_is_local_evidence_and_a_country_is_none(areas) -> None:
    presence = kept({"area_wkt": BOX}, {"cells": HERE}, {"place_precision": "country", "country": "XAA"})
    placed = place_presence(presence, areas, resolution=5, settings=RULES)
    nothing = INCIDENTS.empty()
    of_incidents = place_incidents(nothing, areas, resolution=5, settings=RULES)
    parties = pd.DataFrame({"row": pd.Series(dtype="int64"), "actor_id": pd.Series(dtype=object)})
    seen = with_half_lives(presence, ACTORS.empty(), settings=SETTINGS.influence)
    found = gather_evidence(
        nothing, (of_incidents, placed), seen, parties, as_of=dt.date(2024, 7, 1), settings=SETTINGS.influence
    )
    assert found["reports"].sum() == pytest.approx(2.0)
    assert set(cells_of_evidence(placed)) == set(found["cell"])


def test_an_edit_into_an_impossible_place_is_refused_and_the_map_still_draws(
    tmp_path: Path, settings: Settings
) -> None:
    workspace = open_workspace(tmp_path / "ws", author="planner", create=True)
    base = {"presence_id": "p", "actor_id": "reds", "observed_on": "2024-06-01"}
    with pytest.raises(SchemaError, match="area_wkt and point are two places"):
        workspace.record("presence", {**base, **EXACT, "area_wkt": BOX}, reason="test")
    workspace.record("presence", {**base, "area_wkt": BOX, "reliability": "a", "credibility": 1}, reason="test")
    for values, message in (
        ({"area_wkt": "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))"}, "Self-intersection"),
        ({"area_wkt": ""}, "no place is given"),
        ({"cells": HERE}, "area_wkt and cells"),
    ):
        with pytest.raises(SchemaError, match=f"{message}.*nothing was changed"):
            workspace.edit("presence", "p", values, reason="test")
    assert workspace.table("presence")["area_wkt"].tolist() == [BOX]
    asked = PresenceRequest(as_of=dt.date(2024, 6, 2), resolution=5)
    found = answer_presence(World(workspace, settings), asked, audience=Audience.CASE_TEAM).cells.frame
    assert cells_of_points([0.5], [0.5], resolution=5)[0] in set(found["cell"])
    assert set(found["actor_id"]) == {"reds"}
