"""Silent risks here: a sentence in one language only; a value lost on the way into French; a value read as a sentence;
a word of the tables shown as code."""

import datetime as dt
import re
import string

import pytest

from geo import schema
from geo.errors import RequestError
from geo.text import (
    LANGUAGES,
    catalogue,
    clock_text,
    day_text,
    duration_text,
    list_text,
    number_text,
    say,
    warning_text,
    word,
)
from geo.text.words import WORDS


def held(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_every_sentence_with_the_same_places_for_values() -> None:
    every = catalogue()
    assert len(every) > 100
    assert [key for key, (english, french) in every.items() if not english.strip() or not french.strip()] == []
    assert [key for key, (english, french) in every.items() if held(english) != held(french)] == []


def test_french_keeps_its_spaces() -> None:
    for key, (_, french) in catalogue().items():
        assert not re.search(r"[^\u202f\d][:;?!]", french), key
        assert not re.search(r"«(?!\u202f)|(?<!\u202f)»", french), key
        assert "'" not in french, key
        assert '"' not in french, key


def test_french_says_it_with_the_agreed_words() -> None:
    told = re.sub(r"\{\w+\}", "", " ".join(french for _, french in catalogue().values()).lower())
    assert "public destinataire" in told
    assert "escorte" in told
    for anglicism in ("checkpoint", "audience", "briefing", "check-in", "team", "cluster", "drawdown", "slot"):
        assert not re.search(rf"\b{anglicism}s?\b", told), anglicism


def test_every_word_of_the_tables_an_order_shows_is_known_in_both_languages() -> None:
    shown = {
        *schema.CONSTRAINT_KINDS, *schema.ROAD_STATUSES, *schema.BEHAVIOURS, *schema.OPERATOR_TYPES, *schema.VEHICLES,
        *schema.TEAM_ROLES, *schema.MISSION_MODES, *schema.MISSION_STATUSES, *schema.ORGANISATIONS, *schema.SEASONS,
        *schema.SITE_KINDS, *schema.BLOCKERS, *schema.MOVEMENT_RISKS, *schema.WEEKDAYS, "public", "cluster", "task_force", "case_team", "yes", "no",
    }  # fmt: skip
    assert sorted(shown - set(WORDS)) == []
    assert [name for name, told in WORDS.items() if len(told) != 2 or not all(told)] == []


def test_a_value_is_never_read_as_a_sentence() -> None:
    told = say("change_staff_twice", "en", record="{others}", others="{record} #x")
    assert told == "{others} is also on {record} #x on these days"


def test_an_unknown_sentence_language_or_missing_value_is_refused() -> None:
    with pytest.raises(RequestError, match="no sentence"):
        say("nothing", "en")
    with pytest.raises(RequestError, match="no sentence"):
        say("order_title", "de")  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="needs others"):
        say("change_staff_twice", "fr", record="post-1")


@pytest.mark.parametrize(
    ("value", "decimals", "english", "french"),
    [(2469, 0, "2,469", "2\u202f469"), (1234.56, 1, "1,234.6", "1\u202f234,6"), (0.5, 2, "0.50", "0,50")],
)
def test_numbers_follow_the_language(value: float, decimals: int, english: str, french: str) -> None:
    assert number_text(value, "en", decimals=decimals) == english
    assert number_text(value, "fr", decimals=decimals) == french


def test_days_times_and_lists_follow_the_language() -> None:
    first = dt.date(2026, 12, 1)
    assert [day_text(first, language) for language in LANGUAGES] == ["Tue 1 Dec 2026", "mar. 1er déc. 2026"]
    assert clock_text(dt.time(6, 5)) == "06:05"
    assert [duration_text(minutes) for minutes in (45.4, 60, 185)] == [
        "45\u00a0min",
        "1\u00a0h\u00a000",
        "3\u00a0h\u00a005",
    ]
    assert list_text(["a", "b", "c"], "fr") == "a, b et c"
    assert list_text([], "en") == ""
    assert word("never_heard_of", "fr") == "never heard of"


@pytest.mark.parametrize(
    "warning",
    [
        "12 km recorded or last seen as not passable; counted as a delay",
        "under 1 km last seen as difficult",
        "3 km where an escort is demanded, without one",
        "crosses a river by ferry",
        "45 min in the dark",
        "1 night on the way",
        "2 nights on the way",
    ],
)
def test_warnings_of_routes_are_said_in_french(warning: str) -> None:
    told = warning_text(warning, "fr")
    assert told != warning
    assert "{" not in told
    assert warning_text(warning, "en") == warning
    assert not re.search(r"\b(under|last|seen|night|the)\b", told)
    if found := re.match(r"\d+", warning):
        assert told.startswith(found[0])
