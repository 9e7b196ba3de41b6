"""Which colour each actor has: the one on its record for good, else one dealt to those named most, whatever the day."""

import pandas as pd

# All >= 3:1 over land; any pair dE >= 22.5 normal, 16.6 deutan, 16.9 protan, 7.6 tritan (CIEDE2000 after Machado et
# al. 2009).
ACTOR_COLOURS = ("#514CB1", "#CF7B5E", "#2D4325", "#589BA3", "#63294B", "#C54C79", "#578DFB", "#8F5E07")


def deal_colours(actors: pd.DataFrame, parties: pd.DataFrame) -> dict[str, str]:
    """Return the colour of each actor that has one; all others are drawn alike.

    Parameters
    ----------
    actors
        Table under the actors contract; a recorded colour is never changed nor given to another. Not changed.
    parties
        Who stands in each incident, of all days, as :func:`geo.actors.identity.resolve_actors` gives it. Not changed.

    Returns
    -------
    dict
        Colour as ``#RRGGBB`` by ``actor_id``. As many colours as are left of the eight go to the actors without a
        recorded one that most incidents name (ties by id), so that a colour means the same on every day.
    """
    recorded = actors.loc[actors["colour"].notna()]
    colours = dict(zip(recorded["actor_id"].astype(str), recorded["colour"].astype(str), strict=True))
    taken = {colour.upper() for colour in colours.values()}
    free = [colour for colour in ACTOR_COLOURS if colour not in taken][: max(len(ACTOR_COLOURS) - len(colours), 0)]
    named = parties.loc[~parties["actor_id"].isin(list(colours)), "actor_id"].astype(str).value_counts()
    ordered = sorted(named.items(), key=lambda one: (-int(one[1]), str(one[0])))
    return colours | {str(actor): colour for (actor, _), colour in zip(ordered, free, strict=False)}
