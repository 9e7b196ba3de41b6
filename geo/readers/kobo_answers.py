"""Columns of an export of one of our forms from KoboToolbox or ODK, whatever way it was exported.

Headers are XML names or labels, English or French, with or without groups before a slash; choices are names or labels;
of several choices each may stand in a column of its own with 1 or 0. A point is "latitude longitude altitude accuracy"
in one column, or apart in ``_place_latitude`` and ``_place_longitude``. Every other column is never read.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from geo.readers.countries import plain_name
from geo.readers.kobo_form import Form, Question, words_of

_POINT_PART = re.compile(r"^_(.+)_(latitude|longitude)$")
_UUID = re.compile(r"^(?:uuid:)?([0-9a-f-]{8,})$")
_CHOSEN = frozenset({"1", "1.0", "true", "yes", "oui", "vrai"})
_HASH_LETTERS = 16


@dataclass(frozen=True, kw_only=True)
class FormColumns(Collection[str]):
    """The columns of one form, known by rule: a header is one of ours in several spellings."""

    form: Form

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Questions that have an answer, by name."""
        return {question.name: question for question in self.form.survey if question.is_asked}

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Name or label of a choice, plain -> its name, by question; none of a question whose list is a file."""
        listed = {
            name: question.type.split()[1]
            for name, question in self.questions.items()
            if question.type.startswith(("select_one ", "select_multiple "))
        }
        return {
            field: {
                plain_name(word): name
                for name, words in self.form.choices[choices][1].items()
                for word in (name, *words)
            }
            for field, choices in listed.items()
        }

    @cached_property
    def _fields(self) -> dict[str, str]:
        return {plain_name(word): name for name, question in self.questions.items() for word in words_of(question)}

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and self.field_of(header) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)

    def field_of(self, header: str) -> str | None:
        """Our name of a column; ``place_latitude`` of a point, ``vehicles/truck`` of one choice, None where not ours."""
        steps = [step.strip() for step in header.strip().lower().split("/")]
        if steps[-1] == "_uuid":
            return "_uuid"
        part = _POINT_PART.match(steps[-1])
        if part is not None:
            asked = self._fields.get(plain_name(part[1]))
            return f"{asked}_{part[2]}" if asked and self.questions[asked].type == "geopoint" else None
        above = self._fields.get(plain_name(steps[-2])) if len(steps) > 1 else None
        if above and self.questions[above].type.startswith("select_multiple "):
            choice = self.names[above].get(plain_name(steps[-1]))
            return f"{above}/{choice}" if choice else None
        return self._fields.get(plain_name(steps[-1]))

    def answers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Columns under our names, single choices by their names; of two columns for one question the first filled."""
        table = pd.DataFrame(index=frame.index)
        for header in frame.columns:
            name = self.field_of(str(header))
            if name is not None:
                text = frame[header].astype("string").str.strip()
                text = text.mask(text == "")
                table[name] = table[name].fillna(text) if name in table else text
        for name, names in self.names.items():
            if name in table and self.questions[name].type.startswith("select_one "):
                known = {text: names.get(plain_name(text), text) for text in table[name].dropna().unique()}
                table[name] = table[name].map(known).astype("string")
        return table

    def several(self, answers: pd.DataFrame, name: str) -> pd.Series:
        """Choices of one question separated by ``;``, in one column or in one each; a word of none of them stays."""
        ticked = pd.Series("", index=answers.index, dtype="string")
        for choice in dict.fromkeys(self.names[name].values()):
            chosen = answer_to(answers, f"{name}/{choice}").str.lower().isin(_CHOSEN)
            ticked = ticked.mask(chosen, ticked + ";" + choice)
        named = answer_to(answers, name).map(lambda text: _chosen(text, self.names[name]), na_action="ignore")
        return named.astype("string").fillna(ticked.mask(ticked == "").str.removeprefix(";"))


def answer_to(answers: pd.DataFrame, name: str) -> pd.Series:
    """Answers to one question as text; empty is missing."""
    return answers[name] if name in answers else pd.Series(pd.NA, index=answers.index, dtype="string")


def submission_ids(answers: pd.DataFrame) -> pd.Series:
    """``kobo:`` and a short hash of each ``_uuid``, so that a corrected submission is a new version of its record."""
    uuid = answer_to(answers, "_uuid").str.lower().str.extract(_UUID)[0]
    hashed = uuid.map(lambda text: hashlib.sha256(text.encode("ascii")).hexdigest()[:_HASH_LETTERS], na_action="ignore")
    return ("kobo:" + hashed.astype("string")).astype("string")


def _chosen(text: str, names: Mapping[str, str]) -> str:
    """Choices named one after the other, labels of several words among them; the text itself where a word is none."""
    rest, found = plain_name(text), []
    while rest:
        word = max((word for word in names if f"{rest} ".startswith(f"{word} ")), key=len, default=None)
        if word is None:
            return text
        found.append(names[word])
        rest = rest[len(word) :].strip()
    return ";".join(dict.fromkeys(found))
