"""The roll-up on an engine: incidents stay in DuckDB or Spark, only what is distinct among them comes here.

:mod:`geo.workspace.rollup_sql` says what is summed. This module does the thinking between: the same functions
that place, filter and name incidents in memory are asked about the distinct places, kinds and parties, and their
answers go back as small tables. So every engine gives what :func:`geo.incidents.rollup.roll_up` gives.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import RLock

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geo.actors.identity import resolve_actors
from geo.errors import RequestError
from geo.incidents.precision import Placement
from geo.incidents.rollup import VIOLATION_COLUMNS, Rollup, matching, violation_codes
from geo.model import HexbinRequest, Window
from geo.schema import INCIDENTS
from geo.workspace.engine import Source, column_types
from geo.workspace.engines import Engine
from geo.workspace.rollup_sql import FATALITIES, KIND, PARTY, PLACE, STORED, Shape, question_sql, staging_sql

Numbers = npt.NDArray[np.int64]
FIRST_DAY, LAST_DAY = -(1 << 30), 1 << 30  # an open window, in days since 1970
_NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Naming:
    """What tells who is behind a reported name, all rows ever valid."""

    actors: pd.DataFrame  # under the actors contract
    names: pd.DataFrame  # under the actor_names contract: what a person settled


class Stage:
    """The incidents of one workspace version on an engine. Threads may share it.

    Parameters
    ----------
    engine
        An empty one; it belongs to the stage from now on.
    sources
        Live imports of incidents, oldest first.
    reports, settled
        Reports that were settled to be of few incidents, and those incidents (:mod:`geo.incidents.merges`), which
        take their place. Tables of the workspace, under the incidents contract.
    naming
        Actor records and settled names.
    place
        Places a table with the columns of :data:`geo.workspace.rollup_sql.PLACE` at a resolution.
    """

    def __init__(
        self,
        engine: Engine,
        sources: list[Source],
        *,
        reports: pd.DataFrame,
        settled: pd.DataFrame,
        naming: Naming,
        place: Callable[[pd.DataFrame, int], Placement],
    ) -> None:
        self._engine, self._place = engine, place
        self._lock = RLock()
        self._placed: set[int] = set()
        several = len(sources) > 1
        self._sql = staging_sql(engine.dialect, several=several, settled=len(reports) > 0)
        engine.read(sources)
        if several:
            engine.keep("newest", self._sql["newest"])
        if len(reports):
            self._settle(reports, settled)
        self._days = self._stage_days(naming)
        self._kinds = self._number("kind", "kinds", KIND)
        engine.put("violated", _violated(self._kinds))
        self.places = self._number("place", "places", PLACE)
        self._parties = self._number("party", "parties", (*PARTY, "start_era", "end_era"))
        self._actors = resolve_actors(self._parties, naming.actors, naming.names)
        engine.put("mentions", _mentions(self._actors))
        engine.keep("facts", self._sql["facts"])

    @property
    def first_day(self) -> pd.Timestamp | None:
        """First day an incident speaks of."""
        return pd.Timestamp(int(self._days.min()), unit="D") if len(self._days) else None

    @property
    def latest_day(self) -> pd.Timestamp | None:
        """Last day an incident speaks of."""
        return pd.Timestamp(int(self._days.max()), unit="D") if len(self._days) else None

    @property
    def country(self) -> str | None:
        """Country of most incidents, the first by code where several have as many."""
        known = self.places.loc[self.places["country"].notna()]
        counts = known.groupby("country")["rows"].sum()
        return str(counts.index[int(np.argmax(counts.to_numpy()))]) if len(counts) else None

    def roll_up(
        self, request: HexbinRequest, *, as_of: dt.date | None = None, with_actors: bool = True
    ) -> tuple[Rollup, pd.DataFrame]:
        """Roll matching incidents up; also return one row about all of them.

        Parameters
        ----------
        as_of
            As :func:`geo.incidents.rollup.roll_up` takes it.
        with_actors
            Count actors; else every cell has 0 of them.

        Returns
        -------
        Rollup, pandas.DataFrame
            The second: incidents, the three fatalities, ``exact_share`` and ``area_share`` (not placed at a
            point), both missing where nothing matches.

        Raises
        ------
        RequestError
            When a violation asked for is no MRM category, or an actor is asked for ``with_actors=False``.
        """
        if request.actors and not with_actors:
            raise RequestError("an actor is asked for, but actors are left out; ask for the one or leave the other")
        self._lay_out(request.resolution)
        kinds = matching(self._kinds, replace(request, window=Window(), actors=()))
        who = HexbinRequest(resolution=request.resolution, actors=request.actors)
        parties = matching(self._parties, who, actors=self._actors)
        shape = Shape(
            resolution=request.resolution,
            by_kind=not bool(kinds.all()),
            by_party=bool(request.actors),
            actors=with_actors,
        )
        values = {
            "start": str(_days_since_1970(request.window.start, FIRST_DAY)),
            "end": str(_days_since_1970(request.window.end, LAST_DAY)),
        }
        values |= {"kinds": _listed(kinds)} if shape.by_kind else {}
        values |= {"parties": _listed(parties)} if shape.by_party else {}
        sql = question_sql(shape, self._engine.dialect)
        cells, areas, months = (
            self._engine.run(sql[name], **values).to_pandas() for name in ("cells", "areas", "months")
        )
        areas = areas.astype({"area": object, "incidents": np.float64})
        newest = int(months["newest_day"].max()) if len(months) else 0
        rolled = Rollup(
            request=request,
            cells=_cells(cells, today=_days_since_1970(as_of or request.window.end, newest)),
            area_only=areas.sort_values(["incidents", "area"], ascending=[False, True], ignore_index=True),
            months=_months(months),
            total=int(months["incidents"].sum()),
        )
        return rolled, _totals(months)

    def _settle(self, reports: pd.DataFrame, settled: pd.DataFrame) -> None:
        """Tell the engine which reports give way to which incidents; each stands where its first report stood."""
        members = pd.DataFrame({"source": reports["source"], "told_apart": reports["incident_id"]}).astype(object)
        suffix = "@" + reports["import_id"].astype(object)
        pairs = zip(members["told_apart"], suffix, strict=True)
        members["incident_id"] = [name.removesuffix(end) for name, end in pairs]
        self._engine.put("members", pa.Table.from_pandas(members[["incident_id", "source"]], preserve_index=False))
        rows = self._engine.run(self._sql["member_rows"]).to_pandas()
        found = members.merge(rows, on=["incident_id", "source"]).set_index("told_apart")
        order = found[["import_place", "import_row"]].reindex(settled["incident_id"].astype(object))
        columns = pa.Table.from_pandas(settled[list(STORED)], preserve_index=False)
        for name in order:
            columns = columns.append_column(name, pa.array(order[name].to_numpy(dtype=np.int64)))
        self._engine.put("settled", columns)

    def _stage_days(self, naming: Naming) -> Numbers:
        """Number the eras: two days of one era see the same actors and settled names begin and cease."""
        days: Numbers = self._engine.run(self._sql["days"])["day"].to_numpy().astype(np.int64)
        dated = (naming.actors, naming.names)
        begins, ceases = (_edges([table[name] for table in dated]) for name in ("valid_from", "valid_to"))
        # An actor is valid on an incident that starts by its last day and ends after its first.
        eras = {
            "start_era": np.searchsorted(ceases, days, side="left"),
            "end_era": np.searchsorted(begins, days, side="right"),
        }
        self._engine.put(
            "days", pa.table({name: values.astype(np.int32) for name, values in {"day": days, **eras}.items()})
        )
        return days

    def _number(self, number: str, listed: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """Number what is distinct in the order listed, tell the engine, and return it for thinking."""
        table = self._engine.run(self._sql[listed])
        numbers = pa.array(np.arange(len(table), dtype=np.int32))
        self._engine.put(f"{number}_numbers", table.select(list(columns)).append_column(number, numbers))
        frame: pd.DataFrame = table.to_pandas()
        for day, date in (("start_day", "date_start"), ("end_day", "date_end")):
            if day in frame:
                frame[date] = frame[day].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
        types = column_types(INCIDENTS)
        return frame.astype({name: types[name] for name in frame.columns if name in types})

    def _lay_out(self, resolution: int) -> None:
        """Tell the engine once where each place lies at a resolution."""
        with self._lock:
            if resolution in self._placed:
                return
            placement = self._place(self.places, resolution)
            self._engine.put(f"placed_{resolution}", _placed(placement))
            self._engine.put(f"laid_{resolution}", _laid(placement))
            self._placed.add(resolution)


def _edges(days: Iterable[pd.Series]) -> Numbers:
    known = [of.dropna().to_numpy().astype("datetime64[D]").astype(np.int64) for of in days]
    return np.unique(np.concatenate(known))


def _days_since_1970(day: dt.date | None, otherwise: int) -> int:
    return otherwise if day is None else int(np.datetime64(day, "D").astype(np.int64))


def _listed(wanted: npt.NDArray[np.bool_]) -> str:
    return ",".join(map(str, np.flatnonzero(wanted))) or str(_NOBODY)


def _violated(kinds: pd.DataFrame) -> pa.Table:
    return pa.table({"kind": np.arange(len(kinds), dtype=np.int32), "violation": violation_codes(kinds)})


def _mentions(actors: pd.DataFrame) -> pa.Table:
    """Return the armed actors of each party, each once, as numbers."""
    once = actors.drop_duplicates(["row", "actor_id"])
    codes = pd.factorize(once["actor_id"])[0].astype(np.int32)
    return pa.table({"party": once["row"].to_numpy().astype(np.int32), "actor": codes})


def _placed(placement: Placement) -> pa.Table:
    """Where each place lies: at a cell, or at an area, which is numbered from -1 down, or nowhere."""
    at, spread = placement.point >= 0, placement.container >= 0
    spot = np.zeros(len(at), dtype=np.int64)
    spot[at] = placement.cells[placement.point[at]].astype(np.int64)
    spot[spread] = -1 - placement.container[spread].astype(np.int64)
    return pa.table(
        {
            "place": pa.array(np.arange(len(at), dtype=np.int32)),
            "spot": pa.array(spot, mask=~(at | spread)),
            "point": pa.array(at),
            "exact": pa.array(placement.exact),
            "area": pa.array(placement.area.astype(object), pa.string()),
        }
    )


def _laid(placement: Placement) -> pa.Table:
    """Return the cells of each spot with their weights: a cell is all of itself, an area has shares of many."""
    cells = placement.cells.astype(np.int64)
    points = np.unique(cells[placement.point[placement.point >= 0]])
    shares = placement.shares.tocoo()
    return pa.table(
        {
            "spot": np.concatenate([points, -1 - shares.row.astype(np.int64)]),
            "cell": np.concatenate([points, cells[shares.col]]),
            "weight": np.concatenate([np.ones(len(points)), shares.data]),
        }
    )


def _cells(found: pd.DataFrame, *, today: int) -> pd.DataFrame:
    cells = found[["cell", "incidents", *FATALITIES]].assign(cell=found["cell"].to_numpy().astype(np.uint64))
    counted = found.reindex(columns=["actors", "effective_actors"]).fillna(0.0)
    cells["actors"] = counted["actors"].to_numpy().astype(np.int64)
    cells["effective_actors"] = counted["effective_actors"].to_numpy(dtype=np.float64)
    cells["precision_share"] = found["exact"] / found["incidents"]
    cells["newest_days"] = (today - found["newest_day"].astype(np.float64)).clip(lower=0.0)
    cells[list(VIOLATION_COLUMNS)] = found[list(VIOLATION_COLUMNS)]
    return cells.sort_values("cell", ignore_index=True)


def _months(found: pd.DataFrame) -> pd.DataFrame:
    """Incidents per calendar month of their first day; a month without any in between is 0."""
    month = found["month"].to_numpy().astype(np.int64)
    first = int(month.min()) if len(month) else 0
    counts = np.bincount(month - first, weights=found["incidents"].to_numpy(dtype=np.float64))
    labels = (first + np.arange(len(counts))).astype("datetime64[M]").astype("datetime64[s]")
    return pd.DataFrame({"month": labels, "incidents": counts.astype(np.int64)})


def _totals(months: pd.DataFrame) -> pd.DataFrame:
    total = float(months["incidents"].sum())
    row = {"incidents": total} | {name: float(months[name].sum()) for name in FATALITIES}
    row["exact_share"] = float(months["exact"].sum()) / total if total else np.nan
    row["area_share"] = float(months["unplaced"].sum()) / total if total else np.nan
    return pd.DataFrame([row])
