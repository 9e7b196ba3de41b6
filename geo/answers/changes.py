"""What rose and what fell by province, and where a fall may only mean that eyes were lost."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.answers.world import World
from geo.incidents.observation import observed_cells
from geo.model import Audience, Window
from geo.redaction import Cleared, clear


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangesAnswer:
    """Incidents per province in a window and in the equally long one before it."""

    window: Window
    before: Window
    provinces: Cleared  # area, now, before, eyes_now_share, eyes_before_share, verdict


def answer_changes(world: World, window: Window, *, audience: Audience) -> ChangesAnswer:
    """Compare a window with the one before it, province by province.

    A fall where the share of land that an open base can observe fell too reads "cannot tell": fewer
    reports never mean less violence where eyes were lost. Where the window before begins before the first report
    of all, nothing is compared ("no_data_before"). Incidents known to no province are left out.
    """
    end = window.end or world.latest_date
    start = window.start or world.first_date
    one_day = dt.timedelta(days=1)
    earlier = start - (end - start) - one_day, start - one_day
    provinces = world.provinces
    counts = _counts(world, [(start, end), earlier])
    eyes_now, eyes_before = (_eyes(world, day) for day in (end, start))
    table = pd.DataFrame(
        {
            "area": provinces["name"],
            "now": counts[0],
            "before": counts[1],
            "eyes_now_share": eyes_now,
            "eyes_before_share": eyes_before,
        }
    )
    fell = table["now"] < table["before"]
    lost_eyes = table["eyes_now_share"] < table["eyes_before_share"] - 0.01
    moved = np.select(
        [fell & lost_eyes, table["now"] == table["before"]], ["cannot_tell", "same"], np.where(fell, "fell", "rose")
    )
    table["verdict"] = "no_data_before" if earlier[0] < world.first_date else moved
    table["least"] = table[["now", "before"]].min(axis=1)
    order = (table["now"] - table["before"]).abs().sort_values(ascending=False, kind="stable").index
    cleared = clear(table.loc[order], view="changes", audience=audience, settings=world.settings, count_column="least")
    return ChangesAnswer(window=Window(start, end), before=Window(*earlier), provinces=cleared)


def _counts(world: World, spans: list[tuple[dt.date, dt.date]]) -> list[pd.Series]:
    """Incidents of each window per province."""
    incidents, holder = world.incidents, world.province_of_incident
    result = []
    for start, end in spans:
        inside = (incidents["date_end"] >= pd.Timestamp(start)) & (incidents["date_start"] <= pd.Timestamp(end))
        counted = holder[(holder >= 0) & inside.to_numpy(dtype=bool)]
        result.append(pd.Series(np.bincount(counted, minlength=len(world.provinces)).astype(float)))
    return result


def _eyes(world: World, day: dt.date) -> list[float]:
    """Share of each province's cells that an open base can observe on a day."""
    cells, province = world.province_cells
    seen = observed_cells(cells, world.bases_at(day), radius_km=world.settings.observation.radius_km)
    size = np.bincount(province, minlength=len(world.provinces))
    return list(np.bincount(province, weights=seen, minlength=len(world.provinces)) / np.maximum(size, 1))
