"""The months of a cell layer: values the browser plays without asking again, as compact arrays.

Per cell only the months that have a value travel, each as its place on the axis and a whole number of
tenths. Tenths are cut, not rounded: no month is drawn a class above its own. A share under a tenth
(of a report spread over a province) is not sent; the totals of the months still count it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import SchemaError, WithheldError
from geo.layers.encode import as_text
from geo.layers.style import Steps
from geo.redaction import Cleared

STEP = 0.1
# Slack when cutting: 0.3 must give 3 tenths although 0.3 / 0.1 is a little less.
_SLACK = 1e-6
_COLUMNS = ("cell", "month", "incidents")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonthView:
    """Incidents per cell and month, and the classes one or more months are drawn in.

    The class limits stay the same whichever months are chosen and however many: a reader compares.

    Raises
    ------
    WithheldError
        When given anything but a cleared table.
    """

    cleared: Cleared  # view hexbin_months: cell, month, incidents
    fill: Steps[str]

    def __post_init__(self) -> None:
        if not isinstance(self.cleared, Cleared):
            raise WithheldError(
                f"months were given a {type(self.cleared).__name__}, not a cleared table; "
                "pass it through geo.redaction.clear first"
            )

    @property
    def shown(self) -> bool:
        """Whether the audience sees months, and there are at least two to choose from."""
        frame = self.cleared.frame
        return set(_COLUMNS) <= set(frame.columns) and frame["month"].min() < frame["month"].max()


def check_months(view: MonthView, fill: object, *, title: str) -> None:
    """Refuse months that could be drawn where the layer itself has no cell.

    Raises
    ------
    SchemaError
        When the layer is not drawn by classes of a number, or a month would be drawn below its lowest class.
    """
    if not isinstance(fill, Steps):
        raise SchemaError(f"layer {title!r}: months need classes of a number, got {type(fill).__name__}")
    if view.fill.edges[0] < fill.edges[0]:
        raise SchemaError(
            f"layer {title!r}: months are drawn from {view.fill.edges[0]:g}, cells only from {fill.edges[0]:g}; "
            "start the months no lower"
        )


def encode_months(
    view: MonthView, cells: npt.NDArray[np.uint64], *, legend: Steps[str] | None = None
) -> dict[str, Any]:
    """Encode the months of the cells drawn.

    Parameters
    ----------
    cells
        Those the layer draws, shape ``(n,)``, in its order; others only count in the totals.
    legend
        Classes that stand in the legend of the layer: where the months have the same, they need no labels.

    Returns
    -------
    ``first`` (year and month from 0) and ``totals`` per month of the axis, which has no gaps; per cell
    ``counts``, and for so many entries in turn ``at`` (place on the axis, rising) and ``values`` (tenths);
    ``edges`` (tenths), ``palette`` and ``labels`` of the classes. Arrays are bytes, or 16 bit where
    ``wide`` says so.
    """
    frame = view.cleared.frame
    month = frame["month"].to_numpy().astype("datetime64[M]").astype(np.int64)
    first = int(month.min())
    totals = np.bincount(month - first, weights=frame["incidents"].to_numpy(dtype=float))
    row, at, tenths = _entries(frame, month - first, cells)
    counts = np.bincount(row, minlength=len(cells))
    arrays = {"counts": counts, "at": at, "values": tenths}
    return {
        "first": [1970 + first // 12, first % 12],
        "totals": [round(float(total), 2) for total in totals],
        "step": STEP,
        **{name: as_text(values.astype(_kind(values))) for name, values in arrays.items()},
        "wide": [name for name, values in arrays.items() if _kind(values) is np.uint16],
        "edges": [int(np.ceil(edge / STEP - _SLACK)) for edge in view.fill.edges],
        "palette": [style for _, style in view.fill.entries()],
        "labels": [] if view.fill == legend else [label for label, _ in view.fill.entries()],
    }


def _entries(
    frame: pd.DataFrame, axis: npt.NDArray[np.int64], cells: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row, place on the axis and tenths of each entry that is drawn and not empty, by row and month."""
    order = np.argsort(cells, kind="stable")
    given = frame["cell"].to_numpy(dtype=np.uint64)
    spot = np.minimum(np.searchsorted(cells[order], given), max(len(cells) - 1, 0))
    tenths = np.floor(frame["incidents"].to_numpy(dtype=float) / STEP + _SLACK).astype(np.int64)
    if len(cells) == 0:
        return axis[:0], axis[:0], tenths[:0]
    row = order[spot].astype(np.int64)
    kept = np.flatnonzero((cells[row] == given) & (tenths > 0))
    kept = kept[np.lexsort((axis[kept], row[kept]))]
    return row[kept], axis[kept], np.minimum(tenths[kept], np.iinfo(np.uint16).max)


def _kind(values: npt.NDArray[np.int64]) -> type[np.uint8 | np.uint16]:
    return np.uint8 if values.max(initial=0) <= np.iinfo(np.uint8).max else np.uint16
