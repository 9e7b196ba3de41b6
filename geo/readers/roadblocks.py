"""Roadblocks mapped as points, as surveys of IPIS and others publish them, as constraints of the kind checkpoint.

Such files have no fixed layout; columns are known by the names below, in English and French. A row says where and
when, and who stands there, what a passage costs or how people are treated. What a word means is looked up in the
tables below; a word that is not in them is left out and flagged, and the row is kept. Names of commanders or
respondents are never read. Ids are ``roadblock:`` given id, or one made of the place.
"""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.contracts import faults_at
from geo.errors import ImportRefusedError
from geo.readers.columns import find_column, text_of
from geo.readers.countries import check_country, plain_name
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.road_columns import (
    DAY_NAMES,
    LATITUDE_NAMES,
    LONGITUDE_NAMES,
    SOURCE_NAMES,
    days_of,
    ids_of,
    places_of,
    read_road_table,
)
from geo.readers.text_table import TextTable
from geo.schema import CONSTRAINTS

READER_VERSION = "2"
_ID = ("roadblock_id", "constraint_id", "barrier_id", "id_barriere", "vid", "id")
_OPERATOR = (
    "operator_type",
    "operator",
    "operateur",
    "opérateur",
    "type_operator",
    "actor_type",
    "type_acteur",
    "armed_actor",
    "acteur_arme",
    "armed_group",
    "actor",
    "acteur",
    "controlled_by",
)
_FEE = ("fee", "fee_amount", "tax", "tax_amount", "taxe", "montant", "amount", "tarif")
_CURRENCY = ("fee_currency", "currency", "devise", "monnaie")
_BEHAVIOUR = ("behaviour", "behavior", "comportement", "conduct")
_HEADING, _LAST = ("heading_deg", "heading"), ("valid_to", "removed_on")
# Phrases in the spelling of ``plain_name``; the first that occurs decides.
_OPERATOR_WORDS = {
    "foreign_state": ("foreign state", "foreign_state", "foreign army", "armee etrangere", "forces etrangeres"),
    "non_state": ("non state", "non_state", "armed group", "groupe arme", "rebel", "rebels", "rebelle", "rebelles"),
    "militia": ("militia", "milice", "self defence", "auto defense", "autodefense"),
    "international": ("international", "peacekeepers", "casques bleus", "nations unies", "united nations"),
    "community": ("community", "communaute", "village", "villageois", "comite local", "local committee"),
    "state": (
        *("state", "etat", "gendarmerie", "police", "army", "armee", "customs", "douane", "douanes"),
        *("forces armees", "security forces", "forces de securite", "eaux et forets", "government"),
    ),
    "unknown": ("unknown", "inconnu", "inconnue"),
}
_BEHAVIOUR_WORDS = {
    "attacks": ("attacks", "attack", "attaque", "attaques", "violence", "violences"),
    "detains": ("detains", "detention", "arrest", "arrests", "arrestation", "arrestations"),
    "extorts": ("extorts", "extortion", "extorsion", "racket", "harassment", "tracasserie", "tracasseries"),
    "delays": ("delays", "delay", "slow", "retard", "retards", "lent", "attente"),
    "orderly": ("orderly", "correct", "normal", "calme"),
    "unknown": ("unknown", "inconnu", "inconnue"),
}
# FCFA is the name of two currencies, so it is none: write XAF or XOF.
_CURRENCY_WORDS = {"$": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD", "fc": "CDF", "francs congolais": "CDF"}
_AMOUNT = re.compile(r"^\s*(\d[\d\s]*(?:[.,]\d+)?)\s*([^\d\s].*)?$")
_ISO = re.compile(r"^[A-Z]{3}$")


def read_roadblocks(path: Path, *, country: str | None = None) -> Reading:
    """Read one table of roadblocks, CSV or XLSX.

    Parameters
    ----------
    country
        Checked and otherwise without effect: constraints have no country, which a note says.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in, or is no table of roadblocks.
    """
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name="roadblocks", reader_version=READER_VERSION)
    found = read_road_table(path, (*_ID, *_OPERATOR, *_FEE, *_CURRENCY, *_BEHAVIOUR, *_HEADING, *_LAST))
    _check_columns(found)
    table = found.frame
    places = places_of(table)
    operator, strange_operators = _looked_up(text_of(table, _OPERATOR), _OPERATOR_WORDS, "operator_type")
    behaviour, strange_behaviours = _looked_up(text_of(table, _BEHAVIOUR), _BEHAVIOUR_WORDS, "behaviour")
    fee, currency, strange_fees = _fees(table)
    raw = places.assign(
        constraint_id=ids_of("roadblock", text_of(table, _ID), places),
        kind=pd.Series("checkpoint", index=table.index, dtype="string"),
        reported_on=days_of(table),
        operator_type=operator,
        behaviour=behaviour,
        fee=fee,
        fee_currency=currency,
        heading_deg=text_of(table, _HEADING),
        valid_to=text_of(table, _LAST),
        source=text_of(table, SOURCE_NAMES),
    )
    unused = () if wanted_country is None else (f"constraints have no country; {wanted_country} was not used",)
    return settle(
        CONSTRAINTS,
        raw,
        provenance=replace(provenance, encoding=found.encoding, notes=(*found.notes, *unused)),
        rejects=[found.rejects],
        flags=[found.flags, strange_operators, strange_behaviours, strange_fees],
    )


