"""What files of tracks have in common: lines of one or several parts under a name, and what beside them is no line."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import ImportRefusedError
from geo.readers.raw_features import RawFeatures, numbered

MAX_XML_BYTES = 500 * 1024 * 1024
_NAN = float("nan")


class Part:
    """Positions of one unbroken line, in degrees."""

    def __init__(self) -> None:
        self.lon, self.lat = array("d"), array("d")

    def add(self, lon: str | None, lat: str | None) -> None:
        """Add a position; what is no number is kept as such, so that its line is rejected and not drawn short."""
        self.lon.append(_degrees(lon))
        self.lat.append(_degrees(lat))


@dataclass(slots=True)
class Drawing:
    """One named line as its file holds it."""

    properties: dict[str, object] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def geometry(self) -> shapely.Geometry | None:
        """The line; parts of fewer than two positions are no lines, and ``None`` is left where there is no other."""
        parts = [np.column_stack([part.lon, part.lat]) for part in self.parts if len(part.lon) > 1]
        with np.errstate(invalid="ignore"):  # such numbers are looked for and reported
            if len(parts) < 2:
                return shapely.LineString(parts[0]) if parts else None
            return shapely.MultiLineString(parts)


def _degrees(text: str | None) -> float:
    """The very number written, or not-a-number."""
    try:
        return _NAN if text is None or "_" in text else float(text)
    except ValueError:
        return _NAN


def check_size(path: Path) -> None:
    """Refuse a file that is too large to be held.

    Raises
    ------
    ImportRefusedError
        When it exceeds :data:`MAX_XML_BYTES`.
    """
    if path.stat().st_size > MAX_XML_BYTES:
        raise ImportRefusedError(f"{path.name} is over {MAX_XML_BYTES // 2**20} MB; cut it first")


def features_of(drawings: list[Drawing], path: Path, *, left_out: Counter[str], encoding: str) -> RawFeatures:
    """Drawn lines as features; what was left out is counted in a note.

    Parameters
    ----------
    left_out
        How many there were of what is no line, by its name in the plural.

    Raises
    ------
    ImportRefusedError
        When there is no line at all.
    """
    others = ", ".join(f"{count} {name}" for name, count in sorted(left_out.items()) if count)
    if not drawings:
        raise ImportRefusedError(
            f"{path.name} holds no lines{f' but {others}' if others else ''}; nothing was imported"
        )
    geometry: npt.NDArray[np.object_] = np.empty(len(drawings), dtype=object)
    geometry[:] = [drawing.geometry() for drawing in drawings]
    single = sum(len(part.lon) < 2 for drawing in drawings for part in drawing.parts)
    notes = [f"left out, because they are no lines: {others}"] if others else []
    notes += [f"{single} parts of fewer than two positions left out"] if single else []
    return RawFeatures(
        properties=numbered([drawing.properties for drawing in drawings]),
        geometry=geometry,
        reasons={n: "fewer than two positions" for n, shape in enumerate(geometry, start=1) if shape is None},
        encoding=encoding,
        notes=tuple(notes),
    )
