"""A workshop pack as slides: real tables and text that can be edited, pictures for maps, nothing that runs over.

The slides lay out the very document the pages lay out (:mod:`geo.exports.workshop_document`), so the two never differ.
The same pack gives the same bytes.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from geo.exports.slide_parts import (
    BODY_PT,
    CONTENT_IN,
    HEAD_PT,
    INK_2,
    LIST_PT,
    SMALL_PT,
    Slides,
    heights_of,
    lines_in,
    pieces_of,
    tables_on,
    widths_of,
)
from geo.exports.workshop_pack import check_pictures

_CHIPS = (("#DCEBEC", "#0A4A56"), ("#F6EBD8", "#6B4208"))  # audience, modelled
_NAME_PT, _NOTE_LINES = 30, 3  # of the scenario's name on one line; longest note on the first slide
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every part of the file: the pack's day stands in its properties


def pack_slides(document: Mapping[str, Any], *, pictures: Mapping[str, bytes]) -> bytes:
    """Lay a pack out as a PPTX of 16:9.

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
    slides = Slides(document)
    _first(slides, document)
    for section in document["sections"]:
        if section["kind"] == "map":
            _map(slides, document, section, pictures)
        elif section["kind"] == "table" and section["rows"]:
            _table(slides, section, document["part"])
        else:
            _list(slides, section)
    slides.number()
    return _still(slides.saved())


def _first(slides: Slides, document: Mapping[str, Any]) -> None:
    """Name, finding, what it is of; a note that is no short one has a slide of its own."""
    left, wide = CONTENT_IN[0], CONTENT_IN[2]
    size_pt = _NAME_PT if lines_in(document["name"], wide, _NAME_PT, bold=True) == 1 else HEAD_PT
    slide = slides.add(document["name"], size_pt=size_pt, top_in=1.05)
    slides.text(slide, [document["title"]], top_in=0.62, size_pt=BODY_PT, colour=INK_2, bold=True)
    top = slides.text(slide, [document["headline"]], top_in=slides.top_in + 0.05, size_pt=20)
    note = document["note"]
    short = lines_in(note, wide, LIST_PT) <= _NOTE_LINES
    if note and short:
        top = slides.text(slide, [note], top_in=top + 0.05, size_pt=LIST_PT, colour=INK_2)
    top = _chips(slides, slide, document, top + 0.2) + 0.25
    for label, text in document["facts"]:
        slides.text(slide, [label], top_in=top, size_pt=BODY_PT, colour=INK_2, box=(left, 2.1))
        top = slides.text(slide, [text], top_in=top, size_pt=BODY_PT, box=(left + 2.2, wide - 2.2))
    if note and not short:
        _list(slides, {"kind": "list", "title": document["name"], "items": [note]})


def _chips(slides: Slides, slide: Any, document: Mapping[str, Any], top_in: float) -> float:
    """Audience and that it is modelled as chips, the day in bold after them; returns where the next thing may stand."""
    left = CONTENT_IN[0]
    for text, (back, fore) in zip(document["chips"][:2], _CHIPS, strict=True):
        left += slides.chip(slide, text, left_in=left, top_in=top_in, colours=(back, fore)) + 0.1
    slides.text(
        slide, [document["chips"][2]], top_in=top_in + 0.02, size_pt=SMALL_PT, bold=True,
        box=(left, CONTENT_IN[0] + CONTENT_IN[2] - left),
    )  # fmt: skip
    return top_in + 0.32


def _map(
    slides: Slides, document: Mapping[str, Any], section: Mapping[str, Any], pictures: Mapping[str, bytes]
) -> None:
    slide = slides.add(section["title"])
    top = slides.text(slide, [section["intro"]], top_in=slides.top_in, size_pt=BODY_PT, colour=INK_2)
    badges = " · ".join(section["badges"])
    badge_in = lines_in(badges, CONTENT_IN[2], SMALL_PT) * SMALL_PT * 1.25 / 72 + 0.1
    bottom = CONTENT_IN[1] + CONTENT_IN[3] - badge_in - 0.34
    if section["picture"] is None:
        slides.text(slide, [section["missing"]], top_in=top + 0.2, size_pt=14)
    else:
        slides.picture(slide, pictures[section["picture"]], top_in=top + 0.05, bottom_in=bottom, alt=section["alt"])
    top = _chips(slides, slide, document, bottom + 0.04)
    slides.text(slide, [badges], top_in=top - 0.02, size_pt=SMALL_PT, colour=INK_2)


def _table(slides: Slides, section: Mapping[str, Any], part: list[str]) -> None:
    """A table over as many slides as it needs, each with the heading and which part it is."""
    widths = widths_of(section["columns"], section["rows"], CONTENT_IN[2])
    heights = heights_of(section["rows"], widths)
    head = heights_of([[column["text"] for column in section["columns"]]], widths, bold=True)[0]
    intro_in = 0.0
    if section["intro"]:
        intro_in = lines_in(section["intro"], CONTENT_IN[2], BODY_PT) * BODY_PT * 1.25 / 72 + 0.12
    bottom = CONTENT_IN[1] + CONTENT_IN[3]
    spans = tables_on(heights, first_in=bottom - slides.top_in - intro_in - head, next_in=bottom - slides.top_in - head)
    for number, (begin, end) in enumerate(spans, start=1):
        told = f" ({part[0]}{number}{part[1]}{len(spans)}{part[2]})" if len(spans) > 1 else ""
        slide = slides.add(section["title"] + told)
        top = slides.top_in
        if number == 1 and section["intro"]:
            slides.text(slide, [section["intro"]], top_in=top, size_pt=BODY_PT, colour=INK_2)
            top += intro_in
        slides.table(slide, section["columns"], section["rows"][begin:end], widths, [head, *heights[begin:end]], top)


def _list(slides: Slides, section: Mapping[str, Any]) -> None:
    """Sentences one below the other, on as many slides as they need."""
    slide, bottom = slides.add(section["title"]), CONTENT_IN[1] + CONTENT_IN[3]
    items = section["items"] if section["kind"] == "list" else [section["empty"]]
    top = slides.top_in
    if section.get("intro"):
        top = slides.text(slide, [section["intro"]], top_in=top, size_pt=BODY_PT, colour=INK_2) + 0.1
    sign = "–\u00a0" if len(items) > 1 else ""
    for piece in [piece for item in items for piece in pieces_of(sign + item, CONTENT_IN[2], LIST_PT)]:
        if top + lines_in(piece, CONTENT_IN[2], LIST_PT) * LIST_PT * 1.25 / 72 + 0.04 > bottom:
            slide = slides.add(section["title"])
            top = slides.top_in
        top = slides.text(slide, [piece], top_in=top, size_pt=LIST_PT) + 0.06


def _still(content: bytes) -> bytes:
    """The same file with no trace of when it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as still:
        for name in made.namelist():
            still.writestr(zipfile.ZipInfo(name, _EPOCH), made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
