"""Layers and words of the Armed actors page: who leads, who is contested by whom, how sure that is."""

import datetime as dt
from collections.abc import Mapping

from geo.layers import palette
from geo.layers.spec import CellLayer, Field, HatchLayer, LayerSpec, LegendEntry
from geo.layers.style import Alike, Kinds
from geo.redaction import Cleared
from pages._shared import data, frame, show
from pages._shared.maps import facts
from pages._shared.story import DASH, count, percent
from pages._shared.widgets import day_words

VIEWS = {"strongest": "Strongest", "contested": "Contested"}
_NOBODY = {"": palette.OTHERS}
_UNCONTESTED = "#DDDCD4"
_TOOLTIP = (
    Field(column="actor"),
    Field(column="influence_share", label="share of evidence", decimals=2),
    Field(column="share_low", label="at least", decimals=2),
    Field(column="share_high", label="at most", decimals=2),
    Field(column="evidence", label="reports in reach", decimals=1),
    Field(column="newest_evidence_days", label="newest evidence", suffix=" days old"),
)


def colours_of(actors: Cleared) -> dict[str, str]:
    """Colour of each actor that has one of its own."""
    if "colour" not in actors.columns:
        return {}
    own = actors.frame.loc[actors.frame["colour"].notna()]
    return dict(zip(map(str, own["actor_id"]), map(str, own["colour"]), strict=True))


def names_of(present: data.PresenceAnswer) -> dict[str, str]:
    """Name by id, strongest first; none where actors are withheld."""
    actors = present.actors
    if "actor_id" not in actors.columns:
        return {}
    return dict(zip(map(str, actors.frame["actor_id"]), map(str, actors.frame["actor"]), strict=True))


def layers(present: data.PresenceAnswer, day: dt.date, *, view: str, only: str) -> list[LayerSpec]:
    """Cells of one view: who leads them, or who contests them; hatched where the leader is uncertain.

    With ``only``, every cell where that one actor has a share.
    """
    if only:
        return [_cells(present, day, where={"actor_id": [only]}, rims=False, only=only)]
    if view == "contested":
        return [_uncontested(present.cells, day), _cells(present, day, where={"contested": [True]}, rims=True)]
    return [_cells(present, day, where={"rank": [1]}, rims=False), *_uncertain(present.cells, day)]


def _cells(
    present: data.PresenceAnswer, day: dt.date, *, where: Mapping[str, list[object]], rims: bool, only: str = ""
) -> CellLayer:
    """Actor per cell, filled by share and pale where the evidence is old; the second actor as a rim."""
    colours = colours_of(present.actors) or _NOBODY
    if only:
        colours = {only: colours.get(only, palette.OTHERS)}
    rim = "rim: second actor · " if rims else "filled by share · "
    return CellLayer(
        **facts(present.cells, day, "incidents", "presence"),
        title="Actor",
        unit="share of dated evidence",
        modelled=True,
        fill=Kinds(
            column="actor_id",
            styles=colours,
            labels=names_of(present),
            other=None if only else palette.OTHERS,
        ),
        rank="rank" if rims else None,
        where=where,
        share="influence_share",
        pale="newest_evidence_days",
        pale_above=data.settings().influence.live_evidence_days,
        pills=True,
        notes=(LegendEntry(shape="note", label=f"{rim}pale: evidence older than a year"),),
        tooltip=_TOOLTIP,
    )


def _uncontested(cells: Cleared, day: dt.date) -> CellLayer:
    """Cells with evidence where no second actor has enough of it."""
    return CellLayer(
        **facts(cells, day, "incidents", "presence"),
        title="Not contested",
        unit="cells",
        modelled=True,
        fill=Alike(style=_UNCONTESTED, label="evidence of one actor above all"),
        where={"contested": [False], "rank": [1]},
        tooltip=_TOOLTIP,
    )


def _uncertain(cells: Cleared, day: dt.date) -> list[LayerSpec]:
    """Cells where the evidence is too thin or too even to tell who leads; nothing where that was not asked."""
    if "lead_uncertain" not in cells.columns:
        return []
    return [
        HatchLayer(
            **facts(cells, day, "incidents", "presence"),
            title="leader uncertain",
            unit="cells",
            modelled=True,
            look="doubt",
            where={"lead_uncertain": [True], "rank": [1]},
        )
    ]


