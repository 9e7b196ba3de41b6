"""A mission order as an A4 PDF in English or French, typeset offline with the fonts inside the typesetter.

The pages (``mission_order.typ``) read the order as data; text from tables is never part of what is typeset as a program.
The same order gives the same bytes: the file's date is the day it is for.
"""

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

from geo.errors import RequestError

PAGES = Path(__file__).with_name("mission_order.typ")
_DATA, _MAP, _MAIN = "order.json", "map.png", "order.typ"


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
    import matplotlib as mpl  # noqa: PLC0415 (its folder holds the fallback fonts; 0.2 s only a document needs)
    import typst  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / _MAIN).write_bytes(PAGES.read_bytes())
        (root / _DATA).write_text(json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        if picture is not None:
            (root / _MAP).write_bytes(picture)
        made: Any = typst.compile(
            root / _MAIN,
            root=root,
            format=form,
            ppi=ppi,
            font_paths=[Path(mpl.get_data_path()) / "fonts" / "ttf"],
            ignore_system_fonts=True,
            package_path=root,
            package_cache_path=root,
            timestamp=dt.datetime.combine(dt.date(*document["date"]), dt.time(), tzinfo=dt.UTC),
        )
    return list(made) if isinstance(made, list) else [made]
