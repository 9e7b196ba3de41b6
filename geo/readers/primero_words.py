"""Names under which Primero (MRMIMS+) exports what Piste takes: fields, groups of counts, violations, statuses.

Sources: the public Primero v2 code (UNICEF, github.com/primeroIMS/primero): ``Violation::TYPES``, the MRM violation
exporter and its tests, the lookups "violation type" and "verification status", the MRM incident and perpetrator
forms. A country may rename every label, so both the field id and its usual labels in English and French stand here.
All are compared in lower case without accents, every sign a blank.
"""

import re

# Ours -> ids and labels, best first. This is the whole list: a column not named here is never read.
FIELDS: dict[str, tuple[str, ...]] = {
    "incident": ("incident", "incident id", "incident unique id", "id de l incident"),
    "short_id": ("short id", "id", "case id display", "incident short id"),
    "code": ("incident code", "code de l incident", "code d incident", "code incident", "case code", "code du cas"),
    "violation_id": ("violation", "violation id", "id de la violation", "unique id"),
    "violation": ("violation type", "type of violation", "type de violation"),
    "date_start": (
        *("incident date", "date of incident", "date of the incident", "start date of incident"),
        *("incident start date", "incident date start", "date of incident from", "incident date from"),
        *("date de l incident", "date de debut de l incident", "date de debut", "incident date or start date"),
    ),
    "date_end": (
        *("incident date end", "end date of incident", "incident end date", "date of incident to", "incident date to"),
        *("date de fin de l incident", "date de fin"),
    ),
    "reported_on": (
        *("date of first report", "date of the first report", "first report date", "incident date of first report"),
        *("date du premier rapport", "date du premier signalement", "date de premier signalement"),
    ),
    "estimated": (
        *("estimated indicator", "are these dates estimated", "is the date estimated", "is this date estimated"),
        *("ces dates sont elles estimees", "la date est elle estimee", "dates estimees"),
    ),
    "verification": (
        *("ctfmr verified", "ctfmr verification status", "verification status by ctfmr", "verified by ctfmr"),
        *("verification status", "statut de verification ctfmr", "statut de verification"),
        *("statut de verification de l equipe speciale", "verifie par l equipe speciale"),
    ),
    "verified_on": (
        *("ctfmr verified date", "ctfmr verification date", "date of ctfmr verification", "date verified by ctfmr"),
        *("verification date ctfmr", "date of validation by ctfmr", "date of verification", "verification date"),
        *("date de verification ctfmr", "date de verification par l equipe speciale", "date de verification"),
    ),
    "girls": ("violation tally girls", "number of victims girls", "nombre de victimes filles", "girls", "filles"),
    "boys": ("violation tally boys", "number of victims boys", "nombre de victimes garcons", "boys", "garcons"),
    "unknown": (
        *("violation tally unknown", "number of victims unknown", "nombre de victimes inconnu", "unknown"),
        *("sex unknown", "inconnu", "sexe inconnu", "inconnus"),
    ),
    "total": (
        *("violation tally total", "number of victims total", "number of total victims"),
        *("nombre de victimes total", "total"),
    ),
    "location": ("incident location", "location of the incident", "lieu de l incident", "localisation de l incident"),
    "admin1": ("incident location 1", "admin1", "area", "region", "province", "prefecture"),
    "admin2": ("incident location 2", "admin2", "sub area", "district", "territory", "territoire", "sous prefecture"),
    "place": ("incident location 3", "camp town site village", "town village", "localite"),
    "country": ("country", "pays"),
    "longitude": ("longitude", "incident longitude", "gps longitude", "longitude de l incident"),
    "latitude": ("latitude", "incident latitude", "gps latitude", "latitude de l incident"),
    "group": (
        *("armed force group party name", "armed force group name", "armed force or group name"),
        *("armed force or armed group or other party", "armed force group or other party", "armed force or group"),
        *("name of the armed force or group", "name of armed force or group", "armed group", "perpetrator group"),
        *("nom de la force ou du groupe arme", "force ou groupe arme", "groupe arme"),
    ),
}
TALLY = ("girls", "boys", "unknown", "total")
# What stands above the counts that belong to the violation; other groups (killed adults, injured, whole incident) do not.
TALLY_GROUPS = frozenset(
    {
        *("number of victims", "violation tally", "number of child victims", "number of children", "victims"),
        *("nombre de victimes", "nombre d enfants victimes", "nombre d enfants", "victimes"),
    }
)
# Ids of the sheets that hang on a violation; their rows are no violations, and only groups of perpetrators are read.
ASSOCIATIONS = frozenset({"source id", "perpetrator id", "individual victim id", "group victim id", "response id"})
# Ours -> what a label or the title of a sheet contains, in this order: military use of schools is no attack on one.
_KINDS: tuple[tuple[str, str], ...] = (
    ("military_use", r"\bmilitary use|\b(?:usage|utilisation) militaire"),
    ("denial_of_humanitarian_access", r"\bdenial\b|\bdeni\b|\brefus\b.*\bhumanitaire"),
    ("detention", r"\bdeprivation|\bdetention|\bprivation de liberte"),
    ("recruitment_or_use", r"\brecruitment|\brecrutement"),
    ("sexual_violence", r"\bsexual|\brape\b|\bsexuelle|\bviols?\b"),
    ("abduction", r"\babduction|\benlevement"),
    ("attack_on_school", r"\b(?:attacks?|attaques?)\b.*\b(?:schools?|ecoles?|education)\b"),
    ("attack_on_hospital", r"\b(?:attacks?|attaques?)\b.*\b(?:hospitals?|hopital|hopitaux|medical)\b"),
    ("killing", r"\bkilling|\bmeurtres?"),
    ("maiming", r"\bmaiming|\bmutilation|\batteintes? a l integrite physique"),
)
_KIND_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
# Sheets whose title would otherwise pass for a violation.
_ONLY_ONE = frozenset({"killing", "maiming", "attack_on_school", "attack_on_hospital"})
# CTFMR status -> ours. "Not MRM" and "did not occur" are findings; falsely attributed leaves the fact unverified.
STATUS = {
    "verified": "verified",
    "verifie": "verified",
    "verifiee": "verified",
    "report pending verification": "pending",
    "pending": "pending",
    "pending verification": "pending",
    "rapport en attente de verification": "pending",
    "en attente de verification": "pending",
    "en attente": "pending",
    "not verified": "not_verified",
    "unverified": "not_verified",
    "non verifie": "not_verified",
    "non verifiee": "not_verified",
    "falsely attributed": "not_verified",
    "not mrm": "rejected",
    "non mrm": "rejected",
    "hors mrm": "rejected",
    "verification found that incident did not occur": "rejected",
    "la verification a etabli que l incident n a pas eu lieu": "rejected",
    "rejected": "rejected",
    "rejete": "rejected",
}
YES = frozenset({"true", "yes", "oui", "1"})
NO_GROUP = frozenset({"unknown", "inconnu", "n a", "na", "none", "other", "autre"})
# Months as Primero writes them in dates such as 08-Apr-2022, by the first letters that tell them apart.
MONTHS = {
    "jan": 1,
    "fev": 2,
    "feb": 2,
    "mar": 3,
    "avr": 4,
    "apr": 4,
    "mai": 5,
    "may": 5,
    "juin": 6,
    "jun": 6,
    "juil": 7,
    "jul": 7,
    "aou": 8,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}


def kind_of(label: str) -> str | None:
    """Violation a plain label or title of a sheet names; None for none or two that are counted apart."""
    found = [kind for kind, pattern in _KIND_PATTERNS if pattern.search(label)]
    if len(found) > 1 and set(found) <= _ONLY_ONE:
        return None
    return found[0] if found else None
