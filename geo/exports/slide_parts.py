"""Slides of 16:9 in the paper look: titles, text, chips, pictures and tables, each inside its slide.

How much room text takes is measured with a face at least as wide as what slides are shown in, so that a program with
another face never runs over. What grows with its text stands beneath what was measured.
"""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from geo.layers import palette

WIDE_IN, HIGH_IN = 40 / 3, 7.5
CONTENT_IN = (0.6, 0.45, WIDE_IN - 1.2, 6.4)  # left, top, width, height; beneath it the foot
FONT = "Arial"  # every office program has it; Source Sans is not on the computers of a workshop
HEAD_PT, LIST_PT, BODY_PT, TABLE_PT, SMALL_PT = 22, 14, 12, 11, 10
INK, INK_2, INK_3, HAIRLINE = palette.INK, palette.INK_2, palette.INK_3, "#DADDD7"
_MAY_BREAK = "\u200b"
_LINE = 1.2  # height of a line, of its size
_MEASURED, _WIDER = "DejaVuSans.ttf", 0.94  # its letters are at least so much wider than those of Arial
_CELL_X_IN, _CELL_Y_IN = 0.09, 0.035  # free beside and above text in a cell
_AUTO_MOST_IN = 3.2  # of a column as wide as its text
_TITLE_LINES = 2  # of a title in its own size
_PIECE_LINES = 12  # a longer text is cut between words into pieces of so many lines
_LAST_LEAST_ROWS = 4  # on the last slide of a table
_SHARED_LEAST_IN = 1.6  # of a column that takes its share of the rest, for each of its weight
_TOP_IN = 1.08  # of what stands beneath a title of one line
_MASTER_LAYOUT = 5  # title only
_PER_INCH = 914400  # EMU
_RULE_EMU, _HAIRLINE_EMU = 12700, 9525


