"""Shapefile, the one format GDAL still reads here: by driver name, in a folder of our own making."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
from pyogrio.errors import DataSourceError, FeatureError
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import ImportRefusedError
from geo.readers.raw_features import GeometryArray, RawFeatures, is_degrees, numbered, to_degrees

MAX_FEATURES = 5_000_000
# What GDAL gets to see. The .prj is left out: it is parsed here, as text.
_PARTS = (".shp", ".shx", ".dbf", ".cpg")
_MAX_PRJ_BYTES = 64 * 1024


def read_shapefile(path: Path) -> RawFeatures:
    """Read a ``.shp`` with its ``.dbf``; without a ``.prj`` degrees are assumed and said.

    Raises
    ------
    ImportRefusedError
        When a part is missing or damaged, or the ``.prj`` is not understood.
    """
    crs = _reference_system(path)
    with tempfile.TemporaryDirectory(prefix="piste-") as folder:
        for suffix in _PARTS:
            part = _sibling(path, suffix)
            if part is not None:
                shutil.copyfile(part, Path(folder) / f"data{suffix}")
            elif suffix in (".shx", ".dbf"):
                raise ImportRefusedError(
                    f"{path.name} comes without its {suffix} file; zip .shp, .shx, .dbf and .prj together"
                )
        properties, geometry, encoding = _read(Path(folder) / "data.shp", path.name)
    notes: tuple[str, ...] = ()
    if crs is None:
        notes = ("no .prj file: coordinates taken as longitude and latitude",)
    elif not is_degrees(crs):
        geometry, notes = to_degrees(geometry, crs), (f"turned from {crs.name} into EPSG:4326",)
    return RawFeatures(properties=numbered(properties), geometry=geometry, encoding=encoding, notes=notes)


def _sibling(path: Path, suffix: str) -> Path | None:
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def _reference_system(path: Path) -> CRS | None:
    prj = _sibling(path, ".prj")
    if prj is None:
        return None
    text = prj.read_bytes()[:_MAX_PRJ_BYTES].decode("utf-8", errors="replace").strip()
    try:
        crs = CRS.from_wkt(text)
    except CRSError as error:
        raise ImportRefusedError(f"{prj.name} beside {path.name} names no known reference system") from error
    # ESRI writes WGS 84 without its EPSG code; the datum tells.
    code = crs.to_epsg(min_confidence=20)
    return CRS.from_epsg(4326) if code == 4326 else crs


def _read(path: Path, file_name: str) -> tuple[list[dict[str, object]], GeometryArray, str]:
    for encoding in ("UTF-8", "cp1252"):
        try:
            meta, _, wkb, columns = pyogrio.raw.read(
                path, encoding=encoding, force_2d=True, max_features=MAX_FEATURES + 1
            )
        except UnicodeDecodeError:
            continue
        except (DataSourceError, FeatureError) as error:
            raise ImportRefusedError(f"{file_name} is a damaged shapefile: {error}") from error
        if len(wkb) > MAX_FEATURES:
            raise ImportRefusedError(f"{file_name} holds more than {MAX_FEATURES} features; cut it first")
        if len(wkb) == 0:
            raise ImportRefusedError(f"{file_name} holds no features; nothing was imported")
        names = [str(name) for name in meta["fields"]]
        records: list[dict[str, object]] = [
            dict(zip(names, values, strict=True)) for values in zip(*(c.tolist() for c in columns), strict=True)
        ]
        geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
        return records or [{} for _ in wkb], geometry, encoding.lower()
    raise ImportRefusedError(f"{file_name} holds text that is neither UTF-8 nor Windows-1252")
