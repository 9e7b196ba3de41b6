"""Sentences by key and language. A placeholder in braces takes a value; a value is never read as a sentence."""

import re
from typing import Literal, get_args

from geo.errors import RequestError
from geo.text.changes import CHANGE_SENTENCES
from geo.text.orders import ORDER_SENTENCES
from geo.text.words import WORDS
from geo.text.workshop import WORKSHOP_SENTENCES

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_COLUMN = {"en": 0, "fr": 1}
_HELD = re.compile(r"\{(\w+)\}")
_WORD = "word_"  # a value named so is one of our words and is said in the language


def catalogue() -> dict[str, tuple[str, str]]:
    """Every sentence, English and French, by key."""
    return {**ORDER_SENTENCES, **CHANGE_SENTENCES, **WORKSHOP_SENTENCES}


def say(key: str, language: Language, **values: object) -> str:
    """Return a sentence with its values.

    Parameters
    ----------
    values
        By placeholder; one given as ``word_NAME`` is a word of the tables and fills ``{NAME}`` in the language.

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
    return word(str(value), language) if name.startswith(_WORD) else str(value)


def word(name: str, language: Language) -> str:
    """Return one of the tables' words as people say it; one that no catalogue knows is read with spaces."""
    known = WORDS.get(name)
    return name.replace("_", " ") if known is None else known[_COLUMN[language]]


def words_text(text: str, language: Language) -> str:
    """Read a list separated by ``;`` in the language; what is none of the tables' words stays as it is."""
    return ", ".join(word(part, language) if part in WORDS else part for part in text.split(";"))
