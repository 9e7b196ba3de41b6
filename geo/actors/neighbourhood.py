"""Which cells a report reaches, and how much of its weight arrives: the same on every day, so it is kept.

A page that changes its date asks for the same cells again; only then does an answer come in the time of
a glance. What is kept is geometry alone: no report, no actor, no day.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from geo.crs import FloatArray
from geo.errors import RequestError
from geo.hexgrid import CellArray, IndexArray, cells_near, mean_cell_area_km2, pairs_within
from geo.settings import InfluenceSettings

IntArray = npt.NDArray[np.int64]
# More pairs of cells than this take gigabytes and show nothing a coarser grid would not.
MAX_PAIRS = 60_000_000
# A pair takes 12 bytes; larger neighbourhoods are laid out anew for each question.
MAX_KEPT_PAIRS = 8_000_000
_KEPT = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbourhood:
    """Pairs of a cell and a source of evidence within reach, ordered by cell, then source. Never changed."""

    sources: CellArray  # (s,), sorted, unique
    cells: CellArray  # (c,), sorted, unique
    first: IntArray  # (c + 1,), first pair of each cell, and one past the last
    source: IndexArray  # (p,), position in sources
    kernel: FloatArray  # (p,), share of a report's weight that arrives, above 0 to 1


def lay_out_neighbourhood(
    sources: CellArray, territory: CellArray | None, *, resolution: int, settings: InfluenceSettings
) -> Neighbourhood:
    """Return the cells within ``max_distance_km`` of a source, inclusive, and the Gaussian of the distance.

    Parameters
    ----------
    sources
        Sorted and unique.
    territory
        Cells to answer for; ``None`` means every cell in reach.

    Raises
    ------
    RequestError
        When the grid is so fine that the reports would touch too many cells.
    """
    per_source = _pairs_of_one(resolution, settings)
    if len(sources) * per_source > MAX_PAIRS:
        raise RequestError(
            f"at resolution {resolution} each report reaches {per_source:,.0f} cells within "
            f"{settings.max_distance_km:g} km; ask for a coarser resolution"
        )
    wanted = None if territory is None else np.unique(np.asarray(territory, dtype=np.uint64))
    reach_km = (settings.max_distance_km, settings.kernel_km)
    if not is_kept(sources, resolution=resolution, settings=settings):
        return _lay_out(sources, wanted, reach_km)
    return _kept(sources.tobytes(), None if wanted is None else wanted.tobytes(), reach_km)


def is_kept(sources: CellArray, *, resolution: int, settings: InfluenceSettings) -> bool:
    """Tell whether the neighbourhood of so many sources is kept between questions."""
    return len(sources) * _pairs_of_one(resolution, settings) <= MAX_KEPT_PAIRS


def forget_neighbourhoods() -> None:
    """Drop what is kept, as before the first question."""
    _kept.cache_clear()


def _pairs_of_one(resolution: int, settings: InfluenceSettings) -> float:
    return float(np.pi * settings.max_distance_km**2 / mean_cell_area_km2(resolution))


@lru_cache(maxsize=_KEPT)
def _kept(sources: bytes, territory: bytes | None, reach_km: tuple[float, float]) -> Neighbourhood:
    wanted = None if territory is None else np.frombuffer(territory, dtype=np.uint64)
    return _lay_out(np.frombuffer(sources, dtype=np.uint64), wanted, reach_km)


def _lay_out(sources: CellArray, territory: CellArray | None, reach_km: tuple[float, float]) -> Neighbourhood:
    distance_km, kernel_km = reach_km
    cells = cells_near(sources, distance_km=distance_km) if territory is None else territory
    # Pairs come ordered by the second list.
    source, cell, apart_km = pairs_within(sources, cells, distance_km=distance_km)
    return Neighbourhood(
        sources=sources,
        cells=cells,
        first=np.searchsorted(cell, np.arange(len(cells) + 1)).astype(np.int64),
        source=source,
        kernel=np.exp(-0.5 * (apart_km / kernel_km) ** 2),
    )
