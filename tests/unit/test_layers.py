"""Silent risks here: a table that skipped the gate on screen; a withheld column in the page source;
text from data run as script; positions shifted by quantising; a class boundary drawn in the class
below; a month drawn in a class above its own, or sent to those who may not see it; the map's own script
changing between runs, which reloads the frame and loses the zoom."""

import base64
import dataclasses
import json
import re
from typing import Any

import geopandas as gpd
import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
import shapely
from streamlit_folium import _get_feature_group_string, _get_map_string

from geo import hexgrid
from geo.errors import SchemaError, WithheldError
from geo.layers import palette
from geo.layers.basemap import Ground, base_map
from geo.layers.encode import (
    CELL_STEPS,
    LINE_STEPS,
    encode_cells,
    encode_ids,
    encode_lines,
    encode_scaled,
    encode_words,
    to_square,
)
from geo.layers.folium_map import render
from geo.layers.months import MonthView
from geo.layers.offline import STATIC_FOLDER
from geo.layers.scene import encode_layer, safe_json, scene_text
from geo.layers.spec import (
    CellLayer,
    Field,
    HatchLayer,
    LabelLayer,
    LayerSpec,
    LineLayer,
    MapSpec,
    PointLayer,
    RouteLayer,
)
from geo.layers.style import NOT_DRAWN, Alike, Kinds, LineStyle, Steps
from geo.model import Audience
from geo.redaction import clear
from geo.settings import Settings

BOUNDS = (14.0, 2.0, 28.0, 11.0)
FACTS: dict[str, Any] = {"title": "Events", "unit": "per cell", "date": "31 Dec 2018", "source": "UCDP GED 23.1"}
COUNTS = Steps(column="incidents", edges=(1, 3, 6), styles=("#111111", "#222222", "#333333"), labels=("a", "b", "c"))
HOSTILE = "</script><img src=x onerror=alert(1)>{{'a'}}{{7*7}}{% raw %}${alert(2)}\"\\'_abc \u2028 é"


def cells_table() -> pd.DataFrame:
    cells = hexgrid.cells_of_points([18.5, 20.6, 22.8], [4.4, 5.8, 4.7], resolution=4)
    return pd.DataFrame({"cell": cells, "incidents": [2.0, 3.0, 0.5], "fatalities_best": [1, 20, 0]})


def cell_layer(settings: Settings, audience: Audience = Audience.TASK_FORCE, **more: Any) -> CellLayer:
    table = clear(
        more.pop("table", cells_table()), view=more.pop("view", "hexbin"), audience=audience, settings=settings
    )
    return CellLayer(**{**FACTS, "audience": audience, "cleared": table, "fill": COUNTS, **more})


