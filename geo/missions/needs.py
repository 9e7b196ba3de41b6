"""What requests ask of the team that visits them, one by one and together.

What is not recorded is not taken for "none": where the girls, or the sex of the children, are not known, girls may be.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from geo.missions.plans import Need
from geo.missions.roster import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one request asks of a team."""

    request_id: str
    interviews: bool  # children are, or may be, there to interview
    girls: bool  # girls are, or may be, among them
    languages: frozenset[str] = frozenset()  # one of which must be spoken; empty = none recorded
    p_codes: frozenset[str] = frozenset()
    actor_ids: frozenset[str] = frozenset()


def asks_of(requests: pd.DataFrame, p_codes: pd.Series) -> tuple[Ask, ...]:
    """Return what each request asks, in their order.

    Parameters
    ----------
    requests
        Table under the contract ``REQUESTS``. Not changed.
    p_codes
        P-code of the place of each request, aligned with ``requests``; missing where none is known.
    """
    counts = {name: requests[name].astype("Float64").to_list() for name in ("girls", "boys", "sex_unknown")}
    wives = requests["presented_as_wives"].fillna(value=False).to_list()
    told = zip(requests["request_id"], requests["languages"], requests["actor_id"], p_codes, strict=True)
    asks = []
    for position, (request_id, languages, actor_id, p_code) in enumerate(told):
        girls, boys, unknown = (_known(counts[name][position]) for name in ("girls", "boys", "sex_unknown"))
        may_be_girls = bool(wives[position]) or girls != 0 or unknown != 0
        asks.append(
            Ask(
                request_id=str(request_id),
                interviews=may_be_girls or boys != 0,
                girls=may_be_girls,
                languages=frozenset(word.lower() for word in split(_known(languages))),
                p_codes=frozenset(split(_known(p_code))),
                actor_ids=frozenset(split(_known(actor_id))),
            )
        )
    return tuple(asks)


def combine_asks(asks: Iterable[Ask], *, days: Sequence[dt.date], discreet: bool = False, drives: bool = True) -> Need:
    """Return what the requests of a mission ask of its team together."""
    held = tuple(asks)
    return Need(
        days=tuple(days),
        interviews=any(ask.interviews for ask in held),
        girls=any(ask.girls for ask in held),
        languages=tuple(ask.languages for ask in held if ask.languages),
        p_codes=frozenset().union(*(ask.p_codes for ask in held)),
        actor_ids=frozenset().union(*(ask.actor_ids for ask in held)),
        discreet=discreet,
        drives=drives,
    )


def _known(value: object) -> object:
    return None if pd.isna(value) else value  # type: ignore[call-overload]
