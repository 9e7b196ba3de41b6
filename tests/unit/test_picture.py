"""The map as a PNG: drawn from cleared layers, dated, attributed, and never of more than the audience may see."""

import io

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from geo import hexgrid
from geo.errors import RequestError
from geo.exports.picture import draw_map
from geo.layers.palette import COUNTS
from geo.layers.spec import CellLayer, HatchLayer, LabelLayer, LineLayer, MapSpec, OutlineLayer, PointLayer, RouteLayer
from geo.layers.style import Alike, Kinds, LineStyle, Steps
from geo.model import Audience
from geo.redaction import Cleared, clear
from geo.settings import Settings

BOUNDS = (10.0, 0.0, 14.0, 3.0)
CELL = hexgrid.cells_of_points([12.0], [1.5], resolution=4)
FILL = Steps(column="incidents", edges=(0.5, 5.5), styles=COUNTS[:2], labels=("1–5", "6+"))


def cleared(settings: Settings, view: str, audience: Audience = Audience.CASE_TEAM, **columns: object) -> Cleared:
    return clear(pd.DataFrame(columns), view=view, audience=audience, settings=settings)


def layer(kind: type, table: Cleared, **more: object) -> object:
    said = {"title": "Signs", "unit": "each", "date": "30 Jun 2020", "source": "own records"}
    return kind(**said, audience=table.audience, cleared=table, **more)


def incidents(settings: Settings, value: float = 9.0, audience: Audience = Audience.CASE_TEAM) -> object:
    return layer(CellLayer, cleared(settings, "hexbin", audience, cell=CELL, incidents=[value]), fill=FILL)


def drawn(*layers: object, bounds: tuple[float, float, float, float] = BOUNDS) -> Image.Image:
    spec = MapSpec(layers=layers, bounds=bounds, date="30 Jun 2020", not_drawn=("3 incidents not drawn",))
    content = draw_map(spec, headline="Title", subtitle="Unit", provenance={"unit": "incidents per cell"})
    return Image.open(io.BytesIO(content))


def holds(picture: Image.Image, colour: str) -> bool:
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    pixels = np.asarray(picture.convert("RGB"), dtype=int)
    return bool((np.abs(pixels - wanted).max(axis=2) <= 2).sum() > 400)


def test_a_cell_is_filled_with_the_colour_of_its_class(settings: Settings) -> None:
    many, few = drawn(incidents(settings, 9.0)), drawn(incidents(settings, 2.0))
    middle = (many.width // 2, round(many.height * 0.45))
    colours = [picture.convert("RGB").getpixel(middle) for picture in (many, few)]
    assert ["#{:02X}{:02X}{:02X}".format(*colour) for colour in colours] == [COUNTS[1], COUNTS[0]]


def test_facts_stand_in_the_file(settings: Settings) -> None:
    records = drawn(incidents(settings)).text
    assert records["Audience"] == "case_team"
    assert records["As of"] == "30 Jun 2020"
    assert records["Sources"] == "own records"
    assert records["Not drawn"] == "3 incidents not drawn"
    assert records["piste:unit"] == "incidents per cell"


def test_what_an_audience_may_not_see_is_not_drawn(settings: Settings) -> None:
    ground = layer(
        OutlineLayer, cleared(settings, "outlines", Audience.PUBLIC, geometry=[shapely.box(10, 0, 14, 3)]), role="land"
    )
    bases = cleared(
        settings, "bases", Audience.PUBLIC, longitude=[12.0], latitude=[1.5], name=["CANARY"], symbol=["base"]
    )
    shown = layer(PointLayer, bases, symbol=Alike(style="closing", label="closes"), label="name")
    with_bases, without = drawn(ground, shown), drawn(ground)
    assert with_bases.tobytes() == without.tobytes()


def test_every_kind_of_layer_leaves_its_mark(settings: Settings) -> None:
    line = shapely.LineString([(10.5, 0.5), (12.0, 1.2), (13.5, 2.5)])
    at = {"longitude": [12.0], "latitude": [1.5]}
    outlines = cleared(settings, "outlines", geometry=[line], road_class=["trunk"])
    marks = {
        "lines": layer(LineLayer, outlines, style=Alike(style=LineStyle(colour="#FF0000", width_px=6), label="road")),
        "crossed": layer(
            LineLayer,
            outlines,
            style=Kinds(
                column="road_class",
                styles={
                    "trunk": LineStyle(colour="#FF0000", width_px=6, casing_px=9, dash_px=(6, 4), cross_every_px=9)
                },
            ),
        ),
        "routes": layer(RouteLayer, cleared(settings, "routes", geometry=[line], label=["A"]), colours=("#FF0000",)),
        "points": layer(
            PointLayer,
            cleared(settings, "bases", **at, name=["x"], symbol=["base"]),
            symbol=Alike(style="hq", label="hq"),
        ),
        "labels": layer(LabelLayer, cleared(settings, "outlines", **at, name=["Town"])),
        "pill": layer(LabelLayer, cleared(settings, "outlines", **at, name=["Actor"]), look="pill"),
        "hatch": layer(HatchLayer, cleared(settings, "no_eyes", cell=CELL)),
    }
    blank = incidents(settings, 0.0)
    empty = np.asarray(drawn(blank).convert("L"), dtype=int)
    for name, mark in marks.items():
        made = np.asarray(drawn(blank, mark).convert("L").resize(empty.shape[::-1]), dtype=int)
        assert (np.abs(made - empty) > 60).sum() > 50, name


def test_an_empty_map_is_refused() -> None:
    spec = MapSpec(layers=(), bounds=BOUNDS)
    with pytest.raises(RequestError, match="no layer this audience may see"):
        draw_map(spec, headline="", subtitle="", provenance={})
