"""What admits a request that no road or flight of a plan reaches: another way to go, or another base."""

from collections.abc import Sequence
from dataclasses import replace

from geo.missions.planner import Option
from geo.missions.plans import Plan
from geo.text import Sentence, join_sentences

_NO_WAY = ("drop_no_way_there", "drop_no_way_back")


def admit_elsewhere(options: Sequence[Option]) -> tuple[Option, ...]:
    """Complete why requests are left out that one way cannot reach: by which others, each tried, they are served.

    What serves them is told by how it goes and from which base, each once, in the order of the options. Other reasons
    stay, and know what would admit them already.

    Parameters
    ----------
    options
        Every option found for the same requests, those too that others beat.
    """
    return tuple(
        replace(option, plan=replace(option.plan, dropped=_completed(option.plan, options))) for option in options
    )


def _completed(plan: Plan, options: Sequence[Option]) -> dict[str, str]:
    return {request: _admitted(request, why, options) for request, why in plan.dropped.items()}


def _admitted(request: str, why: str, options: Sequence[Option]) -> str:
    if not isinstance(why, Sentence) or why.key not in _NO_WAY:
        return why
    serving = {
        (option.plan.mode, option.plan.base_id): Sentence(
            f"admit_{option.plan.mode}", base=Sentence("drop_named", stop=option.plan.base_id)
        )
        for option in options
        if request in option.plan.request_ids
    }
    if not serving:
        return Sentence("drop_nowhere", why=why)
    return Sentence("drop_fits", why=why, ways=join_sentences("drop_or", list(serving.values())))
