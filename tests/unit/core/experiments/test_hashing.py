from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.hashing import SEGMENTS, Purpose, mixed, prefix, segment_of, share_of, word

ROOT = Path(__file__).resolve().parents[4]
VECTORS = json.loads((ROOT / "clients/python/leadline/assignment_vectors.json").read_text(encoding="utf-8"))
numbers = st.integers(0, 2**64 - 1)


def test_the_published_vectors_are_what_the_server_does():
    done = subprocess.run(
        [sys.executable, "scripts/assignment_vectors.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_every_process_says_the_same_whatever_its_hash_seed(seed):
    code = (
        "from tests.parts.assigners import assigner_of, names_of; "
        "print(','.join(names_of(assigner_of(dict.fromkeys('abc', 1 / 3)), map(str, range(300)))))"
    )
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    from tests.parts.assigners import assigner_of, names_of

    here = names_of(assigner_of(dict.fromkeys("abc", 1 / 3)), map(str, range(300)))
    assert done.stdout.strip().split(",") == here


def test_the_finalizer_is_that_of_splitmix64():
    """The first three numbers of SplitMix64 from the seed 1234567, as published with its reference code."""
    golden, state = 0x9E3779B97F4A7C15, 1234567
    drawn = [mixed((state + step * golden) % 2**64) for step in (1, 2, 3)]
    assert drawn == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_different_parts_never_make_the_same_bytes():
    seen = [
        prefix(Purpose.UNIT, "a") + b"b",
        prefix(Purpose.UNIT, "ab"),
        prefix(Purpose.VARIANT, "a") + b"b",
        prefix(Purpose.UNIT, "") + b"ab",
    ]
    assert len(set(seen)) == len(seen)


def test_purpose_salt_and_text_each_make_another_number():
    base = word(prefix(Purpose.UNIT, "salt"), "user-1")
    others = {
        word(prefix(Purpose.UNIT, "salt"), "user-2"),
        word(prefix(Purpose.UNIT, "other"), "user-1"),
        *(word(prefix(purpose, "salt"), "user-1") for purpose in Purpose if purpose is not Purpose.UNIT),
    }
    assert len(others) == 6
    assert base not in others


@settings(derandomize=True)
@given(numbers)
def test_a_share_lies_strictly_between_0_and_1(value):
    assert 0.0 < share_of(value) < 1.0


def test_the_ends_of_the_range_are_the_middles_of_the_outer_cells():
    assert share_of(0) == 2.0**-53
    assert share_of(2**64 - 1) == 1.0 - 2.0**-53
    assert share_of(0xFFF) == share_of(0)
    assert share_of(0x1000) > share_of(0)


@settings(derandomize=True)
@given(numbers, numbers)
def test_segments_rise_with_the_number(first, second):
    assert 0 <= segment_of(first) < SEGMENTS
    assert (segment_of(first) <= segment_of(second)) == (first <= second) or segment_of(first) == segment_of(second)


def test_the_outer_segments_hold_the_ends():
    assert segment_of(0) == 0
    assert segment_of(2**64 - 1) == SEGMENTS - 1


def test_the_vectors_lie_far_from_where_two_roundings_of_a_logarithm_could_differ():
    """So that every language agrees with them, whatever the last digit of its logarithm."""
    from math import log

    for made in VECTORS["experiments"]:
        salt = made["salt"] or made["name"]
        shares = {entry["name"]: entry["traffic_percentage"] / 100.0 for entry in made["variants"]}
        variant, unit = prefix(Purpose.VARIANT, salt), prefix(Purpose.UNIT, salt)
        seeds = [(word(variant, name), share) for name, share in shares.items() if share > 0.0]
        for number in range(made["many"]["count"]):
            base = word(unit, f"unit-{number}")
            first, second, *_ = sorted(-log(share_of(mixed(base ^ seed))) / share for seed, share in seeds)
            assert second - first > 1e-12 * second
