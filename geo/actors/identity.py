"""Which actor a report speaks of. Acronyms collide ("UPC" is three groups): when in doubt, nobody's.

The rule, in order, for each armed side an incident names (civilians are none):

1. The source's id equals the ``actor_id`` or one of the ``source_ids`` of an actor. Where several share
   it, those valid on the incident's days stay.
2. Otherwise, what a person settled about the name: the name equals a settled one without case and accents, the
   country equals the settled one (a settled name without a country is of all), and a day of the incident lies in the
   settled days. One that names the country goes before one of all countries. The actor meant stands whatever its own
   days and country, unless it carries *another* id of the same source; "none of the actors on record" leaves the
   report as reported. Where the actor meant is on record no more, or two settled names say different things, nobody
   is chosen and the name is listed again (4).
3. Otherwise the name equals an actor's canonical name, short name or alias, without case and accents.
   The actor must be valid on one of the incident's days, and must not carry *another* id of the
   same source. Where several stay, those of the incident's country stay.
   A name that an actor spells as an acronym (:func:`is_acronym`) says less: the actor must be of the incident's
   country as well. Only where one actor alone bears it, and its country or the incident's is not known, the days do.
4. Whatever leaves not exactly one actor keeps the identity ``reported:<source id or name>``, and
   :func:`ambiguous_names` lists it for a person to settle. So does a coalition ("anti-Balaka, FPRC-AK"): it is
   split only by an alias that equals the whole of it.

A record of a reference dataset (its ``actor_id`` is the source's id, e.g. "ucdp:488") that one other record lists in
its ``source_ids`` is absorbed by that record: its ids and names are the other's, which a person wrote.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.incidents.names import fold_all, folded, reported_parties

PositionArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
REPORTED = "reported:"
_SEPARATOR = ";"
_SEVERAL = 2
# Why a reported name is left to a person.
SEVERAL_FIT = "several actors fit"
PLACE_UNTOLD = "an acronym, and the place does not tell"
NOT_THEN = "no actor of that name on those days"
MEANT_GONE = "settled, but the actor meant is on record no more"
SETTLED_TWICE = "settled as several actors"
REASONS = (SEVERAL_FIT, PLACE_UNTOLD, NOT_THEN, MEANT_GONE, SETTLED_TWICE)
# What stands in place of a position where no actor is matched.
_OPEN, _NONE_MEANT, _GONE, _TWICE = -1, -2, -3, -4


def resolve_actors(incidents: pd.DataFrame, actors: pd.DataFrame, settled: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return who stands in each incident, one row per incident and actor.

    Parameters
    ----------
    incidents
        Table under the incidents contract. Not changed.
    actors
        Table under the actors contract, all rows ever valid; may be empty. Not changed.
    settled
        Table under the actor_names contract; ``None`` = nothing is settled. Not changed.

    Returns
    -------
    pandas.DataFrame
        ``row`` (position of the incident), ``actor_id``, ``name``; an actor on both sides counts once.
        Reported actors have the name of their first mention.
    """
    parties = _parties(incidents)
    return _identities(parties, _match(parties, actors, settled), actors)


