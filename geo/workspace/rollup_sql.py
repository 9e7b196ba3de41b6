"""One definition of the incident roll-up, written in Ibis, spoken as DuckDB's or Spark's SQL.

The rows stay where the engine keeps them. What needs thought is small and is thought about elsewhere: the
*distinct* places, parties and kinds of report among the incidents. So the stage is a star, laid out once
per workspace version:

* ``facts``: one row per incident that counts (:mod:`geo.workspace.engine` says which): the numbers ``kind``,
  ``place`` and ``party``, days since 1970-01-01, months since January 1970, deaths (a missing estimate is 0);
* ``placed_R``: per place its ``spot`` at resolution R (a cell, a negative number for an area spread over
  cells, or nothing), whether it is a ``point``, whether it is known exactly, else the ``area`` it is known to;
* ``laid_R``: per spot its cells and the weight of each, summing to 1;
* ``mentions``: per party the armed actors it stands for, each once;
* ``violated``: per kind the position of its MRM violation in ``VIOLATIONS``, -1 for none.

A question is three statements over the star. Their text depends only on the :class:`Shape` of a question, so
Ibis, which takes about 100 ms, is asked once per shape; the values go in as named text parameters. Nothing a
user types is ever part of a statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from geo.schema import INCIDENTS, VIOLATIONS

KIND = ("event_type", "violation", "source", "verification", "place_precision")
PLACE = ("place_precision", "longitude", "latitude", "admin1", "admin2", "country")
PARTY = ("actor_a", "actor_a_id", "actor_b", "actor_b_id", "country")
VIOLATION_COLUMNS = tuple(f"violation_{name}" for name in VIOLATIONS)
FATALITIES = ("fatalities_low", "fatalities_best", "fatalities_high")
_NEEDED = {"incident_id", "date_start", "date_end", *KIND, *PLACE, *PARTY, *FATALITIES}
STORED = tuple(name for name in INCIDENTS.column_names if name in _NEEDED)
DIALECTS = ("duckdb", "spark")
_IDENTITY = ["incident_id", "source"]  # of a report; geo/workspace/engine.py, "Which row counts"
_ORDER = ("import_place", "import_row")
_ERAS = ("start_era", "end_era")
_IBIS_TYPE = {"text": "string", "integer": "int64", "number": "float64", "date": "timestamp"}
_ROWS_PER_IMPORT = 1 << 40  # more than any file holds: orders rows by import, then by row
_MARK = ":"  # a text literal that begins so stands for a parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the text of a question's statements depends on."""

    resolution: int
    by_kind: bool  # only the kinds named in the parameter ``kinds``
    by_party: bool  # only the parties named in the parameter ``parties``
    actors: bool  # whether actors are counted at all


@cache
def question_sql(shape: Shape, dialect: str) -> Mapping[str, str]:
    """Return the statements of a question: ``cells``, ``areas`` and ``months``.

    Parameters of each: ``start`` and ``end`` (days, both inclusive), and where the shape asks for them
    ``kinds`` and ``parties`` (numbers separated by commas; -1 for none). A row is found when its days
    overlap the window.

    Returns
    -------
    Mapping
        ``cells``: cell, incidents, the three fatalities, violation_NAME, exact (incidents known exactly), newest_day
        (of those whose point lies in the cell, else null), actors, effective_actors. ``areas``: area, incidents.
        ``months``: month, incidents, the three fatalities, exact, unplaced (not at a point), newest_day.
    """
    found = _found(shape)
    wanted = {"cells": _cells(found, shape), "areas": _areas(found), "months": _months(found)}
    return MappingProxyType({name: _text(expression, dialect) for name, expression in wanted.items()})


@cache
def staging_sql(dialect: str, *, several: bool, settled: bool) -> Mapping[str, str]:
    """Return the statements that lay out the star from ``stored``, all rows of all live imports.

    ``several`` imports may repeat each other, so ``newest`` names the rows that count and must be kept
    first. Where some reports were ``settled`` as one incident, ``settled`` has these incidents in the shape of
    ``stored`` and takes the place of the reports in ``members`` (``incident_id``, ``source``);
    ``member_rows`` finds where those stand. ``days``, ``kinds`` and ``places`` list what is distinct;
    ``parties`` needs ``days`` with the era of each day, and ``facts`` needs them all numbered.
    """
    counted = _counted(several=several, settled=settled)
    wanted = {
        "newest": _newest(),
        "member_rows": _live(several=several).semi_join(_members(), _IDENTITY).select(*_IDENTITY, *_ORDER),
        "days": _days(counted),
        "kinds": counted.group_by(list(KIND)).agg(rows=counted.count()),
        "places": counted.group_by(list(PLACE)).agg(rows=counted.count()),
        "parties": _parties(counted),
        "facts": _facts(counted),
    }
    return MappingProxyType({name: _text(expression, dialect) for name, expression in wanted.items()})


