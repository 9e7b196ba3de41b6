"""What a map shows, checked before any browser sees it.

A layer takes only :class:`~geo.redaction.Cleared` tables and cannot be built without title, unit,
date, source and audience: a picture nobody can date or attribute is not drawn. A column the
audience may not see makes the layer (or the tooltip field) vanish; a misspelt one raises.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from geo.errors import SchemaError, WithheldError
from geo.layers.months import MonthView, check_months
from geo.layers.style import ColourScale, LineScale, SymbolScale
from geo.model import Audience
from geo.redaction import Cleared

Side = Literal["both", "before", "after"]
Shape = Literal["fill", "ramp", "hatch", "line", "symbol", "disc", "note"]
HatchLook = Literal["blind", "fell", "doubt"]  # nobody could look; fell, cannot tell; who leads is uncertain
Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees
OutlineRole = Literal["land", "neighbour", "water", "admin1"]
LabelLook = Literal["town", "country", "pill"]

_READING_ORDER = (
    "RouteLayer",
    "CellLayer",
    "LineLayer",
    "HatchLayer",
    "PointLayer",
    "LabelLayer",
    "OutlineLayer",
    "LayerSpec",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of a tooltip. An empty label makes it the heading."""

    column: str
    label: str = ""
    decimals: int = 0  # of numbers
    suffix: str = ""  # unit, with its leading space
    spoken: bool = False  # a word of ours, read with spaces: "bridge_out" says "bridge out"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One sign of the legend and what it means."""

    shape: Shape
    label: str
    colour: str = ""
    width_px: float = 0.0
    pattern: str = ""  # "dashed", "dotted", "crossed" for lines; the look of a hatch; the symbol's name for symbols


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendGroup:
    """The legend of one layer; ``title`` is empty where the signs speak for themselves."""

    title: str
    unit: str
    entries: tuple[LegendEntry, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerSpec:
    """One layer of a map: a cleared table, where it is from, and what a row says when pointed at.

    Raises
    ------
    SchemaError
        When title, unit, date or source is empty, or a named column does not exist.
    WithheldError
        When given anything but a cleared table, or one cleared for another audience.
    """

    title: str
    unit: str
    date: str
    source: str
    audience: Audience
    cleared: Cleared
    tooltip: tuple[Field, ...] = ()
    id_column: str | None = None  # what a click answers; cells answer their own id
    modelled: bool = False
    side: Side = "both"  # half of a before/after map it belongs to
    where: Mapping[str, Collection[object]] = field(default_factory=dict)  # keep rows with one of these values

    def __post_init__(self) -> None:
        if not isinstance(self.cleared, Cleared):
            raise WithheldError(
                f"layer {self.title!r} was given a {type(self.cleared).__name__}, not a cleared table; "
                "pass it through geo.redaction.clear first"
            )
        empty = [name for name in ("title", "unit", "date", "source") if not str(getattr(self, name)).strip()]
        if empty:
            raise SchemaError(f"layer {self.title!r} needs {', '.join(empty)}: nothing is drawn without them")
        if self.audience != self.cleared.audience:
            raise WithheldError(
                f"layer {self.title!r} is for audience {self.audience}, its table was cleared for {self.cleared.audience}"
            )
        for column in self._all_needed():
            self.sees(column)

    @property
    def reading_order(self) -> int:
        """Place in legend and list of sources."""
        return _READING_ORDER.index(type(self).__name__)

    def needed(self) -> tuple[str, ...]:
        """Columns without which the layer draws nothing."""
        return ()

    def legend(self) -> LegendGroup | None:
        """What the legend says about this layer."""
        return None

    def sees(self, column: str) -> bool:
        """Tell whether the audience sees a column; raise :class:`SchemaError` if nobody ever could."""
        if column in self.cleared.frame.columns:
            return True
        if column in self.cleared.statement.withheld_columns:
            return False
        raise SchemaError(
            f"layer {self.title!r}: table {self.cleared.view!r} has no column {column!r}; "
            f"it has {', '.join(self.cleared.columns) or 'none'}"
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The rows to draw, numbered from 0; none where a needed column is withheld."""
        frame = self.cleared.frame
        if self.withheld:
            return frame.iloc[:0]
        for column, values in self.where.items():
            frame = frame.loc[frame[column].isin(list(values))]
        return frame.reset_index(drop=True)

    @property
    def withheld(self) -> bool:
        """Whether the audience may not see this layer at all."""
        return not all(self.sees(column) for column in self._all_needed())

    def _all_needed(self) -> tuple[str, ...]:
        return (*self.needed(), *self.where)


@dataclass(frozen=True, kw_only=True, eq=False)
class CellLayer(LayerSpec):
    """Coloured H3 cells, one row per cell, or one per cell and rank.

    A cell carries up to three facts: its class by colour, ``share`` by filled area (the side of the
    hexagon goes with its square root), and the second of two ranks by the colour of the rim.
    Rows where ``pale`` exceeds ``pale_above`` are drawn pale. With ``months`` the map gets a slider that
    draws chosen months instead; the whole window is what the layer itself says.
    """

    fill: ColourScale
    rank: str | None = None  # column with 1 for the strongest; further ranks give the rim
    share: str | None = None  # column from 0 to 1
    pale: str | None = None
    pale_above: float = np.inf
    edge: str = ""  # CSS colour of a thin line round each cell
    pills: bool = False  # name of each kind on its cells
    notes: tuple[LegendEntry, ...] = ()  # further signs, e.g. what the rim means
    months: MonthView | None = None

    def __post_init__(self) -> None:
        LayerSpec.__post_init__(self)
        if self.months is not None:
            check_months(self.months, self.fill, title=self.title)
            if self.months.cleared.audience != self.audience:
                raise WithheldError(
                    f"layer {self.title!r} is for audience {self.audience}, its months were cleared for "
                    f"{self.months.cleared.audience}"
                )

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("cell", *([self.fill.column] if self.fill.column else []))

    def legend(self) -> LegendGroup:
        """Classes as a ramp for numbers, as signs for kinds."""
        shape: Shape = "ramp" if hasattr(self.fill, "edges") else "fill"
        entries = tuple(LegendEntry(shape=shape, label=label, colour=style) for label, style in self.fill.entries())
        alike = self.fill.column is None  # one sign needs no title beside its label
        title, unit = ("", "") if alike else (self.title, self.unit)
        return LegendGroup(title=title, unit=unit, entries=entries + self.notes)


@dataclass(frozen=True, kw_only=True, eq=False)
class HatchLayer(LayerSpec):
    """Cells of which something cannot be told: hatched, never filled. ``where`` picks them, e.g. ``{"observed": [False]}``.

    Grey lines on land where nobody can look, with an outline where counts fell there; thin light lines over a
    colour that is in doubt.
    """

    look: HatchLook = "blind"

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("cell",)

    def legend(self) -> LegendGroup:
        """One hatched sign, labelled with the title."""
        return LegendGroup(
            title="", unit="", entries=(LegendEntry(shape="hatch", label=self.title, pattern=self.look),)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LineLayer(LayerSpec):
    """Lines, each in the style of its class: roads, rivers."""

    style: LineScale
    role: Literal["road", "river"] = "road"  # rivers lie beneath cells and once more, faintly, above

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("geometry", *([self.style.column] if self.style.column else []))

    def legend(self) -> LegendGroup:
        """One sign per class."""
        entries = []
        for label, style in self.style.entries():
            pattern = "crossed" if style.cross_every_px else ""
            if style.dash_px:
                pattern = "dotted" if style.dash_px[0] < 2 else "dashed"
            entries.append(
                LegendEntry(shape="line", label=label, colour=style.colour, width_px=style.width_px, pattern=pattern)
            )
        return LegendGroup(title=self.title, unit=self.unit, entries=tuple(entries))


@dataclass(frozen=True, kw_only=True, eq=False)
class RouteLayer(LayerSpec):
    """Routes drawn beside the road they use, with a letter disc each."""

    label: str = "label"  # column with the letter
    selected: str | None = None
    colours: tuple[str, ...] = ("#14285C", "#9A3FB0", "#178A78")
    listed: bool = True  # each route stands in the legend
    beside: bool = True  # each in a lane of its own; else all on the road, for pictures of many routes

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("geometry", self.label)

    def legend(self) -> LegendGroup:
        """One line per route."""
        entries = tuple(
            LegendEntry(
                shape="line",
                label=str(name),
                colour=self.colours[number % len(self.colours)],
                width_px=5.0 if name == self.selected else 3.5,
            )
            for number, name in enumerate(self.frame[self.label] if self.listed and len(self.frame) else [])
        )
        return LegendGroup(title=self.title, unit="", entries=entries)


@dataclass(frozen=True, kw_only=True, eq=False)
class PointLayer(LayerSpec):
    """Symbols at positions, with names where there is room."""

    symbol: SymbolScale
    label: str | None = None  # column with the name
    importance: str | None = None  # column; larger is named first

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("longitude", "latitude", *([self.symbol.column] if self.symbol.column else []))

    def legend(self) -> LegendGroup:
        """One sign per symbol in use."""
        present = set(self.symbol.indices(self.frame).tolist()) if len(self.frame) else set()
        entries = tuple(
            LegendEntry(shape="symbol", label=label, pattern=name)
            for number, (label, name) in enumerate(self.symbol.entries())
            if number in present
        )
        return LegendGroup(title="", unit="", entries=tuple(dict.fromkeys(entries)))  # kinds may share a sign


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelLayer(LayerSpec):
    """Names at positions: towns (with a dot), countries, pills."""

    text: str = "name"  # column
    look: LabelLook = "town"
    importance: str | None = None  # column; larger is named first
    colour: str | None = None  # column with the rim colour of a pill

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("longitude", "latitude", self.text)


@dataclass(frozen=True, kw_only=True, eq=False)
class OutlineLayer(LayerSpec):
    """Areas of the base map. Countries may carry their name, given in ``text``."""

    role: OutlineRole
    text: str | None = None  # column with the name written across a neighbour

    def needed(self) -> tuple[str, ...]:
        """Columns without which nothing is drawn."""
        return ("geometry",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapWords:
    """The few words the map itself speaks."""

    language: str = "en"
    zoom_in: str = "Zoom in"
    zoom_out: str = "Zoom out"
    whole_area: str = "Whole area"
    before: str = "Before"
    after: str = "After"
    play: str = "Play the months"
    pause: str = "Pause"
    month: str = "Month"  # what the slider chooses
    all_months: str = "All months"
    whole_window: str = "all"  # under the slider, where it is short
    span: str = "Months shown together"
    month_one: str = "1 month"
    month_many: str = "months"  # after their number
    placed: str = "reported incidents"  # after the number of a month
    month_note: str = "A month without a report is not a quiet month: perhaps nobody could report."
    per_cell: str = "incidents per cell"  # above the classes of a month


@dataclass(frozen=True, kw_only=True, eq=False)
class MapSpec:
    """A base map, the layers on it from bottom to top, and what stands beneath.

    Raises
    ------
    SchemaError
        When the bounds enclose nothing.
    WithheldError
        When two layers are for different audiences.
    """

    layers: tuple[LayerSpec, ...]
    bounds: Bounds
    base: tuple[LayerSpec, ...] = ()
    date: str = ""  # as-of date or scenario revision, printed bold
    method: str = ""  # in three words
    not_drawn: tuple[str, ...] = ()  # what the picture leaves out, counted
    selected: str | None = None  # cell (hex text) drawn with an outline, or id of a line drawn with a halo
    pick: bool = False  # a click on bare ground answers with its position
    aim: str = ""  # what the next click sets, shown on the map; the click answers it back and chooses nothing else
    title: str = ""  # read by screen readers
    words: MapWords = field(default_factory=MapWords)

    def __post_init__(self) -> None:
        west, south, east, north = self.bounds
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise SchemaError(f"map bounds must be west, south, east, north in degrees, got {self.bounds}")
        audiences = {layer.audience for layer in (*self.base, *self.layers)}
        if len(audiences) > 1:
            raise WithheldError(f"one map, one audience; its layers are for {', '.join(sorted(audiences))}")

    @property
    def audience(self) -> Audience | None:
        """The audience all layers are for; ``None`` for an empty map."""
        return next((layer.audience for layer in (*self.layers, *self.base)), None)

    @property
    def modelled(self) -> bool:
        """Whether any layer is an estimate."""
        return any(layer.modelled and not layer.withheld for layer in self.layers)

    @property
    def by_weight(self) -> tuple[LayerSpec, ...]:
        """Layers as a reader meets them: what the map is about first, symbols last."""
        return tuple(sorted(self.layers, key=lambda layer: layer.reading_order))

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of the layers, then of the base map, each once."""
        layers = (*self.by_weight, *self.base)
        return tuple(dict.fromkeys(name for layer in layers for name in layer.source.split(", ")))

    @property
    def legend(self) -> tuple[LegendGroup, ...]:
        """Legend of every layer that draws and has something to say."""
        groups = (layer.legend() for layer in self.by_weight if not layer.withheld and len(layer.frame))
        spoken = [group for group in groups if group is not None and group.entries]
        return tuple(group for number, group in enumerate(spoken) if group not in spoken[:number])
