"""How a column becomes colours, lines and symbols: by steps, by kind, or all alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import SchemaError

Style = TypeVar("Style")
SymbolName = Literal[
    "base", "hq", "closing", "site", "lost", "town", "end", "goal", "alert",
    "blocked", "checkpoint", "violence", "mines", "flooded", "rule",
    "late", "soon", "in_time", "undated", "picked", "unmet", "unreached",
    "thinned", "added",
]  # fmt: skip
NOT_DRAWN = 255  # class index of a row that is left out of the picture
MAX_CLASSES = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStyle:
    """How one class of line is drawn; widths in px at a root font of 15 px."""

    colour: str
    width_px: float
    dash_px: tuple[float, ...] = ()
    casing_px: float = 0.0  # width of a white line beneath
    cross_every_px: float = 0.0  # a small × each so many px; 0 = none
    from_zoom: float = 0.0  # drawn only from this zoom inward


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(Generic[Style]):
    """Classes of a number. Class ``i`` holds ``edges[i] <= value < edges[i + 1]``; the last is open.

    Values below the first edge are not drawn; missing ones only where ``unknown`` has a style.
    """

    column: str
    edges: tuple[float, ...]
    styles: tuple[Style, ...]
    labels: tuple[str, ...]
    unknown: Style | None = None
    unknown_label: str = "no data"

    def __post_init__(self) -> None:
        if not len(self.edges) == len(self.styles) == len(self.labels) or not self.edges:
            raise SchemaError(
                f"classes of {self.column!r}: {len(self.edges)} edges, {len(self.styles)} styles and "
                f"{len(self.labels)} labels; give one of each per class"
            )
        if any(low >= high for low, high in pairwise(self.edges)):
            raise SchemaError(f"class edges of {self.column!r} must rise, got {self.edges}")

    def indices(self, frame: pd.DataFrame) -> npt.NDArray[np.uint8]:
        """Class of each row, shape ``(n,)``; :data:`NOT_DRAWN` where it has none."""
        values = frame[self.column].to_numpy(dtype=float, na_value=np.nan)
        found = np.searchsorted(np.asarray(self.edges), values, side="right") - 1
        missing = NOT_DRAWN if self.unknown is None else len(self.styles)
        classed = np.where(found < 0, NOT_DRAWN, found)
        return np.where(np.isnan(values), missing, classed).astype(np.uint8)

    def entries(self) -> list[tuple[str, Style]]:
        """Label and style of each class, lowest first; the unknown last."""
        named = list(zip(self.labels, self.styles, strict=True))
        return [*named, (self.unknown_label, self.unknown)] if self.unknown is not None else named


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kinds(Generic[Style]):
    """Classes of a word: one style per value, and one for any other value (``None``: not drawn)."""

    column: str
    styles: Mapping[str, Style]
    labels: Mapping[str, str] | None = None  # shown instead of the value
    other: Style | None = None
    other_label: str = "others"

    def __post_init__(self) -> None:
        if not self.styles or len(self.styles) > MAX_CLASSES:
            raise SchemaError(f"kinds of {self.column!r}: give 1 to {MAX_CLASSES} styles, got {len(self.styles)}")

    def indices(self, frame: pd.DataFrame) -> npt.NDArray[np.uint8]:
        """Class of each row, shape ``(n,)``; :data:`NOT_DRAWN` where it has none."""
        place = {value: number for number, value in enumerate(self.styles)}
        default = NOT_DRAWN if self.other is None else len(self.styles)
        codes, values = pd.factorize(frame[self.column])
        lookup = np.array([place.get(str(value), default) for value in values] + [NOT_DRAWN], dtype=np.uint8)
        return lookup[codes]

    def entries(self) -> list[tuple[str, Style]]:
        """Label and style of each class, as given."""
        named = [((self.labels or {}).get(value, value), style) for value, style in self.styles.items()]
        return [*named, (self.other_label, self.other)] if self.other is not None else named


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike(Generic[Style]):
    """One style for every row."""

    style: Style
    label: str

    @property
    def column(self) -> None:
        """No column decides."""
        return

    def indices(self, frame: pd.DataFrame) -> npt.NDArray[np.uint8]:
        """Class 0 for each row, shape ``(n,)``."""
        return np.zeros(len(frame), dtype=np.uint8)

    def entries(self) -> list[tuple[str, Style]]:
        """The one label and style."""
        return [(self.label, self.style)]


# What a layer takes to decide how each row looks.
ColourScale = Steps[str] | Kinds[str] | Alike[str]
LineScale = Steps[LineStyle] | Kinds[LineStyle] | Alike[LineStyle]
SymbolScale = Kinds[SymbolName] | Alike[SymbolName]
