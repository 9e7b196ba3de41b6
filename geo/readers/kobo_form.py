"""Our interview form for KoboToolbox and ODK: one report of an incident, as an XLSForm in English and French.

One written list of questions makes the workbook in ``data/forms`` and tells the reader which columns an export of it
can have. There is no question that takes text: no names, no accounts, nothing that could hold one; and none about
who did it, because a telephone may be searched at a checkpoint. Choices are the vocabularies of
:mod:`geo.schema`. XLSForm: xlsform.org; checked with pyxform in the tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from geo.readers.discreet import MOST
from geo.schema import PLACE_PRECISION, VERIFICATION, VIOLATIONS

FORM_ID, FORM_VERSION = "piste_incident", "1"
LANGUAGES = ("English (en)", "French (fr)")
MAX_CHILDREN, MAX_SOURCES = MOST["victims_girls"], MOST["sources_count"]
Words = tuple[str, str]  # English, French

VIOLATION_WORDS: dict[str, Words] = {
    "killing": ("Killing", "Meurtre"),
    "maiming": ("Maiming", "Mutilation"),
    "recruitment_or_use": ("Recruitment or use", "Recrutement ou utilisation"),
    "sexual_violence": ("Sexual violence", "Violence sexuelle"),
    "abduction": ("Abduction", "Enlèvement"),
    "attack_on_school": ("Attack on school", "Attaque contre une école"),
    "attack_on_hospital": ("Attack on hospital", "Attaque contre un hôpital"),
    "denial_of_humanitarian_access": ("Denial of humanitarian access", "Refus de l'accès humanitaire"),
    "military_use": ("Military use of school or hospital", "Usage militaire d'une école ou d'un hôpital"),
    "detention": ("Deprivation of liberty", "Privation de liberté"),
}
VERIFICATION_WORDS: dict[str, Words] = {
    "reported": ("Reported", "Signalé"),
    "pending": ("Pending verification", "En attente de vérification"),
    "verified": ("Verified", "Vérifié"),
    "not_verified": ("Could not be verified", "N'a pas pu être vérifié"),
    "rejected": ("Rejected: did not occur or not covered", "Rejeté : n'a pas eu lieu ou hors cadre"),
}
PRECISION_WORDS: dict[str, Words] = {
    "exact": ("The place itself", "Le lieu même"),
    "near": ("Within about 25 km", "À environ 25 km près"),
    "admin2": ("Only the district", "Seulement le district"),
    "admin1": ("Only the province", "Seulement la province"),
    "region": ("Only a part of the country", "Seulement une partie du pays"),
    "country": ("Only the country", "Seulement le pays"),
    "nowhere": ("Not known", "Inconnu"),
}
# Violations counted by children; the others are counted by incidents.
COUNTED_BY_CHILD = ("killing", "maiming", "recruitment_or_use", "sexual_violence", "abduction", "detention")
SEXES: dict[str, Words] = {
    "girls": ("Girls", "Filles"),
    "boys": ("Boys", "Garçons"),
    "unknown": ("Sex unknown", "Sexe inconnu"),
}
# List of choices -> (vocabulary, words of each).
CHOICES: dict[str, tuple[tuple[str, ...], dict[str, Words]]] = {
    "violation": (VIOLATIONS, VIOLATION_WORDS),
    "verification": (VERIFICATION, VERIFICATION_WORDS),
    "place_precision": (PLACE_PRECISION, PRECISION_WORDS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One row of the sheet ``survey``."""

    type: str
    name: str
    label: Words = ("", "")
    hint: Words = ("", "")
    relevant: str = ""
    constraint: str = ""
    message: Words = ("", "")
    required: bool = True

    @property
    def is_asked(self) -> bool:
        """Whether it has an answer: groups have none."""
        return self.type not in {"begin group", "end group"}


def group(name: str, label: Words, *questions: Question, relevant: str = "") -> tuple[Question, ...]:
    """Put questions into a group, which ``relevant`` may hide as a whole."""
    return (
        Question(type="begin group", name=name, label=label, relevant=relevant, required=False),
        *questions,
        Question(type="end group", name="", required=False),
    )


def _children(violation: str) -> tuple[Question, ...]:
    """Girls, boys and unknown of one violation, asked only where it was chosen; together at least one child."""
    words = VIOLATION_WORDS[violation]
    rest = " + ".join(f"${{{sex}_{violation}}}" for sex in SEXES if sex != "unknown")
    bounds = f". >= 0 and . <= {MAX_CHILDREN}"
    number = (f"A whole number from 0 to {MAX_CHILDREN}", f"Un nombre entier de 0 à {MAX_CHILDREN}")
    either = (
        "Count at least one child; a child whose sex is not known counts here",
        "Comptez au moins un enfant ; un enfant de sexe inconnu compte ici",
    )
    questions = [
        Question(
            type="integer",
            name=f"{sex}_{violation}",
            label=(f"{label[0]}: {words[0]}", f"{label[1]} : {words[1]}"),
            constraint=bounds + (f" and . + {rest} >= 1" if sex == "unknown" else ""),
            message=either if sex == "unknown" else number,
        )
        for sex, label in SEXES.items()
    ]
    title = (f"Children: {words[0]}", f"Enfants : {words[1]}")
    return group(f"children_{violation}", title, *questions, relevant=f"selected(${{violations}}, '{violation}')")


