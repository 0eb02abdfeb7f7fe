from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from training.conversation.descent import descend

RANDOM = np.random.default_rng(4)
CURVATURES = np.geomspace(0.1, 100.0, 40).astype(np.float32)
BOTTOM = RANDOM.normal(size=40).astype(np.float32)
START = np.zeros(40, dtype=np.float32)


def bowl(at):
    away = at - BOTTOM
    return float(0.5 * (CURVATURES * away) @ away), CURVATURES * away


def test_the_bottom_is_found():
    found = descend(bowl, START, most_steps=500, tolerance=0.0, flat=1e-5)
    assert found == pytest.approx(BOTTOM, abs=1e-3)
    assert found.dtype == np.float32


def test_it_never_goes_up_and_ends_in_time():
    values = [bowl(descend(bowl, START, most_steps=steps, tolerance=0.0, flat=0.0))[0] for steps in range(12)]
    assert values[0] == bowl(START)[0]
    assert all(after < before for before, after in pairwise(values))


def test_at_the_bottom_it_stays():
    assert descend(bowl, BOTTOM, most_steps=10, tolerance=0.0, flat=1e-6) is BOTTOM


def test_a_function_without_a_way_down_ends_it():
    def steep(at):
        return (0.0 if np.array_equal(at, START) else 1.0), np.ones_like(at)

    assert descend(steep, START, most_steps=10, tolerance=0.0, flat=0.0) is START


def test_a_small_gain_is_enough():
    rough = descend(bowl, START, most_steps=500, tolerance=0.1, flat=0.0)
    fine = descend(bowl, START, most_steps=500, tolerance=1e-7, flat=0.0)
    assert bowl(fine)[0] < bowl(rough)[0] < bowl(START)[0]