def _table(name: str, **columns: str) -> Any:
    import ibis  # noqa: PLC0415 (0.5 s that no start pays; only a question to an engine does)

    return ibis.table(columns, name=name)


def _parameter(name: str) -> Any:
    import ibis  # noqa: PLC0415

    return ibis.literal(_MARK + name)


def _text(expression: Any, dialect: str) -> str:
    """Compile for an engine; marked literals become named parameters."""
    import ibis  # noqa: PLC0415
    from ibis.backends.sql.compilers import DuckDBCompiler, PySparkCompiler  # noqa: PLC0415
    from sqlglot import expressions as syntax  # noqa: PLC0415

    compiler = DuckDBCompiler() if dialect == "duckdb" else PySparkCompiler()
    if dialect == "spark":
        getattr(ibis, "pyspark")  # noqa: B009  # its compiler reads options that come with its backend, and pyspark

    def named(node: Any) -> Any:
        marked = isinstance(node, syntax.Literal) and node.is_string and str(node.this).startswith(_MARK)
        return syntax.Placeholder(this=str(node.this)[len(_MARK) :]) if marked else node

    return str(compiler.to_sqlglot(expression).transform(named).sql(dialect=dialect))


def _stored(name: str = "stored") -> Any:
    kinds = {column.name: _IBIS_TYPE[column.kind] for column in INCIDENTS.columns if column.name in STORED}
    return _table(name, **kinds, import_place="int64", import_row="int64")


def _newest() -> Any:
    """Of rows with one identity that of the newest import counts."""
    import ibis  # noqa: PLC0415

    stored = _stored()
    rank = ibis.row_number().over(group_by=_IDENTITY, order_by=[stored.import_place.desc(), stored.import_row])
    ranked = stored.select(*_IDENTITY, *_ORDER).mutate(rank=rank)
    return ranked.filter(ranked["rank"] == 0).select(*_ORDER)


def _members() -> Any:
    return _table("members", incident_id="string", source="string")


def _live(*, several: bool) -> Any:
    stored = _stored()
    if not several:
        return stored
    return stored.semi_join(_table("newest", import_place="int64", import_row="int64"), list(_ORDER))


def _counted(*, several: bool, settled: bool) -> Any:
    stored = _live(several=several)
    if settled:
        stored = stored.anti_join(_members(), _IDENTITY).union(_stored("settled"))
    return stored.mutate(start_day=_day(stored.date_start), end_day=_day(stored.date_end))


def _day(moment: Any) -> Any:
    """Days since 1970-01-01, negative before."""
    import ibis  # noqa: PLC0415

    return moment.cast("date").delta(ibis.date(1970, 1, 1), unit="day").cast("int32")


def _days(counted: Any) -> Any:
    starts, ends = counted.select(day=counted.start_day), counted.select(day=counted.end_day)
    return starts.union(ends, distinct=True)


def _with_eras(counted: Any) -> Any:
    """Add the eras of both ends: between two of their edges no actor begins or ceases to be."""
    days = _table("days", day="int32", start_era="int32", end_era="int32")
    for day, era in (("start_day", "start_era"), ("end_day", "end_era")):
        edges = days.select(days.day, days[era]).view()
        counted = counted.join(edges, counted[day] == edges.day).drop("day")
    return counted


def _parties(counted: Any) -> Any:
    """Distinct sides in each pair of eras, with days inside them, in the order of their first mention."""
    dated = _with_eras(counted)
    order = dated.import_place * _ROWS_PER_IMPORT + dated.import_row
    groups = dated.group_by([*PARTY, *_ERAS])
    return groups.agg(first=order.min(), start_day=dated.start_day.min(), end_day=dated.end_day.min()).order_by("first")


