"""Our request form for KoboToolbox and ODK: an alert that asks for a verification, in English and French.

As in :mod:`geo.readers.kobo_form`, one written list makes the workbook ``data/forms/request_xlsform.xlsx`` and tells the
reader its columns, and no question takes text; none asks who did it. The site is chosen from a file ``sites.csv`` beside
the form (``python -m geo form-sites``): leave out of it what a telephone must not show at a checkpoint.
"""

from dataclasses import replace

from geo.readers.discreet import MOST
from geo.readers.kobo_form import VIOLATION_WORDS, Form, Question, Words, day, group
from geo.schema import BLOCKERS, MOVEMENT_RISKS, REFERRAL_STATUSES, VIOLATIONS

SITES_FILE = "sites.csv"
ANSWERS = ("yes", "no", "unknown")

ANSWER_WORDS: dict[str, Words] = {
    "yes": ("Yes", "Oui"),
    "no": ("No", "Non"),
    "unknown": ("Not known", "Inconnu"),
}
RISK_WORDS: dict[str, Words] = {
    "low": ("Low", "Faible"),
    "medium": ("Medium", "Moyen"),
    "high": ("High", "Élevé"),
}
BLOCKER_WORDS: dict[str, Words] = {
    "escort": ("An escort", "Une escorte"),
    "clearance": ("A clearance", "Une autorisation"),
    "road": ("A passable road", "Une route praticable"),
    "flight": ("A flight", "Un vol"),
    "woman_interviewer": ("A woman interviewer", "Une enquêtrice"),
    "interpreter": ("An interpreter", "Un interprète"),
    "actor_consent": ("Consent of an armed actor", "L'accord d'un acteur armé"),
    "fuel": ("Fuel", "Du carburant"),
    "funding": ("Funding", "Un financement"),
}
REFERRAL_WORDS: dict[str, Words] = {
    "needed": ("Needed, not done yet", "Nécessaire, pas encore fait"),
    "referred": ("Referred", "Orientés"),
    "declined": ("Declined", "Refusé"),
    "not_needed": ("Not needed", "Pas nécessaire"),
}
CHOICES: dict[str, tuple[tuple[str, ...], dict[str, Words]]] = {
    "violation": (VIOLATIONS, VIOLATION_WORDS),
    "answer": (ANSWERS, ANSWER_WORDS),
    "movement_risk": (MOVEMENT_RISKS, RISK_WORDS),
    "blocker": (BLOCKERS, BLOCKER_WORDS),
    "referral": (REFERRAL_STATUSES, REFERRAL_WORDS),
}


def _count(name: str, label: Words) -> Question:
    most = MOST[name]
    return Question(
        type="integer",
        name=name,
        label=label,
        constraint=f". >= 0 and . <= {most}",
        message=(f"A whole number from 0 to {most}", f"Un nombre entier de 0 à {most}"),
    )


SURVEY: tuple[Question, ...] = (
    *group(
        "when",
        ("When", "Quand"),
        day("alerted_on", ("Day of the alert", "Jour de l'alerte")),
        replace(
            day(
                "incident_on",
                ("Day of the incident", "Jour de l'incident"),
                ("Leave it empty when the day is not known", "Laissez vide si le jour est inconnu"),
            ),
            required=False,
        ),
    ),
    *group(
        "where",
        ("Where", "Où"),
        Question(
            type=f"select_one_from_file {SITES_FILE}", name="site_id", label=("Site to reach", "Site à atteindre")
        ),
    ),
    *group(
        "what",
        ("What", "Quoi"),
        Question(type="select_one violation", name="violation", label=("Alleged violation", "Violation alléguée")),
        _count("girls", ("Girls", "Filles")),
        _count("boys", ("Boys", "Garçons")),
        _count("sex_unknown", ("Children whose sex is not known", "Enfants de sexe inconnu")),
        Question(
            type="select_one answer",
            name="presented_as_wives",
            label=("Are girls presented as wives of fighters?", "Des filles sont-elles présentées comme épouses ?"),
            relevant="${girls} > 0 or ${sex_unknown} > 0",
        ),
        Question(
            type="select_one answer",
            name="detained",
            label=("Are children held in detention?", "Des enfants sont-ils détenus ?"),
        ),
        Question(
            type="select_one movement_risk",
            name="movement_risk",
            label=(
                "Risk that they are moved, hidden or recruited again",
                "Risque de déplacement, de dissimulation ou de nouveau recrutement",
            ),
            required=False,
        ),
    ),
    *group(
        "next",
        ("What next", "La suite"),
        Question(
            type="select_multiple blocker",
            name="blocked_by",
            label=("What a visit waits for", "Ce que la visite attend"),
            hint=("None chosen: nothing", "Aucun choix : rien"),
            required=False,
        ),
        Question(
            type="select_one referral",
            name="referral",
            label=("Referral of the children to services", "Orientation des enfants vers les services"),
            hint=("It never waits for a visit", "Elle n'attend jamais une visite"),
        ),
        day(
            "referred_on",
            ("Day of the referral", "Jour de l'orientation"),
            relevant="${referral} = 'referred'",
        ),
    ),
)
REQUEST_FORM = Form(form_id="piste_request", title="Piste: request", version="1", survey=SURVEY, choices=CHOICES)
