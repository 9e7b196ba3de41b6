"""What is on record of one actor on a day: names, engagement, kin, commitments, violations, and the evidence behind it.

Nothing is computed that the audience may not see. Counts stand beside commitments so that a reader can judge; a count
of incidents says neither that a commitment was kept nor that it was broken.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.actors.colours import deal_colours
from geo.actors.fading import faded, graded, half_lives, with_half_lives
from geo.actors.identity import REPORTED
from geo.actors.lineage import (
    ancestors,
    commitments_on,
    descendants,
    inherited,
    links_of_records,
    with_record_ids,
)
from geo.answers.presence import actor_labels
from geo.answers.world import World
from geo.errors import UnknownRecordError
from geo.model import ActorRequest, Audience
from geo.redaction import Cleared, clear, sees_any
from geo.schema import VIOLATION_BASIS, VIOLATIONS

YEAR_DAYS = 365
_NOWHERE = ("country", "nowhere")  # says nothing about where: no weight in any cell
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActorAnswer:
    """One actor on a day, cleared for one audience; every table is empty where the audience may see none of it."""

    request: ActorRequest
    record: Cleared  # one row
    lineage: Cleared  # one row per actor of its kin, itself first
    links: Cleared  # one row per link between them
    commitments: Cleared  # its own, then those of whom it comes from
    violations: Cleared  # one row per violation and basis
    evidence: Cleared  # one row per dated piece, newest first
    quarters: Cleared  # one row per quarter with evidence, oldest first


def answer_actor(world: World, request: ActorRequest, *, audience: Audience) -> ActorAnswer:
    """Ask what is on record of one actor on a day.

    The world must have been opened with the question's ``known_at``. Who may see nothing of actors gets empty tables
    whatever the id. ``incidents_since`` counts incidents recorded as a violation the commitment covers, from the day
    the actor came from the signatory (own commitments: from signing) to ``as_of``; ``suggested_since`` those that only
    our crosswalk suggests. Both count incidents, and are no verdict.

    Raises
    ------
    UnknownRecordError
        When the audience may see actors and no record, link, report or sighting knows the id.
    """

    def seen(view: str) -> bool:
        return sees_any(view, audience=audience, settings=world.settings)

    def cleared(view: str, table: pd.DataFrame) -> Cleared:
        return clear(table, view=view, audience=audience, settings=world.settings)

    if not seen("actor_record"):
        views = ("record", "lineage", "links", "commitments", "violations", "evidence", "quarters")
        return ActorAnswer(request=request, **{name: cleared(_VIEWS[name], pd.DataFrame()) for name in views})
    links = links_of(world)
    _check_known(world, links, request.actor_id)
    pieces = _evidence(world, request)
    record = _record(world, request, pieces)
    nodes = _lineage(world, links, request)
    nothing = pd.DataFrame()
    return ActorAnswer(
        request=request,
        record=cleared("actor_record", record),
        lineage=cleared("lineage", nodes),
        links=cleared("lineage_links", _links_among(links, nodes, as_of=request.as_of)),
        commitments=cleared("commitments", _commitments(world, links, request) if seen("commitments") else nothing),
        violations=cleared("actor_violations", _violations(world, request) if seen("actor_violations") else nothing),
        evidence=cleared("actor_evidence", pieces if seen("actor_evidence") else nothing),
        quarters=cleared("actor_quarters", _quarters(pieces) if seen("actor_quarters") else nothing),
    )


_VIEWS = {
    "record": "actor_record",
    "lineage": "lineage",
    "links": "lineage_links",
    "commitments": "commitments",
    "violations": "actor_violations",
    "evidence": "actor_evidence",
    "quarters": "actor_quarters",
}


def links_of(world: World) -> pd.DataFrame:
    """Return all links between actors, from the table of links and from actor records, by ids of our records."""
    both = pd.concat([world.records("actor_links"), links_of_records(world.actors)], ignore_index=True)
    told = with_record_ids(both, world.actors)
    return told.drop_duplicates(["from_actor_id", "to_actor_id", "kind", "valid_from"], ignore_index=True)


def _check_known(world: World, links: pd.DataFrame, actor_id: str) -> None:
    known = (
        world.actors["actor_id"],
        world.parties["actor_id"],
        world.presence["actor_id"],
        links["from_actor_id"],
        links["to_actor_id"],
    )
    if not any((ids == actor_id).fillna(value=False).any() for ids in known):
        raise UnknownRecordError(
            f"no record, link or report knows an actor {actor_id!r}; take an actor_id from the answer of presence"
        )


def _labels(world: World, ids: pd.Series) -> pd.Series:
    """Name of each actor for reading; one that only reports of a source name is called as they call it."""
    told = actor_labels(world, ids)
    unnamed = (told == ids).fillna(value=False).astype(bool)
    reported = actor_labels(world, REPORTED + ids.astype(str))
    return told.mask(unnamed, reported).astype(str).str.removeprefix(REPORTED)


def _record(world: World, request: ActorRequest, pieces: pd.DataFrame) -> pd.DataFrame:
    """One row: the record as of the day; the mandate is the heir's from the day after ``mandate_until``."""
    ids = pd.Series([request.actor_id], dtype=object)
    dropped = ["import_id", "source_line", "source_ids"]
    known = world.actors.drop(columns=dropped, errors="ignore").set_index("actor_id")
    row = known.reindex(pd.Index(ids, name="actor_id")).reset_index()
    day = pd.Timestamp(request.as_of)
    unlisted = (row["listed_since"] > day).fillna(value=False).astype(bool)
    passed = (row["mandate_until"] < day).fillna(value=False).astype(bool)
    notes = world.notes("actors").set_index("actor_id")["recorded_at"]
    newest = pieces["age_days"].min() if len(pieces) else np.nan
    return row.assign(
        actor=_labels(world, ids).to_numpy(dtype=object),
        name=row["name"].fillna(pd.Series(_labels(world, ids), dtype="string")),
        on_record=request.actor_id in known.index,
        listed_for=row["listed_for"].mask(unlisted),
        listed_since=row["listed_since"].mask(unlisted),
        last_contact=row["last_contact"].mask(row["last_contact"] > day),
        mandate_holder=row["mandate_holder"].mask(passed, row["mandate_heir"]),
        recorded_at=ids.map(notes).to_numpy(),
        newest_evidence_days=newest,
    )


