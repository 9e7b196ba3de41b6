"""Where an incident lies on the grid, as well as that is known.

A report whose place is known lies in the cell of its point. One known to a district, province or
country only carries the centroid of that area as its point: drawn there it would make a hot spot
nobody reported. It is spread over the smallest known area that contains it for sure, in proportion
to the area of the cells whose centre lies inside; where no such area is known it lies in no cell
and is listed as "known to area only". Each incident counts once in all.
"""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from geo.crs import FloatArray, area_km2
from geo.errors import SchemaError
from geo.hexgrid import CellArray, IndexArray, areas_km2, cells_of_area, cells_of_points, mean_cell_area_km2
from geo.incidents.names import fold_all
from geo.model import check_resolution
from geo.schema import PLACE_PRECISION
from geo.settings import PlacementSettings

BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.object_]
# An area of more cells than this is not spread: its reports would add less than a hundred-thousandth
# to any cell. They are listed as known to area only.
MAX_AREA_CELLS = 100_000
# Which area surely contains a report of each precision, best first. "named" is the area of the name
# reported, "around" the province whose outline holds the centroid given as point.
_CONTAINERS: dict[str, tuple[str, ...]] = {
    "exact": ("admin2_named", "admin1_named", "admin1_around", "country"),
    "near": ("admin2_named", "admin1_named", "admin1_around", "country"),
    "admin2": ("admin2_named", "admin1_named", "admin1_around", "country"),
    "admin1": ("admin1_named", "admin1_around", "country"),
    "region": ("admin1_named", "country"),
    "country": ("country",),
    "nowhere": (),
}
# What to call the area of a report no outline is known for, per precision: the finest name it may claim.
_REPORTED_NAMES: dict[str, tuple[str, ...]] = {
    "exact": ("admin2", "admin1", "country"),
    "near": ("admin2", "admin1", "country"),
    "admin2": ("admin2", "admin1", "country"),
    "admin1": ("admin1", "country"),
    "region": ("admin1", "country"),
}
_NONE = -1


@dataclass(frozen=True, eq=False, kw_only=True)
class Placement:
    """Where each of ``n`` incidents lies on ``c`` cells; shares of one incident sum to 1, or it is ``area_only``.

    Kept in two parts, because every incident of one area lies on the same cells: ``point`` for known
    places, ``container`` and ``shares`` for areas. :meth:`per_cell` sums over both without laying out
    one row per incident and cell; ``incident``, ``cell`` and ``weight`` do lay them out.
    """

    resolution: int
    cells: CellArray  # (c,), sorted, unique
    point: IndexArray  # (n,), position in cells, -1 unless the place is known
    container: IndexArray  # (n,), row of shares, -1 unless spread
    shares: sparse.csr_array  # (containers, c), each row sums to 1
    container_level: npt.NDArray[np.int8]  # (containers,), 0 = country
    area: TextArray  # (n,), name of the area an incident is known to; "" where its point is used or nothing is known
    exact: BoolArray  # (n,), placed at its point and known exactly, not only near

    @property
    def area_only(self) -> BoolArray:
        """Incidents that lie in no cell, shape ``(n,)``."""
        return (self.point < 0) & (self.container < 0)

    @property
    def incident(self) -> IndexArray:
        """Row position of the incident of each laid-out share, shape ``(k,)``."""
        return self._laid_out[0]

    @property
    def cell(self) -> IndexArray:
        """Position in ``cells`` of each laid-out share, shape ``(k,)``."""
        return self._laid_out[1]

    @property
    def weight(self) -> FloatArray:
        """Share of the incident in the cell, shape ``(k,)``; sums to 1 per incident placed."""
        return self._laid_out[2]

    def per_cell(self, values: npt.ArrayLike) -> FloatArray:
        """Sum one value per incident over the cells it lies in, shape ``(c,)``.

        ``values`` has shape ``(n,)``; a missing value counts as 0. What lies in no cell is not in the sum.
        """
        given = np.nan_to_num(np.asarray(values, dtype=np.float64))
        at, spread = self.point >= 0, self.container >= 0
        direct = np.bincount(self.point[at], weights=given[at], minlength=len(self.cells))
        held = np.bincount(self.container[spread], weights=given[spread], minlength=self.shares.shape[0])
        return np.asarray(direct + self.shares.T @ held)

    def per_cell_by_kind(self, kind: IndexArray, *, kinds: int) -> FloatArray:
        """Count incidents of each kind over the cells they lie in, shape ``(c, kinds)``.

        ``kind`` has shape ``(n,)``: a number below ``kinds``, or -1 for an incident to leave out.
        """
        at, spread = (self.point >= 0) & (kind >= 0), (self.container >= 0) & (kind >= 0)
        owners, held = len(self.cells), self.shares.shape[0]
        direct = np.bincount(self.point[at].astype(np.int64) * kinds + kind[at], minlength=owners * kinds)
        areas = np.bincount(self.container[spread].astype(np.int64) * kinds + kind[spread], minlength=held * kinds)
        return np.asarray(direct.reshape(owners, kinds) + self.shares.T @ areas.reshape(held, kinds).astype(np.float64))

    @cached_property
    def _laid_out(self) -> tuple[IndexArray, IndexArray, FloatArray]:
        at, spread = np.flatnonzero(self.point >= 0), np.flatnonzero(self.container >= 0)
        rows = self.shares[self.container[spread]]
        incident = np.concatenate([at, np.repeat(spread, np.diff(rows.indptr))])
        cell = np.concatenate([self.point[at], rows.indices])
        weight = np.concatenate([np.ones(len(at)), rows.data])
        order = np.argsort(incident, kind="stable")
        return incident[order].astype(np.int32), cell[order].astype(np.int32), weight[order]


