"""A workshop pack as a file: the same tables and facts on paper and on slides."""

from typing import Any

from geo.errors import RequestError
from geo.exports.mission_order_parts import Tables
from geo.exports.workshop_document import pack_document
from geo.exports.workshop_map import phase_pictures
from geo.exports.workshop_pack import pack_pdf
from geo.exports.workshop_slides import pack_slides
from geo.layers.spec import Bounds, LayerSpec
from geo.model import PackFacts
from geo.text import Language

# Ending of each format, and its media type.
PACK_FORMATS = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def pack_file(
    format_name: str,
    tables: Tables,
    facts: PackFacts,
    *,
    language: Language,
    base: tuple[LayerSpec, ...],
    bounds: Bounds | None,
) -> bytes:
    """Make a pack with its maps.

    Parameters
    ----------
    tables
        By view, as :func:`geo.answers.workshop_pack.answer_pack` clears them.
    base
        Layers of the base map, cleared for the same audience.
    bounds
        Of the country, degrees; ``None`` = no outline is imported, so there are no maps.

    Raises
    ------
    RequestError
        When there is no such format.
    WithheldError
        When the tables are for different audiences.
    """
    makers: dict[str, Any] = {"pdf": pack_pdf, "pptx": pack_slides}
    if format_name not in makers:
        raise RequestError(f"a pack is a {' or a '.join(PACK_FORMATS)}, not {format_name!r}; end the name with one")
    pictures = phase_pictures(tables, facts, language=language, base=base, bounds=bounds)
    document = pack_document(tables, facts, language=language, pictures=bool(pictures))
    made: bytes = makers[format_name](document, pictures=pictures)
    return made
