"""kill -9 while leads are written: what was acknowledged is there, and a retry has one effect."""

from __future__ import annotations

import signal
import threading
import time

import grpc
import pytest
from leadline.v1 import lead_service_pb2 as pb

from tests.parts.messages import lead_message
from tests.parts.serving import Stubs, served_apart

LEADS_PER_WRITE = 5
WRITERS = 3


class Writer(threading.Thread):
    """Writes without end, each request under a new id, until a call fails."""

    def __init__(self, target: str, number: int) -> None:
        super().__init__()
        self._target = target
        self._number = number
        self.acknowledged: list[str] = []
        self.last = ""

    def run(self) -> None:
        with Stubs(self._target) as stubs:
            while True:
                self.last = f"w{self._number}-{len(self.acknowledged)}"
                try:
                    stubs.leads.UpsertLeads(request(self.last), timeout=5)
                except grpc.RpcError:
                    return
                self.acknowledged.append(self.last)


def request(name: str) -> pb.UpsertLeadsRequest:
    leads = [lead_message(number, f"{name}-{number}") for number in range(LEADS_PER_WRITE)]
    return pb.UpsertLeadsRequest(request_id=name, leads=[pb.LeadWrite(lead=lead) for lead in leads])


@pytest.mark.parametrize("writes_before", [1, 30, 90])
def test_acknowledged_writes_survive_and_retries_have_one_effect(home, writes_before):
    with served_apart(home) as process:
        writers = [Writer(process.wait_until_serving(), number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        give_up = time.monotonic() + 20
        while sum(len(writer.acknowledged) for writer in writers) < writes_before:
            assert time.monotonic() < give_up
            time.sleep(0.002)
        process.send(signal.SIGKILL)
        assert process.wait(5) == -signal.SIGKILL
        for writer in writers:
            writer.join()

    acknowledged = [name for writer in writers for name in writer.acknowledged]
    unknown = [writer.last for writer in writers]
    assert len(acknowledged) >= writes_before
    with served_apart(home) as process, Stubs(process.wait_until_serving()) as stubs:
        kept = ids_of(stubs)
        for name in acknowledged:
            assert {f"{name}-{number}" for number in range(LEADS_PER_WRITE)} <= kept, "an OK means it is on disk"
        for name in unknown:
            found = [f"{name}-{number}" in kept for number in range(LEADS_PER_WRITE)]
            assert all(found) or not any(found), "all of a write or nothing of it"
        for name in (*acknowledged, *unknown):
            answer = stubs.leads.UpsertLeads(request(name))
            assert (answer.created_count, answer.updated_count) == (LEADS_PER_WRITE, 0), "the first answer again"
        revisions = {stored.revision for stored in all_leads(stubs)}
        assert revisions == {1}, "no retry wrote twice"
        assert len(ids_of(stubs)) == LEADS_PER_WRITE * (len(acknowledged) + len(unknown))


def all_leads(stubs: Stubs) -> list:
    found, token = [], ""
    while True:
        page = stubs.leads.ListLeads(pb.ListLeadsRequest(page_size=1000, page_token=token))
        found.extend(page.leads)
        token = page.next_page_token
        if not token:
            return found


def ids_of(stubs: Stubs) -> set[str]:
    return {stored.lead.lead_id for stored in all_leads(stubs)}
