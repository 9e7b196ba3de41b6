"""Silent risks here: a base open before its first map or long after its last; a planner's closing of a published
base overruled by an old map; "not shown" read as "no"."""

import datetime as dt

import pandas as pd
import pytest

from geo.access.bases import EXTRA_COLUMNS, bases_as_of
from geo.schema import BASE_YEARS, BASES


def years_of(*rows: dict) -> pd.DataFrame:
    base = {"mission": "MINUTOY", "longitude": 1, "latitude": 2, "country": "TOY"}
    named = [
        base | {"base_year_id": f"y{n:03}", "base_name": row["base_id"].title(), "location": row["base_id"]} | row
        for n, row in enumerate(rows)
    ]
    raw = pd.DataFrame(named) if named else pd.DataFrame({name: [] for name in BASE_YEARS.column_names}, dtype=str)
    checked = BASE_YEARS.check(raw)
    assert checked.rejects.empty, checked.rejects
    return checked.frame


def own_of(*rows: dict) -> pd.DataFrame:
    base = {"name": "Own", "organisation": "NGO", "organisation_type": "ingo", "longitude": 0, "latitude": 0}
    if not rows:
        return BASES.empty()
    checked = BASES.check(pd.DataFrame([base | row for row in rows]))
    assert checked.rejects.empty, checked.rejects
    return checked.frame


YEARS = years_of(
    {"base_id": "alpha", "year": 2018, "troops": 100},
    {"base_id": "alpha", "year": 2019, "troops": 0, "aviation": "yes", "headquarters": 2},
    {"base_id": "alpha", "year": 2019, "troops": 50, "aviation": "no", "medical": "yes"},
    {"base_id": "bravo", "year": 2018},
    {"base_id": "charlie", "year": 2019},
    {"base_id": "other", "year": 2012, "mission": "OLDTOY"},
)


def open_ids(day: dt.date, bases: pd.DataFrame | None = None) -> list[str]:
    return bases_as_of(own_of() if bases is None else bases, YEARS, day)["base_id"].tolist()


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        (dt.date(2011, 12, 31), []),
        (dt.date(2012, 1, 1), ["other"]),
        (dt.date(2018, 1, 1), ["alpha", "bravo"]),
        (dt.date(2018, 12, 31), ["alpha", "bravo"]),
        (dt.date(2019, 1, 1), ["alpha", "charlie"]),  # the maps of the other mission ended in 2012
        (dt.date(2023, 5, 5), ["alpha", "charlie"]),  # the last map of all still counts
    ],
)
def test_base_is_open_all_the_year_a_map_shows_it(day: dt.date, ids: list[str]) -> None:
    assert open_ids(day) == ids


def test_evidence_and_capabilities_of_several_maps_are_joined() -> None:
    found = bases_as_of(own_of(), YEARS, dt.date(2019, 7, 1)).set_index("base_id")
    alpha = found.loc["alpha"]
    assert (alpha["organisation"], alpha["organisation_type"], alpha["name"]) == ("MINUTOY", "mission", "Alpha")
    assert (alpha["helipad"], alpha["medical"], alpha["headquarters"], alpha["escort_possible"]) == (True,) * 4
    assert pd.isna(alpha["escort_slots_per_week"])
    assert alpha["open_basis"] == "shown on the 2019 map"
    later = bases_as_of(own_of(), YEARS, dt.date(2023, 5, 5))
    assert later["open_basis"].tolist() == ["last map 2019"] * 2


def test_what_no_map_tells_is_missing_not_no() -> None:
    charlie = bases_as_of(own_of(), YEARS, dt.date(2019, 7, 1)).set_index("base_id").loc["charlie"]
    assert charlie[["helipad", "medical", "headquarters", "alert_hub", "hosts_partners"]].isna().all()
    assert not charlie["escort_possible"]


def test_span_is_that_of_the_maps() -> None:
    found = bases_as_of(own_of(), YEARS, dt.date(2018, 7, 1)).set_index("base_id")
    assert found.loc["alpha", "valid_from"] == pd.Timestamp("2018-01-01")
    assert pd.isna(found.loc["alpha", "valid_to"])  # the last map of all still shows it
    assert found.loc["bravo", "valid_to"] == pd.Timestamp("2018-12-31")


def test_own_bases_are_open_on_their_first_and_last_day() -> None:
    own = own_of(
        {"base_id": "n1", "valid_from": "2019-03-01", "valid_to": "2019-03-02", "escort_slots_per_week": 2},
        {"base_id": "n2"},
    )
    days = [dt.date(2019, 2, 28), dt.date(2019, 3, 1), dt.date(2019, 3, 2), dt.date(2019, 3, 3)]
    assert [[i for i in open_ids(day, own) if i.startswith("n")] for day in days] == [
        ["n2"],
        ["n1", "n2"],
        ["n1", "n2"],
        ["n2"],
    ]
    found = bases_as_of(own, YEARS, dt.date(2019, 3, 1)).set_index("base_id")
    assert found.loc["n1", "open_basis"] == "recorded, open since 2019-03-01"
    assert found.loc["n2", "open_basis"] == "recorded, no opening day"
    assert found.loc[["n1", "n2"], "escort_possible"].tolist() == [True, False]


def test_own_record_replaces_the_published_base_even_when_closed() -> None:
    own = own_of({"base_id": "alpha", "valid_to": "2019-01-31", "name": "Alpha, edited"})
    assert "alpha" not in open_ids(dt.date(2019, 7, 1), own)
    found = bases_as_of(own, YEARS, dt.date(2019, 1, 15)).set_index("base_id")
    assert found.loc["alpha", "name"] == "Alpha, edited"


def test_columns_and_types_are_the_contracts() -> None:
    template = BASES.empty()
    for own, years in ((own_of(), YEARS), (own_of({"base_id": "n"}), YEARS), (own_of({"base_id": "n"}), years_of())):
        found = bases_as_of(own, years, dt.date(2019, 7, 1))
        assert found.columns.tolist() == [*BASES.column_names, *EXTRA_COLUMNS]
        assert (found[BASES.column_names].dtypes == template.dtypes).all()
        assert found["base_id"].is_monotonic_increasing
        assert found.index.tolist() == list(range(len(found)))
    assert len(bases_as_of(own_of(), years_of(), dt.date(2019, 7, 1))) == 0


def test_tables_given_are_not_changed() -> None:
    own, years = own_of({"base_id": "n"}), YEARS.copy(deep=True)
    before = own.copy(deep=True)
    bases_as_of(own, years, dt.date(2019, 7, 1))
    pd.testing.assert_frame_equal(own, before)
    pd.testing.assert_frame_equal(years, YEARS)
