"""Which records of duties an audience may know of at all. It stands before the gate, which knows columns only."""

import pandas as pd

from geo.answers.world import World
from geo.errors import WithheldError
from geo.model import Audience
from geo.redaction import may_see


def duties_for(world: World, audience: Audience) -> pd.DataFrame:
    """Records of duties without those of a sensitive kind, unless the audience may see them; before the gate."""
    rows = world.records("duties")
    if may_see("handover_sensitive", "kind", audience=audience, settings=world.settings):
        return rows
    kept: pd.DataFrame = rows.loc[~rows["kind"].isin(world.settings.handover.sensitive_kinds).to_numpy(dtype=bool)]
    return kept


def check_duty(world: World, duty_id: str, *, audience: Audience) -> None:
    """Refuse a record that is none the audience may know of; one that does not exist is let through.

    Raises
    ------
    WithheldError
        When the duty is of a sensitive kind, and the audience may not see those.
    """
    rows = world.records("duties")
    if duty_id in set(rows["duty_id"]) - set(duties_for(world, audience)["duty_id"]):
        raise WithheldError(f"the audience {audience} may not edit this duty; choose another audience")
