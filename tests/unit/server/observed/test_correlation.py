from __future__ import annotations

import re

import pytest

from server.observed.correlation import correlation_of

FRESH = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("sent", ["a", "order-17", "00-4bf9/2f:x_y.z+1=@", "x" * 128])
def test_a_safe_id_of_the_caller_is_kept(sent):
    assert correlation_of([("other", "1"), ("x-correlation-id", sent)]) == sent


@pytest.mark.parametrize(
    "sent", ["", "x" * 129, "two words", "line\nbreak", "end\n", "=1+1", "-x", "näh", '"', "{}", "a\x00", b"bytes"]
)
def test_any_other_is_replaced_by_a_fresh_one(sent):
    assert FRESH.fullmatch(correlation_of([("x-correlation-id", sent)]))


@pytest.mark.parametrize("metadata", [None, [], [("x-other", "a")]])
def test_without_one_each_call_gets_its_own(metadata):
    first, second = correlation_of(metadata), correlation_of(metadata)
    assert FRESH.fullmatch(first)
    assert first != second
