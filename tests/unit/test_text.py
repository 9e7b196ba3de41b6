"""Silent risks here: a sentence in one language only; a value lost on the way into French; a value read as a sentence;
a word of the tables shown as code."""

import copy
import datetime as dt
import json
import pickle
import re
import string

import pytest

from geo import schema
from geo.errors import RequestError
from geo.text import (
    LANGUAGES,
    Sentence,
    catalogue,
    clock_text,
    day_text,
    duration_text,
    join_sentences,
    list_text,
    number_text,
    say,
    sentence_from,
    sentence_text,
    sentence_values,
    with_values,
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
    ("sentence", "english", "french"),
    [
        (
            Sentence("warning_impassable", length=Sentence("km", km="12")),
            "12 km recorded or last seen as not passable; counted as a delay",
            "12\u202fkm signalés ou vus impraticables en dernier\u202f; comptés comme retard",
        ),
        (
            Sentence("warning_difficult", length=Sentence("under_km")),
            "under 1 km last seen as difficult",
            "moins de 1\u202fkm vus difficiles en dernier",
        ),
        (
            Sentence(
                "drop_fits",
                why=Sentence("drop_beside"),
                ways=join_sentences("drop_or", [Sentence("admit_day"), Sentence("admit_visits", clock="15:00")]),
            ),
            "does not fit beside the other stops; fits with one day more, or if visits may last until 15:00",
            (
                "ne trouve pas de place à côté des autres étapes\u202f; possible avec un jour de plus, "
                "ou si les visites peuvent durer jusqu’à 15:00"
            ),
        ),
    ],
)
def test_a_sentence_reads_as_its_english_and_is_said_in_french(sentence: Sentence, english: str, french: str) -> None:
    assert sentence == english
    for kept in (sentence, pickle.loads(pickle.dumps(sentence)), copy.deepcopy(sentence)):
        assert (sentence_text(kept, "en"), sentence_text(kept, "fr")) == (english, french)
    assert sentence_text(sentence_from(json.loads(json.dumps(sentence_values(sentence)))), "fr") == french
    assert sentence_text(english, "fr") == english  # nobody guesses at what somebody wrote


def test_a_reason_tells_stops_by_name_in_both_languages_and_plain_text_stays() -> None:
    why = Sentence("drop_beside")
    named = [Sentence("drop_named", stop=stop) for stop in ("site-1", "site-2")]
    ways = Sentence("admit_instead", stops=join_sentences("drop_and", named))
    told = with_values(Sentence("drop_fits", why=why, ways=ways), "drop_named", {"site-1": "Ibolane"})
    assert str(told) == "does not fit beside the other stops; fits instead of Ibolane and site-2"
    assert "à la place de Ibolane et site-2" in sentence_text(told, "fr")
    assert (
        with_values("site-1 as somebody wrote it", "drop_named", {"site-1": "Ibolane"}) == "site-1 as somebody wrote it"
    )
