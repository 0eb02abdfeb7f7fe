from __future__ import annotations

import json
from importlib.resources import files

import grpc
import leadline
import pytest
from leadline import Lead
from leadline.throttle import REASON, Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def held_back(throttle: Throttle, calls: int, *, answers_every: int = 0) -> int:
    """Make calls of which the server answers some; return how many were not sent."""
    held = sent = 0
    for _ in range(calls):
        try:
            throttle.check("m")
        except leadline.ResourceExhausted:
            held += 1
            continue
        sent += 1
        if answers_every and sent % answers_every == 0:
            throttle.answered("m")
    return held


def test_nothing_is_held_back_while_calls_are_answered():
    assert held_back(Throttle(chance=lambda: 0.0), 1_000, answers_every=1) == 0


def test_a_few_refusals_hold_nothing_back():
    assert held_back(Throttle(chance=lambda: 0.0), 20) == 0


def test_when_all_calls_are_refused_most_are_held_back():
    numbers = iter(range(10_000))
    throttle = Throttle(Clock(), chance=lambda: (next(numbers) * 0.618) % 1.0)
    assert held_back(throttle, 1_000) > 850


def test_a_method_that_is_refused_does_not_hold_back_another():
    throttle = Throttle(Clock(), chance=lambda: 0.0)
    held_back(throttle, 100)
    throttle.check("another")


def test_after_some_seconds_without_refusals_everything_is_sent_again():
    clock = Clock()
    throttle = Throttle(clock, chance=lambda: 0.0)
    held_back(throttle, 100)
    with pytest.raises(leadline.ResourceExhausted) as caught:
        throttle.check("m")
    assert caught.value.reason == REASON
    assert caught.value.retry_after.total_seconds() > 0
    clock.now += 4
    throttle.check("m")


def test_the_client_holds_calls_back_while_the_server_refuses_them(client, server):
    server.fail("Score", *[grpc.StatusCode.RESOURCE_EXHAUSTED] * 200)
    reasons = []
    for _ in range(200):
        with pytest.raises(leadline.ResourceExhausted) as caught:
            client.score(Lead(lead_id="a"))
        reasons.append(caught.value.reason)
    assert reasons.count(REASON) > 50
    assert len(server.calls["Score"]) == 200 - reasons.count(REASON)


def test_the_published_files_are_what_grpc_takes():
    read = {name: json.loads(files("leadline").joinpath(name).read_text()) for name in published()}
    assert all(isinstance(value, int) for value in read["channel_options.json"].values())
    assert read["service_config.json"]["retryThrottling"] == {"maxTokens": 500, "tokenRatio": 0.5}
    assert read["channel_options.json"]["grpc.keepalive_time_ms"] >= 10_000, "the server allows no more pings"


def published() -> tuple[str, str]:
    return "service_config.json", "channel_options.json"