def unpacked(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def unpacked_ids(packed: dict[str, Any]) -> list[int]:
    """Cells as the map script reads them."""
    at = unpacked(packed["at"], "<u8" if packed["wide"] else "<u4")
    return [int(packed["base"], 16) + (int(number) << packed["shift"]) for number in at]


def unpacked_corners(packed: dict[str, Any]) -> list[np.ndarray]:
    """Corners of each cell in steps, as the map script reads them."""
    centres = unpacked(packed["centres"], "<i4" if packed["wide"] else "<u2").reshape(-1, 2) * packed["grain"]
    sides = packed["sides"]
    counts = [sides] * packed["n"] if isinstance(sides, int) else unpacked(sides, "u1").tolist()
    bends = iter(unpacked(packed["bends"], "i1").reshape(-1, 6, 2) * packed["bend"])
    others = iter(unpacked(packed["offsets"], "<i2") * packed["unit"])
    corners = []
    for centre, count in zip(centres + packed["origin"], counts, strict=True):
        if packed["ring"] and count == 6:
            offsets = np.reshape(packed["ring"], (6, 2)) + next(bends)
        else:
            offsets = np.array([next(others) for _ in range(2 * count)]).reshape(-1, 2)
        corners.append(centre + offsets)
    assert next(bends, None) is None
    assert next(others, None) is None
    return corners


def farthest_corner_share(cells: np.ndarray) -> float:
    """How far a corner moves by packing, as a share of the radius of its cell."""
    lonlat, begins = hexgrid.outlines(cells)
    centre_x, centre_y = to_square(*hexgrid.centres(cells))
    x, y = to_square(lonlat[:, 0], lonlat[:, 1])
    worst = 0.0
    found = unpacked_corners(encode_cells(hexgrid.centres(cells), (lonlat, begins)))
    for number, corners in enumerate(found):
        part = slice(begins[number], begins[number + 1])
        true = np.column_stack([x[part], y[part]])
        radius = np.hypot(*(((true - (centre_x[number], centre_y[number])) + 0.5) % 1 - 0.5).T).min()
        apart = np.abs((corners[:, None] / CELL_STEPS - true[None] + 0.5) % 1 - 0.5).max(axis=2)
        # An outline may begin at another corner, but goes round the same way.
        begin = int(apart[0].argmin())
        turned = np.roll(true, -begin, axis=0)
        worst = max(worst, float(np.abs((corners / CELL_STEPS - turned + 0.5) % 1 - 0.5).max() / radius))
    return worst


# The gate


@pytest.mark.parametrize("stranger", [cells_table(), None, "cells"], ids=["frame", "nothing", "text"])
def test_only_cleared_tables_become_layers(stranger: object) -> None:
    with pytest.raises(WithheldError, match=r"not a cleared table; pass it through geo\.redaction\.clear first"):
        CellLayer(**FACTS, audience=Audience.PUBLIC, cleared=stranger, fill=COUNTS)  # type: ignore[arg-type]


def test_table_cleared_for_another_audience_is_refused(settings: Settings) -> None:
    table = clear(cells_table(), view="hexbin", audience=Audience.TASK_FORCE, settings=settings)
    with pytest.raises(WithheldError, match="is for audience public, its table was cleared for task_force"):
        CellLayer(**FACTS, audience=Audience.PUBLIC, cleared=table, fill=COUNTS)


@pytest.mark.parametrize("missing", ["title", "unit", "date", "source", "audience"])
def test_layer_without_its_facts_cannot_be_built(settings: Settings, missing: str) -> None:
    layer = cell_layer(settings)
    given = {f.name: getattr(layer, f.name) for f in dataclasses.fields(layer)}
    with pytest.raises(TypeError, match=missing):
        CellLayer(**{name: value for name, value in given.items() if name != missing})
    if missing != "audience":
        with pytest.raises(SchemaError, match=f"needs {missing}: nothing is drawn without"):
            CellLayer(**{**given, missing: " "})


def test_misspelt_column_is_named_with_those_that_exist(settings: Settings) -> None:
    with pytest.raises(SchemaError, match="has no column 'incident'; it has cell, incidents, fatalities_best"):
        cell_layer(settings, fill=dataclasses.replace(COUNTS, column="incident"))


def test_withheld_column_leaves_layer_and_tooltip_empty(settings: Settings) -> None:
    table = pd.DataFrame({"base_id": ["b1"], "name": ["Secretville"], "longitude": [18.5], "latitude": [4.4]})
    cleared = clear(table, view="bases", audience=Audience.PUBLIC, settings=settings)
    layer = PointLayer(
        **FACTS,
        audience=Audience.PUBLIC,
        cleared=cleared,
        symbol=Alike(style="base", label="base"),
        label="name",
        id_column="base_id",
        tooltip=(Field(column="name"),),
    )
    assert layer.withheld
    spec = MapSpec(layers=(layer,), bounds=BOUNDS)
    assert "Secretville" not in scene_text(spec)
    assert spec.legend == ()
    assert encode_layer(layer, bounds=BOUNDS)["n"] == 0


def test_one_map_has_one_audience(settings: Settings) -> None:
    table = cells_table().assign(cell=hexgrid.cells_of_points([18.5, 20.6, 22.8], [4.4, 5.8, 4.7], resolution=3))
    layers = (cell_layer(settings, table=table), cell_layer(settings, Audience.CASE_TEAM, table=table))
    with pytest.raises(WithheldError, match="one map, one audience; its layers are for case_team, task_force"):
        MapSpec(layers=layers, bounds=BOUNDS)


def test_bounds_must_enclose_something() -> None:
    with pytest.raises(SchemaError, match=r"west, south, east, north in degrees, got \(28.0, 2.0, 14.0, 11.0\)"):
        MapSpec(layers=(), bounds=(28.0, 2.0, 14.0, 11.0))


# Classes


def test_value_on_an_edge_belongs_to_the_class_it_opens() -> None:
    frame = pd.DataFrame({"incidents": [0.99, 1.0, 2.99, 3.0, 6.0, 1e9, np.nan]})
    assert COUNTS.indices(frame).tolist() == [NOT_DRAWN, 0, 0, 1, 2, 2, NOT_DRAWN]


def test_missing_value_is_drawn_only_where_a_style_is_given() -> None:
    steps = dataclasses.replace(COUNTS, unknown="#999999")
    assert steps.indices(pd.DataFrame({"incidents": [np.nan, 0.5]})).tolist() == [3, NOT_DRAWN]
    assert steps.entries()[-1] == ("no data", "#999999")


def test_unlisted_kind_is_drawn_only_with_a_style_for_others() -> None:
    frame = pd.DataFrame({"actor": ["UPC", "LRA", None]})
    assert Kinds(column="actor", styles={"UPC": "#111111"}).indices(frame).tolist() == [0, NOT_DRAWN, NOT_DRAWN]
    assert Kinds(column="actor", styles={"UPC": "#1"}, other="#2").indices(frame).tolist() == [0, 1, NOT_DRAWN]


@pytest.mark.parametrize(
    ("edges", "message"),
    [((1, 3), "2 edges, 3 styles and 3 labels; give one of each"), ((1, 3, 3), "must rise, got")],
)
def test_impossible_classes_are_refused(edges: tuple[float, ...], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        dataclasses.replace(COUNTS, edges=edges)


# Encoding


@pytest.mark.parametrize("resolution", [2, 4, 7, 9])
@pytest.mark.parametrize("place", [(18.55, 4.36), (179.99, -16.5), (-73.0, 64.7)], ids=["Bangui", "date line", "north"])
def test_cells_come_back_from_quantising(resolution: int, place: tuple[float, float]) -> None:
    middle = h3.latlng_to_cell(place[1], place[0], resolution)
    cells = np.array(sorted(h3.grid_disk(middle, 2)), dtype=np.uint64)
    assert farthest_corner_share(cells) < 0.011, "two halves of a hundredth, and a rounding"


@pytest.mark.parametrize(
    ("box", "resolution", "close"),
    [
        ((14.4, 2.2, 27.5, 11.0), 5, True),
        ((12.0, -13.0, 31.0, 5.0), 4, True),
        ((-30.0, -70.0, 60.0, 75.0), 2, False),
        ((179.0, -18.0, 180.0, -16.0), 5, True),
    ],
    ids=["a country across two faces of the grid", "a large one", "half the world", "to the date line"],
)
def test_cells_of_an_area_come_back_from_quantising(
    box: tuple[float, float, float, float], resolution: int, *, close: bool
) -> None:
    cells = hexgrid.cells_of_area(shapely.box(*box), resolution=resolution)
    packed = encode_cells(hexgrid.centres(cells), hexgrid.outlines(cells))
    assert bool(packed["ring"]) is close, "hexagons of half the world are too unlike for a common one"
    assert farthest_corner_share(cells) < 0.011


@pytest.mark.parametrize("resolution", [0, 5, 9, 15])
def test_cell_ids_come_back(resolution: int) -> None:
    near = h3.grid_disk(h3.latlng_to_cell(4.36, 18.55, resolution), 2)
    cells = np.array(sorted(near), dtype=np.uint64)
    packed = encode_ids(cells)
    assert unpacked_ids(packed) == cells.tolist()
    assert not packed["wide"]


@pytest.mark.parametrize(
    "cells",
    [
        np.array([], dtype=np.uint64),
        np.array([h3.latlng_to_cell(80, 0, 9), h3.latlng_to_cell(-80, 0, 9)], dtype=np.uint64),
        np.array([h3.latlng_to_cell(4, 18, 4), h3.latlng_to_cell(4, 18, 6)], dtype=np.uint64),
    ],
    ids=["none", "too far apart for 32 bits", "two resolutions"],
)
def test_cell_ids_that_share_no_ends_are_sent_whole(cells: np.ndarray) -> None:
    packed = encode_ids(cells)
    assert packed["wide"]
    assert unpacked_ids(packed) == cells.tolist()


def test_twenty_thousand_cells_weigh_under_a_megabyte_with_four_numbers_and_twelve_months(settings: Settings) -> None:
    random = np.random.default_rng(7)
    cells = hexgrid.cells_of_area(shapely.box(14.4, 2.2, 27.5, 11.0), resolution=6)[:20_000]
    owner, month = random.integers(0, len(cells), 60_000), random.integers(0, 12, 60_000)
    entries = pd.DataFrame({"cell": cells[owner], "month": MONTHS[month]})
    by_month = entries.value_counts().reset_index(name="incidents").astype({"incidents": float})
    counts = pd.DataFrame({"cell": cells, "incidents": np.bincount(owner, minlength=len(cells)).astype(float) + 1})
    counts = counts.assign(fatalities_best=counts["incidents"] * 5, precision_share=0.57, newest_days=300.0)
    columns = {"incidents": 1, "fatalities_best": 0, "precision_share": 2, "newest_days": 0}
    layer = cell_layer(
        settings,
        table=counts,
        tooltip=tuple(Field(column=name, label=name, decimals=decimals) for name, decimals in columns.items()),
        months=month_view(settings, by_month),
    )
    assert encode_layer(layer, bounds=BOUNDS)["n"] == 20_000
    assert len(scene_text(MapSpec(layers=(layer,), bounds=BOUNDS))) < 1_000_000


def test_pentagons_keep_their_five_sides() -> None:
    cells = np.array([h3.get_pentagons(4)[0], *h3.grid_ring(h3.get_pentagons(4)[0], 1)], dtype=np.uint64)
    packed = encode_cells(hexgrid.centres(cells), hexgrid.outlines(cells))
    assert unpacked(packed["sides"], "u1").tolist() == np.diff(hexgrid.outlines(cells)[1]).tolist()
    assert farthest_corner_share(cells) < 0.011


def test_lines_come_back_from_quantising_and_long_stretches_are_broken_up() -> None:
    shapes = np.array([shapely.LineString([(14, 2), (28, 2)]), None, shapely.Point(20, 4).buffer(1)], dtype=object)
    packed, owner = encode_lines(shapes)
    assert owner.tolist() == [0, 2]
    counts = unpacked(packed["counts"], "<u4")
    steps = unpacked(packed["steps"], "<i2").reshape(-1, 2)
    first = steps[: counts[0]].astype(int).cumsum(axis=0) + unpacked(packed["starts"], "<i4")[:2]
    assert counts[0] > 2
    assert np.abs(first[-1] / LINE_STEPS - np.column_stack(to_square(np.array([28.0]), np.array([2.0])))).max() < 1e-7


def test_line_shrunk_to_a_point_is_left_out() -> None:
    shapes = np.array(
        [shapely.LineString([(12, 13), (12, 13)]), shapely.LineString([(12, 13), (13, 13)])], dtype=object
    )
    assert encode_lines(shapes)[1].tolist() == [1]
    assert encode_lines(np.empty(0, dtype=object))[1].tolist() == []


def test_missing_words_stay_missing() -> None:
    packed = encode_words(pd.Series(["a", None, "a"], dtype="string"))
    assert [packed["words"][i] for i in unpacked(packed["at"], "<u4")] == ["a", "", "a"]


def test_cells_below_the_first_class_are_not_sent(settings: Settings) -> None:
    layer = cell_layer(settings, tooltip=(Field(column="fatalities_best", label="deaths"),))
    made = encode_layer(layer, bounds=BOUNDS)
    assert made["n"] == 2
    assert unpacked_ids(made["cells"]) == cells_table()["cell"].tolist()[:2]
    assert unpacked(made["classes"], "u1").tolist() == [0, 1]
    assert unpacked(made["tooltip"][0]["numbers"], "u1").tolist() == [1, 20]


@pytest.mark.parametrize(
    ("values", "decimals", "width", "packed"),
    [
        ([0.0, 25.4, np.nan], 1, 1, [0, 254, 255]),
        ([0.0, 25.5, np.nan], 1, 2, [0, 255, 65_535]),
        ([0.124, 0.126], 2, 1, [12, 13]),
        ([65_534.0], 0, 2, [65_534]),
        ([], 0, 1, []),
    ],
)
def test_numbers_of_a_tooltip_take_as_few_bytes_as_they_are_shown_with(
    values: list[float], decimals: int, width: int, packed: list[int]
) -> None:
    made = encode_scaled(pd.Series(values, dtype=float), decimals=decimals)
    assert made["bytes"] == width
    assert unpacked(str(made["numbers"]), f"<u{width}").tolist() == packed


@pytest.mark.parametrize("values", [[65_535.0], [-1.0]], ids=["large", "negative"])
def test_numbers_that_do_not_fit_stay_floats(values: list[float]) -> None:
    made = encode_scaled(pd.Series([*values, np.nan]), decimals=0)
    assert made["bytes"] == 4
    assert unpacked(str(made["numbers"]), "<f4").tolist()[:1] == values


# Months

MONTHS = np.array([f"2017-{month:02d}-01" for month in range(1, 13)], dtype="datetime64[s]")


def month_view(settings: Settings, table: pd.DataFrame, audience: Audience = Audience.TASK_FORCE) -> MonthView:
    cleared = clear(table, view="hexbin_months", audience=audience, settings=settings, count_column="incidents")
    return MonthView(cleared=cleared, fill=COUNTS)


def months_table() -> pd.DataFrame:
    one, two, small = cells_table()["cell"]
    return pd.DataFrame(
        {
            "cell": np.array([two, one, two, small, one, two], dtype=np.uint64),
            "month": MONTHS[[2, 0, 0, 0, 5, 5]],
            "incidents": [0.999, 1.0, 2.0, 0.5, 0.04, 0.3],
        }
    )


def test_months_travel_sparse_in_the_order_of_the_cells_drawn(settings: Settings) -> None:
    layer = cell_layer(settings, months=month_view(settings, months_table()))
    made = encode_layer(layer, bounds=BOUNDS)["months"]
    assert made["first"] == [2017, 0]
    assert made["totals"] == [3.5, 0, 1.0, 0, 0, 0.34], "months without any count too; so do cells not drawn"
    assert unpacked(made["counts"], "u1").tolist() == [1, 3], "0.04 is under a tenth"
    assert unpacked(made["at"], "u1").tolist() == [0, 0, 2, 5]
    assert unpacked(made["values"], "u1").tolist() == [10, 20, 9, 3], "0.999 stays below the class that opens at 1"
    assert made["edges"] == [10, 30, 60]
    assert made["wide"] == []
    assert made["labels"] == [], "the legend of the layer has the same classes"


def test_months_in_classes_of_their_own_bring_their_labels(settings: Settings) -> None:
    own = dataclasses.replace(COUNTS, edges=(1, 2, 4), labels=("1", "2-3", "4+"))
    view = MonthView(cleared=month_view(settings, months_table()).cleared, fill=own)
    made = encode_layer(cell_layer(settings, months=view), bounds=BOUNDS)["months"]
    assert made["labels"] == ["1", "2-3", "4+"]
    assert made["edges"] == [10, 20, 40]


def test_long_axes_and_large_counts_are_sent_in_16_bits(settings: Settings) -> None:
    one = cells_table()["cell"].iloc[0]
    month = np.array(["1990-01-01", "2017-12-01"], dtype="datetime64[s]")
    table = pd.DataFrame({"cell": np.array([one, one], dtype=np.uint64), "month": month, "incidents": [25.6, 7000.0]})
    made = encode_layer(cell_layer(settings, months=month_view(settings, table)), bounds=BOUNDS)["months"]
    assert made["wide"] == ["at", "values"]
    assert unpacked(made["at"], "<u2").tolist() == [0, 335]
    assert unpacked(made["values"], "<u2").tolist() == [256, 65_535], "as many as 16 bits hold"


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.CLUSTER])
def test_months_of_cells_never_travel_to_public_and_cluster(settings: Settings, audience: Audience) -> None:
    coarse = hexgrid.cells_of_points([18.5, 20.6, 22.8], [4.4, 5.8, 4.7], resolution=3)
    table = cells_table().assign(cell=coarse, incidents=[200.0, 300.0, 400.0])
    months = pd.DataFrame({"cell": coarse.repeat(12), "month": np.tile(MONTHS, 3), "incidents": 77.0})
    layer = cell_layer(settings, audience, table=table, months=month_view(settings, months, audience))
    assert encode_layer(layer, bounds=BOUNDS)["n"] == 3
    assert "months" not in encode_layer(layer, bounds=BOUNDS)


