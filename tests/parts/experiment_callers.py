"""Callers that score leads in an experiment and send each conversion 1 to 5 times, until every call was answered."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import grpc

from tests.parts.experiments import Tried
from tests.parts.serving import Stubs

T = TypeVar("T")
VALUE = 7.0
"""What each conversion is worth."""
PATIENCE_SECONDS = 60.0
AWAY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}


class Caller(threading.Thread):
    """Scores leads and tells of their conversions; what was not answered is sent again.

    Args:
        target: Of the server.
        experiment: To score in.
        leads: Numbers of the leads to take on; None ends one caller.
    """

    def __init__(self, target: str, experiment: str, leads: queue.SimpleQueue[int | None]) -> None:
        # A test that failed does not wait for those that wait for leads.
        super().__init__(daemon=True)
        self._target = target
        self._experiment = experiment
        self._leads = leads
        self.exposed: dict[str, str] = {}
        """Acknowledged: lead to variant."""
        self.converted: Counter[str] = Counter()
        """How often a lead's conversion was acknowledged."""
        self.cut_off = 0
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            with Stubs(self._target) as stubs:
                self._work(Tried(stubs))
        except BaseException as problem:
            self.problem = problem
            raise

    def _work(self, tried: Tried) -> None:
        while (number := self._leads.get()) is not None:
            lead_id = lead_id_of(number)
            answer = self._answered(lambda lead_id=lead_id: tried.score(self._experiment, lead_id))
            assert not answer.warnings, answer.warnings
            self.exposed[lead_id] = answer.variant
            for words in conversions_of(number):
                token = answer.attribution_token
                self._answered(lambda words=words, lead_id=lead_id, token=token: told(tried, lead_id, token, words))
                self.converted[lead_id] += 1

    def _answered(self, call: Callable[[], T]) -> T:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return call()
            except grpc.RpcError as failure:
                if failure.code() not in AWAY or time.monotonic() > give_up:
                    raise
                self.cut_off += 1
                time.sleep(0.05)


def lead_id_of(number: int) -> str:
    return f"lead-{number:04d}"


def conversions_of(number: int) -> list[tuple[str, str]]:
    """Return (request id, feedback id) of what is sent for a lead: nothing for every third one."""
    if number % 3 == 0:
        return []
    times = 1 + number % 5
    again = {
        "the same request": [(f"end-{number}", "")] * times,
        "another request each": [(f"end-{number}-{time}", "") for time in range(times)],
        "a correction each": [(f"end-{number}-{time}", f"end-{number}") for time in range(times)],
    }
    return list(again.values())[number // 3 % 3]


def told(tried: Tried, lead_id: str, token: str, words: tuple[str, str]) -> None:
    request_id, feedback_id = words
    tried.convert(request_id, lead_id, token, feedback_id=feedback_id, conversion_value=VALUE)
