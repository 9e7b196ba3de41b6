"""Sentences by key and language. A placeholder in braces takes a value; a value is never read as a sentence."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, Self, get_args

from geo.errors import RequestError
from geo.text.changes import CHANGE_SENTENCES
from geo.text.files import FILE_SENTENCES
from geo.text.orders import ORDER_SENTENCES
from geo.text.plans import PLAN_SENTENCES
from geo.text.words import WORDS
from geo.text.workshop import WORKSHOP_SENTENCES

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_COLUMN = {"en": 0, "fr": 1}
_HELD = re.compile(r"\{(\w+)\}")
_WORD = "word_"  # a value named so is one of our words and is said in the language


class Sentence(str):
    """A sentence as a value: it reads as its English, and knows its key and values so that it can be said in French.

    Rooms that find a reason or a warning make one; what only ever shows English takes it for the text it is. A value
    may be a sentence itself. Text that is written anew from one (joined, stored in a column) is plain text again, so
    a table that is to be read in French holds it in both languages.
    """

    __slots__ = ("key", "values")
    key: str
    values: Mapping[str, str]

    def __new__(cls, key: str, **values: str) -> Self:
        """Raise :class:`RequestError` as :func:`say` does."""
        made = super().__new__(cls, say(key, "en", **values))
        made.key, made.values = key, values
        return made

    def __reduce__(self) -> tuple[object, ...]:
        """Copy and pickle it by its key and values."""
        return _sentence, (self.key, dict(self.values))


def _sentence(key: str, values: Mapping[str, str]) -> Sentence:
    return Sentence(key, **values)


def sentence_text(text: str, language: Language) -> str:
    """Say a sentence in a language; text that is none stays as somebody wrote it."""
    return say(text.key, language, **text.values) if isinstance(text, Sentence) else text


def sentence_values(text: str) -> object:
    """Return a sentence as JSON holds it; text that is none stays text. :func:`sentence_from` reads it back."""
    if not isinstance(text, Sentence):
        return text
    return {"key": text.key, "values": {name: sentence_values(value) for name, value in text.values.items()}}


def sentence_from(values: object) -> str:
    """Read a sentence from its JSON values.

    Raises
    ------
    RequestError
        When no catalogue holds its key, or it lacks a value.
    TypeError
        When it is neither text nor a sentence.
    """
    if isinstance(values, str):
        return values
    if not isinstance(values, dict):
        raise TypeError(f"neither text nor a sentence: {values!r}")
    return _sentence(values["key"], {name: sentence_from(value) for name, value in values["values"].items()})


def with_values(text: str, key: str, instead: Mapping[str, str]) -> str:
    """Say a sentence with other values in those of one key that stand in it; what ``instead`` does not hold stays.

    Text that is no sentence stays as it is.
    """
    if not isinstance(text, Sentence):
        return text
    own = text.key == key
    return Sentence(
        text.key,
        **{
            name: instead.get(value, value) if own else with_values(value, key, instead)
            for name, value in text.values.items()
        },
    )


def join_sentences(key: str, parts: list[Sentence]) -> Sentence:
    """Join at least one sentence by one that holds ``{first}`` and ``{last}``: a, b, or c."""
    joined = parts[0]
    for part in parts[1:]:
        joined = Sentence(key, first=joined, last=part)
    return joined


@cache
def catalogue() -> Mapping[str, tuple[str, str]]:
    """Every sentence, English and French, by key."""
    return {**ORDER_SENTENCES, **CHANGE_SENTENCES, **FILE_SENTENCES, **PLAN_SENTENCES, **WORKSHOP_SENTENCES}


def say(key: str, language: Language, **values: object) -> str:
    """Return a sentence with its values.

    Parameters
    ----------
    values
        By placeholder; one given as ``word_NAME`` is a word of the tables and fills ``{NAME}`` in the language, and so
        does a :class:`Sentence`.

    Raises
    ------
    RequestError
        When there is no such sentence or language, or a value it needs is missing.
    """
    every = catalogue()
    if key not in every or language not in _COLUMN:
        raise RequestError(f"no sentence {key!r} in {language!r}; the catalogues stand in geo/text")
    sentence = every[key][_COLUMN[language]]
    given = {name.removeprefix(_WORD): _said(name, value, language) for name, value in values.items()}
    missing = sorted(set(_HELD.findall(sentence)) - set(given))
    if missing:
        raise RequestError(f"the sentence {key!r} needs {', '.join(missing)}")
    return _HELD.sub(lambda found: given[found[1]], sentence)


def _said(name: str, value: object, language: Language) -> str:
    if isinstance(value, Sentence):
        return sentence_text(value, language)
    return word(str(value), language) if name.startswith(_WORD) else str(value)


def word(name: str, language: Language) -> str:
    """Return one of the tables' words as people say it; one that no catalogue knows is read with spaces."""
    known = WORDS.get(name)
    return name.replace("_", " ") if known is None else known[_COLUMN[language]]


def words_text(text: str, language: Language) -> str:
    """Read a list separated by ``;`` in the language; what is none of the tables' words stays as it is."""
    return ", ".join(word(part, language) if part in WORDS else part for part in text.split(";"))
