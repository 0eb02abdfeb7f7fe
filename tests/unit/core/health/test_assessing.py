"""The use case while what it asks does not answer; over a real server it is tested in integration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.behavior.live import LeadBehavior
from core.caller import LOCAL_CALLER, Caller, Role
from core.conversation.facts_store import StoredFacts
from core.errors import DependencyDown, InvalidInput, NotFound
from core.health.assessing import HealthDesk
from core.health.fields import ALL_FIELDS, LEAD_ATTRIBUTES
from core.health.health import LeadLevel
from core.health.standing import level_at
from core.health.unwritten import Unwritten, with_readings
from core.identifiers import LeadId
from core.lead import Lead
from core.scoring.result import ScoreWarning
from core.scoring.stored_leads import KnownLead
from tests.parts.clock import SetClock
from tests.parts.health import NOTHING_DONE, READY, busy, lead_score

DOWN = DependencyDown("store")


def either(answer):
    """Return what was set up, or raise it."""
    if isinstance(answer, Exception):
        raise answer
    return answer


class World:
    """A desk over parts that answer what a test sets; what it offers is stored when the test says so."""

    def __init__(self):
        self.lead = Lead(lead_id=LeadId("l1"), title="Loft", price=9.5, attributes={"source": "web", "visits": 3.0})
        self.score_of, self.stored, self.before = lead_score(0.4), [], None
        self.done = busy()
        self.offered = []
        self.clock = SetClock()
        self.unwritten = Unwritten()
        self.desk = HealthDesk(self, self, self, self, self.offered.append, self.unwritten, self.clock)

    def known(self, caller, lead):
        return KnownLead(lead=either(self.lead), is_stored=True)

    def score_known(self, caller, known, *, limit=0):
        return either(self.score_of)

    def of_lead(self, tenant, lead_id):
        return either(self.stored)

    def try_get(self, tenant, lead_id, moment_us, *, within=None):
        if isinstance(self.done, DependencyDown):
            return None
        done = NOTHING_DONE | self.done
        return LeadBehavior(
            values=done,
            event_count=int(done["total_interactions"]),
            last_event_us=None,
            up_to_sequence=0,
            moment_us=moment_us,
        )

    def get(self, tenant, lead_id, moment_us=None):
        if moment_us is None:
            return either(self.before)
        either(self.done)
        return self.try_get(tenant, lead_id, moment_us)

    def talk(self, facts, hours_ago=0.0):
        then = self.clock.now - timedelta(hours=hours_ago)
        self.stored = [
            StoredFacts(
                lead_id=LeadId("l1"),
                conversation_id="c",
                message_count=4,
                last_message_time=then,
                lead_message_time=then,
                facts={f"analysis.{name}": value for name, value in facts.items()},
                update_time=then,
            )
        ]

    def assess(self, caller=LOCAL_CALLER):
        return self.desk.assess(caller, "l1")


@pytest.fixture
def world():
    return World()


def codes(assessed):
    return [warning.code for warning in assessed.health.warnings]


def type_of(name):
    prefixes = [prefix for prefix in ALL_FIELDS if prefix.endswith(".") and name.startswith(prefix)]
    return ALL_FIELDS.get(name) or ALL_FIELDS[prefixes[0]]


def test_the_facts_are_those_of_the_fields(world):
    world.talk(READY)
    facts = world.assess().facts
    types = {"text": str, "number": (int, float), "flag": bool, "texts": tuple, "any": object}
    for name, value in facts.items():
        assert isinstance(value, types[type_of(name).value]), name
    assert facts["lead.title"] == "Loft"
    assert facts[f"{LEAD_ATTRIBUTES}visits"] == 3.0
    assert facts["behavior.total_interactions"] == 10.0
    assert facts["analysis.is_pre_approved"] is True
    assert facts["health.level"] in set(LeadLevel)
    assert facts["health.conversion_probability"] == 0.4
    assert "lead.category" not in facts
    assert "health.trend" not in facts


def test_of_a_lead_that_is_not_stored_its_events_speak(world):
    world.lead = NotFound("lead", "l1")
    assessed = world.assess()
    assert assessed.health.conversion_probability is None
    assert "lead.has_email" not in assessed.facts
    assert assessed.facts["lead.age_days"] == 0.0
    world.done = {}
    with pytest.raises(NotFound):
        world.assess()


def test_whether_there_is_such_a_lead_must_be_known(world):
    world.lead, world.done = NotFound("lead", "l1"), DOWN
    with pytest.raises(DependencyDown):
        world.assess()


def test_a_seller_has_only_stored_leads(world):
    world.lead = NotFound("lead", "l1")
    seller = Caller(tenant=LOCAL_CALLER.tenant, actor="ann", roles=frozenset({Role.SELLER}), owner_id="ann")
    with pytest.raises(NotFound):
        world.assess(seller)


def test_a_malformed_id_names_its_field(world):
    with pytest.raises(InvalidInput) as raised:
        world.desk.assess(LOCAL_CALLER, "no spaces")
    assert raised.value.violations[0].field == "lead_id"


@pytest.mark.parametrize(
    ("what", "code"),
    [("done", "BEHAVIOR_UNKNOWN"), ("stored", "CONVERSATIONS_UNKNOWN"), ("before", "LEVEL_UNKNOWN")],
)
def test_what_cannot_be_looked_up_is_said_and_the_rest_answers(world, what, code):
    world.talk(READY)
    setattr(world, what, DOWN)
    assessed = world.assess()
    assert codes(assessed) == [code]
    assert assessed.health.health_score > 20.0
    assert not world.offered


@pytest.mark.parametrize("what", ["done", "stored"])
def test_what_cannot_be_looked_up_moves_no_level(world, what):
    world.talk(READY)
    high = world.assess().health
    setattr(world, what, DOWN)
    world.clock.advance(7200.0)
    blind = world.assess().health
    assert blind.health_score < high.health_score
    assert (blind.level, blind.level_time, blind.level_changes) == (high.level, high.level_time, high.level_changes)
    assert len(world.offered) == 1


def test_a_model_that_fails_for_a_moment_moves_no_level(world):
    world.talk(READY)
    world.score_of = lead_score(0.9)
    high = world.assess().health
    failed = ScoreWarning(code="MODEL_FAILED", message="The model does not work now; the answer is a fallback.")
    world.score_of = replace(lead_score(0.01), warnings=(failed,))
    world.clock.advance(7200.0)
    low = world.assess().health
    assert level_at(low.health_score, high.level) is not high.level
    assert (low.level, low.level_changes, codes(world.assess())) == (high.level, (), ["MODEL_FAILED"])


def test_the_next_answer_knows_the_last_one_before_it_is_written(world):
    world.score_of = lead_score(0.2)
    low = world.assess().health
    world.talk(READY)
    world.clock.advance(60.0)
    high = world.assess().health
    assert (low.level, high.level_changes[0].from_level) == (LeadLevel.WARMING_UP, LeadLevel.WARMING_UP)
    assert high.level_time == world.clock.now
    world.clock.advance(60.0)
    again = world.assess().health
    assert (again.level, again.level_time, again.level_changes) == (high.level, high.level_time, high.level_changes)
    assert len(world.offered) == 2
    world.before = with_readings(None, world.offered)
    world.unwritten.written(world.offered)
    assert world.assess().health.level_changes == high.level_changes


def test_a_reading_is_stored_once_an_hour_while_nothing_changes(world):
    for _ in range(13):
        world.assess()
        world.clock.advance(600.0)
    assert [reading.read_time.hour for reading in world.offered] == [9, 10, 11]


def test_the_trend_follows_from_what_is_stored(world):
    for _ in range(5):
        world.assess()
        world.before = with_readings(world.before, world.offered)
        world.clock.advance(24 * 3600.0)
    world.talk(READY)
    assert world.assess().health.trend_points_per_week > 5.0


def test_the_same_moment_and_knowledge_give_the_same_answer(world):
    world.talk(READY)
    world.before = with_readings(None, [])
    first = world.assess()
    world.unwritten.written(world.offered)
    assert world.assess() == first


def test_a_margin_keeps_the_level_of_before(world):
    """A health that wanders about a bound by less than the margin keeps its level."""
    found = []
    for probability in (0.33, 0.30, 0.36, 0.31, 0.35, 0.32) * 3:
        world.score_of = lead_score(probability)
        world.clock.advance(60.0)
        found.append(world.assess().health)
    assert {level_at(health.health_score, None) for health in found} == {LeadLevel.WARMING_UP, LeadLevel.ENGAGED}
    assert len({health.level for health in found}) == 1