class Slides:
    """Slides that are being made."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        import pptx  # noqa: PLC0415 (0.2 s only slides need)

        self._deck: Any = pptx.Presentation()
        self._deck.slide_width, self._deck.slide_height = _emu(WIDE_IN), _emu(HIGH_IN)
        self._foot, self._page = document["foot"], document["page"]
        day = dt.datetime.combine(dt.date(*document["date"]), dt.time())
        told = self._deck.core_properties
        told.title, told.author, told.last_modified_by = f"{document['title']}, {document['name']}", "Piste", "Piste"
        told.language, told.created, told.modified, told.revision = document["language"], day, day, 1
        told.subject, told.keywords, told.comments = self._foot, "", ""
        self.top_in = _TOP_IN
        self._only_layout()

    def _only_layout(self) -> None:
        """Leave one layout: the others are of 4:3, and nothing uses them."""
        layouts = self._deck.slide_layouts
        self._layout = layouts[_MASTER_LAYOUT]
        for layout in list(layouts):
            if layout is not self._layout:
                layouts.remove(layout)
        for holder in (self._layout, self._deck.slide_master):
            for shape in list(holder.placeholders):
                if shape.placeholder_format.idx != 0 and holder is self._layout:
                    shape.element.getparent().remove(shape.element)
                else:
                    shape.left, shape.width = _emu(CONTENT_IN[0]), _emu(CONTENT_IN[2])

    def add(self, title: str, *, size_pt: float = HEAD_PT, top_in: float = CONTENT_IN[1]) -> Any:
        """Begin a slide; a title of two lines moves what stands beneath it, a longer one is set smaller."""
        slide = self._deck.slides.add_slide(self._layout)
        if lines_in(title, CONTENT_IN[2], size_pt, bold=True) > _TITLE_LINES:
            size_pt = LIST_PT
        lines = lines_in(title, CONTENT_IN[2], size_pt, bold=True)
        high = lines * size_pt * _LINE / 72 + 0.08
        self._write(slide.shapes.title, [title], (CONTENT_IN[0], top_in, CONTENT_IN[2], high), size_pt, bold=True)
        self.top_in = max(_TOP_IN, top_in + high + 0.1)
        return slide

    def text(self, slide: Any, paragraphs: Sequence[str], *, top_in: float, size_pt: float, **look: Any) -> float:
        """Write paragraphs; returns where the next thing may stand. ``look``: colour, bold, side, box (left, width)."""
        left, wide = look.pop("box", (CONTENT_IN[0], CONTENT_IN[2]))
        bold = bool(look.get("bold"))
        lines = sum(lines_in(paragraph, wide, size_pt, bold=bold) for paragraph in paragraphs)
        high = lines * size_pt * 1.25 / 72 + 0.04
        shape = slide.shapes.add_textbox(*map(_emu, (left, top_in, wide, high)))
        self._write(shape, paragraphs, (left, top_in, wide, high), size_pt, **look)
        return top_in + high

    def _write(
        self, shape: Any, paragraphs: Sequence[str], box: tuple[float, ...], size_pt: float, **look: Any
    ) -> None:
        """Place a shape and fill it; nothing shrinks and nothing grows."""
        from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN  # noqa: PLC0415 (see above)

        shape.left, shape.top, shape.width, shape.height = map(_emu, box)
        frame = shape.text_frame
        frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
        frame.vertical_anchor = MSO_ANCHOR.TOP
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for number, text in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.RIGHT if look.get("side") == "right" else PP_ALIGN.LEFT
            _run(paragraph, text, size_pt, colour=look.get("colour", INK), bold=look.get("bold", False))

    def chip(self, slide: Any, text: str, *, left_in: float, top_in: float, colours: tuple[str, str]) -> float:
        """Write a chip; returns its width."""
        from pptx.enum.shapes import MSO_SHAPE  # noqa: PLC0415 (see above)
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN  # noqa: PLC0415

        wide, high = text_in(text, SMALL_PT, bold=True) + 0.2, 0.26
        shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *map(_emu, (left_in, top_in, wide, high)))
        shape.adjustments[0] = 0.15
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(colours[0])
        shape.line.fill.background()
        shape.shadow.inherit = False
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = _emu(0.08)
        frame.margin_top = frame.margin_bottom = 0
        frame.word_wrap, frame.vertical_anchor = False, MSO_ANCHOR.MIDDLE
        frame.paragraphs[0].alignment = PP_ALIGN.CENTER
        _run(frame.paragraphs[0], text, SMALL_PT, colour=colours[1], bold=True)
        return wide

    def picture(self, slide: Any, content: bytes, *, top_in: float, bottom_in: float, alt: str) -> None:
        """Place a picture as large as it fits, in the middle, with words for who cannot see it."""
        made = slide.shapes.add_picture(io.BytesIO(content), 0, 0)
        scale = min(CONTENT_IN[2] / made.width, (bottom_in - top_in) / made.height)
        wide, high = made.width * scale, made.height * scale
        left = CONTENT_IN[0] + (CONTENT_IN[2] - wide) / 2
        made.left, made.top, made.width, made.height = map(_emu, (left, top_in, wide, high))
        made.element.nvPicPr.cNvPr.set("descr", alt)
        made.name = "map"

    def table(
        self,
        slide: Any,
        columns: Sequence[Mapping[str, Any]],
        rows: Sequence[Sequence[str]],
        widths_in: Sequence[float],
        heights_in: Sequence[float],
        top_in: float,
    ) -> None:
        """Write a table with a heading, hairlines between its rows and nothing else.

        Parameters
        ----------
        heights_in
            Of the heading, then of each row.
        """
        box = (CONTENT_IN[0], top_in, sum(widths_in), sum(heights_in))
        frame = slide.shapes.add_table(len(rows) + 1, len(columns), *map(_emu, box))
        table = frame.table
        style = next(frame.element.iter("{*}tableStyleId"))
        style.getparent().remove(style)
        table.horz_banding = False
        for column, wide in zip(table.columns, widths_in, strict=True):
            column.width = _emu(wide)
        for number, (row, high) in enumerate(zip(table.rows, heights_in, strict=True)):
            row.height = _emu(high)
            texts = rows[number - 1] if number else [column["text"] for column in columns]
            for cell, text, column in zip(row.cells, texts, columns, strict=True):
                _fill_cell(cell, text, column["side"], heading=number == 0)
        for place, element in enumerate(frame.element.iter("{*}tc")):
            _border(element, heading=place < len(columns))

    def number(self) -> None:
        """Write the foot of every slide: audience, day, snapshot, and which slide of how many."""
        from pptx.enum.shapes import MSO_CONNECTOR  # noqa: PLC0415 (see above)

        count = len(self._deck.slides)
        left, top, wide = CONTENT_IN[0], HIGH_IN - 0.52, CONTENT_IN[2]
        for number, slide in enumerate(self._deck.slides, start=1):
            line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *map(_emu, (left, top, left + wide, top)))
            line.line.color.rgb, line.line.width = _rgb(HAIRLINE), _HAIRLINE_EMU
            told = f"{self._page[0]}{number}{self._page[1]}{count}{self._page[2]}"
            page_in = text_in(told, SMALL_PT) + 0.1
            box = (left, wide - page_in - 0.2)
            self.text(slide, [self._foot], top_in=top + 0.08, size_pt=SMALL_PT, colour=INK_3, box=box)
            at = (left + wide - page_in, page_in)
            self.text(slide, [told], top_in=top + 0.08, size_pt=SMALL_PT, colour=INK_3, box=at, side="right")

    def saved(self) -> bytes:
        """The slides as a file."""
        out = io.BytesIO()
        self._deck.save(out)
        return out.getvalue()


def _emu(inches: float) -> Any:
    from pptx.util import Emu  # noqa: PLC0415 (see above)

    return Emu(round(inches * _PER_INCH))


def _rgb(colour: str) -> Any:
    from pptx.dml import color  # noqa: PLC0415 (see above)

    made: Any = color.RGBColor
    return made(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


def _run(paragraph: Any, text: str, size_pt: float, *, colour: str, bold: bool) -> None:
    run = paragraph.add_run()
    run.text = text.replace(_MAY_BREAK, "")  # programs for slides break long words themselves
    run.font.name, run.font.size, run.font.bold = FONT, round(size_pt * 12700), bold
    run.font.color.rgb = _rgb(colour)


def _fill_cell(cell: Any, text: str, side: str, *, heading: bool) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN  # noqa: PLC0415 (see above)

    cell.margin_left = cell.margin_right = _emu(_CELL_X_IN)
    cell.margin_top = cell.margin_bottom = _emu(_CELL_Y_IN)
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM if heading else MSO_ANCHOR.TOP
    cell.fill.background()
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if side == "right" else PP_ALIGN.LEFT
    _run(paragraph, text, TABLE_PT, colour=INK_2 if heading else INK, bold=heading)


def _border(cell: Any, *, heading: bool) -> None:
    """A line beneath a cell's element and none on its other sides; the library has no words for it."""
    from pptx.oxml.xmlchemy import OxmlElement  # noqa: PLC0415 (see above)

    told = cell.get_or_add_tcPr()
    fill = told[:]
    for side in ("lnL", "lnR", "lnT", "lnB"):
        line: Any = OxmlElement(f"a:{side}")
        told.append(line)
        if side != "lnB":
            line.set("w", "0")
            line.append(OxmlElement("a:noFill"))
            continue
        line.set("w", str(_RULE_EMU if heading else _HAIRLINE_EMU))
        solid: Any = OxmlElement("a:solidFill")
        colour: Any = OxmlElement("a:srgbClr")
        colour.set("val", (INK_2 if heading else HAIRLINE).removeprefix("#"))
        solid.append(colour)
        line.append(solid)
    for one in fill:  # lines come before the fill (ECMA-376, CT_TableCellProperties)
        told.append(one)


