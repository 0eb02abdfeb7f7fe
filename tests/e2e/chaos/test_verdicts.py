"""What the end of a call tells."""

from __future__ import annotations

import grpc
import pytest

from tests.e2e.chaos.random_messages import all_methods, raw_bytes, sample_leads, valid_wire
from tests.e2e.chaos.verdicts import verdict_of, was_refused


class Ended(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode, details: str, trailers: tuple = ()) -> None:
        super().__init__()
        self._ended = code, details, trailers

    def code(self) -> grpc.StatusCode:
        return self._ended[0]

    def details(self) -> str:
        return self._ended[1]

    def trailing_metadata(self) -> tuple:
        return self._ended[2]


RICH = (("grpc-status-details-bin", b""),)
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("error", "verdict", "refused"),
    [
        (Ended(UNAVAILABLE, "shutting down", RICH), "UNAVAILABLE refused", True),
        (Ended(grpc.StatusCode.RESOURCE_EXHAUSTED, "full", RICH), "RESOURCE_EXHAUSTED refused", True),
        (Ended(UNAVAILABLE, "failed to connect to all addresses"), "UNAVAILABLE not connected", False),
        (Ended(UNAVAILABLE, "RST_STREAM with error code 7"), "UNAVAILABLE not begun", True),
        (Ended(UNAVAILABLE, "Socket closed"), "UNAVAILABLE lost", False),
        (Ended(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded"), "DEADLINE_EXCEEDED lost", False),
    ],
)
def test_who_ended_a_call_is_told(error, verdict, refused):
    assert verdict_of(error) == verdict
    assert was_refused(verdict) is refused


def test_a_seed_gives_the_same_requests_again():
    from random import Random

    leads = sample_leads()

    def some() -> list[bytes]:
        random = Random(5)
        return [make(random, method, leads) for method in all_methods() for make in (valid_wire, raw_bytes)]

    assert some() == some()
