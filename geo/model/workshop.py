"""What a workshop pack rests on: values that are no table."""

import datetime as dt
from dataclasses import dataclass

from geo.model.nouns import AccessMode, Season


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One assumption as it was when the pack was made."""

    key: str  # of config.toml, with its section: network.off_road_kph
    value: float | bool | str | tuple[str, ...]
    unit: str  # km/h, km, min, share, days; empty where there is none
    source: str  # key of the sentence that names where it comes from, after ``pack_source_``
    row: int  # in the numbered list of README


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFacts:
    """What stands on every page of a pack, and what its numbers rest on."""

    as_of: dt.date
    known_at: dt.date | None  # last day it knows of; None = everything known when it was made
    mode: AccessMode  # of maps and order
    modes: tuple[AccessMode, ...]  # of the tables
    limit_min: float
    season: Season
    vehicle: str
    snapshot: str  # changes whenever data, settings, scenario or question do
    sources: tuple[str, ...]
    order_unit: str  # of the losses of the order
    order_not_counted: int | None  # sites whose people are not known
    order_refused: str  # why there is no order; empty where there is one
    assumptions: tuple[Assumption, ...]
