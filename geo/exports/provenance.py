"""The facts every file carries: who made it, from which sources, as of when, in which unit."""

from collections.abc import Mapping
from typing import Any

from geo.exports.tables import plain
from geo.text import Language, catalogue, say, word

_ANSWERS = {"True": "yes", "False": "no"}


def provenance_of(sources: Mapping[str, str], **facts: Any) -> dict[str, str]:
    """Return the facts as text.

    Parameters
    ----------
    sources
        Table to the names of its sources, as the base map and the command line know them.
    facts
        Anything with a plain form, e.g. ``as_of``, ``unit``, ``modelled``, the filters asked for.
    """
    return {
        "made_by": "Piste",
        "sources": ", ".join(dict.fromkeys(sources.values())),
        **{name: str(plain(value)) for name, value in facts.items()},
    }


def facts_in(facts: Mapping[str, str], language: Language) -> dict[str, str]:
    """Return facts of a file with their names in a language, and with it the audience, yes and no.

    English keeps the names and words as they are in code, so that a file is found again by them.
    """
    if language == "en":
        return dict(facts)
    named = {key: f"file_{key}" for key in facts}
    return {
        say(named[key], language) if named[key] in catalogue() else key: word(_ANSWERS.get(value, value), language)
        if key == "audience" or value in _ANSWERS
        else value
        for key, value in facts.items()
    }
