"""Armed actors of the fictional sample, and the theatres in which they act.

Two fronts contest the centre; the frontier between them moves east; the eastern one splits early in
2025 and its heirs fight each other. A self-defence militia troubles the south in the dry season.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.workspace.sample_land import OWN, Floats, Integers
from geo.workspace.sample_people import FIRST_DAY, LAST_DAY

SPLIT_ON = dt.date(2025, 2, 15)
ARMY, FRONT, PARENT, HEIR_NORTH, HEIR_SOUTH, MILITIA, ARMED_MEN = "fno", "fpn", "mlh", "mlh-r", "ufe", "ado", ""
CLAIMED = "MLH"  # the acronym of the parent, which both heirs claim: after the split it tells no longer who is meant
ACTORS: tuple[dict[str, Any], ...] = (
    {
        "actor_id": ARMY,
        "mobility": "settled",
        "road_behaviour": "lets_pass",
        "name": "Forces nationales d'Ossandre",
        "short_name": "FNO",
        "aliases": "National Forces of Ossandre;Armée nationale",
        "source_ids": "mrm:101",
        "actor_type": "state",
        "colour": "#2D4325",
        "engagement": "action_plan",
        "last_contact": "2026-10-28",
        "mandate_holder": "MINOSS",
        "mandate_heir": "UN children's agency",
    },
    {
        "actor_id": FRONT,
        "mobility": "mixed",
        "road_behaviour": "taxes",
        "name": "Front patriotique de la Nareva",
        "short_name": "FPN",
        "aliases": "Patriotic Front of Nareva;FPN-Nareva",
        "source_ids": "mrm:102",
        "actor_type": "non_state",
        "colour": "#514CB1",
        "engagement": "road_map",
        "last_contact": "2026-09-14",
        "mandate_holder": "MINOSS",
        "mandate_heir": "UN children's agency",
        "valid_from": "2017-03-01",
    },
    {
        "actor_id": PARENT,
        "mobility": "mixed",
        "road_behaviour": "attacks",
        "name": "Mouvement des libertés du Haut-Pays",
        "short_name": "MLH",
        "aliases": "Upland Liberties Movement;MLH-Unifié",
        "source_ids": "mrm:103",
        "actor_type": "non_state",
        "colour": "#C54C79",
        "engagement": "action_plan",
        "last_contact": "2025-01-20",
        "mandate_holder": "MINOSS",
        "mandate_heir": "",
        "valid_from": "2015-06-01",
        "valid_to": "2025-02-14",
    },
    {
        "actor_id": HEIR_NORTH,
        "mobility": "roaming",
        "road_behaviour": "attacks",
        "name": "MLH-Renouveau",
        "short_name": "MLH-R",
        "aliases": "MLH Renewal;MLH aile nord",
        "source_ids": "mrm:104",
        "actor_type": "non_state",
        "colour": "#CF7B5E",
        "parent_id": PARENT,
        "parent_relation": "split",
        "engagement": "none",
        "mandate_holder": "MINOSS",
        "valid_from": SPLIT_ON.isoformat(),
    },
    {
        "actor_id": HEIR_SOUTH,
        "mobility": "mixed",
        "road_behaviour": "blocks",
        "name": "Union des forces de l'Est",
        "short_name": "UFE",
        "aliases": "Union of Eastern Forces;MLH aile sud",
        "source_ids": "mrm:105",
        "actor_type": "non_state",
        "colour": "#578DFB",
        "parent_id": PARENT,
        "parent_relation": "split",
        "engagement": "contact",
        "last_contact": "2026-06-03",
        "mandate_holder": "UN children's agency",
        "mandate_heir": "Relais Enfance",
        "valid_from": SPLIT_ON.isoformat(),
    },
    {
        "actor_id": MILITIA,
        "mobility": "settled",
        "name": "Autodéfense de l'Ouvelle",
        "short_name": "ADO",
        "aliases": "Ouvelle Self-Defence;Comités ADO",
        "source_ids": "mrm:106",
        "actor_type": "militia",
        "colour": "#589BA3",
        "engagement": "contact",
        "last_contact": "2026-10-05",
        "mandate_holder": "Maison Ouvelle",
    },
)


LINKS: tuple[dict[str, Any], ...] = (
    {"link_id": "link-mlh-r", "from_actor_id": HEIR_NORTH, "to_actor_id": PARENT, "kind": "splinter_of", "valid_from": SPLIT_ON.isoformat(), "source": "MINOSS", "basis": "founding statement"},
    {"link_id": "link-ufe", "from_actor_id": HEIR_SOUTH, "to_actor_id": PARENT, "kind": "splinter_of", "valid_from": SPLIT_ON.isoformat(), "source": "MINOSS", "basis": "founding statement"},
    {"link_id": "link-pact", "from_actor_id": FRONT, "to_actor_id": HEIR_SOUTH, "kind": "allied_with", "valid_from": "2025-09-01", "valid_to": "2026-07-31", "source": "MINOSS", "basis": "joint statement"},
    {"link_id": "link-name", "from_actor_id": "Veilleurs de l'Ouvelle", "to_actor_id": MILITIA, "kind": "renamed_to", "valid_from": "2021-04-10", "source": "Maison Ouvelle", "basis": "letter of the committee"},
)  # fmt: skip
COMMITMENTS: tuple[dict[str, Any], ...] = (
    {"commitment_id": "plan-mlh", "actor_id": PARENT, "kind": "action_plan", "status": "in_force", "signed_on": "2023-05-12", "status_on": "2023-05-12", "violations": "recruitment_or_use;killing;maiming", "counterpart": "country task force", "source": "MINOSS"},
    {"commitment_id": "plan-mlh-r", "actor_id": HEIR_NORTH, "kind": "action_plan", "status": "broken", "status_on": "2025-08-20", "violations": "recruitment_or_use;killing;maiming", "follows_id": "plan-mlh", "source": "MINOSS"},
    {"commitment_id": "plan-fno", "actor_id": ARMY, "kind": "action_plan", "status": "in_force", "signed_on": "2022-11-03", "status_on": "2023-01-15", "violations": "recruitment_or_use;detention;military_use", "counterpart": "country task force", "source": "MINOSS"},
    {"commitment_id": "road-fpn", "actor_id": FRONT, "kind": "road_map", "status": "signed", "signed_on": "2026-03-18", "status_on": "2026-03-18", "violations": "recruitment_or_use;abduction", "counterpart": "country task force", "source": "MINOSS"},
    {"commitment_id": "word-ado", "actor_id": MILITIA, "kind": "declaration", "status": "signed", "signed_on": "2024-12-02", "status_on": "2024-12-02", "violations": "attack_on_school", "counterpart": "Maison Ouvelle", "source": "Maison Ouvelle"},
)  # fmt: skip
_ENGAGED: dict[str, dict[str, str]] = {
    ARMY: {"focal_point": "child protection adviser, force headquarters", "listed_for": "recruitment_or_use", "listed_since": "2019-07-30"},
    FRONT: {"focal_point": "child protection adviser, sector centre", "intermediary": "council of elders", "mandate_until": "2026-12-31", "listed_for": "recruitment_or_use;abduction", "listed_since": "2020-06-15"},
    HEIR_NORTH: {"focal_point": "child protection adviser, sector east", "listed_for": "recruitment_or_use;killing;maiming", "listed_since": "2025-06-19"},
    HEIR_SOUTH: {"focal_point": "child protection officer, sector east", "intermediary": "women's association", "mandate_until": "2026-10-31"},
    MILITIA: {"focal_point": "community liaison, south", "intermediary": "school committee"},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """Where two actors act, from its middle at the first day to its middle at the last."""

    actor_a: str
    actor_b: str  # "civilians", "" where nobody is named, or an actor
    start: tuple[float, float]
    end: tuple[float, float]
    spread_deg: tuple[float, float]
    rate: tuple[float, float]  # relative number of events at the first and at the last day
    wet_share: float  # events in the wet season per event in the dry season
    kinds: str  # mix of events, a key of sample_events.MIXES
    from_day: dt.date = FIRST_DAY


THEATRES: tuple[Theatre, ...] = (
    Theatre(actor_a=FRONT, actor_b="east-north", start=(-0.15, 0.95), end=(1.1, 0.98), spread_deg=(0.15, 0.3), rate=(1.1, 1.4), wet_share=0.6, kinds="front"),
    Theatre(actor_a=FRONT, actor_b="east-south", start=(0.0, 0.15), end=(1.2, 0.1), spread_deg=(0.15, 0.32), rate=(1.1, 1.3), wet_share=0.65, kinds="front"),
    Theatre(actor_a=FRONT, actor_b="civilians", start=(-0.8, 0.45), end=(0.1, 0.5), spread_deg=(0.45, 0.4), rate=(0.7, 1.0), wet_share=0.9, kinds="rule"),
    Theatre(actor_a="east-north", actor_b="civilians", start=(1.0, 1.25), end=(1.7, 1.2), spread_deg=(0.35, 0.35), rate=(0.8, 0.8), wet_share=0.9, kinds="rule"),
    Theatre(actor_a="east-south", actor_b="civilians", start=(1.1, -0.1), end=(1.6, -0.5), spread_deg=(0.35, 0.35), rate=(0.6, 0.8), wet_share=0.9, kinds="rule"),
    Theatre(actor_a=HEIR_NORTH, actor_b=HEIR_SOUTH, start=(1.4, 0.5), end=(1.9, 0.45), spread_deg=(0.22, 0.22), rate=(1.3, 0.7), wet_share=0.7, kinds="front", from_day=SPLIT_ON),
    Theatre(actor_a="east-north", actor_b="civilians", start=(2.5, 1.15), end=(2.5, 1.15), spread_deg=(0.32, 0.36), rate=(1.5, 1.5), wet_share=1.0, kinds="rule"),
    Theatre(actor_a=MILITIA, actor_b=ARMY, start=(-0.6, -1.55), end=(-0.4, -1.4), spread_deg=(0.42, 0.35), rate=(0.7, 0.7), wet_share=0.3, kinds="front"),
    Theatre(actor_a=MILITIA, actor_b="civilians", start=(-0.7, -1.2), end=(0.1, -1.1), spread_deg=(0.4, 0.35), rate=(0.5, 0.6), wet_share=0.35, kinds="raid"),
    Theatre(actor_a=ARMY, actor_b=FRONT, start=(-1.0, 0.8), end=(-0.5, 0.9), spread_deg=(0.35, 0.25), rate=(0.1, 1.2), wet_share=0.5, kinds="front", from_day=dt.date(2025, 11, 1)),
    Theatre(actor_a=ARMY, actor_b="civilians", start=(-1.7, 0.3), end=(-1.2, 0.6), spread_deg=(0.55, 0.5), rate=(0.45, 0.5), wet_share=1.0, kinds="state"),
    Theatre(actor_a="east-north", actor_b="civilians", start=(0.8, 2.0), end=(0.8, 1.9), spread_deg=(0.25, 0.3), rate=(0.35, 0.45), wet_share=0.8, kinds="raid"),
    Theatre(actor_a=ARMED_MEN, actor_b="civilians", start=(0.2, 0.1), end=(0.4, 0.2), spread_deg=(1.3, 0.95), rate=(0.6, 0.7), wet_share=0.9, kinds="raid"),
)  # fmt: skip
DAYS = (LAST_DAY - FIRST_DAY).days + 1


def acting(actor: str, day: int) -> str:
    """Return who a theatre's actor is on a day: before the split both eastern wings are one."""
    if actor in ("east-north", "east-south"):
        if FIRST_DAY + dt.timedelta(days=day) < SPLIT_ON:
            return PARENT
        return HEIR_NORTH if actor == "east-north" else HEIR_SOUTH
    return actor


