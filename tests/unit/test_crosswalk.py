"""Silent risks here: a suggestion written over what a form recorded; a suggestion that does not say it is one; a
battle between soldiers counted as a child killed; an unknown word taken for the nearest known one."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import SettingsError
from geo.readers import read_file
from geo.readers.crosswalk import COLUMNS, crosswalk, suggested_violations, with_basis
from geo.schema import INCIDENTS, VIOLATIONS

BAD = Path(__file__).resolve().parents[1] / "bad"
# ACLED codebook, "Events": all pairs of event type and sub-event type.
ACLED_WORDS = {
    "Battles": ("Armed clash", "Government regains territory", "Non-state actor overtakes territory"),
    "Protests": ("Excessive force against protesters", "Protest with intervention", "Peaceful protest"),
    "Riots": ("Violent demonstration", "Mob violence"),
    "Explosions/Remote violence": (
        *("Chemical weapon", "Air/drone strike", "Suicide bomb", "Shelling/artillery/missile attack"),
        *("Remote explosive/landmine/IED", "Grenade"),
    ),
    "Violence against civilians": ("Sexual violence", "Attack", "Abduction/forced disappearance"),
    "Strategic developments": (
        *("Agreement", "Arrests", "Change to group/activity", "Disrupted weapons use", "Other"),
        *("Headquarters or base established", "Looting/property destruction", "Non-violent transfer of territory"),
    ),
}


@pytest.fixture(autouse=True)
def _unread() -> Iterator[None]:
    crosswalk.cache_clear()
    yield
    crosswalk.cache_clear()


def _suggested(source: str, kind: str, sub: str | None, *, dead: bool, civilians: bool) -> str | None:
    found = suggested_violations(
        source,
        pd.Series([kind]),
        sub_event_type=pd.Series([sub], dtype="str"),
        deaths=pd.Series([dead]),
        civilians=pd.Series([civilians]),
    )
    return None if pd.isna(found[0]) else str(found[0])


def test_every_word_of_both_codebooks_has_a_line_with_a_reason() -> None:
    lines = crosswalk()
    known = {(line.source, line.event_type, line.sub_event_type) for line in lines}
    assert {("acled", kind, sub) for kind, subs in ACLED_WORDS.items() for sub in subs} <= known
    assert {("ucdp", kind, "") for kind in ("state_based", "non_state", "one_sided")} <= known
    assert all(len(line.reason) > 20 and line.mark == "suggested" for line in lines)
    assert {line.violation for line in lines if line.violation} <= set(VIOLATIONS)


def test_a_line_without_a_violation_says_none_and_one_with_does_not() -> None:
    assert all(line.reason.startswith("None:") == (line.violation == "") for line in crosswalk())


@pytest.mark.parametrize(
    ("kind", "sub", "dead_civilians", "violation"),
    [
        ("Violence against civilians", "Sexual violence", (False, True), "sexual_violence"),
        ("Violence against civilians", "Abduction/forced disappearance", (False, True), "abduction"),
        ("Violence against civilians", "Attack", (True, True), "killing"),
        ("Violence against civilians", "Attack", (False, True), None),
        ("violence  against CIVILIANS", " attack ", (True, False), "killing"),
        ("Explosions/Remote violence", "Grenade", (True, True), "killing"),
        ("Explosions/Remote violence", "Grenade", (True, False), None),
        ("Explosions/Remote violence", "Grenade", (False, True), None),
        ("Battles", "Armed clash", (True, True), None),
        ("Protests", "Excessive force against protesters", (True, True), "killing"),
        ("Violence against civilians", "Attacks", (True, True), None),
        ("Violence against civilians", None, (True, True), "killing"),
        ("Attack", None, (True, True), None),
        ("Violence", "Attack", (True, True), None),
    ],
)
def test_words_and_conditions_suggest_what_the_table_says(
    kind: str, sub: str | None, dead_civilians: tuple[bool, bool], violation: str | None
) -> None:
    dead, civilians = dead_civilians
    assert _suggested("acled", kind, sub, dead=dead, civilians=civilians) == violation


def test_words_of_one_source_mean_nothing_in_another() -> None:
    assert _suggested("ucdp", "one_sided", None, dead=True, civilians=False) == "killing"
    assert _suggested("acled", "one_sided", None, dead=True, civilians=True) is None
    assert _suggested("nobody", "one_sided", None, dead=True, civilians=True) is None


def test_a_suggestion_never_overrides_what_is_recorded() -> None:
    raw = pd.DataFrame({"violation": ["maiming", None, " ", "n/a", "abduction"]}, index=[5, 6, 7, 8, 9])
    suggested = pd.Series(["killing", "killing", None, "killing", None], index=raw.index, dtype="str")
    found = with_basis(raw, suggested).fillna("")
    assert found["violation"].tolist() == ["maiming", "killing", "", "killing", "abduction"]
    assert found["violation_basis"].tolist() == ["recorded", "suggested", "", "suggested", "recorded"]
    assert list(raw.columns) == ["violation"]


def test_a_basis_stands_beside_every_violation_and_no_other_row() -> None:
    for name in ("acled_new.csv", "acled_old.csv", "acled_answer.json"):
        frame = read_file("acled", BAD / name).frame
        assert (frame["violation"].notna() == frame["violation_basis"].notna()).all()
        assert set(frame["violation_basis"].dropna()) == {"suggested"}


def test_what_a_form_records_is_recorded_and_a_form_may_say_suggested(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    rows = ["form:1,killing,", "form:2,,", "form:3,Abduction,suggested", "form:4,,recorded"]
    start = "form,2024-01-05,2024-01-05,20.5,6.5,exact"
    path.write_text(
        "incident_id,violation,violation_basis,source,date_start,date_end,longitude,latitude,place_precision\n"
        + "".join(f"{row},{start}\n" for row in rows),
        encoding="utf-8",
    )
    found = read_file("incidents", path).frame.fillna({"violation": "", "violation_basis": ""})
    assert found["violation"].tolist() == ["killing", "", "abduction", ""]
    assert found["violation_basis"].tolist() == ["recorded", "", "suggested", ""]


def test_only_one_sided_violence_of_ucdp_with_deaths_suggests_a_killing() -> None:
    frame = read_file("ucdp", BAD / "ucdp_rows.csv").frame
    deadly = (frame[["fatalities_best", "fatalities_high"]].fillna(0) > 0).any(axis=1)
    expected = (frame["event_type"] == "one_sided").fillna(value=False) & deadly
    assert expected.any()
    assert not expected.all()
    assert (frame["violation"] == "killing").fillna(value=False).tolist() == expected.tolist()
    assert INCIDENTS.column("violation_basis").choices == ("recorded", "suggested")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("acled,Riots,Mob,,,murder,suggested,why so", r"line 2: 'murder' is no MRM violation"),
        ("acled,Riots,Mob,many,,killing,suggested,why so", r"line 2: deaths 'many' is not one of"),
        ("acled,Riots,Mob,,,killing,certain,why so", r'line 2: mark must be "suggested", is \'certain\''),
        ("acled,Riots,Mob,,,killing,suggested,", r"line 2: a reason is missing"),
        (
            "acled,Riots,Mob,,,killing,suggested,why so\nacled,riots, MOB,,,,suggested,None: not so",
            r"line 3: stands in line 2 already",
        ),
    ],
)
def test_a_faulty_table_is_refused_by_line(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "crosswalk.csv"
    path.write_text(",".join(COLUMNS) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=fault):
        crosswalk(path)


def test_a_table_that_is_not_there_or_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read crosswalk\.csv: No such file"):
        crosswalk(tmp_path / "crosswalk.csv")
    with pytest.raises(SettingsError, match=r"airports\.csv must have the columns source, event_type"):
        crosswalk(BAD / "airports.csv")
