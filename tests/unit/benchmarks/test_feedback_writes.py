from __future__ import annotations

from collections import Counter

import pytest

from core.caller import LOCAL_CALLER
from core.feedback.recording import FeedbackIntake
from core.scoring.token import TokenSigner
from server.convert.feedback import explicit_from_wire
from tests.benchmarks.feedback_writes import Figures, Sent, table_of, write_request
from tests.parts.clock import SetClock

SECRET = b"s" * 32


def figures(milliseconds, failures=(), lost=0):
    steady = Sent(milliseconds, [str(n) for n in range(len(milliseconds))], Counter(failures), seconds=1.0)
    return Figures(
        rate=100,
        processes=0,
        steady=steady,
        killed=Sent(),
        lost=lost,
        doubled=0,
        settings={"fsync": "on"},
        wal_syncs=7,
        server_cpu=0.5,
    )


def test_percentiles_are_of_what_was_acknowledged():
    sent = Sent([float(n) for n in range(100, 0, -1)])
    assert (sent.percentile(0.5), sent.percentile(0.99), sent.percentile(1.0)) == (51.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("milliseconds", "failures", "verdict"),
    [([1.0] * 100, [], "met"), ([1.0] * 98 + [30.0] * 2, [], "missed"), ([1.0] * 100, ["UNAVAILABLE"], "missed")],
)
def test_the_bar_is_met_without_slow_and_without_failed_writes_only(milliseconds, failures, verdict):
    text = table_of(figures(milliseconds, failures))
    assert f"(bar 20 ms: {verdict})" in text
    assert "`fsync = on`" in text


def test_every_write_is_valid_and_of_its_own():
    intake = FeedbackIntake(TokenSigner(SECRET).read, SECRET, SetClock())
    ids = {
        explicit_from_wire(write_request(f"w-{n}", n), LOCAL_CALLER, intake).feedback.feedback_id for n in range(600)
    }
    assert len(ids) == 600