def test_one_month_is_nothing_to_choose_from(settings: Settings) -> None:
    for rows in (months_table().iloc[1:4], months_table().iloc[:0]):
        assert "months" not in encode_layer(cell_layer(settings, months=month_view(settings, rows)), bounds=BOUNDS)


def test_layer_without_cells_has_months_with_totals_only(settings: Settings) -> None:
    layer = cell_layer(settings, table=cells_table().iloc[:0], months=month_view(settings, months_table()))
    made = encode_layer(layer, bounds=BOUNDS)["months"]
    assert made["totals"][0] == 3.5
    assert made["at"] == ""


def test_months_need_the_gate_the_audience_and_classes_of_a_number(settings: Settings) -> None:
    with pytest.raises(WithheldError, match=r"months were given a DataFrame, not a cleared table; pass it through"):
        MonthView(cleared=months_table(), fill=COUNTS)  # type: ignore[arg-type]
    with pytest.raises(WithheldError, match="is for audience task_force, its months were cleared for case_team"):
        cell_layer(settings, months=month_view(settings, months_table(), Audience.CASE_TEAM))
    with pytest.raises(SchemaError, match="months need classes of a number, got Alike"):
        cell_layer(settings, fill=Alike(style="#111111", label="all"), months=month_view(settings, months_table()))
    low = MonthView(
        cleared=month_view(settings, months_table()).cleared, fill=dataclasses.replace(COUNTS, edges=(0.5, 3, 6))
    )
    with pytest.raises(SchemaError, match=r"months are drawn from 0\.5, cells only from 1; start the months no lower"):
        cell_layer(settings, months=low)


