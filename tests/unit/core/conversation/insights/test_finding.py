from __future__ import annotations

import pytest

from core.caller import LOCAL_CALLER
from core.conversation.heads.readings import HeadUse
from core.conversation.insights.custom import ReadyType
from core.conversation.insights.finding import LEAD_FACTS_UNKNOWN, OWN_TYPES_UNKNOWN, InsightFinder
from core.conversation.insights.insight_type import InsightType
from core.conversation.insights.live import LiveInsightTypes
from core.conversation.judged import judge
from core.conversation.kinds import ConversationSource
from core.conversation.known import facts_of
from core.criteria.criterion import All, Comparison, Operator
from core.errors import DependencyDown
from tests.parts.spoken import at, feelings, lead, talk

USES = {"urgency": HeadUse(ConversationSource.MODEL, "v1")}
URGENT = Comparison(field="analysis.urgency", operator=Operator.AT_LEAST, value=0.8)
RICH = Comparison(field="lead.price", operator=Operator.GREATER, value=1_000.0)


class Leads:
    def __init__(self, facts):
        self.facts_, self.asked = facts, 0

    def facts(self, _caller, _lead_id):
        self.asked += 1
        if self.facts_ is None:
            raise DependencyDown("store")
        return self.facts_


def ready(key, criterion, **fields):
    return ReadyType.of(InsightType(key=key, title=key, criterion=criterion, **fields))


def find(types, leads, *, lead_id="l1", urgency=0.9):
    state = talk((lead(send_time=at(0)), feelings(urgency=urgency)))
    judged = judge(state, USES, None, at(0))
    finder = InsightFinder(lambda _: types, leads)
    found, warnings = finder.find(LOCAL_CALLER, lead_id, judged, facts_of(judged, list(USES.values())))
    return [one.type for one in found], list(warnings), found


def test_own_kinds_are_found_among_the_built_in_ones_by_priority():
    first, last = ready("first", URGENT, priority_score=99.0), ready("last", URGENT, priority_score=1.0)
    types, warnings, found = find([last, first], Leads({}))
    assert (types, warnings) == (["first", "urgency", "last"], [])
    assert found[0].is_custom
    assert not found[1].is_custom
    assert found[0].evidence == found[1].evidence != ()


def test_a_criterion_that_does_not_hold_shows_nothing():
    assert find([ready("own", URGENT)], Leads({}), urgency=0.7)[0] == ["urgency"]


def test_the_lead_is_looked_at_only_if_a_kind_needs_it():
    leads = Leads({"lead.price": 2_000.0})
    assert find([ready("own", URGENT)], leads)[0] == ["urgency", "own"]
    assert leads.asked == 0
    assert find([ready("own", All((URGENT, RICH)))], leads)[0] == ["urgency", "own"]
    assert leads.asked == 1
    assert find([ready("own", RICH)], leads, lead_id=None)[0] == ["urgency"]
    assert leads.asked == 1


def test_what_cannot_be_read_is_said():
    assert find([ready("own", RICH)], Leads(None))[1] == [LEAD_FACTS_UNKNOWN]
    assert find(None, Leads({}))[1] == [OWN_TYPES_UNKNOWN]


class Types:
    def __init__(self):
        self.known, self.is_down = {}, False

    def revisions(self):
        return {tenant: revision for tenant, (revision, _) in self.known.items()}

    def all(self, tenant):
        if self.is_down:
            raise DependencyDown("store")
        return self.known.get(tenant, (0, []))


@pytest.fixture
def types():
    return Types()


def test_kinds_are_kept_up_to_date(types):
    live = LiveInsightTypes(types)
    assert list(live.of("t")) == []
    types.known["t"] = (1, [InsightType(key="own", title="Own", criterion=URGENT)])
    assert list(live.of("t")) == []
    assert not live.refresh()
    assert [one.kind.key for one in live.of("t")] == ["own"]
    types.known["t"] = (2, [])
    live.changed("t")
    assert list(live.of("t")) == []


def test_a_store_that_is_down_is_no_reason_to_forget(types):
    live = LiveInsightTypes(types)
    types.is_down = True
    assert live.of("t") is None
    types.is_down = False
    assert list(live.of("t")) == []
    types.known["t"], types.is_down = (1, []), True
    assert live.refresh() == "store is not available"
    assert list(live.of("t")) == []
