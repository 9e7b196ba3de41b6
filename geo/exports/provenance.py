"""The facts every file carries: who made it, from which sources, as of when, in which unit."""

from collections.abc import Mapping
from typing import Any

from geo.exports.tables import plain


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
