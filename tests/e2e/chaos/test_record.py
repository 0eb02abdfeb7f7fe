"""The checker of the driver finds what it is there to find."""

from __future__ import annotations

import pytest
from leadline.v1 import lead_pb2
from leadline.v1 import lead_service_pb2 as pb

from tests.e2e.chaos.record import Record


def request(name: str, leads: int = 2) -> pb.UpsertLeadsRequest:
    writes = [pb.LeadWrite(lead=lead_pb2.Lead(lead_id=f"{name}-{n}", title=name)) for n in range(leads)]
    return pb.UpsertLeadsRequest(request_id=name, leads=writes)


def stored(*requests: pb.UpsertLeadsRequest, revision: int = 1) -> list[lead_pb2.StoredLead]:
    return [lead_pb2.StoredLead(lead=write.lead, revision=revision) for request in requests for write in request.leads]


ANSWER = pb.UpsertLeadsResponse(created_count=2)


@pytest.fixture
def record() -> Record:
    """One write that was acknowledged, and one that may have happened or not."""
    record = Record()
    for name in ("sure", "unsure"):
        record.begin(request(name))
    record.end("sure", "ok", ANSWER)
    record.end("unsure", "unknown")
    return record


@pytest.mark.parametrize("others", [[], stored(request("unsure"))])
def test_an_unanswered_write_may_be_there_or_not(record, others):
    verdict = record.check([*stored(request("sure")), *others])
    assert verdict.faults == 0
    assert (verdict.acknowledged, verdict.unacknowledged) == (1, 1)


@pytest.mark.parametrize(
    ("kept", "fault"),
    [
        ([], "missing"),
        (stored(request("sure"))[:1], "missing"),
        ([*stored(request("sure")), *stored(request("unsure"))[:1]], "torn"),
        (stored(request("sure"), revision=2), "repeated"),
        (stored(request("sure"), request("nobody's")), "foreign"),
    ],
)
def test_each_fault_is_found(record, kept, fault):
    assert getattr(record.check(kept), fault) > 0


def test_a_lead_that_was_changed_counts_as_missing(record):
    kept = stored(request("sure"))
    kept[0].lead.title = "another"
    assert record.check(kept).missing == 1


def test_two_answers_to_one_request_id_are_found(record):
    record.end("sure", "ok", ANSWER)
    assert record.check(stored(request("sure"))).answers_differ == 0
    record.end("sure", "ok", pb.UpsertLeadsResponse(updated_count=2))
    assert record.check(stored(request("sure"))).answers_differ == 1
