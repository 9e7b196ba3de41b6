"""Hashtags of the Humanitarian Exchange Language for exported columns.

Source: HXL 1.1, hashtag and attribute dictionary (hxlstandard.org). A column without a hashtag of the standard is
given as ``#meta`` with its own name as attribute, so that no column goes untagged.
"""

from collections.abc import Iterable

HASHTAGS = {
    "cell": "#geo+cell+code+v_h3",
    "area": "#adm+name",
    "p_code": "#adm+code+v_pcode",
    "longitude": "#geo+lon",
    "latitude": "#geo+lat",
    "incidents": "#event+num",
    "fatalities_low": "#affected+killed+num+min",
    "fatalities_best": "#affected+killed+num",
    "fatalities_high": "#affected+killed+num+max",
    "actors": "#group+armed+num",
    "actor": "#group+armed+name",
    "month": "#date+month",
    "date_start": "#date+start",
    "date_end": "#date+end",
    "event_type": "#event+type",
    "violation": "#event+violation",
    "girls": "#affected+f+children+num",
    "boys": "#affected+m+children+num",
    "unknown": "#affected+children+num+sex_unknown",
    "source": "#meta+source",
    "sources": "#meta+source",
    "as_of": "#date+as_of",
    "audience": "#meta+audience",
    "made_by": "#meta+made_by",
    "unit": "#meta+unit",
}


def hashtag(column: str) -> str:
    """Return the hashtag of a column; attributes are lower-case letters, digits and underscores."""
    return HASHTAGS.get(column) or f"#meta+{''.join(sign if sign.isalnum() else '_' for sign in column.lower())}"


def hashtag_row(columns: Iterable[str]) -> list[str]:
    """Return the row of hashtags that stands beneath the header."""
    return [hashtag(column) for column in columns]