def _check_columns(found: TextTable) -> None:
    """Refuse a file that does not say where, when, and at least one thing about a roadblock."""
    has = {
        names: find_column(found.frame, names) is not None
        for names in (LONGITUDE_NAMES, LATITUDE_NAMES, DAY_NAMES, _OPERATOR, _FEE, _BEHAVIOUR)
    }
    lacks = [names[0] for names in (LONGITUDE_NAMES, LATITUDE_NAMES) if not has[names]]
    lacks += [] if has[DAY_NAMES] else ["date"]
    lacks += [] if has[_OPERATOR] or has[_FEE] or has[_BEHAVIOUR] else ["operator, fee or behaviour"]
    if lacks:
        raise ImportRefusedError(f"{found.file_name} is no table of roadblocks: it has no column {', '.join(lacks)}")


def _looked_up(given: pd.Series, words: dict[str, tuple[str, ...]], column: str) -> tuple[pd.Series, pd.DataFrame]:
    """Our word for each text, missing where none of its phrases is known; flags for those."""

    def word_of(text: str) -> str | None:
        plain = f" {plain_name(text)} "
        return next((word for word, phrases in words.items() if any(f" {p} " in plain for p in phrases)), None)

    known = {text: word_of(text) for text in given.dropna().unique()}
    found = given.map(known).astype("string")
    strange = given.notna() & found.isna()
    return found, faults_at(given.index[strange], column, given[strange], "a word we do not know; left out")


def _fees(table: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Amount and currency of each fee; one that is no amount of a known currency is left out and flagged."""
    given = text_of(table, _FEE)
    parts = given.str.extract(_AMOUNT)
    amount = parts[0].str.replace(r"\s", "", regex=True).str.replace(",", ".", regex=False).astype("string")
    named = text_of(table, _CURRENCY).fillna(parts[1].astype("string").str.strip())
    code = named.map(_currency_of, na_action="ignore").astype("string")
    whole = amount.notna() & code.notna()
    strange = given.notna() & ~whole
    flags = faults_at(given.index[strange], "fee", given[strange], "no amount with an ISO 4217 currency; left out")
    return amount.where(whole), code.where(whole), flags


def _currency_of(text: str) -> str | None:
    written = text.strip()
    return written.upper() if _ISO.match(written.upper()) else _CURRENCY_WORDS.get(written.lower())