def test_second_actor_becomes_the_rim(settings: Settings) -> None:
    one, two = cells_table()["cell"].iloc[:2]
    table = pd.DataFrame(
        {
            "cell": np.array([one, one, one, two], dtype=np.uint64),
            "actor_id": ["b", "a", "c", "b"],
            "rank": [2, 1, 3, 1],
            "influence_share": [0.25, 0.64, 0.11, 1.0],
            "newest_evidence_days": [10, 500, 10, 10],
        }
    )
    layer = cell_layer(
        settings,
        table=table,
        view="presence",
        fill=Kinds(column="actor_id", styles={"a": "#111111", "b": "#222222", "c": "#333333"}),
        rank="rank",
        share="influence_share",
        pale="newest_evidence_days",
        pale_above=365,
        pills=True,
    )
    made = encode_layer(layer, bounds=BOUNDS)
    assert unpacked(made["classes"], "u1").tolist() == [0, 1]
    assert unpacked(made["rim"], "u1").tolist() == [1, NOT_DRAWN]
    assert unpacked(made["size"], "u1").tolist() == [204, 255], "the side goes with the root of the share"
    assert unpacked(made["opacity"], "u1").tolist() == [158, 255]
    assert [pill["text"] for pill in made["pills"]] == ["a", "b"]