def place_incidents(
    incidents: pd.DataFrame, areas: gpd.GeoDataFrame, *, resolution: int, settings: PlacementSettings
) -> Placement:
    """Place each report on the cells of one resolution.

    Parameters
    ----------
    incidents
        Any table with ``longitude``, ``latitude`` and ``place_precision``; ``admin1``, ``admin2`` and
        ``country`` are used where present. So presence reports are placed by the same rule. Not changed.
    areas
        The boundaries table, EPSG:4326; may be empty. Not changed.
    settings
        Precisions in ``exact`` or ``near`` lie in the cell that holds their point. All others are
        spread; see :data:`_CONTAINERS` for the order. A name that fits several areas of its country is
        settled by the outline that holds the point, else it is not used.

    Raises
    ------
    SchemaError
        When a precision is not one of the contract's.
    """
    check_resolution(resolution)
    precision = incidents["place_precision"].astype(object).to_numpy()
    _check_precisions(precision, settings)
    at_point = np.isin(precision, [*settings.exact, *settings.near])
    lon, lat = (incidents[name].to_numpy(dtype=np.float64) for name in ("longitude", "latitude"))
    direct = cells_of_points(lon[at_point], lat[at_point], resolution=resolution)
    wide = incidents.loc[~at_point].reset_index(drop=True)
    chosen = _find_containers(wide, areas) if len(wide) else np.zeros(0, dtype=np.int32)
    used, row_of = np.unique(chosen[chosen >= 0], return_inverse=True)
    parts = [cells_within(areas.geometry.iloc[area], resolution=resolution) for area in used]
    spread = np.array([part is not None for part in parts], dtype=bool)
    cells = np.unique(np.concatenate([direct, *(part for part in parts if part is not None)]))
    container = np.full(len(incidents), _NONE, dtype=np.int32)
    renumbered = np.where(spread, np.cumsum(spread) - 1, _NONE).astype(np.int32)
    within = np.flatnonzero(~at_point)[chosen >= 0]
    container[within] = renumbered[row_of] if len(used) else _NONE
    point = np.full(len(incidents), _NONE, dtype=np.int32)
    point[at_point] = np.searchsorted(cells, direct)
    name = np.full(len(incidents), "", dtype=object)
    name[~at_point] = _reported_area(wide)
    name[within] = areas["name"].to_numpy(dtype=object)[chosen[chosen >= 0]]
    return Placement(
        resolution=resolution,
        cells=cells,
        point=point,
        container=container,
        shares=share_matrix([(part, areas_km2(part)) for part in parts if part is not None], cells),
        container_level=areas["level"].to_numpy()[used[spread]].astype(np.int8),
        area=name,
        exact=np.isin(precision, settings.exact),
    )


