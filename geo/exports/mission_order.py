"""A mission order as an A4 PDF in English or French, typeset offline with the fonts inside the typesetter.

The pages (``mission_order.typ``) read the order as data; text from tables is never part of what is typeset as a program.
The same order gives the same bytes: the file's date is the day it is for.
"""

from pathlib import Path
from typing import Any

from geo.errors import RequestError
from geo.exports.typesetting import typeset

PAGES = Path(__file__).with_name("mission_order.typ")


def order_pdf(document: dict[str, Any], *, picture: bytes | None = None) -> bytes:
    """Typeset an order.

    Parameters
    ----------
    document
        As :func:`geo.exports.mission_order_text.order_document` makes it.
    picture
        The map as PNG; needed where the document says that one stands in it.

    Raises
    ------
    RequestError
        When the document and the picture do not fit each other.
    """
    return _typeset(document, picture, "pdf")[0]


def order_pages(document: dict[str, Any], *, picture: bytes | None = None, ppi: float = 96.0) -> list[bytes]:
    """Draw the pages of an order as PNG, to be looked at on a screen. Raises as :func:`order_pdf`."""
    return _typeset(document, picture, "png", ppi=ppi)


def _typeset(document: dict[str, Any], picture: bytes | None, form: Any, *, ppi: float = 96.0) -> list[bytes]:
    if bool(document["picture"]) != (picture is not None):
        raise RequestError("the order and its map do not fit: say whether a picture stands in it, and give it")
    pictures = {} if picture is None else {"map": picture}
    return typeset(PAGES, document, pictures, form, ppi=ppi)
