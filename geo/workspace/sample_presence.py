"""Sightings of armed actors in the fictional sample: known to a point, an area's name, an outline or cells."""

import datetime as dt

import h3.api.basic_str as h3
import numpy as np

from geo.workspace.sample_actors import DAYS, THEATRES, acting, pick, places_in_theatres, theatre_rates
from geo.workspace.sample_land import OWN, Floats, Land
from geo.workspace.sample_people import FIRST_DAY, TODAY, Row, district_of

_PRECISIONS = ("exact", "near", "admin2")
_SOURCES = {
    "patrol": "MINOSS",
    "partner": "Relais Enfance",
    "alert_network": "Maison Ouvelle",
    "media": "Radio Ossandre",
    "other": "district office",
}
_WIDE = ("point", "admin2", "admin1", "outline", "cells")  # how what is known to an area is told, in turn
_HALF_DEG = 0.06  # half the height of an outline
_CELL_RESOLUTION = 6


def build_presence(land: Land, names: dict[str, tuple[str, str]], seed: int) -> list[Row]:
    """Return three hundred dated sightings with Admiralty grades, known to a point, an area, an outline or cells."""
    random = np.random.Generator(np.random.PCG64(seed + 1200))
    rates = theatre_rates()
    known = [k for k, t in enumerate(THEATRES) if t.actor_a]
    weights = np.cumsum((rates[known] * 1.0).ravel())
    drawn = np.searchsorted(weights, random.random(520) * weights[-1], side="right")
    theatres, days = np.array(known)[drawn // DAYS], drawn % DAYS
    points = places_in_theatres(theatres, days, random)
    districts = district_of(land, points[:, 0], points[:, 1])
    kept = np.flatnonzero(districts)[:300]
    kept = kept[np.argsort(days[kept], kind="stable")]
    rows: list[Row] = []
    for number, k in enumerate(kept.tolist(), start=1):
        theatre = THEATRES[int(theatres[k])]
        other = theatre.actor_b if theatre.actor_b != "civilians" and random.random() < 0.4 else theatre.actor_a
        source = ("patrol", "partner", "alert_network", "media", "other")[pick(random, (0.3, 0.28, 0.24, 0.13, 0.05))]
        trusted = {"patrol": 0, "partner": 1, "alert_network": 1, "media": 2, "other": 3}[source]
        day = FIRST_DAY + dt.timedelta(days=int(days[k]))
        rows.append(
            {
                "presence_id": f"presence-{number:03d}",
                "actor_id": acting(other, int(days[k])),
                "observed_on": min(day, TODAY).isoformat(),
                **_place(points[k], number, districts[k], precision=_PRECISIONS[pick(random, (0.6, 0.28, 0.12))]),
                "source": _SOURCES[source],
                "source_type": source,
                "reliability": "abcdef"[min(trusted + pick(random, (0.5, 0.3, 0.12, 0.08)), 5)],
                "credibility": 1 + min(trusted + pick(random, (0.35, 0.35, 0.2, 0.1)), 5),
            }
        )
    return [with_names(row, names) for row in rows]


def with_names(row: Row, names: dict[str, tuple[str, str]]) -> Row:
    """Areas are named as a report would: by name, not by code."""
    return row | {level: names[row[level]][0] if row.get(level) else "" for level in ("admin1", "admin2")}


def _place(point: Floats, number: int, district: str, *, precision: str) -> Row:
    """Place as reported; what is known to an area only is told in each of the ways in turn."""
    x, y = (round(float(v), 5) for v in point)
    at = {"longitude": x, "latitude": y, "place_precision": precision, "country": OWN}
    way = "point" if precision != "admin2" else _WIDE[number % len(_WIDE)]
    if way == "outline":
        corners = ((x - _HALF_DEG, y), (x, y - _HALF_DEG), (x + _HALF_DEG, y), (x, y + _HALF_DEG), (x - _HALF_DEG, y))
        ring = ", ".join(f"{lon:.5f} {lat:.5f}" for lon, lat in corners)
        return {"country": OWN, "area_wkt": f"POLYGON(({ring}))"}
    if way == "cells":
        around = sorted(h3.grid_disk(h3.latlng_to_cell(y, x, _CELL_RESOLUTION), 1))
        return {"country": OWN, "cells": ";".join(around)}
    if way == "point":
        return at
    return {
        "country": OWN,
        "place_precision": way,
        "admin1": district[:5],
        "admin2": district if way == "admin2" else "",
    }
