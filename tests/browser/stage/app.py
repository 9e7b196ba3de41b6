"""A small page with one map, for tests of the map alone; not part of Piste."""

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from geo import hexgrid
from geo.layers import palette
from geo.layers.basemap import Ground, base_map
from geo.layers.months import MonthView
from geo.layers.spec import (
    CellLayer,
    Field,
    HatchLayer,
    LayerSpec,
    LineLayer,
    MapSpec,
    MapWords,
    PointLayer,
    RouteLayer,
)
from geo.layers.style import Alike, Kinds, Steps
from geo.model import Audience
from geo.redaction import Cleared, clear
from geo.settings import read_settings
from pages._shared import show

AUDIENCE = Audience(st.query_params.get("audience", "task_force"))
HOSTILE = "</script><img src=x onerror=\"document.title='broken'\">{{7*7}}${document.title='broken'}"
FACTS = {"unit": "per cell", "date": "1 Jan 2020", "source": "invented", "audience": AUDIENCE}
SETTINGS = read_settings(Path(__file__).resolve().parent / "config.toml")


def cleared(rows: dict[str, object], view: str) -> Cleared:
    frame = gpd.GeoDataFrame(rows, crs=4326) if "geometry" in rows else pd.DataFrame(rows)
    return clear(frame, view=view, audience=AUDIENCE, settings=SETTINGS)


@st.cache_resource
def ground(audience: Audience) -> tuple[LayerSpec, ...]:
    assert audience == AUDIENCE
    shapes = [shapely.box(-4, -4, 4, 4), shapely.box(4, -6, 9, 6), shapely.box(-4, -4, 0, 4)]
    areas = {
        "name": ["Home", "Beyond", "West"],
        "level": [0, 0, 1],
        "country": ["AAA", "BBB", "AAA"],
        "geometry": shapes,
    }
    towns = {"name": ["Middle", HOSTILE], "population": [9, 8], "longitude": [0.0, 2.0], "latitude": [0.0, 2.0]}
    return base_map(Ground(boundaries=cleared(areas, "outlines"), towns=cleared(towns, "outlines")), home=["AAA"])


def layers(count: int, seed: int) -> tuple[LayerSpec, ...]:
    cells = hexgrid.cells_of_area(shapely.box(-4, -4, 4, 3), resolution=5)[:count]
    incidents = np.random.default_rng(seed).integers(1, 30, len(cells))
    counts = cleared({"cell": cells, "incidents": incidents, "actors": [HOSTILE] * len(cells)}, "hexbin")
    return (
        HatchLayer(**FACTS, title="no eyes", cleared=counts),
        CellLayer(
            **FACTS,
            title="Events",
            cleared=counts,
            fill=Steps(
                column="incidents", edges=(1, 3, 6, 11, 21), styles=palette.COUNTS, labels=("1", "3", "6", "11", "21")
            ),
            edge=palette.COUNTS_EDGE,
            tooltip=(Field(column="actors"), Field(column="incidents", label="events")),
        ),
    )


def monthly(seed: int) -> tuple[LayerSpec, ...]:
    """Cells with three incidents in March and six in November of 2017, and one cell with thirty in July."""
    cells = hexgrid.cells_of_area(shapely.box(-4, -4, 4, 3), resolution=4)[::seed]
    few, one = np.full(len(cells), 9.0), hexgrid.cells_of_points([0.9], [-1.2], resolution=4)
    total = cleared(
        {"cell": np.append(cells[cells != one], one), "incidents": np.append(few[cells != one], 30.0)}, "hexbin"
    )
    others = cells[cells != one]
    table = {
        "cell": np.concatenate([others, others, one]),
        "month": pd.to_datetime(["2017-03-01"] * len(others) + ["2017-11-01"] * len(others) + ["2017-07-01"]),
        "incidents": np.concatenate([np.full(len(others), 3.0), np.full(len(others), 6.0), [30.0]]),
    }
    fill = Steps(column="incidents", edges=(1, 3, 6, 11, 21), styles=palette.COUNTS, labels=("1", "3", "6", "11", "21"))
    months = dataclasses.replace(fill, labels=("1", "3", "6", "11", "21 more"))
    return (
        CellLayer(
            **FACTS,
            title="Events",
            cleared=total,
            fill=fill,
            months=MonthView(cleared=cleared(table, "hexbin_months"), fill=months),
            tooltip=(Field(column="incidents", label="events"),),
        ),
    )


