"""Files of a signed mission: the order on paper in two languages, its way for a telephone, rows for the clearance form."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from geo.errors import GeoError
from geo.exports.clearance import clearance_form
from geo.exports.mission_map import mission_map
from geo.exports.mission_order import order_pdf
from geo.exports.mission_order_rules import unit_text
from geo.exports.mission_order_text import order_document
from geo.exports.provenance import provenance_of
from geo.exports.tracks import export_tracks
from geo.text import Language
from pages._shared import data, frame
from pages._shared.widgets import day_words

Maker = Callable[[data.OrderAnswer, data.Base], bytes]
_MENU_PX = 520  # two files side by side, the longest name on one line


def menu(order: data.OrderAnswer | None, *, why_not: str = "") -> None:
    """Offer the files; each that cannot be had is closed and says why."""
    # A file is made outside the session that asked for it: whose it is, is settled here.
    name_of, base = _name(order), data.base(frame.audience())
    with st.popover("Files", icon=":material/download:"):
        languages = st.columns(2, width=_MENU_PX)
        for number, (name, (ending, mime, view, make)) in enumerate(_FILES.items()):
            refused = why_not or _refused(order, view)
            languages[number % 2].download_button(
                name,
                b"" if order is None or refused else partial(make, order, base),
                file_name=f"{name_of}{ending}",
                mime=mime,
                on_click="ignore",
                width="stretch",
                key=f"file-{name}",
                disabled=bool(refused),
                help=refused or None,
            )
        if refused_all := why_not or _refused(order, "mission_order"):
            st.caption(refused_all)
        else:
            st.caption(f"For the audience {frame.audience_name()}: what it may not see is in none of these files.")


def _name(order: data.OrderAnswer | None) -> str:
    """Name of the files: by the mission's id, for who may see it."""
    rows = [] if order is None else order.tables["mission_order"].frame.to_dict("records")
    told = str(rows[0].get("mission_id", "mission")) if rows else "mission"
    return f"piste-{told}-{frame.audience()}-{frame.as_of().isoformat()}"


def _refused(order: data.OrderAnswer | None, view: str) -> str:
    """Why a file cannot be had; empty where it can."""
    rules, audience = data.settings().disclosure[view], frame.audience()
    if not any(audience.may_see(least) for least in rules.values()):
        return f"Withheld from the audience {frame.audience_name()}."
    return "Sign a plan first; it then has an order." if order is None else ""


def _paper(language: Language, order: data.OrderAnswer, base: data.Base) -> bytes:
    sources = ", ".join(dict.fromkeys(base.land.sources.values()))
    date = day_words(order.as_of)
    picture = mission_map(order.tables, language=language, source=sources, date=date, base=(*base.layers, base.roads))
    document = order_document(
        order.tables, language=language, as_of=order.as_of, sources=sources, picture=picture is not None
    )
    return order_pdf(document, picture=picture)


def _facts(language: Language, order: data.OrderAnswer, base: data.Base) -> dict[str, str]:
    unit = order.unit if language == "en" else unit_text(order.tables, language)
    return provenance_of(
        base.land.sources, as_of=order.as_of, mission=order.mission_id, exposure_unit=unit, modelled=True
    )


def _way(format_name: str, language: Language, order: data.OrderAnswer, base: data.Base) -> bytes:
    return export_tracks(
        order.tables["mission_legs"],
        format_name=format_name,
        provenance=_facts(language, order, base),
        waypoints=order.tables["mission_waypoints"],
        language=language,
    )


def _clearance(language: Language, order: data.OrderAnswer, base: data.Base) -> bytes:
    facts = _facts(language, order, base)
    return clearance_form(order.tables["clearance"], language=language, provenance=facts)


_PDF, _GPX, _KML = "application/pdf", "application/gpx+xml", "application/vnd.google-earth.kml+xml"
# A row per file, English beside French.
_FILES: dict[str, tuple[str, str, str, Maker]] = {
    "Order (PDF, English)": ("-order-en.pdf", _PDF, "mission_order", partial(_paper, "en")),
    "Ordre (PDF, français)": ("-order-fr.pdf", _PDF, "mission_order", partial(_paper, "fr")),
    "GPX (tracks and waypoints)": (".gpx", _GPX, "mission_legs", partial(_way, "gpx", "en")),
    "GPX (traces et points)": ("-fr.gpx", _GPX, "mission_legs", partial(_way, "gpx", "fr")),
    "KML": (".kml", _KML, "mission_legs", partial(_way, "kml", "en")),
    "KML (français)": ("-fr.kml", _KML, "mission_legs", partial(_way, "kml", "fr")),
    "Clearance form (CSV)": ("-clearance.csv", "text/csv", "clearance", partial(_clearance, "en")),
    "Demande d’autorisation (CSV)": ("-clearance-fr.csv", "text/csv", "clearance", partial(_clearance, "fr")),
}


def order_of(ask: Callable[[], data.OrderAnswer]) -> tuple[data.OrderAnswer | None, str]:
    """Order of a mission, or why there is none."""
    try:
        return ask(), ""
    except GeoError as error:
        return None, str(error)
