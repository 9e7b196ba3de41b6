from .evidence import (
    HotspotsAnswer,
    MovementAnswer,
    MrmAnswer,
    ObservationAnswer,
    TrendAnswer,
    hotspots,
    movement,
    mrm,
    observation,
    trend,
)
from .importing import ImportRecord, StateAnswer, rejects, state, take_in, withdraw
from .moving import (
    GapsAnswer,
    ReachAnswer,
    RouteRequest,
    RoutesAnswer,
    SegmentAnswer,
    constraints,
    ends,
    escort_radius,
    exposure,
    gaps,
    off_roads,
    reach,
    roads,
    route,
    segment,
    skill,
)
from .opening import KNOWN_AT_KEY, Audience, Choices, base, choices, known_at, settings, span
from .picture import (
    ChangesAnswer,
    HexbinAnswer,
    PresenceAnswer,
    bases,
    cell_months,
    changes,
    hexbin,
    hexbin_table,
    presence,
    records,
)
from .recording import ActorAnswer, Change, FormAnswer, actor, form, save
from .reviewing import (
    NameDecision,
    NamesAnswer,
    PairAnswer,
    ReviewAnswer,
    Verdict,
    decide,
    names,
    pair,
    review,
    settle,
)
