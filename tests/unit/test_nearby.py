"""Silent risks here: an incident of tomorrow among the reasons, one counted per piece of road, a province's point."""

import datetime as dt

import numpy as np
import pandas as pd

from geo.access.nearby import Nearby, reports_near, spoken
from geo.access.network import build_network
from geo.schema import INCIDENTS
from geo.settings import read_settings
from tests.conftest import ROOT
from tests.toy_roads import roads_of

DAY = dt.date(2020, 6, 30)
KM_DEG = 1 / 111.195
NETWORK = build_network(
    roads_of([{"line": [(0, 0), (1, 0)]}, {"line": [(0, 2), (1, 2)]}]),
    settings=read_settings(ROOT / "config.toml").network,
)


def incident(days: int, away_km: float, *, precision: str = "exact", source: str = "ucdp") -> dict[str, object]:
    day = (DAY - dt.timedelta(days=days)).isoformat()
    return {
        "source": source,
        "date_start": day,
        "date_end": day,
        "longitude": 0.5,
        "latitude": away_km * KM_DEG,
        "place_precision": precision,
    }


def near(*rows: dict[str, object]) -> dict[int, Nearby]:
    raw = pd.DataFrame([{"incident_id": f"i{n}"} | row for n, row in enumerate(rows)])
    checked = INCIDENTS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return reports_near(NETWORK, np.array([0, 1, 0]), checked.frame, as_of=DAY, days=90, within_km=5)


def test_incidents_count_within_distance_and_days_both_inclusive() -> None:
    found = near(incident(90, 4.99), incident(1, 0), incident(91, 0), incident(0, 0), incident(-3, 0), incident(9, 5.1))
    assert found == {0: Nearby(incidents=2, sources=1, newest_days=1)}


def test_an_incident_known_to_a_province_is_near_no_road() -> None:
    assert near(incident(5, 0, precision="admin1")) == {}


def test_sources_of_a_merged_report_count_each() -> None:
    found = near(incident(5, 0, source="acled;ucdp"), incident(6, 1, source="ucdp"))
    assert found[0].sources == 2
    assert spoken(found[0], days=90) == "2 incidents in 90 days, 2 sources, newest 5 days ago"
