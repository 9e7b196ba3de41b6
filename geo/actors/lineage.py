"""Who came from whom, and which commitments came along: an armed group that splits keeps what its parent signed.

Rules, for all functions:

* A link reads "from_actor KIND to_actor" (contract ``actor_links``). ``parent_of``, ``merged_into`` and ``renamed_to``
  lead from the elder to the younger actor, ``splinter_of`` from the younger to the elder; ``allied_with`` is no descent.
* A link holds on the day asked for when that day lies in ``valid_from`` to ``valid_to``, both inclusive. A missing day
  leaves that end open.
* Descent follows time: who left a group before another joined it does not descend from the other. So along a chain,
  from elder to younger, the days of the links never go back; an undated link fits anywhere. Equal days follow each
  other.
* What rests on an undated link is never certain: ``dated`` is False, and a commitment's standing is "unknown".

Actors may come from each other (a faction leaves and rejoins): every function ends, and nobody is kin to itself.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from itertools import count

import numpy as np
import pandas as pd

from geo.actors.identity import ids_of
from geo.schema import ACTOR_LINKS

DESCENT = ("parent_of", "splinter_of", "merged_into", "renamed_to")
SUCCESSION = ("merged_into", "renamed_to")
STANDINGS = ("inherited", "unknown", "signed_after_link", "broken", "renewed")
KEPT = ("signed", "in_force", "completed")  # statuses of an heir's own record that renew a parent's commitment
_YOUNGER_FIRST = "splinter_of"
_RELATIONS = {"split": "splinter_of", "merge": "merged_into", "rename": "renamed_to"}
_BEFORE_ALL = -(2**62)
# elder, younger, day of the link as days since 1970, None where not known
_Edge = tuple[str, str, int | None]


def ancestors(links: pd.DataFrame, actor_id: str, *, as_of: dt.date) -> pd.DataFrame:
    """Return whom an actor comes from on a day.

    Parameters
    ----------
    links
        Table under the actor_links contract. Not changed.

    Returns
    -------
    pandas.DataFrame
        ``actor_id``, ``steps`` (fewest links between), ``dated`` (whether a chain of dated links shows it), by steps
        and id.
    """
    backwards = [(younger, elder, None if day is None else -day) for elder, younger, day in _edges(links, as_of)]
    return _kin(backwards, actor_id)


def descendants(links: pd.DataFrame, actor_id: str, *, as_of: dt.date) -> pd.DataFrame:
    """Return who comes from an actor on a day; columns as in :func:`ancestors`."""
    return _kin(_edges(links, as_of), actor_id)


def successors(links: pd.DataFrame, actor_id: str, *, as_of: dt.date) -> pd.DataFrame:
    """Return what an actor became on a day by mergers and changes of name; columns as in :func:`ancestors`.

    The row with most steps is the latest; two rows of equal steps mean that it went into two actors.
    """
    return _kin(_edges(links, as_of, kinds=SUCCESSION), actor_id)


def inherited(commitments: pd.DataFrame, links: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """Return how each commitment stands with each descendant of its signatory on a day.

    Parameters
    ----------
    commitments
        ``commitment_id``, ``actor_id`` of the signatory, ``signed_on`` (missing = not known). Commitments signed after
        the day are left out. Where there are ``status``, ``status_on`` and ``follows_id``, as in the contract
        commitments, they are as of the day: see :func:`commitments_on`. What was never signed is not passed on. Not
        changed.
    links
        Table under the actor_links contract. Not changed.

    Returns
    -------
    pandas.DataFrame
        ``commitment_id``, ``signatory_id``, ``actor_id``, ``standing``, ``linked_on`` (day the actor came from the
        signatory by a chain of dated links, missing where there is none), in the order of the commitments, then by id.
        "broken", "renewed": a record of the actor itself that follows the commitment says so (broken; signed, in force
        or completed). "broken" also where the signatory had broken it by the day the chain left it. Otherwise
        "inherited": a chain of dated links leads to the actor, the first on the day of signing or later.
        "signed_after_link": every chain left the signatory before that day. "unknown": only an undated link or an
        unknown day of signing stands between the two. None says whether the actor keeps the commitment.
    """
    edges = _edges(links, as_of)
    certain = [edge for edge in edges if edge[2] is not None]
    own = _own_standings(commitments)
    rows: list[tuple[object, str, str, str, int | None]] = []
    for commitment, signatory, signed, broken in _signed(commitments, as_of):
        ever = _reached(edges, signatory, since=_BEFORE_ALL)
        possible, sure, before = ever, dict[str, int](), dict[str, int]()
        if signed is not None:
            possible = _reached(edges, signatory, since=signed)
            sure = _arrivals(certain, signatory, since=signed)
            unbroken = [
                e for e in certain if broken is None or e[0] != signatory or (e[2] is not None and e[2] < broken)
            ]
            before = _reached(unbroken, signatory, since=signed)
        for heir in sorted(ever):
            reached = "inherited" if heir in before else "broken" if heir in sure else "unknown"
            standing = own.get((str(commitment), heir), reached if heir in possible else "signed_after_link")
            rows.append((commitment, signatory, heir, standing, sure.get(heir)))
    found = pd.DataFrame(rows, columns=["commitment_id", "signatory_id", "actor_id", "standing", "linked_on"])
    days = found["linked_on"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    whole = np.where(np.isnan(days), np.iinfo(np.int64).min, np.nan_to_num(days)).astype(np.int64)
    return found.assign(linked_on=whole.astype("datetime64[D]").astype("datetime64[s]"))


def commitments_on(commitments: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """Return the commitments that had begun by a day, with the status they had.

    One begins on the day of signing; one that was not signed, on the day of its status. Before ``status_on`` a signed
    commitment reads "signed" since ``signed_on``, because its record does not say what it was in between. Days that
    lay ahead are missing, and records that are no longer or not yet valid are left out.
    """
    day = pd.Timestamp(as_of)
    begun = commitments["signed_on"].fillna(commitments["status_on"]).fillna(commitments["valid_from"])
    valid = ~(commitments["valid_from"] > day) & ~(commitments["valid_to"] < day)
    known = commitments.loc[~(begun > day) & valid].reset_index(drop=True)
    ahead = known["status_on"] > day
    status = known["status"].mask(ahead, "signed")
    return known.assign(status=status, status_on=known["status_on"].mask(ahead, known["signed_on"]))


def _signed(commitments: pd.DataFrame, as_of: dt.date) -> Iterable[tuple[object, str, int | None, int | None]]:
    """Each commitment that may be passed on: id, signatory, days of signing and of breach since 1970."""
    size = len(commitments)
    signed_on = commitments["signed_on"].to_numpy().astype("datetime64[D]")
    told = "status" in commitments
    statuses = commitments["status"].astype(object).tolist() if told else [None] * size
    status_on = commitments["status_on"].to_numpy().astype("datetime64[D]") if told else np.full(size, "NaT", "M8[D]")
    broken_on = np.where(np.isnat(status_on), signed_on, status_on)
    columns = (commitments["commitment_id"], commitments["actor_id"], signed_on, statuses, broken_on)
    for commitment, signatory, day, status, since in zip(*columns, strict=True):
        unsigned = status == "negotiating" or (status == "broken" and np.isnat(day))
        if unsigned or day > np.datetime64(as_of, "D"):  # never so for a missing day
            continue
        broken = int(since.astype(np.int64)) if status == "broken" else None
        yield commitment, str(signatory), None if np.isnat(day) else int(day.astype(np.int64)), broken


def _own_standings(commitments: pd.DataFrame) -> dict[tuple[str, str], str]:
    """What records of heirs say of the commitment they follow, by commitment and heir; a breach outweighs."""
    if "follows_id" not in commitments:
        return {}
    own = commitments.loc[commitments["follows_id"].notna(), ["follows_id", "actor_id", "status"]].astype(object)
    said: dict[tuple[str, str], str] = {}
    for followed, actor, status in own.itertuples(index=False, name=None):
        if status == "broken":
            said[(followed, actor)] = "broken"
        elif status in KEPT:
            said.setdefault((followed, actor), "renewed")
    return said


def links_of_records(actors: pd.DataFrame) -> pd.DataFrame:
    """Return the links that actor records state themselves in ``parent_id`` and ``parent_relation``.

    A record with a parent and no relation is a ``parent_of``; the day is the record's ``valid_from``.
    """
    known = actors.loc[actors["parent_id"].notna() & actors["actor_id"].notna()]
    kind = known["parent_relation"].astype(object).map(_RELATIONS).fillna("parent_of")
    younger_first = kind == _YOUNGER_FIRST
    child, parent = (known[column].astype(object) for column in ("actor_id", "parent_id"))
    raw = pd.DataFrame(
        {
            "link_id": child + "-record-" + parent,
            "from_actor_id": child.where(younger_first, parent),
            "to_actor_id": parent.where(younger_first, child),
            "kind": kind,
            "valid_from": known["valid_from"].dt.strftime("%Y-%m-%d"),
            "source": "actor record",
            "basis": "parent_id",
        }
    )
    return ACTOR_LINKS.check(raw.reset_index(drop=True)).frame


def with_record_ids(links: pd.DataFrame, actors: pd.DataFrame) -> pd.DataFrame:
    """Return links whose ids of a source are replaced by the id of the one actor record that carries them.

    An id that no record or several carry stays as it is.
    """
    ids = ids_of(actors)
    ids = ids.loc[~ids.duplicated("key", keep=False)]
    owner = dict(zip(ids["key"], actors["actor_id"].astype(object).to_numpy()[ids["position"]], strict=True))
    ends = {
        column: links[column].map(lambda one: owner.get(one.casefold(), one), na_action="ignore").astype("string")
        for column in ("from_actor_id", "to_actor_id")
    }
    return links.assign(**ends)


def _edges(links: pd.DataFrame, as_of: dt.date, *, kinds: Collection[str] = DESCENT) -> list[_Edge]:
    """Links of descent that hold on a day, from elder to younger, each once."""
    day = np.datetime64(as_of, "D")
    starts, ends = (links[column].to_numpy().astype("datetime64[D]") for column in ("valid_from", "valid_to"))
    holds = (np.isnat(starts) | (starts <= day)) & (np.isnat(ends) | (ends >= day)) & links["kind"].isin(kinds)
    found = set()
    columns = (links["from_actor_id"], links["to_actor_id"], links["kind"], starts, holds)
    for first, last, kind, start, held in zip(*columns, strict=True):
        if held and first != last:
            elder, younger = (last, first) if kind == _YOUNGER_FIRST else (first, last)
            found.add((str(elder), str(younger), None if np.isnat(start) else int(start.astype(np.int64))))
    return list(found)


def _kin(edges: Collection[_Edge], actor_id: str) -> pd.DataFrame:
    """Everybody reached from an actor, by steps and id."""
    certain = _reached([edge for edge in edges if edge[2] is not None], actor_id, since=_BEFORE_ALL)
    steps = _reached(edges, actor_id, since=_BEFORE_ALL)
    rows = sorted((step, other) for other, step in steps.items())
    return pd.DataFrame(
        {
            "actor_id": pd.Series([other for _, other in rows], dtype="string"),
            "steps": pd.Series([step for step, _ in rows], dtype="int64"),
            "dated": pd.Series([other in certain for _, other in rows], dtype="bool"),
        }
    )


def _reached(edges: Iterable[_Edge], start: str, *, since: int) -> dict[str, int]:
    """Fewest links to each actor over chains whose days never go back and begin on ``since`` or later."""
    return _walk(edges, start, since=since)[1]


def _arrivals(edges: Iterable[_Edge], start: str, *, since: int) -> dict[str, int]:
    """Earliest day each actor is reached by such chains."""
    return _walk(edges, start, since=since)[0]


def _walk(edges: Iterable[_Edge], start: str, *, since: int) -> tuple[dict[str, int], dict[str, int]]:
    """Earliest day and fewest links to each actor but the first.

    Round k holds the earliest day each actor is reached by at most k links; earlier is never worse, and each round
    brings a day forward or is the last, so cycles end.
    """
    edges = list(edges)
    earliest, steps = {start: since}, {start: 0}
    for step in count(1):
        nearer = dict(earliest)
        for elder, younger, day in edges:
            left = earliest.get(elder)
            if left is None or (day is not None and day < left):
                continue
            arrived = left if day is None else day
            if arrived < nearer.get(younger, arrived + 1):
                nearer[younger] = arrived
                steps.setdefault(younger, step)
        if nearer == earliest:
            break
        earliest = nearer
    others = [actor for actor in steps if actor != start]
    return {actor: earliest[actor] for actor in others}, {actor: steps[actor] for actor in others}