def _check_precisions(precision: TextArray, settings: PlacementSettings) -> None:
    unknown = sorted({str(p) for p in precision} - set(PLACE_PRECISION))
    if unknown:
        raise SchemaError(f"place_precision {unknown[0]!r} is not one of {', '.join(PLACE_PRECISION)}")
    strange = sorted({*settings.exact, *settings.near} - set(PLACE_PRECISION))
    if strange:
        raise SchemaError(f"config.toml, placement: {strange[0]!r} is not one of {', '.join(PLACE_PRECISION)}")


def cells_within(outline: shapely.Polygon | shapely.MultiPolygon, *, resolution: int) -> CellArray | None:
    """Return the cells an area is spread over, sorted; nothing where they would be more than ``MAX_AREA_CELLS``.

    An area smaller than a cell lies in the cell of its representative point.
    """
    if area_km2([outline])[0] / mean_cell_area_km2(resolution) > MAX_AREA_CELLS:
        return None
    return cells_of_area(outline, resolution=resolution)


def share_matrix(parts: list[tuple[CellArray, FloatArray]], cells: CellArray) -> sparse.csr_array:
    """Return each area's share in each cell; every row sums to 1.

    Parameters
    ----------
    parts
        Cells of each area, sorted, with the km² of the area that lie in each.
    cells
        Sorted; all cells of all parts are among them.
    """
    columns = np.concatenate([np.searchsorted(cells, own) for own, _ in parts] or [np.zeros(0, dtype=np.int64)])
    indptr = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(own) for own, _ in parts], out=indptr[1:])
    data = np.concatenate([weight / weight.sum() for _, weight in parts] or [np.zeros(0)])
    return sparse.csr_array((data, columns.astype(np.int32), indptr), shape=(len(parts), len(cells)))


def _reported_area(wide: pd.DataFrame) -> TextArray:
    """Return the finest area name each report may claim; "" where it names none."""
    found = np.full(len(wide), "", dtype=object)
    precision = wide["place_precision"].astype(object).to_numpy()
    for kind in pd.unique(precision):
        rows = np.flatnonzero(precision == kind)
        for column in reversed(_REPORTED_NAMES.get(kind, ("country",))):
            if column in wide:
                given = wide[column].iloc[rows]
                known = given.notna().to_numpy()
                found[rows[known]] = given[known].to_numpy(dtype=object)
    return found


