"""Layers of the Phases view: reach on both sides of the swipe, what is lost, who is blind, and the bases."""

from geo.layers.spec import Field, HatchLayer, LayerSpec, PointLayer
from geo.layers.style import Kinds, SymbolName
from geo.redaction import Cleared
from pages._shared import data, maps
from pages._shared.drawdown.adding import LAYER
from pages._shared.reaching import LIMITS

_SIGNS: dict[SymbolName, str] = {
    "base": "base",
    "hq": "headquarters",
    "thinned": "gives less",
    "added": "comes",
    "closing": "closed",
}


def phase_layers(found: data.PhasesAnswer, shown: data.PhaseMapAnswer, today: Cleared) -> list[LayerSpec | None]:
    """Stack the layers of a phase; of today, where no phase is chosen."""
    day, limit_min = shown.request.as_of, shown.request.limit_min
    label, mode = f"beyond {LIMITS[f'{limit_min:.0f}']}", str(shown.request.modes[0])
    if not shown.phase:
        return [maps.beyond(today, day, label=label), maps.reach(today, day, limit_min=limit_min), bases(shown)]
    return [
        maps.beyond(today, day, label=label, side="before"),
        maps.beyond(shown.cells, day, label=label, side="after"),
        maps.reach(today, day, limit_min=limit_min, side="before"),
        maps.reach(shown.cells, day, limit_min=limit_min, side="after"),
        maps.lost(shown.cells, day, side="after"),
        no_eyes(found, shown),
        bases(shown),
        maps.lost_sites(found.lost, day, where={"phase": [shown.phase], "mode": [mode]}),
    ]


def no_eyes(found: data.PhasesAnswer, shown: data.PhaseMapAnswer) -> HatchLayer:
    """Cells nobody could report from any more."""
    return HatchLayer(
        **maps.facts(found.no_eyes, shown.request.as_of, "bases", "base_years"),
        title="becomes no eyes",
        unit="cells",
        side="after",
        where={"phase": [shown.phase]},
        look="fell",
    )


def bases(shown: data.PhaseMapAnswer) -> PointLayer:
    """Bases of the day and of the scenario so far, by what became of them.

    The legend is the same in every phase, so that the map keeps its height from click to click.
    """
    signs = _SIGNS if shown.phase else {name: _SIGNS[name] for name in ("base", "hq")}
    return PointLayer(
        **maps.facts(shown.bases, shown.request.as_of, "bases", "base_years"),
        title=LAYER,
        unit="bases",
        symbol=Kinds(column="symbol", styles={name: name for name in signs}, labels=dict(signs)),
        label="name",
        importance="headquarters",
        id_column="base_id",
        tooltip=(
            Field(column="name"),
            Field(column="organisation", label="organisation"),
            Field(column="state", label="in this phase", spoken=True),
            Field(column="why", label="because"),
        ),
    )