def headline(present: data.PresenceAnswer, *, view: str, only: str = "") -> tuple[str, str]:
    """Say who leads most and how much is contested, or between whom; or what one actor leads."""
    known = data.known_at()
    subtitle = f"Share of dated evidence per actor and cell, as of {day_words(present.request.as_of)}"
    subtitle += f", from what was known on {day_words(known)}" if known else ""
    if "actor" not in present.actors.columns:
        return f"Armed actors are withheld from the audience {frame.audience_name()}", subtitle
    led = present.actors.frame.sort_values("cells_led", ascending=False)
    if led.empty:
        return "No evidence of any actor up to this day", subtitle
    if only:
        one = led.loc[led["actor_id"] == only].iloc[0]
        leads = f"{one['actor']} leads {count(one['cells_led'])} cells and is in {count(one['cells_contested'])} contested ones"
        return f"{leads}; last evidence {one['newest_evidence_days']:.0f} days old", subtitle
    if view == "contested":
        return _contest(present), subtitle
    names = " and ".join(led["actor"].head(2))
    most = f"{names} lead most cells" if len(led) > 1 else f"{names} leads all cells with evidence"
    return f"{most}; {percent(_contested(present))} of cells with evidence are contested", subtitle


def _contest(present: data.PresenceAnswer) -> str:
    """Say between whom most cells are contested."""
    pairs = present.contests.frame
    share = percent(_contested(present))
    if pairs.empty:
        return "No cell with evidence is contested"
    first = pairs.iloc[0]
    return f"{first['one']} and {first['other']} contest most cells; {share} of cells with evidence are contested"


def contests_table(present: data.PresenceAnswer, *, most: int = 8) -> None:
    """Pairs of actors by the cells they contest."""
    pairs = present.contests.frame
    if pairs.empty:
        show.caveat("No cell with evidence is contested. That is no sign that nobody else is there.", "blind")
        return
    rows = [
        (f"{row['one']} – {row['other']}", f"{row['cells']}", f"{row['newest_evidence_days']:.0f} d")
        for row in pairs.head(most).to_dict("records")
    ]
    show.rows_table(rows, header=("Between", "cells", "both seen within"), right=[1, 2])


def _contested(present: data.PresenceAnswer) -> float:
    cells = present.cells.frame
    leaders = cells.loc[cells["rank"] == 1]
    return float(leaders["contested"].mean()) if len(leaders) else float("nan")


def not_drawn(present: data.PresenceAnswer) -> tuple[str, ...]:
    """What the picture does not say, and in how many cells it cannot tell who leads."""
    said = ["blank cells: no evidence, which is not no actor"]
    cells = present.cells.frame
    if "lead_uncertain" in cells.columns and len(cells):
        share = float(cells.loc[cells["rank"] == 1, "lead_uncertain"].mean())
        chance = data.settings().influence.sure_lead_chance
        said.append(f"leader uncertain (chance below {percent(chance)}) in {percent(share)} of cells")
    return tuple(said)


def fading_words() -> str:
    """How a report blurs and fades, for the legend."""
    rules = data.settings().influence
    months = [days / 30.4 for days in (*rules.half_life_days_by_mobility.model_dump().values(), rules.half_life_days)]
    return f"kernel {rules.kernel_km:g} km, half-life {min(months):.0f} to {max(months):.0f} months by mobility"


def numbers(present: data.PresenceAnswer) -> list[show.Number]:
    """Actors with evidence, contested share, median age of the newest evidence."""
    if "actor" not in present.actors.columns:
        return [show.Number(value=DASH, about="armed actors")]
    cells = present.cells.frame
    leaders = cells.loc[cells["rank"] == 1]
    return [
        show.Number(value=count(len(present.actors.frame)), about="actors with\nevidence"),
        show.Number(value=percent(_contested(present)), about="of cells\ncontested"),
        show.Number(
            value=f"{leaders['newest_evidence_days'].median():.0f} d" if len(leaders) else DASH,
            about="median age of\nnewest evidence",
        ),
    ]
