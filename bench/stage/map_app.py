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
from geo.layers.spec import CellLayer, Field, MapSpec
from geo.layers.style import Steps
from geo.model import Audience
from geo.redaction import clear
from geo.settings import read_settings

HOME = Path(__file__).resolve().parent
AREA = shapely.box(14.4, 2.2, 27.5, 11.0)
EDGES = (1, 3, 6, 11, 21)
AUDIENCE = Audience.TASK_FORCE
WAY, COUNT = os.environ["BENCH_WAY"], int(os.environ["BENCH_CELLS"])


@st.cache_resource
def cells() -> np.ndarray:
    return hexgrid.cells_of_area(AREA, resolution=5 if COUNT <= 5000 else 6)[:COUNT]


def counts(seed: int) -> pd.DataFrame:
    return pd.DataFrame({"cell": cells(), "incidents": np.random.default_rng(seed).integers(1, 40, len(cells()))})


def piste(frame: pd.DataFrame) -> tuple[folium.Map, folium.FeatureGroup]:
    layer = CellLayer(
        title="Incidents",
        unit="per cell",
        date="1 Jan 2020",
        source="seeded",
        audience=AUDIENCE,
        cleared=clear(frame, view="hexbin", audience=AUDIENCE, settings=read_settings(HOME / "config.toml")),
        fill=Steps(column="incidents", edges=EDGES, styles=palette.COUNTS, labels=tuple("12345")),
        edge=palette.COUNTS_EDGE,
        tooltip=(Field(column="incidents", label="incidents"),),
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
base, group = {"piste": piste, "geojson": geojson}[WAY](counts(seed))
st_folium(base, key="map", height=600, use_container_width=True, returned_objects=[], feature_group_to_add=group)
