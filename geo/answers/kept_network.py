"""The road network and what rests on it alone, kept while no road file and no setting changes.

An edit makes a new version of the workspace and with it a new world, but its roads are those of the world before: so
the network, its landmarks and the places of records go on from there. A large network is also kept beside the lake,
so that a restart does not build it again.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

import geopandas as gpd
import pandas as pd

from geo.access.landmarks import Landmarks, place_landmarks
from geo.access.network import Network, build_network
from geo.access.network_arrays import NETWORK_VERSION, network_arrays, network_from
from geo.access.segments import RoadRecords, road_records
from geo.errors import RequestError
from geo.model import Season
from geo.settings import NetworkSettings, Settings
from geo.workspace import Workspace
from geo.workspace.remembered import recall, remember

# Smaller networks are built about as fast as they are read.
STORED_FROM_SEGMENTS = 10_000
_MOST_NETWORKS = 2  # of now, and of what was known earlier
_KIND = "network"
RoadFiles = tuple[tuple[str, str], ...]  # import id and SHA-256 of the manifest of each live import, oldest first


@dataclass(frozen=True, eq=False, slots=True)
class Roads:
    """Road lines, and the files they are from."""

    files: RoadFiles
    rows: gpd.GeoDataFrame


def road_files(workspace: Workspace, *, known_at: dt.date | None) -> RoadFiles:
    """Files whose roads count."""
    live = (one for one in workspace.imports() if one.table == "roads" and one.counts_at(known_at))
    return tuple((one.import_id, one.manifest_sha256) for one in live)


def read_roads(workspace: Workspace, *, known_at: dt.date | None) -> Roads:
    """Read road lines; again where an import came in between, so that rows and files are of one moment."""
    while True:
        files = road_files(workspace, known_at=known_at)
        rows = gpd.GeoDataFrame(workspace.table("roads", known_at=known_at))
        if files == road_files(workspace, known_at=known_at):
            return Roads(files, rows)


class KeptNetwork:
    """One network, its landmarks, and where the records of the newest version lie on it."""

    def __init__(self, network: Network, files: RoadFiles, settings: Settings) -> None:
        self.network = network
        self._files, self._settings = files, settings
        self._landmarks: dict[tuple[Season, str], Landmarks] = {}
        self._records: RoadRecords | None = None
        self._lock = RLock()

    def rests_on(self, files: RoadFiles, settings: Settings) -> bool:
        """Whether it is the network of these files under these settings."""
        return self._files == files and self._settings == settings

    def landmarks(self, season: Season, vehicle: str) -> Landmarks:
        """Bounds that make searches on the roads short."""
        with self._lock:
            if (season, vehicle) not in self._landmarks:
                self._landmarks[season, vehicle] = place_landmarks(
                    self.network, season=season, vehicle=vehicle, settings=self._settings
                )
            return self._landmarks[season, vehicle]

    def records(self, constraints: pd.DataFrame, reports: pd.DataFrame) -> RoadRecords:
        """Constraints and reports on their segments; what lies where it lay when last asked is not placed again."""
        with self._lock:
            self._records = road_records(
                self.network, constraints, reports, settings=self._settings, before=self._records
            )
            return self._records


class KeptNetworks:
    """The newest networks, each made once; worlds of one workspace share them."""

    def __init__(self) -> None:
        self._kept: list[KeptNetwork] = []
        self._lock = RLock()

    def of(
        self, files: RoadFiles, read: Callable[[], Roads], *, workspace: Workspace, settings: Settings
    ) -> KeptNetwork:
        """Return the network of some road files.

        Parameters
        ----------
        read
            Reads the roads where they are needed; it may find those of newer files.

        Raises
        ------
        RequestError
            When there are no roads.
        """
        with self._lock:
            found = next((one for one in self._kept if one.rests_on(files, settings)), None)
            if found is None:
                found = _opened(files, read, workspace=workspace, settings=settings)
                self._kept = [found, *self._kept[: _MOST_NETWORKS - 1]]
            return found


def _opened(files: RoadFiles, read: Callable[[], Roads], *, workspace: Workspace, settings: Settings) -> KeptNetwork:
    """Take the network from beside the lake, else build it and put it there."""
    stored = recall(workspace.remembered, _KIND, _key(files, settings.network), network_from)
    if stored is not None:
        return KeptNetwork(stored, files, settings)
    roads = read()
    if roads.rows.empty:
        raise RequestError("no roads are imported; import a road file first: python -m geo import roads FILE")
    network = build_network(roads.rows, settings=settings.network)
    if network.report.segments >= STORED_FROM_SEGMENTS:
        remember(workspace.remembered, _KIND, _key(roads.files, settings.network), network_arrays(network))
    return KeptNetwork(network, roads.files, settings)


def _key(files: RoadFiles, settings: NetworkSettings) -> str:
    """What decides the network: the files, how it is built, and the settings that building asks."""
    said = [NETWORK_VERSION, files, settings.shared_vertex_decimals, settings.join_gap_m]
    return hashlib.sha256(json.dumps(said).encode("utf-8")).hexdigest()
