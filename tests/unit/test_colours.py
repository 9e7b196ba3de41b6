"""Silent risks here: an actor that changes its colour with the day, and two actors in one colour."""

import pandas as pd

from geo.actors.colours import ACTOR_COLOURS, deal_colours


def actors(*recorded: tuple[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame({"actor_id": [one for one, _ in recorded], "colour": [colour for _, colour in recorded]})


def parties(*named: str) -> pd.DataFrame:
    return pd.DataFrame({"row": range(len(named)), "actor_id": list(named)})


def test_a_recorded_colour_stays_and_is_dealt_to_nobody_else() -> None:
    dealt = deal_colours(actors(("a", ACTOR_COLOURS[0].lower()), ("b", None)), parties("b", "c", "b"))
    assert dealt == {"a": ACTOR_COLOURS[0].lower(), "b": ACTOR_COLOURS[1], "c": ACTOR_COLOURS[2]}


def test_those_named_most_get_what_is_left_of_eight() -> None:
    names = [f"x{number}" for number in range(12) for _ in range(12 - number)]
    dealt = deal_colours(actors(("kept", "#123456")), parties(*names))
    assert list(dealt) == ["kept", *(f"x{number}" for number in range(7))]
    assert len(set(dealt.values())) == 8


def test_equal_numbers_are_dealt_by_id_whatever_the_order_of_reports() -> None:
    none = actors()
    assert deal_colours(none, parties("b", "a")) == deal_colours(none, parties("a", "b"))


def test_more_recorded_colours_than_eight_leave_none_to_deal() -> None:
    many = actors(*((f"a{number}", f"#0000{number:02d}") for number in range(10)))
    assert len(deal_colours(many, parties("z"))) == 10
