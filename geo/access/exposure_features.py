"""What tells where the next hostile incidents may fall: what has fallen before, and where people live.

Each feature is the logarithm of a Gaussian kernel density (Silverman 1986, ch. 4) at the centre of a cell,
over the country's mean, plus a floor; so a feature of 0 means about the mean and nothing is ever minus infinity.
*Moving* features are densities of incidents that had wholly ended before a day, one per bandwidth and half-life,
as the triggering terms of self-exciting point processes are (Mohler et al. 2011). *Still* features are
densities of settlements, towns and people: undated, so the same on every day.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.access.kernels import BoolArray, FloatArray
from geo.crs import EARTH_RADIUS_KM
from geo.hexgrid import CellArray, areas_km2, centres, on_sphere
from geo.incidents.precision import Placement
from geo.settings import ExposureSettings

DayArray = npt.NDArray[np.int64]
_SETTLEMENTS = ("city", "town", "village", "hamlet")
_TOWNS = ("city", "town")
# Cells handled at once; bounds memory on large grids.
_CHUNK = 1_000


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ground:
    """The cells of a country and what does not change with the day."""

    cells: CellArray  # sorted, one resolution
    area_km2: FloatArray  # of each cell, as far as it counts
    still: FloatArray  # shape (cells, still features), mean 0 over the area; a feature nothing is known of is 0


@dataclass(frozen=True, eq=False, kw_only=True)
class History:
    """Incidents as dated weights on cells; rows as in the table of incidents."""

    start: DayArray  # first day, days since 1970
    end: DayArray  # last day
    placement: Placement

    @classmethod
    def of(cls, incidents: pd.DataFrame, placement: Placement) -> "History":
        """Take the days out of a table under the contract ``INCIDENTS``; the placement is of the same rows."""
        start, end = (
            incidents[name].to_numpy(dtype="datetime64[D]").astype(np.int64) for name in ("date_start", "date_end")
        )
        return cls(start=start, end=end, placement=placement)

    @cached_property
    def shares(self) -> sparse.csr_array:
        """Share of each incident in each cell of the placement, shape ``(cells, incidents)``."""
        laid = self.placement
        shape = (len(laid.cells), len(self.start))
        return sparse.csr_array((laid.weight, (laid.cell, laid.incident)), shape=shape)

    def ended_before(self, day: int) -> BoolArray:
        """Incidents whose last day lies before a day, the day itself excluded, shape ``(n,)``."""
        return np.asarray(self.end < day)

    def counts(self, cells: CellArray, chosen: BoolArray) -> FloatArray:
        """Chosen incidents with a known place per cell, shape ``(cells,)``; ``cells`` sorted, others not counted."""
        point = self.placement.point[chosen]
        held = self.placement.cells[point[point >= 0]]
        at = np.minimum(np.searchsorted(cells, held), max(len(cells) - 1, 0))
        return np.bincount(at[cells[at] == held], minlength=len(cells)).astype(np.float64)


def ground_of(
    cells: CellArray, places: pd.DataFrame, *, settings: ExposureSettings, area_km2: FloatArray | None = None
) -> Ground:
    """Prepare the cells of a country.

    Parameters
    ----------
    cells
        Of one resolution; sorted here.
    places
        Table under the contract ``PLACES``; may be empty. Places beyond the cells count too. Not changed.
    area_km2
        Area of each cell that counts, e.g. its part inside a border; the whole cell where not given.
    """
    order = np.argsort(cells)
    area = areas_km2(cells) if area_km2 is None else area_km2
    cells, area = cells[order], area[order]
    kind = places["kind"].astype(object)
    people = places["population"].astype("Float64").fillna(0).to_numpy(dtype=np.float64)
    columns = []
    for weight, widths in (
        (kind.isin(_SETTLEMENTS).to_numpy().astype(np.float64), settings.settlement_bandwidths_km),
        (kind.isin(_TOWNS).to_numpy().astype(np.float64), settings.town_bandwidths_km),
        (people, settings.people_bandwidths_km),
    ):
        used = weight > 0
        lon, lat = (places[name].to_numpy(dtype=np.float64)[used] for name in ("longitude", "latitude"))
        density = densities(cells, on_sphere(lon, lat), np.asarray(weight[used][:, None]), widths)[:, :, 0].T
        columns.append(_over_mean(density, weight.sum() / max(area.sum(), 1e-9), settings.floor_share))
    still = np.column_stack(columns)
    mean = np.average(still, axis=0, weights=area) if len(cells) else 0.0
    return Ground(cells=cells, area_km2=area, still=still - mean)


def moving_features(ground: Ground, history: History, days: npt.ArrayLike, *, settings: ExposureSettings) -> FloatArray:
    """Features of each cell on each day, from incidents that had wholly ended before it.

    Returns
    -------
    FloatArray
        Shape ``(days, cells, bandwidths * half-lives)``; 0 on a day before which nothing had ended.
    """
    asked = np.asarray(days, dtype=np.int64)
    age = asked[None, :, None] - history.end[:, None, None].astype(np.float64)
    fade = np.exp2(-np.maximum(age, 0) / np.asarray(settings.half_lives_days)) * (age > 0)
    columns = fade.reshape(len(history.end), -1)
    source = history.shares @ columns
    # Only what counts is summed: later incidents must not even change the rounding.
    live = np.asarray(source.max(axis=1, initial=0) > 0)
    places = on_sphere(*centres(history.placement.cells[live]))
    density = densities(ground.cells, places, source[live], settings.bandwidths_km)
    base = source[live].sum(axis=0) / max(float(ground.area_km2.sum()), 1e-9)
    logs = _over_mean(density, base, settings.floor_share)
    shaped = logs.reshape(len(settings.bandwidths_km), len(ground.cells), len(asked), -1)
    return np.asarray(shaped.transpose(2, 1, 0, 3).reshape(len(asked), len(ground.cells), -1))


def _over_mean(density: FloatArray, mean: npt.ArrayLike, floor_share: float) -> FloatArray:
    """Logarithm of a density over its mean plus a floor; 0 where the mean is 0."""
    base = np.asarray(mean, dtype=np.float64)
    known = base > 0
    return np.asarray(np.where(known, np.log(density / np.where(known, base, 1.0) + floor_share), 0.0))


def densities(cells: CellArray, points: FloatArray, weight: FloatArray, widths_km: tuple[float, ...]) -> FloatArray:
    """Gaussian densities per km² at cell centres, shape ``(widths, cells, columns)``.

    Distances are chords through the sphere: at 300 km, where the widest kernel has died away, 0.01 % short.
    """
    found = np.zeros((len(widths_km), len(cells), weight.shape[1]))
    if len(cells) == 0 or len(points) == 0:
        return found
    at = on_sphere(*centres(cells))
    for start in range(0, len(cells), _CHUNK):
        part = slice(start, start + _CHUNK)
        apart_km2 = EARTH_RADIUS_KM**2 * np.maximum(2 - 2 * (at[part] @ points.T), 0)
        for number, width_km in enumerate(widths_km):
            kernel = np.exp(-apart_km2 / (2 * width_km**2)) / (2 * np.pi * width_km**2)
            found[number, part] = kernel @ weight
    return found