def _facts(counted: Any) -> Any:
    types = {column.name: _IBIS_TYPE[column.kind] for column in INCIDENTS.columns}
    rows = _with_eras(counted)
    for number, keys in (("kind", KIND), ("place", PLACE), ("party", (*PARTY, *_ERAS))):
        named = _table(f"{number}_numbers", **{key: types.get(key, "int32") for key in keys}, **{number: "int32"})
        # Empty equals empty here, unlike in a plain join.
        named = named.rename({f"of_{key}": key for key in keys})
        same = [rows[key].identical_to(named[f"of_{key}"]) for key in keys]
        rows = rows.join(named, same).drop(*(f"of_{key}" for key in keys))
    month = ((rows.date_start.year() - 1970) * 12 + rows.date_start.month() - 1).cast("int32")
    deaths = {name: rows[name].fill_null(0) for name in FATALITIES}
    return rows.select("kind", "place", "party", "start_day", "end_day", month=month, **deaths)


def _found(shape: Shape) -> Any:
    """Facts a question asks for, each at its spot."""
    numbers = dict.fromkeys(("kind", "place", "party", "start_day", "end_day", "month"), "int32")
    rows = _table("facts", **numbers, **dict.fromkeys(FATALITIES, "int64"))
    rows = rows.filter(
        rows.end_day >= _parameter("start").cast("int32"), rows.start_day <= _parameter("end").cast("int32")
    )
    for wanted, key, name in ((shape.by_kind, "kind", "kinds"), (shape.by_party, "party", "parties")):
        if wanted:
            asked = _parameter(name).split(",").cast("array<int32>").unnest().name(key).as_table()
            rows = rows.semi_join(asked, key)
    placed = _table(
        f"placed_{shape.resolution}", place="int32", spot="int64", point="boolean", exact="boolean", area="string"
    )
    return rows.join(placed, "place")


def _sums(rows: Any) -> dict[str, Any]:
    """Sums every statement needs; as floats, because engines disagree on how wide a sum of integers is."""
    sums = {"incidents": rows.count().cast("float64")}
    sums |= {name: rows[name].sum().cast("float64") for name in FATALITIES}
    return sums | {"exact": rows.exact.cast("int64").sum().cast("float64"), "newest_day": rows.end_day.max()}


def _cells(found: Any, shape: Shape) -> Any:
    placed = found.filter(found.spot.notnull())
    placed = placed.join(_table("violated", kind="int32", violation="int32"), "kind")
    mix = {name: (placed.violation == place).sum().cast("float64") for place, name in enumerate(VIOLATION_COLUMNS)}
    spots = placed.group_by("spot", "point").agg(**_sums(placed), **mix)
    laid = _table(f"laid_{shape.resolution}", spot="int64", cell="int64", weight="float64")
    shares = spots.join(laid, "spot")
    totals = {name: (shares[name] * shares.weight).sum() for name in ("incidents", *FATALITIES, "exact", *mix)}
    # Only an incident whose point lies in the cell says when and who.
    newest = shares.newest_day.max(where=shares.point)
    cells = shares.group_by("cell").agg(**totals, newest_day=newest)
    return _with_actors(cells, found) if shape.actors else cells


def _with_actors(cells: Any, found: Any) -> Any:
    """Add distinct and effective actors: e to the Shannon entropy of their mentions (Hill 1973)."""
    at_point = found.filter(found.point)
    pairs = at_point.group_by(["spot", "party"]).agg(rows=at_point.count())
    named = pairs.join(_table("mentions", party="int32", actor="int32"), "party")
    counts = named.group_by(["spot", "actor"]).agg(mentions=named["rows"].sum().cast("float64"))
    shared = counts.mutate(share=counts.mentions / counts.mentions.sum().over(group_by=counts.spot))
    per_spot = shared.group_by("spot").agg(
        actors=shared.count(), effective_actors=(-(shared.share * shared.share.ln()).sum()).exp()
    )
    return cells.join(per_spot, cells.cell == per_spot.spot, how="left").drop("spot")


def _areas(found: Any) -> Any:
    nowhere = found.filter(found.spot.isnull())
    return nowhere.group_by("area").agg(incidents=nowhere.count().cast("float64"))


def _months(found: Any) -> Any:
    unplaced = (~found.point).cast("int64").sum().cast("float64")
    return found.group_by("month").agg(**_sums(found), unplaced=unplaced)