def theatre_rates() -> Floats:
    """Relative number of events per theatre and day, [theatre, day]."""
    days = [FIRST_DAY + dt.timedelta(days=k) for k in range(DAYS)]
    wet = np.array([day.month in (5, 6, 7, 8, 9, 10) for day in days])
    rates = np.zeros((len(THEATRES), DAYS))
    for number, theatre in enumerate(THEATRES):
        since = (theatre.from_day - FIRST_DAY).days
        grown = np.clip((np.arange(DAYS) - since) / (DAYS - since), 0.0, 1.0)
        rates[number] = theatre.rate[0] + (theatre.rate[1] - theatre.rate[0]) * grown
        rates[number] *= np.where(wet, theatre.wet_share, 1.0)
        rates[number, :since] = 0.0
    return rates


def places_in_theatres(theatres: Integers, days: Integers, random: np.random.Generator) -> Floats:
    """Draw a position per event: near its theatre's middle on that day."""
    start = np.array([t.start for t in THEATRES])[theatres]
    end = np.array([t.end for t in THEATRES])[theatres]
    spread = np.array([t.spread_deg for t in THEATRES])[theatres]
    middle = start + (end - start) * (days / DAYS)[:, None]
    # The sum of four uniform numbers is near enough to a normal one and the same on every machine.
    bell = (random.random((4, *middle.shape)).sum(axis=0) - 2.0) * 1.732
    return np.asarray(middle + bell * spread)


def actor_rows() -> list[dict[str, Any]]:
    """Return the actor records."""
    rows = [{"country": OWN, **actor, **_ENGAGED.get(actor["actor_id"], {})} for actor in ACTORS]
    for row in rows:
        if row["actor_id"] in (HEIR_NORTH, HEIR_SOUTH):
            row["aliases"] += f";{CLAIMED}"
    return rows


def pick(random: np.random.Generator, shares: tuple[float, ...]) -> int:
    """Return a position with the given chances; what is missing to one goes to the last."""
    drawn = random.random()
    for position, share in enumerate(shares):
        drawn -= share
        if drawn < 0:
            return position
    return len(shares) - 1
