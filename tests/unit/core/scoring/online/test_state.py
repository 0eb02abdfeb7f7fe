from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.registry.fields import Problem
from core.scoring.online.platt import Weights
from core.scoring.online.state import MOST_BYTES, OnlineState, replayed, state_from_json, state_to_json
from core.scoring.online.update import OnlineUpdate, update_from_json, update_to_json

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
VERSION, OTHER = "v20260101_120000_1a2b3c4d", "v20260102_120000_1a2b3c4d"


def an_update(number: int, *, said: float | None = None, probability: float = 0.2, outcome: int = 0, **changes):
    update = OnlineUpdate(
        version=VERSION,
        lead_id=f"lead-{number}",
        label_key=f"{number:064x}",
        probability=probability,
        said=probability if said is None else said,
        score_time=BEGIN + timedelta(seconds=number),
        outcome=outcome,
        previous=None,
    )
    return replace(update, **changes)


UPDATES = st.lists(
    st.builds(
        an_update,
        st.integers(0, 10_000),
        said=st.floats(0, 1),
        probability=st.floats(0, 1),
        outcome=st.sampled_from([0, 1]),
        previous=st.sampled_from([None, None, None, 0, 1]),
        version=st.sampled_from([VERSION, VERSION, VERSION, OTHER]),
    ),
    min_size=1,
    max_size=60,
)


def learned(updates):
    """Learn one by one, each state through its JSON, and keep what the log would hold."""
    state, log = OnlineState(version=updates[0].version), []
    for update in updates:
        state = state_from_json(state_to_json(state.after(update)))
        log.append((update.lead_id, update.label_key, update_to_json(update, state.filter.weights)))
    return state, log


@given(UPDATES)
@settings(max_examples=50, deadline=None)
def test_replaying_the_log_gives_the_same_state_bit_for_bit(updates):
    state, log = learned(updates)
    read = [update_from_json(text, lead, key) for lead, key, text in log]
    assert replayed(update for update, _ in read) == state
    assert state_to_json(replayed(update for update, _ in read)) == state_to_json(state)
    for position, (_, weights) in enumerate(read, 1):
        assert replayed(update for update, _ in read[:position]).filter.weights == weights


@given(UPDATES)
@settings(max_examples=30, deadline=None)
def test_the_state_is_small(updates):
    assert len(state_to_json(learned(updates)[0])) < MOST_BYTES / 2


def test_another_version_starts_from_nothing_and_the_count_goes_on():
    state = replayed([an_update(0, outcome=1), an_update(1, outcome=1), an_update(2, version=OTHER)])
    assert (state.version, state.sequence, state.start_sequence, state.update_count) == (OTHER, 3, 2, 1)
    alone = replayed([an_update(2, version=OTHER)])
    assert state.filter == alone.filter


def test_a_later_label_of_the_same_lead_moves_weights_and_settles_no_bet():
    before = replayed([an_update(0, outcome=0)])
    after = before.after(an_update(0, outcome=1, previous=0, label_key="b" * 64))
    assert (after.update_count, after.correction_count, after.sequence) == (1, 1, 2)
    assert (after.loss, after.better, after.worse) == (before.loss, before.better, before.worse)
    assert after.filter.weights.bias > 0 > before.filter.weights.bias
    same = before.after(an_update(0, outcome=0, previous=0, label_key="b" * 64))
    assert (same.filter, same.correction_count, same.sequence) == (before.filter, 0, 2)


def stream(seed: int, length: int, *, shift: float, base: float = -1.4) -> OnlineState:
    """Return a learner after a stream of leads whose true log odds are ``shift`` above what the version says."""
    source = random.Random(seed)
    state, ever = OnlineState(version=VERSION), False
    for number in range(length):
        log_odds = source.gauss(base, 1.0)
        probability, truth = 1 / (1 + math.exp(-log_odds)), 1 / (1 + math.exp(-log_odds - shift))
        said = state.filter.weights.corrected(probability)
        outcome = int(source.random() < truth)
        state = state.after(an_update(number, said=said, probability=probability, outcome=outcome))
        ever = ever or state.proven
    return replace(state, proven=ever)


def test_where_there_is_nothing_to_gain_it_is_hardly_ever_proven():
    """1,000 streams of a version that is right: at most 5 % may ever be called proven."""
    assert sum(stream(seed, 200, shift=0.0).proven for seed in range(1_000)) <= 50


def test_a_base_rate_that_doubles_is_proven_soon_and_costs_less():
    streams = [stream(seed, 800, shift=0.9) for seed in range(40)]
    assert sum(state.proven for state in streams) >= 36
    assert all(state.mean_loss < state.mean_version_loss for state in streams)


def test_what_was_proven_can_be_lost_again():
    source, state = random.Random(5), OnlineState(version=VERSION)

    def tell(state: OnlineState, truth: float, said: float) -> OnlineState:
        return state.after(an_update(state.sequence, said=said, outcome=int(source.random() < truth)))

    while not state.proven:
        state = tell(state, 0.5, said=0.5)
        assert state.sequence < 500
    assert state.worse.e_value == 1.0
    while state.proven:
        state = tell(state, 0.2, said=0.5)
        assert state.sequence < 1_500
    assert state.better.e_value == 1.0


def test_an_update_takes_less_than_a_millisecond():
    state = OnlineState(version=VERSION)
    begun = time.perf_counter()
    for number in range(1_000):
        state = state.after(an_update(number))
    assert time.perf_counter() - begun < 1.0


GOOD = state_to_json(replayed([an_update(n, outcome=n % 2) for n in range(5)]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nonsense",
        GOOD + " ",
        GOOD.replace('"proven":false', '"proven":0'),
        GOOD.replace('"proven":false', '"proven":false,"proven":false'),
        GOOD.replace('"sequence":5', '"sequence":-5'),
        GOOD.replace('"sequence":5', '"sequence":5.0'),
        GOOD.replace('"bias":', '"bias":NaN,"b":'),
        GOOD.replace('"slope_variance":0.', '"slope_variance":7.'),
        GOOD.replace('"better":[', '"better":[1.0,'),
        GOOD.replace('"version":"v', '"version":"/v'),
        GOOD + "x" * MOST_BYTES,
    ],
)
def test_a_state_that_is_not_one_is_refused(text):
    assert text != GOOD
    with pytest.raises(Problem):
        state_from_json(text)


@pytest.mark.parametrize("changes", [{"outcome": 2}, {"previous": -1}, {"said": 1.5}, {"probability": float("nan")}])
def test_an_update_is_built_valid_or_not_at_all(changes):
    with pytest.raises(ValueError, match="must be"):
        an_update(1, **changes)


def test_weights_of_the_log_come_back():
    text = update_to_json(an_update(1), Weights(bias=0.1, slope=-0.2))
    assert update_from_json(text, "lead-1", f"{1:064x}") == (an_update(1), Weights(bias=0.1, slope=-0.2))
