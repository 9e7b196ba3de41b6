"""What rose and what fell by province, and where a fall may only mean that eyes were lost."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.answers.observation import eyes_between
from geo.answers.world import World
from geo.incidents.observation import eyes_of_areas, judge
from geo.model import Audience, Window
from geo.redaction import Cleared, clear


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangesAnswer:
    """Incidents per province in a window and in the equally long one before it."""

    window: Window
    before: Window
    provinces: Cleared  # area, now, before, eyes_now_share, eyes_before_share, verdict
    total: Cleared  # the same of all provinces together, without area; no row where it would give a province away


def answer_changes(world: World, window: Window, *, audience: Audience) -> ChangesAnswer:
    """Compare a window with the one before it, province by province and all together.

    The verdict is that of :func:`geo.incidents.observation.judge`: where somebody who could report before cannot
    now, fewer or as many reports read "cannot_tell"; all together do so as soon as one province lost eyes. Where
    the window before begins before the first report of all, nothing is compared ("no_data_before").
    Incidents known to no province are left out. ``eyes_before_share`` is the share of land watched on some day
    before, ``eyes_now_share`` the part of it watched ever since.
    """
    end = window.end or world.latest_date
    start = window.start or world.first_date
    one_day = dt.timedelta(days=1)
    earlier = start - (end - start) - one_day
    now, before = Window(start, end), Window(earlier, start - one_day)
    counts = _counts(world, [(start, end), (earlier, start - one_day)])
    table = pd.DataFrame({"area": world.provinces["name"], "now": counts[0], "before": counts[1]})
    comparable = earlier >= world.first_date
    table = _judged(world, table, now=now, before=before) if comparable else _not_compared(table)
    total = table.tail(1).drop(columns=["area"])
    table = table.iloc[:-1].assign(least=lambda rows: rows[["now", "before"]].min(axis=1))
    order = (table["now"] - table["before"]).abs().sort_values(ascending=False, kind="stable").index
    cleared = clear(table.loc[order], view="changes", audience=audience, settings=world.settings, count_column="least")
    # Where what is withheld is small even in sum, no total may stand beside the rest.
    told = slice(0 if cleared.statement.counts_withheld is None else None)
    total = total.assign(least=total[["now", "before"]].min(axis=1)).iloc[told]
    return ChangesAnswer(
        window=now,
        before=before,
        provinces=cleared,
        total=clear(total, view="changes_total", audience=audience, settings=world.settings, count_column="least"),
    )


def _judged(world: World, table: pd.DataFrame, *, now: Window, before: Window) -> pd.DataFrame:
    """Add eyes and verdict to each province, and a last row for all together."""
    cells, owner = world.province_cells
    seen_before, kept = eyes_between(world, cells, before=before, now=now)
    loss_share = world.settings.observation.loss_share
    eyes_before, eyes_now = eyes_of_areas(owner, seen_before, kept, areas=len(table))
    lost = eyes_before - eyes_now
    # The whole is only as well watched as the province that lost most.
    worst = int(np.argmax(lost)) if len(lost) and lost.max() > loss_share else None
    whole = (float(seen_before.mean()), float(kept.mean())) if len(cells) else (0.0, 0.0)
    judged = whole if worst is None else (float(eyes_before[worst]), float(eyes_now[worst]))
    summed = table[["now", "before"]].sum()
    verdicts = judge(
        [*table["now"], summed["now"]],
        [*table["before"], summed["before"]],
        [*eyes_now, judged[1]],
        [*eyes_before, judged[0]],
        loss_share=loss_share,
    )
    return _with_total(table).assign(
        eyes_now_share=[*eyes_now, whole[1]], eyes_before_share=[*eyes_before, whole[0]], verdict=verdicts
    )


def _not_compared(table: pd.DataFrame) -> pd.DataFrame:
    return _with_total(table).assign(eyes_now_share=np.nan, eyes_before_share=np.nan, verdict="no_data_before")


def _with_total(table: pd.DataFrame) -> pd.DataFrame:
    summed = table[["now", "before"]].sum()
    last = pd.DataFrame({"area": [""], "now": [summed["now"]], "before": [summed["before"]]})
    return pd.concat([table, last], ignore_index=True)


def _counts(world: World, spans: list[tuple[dt.date, dt.date]]) -> list[pd.Series]:
    """Incidents of each window per province."""
    incidents, holder = world.incidents, world.province_of_incident
    result = []
    for start, end in spans:
        inside = (incidents["date_end"] >= pd.Timestamp(start)) & (incidents["date_start"] <= pd.Timestamp(end))
        counted = holder[(holder >= 0) & inside.to_numpy(dtype=bool)]
        result.append(pd.Series(np.bincount(counted, minlength=len(world.provinces)).astype(float)))
    return result