def _find_containers(wide: pd.DataFrame, areas: gpd.GeoDataFrame) -> IndexArray:
    """Position in ``areas`` of the smallest area that surely contains each report; -1 where none is known."""
    # Few distinct places stand behind many reports: each is looked up once.
    names = {name: wide.get(name, pd.NA) for name in ("country", "admin1", "admin2")}
    keys = pd.DataFrame(names, index=wide.index)
    keys[["lon", "lat"]] = wide[["longitude", "latitude"]]
    keys["precision"] = wide["place_precision"].astype(object)
    group = keys.groupby(list(keys.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1]
    asked = keys.iloc[first].reset_index(drop=True)
    outlines = _Outlines.of(areas)
    found = {
        "admin2_named": outlines.named(asked, level=2, column="admin2"),
        "admin1_named": outlines.named(asked, level=1, column="admin1"),
        "admin1_around": outlines.around(asked, level=1),
        "country": outlines.of_country(asked),
    }
    chosen = np.full(len(asked), _NONE, dtype=np.int32)
    for kind, order in _CONTAINERS.items():
        rows = (asked["precision"] == kind).to_numpy()
        for way in order:
            open_rows = rows & (chosen < 0)
            chosen[open_rows] = found[way][open_rows]
    return chosen[group]


@dataclass(frozen=True, kw_only=True)
class _Outlines:
    """The areas, with folded names, ready to be asked."""

    table: pd.DataFrame  # area (position), level, country, name (folded; once per spelling), parent (folded)
    shapes: npt.NDArray[np.object_]
    level: npt.NDArray[np.int8]
    country: TextArray

    @classmethod
    def of(cls, areas: gpd.GeoDataFrame) -> "_Outlines":
        country = areas["country"].astype(object).fillna("").to_numpy(dtype=object)
        name_of_id = dict(zip(areas["boundary_id"], fold_all(areas["name"], area=True), strict=True))
        parent = areas["parent"].map(name_of_id).fillna(fold_all(areas["parent"], area=True))
        one = pd.DataFrame({"area": np.arange(len(areas)), "level": areas["level"].to_numpy(), "country": country})
        one["parent"] = parent.to_numpy(dtype=object)
        spellings = [
            one.assign(name=fold_all(areas[c], area=True).to_numpy()) for c in ("name", "name_fr") if c in areas
        ]
        table = pd.concat(spellings, ignore_index=True).drop_duplicates()
        return cls(
            table=table.loc[table["name"] != ""],
            shapes=np.asarray(areas.geometry.array, dtype=object),
            level=areas["level"].to_numpy().astype(np.int8),
            country=country,
        )

    def named(self, asked: pd.DataFrame, *, level: int, column: str) -> IndexArray:
        """Area of the reported name: same country; for districts same province where both name one."""
        wanted = pd.DataFrame({"row": np.arange(len(asked)), "name": fold_all(asked[column], area=True).to_numpy()})
        wanted["from"] = asked["country"].astype(object).fillna("").to_numpy(dtype=object)
        wanted["within"] = fold_all(asked["admin1"], area=True).to_numpy() if level == 2 else ""
        fits = wanted.loc[wanted["name"] != ""].merge(self.table.loc[self.table["level"] == level], on="name")
        same_country = (fits["from"] == "") | (fits["country"] == "") | (fits["from"] == fits["country"])
        same_parent = (fits["within"] == "") | (fits["parent"] == "") | (fits["within"] == fits["parent"])
        fits = fits.loc[same_country & (same_parent if level == 2 else True)]
        alone = ~fits.duplicated("row", keep=False)
        lonlat = asked[["lon", "lat"]].to_numpy(dtype=np.float64)[fits["row"].to_numpy()]
        holds = shapely.intersects_xy(self.shapes[fits["area"].to_numpy()], lonlat[:, 0], lonlat[:, 1])
        return _first_of(fits.loc[alone.to_numpy() | holds], size=len(asked))

    def around(self, asked: pd.DataFrame, *, level: int) -> IndexArray:
        """Area whose outline holds the point, in the reported country where one is reported."""
        members = np.flatnonzero(self.level == level)
        points = shapely.points(asked[["lon", "lat"]].to_numpy(dtype=np.float64))
        row, member = shapely.STRtree(self.shapes[members]).query(points, predicate="intersects")
        fits = pd.DataFrame({"row": row, "area": members[member]})
        from_country = asked["country"].astype(object).fillna("").to_numpy(dtype=object)[row]
        lies_in = self.country[members[member]]
        return _first_of(fits.loc[(from_country == "") | (lies_in == "") | (from_country == lies_in)], size=len(asked))

    def of_country(self, asked: pd.DataFrame) -> IndexArray:
        """Outline of the reported country; where none is reported, of the country the point lies in."""
        members = np.flatnonzero(self.level == 0)
        by_code = pd.Series(members, index=self.country[members])
        by_code = by_code.loc[(by_code.index != "") & ~by_code.index.duplicated()]
        code = asked["country"].astype(object).fillna("")
        found = code.map(by_code).fillna(_NONE).to_numpy(dtype=np.int32)
        nameless = (code == "").to_numpy()
        return np.where(nameless, self.around(asked, level=0), found).astype(np.int32)


def _first_of(fits: pd.DataFrame, *, size: int) -> IndexArray:
    """First fitting area per row, in the order of the table of areas; -1 where none fits."""
    found = np.full(size, _NONE, dtype=np.int32)
    first = fits.sort_values(["row", "area"]).drop_duplicates("row")
    found[first["row"].to_numpy()] = first["area"].to_numpy()
    return found


def provinces_of(incidents: pd.DataFrame, placement: Placement, provinces: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Position of the province each incident lies in, -1 where it is known to none.

    By its point where that is known, else by the province reported; one known to a district lies in the
    province that holds the point given for the district.
    """
    lonlat = incidents[["longitude", "latitude"]].to_numpy(dtype=float)
    found = provinces.sindex.query(shapely.points(lonlat), predicate="intersects")
    by_point = np.full(len(lonlat), _NONE)
    by_point[found[0]] = found[1]
    position = {name: number for number, name in enumerate(provinces["name"])}
    by_name = pd.Series(placement.area).map(position).fillna(_NONE).to_numpy(dtype=np.int64)
    district = (incidents["place_precision"] == "admin2").to_numpy(dtype=bool)
    return np.where((placement.point >= 0) | (district & (by_name < 0)), by_point, by_name)
