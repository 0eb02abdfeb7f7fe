from __future__ import annotations

import pytest

from server.admission.bucket import RateLimits, TokenBucket


def test_a_second_of_calls_may_come_at_once_and_then_one_for_each_token():
    bucket = TokenBucket(rate=4, now=0.0)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, 0, 0.25]
    assert bucket.take(0.2) == pytest.approx(0.05)
    assert bucket.take(0.25) == 0
    assert bucket.take(0.25) > 0


def test_calls_that_were_not_made_are_not_saved_up_for_longer_than_a_second():
    bucket = TokenBucket(rate=2, now=0.0)
    assert [bucket.take(3600.0) == 0 for _ in range(3)] == [True, True, False]


def test_a_rate_below_one_lets_one_call_through_at_a_time():
    bucket = TokenBucket(rate=0.5, now=0.0)
    assert bucket.take(0.0) == 0
    assert bucket.take(0.0) == 2.0
    assert bucket.take(2.0) == 0


def test_each_tenant_has_a_bucket_of_its_own():
    limits = RateLimits(1, timer=lambda: 5.0)
    assert limits.take("a") == 0
    assert limits.take("a") == 1.0
    assert limits.take("b") == 0


def test_a_rate_of_zero_is_no_limit():
    limits = RateLimits(0)
    assert not any(limits.take("a") for _ in range(1000))
