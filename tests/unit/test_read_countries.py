"""Silent risks here: the two Congos or the two Sudans exchanged; a country read from half a name; a swapped position
inside another valid range kept as true."""

import pandas as pd
import pytest

from geo.errors import ImportRefusedError
from geo.readers.countries import (
    ALPHA3,
    alpha3_of_alpha2,
    alpha3_of_names,
    alpha3_of_state_numbers,
    check_country,
    misplaced,
    of_other_countries,
    plain_name,
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("DR Congo (Zaire)", "COD"),
        ("DRC", "COD"),
        ("Congo, Democratic Republic of (Zaire)", "COD"),
        ("Democratic Republic of the Congo", "COD"),
        ("Congo", "COG"),
        ("Congo-Brazzaville", "COG"),
        ("Central African Republic", "CAF"),
        ("CAR", "CAF"),
        ("caf", "CAF"),
        ("République centrafricaine", "CAF"),
        ("Sudan", "SDN"),
        ("South Sudan", "SSD"),
        ("S. Sudan", "SSD"),
        ("Ivory Coast", "CIV"),
        ("Cote D’Ivoire", "CIV"),
        ("Guinea", "GIN"),
        ("Equatorial Guinea", "GNQ"),
        ("Guinea-Bissau", "GNB"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Yemen (North Yemen)", "YEM"),
        ("Serbia (Yugoslavia)", "SRB"),
    ],
)
def test_names_as_the_sources_spell_them(name: str, code: str) -> None:
    assert alpha3_of_names(pd.Series([name])).tolist() == [code]


def test_unknown_names_are_missing_never_guessed() -> None:
    assert alpha3_of_names(pd.Series(["Ethiopia/Eritrea", "Cong", "", None])).isna().all()


def test_numbers_and_two_letter_codes() -> None:
    numbers = pd.Series(["482", "490", "484", "625", "626", "490.0", "9999", None])
    assert alpha3_of_state_numbers(numbers).fillna("").tolist() == ["CAF", "COD", "COG", "SDN", "SSD", "COD", "", ""]
    assert alpha3_of_alpha2(pd.Series(["CD", "cf", "CG", "SS", "QQ"])).fillna("").tolist() == [
        "COD",
        "CAF",
        "COG",
        "SSD",
        "",
    ]


def test_every_code_has_three_letters_and_stands_once() -> None:
    assert all(len(code) == 3 and code.isupper() for code in ALPHA3)
    assert len(ALPHA3) > 190


def test_plain_names() -> None:
    assert plain_name("  Côte d’Ivoire – Ouham-Pendé ") == "cote d ivoire ouham pende"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("CAR", "country 'CAR' is not an ISO 3166-1 alpha-3 code; did you mean CAF"),
        ("cd", "did you mean COD"),
        ("Congo", "did you mean COG"),
        ("Absurdistan", "country 'Absurdistan' is not an ISO 3166-1 alpha-3 code, e.g. CAF"),
        ("C1F", "e.g. CAF"),
    ],
)
def test_a_wrong_code_is_refused_with_the_one_meant(given: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        check_country(given)


def test_right_codes_come_back_in_capitals_fictional_ones_too() -> None:
    assert [check_country(code) for code in ("caf", " COD ", "xya", None)] == ["CAF", "COD", "XYA", None]


def test_other_countries_are_named() -> None:
    found = of_other_countries(pd.Series(["CAF", "COD", None], index=[2, 3, 4]), "CAF")
    assert found[["line", "reason"]].to_numpy().tolist() == [
        [3, "country is COD, not CAF"],
        [4, "country is not known, so not taken for CAF"],
    ]
    assert of_other_countries(pd.Series(["CAF"]), None).empty


def test_positions_against_their_country() -> None:
    points = pd.DataFrame(
        {
            "country": ["CAF", "CAF", "CAF", "CAF", "XYA", None],
            "longitude": [18.56, 4.37, 2.35, 13.9, 4.37, 4.37],
            "latitude": [4.37, 18.56, 48.86, 5.0, 18.56, 18.56],
        },
        index=[2, 3, 4, 5, 6, 7],
    )
    rejects, flags = misplaced(points)
    assert rejects["line"].tolist() == [3]
    assert rejects["reason"][0].endswith("latitude and longitude swapped?")
    assert flags["line"].tolist() == [4], "half a degree outside still counts as inside"
    assert misplaced(points.iloc[:0])[0].empty
