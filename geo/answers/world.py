"""What the store holds, loaded once per version and asked many times. It stands before the gate.

Nothing in a :class:`World` may be shown; the answer modules beside this one ask it, think in the
rooms, and hand out only what the gate has cleared.
"""

import datetime as dt
from collections.abc import Callable, Hashable
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import hexgrid
from geo.access.bases import bases_as_of
from geo.access.exposure import ExposureSurface
from geo.access.exposure_features import Ground, ground_of
from geo.access.exposure_fit import best_surface
from geo.access.landmarks import Landmarks
from geo.access.network import Network
from geo.access.segments import Passability, RoadRecords, assess_passability
from geo.actors.identity import resolve_actors
from geo.actors.presence_places import place_presence
from geo.answers.kept_network import KeptNetwork, KeptNetworks, Roads, read_roads, road_files
from geo.answers.sites import towns_as_sites
from geo.answers.stage import Naming, Stage
from geo.errors import RequestError
from geo.incidents.merges import groups_of, merged
from geo.incidents.precision import Placement, place_incidents, provinces_of
from geo.incidents.rollup import COMPILED_FROM_INCIDENTS
from geo.model import Season
from geo.schema import INCIDENTS
from geo.settings import Settings
from geo.workspace import Workspace
from geo.workspace.engine import Source, read_rows
from geo.workspace.engines import open_engine

if TYPE_CHECKING:
    from geo.incidents.rollup_sorted import SortedIncidents

# The grid on which the exposure surface is made and its skill measured; roads take the rate of the cell they run through.
SURFACE_RESOLUTION = 5
PROVINCE_RESOLUTION = 5  # provinces are compared on this grid
MOST_SORTED = 3  # sorted incidents kept at a time: some 40 bytes per incident each
Cells = npt.NDArray[np.uint64]
Made = TypeVar("Made")


