"""Silent risks here: a base that keeps its escorts after its soldiers left; a capability nobody recorded counted as
there; a programme that ended on paper years ago closing a base that is open."""

import datetime as dt

import pandas as pd
import pytest

from geo.drawdown.bundles import (
    COLUMN_OF,
    bundles_of,
    has_capability,
    leaving,
    programme_ends,
    with_given,
    without,
)
from geo.errors import RequestError
from geo.schema import BASES, PARTNERS
from geo.schema.words import CAPABILITIES
from geo.settings import Settings
from tests.toy_roads import bases_of

DAY = dt.date(2026, 9, 30)
FULL = {
    "escort_slots_per_week": 3,
    "patrol_radius_km": 40,
    **dict.fromkeys(("helipad", "airstrip", "medical", "radio", "alert_hub", "hosts_partners"), "yes"),
    "lodging_places": 6,
    "child_protection_staff": 2,
    "women_interviewers": 1,
}
BASES_HERE = bases_of(
    [
        {"base_id": "full", "longitude": 0, "latitude": 0, **FULL},
        {"base_id": "untold", "longitude": 1, "latitude": 0, "escort_possible": True},
    ]
)


def test_every_capability_is_a_column_and_is_told_with_its_amount() -> None:
    assert tuple(COLUMN_OF) == CAPABILITIES
    assert set(COLUMN_OF.values()) <= set(BASES.column_names)
    given = bundles_of(BASES_HERE)
    assert given.loc[given["base_id"] == "full", "capability"].tolist() == list(CAPABILITIES)
    assert given.set_index(["base_id", "capability"]).loc[("full", "lodging"), "amount"] == 6
    # A published map tells only that there are troops.
    assert given.loc[given["base_id"] == "untold", "capability"].tolist() == ["escorts"]
    assert given["amount"].isna().sum() == 6 + 1


def test_soldiers_leave_or_civilians_do(settings: Settings) -> None:
    rule = settings.drawdown
    stay, only = (set(leaving([word], settings=rule)) for word in ("civilians_stay", "military_only"))
    assert not stay & only
    assert "escorts" in stay
    assert "women_interviewers" in only
    thinned = without(BASES_HERE, "full", stay)
    assert not has_capability(thinned, "escorts")[0]
    assert has_capability(thinned, "alert_hub")[0]
    assert has_capability(thinned, "escorts")[1], "the other base keeps its own"
    assert leaving(["radio", "radio"], settings=rule) == ("radio",)
    with pytest.raises(RequestError, match="nothing is called 'drums' that could leave a base; use civilians_stay"):
        leaving(["drums"], settings=rule)


def test_whatever_leaves_can_come_and_the_frame_given_is_not_changed() -> None:
    before = BASES_HERE.copy(deep=True)
    bare = without(BASES_HERE, "full", CAPABILITIES)
    assert "full" not in set(bundles_of(bare)["base_id"])
    again = with_given(bare, "full", CAPABILITIES)
    assert set(bundles_of(again).query("base_id == 'full'")["capability"]) == set(CAPABILITIES)
    assert with_given(BASES_HERE, "full", ["lodging"])["lodging_places"].iloc[0] == 6
    assert again.dtypes.equals(BASES_HERE.dtypes)
    pd.testing.assert_frame_equal(BASES_HERE, before)


def test_a_programme_ends_with_record_money_or_partner_whichever_is_first(settings: Settings) -> None:
    bases = bases_of(
        {"base_id": base, "longitude": 0, "latitude": 0, "organisation": name, "organisation_type": kind} | more
        for base, name, kind, more in (
            ("money", "A", "ingo", {"funded_until": "2026-12-31", "valid_to": "2027-06-30"}),
            ("partner", "B", "national_ngo", {}),
            ("mission", "B", "mission", {}),
            ("past", "C", "ingo", {"funded_until": "2025-12-31"}),
            ("last", "C", "ingo", {"valid_to": "2026-09-30"}),
        )
    )
    rows = [
        {"partner_id": "b1", "name": "B", "organisation_type": "national_ngo", "valid_to": "2025-12-31"},
        {"partner_id": "b2", "name": "B", "organisation_type": "national_ngo", "valid_to": "2027-03-31"},
        {"partner_id": "c", "name": "C", "organisation_type": "ingo"},
    ]
    partners = PARTNERS.check(pd.DataFrame(rows)).frame
    ends = programme_ends(bases, partners, as_of=DAY, settings=settings.drawdown)
    told = {row.base_id: (str(row.last_day.date()), row.why) for row in ends.itertuples()}
    assert told == {
        "last": ("2026-09-30", "its record ends"),
        "money": ("2026-12-31", "its programme is no longer paid for"),
        "partner": ("2027-03-31", "its partner's programme ends"),
    }
    unpaid = settings.drawdown.model_copy(update={"funding_end_closes": False})
    kept = programme_ends(bases, partners, as_of=DAY, settings=unpaid).set_index("base_id")
    assert kept.loc["money", "why"] == "its record ends"
    assert programme_ends(bases, PARTNERS.empty(), as_of=DAY, settings=unpaid)["base_id"].tolist() == ["last", "money"]
