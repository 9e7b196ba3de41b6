"""Reported names that fit several actors or none for sure, what a person settled about them, and the door for that.

A source whose licence allows aggregates only counts in a name's reports, but no report of it may be told: first and
last day are those of the other reports, and where a name rests on exactly one report of such a source, the number of
its reports is withheld, from which that one would follow.
"""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.actors.identity import ambiguous_names
from geo.answers.presence import actor_labels
from geo.answers.world import World
from geo.errors import RequestError, WithheldError
from geo.incidents.names import folded
from geo.model import Audience
from geo.redaction import Cleared, clear, of_licensed_sources, sees_any
from geo.workspace import Workspace

LEAST_LICENSED = 2  # reports of a licensed source that make an aggregate
_LIST = ";"
_KEY = secrets.token_bytes(16)  # names get new handles with each start, so that no handle can be traced to ids


@dataclass(frozen=True, slots=True, kw_only=True)
class NameDecision:
    """What a person says about a reported name, and why.

    Either ``handle`` is that of an open name, and ``actor_id`` the actor meant ("" = none of the actors on record), on
    the days from ``valid_from`` to ``valid_to`` (inclusive, ``None`` = open); or it is that of a settled name, and
    ``withdrawn`` says that it holds no longer.
    """

    handle: str
    reason: str
    actor_id: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamesAnswer:
    """Names to settle, who may be meant, what was settled, and how many there are, cleared for one audience."""

    counts: Cleared  # one row: open, settled
    names: Cleared  # names to settle, most reports first, those without a number last
    candidates: Cleared  # actors each may mean, one row per name and actor
    settled: Cleared  # settled names in force, newest first


def answer_names(world: World, *, audience: Audience) -> NamesAnswer:
    """List reported names that a person should settle, and those settled, as far as the audience may see them.

    An audience that may see no name learns how many there are.
    """
    settings = world.settings
    listed, in_force = _open_names(world), _in_force(world)
    counts = pd.DataFrame([{"open": len(listed), "settled": len(in_force)}])
    told = sees_any("actor_names_open", audience=audience, settings=settings)
    candidates = _candidates(listed, world) if told else pd.DataFrame()
    return NamesAnswer(
        counts=clear(counts, view="actor_names", audience=audience, settings=settings),
        names=clear(
            _described(listed, world) if told else pd.DataFrame(),
            view="actor_names_open",
            audience=audience,
            settings=settings,
        ),
        candidates=clear(candidates, view="actor_names_candidates", audience=audience, settings=settings),
        settled=clear(
            _settled(in_force, world) if told else pd.DataFrame(),
            view="actor_names_settled",
            audience=audience,
            settings=settings,
        ),
    )


def settle_name(workspace: Workspace, world: World, decision: NameDecision, *, audience: Audience) -> None:
    """Store what a person settled about a name as a new revision; a withdrawn one counts as never settled.

    Raises
    ------
    WithheldError
        When the audience may see no name.
    RequestError
        When no name has this handle, no reason is given, the actor is not on record, the days end before they begin,
        or the name is settled already on some of these days.
    StaleVersionError
        When somebody else settled this name meanwhile.
    """
    if not sees_any("actor_names_open", audience=audience, settings=world.settings):
        raise WithheldError(f"the audience {audience} may not settle names; choose another audience")
    values = _withdrawal(world, decision) if decision.withdrawn else _settlement(world, decision)
    rows = world.records("actor_names")
    known = rows.loc[rows["name_id"] == values["name_id"]]
    version = int(known["version"].iloc[0]) if len(known) else 0
    workspace.record("actor_names", values, reason=decision.reason, expect_version=version)


def _withdrawal(world: World, decision: NameDecision) -> dict[str, Any]:
    """Take back the settled name of a handle."""
    for name_id in _in_force(world)["name_id"]:
        if _handle("settled", name_id) == decision.handle:
            return {"name_id": str(name_id), "withdrawn": True}
    raise RequestError(f"no settled name is called {decision.handle!r}; look at the list again")


def _settlement(world: World, decision: NameDecision) -> dict[str, Any]:
    """Values of the record that settles the open name of a handle, once they are found to make sense."""
    listed = _open_names(world)
    found = listed.loc[[handle == decision.handle for handle in _handles(listed)]]
    if found.empty:
        raise RequestError(f"no open name is called {decision.handle!r}; look at the list again")
    name, country = str(found["name"].iloc[0]), str(found["country"].iloc[0])
    if decision.actor_id and not (world.actors["actor_id"] == decision.actor_id).any():
        raise RequestError(f"no actor on record has the id {decision.actor_id!r}; import its record first")
    first, last = decision.valid_from, decision.valid_to
    if first is not None and last is not None and last < first:
        raise RequestError(f"the name is settled until {last}, before it begins on {first}; exchange the days")
    name_id = name_id_of(name, country, first, last)
    _check_free(_in_force(world), name, country, (first, last), but=name_id)
    return {
        "name_id": name_id,
        "name": name,
        "country": country or None,
        "actor_id": decision.actor_id or None,
        "valid_from": first,
        "valid_to": last,
        "withdrawn": False,
    }