def _lineage(world: World, links: pd.DataFrame, request: ActorRequest) -> pd.DataFrame:
    """The actor, whom it comes from, who comes from it, who else comes from its ancestors, and its allies."""
    chosen, day = request.actor_id, request.as_of
    nodes: dict[str, tuple[str, int]] = {chosen: ("self", 0)}
    elders = ancestors(links, chosen, as_of=day)
    for relation, kin in (("ancestor", elders), ("descendant", descendants(links, chosen, as_of=day))):
        for actor, steps in zip(kin["actor_id"], kin["steps"], strict=True):
            nodes.setdefault(str(actor), (relation, int(steps)))
    for elder, up in zip(elders["actor_id"], elders["steps"], strict=True):
        others = descendants(links, str(elder), as_of=day)
        for actor, down in zip(others["actor_id"], others["steps"], strict=True):
            nodes.setdefault(str(actor), ("sibling", int(up + down)))
    pacts = _holding(links, as_of=day).loc[lambda held: held["kind"] == "allied_with"]
    for one, other in zip(pacts["from_actor_id"], pacts["to_actor_id"], strict=True):
        if chosen in (one, other):
            nodes.setdefault(str(other if one == chosen else one), ("ally", 1))
    ids = pd.Series(list(nodes), dtype=object)
    return pd.DataFrame(
        {
            "actor_id": ids,
            "actor": _labels(world, ids),
            "relation": [relation for relation, _ in nodes.values()],
            "steps": [steps for _, steps in nodes.values()],
            "on_record": ids.isin(world.actors["actor_id"]),
            **_spans(world, ids, as_of=day),
        }
    )


