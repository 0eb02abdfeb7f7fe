"""What a server process writes about calls, and how callers find their own lines."""

from __future__ import annotations

import shutil
import signal

import grpc
import pytest
from leadline.v1 import lead_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_apart

SCORE = "/leadline.v1.ScoringService/Score"
GET = "/leadline.v1.LeadService/GetLead"
CALLS = {"call failed", "slow call", "incident"}


def sent_back(call: grpc.Call) -> str:
    return dict(call.trailing_metadata())["x-correlation-id"]


def run(home, *, slow: float) -> tuple[list[dict], dict[str, str]]:
    """Make calls with and without a correlation id; return the lines about calls, and the ids that came back."""
    back = {}
    with served_apart(home, slow_call_seconds=slow) as process, Stubs(process.wait_until_serving()) as stubs:
        for name, sent in (("own", "order-17"), ("none", None), ("unsafe", "two words")):
            metadata = [("x-correlation-id", sent)] if sent else []
            request = pb.ScoreRequest(lead=lead_message())
            back[name] = sent_back(stubs.scoring.Score.with_call(request, metadata=metadata)[1])
        for number in range(3):
            missing = lead_service_pb2.GetLeadRequest(lead_id="nobody")
            with pytest.raises(grpc.RpcError) as caught:
                stubs.leads.GetLead(missing, metadata=[("x-correlation-id", f"failed-{number}")])
            back[f"failed-{number}"] = sent_back(caught.value)
        process.send(signal.SIGTERM)
        process.wait(20)
    return [entry for entry in process.entries() if entry["message"] in CALLS], back


@pytest.fixture(scope="module")
def normal(active_home, tmp_path_factory):
    return run(shutil.copytree(active_home, tmp_path_factory.mktemp("normal") / "home"), slow=600)


def test_a_call_that_went_well_leaves_no_line_and_one_that_failed_leaves_one(normal):
    lines, _ = normal
    assert [(line["message"], line["method"], line["code"], line["reason"]) for line in lines] == [
        ("call failed", GET, "NOT_FOUND", "LEAD_NOT_FOUND")
    ] * 3


def test_the_line_has_the_callers_correlation_id_and_the_process(normal):
    lines, _ = normal
    assert [line["correlation_id"] for line in lines] == ["failed-0", "failed-1", "failed-2"]
    assert {line["process"] for line in lines} == {0}
    assert len({line["pid"] for line in lines}) == 1


def test_every_answer_brings_the_correlation_id_back(normal):
    _, back = normal
    assert back["own"] == "order-17"
    assert all(back[f"failed-{number}"] == f"failed-{number}" for number in range(3))


@pytest.mark.parametrize("sent", ["none", "unsafe"])
def test_without_a_safe_id_the_call_gets_one(normal, sent):
    _, back = normal
    assert len(back[sent]) == 32
    assert " " not in back[sent]


def test_slow_calls_leave_a_line(home):
    lines, back = run(home, slow=0)
    slow = [line for line in lines if line["message"] == "slow call"]
    assert {(line["method"], line["level"]) for line in slow} == {(SCORE, "warning")}
    assert [line["correlation_id"] for line in slow] == [back["own"], back["none"], back["unsafe"]]
    assert all(0 < line["seconds"] < 30 for line in slow)
