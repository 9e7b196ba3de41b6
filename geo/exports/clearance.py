"""The clearance form of a mission as CSV, in English with the names of our columns or in French words."""

from collections.abc import Mapping

from geo.exports.provenance import facts_in
from geo.exports.tables import csv_text, export_table
from geo.redaction import Cleared
from geo.text import Language, say, word

_WORDS = ("entry", "organisation_type", "role")  # columns that hold words of the tables


def clearance_form(table: Cleared, *, language: Language, provenance: Mapping[str, str]) -> bytes:
    """Write the rows of a clearance form.

    Parameters
    ----------
    table
        The view ``clearance``, as :func:`geo.answers.mission_order.answer_order` clears it.
    provenance
        Facts written into the file beside the audience; in French under French names.
    """
    if language == "en":
        return export_table(table, format_name="csv", provenance=provenance)
    frame = table.frame.copy()
    for name in frame.columns.intersection(list(_WORDS)):
        frame[name] = [word(value, language) if isinstance(value, str) else None for value in frame[name]]
    heads = {name: say(f"form_{name}", language) for name in frame.columns}
    facts = facts_in({**provenance, "audience": str(table.audience)}, language)
    return csv_text(frame.rename(columns=heads), facts).encode()
