from __future__ import annotations

import pytest

from core.conversation.levels import HALF_LIFE, MEMORY, MOST_EVIDENCE, Level, Trend
from core.conversation.reading import SignalReading
from tests.parts.spoken import signal, span

QUIET = SignalReading(probability=0.0, is_present=False)


def after(level, *reads):
    for read in reads:
        level = level.after(read)
    return level


def test_what_was_read_counts_half_after_a_half_life_of_messages():
    level = after(Level(), signal(0.8), *[QUIET] * HALF_LIFE)
    assert level.probability == pytest.approx(0.4)


def test_the_larger_of_old_and_new_counts():
    assert after(Level(), signal(0.6), signal(0.9)).probability == 0.9
    assert after(Level(), signal(0.9), signal(0.6)).probability == pytest.approx(0.9 * 0.5 ** (1 / HALF_LIFE))


def test_it_stays_present_for_some_messages():
    level = after(Level(), signal(0.8), *[QUIET] * (MEMORY - 1))
    assert level.is_present
    assert not level.after(QUIET).is_present
    assert not Level().is_present


def test_evidence_is_of_the_newest_messages_newest_first():
    level = Level()
    for index in range(MOST_EVIDENCE + 3):
        level = level.after(SignalReading(probability=0.9, is_present=True, evidence=(span(index),)))
    assert [one.message_index for one in level.spans] == list(range(MOST_EVIDENCE + 2, 2, -1))


def test_what_is_called_off_is_forgotten():
    level = after(Level(), signal(0.9)).called_off(QUIET)
    assert (level.probability, level.is_present, level.spans) == (0.0, False, ())


def test_a_trend_follows_fast_and_slowly():
    trend = Trend()
    for _ in range(20):
        trend = trend.after(1.0)
    assert trend.change == pytest.approx(0.0)
    risen = trend.after(3.0).after(3.0)
    assert risen.fast == pytest.approx(2.5)
    assert 1.2 < risen.slow < 1.5
    assert risen.change > 0.5


def test_the_first_values_count_fully():
    assert Trend().after(4.0).change == 0.0
    assert Trend().after(4.0).slow == 4.0