def test_rows_are_picked_by_value(settings: Settings) -> None:
    table = clear(
        cells_table()[["cell"]].assign(observed=[True, False, False]),
        view="hexbin",
        audience=Audience.TASK_FORCE,
        settings=settings,
    )
    layer = HatchLayer(**FACTS, audience=Audience.TASK_FORCE, cleared=table, where={"observed": [False]})
    assert encode_layer(layer, bounds=BOUNDS)["n"] == 2


def test_empty_tables_make_empty_layers(settings: Settings) -> None:
    layer = cell_layer(settings, table=cells_table().iloc[:0], rank=None)
    assert encode_layer(layer, bounds=BOUNDS)["n"] == 0
    lines = gpd.GeoDataFrame({"label": [], "geometry": []}, geometry="geometry", crs=4326)
    cleared = clear(lines, view="routes", audience=Audience.TASK_FORCE, settings=settings)
    route = RouteLayer(**FACTS, audience=Audience.TASK_FORCE, cleared=cleared)
    assert encode_layer(route, bounds=BOUNDS)["letters"] == []


# Text from data


def test_hostile_text_is_data_and_nothing_else(settings: Settings) -> None:
    table = pd.DataFrame({"name": [HOSTILE], "longitude": [18.5], "latitude": [4.4], "population": [5]})
    towns = clear(table, view="outlines", audience=Audience.TASK_FORCE, settings=settings)
    layer = LabelLayer(**FACTS, audience=Audience.TASK_FORCE, cleared=towns, tooltip=(Field(column="name"),))
    frame, group = render(MapSpec(layers=(layer,), bounds=BOUNDS, title=HOSTILE))
    _get_map_string(frame)
    sent = _get_feature_group_string(group, map=frame)
    for opening in ("<", "{{", "{%", "&", "'a'", "_abc", "\u2028"):
        assert opening not in sent.split("JSON.parse(")[1]
    literal = re.search(r"JSON\.parse\((\".*\")\)\);", sent)
    assert literal is not None
    scene = json.loads(json.loads(literal.group(1)))
    assert scene["title"] == HOSTILE
    assert scene["layers"][0]["text"]["words"][0] == HOSTILE
    assert "onerror" not in frame.get_root().render()


