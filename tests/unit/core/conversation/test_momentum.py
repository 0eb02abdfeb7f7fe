from __future__ import annotations

from core.conversation.kinds import Momentum
from core.conversation.momentum import drive, momentum_of
from tests.parts.spoken import agent, at, feelings, lead, talk


def conversation(reads, *, hours=0.1, text="Good day to you all"):
    turns, moment = [], 0.0
    for read in reads:
        turns += [(lead(text, at(moment)), read), (agent(send_time=at(moment + 0.01)), None)]
        moment += hours
    return talk(*turns)


COOL, WARM = feelings(sentiment=-0.5), feelings(sentiment=0.6, buying=0.9, urgency=0.8)


def test_two_messages_tell_nothing():
    assert momentum_of(conversation([WARM] * 2), at(1)) is Momentum.UNKNOWN


def test_the_same_all_the_time_is_steady():
    assert momentum_of(conversation([WARM] * 6), at(1)) is Momentum.STEADY


def test_warmer_is_accelerating_and_cooler_is_not():
    assert momentum_of(conversation([COOL] * 4 + [WARM] * 2), at(1)) is Momentum.ACCELERATING
    assert momentum_of(conversation([WARM] * 4 + [COOL] * 2), at(1)) is Momentum.DECLINING
    assert momentum_of(conversation([feelings(sentiment=0.5)] * 4 + [feelings()] * 2), at(1)) is Momentum.SLOWING


def test_answers_that_come_later_slow_it_down():
    state = conversation([feelings()] * 4)
    for days in (2, 5):
        state = talk(
            (agent(send_time=at(days=days)), None),
            (lead("Good day to you all", at(days=days + 2)), feelings()),
            state=state,
        )
    assert drive(state) < -0.2
    assert momentum_of(state, at(days=7)) is Momentum.SLOWING


def test_who_does_not_answer_is_lost_more_and_more():
    state = conversation([WARM] * 6)
    assert momentum_of(state, at(days=3)) is Momentum.DECLINING
