"""Who is where: influence of each actor per cell, cleared for one audience."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo import hexgrid
from geo.actors.colours import deal_colours
from geo.actors.fading import with_half_lives
from geo.actors.influence import cells_of_evidence, gather_evidence, influence
from geo.actors.uncertainty import lead_chance, share_interval
from geo.answers.world import World
from geo.model import Audience, PresenceRequest
from geo.redaction import Cleared, clear, granted_resolution, may_see

NO_SHARES = pd.DataFrame(
    {
        "cell": np.array([], dtype=np.uint64),
        "actor_id": pd.Series(dtype=object),
        "influence_share": np.array([]),
        "evidence": np.array([]),
        "newest_evidence_days": np.array([]),
        "contested": np.array([], dtype=bool),
        "rank": np.array([], dtype=np.int64),
        "effective_actors": np.array([]),
        "effective_reports": np.array([]),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PresenceAnswer:
    """Shares per actor and cell, and the actors they speak of."""

    request: PresenceRequest  # as granted
    cells: Cleared
    actors: Cleared
    contests: Cleared  # which two actors contest how many cells, most first
    places: Cleared  # actor, strength, longitude, latitude: the cell where each leading actor is strongest


def answer_presence(world: World, request: PresenceRequest, *, audience: Audience) -> PresenceAnswer:
    """Compute influence on a day at the resolution the audience may see.

    The world must have been opened with the question's ``known_at``; incidents and reports after
    ``as_of`` never count.
    """
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    # Nothing is computed that could not be shown.
    seen = may_see("presence", "cell", audience=audience, settings=settings)
    shares = shares_of(world, granted, evidence_on(world, granted)) if seen else NO_SHARES
    actors = _described(shares, world)
    shares = shares.merge(actors[["actor_id", "actor", "colour"]], on="actor_id", how="left")
    if granted.intervals:
        shares = _with_certainty(shares, world)
    return PresenceAnswer(
        request=granted,
        cells=clear(shares, view="presence", audience=audience, settings=settings),
        actors=clear(actors, view="actors", audience=audience, settings=settings),
        contests=clear(_contests(shares), view="contests", audience=audience, settings=settings),
        places=clear(_places(shares), view="actor_places", audience=audience, settings=settings),
    )


def evidence_on(world: World, request: PresenceRequest) -> pd.DataFrame:
    """Return what incidents and reports say of who is where, up to the day asked about; not cleared."""
    rules = world.settings.influence
    return gather_evidence(
        world.incidents,
        (world.placement(request.resolution), world.presence_placement(request.resolution)),
        with_half_lives(world.presence, world.actors, settings=rules),
        with_half_lives(world.parties, world.actors, settings=rules),
        as_of=request.as_of,
        settings=rules,
    )


def shares_of(world: World, request: PresenceRequest, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each actor per cell of the country; not cleared."""
    placed = (world.placement(request.resolution), world.presence_placement(request.resolution))
    return influence(
        evidence,
        request,
        settings=world.settings.influence,
        territory=world.territory(request.resolution) if len(world.outline()) else None,
        sources=cells_of_evidence(*placed),
    )


def _with_certainty(shares: pd.DataFrame, world: World) -> pd.DataFrame:
    """Add ``share_low`` and ``share_high``, and whether it is uncertain who leads the cell."""
    rules = world.settings.influence
    share = shares["influence_share"].to_numpy(dtype=np.float64)
    reports = shares["effective_reports"].to_numpy(dtype=np.float64)
    low, high = share_interval(share, reports, level=rules.interval_level)
    second = shares.loc[shares["rank"] == 2].set_index("cell")["influence_share"]
    first = shares.loc[shares["rank"] == 1].set_index("cell")
    beside = second.reindex(first.index).fillna(0.0).to_numpy()
    leads = first["influence_share"].to_numpy(dtype=np.float64)
    chance = lead_chance(leads, beside, (leads + beside) / np.maximum(first["effective_reports"].to_numpy(), 1e-9))
    uncertain = pd.Series(chance < rules.sure_lead_chance, index=first.index)
    return shares.assign(share_low=low, share_high=high, lead_uncertain=shares["cell"].map(uncertain).astype(bool))


def actor_labels(world: World, actor_ids: pd.Series) -> pd.Series:
    """Name of each actor as a map writes it: its short name, its name, the name reports give it, its id."""
    recorded = world.actors.set_index("actor_id")
    reported = world.parties.drop_duplicates("actor_id").set_index("actor_id")["name"]
    label = actor_ids.map(recorded["short_name"]).astype(object)
    for names in (recorded["name"], reported):
        label = label.fillna(actor_ids.map(names).astype(object))
    return label.fillna(actor_ids)


def _contests(shares: pd.DataFrame) -> pd.DataFrame:
    """Two actors and the cells of which they are the strongest two and contest it; age of the older of their newest."""
    top = shares.loc[shares["contested"] & (shares["rank"] <= 2), ["cell", "rank", "actor", "newest_evidence_days"]]
    first, second = (top.loc[top["rank"] == rank].set_index("cell") for rank in (1, 2))
    both = first.merge(second, left_index=True, right_index=True, suffixes=("_1", "_2"))
    names = both[["actor_1", "actor_2"]].astype(object)
    paired = pd.DataFrame({"one": names.min(axis=1), "other": names.max(axis=1)})
    paired["newest"] = both[["newest_evidence_days_1", "newest_evidence_days_2"]].max(axis=1)
    held = paired.groupby(["one", "other"]).agg(cells=("newest", "size"), newest_evidence_days=("newest", "min"))
    return held.sort_values("cells", ascending=False, kind="stable").reset_index()


def _places(shares: pd.DataFrame) -> pd.DataFrame:
    """Where to write each actor's name: the middle one of the cells it leads."""
    led = shares.loc[shares["rank"] == 1]
    longitude, latitude = hexgrid.centres(led["cell"].to_numpy(dtype=np.uint64))
    by_actor = led.assign(longitude=longitude, latitude=latitude).groupby("actor", sort=True)
    middle = by_actor[["longitude", "latitude"]].median()
    return middle.assign(strength=by_actor["influence_share"].sum()).reset_index()


def _described(shares: pd.DataFrame, world: World) -> pd.DataFrame:
    """One row per actor with evidence, strongest first: its record where there is one, cells and newest evidence.

    An actor keeps the colour on its record for good, or the one dealt to it whatever the day; one without a colour
    is drawn among the others.
    """
    held = shares.groupby("actor_id", sort=False).agg(
        cells=("cell", "size"),
        cells_led=("rank", lambda ranks: int((ranks == 1).sum())),
        cells_contested=("contested", "sum"),
        strength=("influence_share", "sum"),
        newest_evidence_days=("newest_evidence_days", "min"),
    )
    named = world.parties.drop_duplicates("actor_id").set_index("actor_id")["name"]
    records = world.actors.drop(columns=["import_id", "source_line", "version"], errors="ignore").set_index("actor_id")
    described = held.join(records, how="left")
    reported = described.index.to_series().map(named)
    described = described.astype({"name": object, "short_name": object})
    described["name"] = described["name"].fillna(reported).fillna(described.index.to_series())
    dealt = deal_colours(world.actors, world.parties)
    described["colour"] = pd.Series(described.index.map(dealt), index=described.index, dtype=object)
    described["actor"] = described["short_name"].fillna(described["name"])
    return described.sort_values("strength", ascending=False).reset_index(names="actor_id")