def test_numbers_that_json_cannot_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        safe_json({"value": float("nan")})


# What stays the same


def test_map_script_is_the_same_whatever_is_shown(settings: Settings) -> None:
    scripts = []
    for spec in (
        MapSpec(layers=(), bounds=BOUNDS),
        MapSpec(
            layers=(cell_layer(settings),), bounds=(15.0, 3.0, 20.0, 9.0), title="other", selected="842a107ffffffff"
        ),
    ):
        frame, _ = render(spec)
        frame.get_root().render()
        scripts.append((_get_map_string(frame), frame.default_js, frame.default_css))
    assert scripts[0] == scripts[1]


def test_same_question_same_bytes(settings: Settings) -> None:
    texts = {scene_text(MapSpec(layers=(cell_layer(settings),), bounds=BOUNDS)) for _ in range(2)}
    assert len(texts) == 1


def test_layers_leave_their_table_alone(settings: Settings) -> None:
    layer = cell_layer(settings)
    before = layer.cleared.frame.copy()
    scene_text(MapSpec(layers=(layer,), bounds=BOUNDS))
    pd.testing.assert_frame_equal(layer.cleared.frame, before)


def test_base_map_is_encoded_once(settings: Settings) -> None:
    ground = ground_of(settings)
    base = base_map(ground, home=["AAA"])
    keys = [
        json.loads(scene_text(MapSpec(layers=layers, base=base, bounds=BOUNDS)))["base"]["key"]
        for layers in ((), (cell_layer(settings),))
    ]
    assert keys[0] == keys[1]