def ambiguous_names(incidents: pd.DataFrame, actors: pd.DataFrame, settled: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return reported names that actors of the record bear although no report of them could be matched.

    Parameters are those of :func:`resolve_actors`. A name whose source id says that it is another actor, a name nobody
    bears, and one settled as none of the actors are not listed; one whose settlement no longer tells is.

    Returns
    -------
    pandas.DataFrame
        One row per name, country and reason, by name and country: ``name`` as first reported, ``country`` ("" = not
        known), ``reports``, ``first_day``, ``last_day``, ``candidates`` (actor ids separated by ;), ``reason``
        (one of :data:`REASONS`), ``rows`` (positions of the reports, in order).
    """
    parties = _parties(incidents)
    position = _match(parties, actors, settled)
    listable = (position < 0) & (position != _NONE_MEANT)
    left = parties.loc[listable].reset_index(drop=True)
    unsettled = pd.Series(position[listable]).map({_GONE: MEANT_GONE, _TWICE: SETTLED_TWICE})
    fits = _candidates(left.assign(key=left["folded"]).loc[left["folded"] != ""], _names(actors), on="key")
    fits = fits.loc[~_other_id(fits, actors)]
    fits["valid"] = _valid(fits, actors)
    fits["here"] = fits["valid"] & _placed(fits, actors)[0]
    fits["actor_id"] = actors["actor_id"].astype(object).to_numpy()[fits["position"]]
    told = fits.groupby("party").agg(
        candidates=("actor_id", lambda ids: _SEPARATOR.join(sorted(set(ids)))),
        valid=("valid", "any"),
        acronym=("acronym", "any"),
        here=("here", "sum"),
    )
    unplaced = told["acronym"] & (told["here"] < _SEVERAL)
    told["reason"] = np.select([~told["valid"], unplaced], [NOT_THEN, PLACE_UNTOLD], default=SEVERAL_FIT)
    found = left.join(told[["candidates", "reason"]])
    found["reason"] = unsettled.fillna(found["reason"])
    found = found.loc[found["reason"].notna()].fillna({"candidates": ""}).sort_values("row", kind="stable")
    keys = ["folded", "country", "candidates", "reason"]
    listed = found.groupby(keys, as_index=False).agg(
        name=("name", "first"),
        reports=("row", "nunique"),
        first_day=("start", "min"),
        last_day=("end", "max"),
        rows=("row", lambda rows: tuple(dict.fromkeys(rows))),
    )
    columns = ["name", "country", "reports", "first_day", "last_day", "candidates", "reason", "rows"]
    ordered: pd.DataFrame = listed.sort_values(keys, ignore_index=True)[columns]
    return ordered


def is_acronym(name: str) -> bool:
    """Tell whether a name is one word in capitals, with or without digits and signs: "UPC", "M23", "RCD-K-ML"."""
    word = name.strip()
    return len(word) > 1 and not any(c.isspace() or c.islower() for c in word) and any(c.isupper() for c in word)


def expand_actors(asked: tuple[str, ...], actors: pd.DataFrame) -> tuple[str, ...]:
    """Return actor names or ids together with every other name and id of the same actors.

    For questions to reported data: asking for an actor by id also finds its aliases.
    """
    wanted = {folded(word) for word in asked}
    spoken = pd.concat([ids_of(actors), _names(actors)], ignore_index=True)
    meant = spoken.loc[spoken["key"].map(folded).isin(wanted), "position"].unique()
    others = spoken.loc[spoken["position"].isin(meant), "key"]
    return tuple(dict.fromkeys([*asked, *others]))


def _parties(incidents: pd.DataFrame) -> pd.DataFrame:
    """The sides incidents name, each with days, country and what its id and name are compared by."""
    parties = reported_parties(incidents)
    parties["start"] = incidents["date_start"].to_numpy()[parties["row"]]
    parties["end"] = incidents["date_end"].to_numpy()[parties["row"]]
    country = incidents["country"] if "country" in incidents else pd.Series(pd.NA, index=incidents.index)
    parties["country"] = country.astype(object).fillna("").to_numpy(dtype=object)[parties["row"]]
    parties["key"] = parties["source_id"].str.casefold().astype(object)
    parties["folded"] = fold_all(parties["name"])
    return parties


def _match(parties: pd.DataFrame, actors: pd.DataFrame, settled: pd.DataFrame | None) -> PositionArray:
    """Position of each party's actor, by id, then as settled, then by name; negative where there is none or several."""
    position = _match_ids(parties, actors)
    if settled is not None and len(settled):
        open_yet = position == _OPEN
        position[open_yet] = _match_settled(parties.loc[open_yet], actors, settled)
    open_yet = position == _OPEN
    position[open_yet] = _match_names(parties.loc[open_yet], actors)
    return position


def _match_settled(parties: pd.DataFrame, actors: pd.DataFrame, settled: pd.DataFrame) -> PositionArray:
    """Position of the actor that a person says is meant, aligned with ``parties``; negative where none is."""
    found = np.full(len(parties), _OPEN, dtype=np.int64)
    named = parties.assign(key=parties["folded"]).reset_index(drop=True)
    fits = _candidates(named.loc[named["key"] != ""], _settled_names(actors, settled), on="key")
    fits = fits.loc[((fits["home"] == "") | (fits["home"] == fits["country"])) & _overlap(fits, fits)]
    meant = fits.loc[fits["position"] >= 0]
    fits = fits.drop(index=meant.index[_other_id(meant, actors)])
    of_country = fits["home"] != ""
    fits = fits.loc[of_country | ~of_country.groupby(fits["party"]).transform("any")]
    told = fits.groupby("party")["position"].agg(["first", "nunique"])
    found[told.index.to_numpy(dtype=np.int64)] = told["first"].where(told["nunique"] == 1, _TWICE)
    return found


def _settled_names(actors: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    """Settled names in force: ``key`` (folded), ``home`` ("" = all countries), ``position`` meant, and their days."""
    rows = settled.loc[~settled["withdrawn"].fillna(value=False).to_numpy(dtype=bool)]
    ids = actors["actor_id"].astype(object).to_numpy()
    speaks_for = pd.Series(_absorbing(actors), index=ids, dtype=np.int64)
    meant = rows["actor_id"].astype(object).fillna("")
    position = meant.map(speaks_for).fillna(_GONE).mask((meant == "").to_numpy(dtype=bool), _NONE_MEANT)
    return pd.DataFrame(
        {
            "key": fold_all(rows["name"]).to_numpy(dtype=object),
            "home": rows["country"].astype(object).fillna("").to_numpy(dtype=object),
            "position": position.to_numpy(dtype=np.int64),
            "valid_from": rows["valid_from"].to_numpy(),
            "valid_to": rows["valid_to"].to_numpy(),
        }
    )


def _match_ids(parties: pd.DataFrame, actors: pd.DataFrame) -> PositionArray:
    """Position of the one actor with the source's id; -1 where there is none or several."""
    fits = _candidates(parties.loc[parties["key"] != ""], ids_of(actors), on="key")
    valid = _valid(fits, actors)
    several = fits.duplicated("party", keep=False)
    return _only_one(fits.loc[~several | valid], size=len(parties))


def _match_names(parties: pd.DataFrame, actors: pd.DataFrame) -> PositionArray:
    """Position of the one actor of that name, aligned with ``parties``; -1 where there is none or several."""
    named = parties.assign(key=parties["folded"]).reset_index(drop=True)
    fits = _candidates(named.loc[named["key"] != ""], _names(actors), on="key")
    fits = fits.loc[_valid(fits, actors) & ~_other_id(fits, actors)]
    here, untold = _placed(fits, actors)
    alone = np.where(fits["acronym"], ~fits["shared"] & untold, ~fits.duplicated("party", keep=False))
    return _only_one(fits.loc[alone | here], size=len(named))


def ids_of(actors: pd.DataFrame) -> pd.DataFrame:
    """Return each id of each actor: ``key`` (without case), ``position`` of the actor."""
    listed = _listed(actors["source_ids"])
    own = pd.DataFrame({"key": actors["actor_id"].astype(object).to_numpy(), "position": np.arange(len(actors))})
    both = pd.concat([own, listed], ignore_index=True)
    both["position"] = _absorbing(actors)[both["position"].to_numpy(dtype=np.int64)]
    return both.assign(key=both["key"].astype(object).str.casefold()).drop_duplicates()


def _absorbing(actors: pd.DataFrame) -> PositionArray:
    """Position of the record that speaks for each record: its own, or that of the only other one that lists its id.

    One that is itself listed by another absorbs nobody, so that two records listing each other both stay.
    """
    places = np.arange(len(actors), dtype=np.int64)
    listed = _listed(actors["source_ids"])
    listed["key"] = listed["key"].astype(object).str.casefold()
    records = pd.DataFrame({"key": actors["actor_id"].astype(object).str.casefold().to_numpy(), "record": places})
    pairs = listed.drop_duplicates().merge(records, on="key")
    pairs = pairs.loc[pairs["position"] != pairs["record"]]
    pairs = pairs.loc[~pairs["position"].isin(pairs["record"]) & ~pairs["record"].duplicated(keep=False)]
    places[pairs["record"].to_numpy(dtype=np.int64)] = pairs["position"].to_numpy(dtype=np.int64)
    return places


def _names(actors: pd.DataFrame) -> pd.DataFrame:
    """Each name of each actor: ``key`` (folded), ``position``, ``acronym``, ``shared`` (with another actor)."""
    single = [
        pd.DataFrame({"key": actors[column].astype(object).to_numpy(), "position": np.arange(len(actors))})
        for column in ("name", "short_name")
    ]
    every = pd.concat([*single, _listed(actors["aliases"])], ignore_index=True)
    every["position"] = _absorbing(actors)[every["position"].to_numpy(dtype=np.int64)]
    spelled = every["key"].fillna("").astype(str)
    every["acronym"] = spelled.map({name: is_acronym(name) for name in spelled.unique()}).astype(bool)
    every["key"] = fold_all(every["key"])
    named: pd.DataFrame = every.loc[every["key"] != ""].groupby(["key", "position"], sort=False).any().reset_index()
    return named.assign(shared=named["key"].duplicated(keep=False))


def _listed(values: pd.Series) -> pd.DataFrame:
    """Entries of a list separated by ``;``, with the position of the row they stand in."""
    entries = values.astype(object).fillna("").reset_index(drop=True).str.split(_SEPARATOR).explode().str.strip()
    entries = entries.loc[entries.fillna("") != ""]
    return pd.DataFrame({"key": entries.to_numpy(dtype=object), "position": entries.index.to_numpy(dtype=np.int64)})


def _candidates(parties: pd.DataFrame, known: pd.DataFrame, *, on: str) -> pd.DataFrame:
    """Every actor each party may be; ``party`` is the position of the party."""
    return parties.assign(party=parties.index).merge(known, on=on)


def _valid(fits: pd.DataFrame, actors: pd.DataFrame) -> BoolArray:
    """Whether the actor existed on one of the incident's days; an open end is always valid."""
    return _overlap(fits, actors.iloc[fits["position"]])


def _overlap(fits: pd.DataFrame, lasting: pd.DataFrame) -> BoolArray:
    """Whether the incident's days overlap the valid ones beside them, both ends inclusive; an open end is open."""
    starts, ends = (lasting[name].to_numpy() for name in ("valid_from", "valid_to"))
    began = np.isnat(starts) | (starts <= fits["end"].to_numpy())
    lasted = np.isnat(ends) | (ends >= fits["start"].to_numpy())
    return np.asarray(began & lasted)


def _placed(fits: pd.DataFrame, actors: pd.DataFrame) -> tuple[BoolArray, BoolArray]:
    """Whether the report is of the actor's country, and whether one of the two countries is not known."""
    home = actors["country"].astype(object).fillna("").to_numpy(dtype=object)[fits["position"]]
    country = fits["country"].to_numpy(dtype=object)
    untold = (country == "") | (home == "")
    return np.asarray((country == home) & ~untold), np.asarray(untold)


def _other_id(fits: pd.DataFrame, actors: pd.DataFrame) -> BoolArray:
    """Whether the actor carries only other ids of the very source the report uses."""
    listed = ids_of(actors)
    sources = pd.MultiIndex.from_arrays([listed["position"], _source_of(listed["key"])])
    reported = fits["source_id"].astype(object).str.casefold()
    source = _source_of(reported)
    same_source = pd.MultiIndex.from_arrays([fits["position"], source]).isin(sources) & (source != "").to_numpy()
    same_id = pd.MultiIndex.from_arrays([fits["position"], reported]).isin(
        pd.MultiIndex.from_arrays([listed["position"], listed["key"]])
    )
    return np.asarray(same_source & ~same_id)


def _source_of(ids: pd.Series) -> pd.Series:
    """The part of an id before the colon, e.g. "ucdp"; "" where there is none."""
    return ids.astype(object).str.extract(r"^([^:]+):", expand=False).fillna("")


def _only_one(fits: pd.DataFrame, *, size: int) -> PositionArray:
    """Position of the only candidate of each party; -1 where there is none or several."""
    position = np.full(size, -1, dtype=np.int64)
    alone = fits.drop_duplicates(["party", "position"])
    alone = alone.loc[~alone.duplicated("party", keep=False)]
    position[alone["party"].to_numpy()] = alone["position"].to_numpy()
    return position


def _identities(parties: pd.DataFrame, position: PositionArray, actors: pd.DataFrame) -> pd.DataFrame:
    """Write identity and name of each party, each actor once per incident."""
    known = position >= 0
    position = np.maximum(position, _OPEN)  # whatever the reason why nobody is matched
    spelled = parties["name"].where(parties["name"] != "", parties["source_id"])
    key = parties["source_id"].where(parties["source_id"] != "", parties["folded"])
    first = parties["name"].groupby(key.to_numpy()).transform("first")
    shown = spelled.groupby(key.to_numpy()).transform("first")
    own_id = REPORTED + parties["source_id"].where(parties["source_id"] != "", first)
    table = pd.DataFrame({"row": parties["row"].to_numpy()})
    ids, names = (actors[column].astype(object).to_numpy() for column in ("actor_id", "name"))
    table["actor_id"] = np.where(known, np.append(ids, "")[position], own_id.to_numpy(dtype=object))
    table["name"] = np.where(known, np.append(names, "")[position], shown.to_numpy(dtype=object))
    return table.drop_duplicates(["row", "actor_id"], ignore_index=True)
