from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.errors import InvalidInput
from core.monitoring.reference import bin_counts, reference_arrays, reference_from_arrays
from core.monitoring.sketch import (
    PROBABILITY_BINS,
    UNIT,
    empty_sketch,
    merge,
    merged,
    sketch_from_bytes,
    sketch_of,
    sketch_to_bytes,
)

WIDTH = 3
_GENERATOR = np.random.default_rng(5)
TRAINING = _GENERATOR.normal(size=(200, WIDTH)).astype(np.float32)
TRAINING[:, 1] = TRAINING[:, 1] > 0
TRAINING[:40, 2] = np.nan
REFERENCE = reference_from_arrays(reference_arrays(TRAINING, _GENERATOR.random(200)))

rows = npst.arrays(
    np.float32,
    st.tuples(st.integers(1, 20), st.just(WIDTH)),
    elements=st.floats(-4, 4, width=32) | st.just(np.nan),
)
answers = rows.flatmap(
    lambda made: st.tuples(
        st.just(made), npst.arrays(np.float64, len(made), elements=st.floats(0, 1, allow_subnormal=False))
    )
)


def sketch(answered, threshold=0.5):
    return sketch_of(*answered, REFERENCE, threshold)


def same(a, b):
    return sketch_to_bytes(a) == sketch_to_bytes(b)


@settings(deadline=None, max_examples=60)
@given(answers, answers, answers)
def test_merging_is_exact_in_any_order(first, second, third):
    a, b, c = sketch(first), sketch(second), sketch(third)
    at_once = sketch(tuple(np.concatenate(parts) for parts in zip(first, second, third, strict=True)))
    assert same(merge(merge(a, b), c), at_once)
    assert same(merge(a, merge(b, c)), at_once)
    assert same(merged([c, a, b], WIDTH), at_once)
    assert same(merge(a, empty_sketch(WIDTH)), a)


@settings(deadline=None, max_examples=60)
@given(answers)
def test_every_sum_is_what_counting_one_by_one_gives(answered):
    values, probabilities = answered
    found = sketch(answered, threshold=0.3)
    for column in range(WIDTH):
        known = values[:, column][~np.isnan(values[:, column])].astype(np.float64)
        assert found.counts[column].tolist() == bin_counts(known, REFERENCE.edges[column]).tolist()
        assert found.missing[column] == len(values) - len(known)
        assert found.below[column] == sum(known < REFERENCE.minimum[column])
        assert found.above[column] == sum(known > REFERENCE.maximum[column])
        assert (found.minimum[column], found.maximum[column]) == (
            min(known, default=np.inf),
            max(known, default=-np.inf),
        )
    assert found.row_count == len(values) == found.probability_counts.sum()
    assert found.probability_sum * UNIT == pytest.approx(probabilities.sum(), abs=1e-8)
    assert found.variance_sum * UNIT == pytest.approx((probabilities * (1 - probabilities)).sum(), abs=1e-8)
    assert found.positive_count == sum(probabilities >= 0.3)
    assert found.positive_sum * UNIT == pytest.approx(probabilities[probabilities >= 0.3].sum(), abs=1e-8)


@settings(deadline=None, max_examples=60)
@given(answers)
def test_bytes_bring_it_back(answered):
    assert same(sketch_from_bytes(sketch_to_bytes(sketch(answered))), sketch(answered))


def test_both_ends_of_the_probabilities_are_counted():
    found = sketch((np.zeros((2, WIDTH), dtype=np.float32), np.array([0.0, 1.0])))
    assert (found.probability_counts[0], found.probability_counts[PROBABILITY_BINS - 1]) == (1, 1)


def test_an_hour_of_many_features_stays_small():
    width = 400
    training = _GENERATOR.normal(size=(500, width)).astype(np.float32)
    reference = reference_from_arrays(reference_arrays(training, _GENERATOR.random(500)))
    busy = sketch_of(np.repeat(training, 20, axis=0), _GENERATOR.random(10_000), reference, 0.5)
    assert len(sketch_to_bytes(busy)) < 16_000


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda body: body[:20],
        lambda body: b"XXXX" + body[4:],
        lambda body: body[:-10],
        lambda body: body[:4] + b"\xff\xff\xff\xff" + body[8:],
        lambda body: body[:4] + b"\x04\x00\x00\x00" + body[8:],
    ],
)
def test_damaged_bytes_are_refused(damage):
    body = sketch_to_bytes(sketch((TRAINING, np.full(200, 0.5))))
    with pytest.raises(InvalidInput, match="sketch"):
        sketch_from_bytes(damage(body))


def test_sketches_of_other_features_do_not_mix():
    with pytest.raises(ValueError, match="cannot be merged"):
        merge(empty_sketch(2), empty_sketch(3))
    assert merged([empty_sketch(2)], 3).width == 3
