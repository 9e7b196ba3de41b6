"""A panel: monthly counts of some places before and after a closure, and who could have reported each month."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.errors import RequestError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """``u`` units, ``m`` months in a row; the month of the closure belongs to neither side.

    A month in which nobody could report from a unit has reach 0 and counts for nothing there.
    """

    counts: FloatArray  # (u, m), reports
    reach: FloatArray  # (u, m), share of the unit that could report that month; only its changes matter
    treated: BoolArray  # (u,), units around what closes
    closure: int  # position of the month of the closure; may lie outside 0..m-1

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other, and counts no month can have.

        Raises
        ------
        RequestError
            Naming what does not fit.
        """
        if (
            self.counts.ndim != 2
            or self.reach.shape != self.counts.shape
            or self.treated.shape != self.counts.shape[:1]
        ):
            raise RequestError(
                f"counts {self.counts.shape}, reach {self.reach.shape} and treated {self.treated.shape} do not fit"
            )
        if not (np.isfinite(self.counts) & (self.counts >= 0)).all():
            raise RequestError("a count must be a number, 0 or more")
        if not (np.isfinite(self.reach) & (self.reach >= 0)).all():
            raise RequestError("reach must be a share, 0 or more")

    @property
    def before(self) -> BoolArray:
        """Months before that of the closure, shape ``(m,)``."""
        return np.arange(self.counts.shape[1]) < self.closure

    @property
    def after(self) -> BoolArray:
        """Months after that of the closure, shape ``(m,)``."""
        return np.arange(self.counts.shape[1]) > self.closure

    def of_months(self, months: BoolArray, *, closure: int) -> "Panel":
        """Return the same units in fewer months; ``closure`` is a position among those kept."""
        return Panel(counts=self.counts[:, months], reach=self.reach[:, months], treated=self.treated, closure=closure)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """Both sides of a panel month by month, every array of shape ``(m,)``."""

    treated: FloatArray  # weighted reports
    other: FloatArray
    treated_reach: FloatArray  # what the side would report at its usual rate with the reach of the month
    other_reach: FloatArray

    @property
    def usable(self) -> BoolArray:
        """Months in which somebody could report on both sides."""
        return (self.treated_reach > 0) & (self.other_reach > 0)


def sides_of(panel: Panel, *, unit_scatter: float) -> Sides:
    """Add the units of each side up, month by month.

    A unit's month scatters by ``mean + unit_scatter * mean²``, so a busy unit tells less per report than a quiet
    one: each counts with weight ``1 / (1 + unit_scatter * mean)``. The weights are scaled so that the weighted
    sum scatters as a count of its size. The reach of a side is that of its units weighted by their own
    rates: it changes only where reach changes.
    """
    counts, reach = panel.counts, panel.reach
    total, reached = counts.sum(), reach.sum()
    # Half a report more keeps the rate of a unit without any above 0.
    usual = 0.5 * reached / max(total, 0.5)
    rate = (counts.sum(axis=1) + 0.5) / np.maximum(reach.sum(axis=1) + usual, 1e-12)
    weight = 1.0 / (1.0 + unit_scatter * counts.mean(axis=1))
    of_unit = counts.sum(axis=1)
    squared = float((weight**2) @ of_unit)
    weight = weight * (float(weight @ of_unit) / squared if squared > 0 else 1.0)
    on, off = panel.treated, ~panel.treated
    return Sides(
        treated=weight[on] @ counts[on],
        other=weight[off] @ counts[off],
        treated_reach=(weight * rate)[on] @ reach[on],
        other_reach=(weight * rate)[off] @ reach[off],
    )
