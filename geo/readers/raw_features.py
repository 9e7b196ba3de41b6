"""Features as a container holds them, before anyone asked whether they make sense."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.errors import ImportRefusedError

GeometryArray = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawFeatures:
    """Properties and geometry of every feature, in the order of the file.

    ``properties`` has object columns and the 1-based feature number as index; ``geometry`` is aligned
    with it, EPSG:4326 longitude first, and None where it is missing or unreadable; ``reasons`` says
    why, by feature number, where more is known than "no geometry".
    """

    properties: pd.DataFrame
    geometry: GeometryArray
    reasons: dict[int, str] = field(default_factory=dict)
    encoding: str | None = None
    notes: tuple[str, ...] = ()


def numbered(records: list[dict[str, object]]) -> pd.DataFrame:
    """Frame of properties with feature numbers from 1; values stay what they were (no int to float)."""
    frame = pd.DataFrame(records, dtype=object)
    frame.index = pd.RangeIndex(1, len(records) + 1, name="line")
    return frame


def to_degrees(geometry: GeometryArray, crs: CRS) -> GeometryArray:
    """Return geometries in EPSG:4326, longitude first; positions outside the projection become infinite.

    Raises
    ------
    ImportRefusedError
        When no path leads from the file's reference system to EPSG:4326.
    """
    try:
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except (CRSError, ProjError) as error:
        raise ImportRefusedError(f"reference system {crs.name!r} cannot be turned into degrees: {error}") from error

    def turned(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1]))

    moved: GeometryArray = shapely.transform(geometry, turned)
    return moved


def is_degrees(crs: CRS) -> bool:
    """Tell whether a reference system is plain WGS 84 longitude and latitude."""
    return bool(crs.is_geographic) and crs.to_epsg() == 4326
