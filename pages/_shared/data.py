"""The only caches. Pages ask questions here; whatever is kept after the gate has the audience in its key.

The key of each answer is the workspace version, the frozen question and the audience; frames are never
cache arguments. Everything is kept with ``cache_resource``: answers are read-only, so copies would only cost.
"""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from geo.answers.cell_months import answer_cell_months
from geo.answers.changes import ChangesAnswer, answer_changes
from geo.answers.choices import Choices, answer_choices
from geo.answers.exposure import ExposureAnswer, answer_exposure
from geo.answers.hexbin import HexbinAnswer, answer_hexbin, answer_records
from geo.answers.hotspots import HotspotsAnswer, TrendAnswer, answer_hotspots, answer_trend
from geo.answers.land import LandAnswer, answer_land
from geo.answers.mrm import MrmAnswer, answer_mrm
from geo.answers.observation import ObservationAnswer, answer_observation
from geo.answers.presence import PresenceAnswer, answer_presence
from geo.answers.reach import BasesAnswer, GapsAnswer, ReachAnswer, answer_bases, answer_gaps, answer_reach
from geo.answers.review import (
    PairAnswer,
    ReviewAnswer,
    Scored,
    Verdict,
    answer_pair,
    answer_review,
    decide_pair,
    evidence_of,
    score_reports,
)
from geo.answers.route import RoutesAnswer, answer_ends, answer_roads, answer_route
from geo.answers.state import StateAnswer, answer_rejects, answer_state
from geo.answers.world import World
from geo.layers.basemap import Ground, base_map
from geo.layers.palette import BASE_ROADS
from geo.layers.spec import LayerSpec, LineLayer
from geo.layers.style import Kinds
from geo.model import (
    WORKSPACE_VARIABLE,
    Audience,
    ExposureRequest,
    GapsRequest,
    HexbinRequest,
    HotspotRequest,
    MrmRequest,
    ObservationRequest,
    PresenceRequest,
    ReachRequest,
    RouteRequest,
    Window,
)
from geo.readers import read_file
from geo.redaction import Cleared
from geo.settings import CONFIG_FILE, Settings, read_settings
from geo.workspace import ImportRecord, Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day the data speak of."""

    first: dt.date
    latest: dt.date


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


def version() -> str:
    """Changes whenever any answer could change: data or settings."""
    return f"{workspace().version()}-{(ROOT / CONFIG_FILE).stat().st_mtime_ns}"


@st.cache_resource(max_entries=2, show_spinner=False)
def _world(version: str) -> World:  # noqa: ARG001 (the key)
    return World(workspace(), settings())


def span() -> Span:
    """Return the days the data cover."""
    world = _world(version())
    return Span(first=min(world.first_date, world.latest_date), latest=world.latest_date)


@dataclass(frozen=True, slots=True)
class Base:
    """The base map of one audience, and what it stands on."""

    land: LandAnswer
    layers: tuple[LayerSpec, ...]
    roads: LayerSpec


@st.cache_resource(max_entries=8, show_spinner=False)
def _base(version: str, audience: Audience) -> Base:
    land = answer_land(_world(version), audience=audience)
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
    return answer_choices(_world(version), as_of, audience=audience)


def choices(as_of: dt.date, audience: Audience) -> Choices:
    """What the controls may offer."""
    return _choices(version(), as_of, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _changes(version: str, window: Window, audience: Audience) -> ChangesAnswer:
    return answer_changes(_world(version), window, audience=audience)


def changes(window: Window, audience: Audience) -> ChangesAnswer:
    """What rose and fell by province."""
    return _changes(version(), window, audience)


@st.cache_resource(max_entries=128, show_spinner=False)
def _hexbin(version: str, request: HexbinRequest, audience: Audience) -> HexbinAnswer:
    return answer_hexbin(_world(version), request, audience=audience)


def hexbin(request: HexbinRequest, audience: Audience) -> HexbinAnswer:
    """Incidents per cell."""
    return _hexbin(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _cell_months(version: str, request: HexbinRequest, audience: Audience) -> Cleared:
    return answer_cell_months(_world(version), request, audience=audience)


def cell_months(request: HexbinRequest, audience: Audience) -> Cleared:
    """Incidents per cell and month, for the map to play."""
    return _cell_months(version(), request, audience)


def hexbin_table(request: HexbinRequest, audience: Audience) -> Cleared:
    """Incidents per cell with the name and p-code of each cell's area, for files that leave."""
    return answer_hexbin(_world(version()), request, audience=audience, areas=True).cells


