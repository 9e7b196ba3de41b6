"""The toy country going blind: reports fall by four fifths from July 2019, and in one telling both bases closed then.

In the other telling the bases stay, and the same fall may be called one: whoever looks for words and colours of
improvement finds them there.
"""

import datetime as dt
import re
from typing import Any

from tests.toy_country import BASES, COUNTRY_TABLES, event

LAST_WATCHED = dt.date(2019, 6, 30)
DAY = dt.date(2020, 6, 30)
BEFORE_A_MONTH, SINCE_A_MONTH = 10, 2
_PLACES = ((0.2, 0.5), (1.7, 0.5))  # one in each province, where the bases are

# How a fall, or calm, is said anywhere in the product; "cannot tell" and "no eyes" are not among these.
IMPROVEMENT = re.compile(
    r"▼|\b(?:fell|fall(?:s|en|ing)?|declin\w*|decreas\w*|drop(?:s|ped)?|improv\w*|better|eas(?:ed|ing)|calm\w*|quieter|"
    r"diminish\w*|reduc\w*|below_norm|within_norm|(?:below|within) its own norm|unchanged|same)\b|[a-z_]*cold_spot",
    flags=re.IGNORECASE,
)


def _reports() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for year in (2018, 2019, 2020):
        for month in range(1, 13 if year < 2020 else 7):
            each = BEFORE_A_MONTH if dt.date(year, month, 1) <= LAST_WATCHED else SINCE_A_MONTH
            days = [dt.date(year, month, 3 + 2 * n).isoformat() for n in range(each)]
            rows += [
                event(
                    len(rows) + n, day, "exact", longitude=lon, latitude=lat, event_type="attack", violation="killing"
                )
                for n, (day, (lon, lat)) in enumerate((day, place) for day in days for place in _PLACES)
            ]
    return [*rows, event(len(rows), DAY.isoformat(), "exact", longitude=1.7, latitude=0.5, event_type="attack")]


REPORTS = _reports()


def going_blind(*, closed: bool = True) -> dict[str, list[dict[str, Any]]]:
    """All tables; without ``closed`` the bases stay open and the reports are the same."""
    valid_to = LAST_WATCHED.isoformat() if closed else None
    return {**COUNTRY_TABLES, "bases": [{**row, "valid_to": valid_to} for row in BASES], "incidents": REPORTS}
