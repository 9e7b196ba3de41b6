"""One map of cells, drawn by Piste or as tutorials draw it; served by bench/map.py, not part of Piste."""

import os
from pathlib import Path

import folium
import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import shapely
import streamlit as st
from streamlit_folium import st_folium

from geo import hexgrid
from geo.layers import palette
from geo.layers.folium_map import PisteMap, Stage, render
from geo.layers.months import MonthView
from geo.layers.spec import CellLayer, Field, MapSpec
from geo.layers.style import Steps
from geo.model import Audience
from geo.redaction import Cleared, clear
from geo.settings import read_settings

HOME = Path(__file__).resolve().parent
AREA = shapely.box(14.4, 2.2, 27.5, 11.0)
EDGES = (1, 3, 6, 11, 21)
AUDIENCE = Audience.TASK_FORCE
WAY, COUNT = os.environ["BENCH_WAY"], int(os.environ["BENCH_CELLS"])


@st.cache_resource
def cells() -> np.ndarray:
    return hexgrid.cells_of_area(AREA, resolution=5 if COUNT <= 5000 else 6)[:COUNT]


def entries(seed: int) -> pd.DataFrame:
    """Return four incidents a cell on average, one at least, each in one of twelve months."""
    random, count = np.random.default_rng(seed), len(cells())
    owner = np.append(np.arange(count), random.integers(0, count, 3 * count))
    month = np.datetime64("2019-01", "M") + random.integers(0, 12, len(owner))
    table = pd.DataFrame({"cell": cells()[owner], "month": month.astype("datetime64[s]"), "incidents": 1.0})
    return table.groupby(["cell", "month"], as_index=False).sum()


@st.cache_resource
def invented() -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return months and counts of each filter, made before any time is taken."""
    return [(found, counts(found)) for found in map(entries, range(8))]


def counts(found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers the Incidents page shows of a cell."""
    frame = found.groupby("cell", as_index=False)["incidents"].sum()
    deaths = (frame["incidents"] * 2.5).round()
    return frame.assign(fatalities_best=deaths, precision_share=0.57, newest_days=frame["cell"] % 365)


def cleared(frame: pd.DataFrame, view: str) -> Cleared:
    return clear(frame, view=view, audience=AUDIENCE, settings=read_settings(HOME / "config.toml"))


def piste(frame: pd.DataFrame, months: pd.DataFrame | None = None) -> tuple[folium.Map, folium.FeatureGroup]:
    fill = Steps(column="incidents", edges=EDGES, styles=palette.COUNTS, labels=tuple("12345"))
    layer = CellLayer(
        title="Incidents",
        unit="per cell",
        date="1 Jan 2020",
        source="seeded",
        audience=AUDIENCE,
        cleared=cleared(frame, "hexbin"),
        fill=fill,
        months=None if months is None else MonthView(cleared=cleared(months, "hexbin_months"), fill=fill),
        edge=palette.COUNTS_EDGE,
        tooltip=(
            Field(column="incidents", label="incidents", decimals=1),
            Field(column="fatalities_best", label="deaths, best estimate"),
            Field(column="precision_share", label="share placed exactly", decimals=2),
            Field(column="newest_days", label="newest", suffix=" days ago"),
        ),
    )
    return render(MapSpec(layers=(layer,), bounds=AREA.bounds))


def geojson(frame: pd.DataFrame) -> tuple[folium.Map, folium.FeatureGroup]:
    """One GeoJSON feature per cell with a style function, as tutorials do; same offline Leaflet."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "incidents": int(row.incidents),
                "fill": palette.COUNTS[np.searchsorted(EDGES, row.incidents, "right") - 1],
            },
            "geometry": {"type": "Polygon", "coordinates": [[[x, y] for y, x in h3.cell_to_boundary(int(row.cell))]]},
        }
        for row in frame.itertuples()
    ]
    group = folium.FeatureGroup(name="cells")
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: {"fillColor": feature["properties"]["fill"], "weight": 0.5, "fillOpacity": 0.7},
        tooltip=folium.GeoJsonTooltip(fields=["incidents"]),
    ).add_to(group)
    frame_map = PisteMap()
    frame_map.location, frame_map.options["zoom"] = [6.6, 21.0], 6
    frame_map.add_child(Stage())
    return frame_map, group


seed = st.sidebar.radio("Filter", list(range(8)))
found, frame = invented()[seed]
base, group = {"piste": piste, "months": lambda frame: piste(frame, found), "geojson": geojson}[WAY](frame)
st_folium(base, key="map", height=600, use_container_width=True, returned_objects=[], feature_group_to_add=group)
