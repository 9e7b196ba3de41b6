"""What the Phases view says of a scenario: headline, three numbers, sites lost by name, shares per phase."""

from typing import Any

from pages._shared import data, frame, show
from pages._shared.reaching import LIMITS, MODES
from pages._shared.story import DASH, count, percent
from pages._shared.widgets import day_words, hours

_MOST_SITES = 60
_NEW = "\u00a0●"  # lost in the phase shown; it stays on the line of the name


def row_of(found: data.PhasesAnswer, phase: int, mode: str) -> dict[str, Any]:
    """What is told of a phase by a mode, without what is missing; nothing for today."""
    rows = found.phases.frame
    chosen = rows.loc[(rows["phase"] == phase) & (rows["mode"] == mode)] if len(rows) else rows
    return {str(name): value for name, value in chosen.iloc[0].dropna().items()} if len(chosen) else {}


def limit_words(found: data.PhasesAnswer) -> str:
    """The limit as people say it."""
    return LIMITS[f"{found.request.limit_min:.0f}"]


def headline(found: data.PhasesAnswer, phase: int, mode: str, *, name: str) -> tuple[str, str]:
    """Say what a phase loses."""
    row, limit = row_of(found, phase, mode), limit_words(found)
    now = row or row_of(found, 1, mode)
    about = f"Reach by {MODES[mode]}, {found.request.season} season"
    if not row:
        if not now:
            return f"{name}: no phase yet", f"{about} · add a phase, then click bases to close them"
        said = f"Today {percent(now['sites_share_before'])} of sites have a base within {limit}"
        return said, f"{name} · {about} · {percent(now['land_share_before'])} of the land"
    land = f"{percent(row['land_share_before'])} of the land today, {percent(row['land_share_after'])} after"
    if "sites_lost" not in row:
        share = f"{percent(row['sites_share_before'])} of sites within {limit} today, {percent(row['sites_share_after'])} after"
        return f"After phase {phase}: {share}", f"{about} · {land}"
    lost, title = int(row["sites_lost"]), row.get("phase_name", f"phase {phase}")
    said = (
        f"no site loses its base within {limit}"
        if not lost
        else f"{count(lost)} site{'s have' if lost > 1 else ' has'} no base within {limit}"
    )
    when = f" ({day_words(row['begins_on'])})" if "begins_on" in row else ""
    return f"After {title}{when}, {said}", f"{name} · {about} · {land}" if name else f"{about} · {land}"


def numbers(found: data.PhasesAnswer, phase: int, mode: str) -> list[show.Number]:
    """Share within the limit today and after, sites lost, what becomes no eyes."""
    row = row_of(found, phase, mode)
    if not row:
        return _today(found, mode)
    shown = [
        show.Number(
            value=f"{100 * row['sites_share_before']:.0f} → {percent(row['sites_share_after'])}",
            about=f"of sites\nwithin {limit_words(found)}",
        )
    ]
    if "sites_lost" in row:
        people = f"{count(row['people_lost'])} people" if row["people_before"] else "people not recorded"
        shown.append(show.Number(value=count(row["sites_lost"]), about=f"sites lost,\n{people}"))
    if "no_eyes_km2_after" in row:
        more = row["no_eyes_km2_after"] - row["no_eyes_km2_before"]
        shown.append(show.Number(value=f"{count(more)}", about="km² become\nno eyes"))
    elif "land_share_after" in row:
        land = f"{100 * row['land_share_before']:.0f} → {percent(row['land_share_after'])}"
        shown.append(show.Number(value=land, about="of the land"))
    return shown


def _today(found: data.PhasesAnswer, mode: str) -> list[show.Number]:
    """What any phase is held against; nothing where there is no phase yet."""
    if not (row := row_of(found, 1, mode)):
        return []
    return [
        show.Number(value=percent(row["sites_share_before"]), about=f"of sites within\n{limit_words(found)} today"),
        show.Number(value=percent(row["land_share_before"]), about="of the land,\ntoday"),
    ]


def lost_table(found: data.PhasesAnswer, phase: int, mode: str) -> None:
    """Sites beyond the limit in a phase, the most people first; those lost in it are marked."""
    rows = found.lost.frame
    lost = rows.loc[(rows["phase"] == phase) & (rows["mode"] == mode)] if len(rows) else rows
    if lost.empty:
        show.caveat("No site falls out of the limit in this mode. Look at the other modes too.", "mind")
        return
    show.label("Sites that lose reach, by people; ● in this phase")
    ranked = lost.sort_values("people", ascending=False, na_position="last", kind="stable")
    shown = [
        (
            show.Lines(first=str(row["site"]) + (_NEW if row["first_lost"] else ""), below=str(row["p_code"])),
            show.Lines(first=f"{hours(row['before_min'])} → {hours(row['after_min'])}", below=_people(row["people"])),
            show.Lines(first=str(row["next_base"]), below=_others(int(row["backup_before"]))),
        )
        for row in ranked.head(_MOST_SITES).fillna({"next_base": "none", "p_code": DASH}).to_dict("records")
    ]
    show.rows_table(shown, header=("Site, p-code", "today → after", "next base"), right=[1])
    if len(lost) > _MOST_SITES:
        show.label(f"and {count(len(lost) - _MOST_SITES)} more; all of them are in the files")


def _others(bases: int) -> str:
    """How many others reached a site before."""
    return "no backup" if not bases else f"{bases} in backup"


def _people(people: float | None) -> str:
    """People of a site; said, not shown as none, where they are not known."""
    return "people not known" if people is None or people != people else f"{count(people)} people"  # noqa: PLR0124


def phases_table(found: data.PhasesAnswer, phase: int) -> None:
    """Shares per phase by every mode asked: what an audience may know that may not see bases."""
    rows = []
    for row in found.phases.frame.to_dict("records"):
        lost = (count(row["people_lost"]),) if "people_lost" in row else ()
        rows.append(
            (
                f"Phase {row['phase']}",
                f"{100 * row['sites_share_before']:.0f} → {percent(row['sites_share_after'])}",
                f"{100 * row['land_share_before']:.0f} → {percent(row['land_share_after'])}",
                *lost,
            )
        )
    header = ("", "sites within", "land within", *(("people lost",) if rows and len(rows[0]) > 3 else ()))
    show.rows_table(rows, header=header, right=list(range(1, len(header))), chosen=phase - 1 if phase else None)


def withheld() -> tuple[str, str]:
    """Why there are no bases on the page."""
    return (
        f"Bases are withheld from the audience {frame.audience_name()}",
        "Where bases stand is dangerous if leaked; choose task force or case team to work on a drawdown",
    )
