from __future__ import annotations

from datetime import timedelta

import pytest

from core.conversation.kinds import Role
from core.conversation.tempo import LEAST_WAIT, MOST_WAIT, Tempo
from tests.parts.spoken import at

LEAD, AGENT = Role.LEAD, Role.AGENT


def after(*messages):
    tempo = Tempo()
    for role, moment in messages:
        tempo = tempo.after(role, 20, moment)
    return tempo


def test_it_counts_who_wrote():
    tempo = after((LEAD, at(0)), (AGENT, at(1)), (Role.SYSTEM, at(2)), (LEAD, at(3)))
    assert (tempo.message_count, tempo.lead_count, tempo.agent_count, tempo.character_count) == (4, 2, 1, 80)
    assert (tempo.last_time, tempo.lead_time, tempo.agent_time) == (at(3), at(3), at(1))


def test_times_that_fall_or_miss_are_those_of_the_message_before():
    tempo = after((LEAD, None), (LEAD, at(5)), (AGENT, at(2)), (LEAD, None))
    assert (tempo.lead_time, tempo.agent_time) == (at(5), at(5))
    assert after((LEAD, None)).last_time is None


def test_the_lead_waits_until_the_agent_writes():
    assert after((LEAD, at(0))).is_unanswered
    assert not after((LEAD, at(0)), (AGENT, at(1))).is_unanswered
    assert after((LEAD, at(0)), (Role.SYSTEM, at(1))).is_unanswered


def test_writing_again_unanswered_repeats():
    assert after((LEAD, at(0)), (LEAD, at(0.1))).repeat_count == 0
    assert after((LEAD, at(0)), (LEAD, at(2)), (LEAD, at(5))).repeat_count == 2


def test_coming_back_after_a_break_repeats():
    assert after((LEAD, at(0)), (AGENT, at(1)), (LEAD, at(days=5))).repeat_count == 1
    assert after((LEAD, at(0)), (AGENT, at(1)), (LEAD, at(days=2))).repeat_count == 0


def test_a_lead_is_quiet_only_while_it_was_written_to_last():
    assert after((LEAD, at(0))).quiet_from is None
    assert after((AGENT, at(0))).quiet_from is None
    assert after((LEAD, at(0)), (AGENT, at(1))).quiet_from == at(1) + LEAST_WAIT
    assert after((LEAD, at(0)), (AGENT, at(1)), (AGENT, at(9))).quiet_from == at(1) + LEAST_WAIT


def test_who_always_takes_its_time_may_take_it():
    slow = after((LEAD, at(0)), (AGENT, at(1)), (LEAD, at(days=1)), (AGENT, at(days=2)), (LEAD, at(days=3)))
    assert slow.patience == pytest.approx(4 * timedelta(hours=23.5), rel=0.05)
    slowest = after((LEAD, at(0)), (AGENT, at(1)), (LEAD, at(days=300)))
    assert slowest.patience == MOST_WAIT
    assert after((LEAD, at(0)), (AGENT, at(1)), (LEAD, at(1.01))).patience == LEAST_WAIT
