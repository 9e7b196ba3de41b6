"""One drawdown of the fictional sample: the east closes first, then partners take over, then the north closes."""

from typing import Any

_EAST = {"scenario_id": "east-first"}
_FIRST = {**_EAST, "phase": 1, "phase_name": "First closures", "begins_on": "2027-01-15"}
_SECOND = {**_EAST, "phase": 2, "phase_name": "Partners take over", "begins_on": "2027-04-01"}
_THIRD = {**_EAST, "phase": 3, "phase_name": "The north closes", "begins_on": "2027-07-01"}
_PARTNER = {"name": "Dololodou", "organisation": "Relais Enfance", "organisation_type": "ingo"}

SCENARIOS: tuple[dict[str, Any], ...] = (
    {
        **_EAST,
        "name": "East first, then the north",
        "note": "soldiers leave the east before the rains; one partner base is added in their place",
    },
)
# In the order of their ids, as they are kept.
_MEASURES: tuple[dict[str, Any], ...] = (
    {**_FIRST, "kind": "thin", "base_id": "base-07", "leaves": "civilians_stay"},
    {**_FIRST, "kind": "close", "base_id": "base-04"},
    {
        **_SECOND,
        **_PARTNER,
        "kind": "add_base",
        "base_id": "new-east",
        "gives": "lodging;child_protection;women_interviewers",
        "longitude": 2.606,
        "latitude": 1.286,
    },
    {**_SECOND, "kind": "add_alert", "base_id": "base-16"},
    {
        **_SECOND,
        "kind": "mobile_team",
        "base_id": "mobile-south",
        "name": "Mobile team, south",
        "longitude": -0.17,
        "latitude": -1.62,
        "days_per_month": 6,
    },
    {**_THIRD, "kind": "repair_airstrip", "base_id": "base-16"},
    {**_THIRD, "kind": "close", "base_id": "base-06"},
    {**_EAST, "kind": "force_close", "base_id": "base-05", "begins_on": "2027-02-15"},
    {**_EAST, "kind": "keep", "base_id": "base-02"},
    {**_EAST, "kind": "keep", "base_id": "base-17"},
)
MEASURES: tuple[dict[str, Any], ...] = tuple(
    {"measure_id": f"east-first-{number:03d}", **row} for number, row in enumerate(_MEASURES, start=1)
)