def name_id_of(name: str, country: str, valid_from: dt.date | None, valid_to: dt.date | None) -> str:
    """Return the id of a settled name: the same for the same name (without case and accents), country and days."""
    text = "\n".join([folded(name), country, str(valid_from or ""), str(valid_to or "")])
    return f"name-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _check_free(
    in_force: pd.DataFrame, name: str, country: str, days: tuple[dt.date | None, dt.date | None], *, but: str
) -> None:
    """Refuse to settle a name twice on the same days of the same country."""
    first, last = (pd.Timestamp(day) if day else None for day in days)
    same = (in_force["name"].map(folded) == folded(name)) & (in_force["country"].fillna("") == country)
    rows = in_force.loc[same & (in_force["name_id"] != but)]
    begun = rows["valid_from"].isna() | ((rows["valid_from"] <= last) if last is not None else True)
    lasting = rows["valid_to"].isna() | ((rows["valid_to"] >= first) if first is not None else True)
    if (begun & lasting).any():
        raise RequestError(f"{name!r} is settled already on some of these days; undo that first")


def _open_names(world: World) -> pd.DataFrame:
    """Names that nobody settled, as :func:`geo.actors.identity.ambiguous_names` gives them."""
    return ambiguous_names(world.reports, world.actors, world.records("actor_names"))


def _in_force(world: World) -> pd.DataFrame:
    """Settled names that were not taken back."""
    rows = world.records("actor_names")
    return rows.loc[~rows["withdrawn"].fillna(value=False).astype(bool)]


def _handle(kind: str, *parts: object) -> str:
    """Return a name for a row that does not tell its ids."""
    text = "\n".join([kind, *map(str, parts)])
    return hashlib.blake2b(text.encode(), key=_KEY, digest_size=6).hexdigest()


def _handles(listed: pd.DataFrame) -> list[str]:
    """Handle of each open name: by what makes its row, so that it lasts while the row does."""
    columns = ["name", "country", "candidates", "reason"]
    return [_handle("open", folded(name), *others) for name, *others in listed[columns].itertuples(index=False)]


def _described(listed: pd.DataFrame, world: World) -> pd.DataFrame:
    """Open names as a reader meets them; what a licence forbids to tell is empty."""
    reports = world.reports
    licensed = of_licensed_sources(reports, settings=world.settings)
    table = listed.drop(columns=["rows"]).assign(handle=_handles(listed))
    numbers: list[int | None] = []
    days: list[tuple[Any, Any]] = []
    for rows in listed["rows"]:
        places = list(rows)
        free = reports.iloc[[place for place in places if not licensed[place]]]
        of_licensed = len(places) - len(free)
        numbers.append(None if 0 < of_licensed < LEAST_LICENSED else len(places))
        days.append((free["date_start"].min(), free["date_end"].max()))
    table["reports"] = pd.array(numbers, dtype="Int64")
    for place, column in enumerate(("first_day", "last_day")):
        table[column] = pd.to_datetime(pd.Series([one[place] for one in days], dtype="datetime64[s]"))
    labels = _labels(world)
    table["candidates"] = [
        ", ".join(labels.get(one, one) for one in ids.split(_LIST) if one) for ids in listed["candidates"]
    ]
    # By the number told: the order must not give back one that is withheld.
    return table.sort_values("reports", ascending=False, kind="stable", ignore_index=True)


def _labels(world: World) -> dict[str, str]:
    """Name of each actor on record as a reader meets it."""
    ids = world.actors["actor_id"].astype(object)
    return dict(zip(ids, actor_labels(world, ids).astype(str), strict=True))


def _candidates(listed: pd.DataFrame, world: World) -> pd.DataFrame:
    """Records of the actors each open name may mean."""
    pairs = pd.DataFrame({"handle": _handles(listed), "actor_id": listed["candidates"].str.split(_LIST)})
    pairs = pairs.explode("actor_id")
    columns = ["actor_id", "name", "actor_type", "country", "valid_from", "valid_to", "aliases"]
    return pairs.merge(world.actors[columns], on="actor_id").reset_index(drop=True)


def _settled(in_force: pd.DataFrame, world: World) -> pd.DataFrame:
    """Settled names with who, when and why, newest first; an actor no longer on record is missing."""
    told = in_force.merge(world.notes("actor_names"), on="name_id", how="left")
    told["handle"] = [_handle("settled", one) for one in told["name_id"]]
    told["actor"] = told["actor_id"].astype(object).map(_labels(world))
    told["meant"] = ["one" if named else "none" for named in told["actor_id"].notna()]
    told.loc[told["actor"].isna() & (told["meant"] == "one"), "meant"] = "gone"
    return told.sort_values("recorded_at", ascending=False, kind="stable", ignore_index=True)
