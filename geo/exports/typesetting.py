"""Documents typeset offline with the fonts inside the typesetter; the same document gives the same bytes."""

import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

Form = Literal["pdf", "png"]
_DATA, _MAIN = "document.json", "pages.typ"


def typeset(
    pages: Path, document: Mapping[str, Any], pictures: Mapping[str, bytes], form: Form, *, ppi: float = 96.0
) -> list[bytes]:
    """Typeset a document: one PDF, or a PNG of each page.

    Parameters
    ----------
    pages
        What lays it out; reads ``document.json``, and pictures by their name with the ending ``.png``.
    document
        Plain data; ``date`` holds year, month and day, which become the date of the file.
    ppi
        Pixels an inch of the PNG.
    """
    import matplotlib as mpl  # noqa: PLC0415 (its folder holds the fallback fonts; 0.2 s only a document needs)
    import typst  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / _MAIN).write_bytes(pages.read_bytes())
        (root / _DATA).write_text(json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        for name, content in pictures.items():
            (root / f"{name}.png").write_bytes(content)
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
