"""A workshop pack as an A4 PDF in English or French, typeset offline; the same pack gives the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import RequestError
from geo.exports.typesetting import typeset

PAGES = Path(__file__).with_name("workshop_pack.typ")


def pack_pdf(document: Mapping[str, Any], *, pictures: Mapping[str, bytes]) -> bytes:
    """Typeset a pack.

    Parameters
    ----------
    document
        As :func:`geo.exports.workshop_document.pack_document` makes it.
    pictures
        The maps it names, as PNG.

    Raises
    ------
    RequestError
        When the document names a picture that is not given.
    """
    check_pictures(document, pictures)
    return typeset(PAGES, document, pictures, "pdf")[0]


def pack_pages(document: Mapping[str, Any], *, pictures: Mapping[str, bytes], ppi: float = 96.0) -> list[bytes]:
    """Draw the pages of a pack as PNG, to be looked at on a screen. Raises as :func:`pack_pdf`."""
    check_pictures(document, pictures)
    return typeset(PAGES, document, pictures, "png", ppi=ppi)


def check_pictures(document: Mapping[str, Any], pictures: Mapping[str, bytes]) -> None:
    """Refuse a document whose pictures are not there.

    Raises
    ------
    RequestError
        See above.
    """
    named = {section["picture"] for section in document["sections"] if section.get("picture")}
    if missing := sorted(named - set(pictures)):
        raise RequestError(f"the pack and its maps do not fit: {', '.join(missing)} is not given")
