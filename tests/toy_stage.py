"""Small lakes of incidents, told to an engine and to memory alike."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from geo.actors.identity import resolve_actors
from geo.answers.hexbin import answer_hexbin
from geo.answers.stage import Naming, Stage
from geo.answers.world import World
from geo.incidents.merges import groups_of, merged
from geo.incidents.precision import Placement, place_incidents
from geo.incidents.rollup import Rollup, roll_up, total_row
from geo.model import Audience, HexbinRequest, Window
from geo.schema import INCIDENTS, PLACE_PRECISION
from geo.settings import PlacementSettings, Settings
from geo.workspace import lake
from geo.workspace.engine import Source, read_rows
from geo.workspace.engines import Engine
from tests.toy_readings import incident, reading_of

RESOLUTIONS = (3, 5)
RULES = PlacementSettings(exact=("exact",), near=("near",))
NOBODY = pd.DataFrame({"row": np.array([], dtype=np.int64), "actor_id": pd.Series(dtype=object), "name": ""})


def areas() -> gpd.GeoDataFrame:
    """One country of two provinces, about 220 km by 110."""
    boxes = [shapely.box(18, 4, 20, 5), shapely.box(18, 4, 19, 5), shapely.box(19, 4, 20, 5)]
    table = {"boundary_id": ["C", "W", "E"], "name": ["Land", "Ouest", "Est"], "name_fr": None, "level": [0, 1, 1]}
    return gpd.GeoDataFrame(table | {"country": "CAF", "parent": None}, geometry=boxes, crs="EPSG:4326")


@dataclass(frozen=True, kw_only=True)
class Toy:
    """A lake with its decisions, and the same as one table in memory."""

    sources: list[Source]
    merges: pd.DataFrame
    actors: pd.DataFrame
    names: pd.DataFrame

    @cached_property
    def incidents(self) -> pd.DataFrame:
        return merged(read_rows(self.sources, INCIDENTS), self.merges)

    @cached_property
    def parties(self) -> pd.DataFrame:
        return resolve_actors(self.incidents, self.actors, self.names)

    @cached_property
    def placements(self) -> dict[int, Placement]:
        return {resolution: place(self.incidents, resolution) for resolution in RESOLUTIONS}

    def stage(self, engine: Engine) -> Stage:
        ids = sorted(groups_of(self.merges))
        joined = read_rows(self.sources if ids else [], INCIDENTS, keys=ids)
        settled = merged(joined, self.merges)
        naming = Naming(actors=self.actors, names=self.names)
        return Stage(engine, self.sources, reports=joined, settled=settled, naming=naming, place=place)

    def in_memory(self, request: HexbinRequest, *, with_actors: bool = True) -> tuple[Rollup, pd.DataFrame]:
        parties = self.parties if with_actors else NOBODY
        placement = self.placements[request.resolution]
        rolled = roll_up(self.incidents, placement, request, actors=parties)
        return rolled, total_row(self.incidents, placement, request, actors=parties)


def place(incidents: pd.DataFrame, resolution: int) -> Placement:
    return place_incidents(incidents, areas(), resolution=resolution, settings=RULES)


def toy(
    folder: Path,
    imports: Sequence[Sequence[dict[str, Any]]],
    *,
    same: Sequence[tuple[str, ...]] = (),
    actors: Sequence[dict[str, Any]] = (),
    names: Sequence[dict[str, Any]] = (),
) -> Toy:
    """Write each list of rows as an import; ``same`` are the ids decided to be one incident."""
    sources = []
    for number, rows in enumerate(imports):
        reading = reading_of("incidents", rows)
        name = f"toy-{number}"
        kept = lake.prepare(folder, reading).replace(folder / name)
        sources.append(Source(file=kept / lake.DATA_FILE, import_id=name, format="toy", sha256=f"{number:064d}"))
    decided = [{"merge_id": "+".join(ids), "members": ";".join(ids), "decision": "same"} for ids in same]
    edited = {"merges": decided, "actors": actors, "actor_names": names}
    frames = {table: reading_of(table, list(rows)).frame for table, rows in edited.items()}
    return Toy(sources=sources, merges=frames["merges"], actors=frames["actors"], names=frames["actor_names"])


def assert_same(found: tuple[Rollup, pd.DataFrame], expected: tuple[Rollup, pd.DataFrame]) -> None:
    """Cells, areas, months and totals are equal, types included; sums of shares to a billionth."""
    (mine, my_totals), (other, other_totals) = found, expected
    assert mine.total == other.total
    assert mine.request == other.request
    for part in ("cells", "area_only", "months"):
        assert_equal_tables(getattr(mine, part), getattr(other, part))
    pd.testing.assert_frame_equal(my_totals, other_totals)


def assert_equal_tables(mine: pd.DataFrame, other: pd.DataFrame) -> None:
    """Equal in all; names are text whatever pandas calls their type."""
    named = {"area": object} if "area" in other else {}
    pd.testing.assert_frame_equal(mine.astype(named), other.astype(named), rtol=1e-9)


ACTORS_KNOWN = [
    # One name, two lives: who is meant depends on the day.
    {"actor_id": "old", "name": "Old Blues", "aliases": "Blues", "actor_type": "non_state", "valid_to": "2020-01-31"},
    {"actor_id": "new", "name": "New Blues", "aliases": "Blues", "actor_type": "non_state", "valid_from": "2020-02-01"},
    {"actor_id": "reds", "name": "Réds", "source_ids": "ucdp:7", "actor_type": "non_state"},
]  # fmt: skip
NAMES_SETTLED = [
    # "Greys" is settled from a day on that no actor begins or ceases on, and in one country otherwise.
    {"name_id": "greys", "name": "GREYS", "actor_id": "reds", "valid_from": "2020-02-15"},
    {"name_id": "greys-caf", "name": "Greys", "country": "CAF", "actor_id": "old", "valid_to": "2019-12-31"},
    {"name_id": "coalition", "name": "Blues, Reds", "actor_id": None, "valid_from": "1970-01-01"},
    {"name_id": "blues", "name": "Blues", "country": "CAF", "actor_id": "gone", "valid_from": "2020-02-29"},
]  # fmt: skip
_WORDS = {
    "event_type": (None, "clash", "Clash", "attaque  ciblée"),
    "violation": (None, "killing", "abduction", "military_use"),
    "verification": (None, "verified", "pending"),
    "admin1": (None, "Ouest", "est", "Nowhere"),
    "country": ("CAF", None),
    "actor_a": (None, "Blues", "blues", "Réds", "Civilians", "Blues, Reds"),
    "actor_a_id": (None, "ucdp:7", "ucdp:8"),
    "actor_b": (None, "Blues", "Greys", "Civilians"),
}
_DAYS = ("1969-12-30", "1970-01-01", "2019-12-31", "2020-01-31", "2020-02-01", "2020-02-29")


@st.composite
def _rows(draw: st.DrawFn, source: str) -> list[dict[str, Any]]:
    numbers = draw(st.lists(st.integers(1, 12), unique=True, min_size=1, max_size=10))
    made = []
    for number in numbers:
        values: dict[str, Any] = {name: draw(st.sampled_from(words)) for name, words in _WORDS.items()}
        start, end = sorted(draw(st.tuples(st.sampled_from(_DAYS), st.sampled_from(_DAYS))))
        deaths = draw(st.sampled_from([(None, None, None), (0, 1, 2), (None, 3, None)]))
        values |= {"date_start": start, "date_end": end, "source": source, "incident_id": f"{number}"}
        values |= dict(zip(("fatalities_low", "fatalities_best", "fatalities_high"), deaths, strict=True))
        values |= {"longitude": draw(st.sampled_from([18.1, 18.5, 19.5])), "latitude": 4.4}
        values |= {"place_precision": draw(st.sampled_from(PLACE_PRECISION))}
        made.append(incident(number, **values))
    return made


def imports() -> st.SearchStrategy[list[list[dict[str, Any]]]]:
    """Some imports of two sources; ids repeat within a source and across."""
    return st.lists(st.sampled_from(["ucdp", "acled"]).flatmap(_rows), min_size=1, max_size=3)


def decisions() -> st.SearchStrategy[list[tuple[str, ...]]]:
    """Reports decided to be one; ids may be of no import, or repeat."""
    ids = st.sampled_from(["1", "2", "3", "4", "1@toy-1", "2@toy-1", "gone"])
    return st.lists(st.lists(ids, min_size=2, max_size=3, unique=True).map(tuple), max_size=2, unique_by=sorted_ids)


def sorted_ids(ids: tuple[str, ...]) -> str:
    return "+".join(sorted(ids))


@st.composite
def questions(draw: st.DrawFn) -> HexbinRequest:
    """Any question, most of them about some kinds, days or actors only."""
    days = st.one_of(st.none(), st.sampled_from([dt.date.fromisoformat(day) for day in _DAYS]))
    start, end = draw(st.tuples(days, days))
    if start and end and start > end:
        start, end = end, start

    def some(*words: str) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(words), max_size=2, unique=True)))

    return HexbinRequest(
        resolution=draw(st.sampled_from(RESOLUTIONS)),
        window=Window(start, end),
        event_types=some("CLASH", "attaque ciblee", "unheard of"),
        violations=some("killing", "abduction"),
        sources=some("ucdp", "acled"),
        verifications=some("", "verified"),
        place_precisions=some("exact", "near", "admin1"),
        actors=some("blues", "new", "ucdp:7", "Greys"),
    )


def with_engine(world: World, name: str, settings: Settings) -> World:
    """Return another view of the same workspace, on an engine."""
    chosen = settings.model_copy(update={"engine": settings.engine.model_copy(update={"name": name})})
    return World(world._workspace, chosen)


def assert_world_same(found: World, expected: World) -> None:
    """Answers for the best and the least informed audience are equal; no incident came into memory as a table."""
    window = Window(expected.first_date + dt.timedelta(days=60), expected.latest_date)
    for audience, request in (
        (Audience.CASE_TEAM, HexbinRequest(resolution=5)),
        (Audience.PUBLIC, HexbinRequest(resolution=4, window=window)),
    ):
        mine, other = (answer_hexbin(one, request, audience=audience) for one in (found, expected))
        for part in ("cells", "area_only", "months", "totals", "no_eyes"):
            assert_equal_tables(getattr(mine, part).frame, getattr(other, part).frame)
    assert (found.country, found.first_date, found.latest_date) == (
        expected.country,
        expected.first_date,
        expected.latest_date,
    )
    assert not {"incidents", "reports", "parties"} & set(vars(found))