@cache
def _face(bold: bool) -> Any:  # noqa: FBT001 (the key)
    """What text is measured with, at 100 points."""
    import matplotlib as mpl  # noqa: PLC0415 (its folder holds the fonts)
    from PIL import ImageFont  # noqa: PLC0415 (comes with matplotlib)

    name = _MEASURED.replace(".ttf", "-Bold.ttf") if bold else _MEASURED
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), 100)


@cache
def text_in(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Width of a line of text, inches."""
    return float(_face(bold).getlength(text)) / 100 * size_pt / 72 * _WIDER


def lines_in(text: str, wide_in: float, size_pt: float, *, bold: bool = False) -> int:
    """How many lines a text takes in a width; a word longer than a line is broken."""
    lines, used, gap = 1, 0.0, text_in(" ", size_pt, bold=bold)
    for part in text.replace(_MAY_BREAK, "").split(" "):
        word_in = text_in(part, size_pt, bold=bold)
        if used and used + gap + word_in > wide_in:
            lines, used = lines + 1, 0.0
        elif used:
            word_in += gap
        used += word_in
        while used > wide_in:
            lines, used = lines + 1, used - wide_in
    return lines


def pieces_of(text: str, wide_in: float, size_pt: float) -> list[str]:
    """A text whole, or cut between words where it is longer than a slide may hold."""
    pieces = [""]
    for part in text.split(" "):
        longer = f"{pieces[-1]} {part}".lstrip()
        if pieces[-1] and lines_in(longer, wide_in, size_pt) > _PIECE_LINES:
            pieces.append(part)
        else:
            pieces[-1] = longer
    return pieces


def widths_of(columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str]], wide_in: float) -> list[float]:
    """Width of each column: as wide as its text where it asks for that, the others share the rest by weight.

    Headings stand on one line where there is room for that, else on as many as they have words.
    """
    shares = sum(column["width"] for column in columns)
    for whole in (True, False):
        fixed = [
            0.0 if column["width"] else _natural_in(column["text"], [row[place] for row in rows], whole=whole)
            for place, column in enumerate(columns)
        ]
        rest = wide_in - sum(fixed)
        if rest >= shares * _SHARED_LEAST_IN:
            break
    return [
        wide if not column["width"] else rest * column["width"] / shares
        for wide, column in zip(fixed, columns, strict=True)
    ]


def _natural_in(heading: str, texts: Sequence[str], *, whole: bool) -> float:
    heads = [heading] if whole else heading.split(" ")
    widest = max([text_in(text, TABLE_PT) for text in texts] + [text_in(part, TABLE_PT, bold=True) for part in heads])
    return min(widest, _AUTO_MOST_IN) + 2 * _CELL_X_IN + 0.04


def heights_of(rows: Sequence[Sequence[str]], widths_in: Sequence[float], *, bold: bool = False) -> list[float]:
    """Height of each row, by the cell that takes most lines."""
    return [
        max(
            lines_in(text, wide - 2 * _CELL_X_IN, TABLE_PT, bold=bold) for text, wide in zip(row, widths_in, strict=True)
        )
        * TABLE_PT * _LINE / 72 + 2 * _CELL_Y_IN
        for row in rows
    ]  # fmt: skip


def tables_on(heights_in: Sequence[float], *, first_in: float, next_in: float) -> list[tuple[int, int]]:
    """Which rows stand on which slide: first and one past the last; every row stands on one.

    As few slides as there can be; the last but one gives rows to a last one that would have hardly any.
    """
    spans, begin, used, room = [], 0, 0.0, first_in
    for place, high in enumerate(heights_in):
        if place > begin and used + high > room:
            spans.append((begin, place))
            begin, used, room = place, 0.0, next_in
        used += high
    spans.append((begin, len(heights_in)))
    if len(spans) > 1 and spans[-1][1] - spans[-1][0] < _LAST_LEAST_ROWS:
        (first, middle), (_, last) = spans[-2:]
        middle = max(first + 1, min(middle, last - _LAST_LEAST_ROWS))
        if sum(heights_in[middle:last]) <= next_in:
            spans[-2:] = [(first, middle), (middle, last)]
    return spans