# Base map and legend


def ground_of(settings: Settings) -> Ground:
    squares = [shapely.box(15, 3, 20, 9), shapely.box(20, 3, 30, 9), shapely.box(15, 3, 17, 9)]
    areas = gpd.GeoDataFrame(
        {"name": ["Home", "Beyond", "West"], "level": [0, 0, 1], "country": ["AAA", "BBB", "AAA"], "geometry": squares},
        crs=4326,
    )
    rivers = gpd.GeoDataFrame(
        {"river_class": [1, 2, 6], "geometry": [shapely.LineString([(15, y), (25, y)]) for y in (4, 5, 6)]}, crs=4326
    )
    shown: dict[str, Any] = {"view": "outlines", "audience": Audience.TASK_FORCE, "settings": settings}
    return Ground(boundaries=clear(areas, **shown), rivers=clear(rivers, **shown))


def test_base_map_tells_home_from_neighbours(settings: Settings) -> None:
    layers = {layer.title: layer for layer in base_map(ground_of(settings), home=["AAA"])}
    assert layers["Land"].frame["name"].tolist() == ["Home"]
    assert layers["Neighbours"].frame["name"].tolist() == ["Beyond"]
    assert layers["Provinces"].frame["name"].tolist() == ["West"]
    rivers = layers["Rivers"]
    assert isinstance(rivers, LineLayer)
    assert rivers.style.indices(rivers.frame).tolist() == [0, 1, 2]


