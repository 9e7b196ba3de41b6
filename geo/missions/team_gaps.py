"""Where no team could be formed that keeps the rules, whatever the day, and what is missing there.

Asked is what a visit with girls to interview asks. Who is absent or booked counts as there: this is about who there is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from geo.missions.fewest import Shortage, find_shortages
from geo.missions.needs import Ask
from geo.missions.plans import Need, Post
from geo.missions.roster import SEPARATOR, Available
from geo.missions.teams import in_conflict
from geo.settings import TeamSettings

TOO_FAR = "reach"  # stands for a shortage where no base reaches a place
HERE, DISTRICT, NOT_KNOWN = "requests here", "requests in the district", "not known"
Tongues = tuple[frozenset[str], ...]  # of each set one language must be spoken


def find_team_gaps(
    places: pd.DataFrame,
    reached: pd.DataFrame,
    joined: Mapping[str, Available],
    *,
    need: Need,
    settings: TeamSettings,
) -> pd.DataFrame:
    """Tell for each place whether some base could send a team that keeps every rule, and what is short if not.

    Parameters
    ----------
    places
        Columns ``p_code`` (missing where none is known) and ``tongues`` (:data:`Tongues`). Not changed.
    reached
        As :func:`geo.access.reach.reach_each` gives it: base, position of the place, minutes within the limit.
    joined
        Who and what can set out from each base; see :func:`geo.missions.roster.find_standing`.
    need
        What every visit asks; place and languages come from ``places``.

    Returns
    -------
    DataFrame
        Index of ``places``. ``met``; ``base_id`` and ``time_min`` of the nearest base that could send a team, else of the
        one that lacks least (missing where none reaches the place); ``short``: resources, joined by ``;``;
        ``because``: the same in words.
    """
    found: dict[tuple[str, Tongues, frozenset[str]], tuple[Shortage, ...]] = {}
    near = dict(iter(reached.groupby("target")))
    told = []
    for position, (p_code, tongues) in enumerate(zip(places["p_code"], places["tongues"], strict=True)):
        codes = frozenset() if pd.isna(p_code) else frozenset({str(p_code)})
        here = _with_place(need, codes, tongues)
        options = []
        rows = near.get(position)
        for base_id, time_min in () if rows is None else zip(rows["base_id"], rows["time_min"], strict=True):
            crew = joined[base_id]
            torn = frozenset(post.staff_id for post in crew.posts if in_conflict(post, here))
            key = (base_id, tongues, torn)
            if key not in found:
                found[key] = find_shortages(_without(crew.posts, torn), crew.vehicles, here, settings)
            options.append((len(found[key]), float(time_min), str(base_id), found[key]))
        told.append(_told(options))
    columns = ["met", "base_id", "time_min", "short", "because"]
    table = pd.DataFrame(told, columns=columns, index=places.index)
    return table.astype({"met": bool, "base_id": "string", "time_min": float, "short": "string", "because": "string"})


def spoken_where(asks: Sequence[Ask], sites: pd.Series, districts: pd.Series) -> pd.DataFrame:
    """Return which languages a team needs at each site, and from what that is known.

    The sets of languages that requests at a site name; where they name none, the set most often named in its district
    (the first by spelling on a tie); else none is asked for.

    Parameters
    ----------
    asks
        Requests that stand at a site: the index of ``sites`` in their order is ``Ask.request_id``.
    sites
        Site of each request, by request id.
    districts
        District of each site, by site id; missing where none is known. Not changed, like the others.

    Returns
    -------
    DataFrame
        ``tongues``, ``basis``; index of ``districts``.
    """
    own: dict[str, Tongues] = {}
    named: dict[str, Counter[frozenset[str]]] = {}
    for ask in asks:
        site = str(sites.get(ask.request_id, ""))
        if not ask.languages:
            continue
        own[site] = tuple(dict.fromkeys((*own.get(site, ()), ask.languages)))
        district = districts.get(site)
        if not pd.isna(district):
            named.setdefault(str(district), Counter())[ask.languages] += 1
    rows: list[tuple[Tongues, str]] = []
    for site, district in zip(districts.index, districts, strict=True):
        counts = None if pd.isna(district) else named.get(str(district))
        if str(site) in own:
            rows.append((own[str(site)], HERE))
        elif counts:
            rows.append(((min(counts, key=lambda one: (-counts[one], sorted(one))),), DISTRICT))
        else:
            rows.append(((), NOT_KNOWN))
    return pd.DataFrame(rows, columns=["tongues", "basis"], index=districts.index)


def _with_place(need: Need, codes: frozenset[str], tongues: Tongues) -> Need:
    return replace(need, p_codes=need.p_codes | codes, languages=(*need.languages, *tongues))


def _without(posts: Sequence[Post], left: frozenset[str]) -> tuple[Post, ...]:
    return tuple(post for post in posts if post.staff_id not in left)


def _told(
    options: Sequence[tuple[int, float, str, tuple[Shortage, ...]]],
) -> tuple[bool, str | None, float, str, str]:
    """The best base: one that lacks nothing, else the least; then the nearest; then the first by id."""
    if not options:
        return False, None, float("inf"), TOO_FAR, "no base reaches it within the limit"
    lacks, time_min, base_id, shortages = min(options, key=lambda option: option[:3])
    short = SEPARATOR.join(dict.fromkeys(shortage.resource for shortage in shortages))
    return lacks == 0, base_id, time_min, short, ", ".join(map(str, shortages))
