"""The handover ledger as of a day: which duties fall to nobody, which are late, what is left to do; cleared."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.answers.duty_records import duties_for
from geo.answers.mission_records import base_names
from geo.answers.world import World
from geo.drawdown.handover import DUTY_STATES, NOBODY, HandoverRequest, assess_duties, total_duties
from geo.drawdown.lifetimes import Lifetimes, lifetimes
from geo.drawdown.missing_duties import find_missing, recently_closed
from geo.errors import GeoError, RequestError, UnknownRecordError
from geo.model import Audience
from geo.redaction import Cleared, clear, sees_any

__all__ = ["HandoverAnswer", "HandoverRequest", "answer_handover"]

WAITING = ("open", "planned")  # requests that still wait for a visit
FOUND = (
    "A duty found missing is one that nobody wrote down: an alert network, requests or vehicles of a base that closes."
)
ROUNDED = "Numbers are rounded down to multiples of {least}; negotiation mandates are not among them."
_PLACE = ["base_id", "name", "organisation", "longitude", "latitude"]
_LEDGER = [
    "duty_id",
    "base_id",
    "base",
    "kind",
    "what",
    "record_ids",
    "holder",
    "receiver",
    "receiver_base_id",
    "receiver_base",
    "hand_over_by",
    "due_on",
    "days_left",
    "closes_on",
    "funded",
    "funded_until",
    "status",
    "state",
    "why",
    "evidence",
    "accepted_on",
    "sealed_on",
    "sealed_sha256",
    "version",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HandoverAnswer:
    """The ledger of a day, cleared for one audience."""

    request: HandoverRequest
    # A row per duty, worst first, then by the day it is due: base, kind, what, receiver, hand_over_by, days_left (to
    # due_on), funded, status (as recorded), state (one of DUTY_STATES), why
    ledger: Cleared
    bases: Cleared  # a row per base with duties, or that closes: closes_on, days_left, and how many duties by state
    totals: Cleared  # one row; of the duties the audience may know of
    notes: tuple[str, ...]


def answer_handover(world: World, request: HandoverRequest, *, audience: Audience) -> HandoverAnswer:
    """Tell where each duty of each base stands on a day; with a scenario, as if its phases came true.

    Raises
    ------
    UnknownRecordError
        When a base asked for is not on record.
    UnknownRecordError, RequestError
        When the scenario does not fit the bases of the day.
    """
    settings = world.settings
    lives = lives_on(world, request, audience=audience)
    places = _places(world)
    if strange := sorted(set(request.base_ids) - set(places.index)):
        seen = sees_any("handover_bases", audience=audience, settings=settings)
        named = ", ".join(map(repr, strange)) if seen else "of that id"
        raise UnknownRecordError(f"no base {named} is on record; check its id")
    ledger = _ledger(world, request, lives, audience)
    totals = total_duties(ledger, lives, day=request.as_of)
    bases = _bases(ledger, places, lives, request)
    least = settings.audiences[audience].small_count

    def cleared(frame: pd.DataFrame, view: str) -> Cleared:
        return clear(frame, view=view, audience=audience, settings=settings)

    return HandoverAnswer(
        request=request,
        ledger=cleared(ledger, "handover"),
        bases=cleared(bases, "handover_bases"),
        totals=cleared(pd.DataFrame([_rounded(totals, least)]), "handover_totals"),
        notes=_notes(totals, least) if sees_any("handover_totals", audience=audience, settings=settings) else (),
    )


def _rounded(totals: dict[str, Any], least: int) -> dict[str, Any]:
    """Numbers of duties rounded down to multiples of an audience's small count: no difference gives a small one."""
    counted = ("duties", *DUTY_STATES)
    return {name: value // least * least if name in counted else value for name, value in totals.items()}


def _notes(totals: dict[str, Any], least: int) -> tuple[str, ...]:
    rounded = (ROUNDED.format(least=least),) if least > 1 else ()
    return (*((FOUND,) if totals["missing"] else ()), *rounded)


def lives_on(world: World, request: HandoverRequest, *, audience: Audience) -> Lifetimes:
    """Until when bases and organisations last; a refusal tells nothing of bases to those who may not see them."""
    try:
        return lifetimes(
            world.bases_at(request.as_of),
            world.base_tables[0],
            world.partners,
            as_of=request.as_of,
            scenario=request.scenario,
            settings=world.settings,
        )
    except GeoError as error:
        if sees_any("scenario_changes", audience=audience, settings=world.settings):
            raise
        raise RequestError("the scenario does not fit the bases of the day; check its ids") from error


def _ledger(world: World, request: HandoverRequest, lives: Lifetimes, audience: Audience) -> pd.DataFrame:
    """Duties on record and those found missing, each with its state; worst first."""
    settings, day = world.settings.handover, request.as_of
    recorded = duties_for(world, audience).reset_index(drop=True)
    told = recorded.join(assess_duties(recorded, lives, day=day, settings=settings))
    found = find_missing(
        world.records("duties"),
        pd.concat([world.bases_at(day), recently_closed(world.base_tables[0], day=day, settings=settings)]),
        lives=lives,
        requests=waiting_requests(world, day),
        vehicles=_vehicles(world, day),
        settings=settings,
    )
    due = found["closes_on"] - pd.Timedelta(days=settings.days_before_closing)
    found = found.assign(due_on=due, days_left=(due - pd.Timestamp(day)).dt.days.astype("Int64"))
    parts = [part for part in (told, found) if len(part)]
    rows = pd.concat(parts, ignore_index=True) if parts else told
    rows = rows.reindex(columns=_LEDGER)  # those found alone tell of no receiver
    if request.base_ids:
        rows = rows.loc[rows["base_id"].isin(request.base_ids).to_numpy(dtype=bool)]
    names = base_names(world)
    named = rows.assign(base=rows["base_id"].map(names), receiver_base=rows["receiver_base_id"].map(names))
    rank = named["state"].map({state: place for place, state in enumerate(DUTY_STATES)})
    ordered = named.assign(rank=rank).sort_values(["rank", "due_on", "base_id", "kind"], kind="stable")
    return ordered.reindex(columns=_LEDGER).reset_index(drop=True)


def waiting_requests(world: World, day: dt.date) -> pd.DataFrame:
    """Requests alerted by a day that wait, with the place of their site where it is known; before the gate."""
    requests = world.records("requests")
    waits = requests["status"].isin(WAITING) & (requests["alerted_on"] <= pd.Timestamp(day))
    sites = world.sites_at(day).drop_duplicates("site_id").set_index("site_id")[["longitude", "latitude"]]
    return requests.loc[waits.to_numpy(dtype=bool), ["request_id", "site_id"]].join(sites, on="site_id")


def _vehicles(world: World, day: dt.date) -> pd.DataFrame:
    """Vehicles of a day by the base at which they stand: their own, else their organisation's."""
    fleet, at = world.records("fleet"), pd.Timestamp(day)
    valid = ~(fleet["valid_from"] > at) & ~(fleet["valid_to"] < at)
    home = world.partners.drop_duplicates("partner_id").set_index("partner_id")["base_id"]
    stands = fleet["base_id"].fillna(fleet["partner_id"].map(home).astype(fleet["base_id"].dtype))
    here = fleet.assign(base_id=stands).loc[(valid & stands.notna()).to_numpy(dtype=bool), ["vehicle_id", "base_id"]]
    return here.reset_index(drop=True)


def _places(world: World) -> pd.DataFrame:
    """Every base on record, open or closed: name, organisation, position; by id."""
    own, shown = world.base_tables
    published = shown.rename(columns={"base_name": "name", "mission": "organisation"})
    parts = [part[_PLACE] for part in (own, published) if len(part)] or [own[_PLACE]]
    return pd.concat(parts).drop_duplicates("base_id").set_index("base_id")


def _bases(ledger: pd.DataFrame, places: pd.DataFrame, lives: Lifetimes, request: HandoverRequest) -> pd.DataFrame:
    """Bases with duties, or that close after the day: how many duties stand how, and the days that are left."""
    day = request.as_of
    ahead = {base for base, end in lives.bases.items() if end > day}
    wanted = [
        base
        for base in places.index
        if (base in set(ledger["base_id"]) or base in ahead) and (not request.base_ids or base in request.base_ids)
    ]
    counts = {state: ledger.loc[ledger["state"].eq(state), "base_id"].value_counts() for state in DUTY_STATES}
    table = pd.DataFrame(
        {state: counts[state].reindex(wanted).fillna(0).astype(int) for state in DUTY_STATES}, index=wanted
    )
    table = table.assign(duties=table.drop(columns="not_needed").sum(axis=1), nobody=table[list(NOBODY)].sum(axis=1))
    ends = pd.to_datetime(pd.Series([lives.bases.get(base) for base in wanted], index=wanted, dtype="object"))
    table = table.assign(
        closes_on=ends,
        days_left=(ends - pd.Timestamp(day)).dt.days.astype("Int64"),
        why=pd.Series([lives.why.get(base) for base in wanted], index=wanted, dtype="string"),
    )
    worst = [next((state for state in DUTY_STATES if row[state]), "none") for row in table.to_dict("records")]
    named = places.loc[wanted].join(table).assign(worst=worst).rename(columns={"name": "base"})
    named["label"] = named["base"].where(named["nobody"].eq(0), named["base"] + " " + named["nobody"].astype(str))
    named.index.name = "base_id"
    return named.reset_index().sort_values(["closes_on", "base_id"], kind="stable", ignore_index=True)