def everything() -> tuple[LayerSpec, ...]:
    line = shapely.LineString([(-3, -3), (0, -2), (3, 3)])
    road = {"road_id": ["r1"], "passability": ["closed"], "geometry": [line]}
    route = {"label": ["A", "B"], "geometry": [line, line]}
    base = {
        "base_id": ["b1", "b2"],
        "name": ["Alpha", HOSTILE],
        "longitude": [-3.0, 3.0],
        "latitude": [-3.0, 3.0],
        "status": ["hq", "base"],
    }
    return (
        *(
            CellLayer(
                **FACTS,
                title=side,
                cleared=layers(40, 1)[1].cleared,
                side=side,
                fill=Alike(style="#12656B", label=side),
            )
            for side in ("before", "after")
        ),
        LineLayer(
            **FACTS,
            title="Roads",
            cleared=cleared(road, "segments"),
            style=Kinds(column="passability", styles=palette.PASSABILITY),
        ),
        RouteLayer(**FACTS, title="Routes", cleared=cleared(route, "routes"), selected="A", id_column="label"),
        PointLayer(
            **FACTS,
            title="Bases",
            cleared=cleared(base, "bases"),
            symbol=Kinds(column="status", styles={"hq": "hq", "base": "base"}),
            label="name",
            id_column="base_id",
            tooltip=(Field(column="name"),),
        ),
    )


def roads() -> tuple[LayerSpec, ...]:
    """Cells beneath three roads: two side by side along a parallel, one that answers to no click, and a route."""
    lines = [shapely.LineString([(-3, lat), (3, lat)]) for lat in (1.0, 0.8, -1.5)]
    table = {
        "road_id": ["north", HOSTILE, "mute"],
        "road_class": ["trunk", HOSTILE, "track"],
        "time_min": [12.0, 30.0, 5.0],
        "passability": ["open", "slow", "unknown"],
        "geometry": lines,
    }
    segments = cleared(table, "segments")
    lines_of = {"cleared": segments, "style": Kinds(column="passability", styles=palette.PASSABILITY)}
    tooltip = (Field(column="road_class"), Field(column="time_min", label="minutes"), Field(column="passability"))
    route = cleared({"label": ["A"], "geometry": [lines[0]]}, "routes")
    return (
        dataclasses.replace(layers(5000, 1)[1], tooltip=()),
        LineLayer(
            **FACTS,
            title="Roads",
            where={"road_id": ["north", HOSTILE]},
            id_column="road_id",
            tooltip=tooltip,
            **lines_of,
        ),
        LineLayer(**FACTS, title="Mute", where={"road_id": ["mute"]}, **lines_of),
        RouteLayer(**FACTS, title="Routes", cleared=route, id_column="label"),
        PointLayer(
            **FACTS,
            title="Constraints",
            cleared=constraints(),
            symbol=Kinds(
                column="kind",
                styles={"bridge_out": "blocked", "ambush": "violence", "hostilities": "violence", "mines": "mines"}
                | {"checkpoint": "checkpoint", "flooded": "flooded", "permit": "rule", "from": "end", "to": "goal"},
                labels=dict.fromkeys(("ambush", "hostilities"), "ambush or hostilities"),
            ),
            id_column="constraint_id",
            tooltip=(Field(column="kind", spoken=True), Field(column="reported_on", label="reported on")),
        ),
    )


def constraints() -> Cleared:
    kinds = ["bridge_out", "ambush", "hostilities", "mines", "checkpoint", "flooded", "permit", "from", "to"]
    table = {
        "constraint_id": [f"c{number}" for number in range(len(kinds))],
        "kind": kinds,
        "reported_on": pd.to_datetime(["2020-06-01", *[None] * (len(kinds) - 1)]),
        "longitude": np.arange(len(kinds)) * 0.6 - 3,
        "latitude": np.full(len(kinds), -0.5),
    }
    return cleared(table, "constraints")


st.set_page_config(layout="wide")
show.style()
what = st.sidebar.radio("What", ["cells", "everything", "monthly", "roads"], key="what", bind="query-params")
filtered = st.sidebar.radio("Filter", ["first", "second", "third"])
drawn = {
    "cells": lambda: layers(int(st.query_params.get("cells", 5000)), len(filtered)),
    "everything": everything,
    "monthly": lambda: monthly(1 if filtered == "first" else 2),
    "roads": roads,
}[what]()
show.headline("Stage", HOSTILE)
last = st.session_state.get(f"map-{what}") or {}  # the click that led to this run
kept = st.session_state["kept"] = last.get("id", st.session_state.get("kept"))
clicked = show.show_map(
    MapSpec(
        layers=drawn,
        base=ground(AUDIENCE),
        bounds=(-4.2, -4.2, 4.2, 4.2),
        date=filtered,
        title=f"{what} {filtered}",
        words=MapWords(before="Now", after="Later"),
        pick=what == "roads",
        aim="Set start" if what == "roads" and filtered == "second" else "",
        selected=kept if what == "roads" else None,
    ),
    key=f"map-{what}",
)
st.sidebar.json(clicked or {})