def records(request: HexbinRequest, cell: int, audience: Audience) -> Cleared:
    """Incidents of one cell, as far as the audience may see records."""
    return answer_records(_world(version()), request, cell, audience=audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _hotspots(version: str, request: HotspotRequest, audience: Audience) -> HotspotsAnswer:
    return answer_hotspots(_world(version), request, audience=audience)


def hotspots(request: HotspotRequest, audience: Audience) -> HotspotsAnswer:
    """Cells that stand out from the country, corrected for false discovery."""
    return _hotspots(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _trend(version: str, request: HotspotRequest, cell: int | None, audience: Audience) -> TrendAnswer:
    return answer_trend(_world(version), request, cell, audience=audience)


def trend(request: HotspotRequest, cell: int | None, audience: Audience) -> TrendAnswer:
    """Months of a cell, or of all matching incidents, beside their own norm."""
    return _trend(version(), request, cell, audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _mrm(version: str, request: MrmRequest, audience: Audience) -> MrmAnswer:
    return answer_mrm(_world(version), request, audience=audience)


def mrm(request: MrmRequest, audience: Audience) -> MrmAnswer:
    """Violations against children by MRM counting rules."""
    return _mrm(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _observation(version: str, request: ObservationRequest, audience: Audience) -> ObservationAnswer:
    return answer_observation(_world(version), request, audience=audience)


def observation(request: ObservationRequest, audience: Audience) -> ObservationAnswer:
    """State of each cell: active, quiet but watched, or no eyes; and the observed share by month."""
    return _observation(version(), request, audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _presence(version: str, request: PresenceRequest, audience: Audience) -> PresenceAnswer:
    return answer_presence(_world(version), request, audience=audience)


def presence(request: PresenceRequest, audience: Audience) -> PresenceAnswer:
    """Share of each actor per cell."""
    return _presence(version(), request, audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _exposure(version: str, request: ExposureRequest, audience: Audience) -> ExposureAnswer:
    return answer_exposure(_world(version), request, audience=audience)


def exposure(request: ExposureRequest, audience: Audience) -> ExposureAnswer:
    """Exposure per cell."""
    return _exposure(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _route(version: str, request: RouteRequest, audience: Audience) -> RoutesAnswer:
    return answer_route(_world(version), request, audience=audience)


def route(request: RouteRequest, audience: Audience) -> RoutesAnswer:
    """Routes between two places."""
    return _route(version(), request, audience)


def ends(request: RouteRequest, origin: str, target: str, audience: Audience) -> Cleared:
    """The two places of a route."""
    return answer_ends(_world(version()), request, (origin, target), audience=audience)


@st.cache_resource(max_entries=16, show_spinner=False)
def _roads(version: str, request: RouteRequest, audience: Audience) -> Cleared:
    return answer_roads(_world(version), request, audience=audience)


def roads(request: RouteRequest, audience: Audience) -> Cleared:
    """Every road segment with exposure and passability."""
    return _roads(version(), request, audience)


@st.cache_resource(max_entries=32, show_spinner=False)
def _bases(version: str, as_of: dt.date, audience: Audience) -> BasesAnswer:
    return answer_bases(_world(version), as_of, audience=audience)


def bases(as_of: dt.date, audience: Audience) -> BasesAnswer:
    """Bases open on a day."""
    return _bases(version(), as_of, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reach(version: str, request: ReachRequest, audience: Audience) -> ReachAnswer:
    return answer_reach(_world(version), request, audience=audience)


def reach(request: ReachRequest, audience: Audience) -> ReachAnswer:
    """What the bases reach."""
    return _reach(version(), request, audience)


@st.cache_resource(max_entries=64, show_spinner=False)
def _gaps(version: str, request: GapsRequest, audience: Audience) -> GapsAnswer:
    return answer_gaps(_world(version), request, audience=audience)


def gaps(request: GapsRequest, audience: Audience) -> GapsAnswer:
    """What is lost when bases close."""
    return _gaps(version(), request, audience)


@st.cache_resource(max_entries=2, show_spinner="Comparing reports …")
def _scored(evidence: str) -> Scored:  # noqa: ARG001 (the key)
    return score_reports(_world(version()))


@st.cache_resource(max_entries=16, show_spinner=False)
def _review(version: str, audience: Audience) -> ReviewAnswer:
    world = _world(version)
    return answer_review(world, _scored(evidence_of(world)), audience=audience)


def review(audience: Audience) -> ReviewAnswer:
    """Reports that may be one event, and what was decided."""
    return _review(version(), audience)


def pair(handle: str, audience: Audience) -> PairAnswer:
    """The two reports of a pair."""
    world = _world(version())
    return answer_pair(world, _scored(evidence_of(world)), handle, audience=audience)


def decide(verdict: Verdict, audience: Audience) -> None:
    """Store what a person decided about a pair."""
    world = _world(version())
    decide_pair(workspace(), world, _scored(evidence_of(world)), verdict, audience=audience)


def state(audience: Audience) -> StateAnswer:
    """Imports, tables and warnings, always as they stand now."""
    return answer_state(workspace(), settings(), audience=audience)


def rejects(import_id: str, audience: Audience) -> Cleared:
    """Rejected rows of one import."""
    return answer_rejects(workspace(), import_id, settings(), audience=audience)


def withdraw(import_id: str, reason: str) -> None:
    """Take an import out of every answer, keeping its files."""
    workspace().withdraw(import_id, reason=reason)


def take_in(format_name: str, path: Path, *, country: str | None, source: str | None) -> ImportRecord:
    """Import one file through the same door as the command line."""
    return workspace().add(read_file(format_name, path, country=country, source=source), country=country)
