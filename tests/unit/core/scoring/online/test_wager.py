from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scoring.online.wager import LARGEST_GAIN, LARGEST_STAKE, Wager

STREAMS = 2_000
LENGTH = 300


def ever_proven(gains) -> bool:
    game = Wager()
    for gain in gains:
        game = game.after(gain)
        if game.proves:
            return True
    return False


def fair(random_source: random.Random) -> float:
    """Return a gain with mean 0: small losses often, a large win seldom, as where few leads convert."""
    return 0.9 if random_source.random() < 0.1 else -0.1


def test_without_a_gain_at_most_five_percent_of_streams_are_ever_proven():
    """Exactly fair gains are the worst case of "no gain"."""
    proven = 0
    for seed in range(STREAMS):
        source = random.Random(seed)
        proven += ever_proven(fair(source) for _ in range(LENGTH))
    assert proven <= 0.05 * STREAMS


def test_a_true_gain_is_proven():
    source = random.Random(1)
    assert ever_proven(fair(source) + 0.05 for _ in range(1_000))


@given(st.lists(st.floats(-LARGEST_GAIN, LARGEST_GAIN), max_size=200))
def test_wealth_stays_above_nothing_and_the_stake_within_its_limits(gains):
    game = Wager()
    for gain in gains:
        assert 0.0 <= game.stake() <= LARGEST_STAKE
        game = game.after(gain)
        assert game.e_value > 0.0


@given(st.lists(st.floats(-LARGEST_GAIN, LARGEST_GAIN), max_size=50), st.floats(-2, 2), st.floats(-2, 2))
def test_the_stake_is_set_before_the_gain_is_known(gains, one, other):
    game = Wager()
    for gain in gains:
        game = game.after(gain)
    stake = game.stake()
    for gain in (one, other):
        assert game.after(gain).e_value == pytest.approx(game.e_value * (1 + stake * gain))


def test_a_gain_outside_the_limits_is_cut_off():
    assert Wager().after(100.0) == Wager().after(LARGEST_GAIN)
