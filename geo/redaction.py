"""The gate: the only maker of :class:`Cleared`, and so the only way out to a map, table or file.

What an audience may not see is removed here, on the server. ``config.toml`` says, per view and
column, the most redacted audience that may see it; a column not listed never leaves. Small counts
are withheld together with enough others that the total does not give them away. Single records of a
source whose licence forbids to pass them on (``[sources]``) are seen by nobody; they count in sums.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import h3
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import SchemaError, WithheldError
from geo.model import Audience
from geo.settings import Settings

_BETWEEN = frozenset({"distance_km", "days_apart", "place_bits", "days_bits"})  # of the two reports of a pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the gate did; shown with every map and written into every export."""

    audience: Audience
    withheld_columns: tuple[str, ...]
    rows_before: int | None  # None where nothing of the view may be seen, not even how much of it there is
    rows_withheld: int | None
    counts_withheld: float | None  # sum of the withheld counts; None where even the sum is too small to tell
    small_count: int
    coordinate_decimals: int | None  # None where positions are published anyway or not part of the view
    resolution: int | None = None
    licensed_sources: tuple[str, ...] = ()  # whose single records were withheld, whoever asks
    licensed_rows: int = 0  # how many; part of rows_withheld


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleared:
    """A table an audience may see. Only :func:`clear` makes one."""

    view: str
    frame: pd.DataFrame = field(repr=False)
    statement: Statement

    @property
    def audience(self) -> Audience:
        """The audience it was cleared for."""
        return self.statement.audience

    @property
    def columns(self) -> list[str]:
        """Columns that may be seen."""
        return list(self.frame.columns)

    @property
    def withheld(self) -> bool:
        """Whether the audience may see nothing of this view."""
        return not self.columns


def granted_resolution(asked: int, *, audience: Audience, settings: Settings) -> int:
    """Return the resolution an audience gets: what was asked, or its own finest one if coarser."""
    return min(asked, settings.audiences[audience].finest_resolution)


def may_see(view: str, column: str, *, audience: Audience, settings: Settings) -> bool:
    """Tell whether an audience may see a column of a view."""
    least = settings.disclosure.get(view, {}).get(column)
    return least is not None and audience.may_see(least)


def sees_any(view: str, *, audience: Audience, settings: Settings) -> bool:
    """Tell whether an audience may see anything at all of a view."""
    return any(audience.may_see(least) for least in settings.disclosure.get(view, {}).values())


def clear(
    frame: pd.DataFrame,
    *,
    view: str,
    audience: Audience,
    settings: Settings,
    count_column: str | None = None,
    published: npt.NDArray[np.float64] | None = None,
) -> Cleared:
    """Remove from a table all an audience may not see.

    Parameters
    ----------
    frame
        Not changed. A column ``cell`` holds H3 cells (integers); ``longitude`` and ``latitude`` or a
        geometry are EPSG:4326.
    view
        A table of ``[disclosure]`` in ``config.toml``.
    count_column
        Column whose values below the audience's ``small_count`` are withheld, row and all.
    published
        Positions that everybody may see already, shape (n, 2), e.g. vertices of the published roads. A vertex of a
        geometry that is exactly one of them keeps its decimals; every other one is rounded as ever.

    Raises
    ------
    SchemaError
        When the view has no disclosure rule, or the frame lacks ``count_column``.
    WithheldError
        When cells are finer than the audience may see: they must be computed coarser, not hidden.
    """
    if view not in settings.disclosure:
        raise SchemaError(f"view {view!r} has no rule in [disclosure] of config.toml, so nothing of it may leave")
    rule = settings.audiences[audience]
    resolution = _check_cells(frame, finest=rule.finest_resolution, audience=audience)
    seen = [str(c) for c in frame.columns if may_see(view, str(c), audience=audience, settings=settings)]
    withheld = tuple(str(c) for c in frame.columns if str(c) not in seen)
    licensed = of_licensed_sources(frame, settings=settings)
    free = frame.loc[~licensed] if licensed.any() else frame
    kept, counts_withheld = _withhold_small(free, count_column, rule.small_count)
    told = sees_any(view, audience=audience, settings=settings)
    if not seen:
        kept = kept.iloc[:0]
    decimals = None if view in settings.published.views else rule.coordinate_decimals
    leaving = _without_licensed_ids(pd.DataFrame(kept[seen]), settings.sources.aggregates_only)
    cleared = _rounded(leaving, decimals, published).reset_index(drop=True)
    has_position = bool({"longitude", "latitude", "geometry"} & set(seen))
    return Cleared(
        view=view,
        frame=cleared,
        statement=Statement(
            audience=audience,
            withheld_columns=withheld,
            rows_before=len(frame) if told else None,
            rows_withheld=len(frame) - len(cleared) if told else None,
            counts_withheld=counts_withheld if told else None,
            small_count=rule.small_count,
            coordinate_decimals=decimals if has_position else None,
            resolution=resolution,
            licensed_sources=settings.sources.aggregates_only if told and licensed.any() else (),
            licensed_rows=int(licensed.sum()) if told else 0,
        ),
    )


