"""Silent risks here: one report called certain; a sure leader where two are even; how many reports there are told to
those who may not know."""

import pytest

from geo.answers.presence import answer_presence
from geo.model import Audience, PresenceRequest
from geo.settings import Settings
from tests.toy_country import COUNTRY_TABLES, DAY, event, table_top

ASKED = PresenceRequest(as_of=DAY, resolution=5, intervals=True)


def cells(settings: Settings, *reports, audience: Audience = Audience.CASE_TEAM):
    world = table_top(settings, {**COUNTRY_TABLES, "incidents": list(reports)})
    return answer_presence(world, ASKED, audience=audience).cells.frame


def test_one_report_makes_a_leader_and_no_certainty(settings: Settings) -> None:
    found = cells(settings, event(1, "2020-06-10", "exact"))
    assert (found["influence_share"] == 1).all()
    assert (found["share_high"] == 1).all()
    assert (found["share_low"] < 0.3).all()


def test_even_evidence_leaves_it_open_and_much_of_it_settles_it(settings: Settings) -> None:
    even = cells(settings, event(1, "2020-06-10", "exact"), event(2, "2020-06-10", "exact", actor_a="Blue Band"))
    assert even["lead_uncertain"].all()
    many = [event(n, "2020-06-10", "exact") for n in range(1, 20)]
    sure = cells(settings, *many, event(20, "2020-06-10", "exact", actor_a="Blue Band"))
    assert not sure["lead_uncertain"].any()
    assert (sure["share_low"] <= sure["influence_share"]).all()
    assert (sure["influence_share"] <= sure["share_high"]).all()
    leaders = sure.loc[sure["rank"] == 1]
    assert (leaders["share_low"] > 0.7).all()


@pytest.mark.parametrize(("audience", "told"), [(Audience.CLUSTER, False), (Audience.TASK_FORCE, True)])
def test_an_interval_would_tell_the_number_of_reports(settings: Settings, audience: Audience, *, told: bool) -> None:
    found = cells(settings, event(1, "2020-06-10", "exact"), audience=audience)
    assert "effective_reports" not in found.columns
    assert ("share_low" in found.columns) is told
    assert "lead_uncertain" in found.columns