def test_neighbour_is_named_inside_the_view(settings: Settings) -> None:
    layer = base_map(ground_of(settings), home=["AAA"])[0]
    (name,) = encode_layer(layer, bounds=BOUNDS)["names"]
    assert name["text"] == "Beyond"
    assert 20 < name["lon"] < BOUNDS[2], "the middle of the part in view, not of the whole"


def test_legend_says_each_class_once_and_subject_first(settings: Settings) -> None:
    hatch = HatchLayer(
        **FACTS | {"title": "no eyes"}, audience=Audience.TASK_FORCE, cleared=cell_layer(settings).cleared
    )
    spec = MapSpec(layers=(hatch, cell_layer(settings), cell_layer(settings)), bounds=BOUNDS)
    assert [group.title for group in spec.legend] == ["Events", ""]
    assert [entry.label for entry in spec.legend[0].entries] == ["a", "b", "c"]
    assert [entry.shape for entry in spec.legend[1].entries] == ["hatch"]


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        (LineStyle(colour="#1", width_px=2), ""),
        (LineStyle(colour="#1", width_px=2, dash_px=(6, 4)), "dashed"),
        (LineStyle(colour="#1", width_px=2, dash_px=(1.5, 3.5)), "dotted"),
        (LineStyle(colour="#1", width_px=2, cross_every_px=24), "crossed"),
    ],
)
def test_line_pattern_reaches_the_legend(settings: Settings, style: LineStyle, pattern: str) -> None:
    line = gpd.GeoDataFrame({"exposure": [1.0], "geometry": [shapely.LineString([(15, 4), (16, 4)])]}, crs=4326)
    cleared = clear(line, view="segments", audience=Audience.TASK_FORCE, settings=settings)
    layer = LineLayer(**FACTS, audience=Audience.TASK_FORCE, cleared=cleared, style=Alike(style=style, label="road"))
    assert [entry.pattern for entry in layer.legend().entries] == [pattern]


def test_map_script_and_palette_use_the_same_colours() -> None:
    script = (STATIC_FOLDER / "map" / "state.js").read_text(encoding="utf-8")
    for name in ("INK", "INK_2", "LAND", "NEIGHBOUR", "WATER", "BORDER", "BORDER_OTHER", "TOWN_LABEL", "COUNTRY_LABEL"):
        assert f'{name} = "{getattr(palette, name)}"' in script
    for name in ("BASE", "CLOSING", "VIOLENCE", "FLOOD"):
        assert f'{name} = "{getattr(palette, name)}"' in script


def test_every_kind_of_layer_is_encoded() -> None:
    from geo.layers.scene import _MAKERS

    assert set(_MAKERS) == set(LayerSpec.__subclasses__())