def of_licensed_sources(frame: pd.DataFrame, *, settings: Settings) -> npt.NDArray[np.bool_]:
    """Tell which rows are records of a source that may be shown in aggregates only, alone or merged with others.

    A record says so in ``source`` (several are joined by ``;``) or by the beginning of its ``incident_id``.
    """
    names = settings.sources.aggregates_only
    licensed = np.zeros(len(frame), dtype=bool)
    if not names or frame.empty:
        return licensed
    either = "|".join(map(re.escape, names))
    for column, pattern in (
        ("source", rf"(?i)(?:^|;)\s*(?:{either})\s*(?:;|$)"),
        ("incident_id", rf"(?i)^\s*(?:{either}):"),
    ):
        if column in frame.columns:
            found = frame[column].astype("string").str.contains(pattern, regex=True)
            licensed |= found.fillna(value=False).to_numpy(dtype=bool)
    return licensed


def _without_licensed_ids(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Empty what a row about several records says of a licensed one: its side of a pair, and texts that hold its id."""
    if not names or frame.empty:
        return frame
    shown = frame.copy()
    for column in [str(name) for name in frame.columns if str(name).startswith("source_")]:
        side = column.removeprefix("source")
        ours = frame[column].astype("string").str.strip().str.lower().isin(names).to_numpy(dtype=bool)
        for other in [str(name) for name in frame.columns if str(name).endswith(side) and name != column]:
            shown[other] = shown[other].mask(ours)
        # The other side and what lies between the two give this side back.
        for between in _BETWEEN.intersection(frame.columns) if ours.any() else ():
            whole = pd.api.types.is_integer_dtype(shown[between])
            shown[between] = (shown[between].astype("Int64") if whole else shown[between]).mask(ours)
    its_id = re.compile(rf"(?i)(?:^|[^a-z0-9_])(?:{'|'.join(map(re.escape, names))}):")
    for column in frame.columns:
        if pd.api.types.is_string_dtype(frame[column]) or frame[column].dtype == object:
            held = _holding(frame[column], its_id)
            if held.any():
                shown[column] = shown[column].mask(held)
    return shown


def _holding(texts: pd.Series, pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """Which texts a pattern is found in; each that stands there often is looked at once."""
    if texts.dtype == object:  # may hold what is no text
        found = [isinstance(value, str) and pattern.search(value) is not None for value in texts]
        return np.array(found, dtype=bool)
    telling = [text for text in texts.dropna().unique() if pattern.search(text)]
    return np.asarray(texts.isin(telling).to_numpy(dtype=bool))


def _check_cells(frame: pd.DataFrame, *, finest: int, audience: Audience) -> int | None:
    """Return the resolution of the cells, refusing any finer than the audience may see."""
    if "cell" not in frame.columns or frame.empty:
        return None
    cells = frame["cell"].to_numpy(dtype=np.uint64)
    resolutions = np.unique((cells >> np.uint64(52)) & np.uint64(15))
    if resolutions.max() > finest:
        raise WithheldError(
            f"cells of resolution {resolutions.max()} are finer than {finest}, the finest that {audience} may see"
        )
    if not h3.is_valid_cell(h3.int_to_str(int(cells[0]))):
        raise SchemaError(f"{int(cells[0])} is no H3 cell")
    return int(resolutions.max())


def _withhold_small(frame: pd.DataFrame, column: str | None, small_count: int) -> tuple[pd.DataFrame, float | None]:
    """Drop rows whose count is small, and the smallest others until subtraction tells nothing.

    A reader who knows the total learns the sum of what was withheld; that sum therefore covers at
    least two rows and reaches ``small_count`` (primary and secondary suppression, Hundepool et al.
    2012, Statistical Disclosure Control, ch. 4). Returns the kept rows and the withheld sum, or
    ``None`` for the sum where it cannot be made large enough.
    """
    if column is None:
        return frame, 0.0
    if column not in frame.columns:
        raise SchemaError(f"cannot protect small counts: no column {column!r}")
    counts = frame[column].to_numpy(dtype=float)
    order = np.argsort(counts, kind="stable")
    small = int((counts < small_count).sum()) if small_count > 1 else 0
    if small == 0:
        return frame, 0.0
    running = np.cumsum(counts[order])
    while small < len(order) and (small < 2 or running[small - 1] < small_count):
        small += 1
    total = float(running[small - 1])
    enough = small >= 2 and total >= small_count
    keep = np.ones(len(frame), dtype=bool)
    keep[order[:small]] = False
    return frame.loc[keep], total if enough else None


def _rounded(
    frame: pd.DataFrame, decimals: int | None, published: npt.NDArray[np.float64] | None = None
) -> pd.DataFrame:
    """Round positions to the decimals an audience may see; always the same way, so views cannot be averaged."""
    if decimals is None:
        return frame
    shown = frame.copy()
    for column in ("longitude", "latitude"):
        if column in shown:
            shown[column] = shown[column].round(decimals)
    if "geometry" in shown:
        shapes = gpd.GeoSeries(shown["geometry"]).to_numpy()
        shown["geometry"] = (
            shapely.set_precision(shapes, 10.0**-decimals)
            if published is None
            else shapely.transform(shapes, lambda lonlat: _rounded_but(lonlat, decimals, published))
        )
    return shown


def _rounded_but(
    lonlat: npt.NDArray[np.float64], decimals: int, published: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Round all positions but those that are published, bit by bit."""
    one, other = (
        np.ascontiguousarray(each, dtype=np.float64).view(np.complex128).ravel() for each in (lonlat, published)
    )
    return np.where(np.isin(one, other)[:, np.newaxis], lonlat, lonlat.round(decimals))


def licence_note(statement: Statement, *, noun: str = "records") -> str:
    """Say what a licence withheld; empty when nothing was."""
    if not statement.licensed_rows:
        return ""
    names = ", ".join(name.upper() for name in statement.licensed_sources)
    return f"{statement.licensed_rows} {noun} of {names} withheld from everybody: the licence allows aggregates only"


def describe(statement: Statement, *, noun: str = "rows") -> Sequence[str]:
    """Say in words what the gate withheld, one sentence per fact; empty when nothing was."""
    said: list[str] = []
    others = None if statement.rows_withheld is None else statement.rows_withheld - statement.licensed_rows
    if others or others is None:
        number = "all" if others is None else others
        said.append(f"{number} {noun} withheld from {str(statement.audience).replace('_', ' ')}")
    if statement.licensed_rows:
        said.append(licence_note(statement, noun=noun))
    if statement.small_count > 1:
        said.append(f"counts below {statement.small_count} withheld")
    return said
