"""Scenarios as they are kept: which there are, who changed them when and why, one opened at a version, one saved."""

import datetime as dt
import re
import secrets
import unicodedata
from dataclasses import dataclass

from geo.answers.world import World
from geo.drawdown.keeping import rows_to_keep
from geo.drawdown.scenarios import Scenario, scenario_of
from geo.errors import RequestError, StaleVersionError, UnknownRecordError, WithheldError
from geo.model import Audience
from geo.redaction import Cleared, clear, sees_any
from geo.schema import REGISTRY_TABLES
from geo.workspace import Workspace

VIEW = "scenario_records"
_BLANK = {name: "" for name in REGISTRY_TABLES["measures"].column_names if name != "measure_id"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScenariosAnswer:
    """Scenarios kept in the workspace."""

    scenarios: Cleared  # a row each: id, name, note, version, author, recorded_at, reason; the newest change first
    kept: int  # how many; what an audience that may not see them may know


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SaveRequest:
    """A scenario to be kept, why, and the version it was opened at."""

    scenario: Scenario  # without an id it is kept as a new one
    reason: str
    version: int = 0  # 0 = it is new


def answer_scenarios(world: World, *, audience: Audience) -> ScenariosAnswer:
    """List the scenarios that are kept."""
    kept = world.records("scenarios").merge(world.notes("scenarios"), on="scenario_id", how="left")
    newest = kept.sort_values(["recorded_at", "scenario_id"], ascending=[False, True], kind="stable")
    return ScenariosAnswer(
        scenarios=clear(newest, view=VIEW, audience=audience, settings=world.settings), kept=len(kept)
    )


def answer_revisions(world: World, scenario_id: str, *, audience: Audience) -> Cleared:
    """Tell every version of a scenario, the newest first: who, when, why.

    Raises
    ------
    UnknownRecordError
        When there never was one of that id.
    """
    require_sight(world, audience)
    rows = world.revisions("scenarios", scenario_id).sort_values("version", ascending=False)
    return clear(rows, view=VIEW, audience=audience, settings=world.settings)


def open_scenario(world: World, scenario_id: str, *, version: int | None = None, audience: Audience) -> Scenario:
    """Return a scenario as it is kept, or as it was at an earlier version.

    Raises
    ------
    WithheldError
        When the audience may not see what a scenario does to which base.
    UnknownRecordError
        When there is none of that id or version.
    """
    require_sight(world, audience)
    rows = world.revisions("scenarios", scenario_id)
    chosen = rows.loc[rows["version"] == (rows["version"].max() if version is None else version)]
    if chosen.empty:
        raise UnknownRecordError(f"scenario {scenario_id!r} has no version {version}; choose one from its history")
    # It stood as it was until the next version; its measures may have been imported after it.
    later = rows.loc[rows["version"] > chosen["version"].iloc[0], "recorded_at"]
    until = None if later.empty else later.min().to_pydatetime() - dt.timedelta(microseconds=1)
    return scenario_of(chosen.iloc[0].to_dict(), world.records("measures", at=until))


def nth_scenario(world: World, number: int) -> Scenario:
    """Return a scenario by its place in the list, before the gate: for an answer that clears what is told of it.

    Raises
    ------
    UnknownRecordError
        When fewer are kept.
    """
    kept = world.records("scenarios")
    if not 0 <= number < len(kept):
        raise UnknownRecordError("no scenario is kept here; build one first")
    return scenario_of(kept.iloc[number].to_dict(), world.records("measures"))


def save_scenario(workspace: Workspace, world: World, request: SaveRequest, *, audience: Audience) -> tuple[str, int]:
    """Keep a scenario with all its measures as one revision; return its id and version.

    Raises
    ------
    WithheldError
        When the audience may not see, and so may not write, what a scenario does.
    RequestError, SchemaError
        When it has no name or reason, a phase does nothing, or a measure lacks what its kind needs.
    StaleVersionError
        When somebody saved it since the version it was opened at.
    """
    require_sight(world, audience)
    if not request.reason.strip():
        raise RequestError("write a reason: it stays beside the scenario for those who come after")
    scenario_id = request.scenario.scenario_id or f"{_slug(request.scenario.name)}-{secrets.token_hex(2)}"
    told, measures = rows_to_keep(request.scenario, scenario_id)
    kept = workspace.table("measures")
    before = set(kept.loc[kept["scenario_id"].eq(scenario_id).to_numpy(dtype=bool), "measure_id"].astype(str))
    now = {row["measure_id"] for row in measures}
    try:
        (_, version), *_ = workspace.record_all(
            [("scenarios", told), *(("measures", {**_BLANK, **row}) for row in measures)],
            reason=request.reason,
            expect_versions={("scenarios", scenario_id): request.version},
            remove=[("measures", one) for one in sorted(before - now)],
        )
    except StaleVersionError as error:
        raise StaleVersionError(
            f"somebody saved {request.scenario.name!r} since you opened it; open theirs beside it, or save yours "
            "under a new name"
        ) from error
    return scenario_id, version


def require_sight(world: World, audience: Audience) -> None:
    """Refuse to tell or change what scenarios do to those who may not see it.

    Raises
    ------
    WithheldError
        When the audience may not.
    """
    if not sees_any(VIEW, audience=audience, settings=world.settings):
        raise WithheldError(f"scenarios tell which bases close; they are withheld from the audience {audience}")


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40] or "scenario"