class World:
    """Tables of one workspace version and what is derived from them alone, computed on first use.

    Parameters
    ----------
    known_at
        Look only at what was recorded by the end of this day, or by this instant (UTC); ``None`` = everything known
        now.
    networks
        Where networks made for other worlds of the workspace are found; ``None`` = there are none.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        *,
        known_at: dt.date | None = None,
        networks: KeptNetworks | None = None,
    ) -> None:
        self._workspace = workspace
        self.known_at = self._known_at = known_at
        self.settings = settings
        self.version = workspace.version()
        self._made: dict[tuple[str, Hashable], Any] = {}
        self._sorted: dict[tuple[int, bool], SortedIncidents] = {}
        self._lock = RLock()
        self._networks = KeptNetworks() if networks is None else networks

    def _once(self, kind: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made for a key, made when it is first asked for, one at a time."""
        with self._lock:
            if (kind, key) not in self._made:
                self._made[kind, key] = make()
            made: Made = self._made[kind, key]
            return made

    def _table(self, name: str, *, as_of: dt.date | None = None) -> pd.DataFrame:
        return self._workspace.table(name, as_of=as_of, known_at=self._known_at)

    def records(self, name: str, *, at: dt.datetime | None = None) -> pd.DataFrame:
        """All records of an edited table, all periods, as they were when first asked for or at an instant."""
        known_at = self._known_at if at is None else at
        return self._once("records", (name, at), lambda: self._workspace.table(name, known_at=known_at))

    def notes(self, name: str) -> pd.DataFrame:
        """Who last revised each record of an edited table, when and why."""
        return self._workspace.provenance(name, known_at=self._known_at)

    @cached_property
    def sources(self) -> dict[str, str]:
        """Name of the source of each table with rows, as a map or export cites it; file names stay inside."""
        live = [record for record in self._workspace.imports() if record.counts_at(self._known_at)]
        named: dict[str, list[str]] = {}
        for record in live:
            if record.source not in named.setdefault(record.table, []):
                named[record.table].append(record.source)
        return {table: ", ".join(names) for table, names in named.items()}

    @cached_property
    def reports(self) -> pd.DataFrame:
        """All reports of incidents as imported, one per source; what counts incidents uses :attr:`incidents`."""
        return self._table("incidents").reset_index(drop=True)

    @cached_property
    def merges(self) -> pd.DataFrame:
        """What was decided about reports of different sources that may be one event."""
        return self._table("merges")

    @cached_property
    def merge_notes(self) -> pd.DataFrame:
        """Who last decided about them, when and why."""
        return self.notes("merges")

    @cached_property
    def incidents(self) -> pd.DataFrame:
        """All incidents, merged reports as one; contract columns; position = row number used by placements."""
        return merged(self.reports, self.merges)

    @cached_property
    def stage(self) -> Stage | None:
        """Incidents on the engine that ``config.toml`` names; nothing where they are rolled up in memory."""
        chosen = self.settings.engine
        if chosen.name == "memory":
            return None
        return Stage(
            open_engine(chosen.name, memory_gb=chosen.spark_memory_gb),
            self._incident_files,
            reports=self._settled_reports,
            settled=merged(self._settled_reports, self.merges),
            naming=Naming(actors=self.actors, names=self.records("actor_names")),
            place=self._place,
        )

    @cached_property
    def _incident_files(self) -> list[Source]:
        return self._workspace.incident_sources(known_at=self._known_at)

    @cached_property
    def _settled_reports(self) -> pd.DataFrame:
        """Reports that a decision joins to others; the only ones an engine hands over whole."""
        ids = sorted(groups_of(self.merges))
        return read_rows(self._incident_files if ids else [], INCIDENTS, keys=ids)

    def _place(self, incidents: pd.DataFrame, resolution: int) -> Placement:
        return place_incidents(incidents, self.boundaries, resolution=resolution, settings=self.settings.placement)

    @cached_property
    def boundaries(self) -> gpd.GeoDataFrame:
        """Administrative outlines of all levels."""
        return gpd.GeoDataFrame(self._table("boundaries"))

    @property
    def roads(self) -> gpd.GeoDataFrame:
        """Road lines as imported."""
        return self._roads.rows

    @cached_property
    def _roads(self) -> Roads:
        return read_roads(self._workspace, known_at=self._known_at)

    @cached_property
    def rivers(self) -> gpd.GeoDataFrame:
        """River lines."""
        return gpd.GeoDataFrame(self._table("rivers"))

    @cached_property
    def places(self) -> pd.DataFrame:
        """Settlements and points of interest."""
        return self._table("places")

    @cached_property
    def airports(self) -> pd.DataFrame:
        """Airfields as imported."""
        return self._table("airports")

    @cached_property
    def actors(self) -> pd.DataFrame:
        """Actor records, all periods."""
        return self._table("actors")

    @cached_property
    def presence(self) -> pd.DataFrame:
        """Presence reports, all periods."""
        return self._table("presence")

    @cached_property
    def partners(self) -> pd.DataFrame:
        """Partner organisations, all periods."""
        return self._table("partners")

    @cached_property
    def verified(self) -> pd.DataFrame:
        """Verified incidents with the day of verification and their place; an engine hands over these alone."""
        columns = ["verification", "verified_on", "longitude", "latitude", "place_precision"]
        if self.stage is None:
            rows = self.incidents[columns]
        else:
            rows = read_rows(self._incident_files, INCIDENTS, columns=["incident_id", *columns])
            told = rows["incident_id"].isin(self._settled_reports["incident_id"])
            settled = merged(self._settled_reports, self.merges)
            rows = pd.concat([rows.loc[~told, columns], settled[columns]], ignore_index=True)
        return rows.loc[(rows["verification"] == "verified").fillna(value=False).to_numpy(dtype=bool)]

    @cached_property
    def parties(self) -> pd.DataFrame:
        """Armed actors named by each incident, resolved to our records where they can be."""
        return resolve_actors(self.incidents, self.actors, self.records("actor_names"))

    @property
    def network(self) -> Network:
        """Routable graph of the roads."""
        return self._kept.network

    @cached_property
    def _kept(self) -> KeptNetwork:
        files = road_files(self._workspace, known_at=self._known_at)
        return self._networks.of(files, lambda: self._roads, workspace=self._workspace, settings=self.settings)

    def landmarks(self, season: Season, vehicle: str) -> Landmarks:
        """Bounds that make searches on the roads short."""
        return self._kept.landmarks(season, vehicle)

    def bases_at(self, as_of: dt.date) -> pd.DataFrame:
        """Bases open on a day, from base records and peacekeeping maps alike."""
        return self._once("bases", as_of, lambda: bases_as_of(self._bases, self._base_years, as_of))

    @property
    def base_tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Base records, and bases on published maps, all periods."""
        return self._bases, self._base_years

    @cached_property
    def _bases(self) -> pd.DataFrame:
        return self._table("bases")

    @cached_property
    def _base_years(self) -> pd.DataFrame:
        return self._table("base_years")

    def sites_at(self, as_of: dt.date) -> pd.DataFrame:
        """Sites valid on a day; where no site is recorded, the towns of the country stand in."""
        sites = self._table("sites", as_of=as_of)
        return sites if len(sites) else towns_as_sites(self.places, self.country)

    @cached_property
    def road_records(self) -> RoadRecords:
        """Constraints and reports of the roads, all days, on their segments."""
        return self._kept.records(self.records("constraints"), self.records("road_reports"))

    def passability(self, as_of: dt.date, *, season: Season, vehicle: str) -> Passability:
        """Minutes per road arc on a day."""
        return assess_passability(
            self.network, season=season, vehicle=vehicle, as_of=as_of, settings=self.settings, known=self.road_records
        )

    def revisions(self, table: str, record_id: str) -> pd.DataFrame:
        """All versions of a record, oldest first; a later day's is not among them."""
        rows = self._workspace.history(table, record_id)
        return rows if self._known_at is None else rows.loc[rows["recorded_at"] <= pd.Timestamp(self._known_at)]

    def surface(self, as_of: dt.date, country: str | None = None) -> ExposureSurface:
        """Exposure surface of a day over a country, by default the workspace's own."""
        name, settings = country or self.country, self.settings.exposure

        def made() -> ExposureSurface:
            placement, ground = self.placement(SURFACE_RESOLUTION), self.ground(country)
            return best_surface(self.incidents, placement, ground, as_of=as_of, settings=settings)

        return self._once("surface", (as_of, name), made)

    def ground(self, country: str | None = None) -> Ground:
        """Cells of an exposure surface: the country, or without an outline all cells near a report."""
        settings = self.settings.exposure

        def made() -> Ground:
            near, mapped = self.placement(SURFACE_RESOLUTION).cells, country is not None or len(self.outline()) > 0
            around = None if mapped else hexgrid.cells_near(near, distance_km=settings.max_distance_km)
            cells = self.territory(SURFACE_RESOLUTION, country) if around is None else around
            return ground_of(cells, self.places, settings=settings)

        return self._once("ground", country or self.country, made)

    @cached_property
    def country(self) -> str | None:
        """ISO code of the country the workspace is about: the one with most incidents, else most bases."""
        if self.stage is not None and self.stage.country is not None:
            return self.stage.country
        of_incidents = self.incidents if self.stage is None else self.stage.places
        for counted in (of_incidents, self._bases, self._base_years, self.places):
            codes = counted["country"].dropna()
            if len(codes):
                return str(codes.mode().iloc[0])
        return None

    @cached_property
    def latest_date(self) -> dt.date:
        """Last day the data speak of: the newest end of an incident, else the newest presence report."""
        incidents = self.incidents["date_end"].max() if self.stage is None else self.stage.latest_day
        newest = [incidents, self.presence["observed_on"].max()]
        known = [pd.Timestamp(day).date() for day in newest if not pd.isna(day)]
        if known:
            return max(known)
        years = self._base_years["year"].dropna()
        return dt.date(int(years.max()), 12, 31) if len(years) else dt.datetime.now(tz=dt.UTC).date()

    @property
    def first_date(self) -> dt.date:
        """First day an incident speaks of, else the latest date."""
        first = self.incidents["date_start"].min() if self.stage is None else self.stage.first_day
        return self.latest_date if pd.isna(first) else pd.Timestamp(first).date()

    def placement(self, resolution: int) -> Placement:
        """Where each incident stands on the grid of one resolution."""
        return self._once("incidents", resolution, lambda: self._place(self.incidents, resolution))

    def sorted_incidents(self, resolution: int, parties: pd.DataFrame) -> "SortedIncidents | None":
        """Incidents sorted for the compiled roll-up; nothing where they are so few that it would not pay."""
        if len(self.incidents) < COMPILED_FROM_INCIDENTS:
            return None
        from geo.incidents.rollup_sorted import sort_incidents  # noqa: PLC0415 (loads Numba)

        key = (resolution, len(parties) > 0)
        with self._lock:
            if key not in self._sorted:
                while len(self._sorted) >= MOST_SORTED:
                    self._sorted.pop(next(iter(self._sorted)))
                self._sorted[key] = sort_incidents(self.incidents, self.placement(resolution), actors=parties)
            return self._sorted[key]

    def presence_placement(self, resolution: int) -> Placement:
        """Where each presence report stands on the grid of one resolution."""
        return self._once(
            "presence",
            resolution,
            lambda: place_presence(
                self.presence, self.boundaries, resolution=resolution, settings=self.settings.placement
            ),
        )

    @cached_property
    def provinces(self) -> gpd.GeoDataFrame:
        """Provinces of the workspace's country; positions 0..n-1."""
        return self.areas(1).reset_index(drop=True)

    @cached_property
    def province_cells(self) -> tuple[Cells, npt.NDArray[np.int64]]:
        """Cells of all provinces and the province of each; a province smaller than a cell still has one."""
        parts = [hexgrid.cells_of_area(shape, resolution=PROVINCE_RESOLUTION) for shape in self.provinces.geometry]
        owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return (np.concatenate(parts) if parts else np.array([], dtype=np.uint64)), owner

    @cached_property
    def province_of_incident(self) -> npt.NDArray[np.int64]:
        """Position of the province each incident lies in, -1 where it is known to none."""
        return provinces_of(self.incidents, self.placement(PROVINCE_RESOLUTION), self.provinces)

    def outline(self, country: str | None = None) -> gpd.GeoDataFrame:
        """Level-0 outline of a country, by default the workspace's own; may be empty."""
        return self.areas(0, country)

    def areas(self, level: int, country: str | None = None) -> gpd.GeoDataFrame:
        """Areas of one level of a country, by default the workspace's own; none where no country is known."""
        code = country or self.country or ""
        chosen = (self.boundaries["level"] == level) & (self.boundaries["country"] == code)
        return self.boundaries.loc[chosen.fillna(value=False).astype(bool)]

    def territory(self, resolution: int, country: str | None = None) -> Cells:
        """Cells whose centre lies in the country.

        Raises
        ------
        RequestError
            When no outline of the country is imported.
        """
        if country is not None and country != self.country:
            return self._cells_of(country, resolution)
        return self._once("territory", resolution, lambda: self._cells_of(self.country, resolution))

    def _cells_of(self, country: str | None, resolution: int) -> Cells:
        outline = self.outline(country)
        if outline.empty:
            raise RequestError(
                f"no outline of {country or 'the country'} is imported; import one: python -m geo import boundaries FILE"
            )
        return hexgrid.cells_of_area(outline.geometry.union_all(), resolution=resolution)