def day(name: str, label: Words, hint: Words = ("", ""), *, after: str = "", relevant: str = "") -> Question:
    """A day that is not in the future, and not before another."""
    past = ("Not after today", "Pas après aujourd'hui")
    between = ("Not before the first day and not after today", "Pas avant le premier jour ni après aujourd'hui")
    return Question(
        type="date",
        name=name,
        label=label,
        hint=hint,
        relevant=relevant,
        constraint=(f". >= ${{{after}}} and " if after else "") + ". <= today()",
        message=between if after else past,
    )


SURVEY: tuple[Question, ...] = (
    *group(
        "when",
        ("When", "Quand"),
        day("date_start", ("First possible day", "Premier jour possible")),
        day(
            "date_end",
            ("Last possible day", "Dernier jour possible"),
            ("The same day when the day is known", "Le même jour si le jour est connu"),
            after="date_start",
        ),
    ),
    *group(
        "where",
        ("Where", "Où"),
        Question(
            type="geopoint",
            name="place",
            label=("Place of the incident", "Lieu de l'incident"),
            hint=(
                "Where it happened, not where you are: move the point on the map",
                "Là où cela s'est passé, non là où vous êtes : déplacez le point sur la carte",
            ),
        ),
        Question(
            type="select_one place_precision",
            name="place_known",
            label=("How well is the place known?", "Avec quelle précision le lieu est-il connu ?"),
        ),
    ),
    *group(
        "what",
        ("What", "Quoi"),
        Question(
            type="select_multiple violation",
            name="violations",
            label=("Violations", "Violations commises"),
            hint=("All that were reported of this incident", "Toutes celles signalées pour cet incident"),
        ),
    ),
    *(question for violation in COUNTED_BY_CHILD for question in _children(violation)),
    *group(
        "check",
        ("Verification", "Vérification"),
        Question(
            type="select_one verification",
            name="status",
            label=("Verification status", "Statut de vérification"),
        ),
        day(
            "verified_on",
            ("Day of verification", "Jour de la vérification"),
            after="date_start",
            relevant="${status} = 'verified'",
        ),
        Question(
            type="integer",
            name="sources_count",
            label=("Number of independent sources", "Nombre de sources indépendantes"),
            constraint=f". >= 1 and . <= {MAX_SOURCES}",
            message=(f"A whole number from 1 to {MAX_SOURCES}", f"Un nombre entier de 1 à {MAX_SOURCES}"),
        ),
    ),
)
ASKED = tuple(question for question in SURVEY if question.is_asked)
_REQUIRED: Words = ("Please answer", "Veuillez répondre")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What makes one XLSForm."""

    form_id: str
    title: str
    version: str
    survey: tuple[Question, ...]
    choices: dict[str, tuple[tuple[str, ...], dict[str, Words]]]


INCIDENT_FORM = Form(form_id=FORM_ID, title="Piste: incident", version=FORM_VERSION, survey=SURVEY, choices=CHOICES)


def xlsform_sheets(form: Form = INCIDENT_FORM) -> dict[str, list[list[str]]]:
    """Every cell of an XLSForm, sheet by sheet, header first."""
    heads = [f"{head}::{language}" for head in ("label", "hint", "constraint_message") for language in LANGUAGES]
    required = [f"required_message::{language}" for language in LANGUAGES]
    survey = [["type", "name", *heads, "relevant", "constraint", "required", *required]]
    survey += [
        [
            *(question.type, question.name, *question.label, *question.hint, *question.message),
            *(question.relevant, question.constraint, "yes" if question.required else ""),
            *(_REQUIRED if question.required else ("", "")),
        ]
        for question in form.survey
    ]
    choices = [["list_name", "name", *(f"label::{language}" for language in LANGUAGES)]]
    choices += [
        [listed, name, *words[name]] for listed, (vocabulary, words) in form.choices.items() for name in vocabulary
    ]
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [form.title, form.form_id, form.version, LANGUAGES[0]],
    ]
    return {"survey": survey, "choices": choices, "settings": settings}


def save_xlsform(path: Path, form: Form = INCIDENT_FORM) -> None:
    """Write an XLSForm as a workbook; run it after a change of this file or of a vocabulary."""
    book = Workbook()
    for old in list(book.worksheets):
        book.remove(old)
    for title, rows in xlsform_sheets(form).items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([cell or None for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    book.save(path)


def words_of(question: Question) -> Iterator[str]:
    """Every header one question may have in an export: its name, or its label in either language."""
    yield from (question.name, *question.label)
