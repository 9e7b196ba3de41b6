"""What every page stands on: settings, workspace, world, base map, choices."""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from geo.answers.choices import Choices, answer_choices
from geo.answers.kept_network import KeptNetworks
from geo.answers.land import LandAnswer, answer_land
from geo.answers.world import World
from geo.errors import RequestError
from geo.layers.basemap import Ground, base_map
from geo.layers.palette import BASE_ROADS
from geo.layers.spec import LayerSpec, LineLayer
from geo.layers.style import Kinds
from geo.model import WORKSPACE_VARIABLE, Audience
from geo.settings import CONFIG_FILE, Settings, read_settings
from geo.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[3]
KNOWN_AT_KEY = "knownat"  # of the control in the sidebar
_KNOWN = "@"  # in a version, before the day up to which it knows


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day the data speak of, and the day on which the first of them was recorded."""

    first: dt.date
    latest: dt.date
    recorded: dt.date


def settings() -> Settings:
    """``config.toml``, read again when the file changes."""
    return _read((ROOT / CONFIG_FILE).stat().st_mtime_ns)


@st.cache_resource(max_entries=2)
def _read(mtime_ns: int) -> Settings:  # noqa: ARG001 (the key)
    return read_settings(ROOT / CONFIG_FILE)


@st.cache_resource(max_entries=2)
def _open(path: str, author: str) -> Workspace:
    return open_workspace(Path(path), author=author)


def workspace() -> Workspace:
    """The workspace named when Piste was started, else the one of ``config.toml``."""
    chosen = settings().workspace
    return _open(os.environ.get(WORKSPACE_VARIABLE) or str(chosen.path), chosen.author)


def known_at() -> dt.date | None:
    """Day up to whose end all pages know; ``None`` = everything known now."""
    chosen = st.session_state.get(KNOWN_AT_KEY)
    return chosen if isinstance(chosen, dt.date) else None


def version() -> str:
    """Changes whenever any answer could change: data, settings, or the day up to which pages know."""
    return f"{_version_now()}{known_at() or ''}"


def _version_now() -> str:
    return f"{workspace().version()}-{(ROOT / CONFIG_FILE).stat().st_mtime_ns}{_KNOWN}"


@st.cache_resource(max_entries=3, show_spinner=False)
def world_at(version: str) -> World:
    """Tables of one version as they were known on its day, read when first needed."""
    day = version.rpartition(_KNOWN)[2]
    known = dt.date.fromisoformat(day) if day else None
    return World(workspace(), settings(), known_at=known, networks=_networks(str(workspace().path)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _networks(path: str) -> KeptNetworks:  # noqa: ARG001 (the key)
    """Road networks of a workspace; they outlive its versions."""
    return KeptNetworks()


def span() -> Span:
    """Return the days that all data known now cover, so that a day stays choosable whatever was known when."""
    world = world_at(_version_now())
    recorded = [one.imported_at.date() for one in workspace().imports()[:1]]
    return Span(
        first=min(world.first_date, world.latest_date),
        latest=world.latest_date,
        recorded=recorded[0] if recorded else dt.datetime.now(tz=dt.UTC).date(),
    )


def require_now(what: str) -> None:
    """Refuse to write on the ground of what was known earlier.

    Raises
    ------
    RequestError
        When pages know only up to a day.
    """
    if (day := known_at()) is not None:
        raise RequestError(f'this page shows what was known on {day}; empty "Known at" to {what}')


@dataclass(frozen=True, slots=True)
class Base:
    """The base map of one audience, and what it stands on."""

    land: LandAnswer
    layers: tuple[LayerSpec, ...]
    roads: LayerSpec


@st.cache_resource(max_entries=8, show_spinner=False)
def _base(version: str, audience: Audience) -> Base:
    land = answer_land(world_at(version), audience=audience)
    ground = Ground(
        boundaries=land.boundaries,
        rivers=land.rivers,
        towns=land.towns,
        boundaries_source=land.sources.get("boundaries", "no outlines"),
        rivers_source=land.sources.get("rivers", "no rivers"),
        towns_source=land.sources.get("places", "no places"),
    )
    roads = LineLayer(
        title="Roads",
        unit="class",
        date="as imported",
        source=land.sources.get("roads", "no roads"),
        audience=audience,
        cleared=land.roads,
        style=Kinds(column="road_class", styles=BASE_ROADS, other=BASE_ROADS["secondary"]),
    )
    return Base(land, base_map(ground, home=land.home), roads)


def base(audience: Audience) -> Base:
    """Base map; the same object as long as nothing changes, so it is encoded once."""
    return _base(version(), audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _choices(version: str, as_of: dt.date, audience: Audience) -> Choices:
    return answer_choices(world_at(version), as_of, audience=audience)


def choices(as_of: dt.date, audience: Audience) -> Choices:
    """What the controls may offer."""
    return _choices(version(), as_of, audience)