def _spans(world: World, ids: pd.Series, *, as_of: dt.date) -> dict[str, pd.Series]:
    """Colour of each actor, from when to when its record and its evidence up to the day reach; missing = not known."""
    records = world.actors.set_index("actor_id")
    day = pd.Timestamp(as_of)
    named = world.parties.assign(day=world.incidents["date_end"].to_numpy()[world.parties["row"]])
    sighted = world.presence.rename(columns={"observed_on": "day"})
    pieces = pd.concat([named[["actor_id", "day"]], sighted[["actor_id", "day"]]], ignore_index=True)
    days = pieces.loc[pieces["day"] <= day].groupby("actor_id")["day"]
    first, last = days.min(), days.max()
    reported = REPORTED + ids.astype(str)
    dealt = deal_colours(world.actors, world.parties)
    return {
        "colour": ids.map(dealt).fillna(reported.map(dealt)).astype(object),
        "valid_from": ids.map(records["valid_from"]),
        "valid_to": ids.map(records["valid_to"]),
        "first_evidence": ids.map(first).fillna(reported.map(first)),
        "last_evidence": ids.map(last).fillna(reported.map(last)),
    }


def _holding(links: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    day = pd.Timestamp(as_of)
    return links.loc[~(links["valid_from"] > day) & ~(links["valid_to"] < day)]


def _links_among(links: pd.DataFrame, nodes: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """Links that hold on the day between two of the actors."""
    held = _holding(links, as_of=as_of)
    inside = held["from_actor_id"].isin(nodes["actor_id"]) & held["to_actor_id"].isin(nodes["actor_id"])
    found = held.loc[inside & (held["from_actor_id"] != held["to_actor_id"])]
    found = found.sort_values(["valid_from", "from_actor_id", "to_actor_id", "kind"], ignore_index=True)
    return found.assign(dated=found["valid_from"].notna())


def _commitments(world: World, links: pd.DataFrame, request: ActorRequest) -> pd.DataFrame:
    """Own commitments, then inherited ones, each by day of signing."""
    known = commitments_on(world.records("commitments"), as_of=request.as_of)
    ids = known[["actor_id"]].rename(columns={"actor_id": "from_actor_id"}).assign(to_actor_id=known["actor_id"])
    known = known.assign(actor_id=with_record_ids(ids, world.actors)["from_actor_id"].to_numpy(dtype=object))
    passed_on = inherited(known, links, as_of=request.as_of)
    passed_on = passed_on.loc[passed_on["actor_id"] == request.actor_id].set_index("commitment_id")
    own = known["actor_id"] == request.actor_id
    table = known.loc[own | known["commitment_id"].isin(passed_on.index)].copy()
    told = passed_on[["standing", "linked_on"]].reindex(table["commitment_id"]).set_index(table.index)
    own = own.loc[table.index]
    table["standing"] = told["standing"].astype(object).mask(own, "own")
    table["linked_on"] = told["linked_on"].mask(own)
    since = table["linked_on"].mask(own, table["signed_on"])
    for name, basis in zip(("incidents_since", "suggested_since"), VIOLATION_BASIS, strict=True):
        table[name] = _counts_since(_named_by(world, request), table["violations"], since, basis=basis)
    table["signatory_id"] = table["actor_id"]
    table["signatory"] = _labels(world, table["actor_id"])
    order = table.assign(inherited=~own).sort_values(["inherited", "signed_on", "commitment_id"]).index
    return table.loc[order].drop(columns=["actor_id"]).reset_index(drop=True)


def _counts_since(incidents: pd.DataFrame, covered: pd.Series, since: pd.Series, *, basis: str) -> pd.Series:
    """Incidents of one basis and of the violations covered from a day on; missing where the day is not known."""
    of_basis = incidents.loc[_basis_of(incidents) == basis]
    counts: list[int | None] = []
    for words, day in zip(covered.astype(object).fillna(""), since, strict=True):
        inside = of_basis["violation"].isin(words.split(_SEPARATOR)) & (of_basis["date_start"] >= day)
        counts.append(None if pd.isna(day) else int(inside.sum()))
    return pd.Series(counts, index=covered.index, dtype="Int64")


def _named_by(world: World, request: ActorRequest) -> pd.DataFrame:
    """Incidents up to the day that name the actor."""
    rows = world.parties.loc[world.parties["actor_id"] == request.actor_id, "row"].to_numpy(dtype=np.int64)
    named = world.incidents.iloc[np.unique(rows)]
    return named.loc[named["date_end"] <= pd.Timestamp(request.as_of)]


def _basis_of(incidents: pd.DataFrame) -> pd.Series:
    """Who says which violation it was; without a word, the source."""
    return incidents["violation_basis"].fillna(VIOLATION_BASIS[0])


def _violations(world: World, request: ActorRequest) -> pd.DataFrame:
    """Incidents naming the actor by violation and basis, in the last 365 days and in all."""
    named = _named_by(world, request)
    named = named.loc[named["violation"].notna()]
    recent = named["date_end"] > pd.Timestamp(request.as_of) - pd.Timedelta(days=YEAR_DAYS)
    rows = pd.DataFrame({"violation": named["violation"].astype(object), "basis": _basis_of(named), "recent": recent})
    counted = rows.groupby(["violation", "basis"], as_index=False).agg(
        incidents=("recent", "size"), last_12_months=("recent", "sum")
    )
    rank = counted["violation"].map({word: number for number, word in enumerate(VIOLATIONS)})
    return counted.assign(rank=rank).sort_values(["rank", "basis"], ignore_index=True).drop(columns="rank")


def _evidence(world: World, request: ActorRequest) -> pd.DataFrame:
    """Each dated piece up to the day, newest first, with what it weighs on the day.

    A piece that is known to no place below the country weighs nothing, as in influence.
    """
    rules, day = world.settings.influence, pd.Timestamp(request.as_of)
    named = _named_by(world, request)
    told = named["event_type"].fillna("incident") + (", " + named["violation"]).fillna("")
    columns = ["place_precision", "admin1", "source", "place", "longitude", "latitude", "incident_id"]
    of_incidents = named[columns].assign(
        kind="incident", day=named["date_end"], what=told, weight=rules.incident_weight
    )
    presence = world.presence
    seen = presence.loc[(presence["actor_id"] == request.actor_id) & (presence["observed_on"] <= day)]
    shared = [
        "place_precision",
        "admin1",
        "longitude",
        "latitude",
        "reliability",
        "credibility",
        "source",
        "presence_id",
    ]
    of_presence = seen[shared].assign(
        kind="presence",
        day=seen["observed_on"],
        what=seen["source_type"].fillna("other"),
        weight=rules.presence_weight * graded(seen),
    )
    pieces = pd.concat([of_incidents, of_presence], ignore_index=True)
    age_days = (day - pieces["day"]).dt.days.astype("int64")
    located = ~pieces["place_precision"].isin(_NOWHERE)
    half_life_days = half_lives(
        with_half_lives(pieces.assign(actor_id=request.actor_id), world.actors, settings=rules), settings=rules
    )
    weight = faded(pieces["weight"].astype(float), age_days, half_life_days) * located
    return pieces.assign(age_days=age_days, weight=weight).sort_values(
        ["day", "kind"], ascending=[False, True], kind="stable", ignore_index=True
    )


def _quarters(pieces: pd.DataFrame) -> pd.DataFrame:
    """Pieces of evidence per calendar quarter, with its first day; quarters without any are left out."""
    quarter = pieces["day"].dt.to_period("Q").dt.start_time.astype("datetime64[s]")
    kinds = pd.DataFrame({"incidents": pieces["kind"] == "incident", "sightings": pieces["kind"] == "presence"})
    counted = kinds.astype("int64").groupby(quarter.rename("quarter")).sum().reset_index()
    return counted.assign(pieces=counted["incidents"] + counted["sightings"])
