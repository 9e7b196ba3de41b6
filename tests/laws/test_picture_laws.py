"""Silent risks here: an alias that makes one actor look like two weaker ones; a look back that lets in what was learnt
or withdrawn since."""

import datetime as dt
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from geo.answers.presence import PresenceAnswer, answer_presence
from geo.answers.world import World
from geo.model import Audience, PresenceRequest
from geo.settings import Settings
from geo.workspace import open_workspace
from tests.toy_country import COUNTRY_TABLES, DAY, TableTop, event, toy_workspace
from tests.toy_readings import reading_of

PARTS = ("cells", "actors", "contests", "places")
_POINTS = strategies.tuples(strategies.sampled_from([0.2, 0.5, 0.9, 1.5]), strategies.sampled_from([0.2, 0.5, 0.8]))
_DAYS = strategies.integers(0, 500).map(lambda days: (DAY - dt.timedelta(days=days)).isoformat())
_PRECISIONS = strategies.sampled_from(["exact", "near", "admin1", "country"])
EVENTS = strategies.lists(
    strategies.tuples(strategies.booleans(), _POINTS, _DAYS, _PRECISIONS), min_size=1, max_size=12
)


def actor(**values: object) -> dict[str, object]:
    return {"actor_id": "red", "name": "Red Band", "actor_type": "non_state", **values}


def incidents(events: list[tuple[bool, tuple[float, float], str, str]], *, names: tuple[str, str]) -> list[dict]:
    return [
        event(number, day, precision, longitude=lon, latitude=lat, actor_a=names[second], admin1="West province")
        for number, (second, (lon, lat), day, precision) in enumerate(events)
    ]


def asked(world: World, *, known_at: dt.date | None = None) -> PresenceAnswer:
    request = PresenceRequest(as_of=DAY, resolution=5, known_at=known_at, intervals=True)
    return answer_presence(world, request, audience=Audience.CASE_TEAM)


def check_same(one: PresenceAnswer, other: PresenceAnswer) -> None:
    for part in PARTS:
        left, right = getattr(one, part).frame, getattr(other, part).frame
        drop = [name for name in ("aliases", "version") if name in left]
        pd.testing.assert_frame_equal(left.drop(columns=drop), right.drop(columns=drop))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(events=EVENTS)
def test_two_aliases_make_the_picture_of_one_name(settings: Settings, events) -> None:
    record = actor(aliases="Bande rouge;Crimson Band")

    def told(names: tuple[str, str]) -> PresenceAnswer:
        tables = {**COUNTRY_TABLES, "incidents": incidents(events, names=names), "actors": [record]}
        return asked(World(TableTop(tables), settings))

    check_same(told(("Bande rouge", "Crimson Band")), told(("Red Band", "Red Band")))


def test_names_nobody_ties_together_stay_two(settings: Settings) -> None:
    events = [(False, (0.5, 0.5), "2020-06-01", "exact"), (True, (0.5, 0.5), "2020-06-01", "exact")]
    rows = incidents(events, names=("Bande rouge", "Crimson Band"))
    found = asked(World(TableTop({**COUNTRY_TABLES, "incidents": rows}), settings))
    assert len(found.actors.frame) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6)
@given(before=EVENTS, after=EVENTS, withdrawn=strategies.booleans())
def test_the_past_is_as_it_was_known(settings: Settings, before, after, *, withdrawn: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = {
            **COUNTRY_TABLES,
            "incidents": incidents(before, names=("Red Band", "Blue Band")),
            "actors": [actor()],
        }
        workspace = toy_workspace(Path(folder) / "now", tables)
        then = dt.datetime.now(tz=dt.UTC)
        shutil.copytree(Path(folder) / "now", Path(folder) / "then")
        first = next(one for one in workspace.imports() if one.table == "incidents")
        workspace.add(reading_of("incidents", incidents(after, names=("Green Band", "Red Band"))))
        workspace.edit("actors", "red", {"name": "Other Band", "mobility": "roaming"}, reason="learnt since")
        if withdrawn:
            workspace.withdraw(first.import_id, reason="the source took it back")
        as_it_was = asked(World(open_workspace(Path(folder) / "then", author="test"), settings))
        check_same(asked(World(workspace, settings, known_at=then), known_at=then.date()), as_it_was)


def test_a_look_back_differs_from_today_where_something_was_learnt(settings: Settings, tmp_path: Path) -> None:
    rows = incidents([(False, (0.5, 0.5), "2020-06-01", "exact")], names=("Red Band", "Blue Band"))
    workspace = toy_workspace(tmp_path / "now", {**COUNTRY_TABLES, "incidents": rows, "actors": [actor()]})
    then = dt.datetime.now(tz=dt.UTC)
    workspace.edit("actors", "red", {"short_name": "RB"}, reason="short name")
    now, past = asked(World(workspace, settings)), asked(World(workspace, settings, known_at=then))
    assert now.actors.frame["actor"].tolist() == ["RB"]
    assert past.actors.frame["actor"].tolist() == ["Red Band"]
    with pytest.raises(AssertionError):
        check_same(now, past)
