"""Who is where: influence of each actor per cell, cleared for one audience."""

from dataclasses import dataclass, replace

from geo.actors.influence import gather_evidence, influence
from geo.answers.world import World
from geo.model import Audience, PresenceRequest
from geo.redaction import Cleared, clear, granted_resolution


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PresenceAnswer:
    """Shares per actor and cell, and the actors they speak of."""

    request: PresenceRequest  # as granted
    cells: Cleared
    actors: Cleared


def answer_presence(world: World, request: PresenceRequest, *, audience: Audience) -> PresenceAnswer:
    """Compute influence on a day at the resolution the audience may see.

    The world must have been opened with the question's ``known_at``; incidents and reports after
    ``as_of`` never count.
    """
    settings = world.settings
    granted = replace(request, resolution=granted_resolution(request.resolution, audience=audience, settings=settings))
    evidence = gather_evidence(
        world.incidents,
        world.placement(granted.resolution),
        world.presence,
        world.actors,
        as_of=granted.as_of,
        settings=settings.influence,
    )
    shares = influence(evidence, granted, settings=settings.influence)
    return PresenceAnswer(
        request=granted,
        cells=clear(shares, view="presence", audience=audience, settings=settings),
        actors=clear(world.actors, view="actors", audience=audience, settings=settings),
    )
