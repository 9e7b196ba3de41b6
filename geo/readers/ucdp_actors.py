"""UCDP Actor dataset, as actors and, from the same file, as links between actors.

Two formats read one file, since a reading holds one table. Form read: the 35-column CSV of version 22.1, UTF-8 with
byte order mark; one row per actor, lists inside cells parted by commas. Column names are what the rules below rest
on, checked against the published rows; the publisher's codebook is the authority where they differ.

Actors:

* ``actor_id`` is ``ucdp:`` and ``ActorId``, the number the Georeferenced Event Dataset uses for sides; ``name`` is
  ``NameData``, the name that dataset uses. It is often an acronym and several actors may share it: those are flagged.
* Every other name is an alias: ``NameOrig``, the first name, and its full forms; ``NewName``, the later names. A change
  of name keeps the actor's number, so it makes no link. Full later names are parted by commas only where they are as
  many as the short ones, for names hold commas too.
* ``Org`` 4 is a government: ``state``, or ``foreign_state`` where another country is asked for. 1 formally organised,
  2 supporters of a party and 3 communal groups are ``non_state``.
* ``GWNOLoc`` lists the states in which the actor fought, not its seat. A government has the country of its name; another
  actor has a country only where the list names a single one. Asked for a country, every actor that fought there counts.

Links, each ``source`` ucdp and ``basis`` the column that states it:

* ``Splinter``, ``ActorIdPrev``: the actor broke out of another: ``splinter_of``.
* ``SplitTemp``, ``ActorIdSplitTemp``: the same, for a time: ``splinter_of`` with the basis SplitTemp.
* ``JoinGroup``, ``ActorIdGroup``: the actor went into another: ``merged_into``.
* ``Alliance``, ``ActorIdAlliance``: the actor entered an alliance that is an actor itself: ``allied_with``.

The dataset dates nothing: ``valid_from`` and ``valid_to`` are empty, "day not known". Two actors may each come from the
other (a faction that breaks out and rejoins). An id that the file does not describe is kept and flagged.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from geo.contracts import faults
from geo.errors import ImportRefusedError
from geo.readers.countries import alpha3_of_names, alpha3_of_state_numbers, check_country
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.schema import ACTOR_LINKS, ACTORS

READER_VERSION = "1"
_WHAT = "a UCDP Actor file"
_NEEDED_ACTORS = ("actorid", "namedata", "org", "gwnoloc")
_FIRST_NAMES = ("nameorig", "nameorigfull", "nameorigfulleng")
_NEW_NAME = "newname"
_NEW_FULL_NAMES = ("newnamefullmothertongue", "newnamefulleng")
_ACTOR_COLUMNS = frozenset((*_NEEDED_ACTORS, *_FIRST_NAMES, _NEW_NAME, *_NEW_FULL_NAMES))
_TYPES = {"1": "non_state", "2": "non_state", "3": "non_state", "4": "state"}
_STATE_NAME = r"^Government of (?:the )?(.+)$"
_NOT_GIVEN = frozenset({"", "n/a"})
_NO_NUMBER = "not the number of an actor"
_WHOLE_NUMBER = r"^([0-9]+)\.0+$"  # tables saved from statistics packages write 5 as 5.0
_GOVERNMENT = "4"
_LISTED = ";"
_UNDATED = "the dataset dates no link: the day of each is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """Three columns that state one kind of link."""

    kind: str
    said: str  # 1 where the actor has such a link
    ids: str  # the other actors, parted by commas
    basis: str  # column as UCDP writes it


_STATEMENTS = (
    _Statement(kind="splinter_of", said="splinter", ids="actoridprev", basis="Splinter"),
    _Statement(kind="splinter_of", said="splittemp", ids="actoridsplittemp", basis="SplitTemp"),
    _Statement(kind="merged_into", said="joingroup", ids="actoridgroup", basis="JoinGroup"),
    _Statement(kind="allied_with", said="alliance", ids="actoridalliance", basis="Alliance"),
)
_NEEDED_LINKS = (*_NEEDED_ACTORS, *(name for one in _STATEMENTS for name in (one.said, one.ids)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """One link as the file states it."""

    line: int
    actor: str
    kind: str
    basis: str
    value: str  # the other actor
    fault: str = ""


def read_ucdp_actors(path: Path, *, country: str | None = None) -> Reading:
    """Read the UCDP Actor dataset as actors.

    Parameters
    ----------
    country
        ISO alpha-3 code: actors that did not fight there, and whose own country it is not, are rejected with that
        reason.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in.
    """
    wanted = check_country(country)
    provenance = provenance_of(path, format_name="ucdp_actors", reader_version=READER_VERSION)
    table = read_text_table(path, wanted=_ACTOR_COLUMNS)
    table.need(_NEEDED_ACTORS, what=_WHAT)
    found = table.frame.apply(_stripped)
    raw = _as_actors(found, wanted)
    unnumbered = found.loc[~_numbered(found["actorid"]), "actorid"]
    return settle(
        ACTORS,
        raw,
        provenance=replace(provenance, encoding=table.encoding, notes=table.notes),
        rejects=[
            table.rejects,
            faults((line, "actor_id", number, _NO_NUMBER) for line, number in unnumbered.items()),
            faults((line, "country", value, reason) for line, (value, reason) in _elsewhere(found, wanted).items()),
        ],
        flags=[table.flags, _doubts(found)],
    )


def read_ucdp_actor_links(path: Path, *, country: str | None = None) -> Reading:
    """Read the UCDP Actor dataset as links between actors, one row per link stated.

    The index is the number of the link in the file, from 1, since one line may state several; faults name the line.

    Parameters
    ----------
    country
        ISO alpha-3 code: links stated of actors that did not fight there, and whose own country it is not, are
        rejected with that reason.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or states no link.
    """
    wanted = check_country(country)
    provenance = provenance_of(path, format_name="ucdp_actor_links", reader_version=READER_VERSION)
    table = read_text_table(path, wanted=_NEEDED_LINKS)
    table.need(_NEEDED_LINKS, what=_WHAT)
    found = table.frame.apply(_stripped)
    links = [*_broken_rows(table), *_stated_links(found)]
    if not links:
        raise ImportRefusedError(f"{path.name} states no link between actors; nothing was imported")
    numbered = list(enumerate(sorted(links, key=lambda link: link.line), start=1))
    away = _elsewhere(found, wanted)
    described = set(found["actorid"])
    rejected = [(number, link, "country", *away[link.line]) for number, link in numbered if link.line in away]
    rejected += [(number, link, link.basis, link.value, link.fault) for number, link in numbered if link.fault]
    doubtful = [
        (number, link, "to_actor_id", link.value, "this actor is not described in the file; kept")
        for number, link in numbered
        if link.value not in described
    ]
    return settle(
        ACTOR_LINKS,
        _as_links(numbered),
        provenance=replace(provenance, encoding=table.encoding, notes=(*table.notes, _UNDATED)),
        rejects=[_with_lines(rejected)],
        flags=[_with_lines(doubtful)],
    )


def _stripped(text: pd.Series) -> pd.Series:
    """Text on one line without outer blanks; "" where nothing is given."""
    bare = text.astype("string").str.replace(r"\s+", " ", regex=True).str.strip().fillna("").astype(object)
    return bare.mask(bare.str.lower().isin(_NOT_GIVEN), "").str.replace(_WHOLE_NUMBER, r"\1", regex=True)


def _numbered(ids: pd.Series) -> pd.Series:
    return ids.str.fullmatch(r"[0-9]+")


def _entries(cell: str) -> list[str]:
    """Entries of a list parted by commas."""
    return [entry.strip() for entry in cell.split(",") if entry.strip()]


def _as_actors(found: pd.DataFrame, wanted: str | None) -> pd.DataFrame:
    """Rename and recode; what cannot be recoded stays empty for the contract to judge."""
    raw = pd.DataFrame(index=found.index)
    raw["actor_id"] = "ucdp:" + found["actorid"]
    raw["source_ids"] = raw["actor_id"]
    raw["name"] = found["namedata"]
    raw["aliases"] = [_other_names(row) for row in found.to_dict("records")]
    raw["country"] = _seats(found)
    kind = found["org"].map(_TYPES).fillna("unknown")
    foreign = (kind == "state") & raw["country"].ne(wanted or "").fillna(value=True)
    raw["actor_type"] = kind.mask(foreign & (wanted is not None), "foreign_state")
    return raw


def _other_names(row: dict[Hashable, Any]) -> str:
    """Every name of an actor but the canonical one, each spelling once, separated by semicolons."""
    new = _entries(row.get(_NEW_NAME, ""))
    later = [name for column in _NEW_FULL_NAMES for name in _parted(row.get(column, ""), len(new))]
    every = [*(row.get(column, "") for column in _FIRST_NAMES), *new, *later]
    # A semicolon parts the aliases of a record, so none may stand in a name.
    plain = dict.fromkeys(name.replace(_LISTED, ",") for name in every if name)
    return _LISTED.join(name for name in plain if name != row["namedata"])


def _parted(cell: str, size: int) -> list[str]:
    """Full later names: parted where they are as many as the short ones, else whole."""
    entries = _entries(cell)
    return entries if len(entries) == size else [cell]


def _fought_in(found: pd.DataFrame) -> pd.Series:
    """Alpha-3 codes of the states each actor fought in, None for a number that is not in the table."""
    lists = found["gwnoloc"].map(_entries)
    numbers = sorted({number for one in lists for number in one})
    codes = dict(zip(numbers, alpha3_of_state_numbers(pd.Series(numbers, dtype="string")), strict=True))
    return lists.map(lambda one: [None if pd.isna(codes[number]) else codes[number] for number in one])


def _seats(found: pd.DataFrame) -> pd.Series:
    """Country of each actor; missing where the file does not tell it."""
    named = alpha3_of_names(found["namedata"].str.extract(_STATE_NAME, expand=False)).astype(object)
    only = _fought_in(found).map(lambda codes: codes[0] if len(codes) == 1 else None)
    seat = named.where(found["org"] == _GOVERNMENT, only)
    return seat.where(seat.notna(), None)


def _elsewhere(found: pd.DataFrame, wanted: str | None) -> dict[int, tuple[str, str]]:
    """Value and reason by line, for actors of other countries than the one asked for."""
    if wanted is None:
        return {}
    told = {}
    for line, seat, fought in zip(found.index, _seats(found), _fought_in(found), strict=True):
        if wanted not in (seat, *fought):
            known = ", ".join(sorted({code for code in (seat, *fought) if code}))
            reason = (
                f"country is {known}, not {wanted}" if known else f"country is not known, so not taken for {wanted}"
            )
            told[int(line)] = (known, reason)
    return told


def _doubts(found: pd.DataFrame) -> pd.DataFrame:
    """Rows to keep with a doubt: unknown kind of actor or state, and a name that several actors share."""
    shared = found.loc[found["namedata"].duplicated(keep=False) & (found["namedata"] != ""), "namedata"]
    untyped = found.loc[~found["org"].isin(_TYPES), "org"]
    nowhere = found.loc[_fought_in(found).map(lambda codes: not codes or None in codes), "gwnoloc"]
    unseated = found.loc[(found["org"] == _GOVERNMENT) & _seats(found).isna(), "namedata"]
    return pd.concat(
        [
            faults((line, "country", name, "no country of this name is known") for line, name in unseated.items()),
            faults((line, "name", name, "several actors of the file have this name") for line, name in shared.items()),
            faults((line, "actor_type", code, "Org is not 1, 2, 3 or 4") for line, code in untyped.items()),
            faults(
                (line, "country", numbers, "a state number is not in the table") for line, numbers in nowhere.items()
            ),
        ],
        ignore_index=True,
    )


def _broken_rows(table: TextTable) -> Iterator[_Link]:
    """Rows that could not be split into cells: nobody knows what they state, so each counts as one link."""
    for line, column, value, reason in table.rejects.itertuples(index=False, name=None):
        yield _Link(line=int(line), actor="", kind="", basis=column, value=value, fault=reason)


def _stated_links(found: pd.DataFrame) -> Iterator[_Link]:
    """Every link of the table, sound or not."""
    for line, row in zip(found.index, found.to_dict("records"), strict=True):
        actor = row["actorid"]
        for one in _STATEMENTS:
            said, others = row[one.said] == "1", _entries(row[one.ids])
            if said and not others:
                yield _Link(line=line, actor=actor, kind=one.kind, basis=one.basis, value="", fault="names no actor")
            for other in others:
                fault = _fault_of(actor, other) or ("" if said else f"an actor is named, but {one.basis} is not 1")
                yield _Link(line=line, actor=actor, kind=one.kind, basis=one.basis, value=other, fault=fault)


def _fault_of(actor: str, other: str) -> str:
    if not (actor.isascii() and actor.isdigit() and other.isascii() and other.isdigit()):
        return _NO_NUMBER
    return "links the actor to itself" if actor == other else ""


def _as_links(numbered: list[tuple[int, _Link]]) -> pd.DataFrame:
    rows = [
        {
            "link_id": f"ucdp:{link.actor}-{link.basis}-{link.value}",
            "from_actor_id": f"ucdp:{link.actor}",
            "to_actor_id": f"ucdp:{link.value}",
            "kind": link.kind,
            "source": "ucdp",
            "basis": link.basis,
        }
        for _, link in numbered
    ]
    return pd.DataFrame(rows, index=pd.Index([number for number, _ in numbered], name="line"), dtype="string")


def _with_lines(rows: list[tuple[int, _Link, str, str, str]]) -> pd.DataFrame:
    """Faults of links, each with the line of the file it stands in."""
    return faults((number, column, value, f"line {link.line}: {why}") for number, link, column, value, why in rows)
