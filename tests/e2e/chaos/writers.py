"""Callers that write leads and put everything on record."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from leadline.v1 import lead_pb2, lead_service_pb2_grpc
from leadline.v1 import lead_service_pb2 as pb

from tests.e2e.chaos.channels import open_channel
from tests.e2e.chaos.record import Record
from tests.e2e.chaos.requests import write_request
from tests.e2e.chaos.verdicts import OK, verdict_of, was_refused

GRACE_SECONDS = 0.5
"""How late an answer may reach this process, busy as it is, and still count as in time."""
REFUSED_PAUSE_SECONDS = 0.1
"""Before the next write after one that was not acknowledged."""
PAGE = 500


class LeadCalls:
    """One connection to the LeadService whose writes go on record.

    Args:
        target: ``host:port``.
        record: Where to.
        retries: With the published retry policy.
        timeout: Deadline of each write, seconds.
        metadata: Sent with each call.
    """

    def __init__(
        self,
        target: str,
        record: Record,
        *,
        retries: bool = False,
        timeout: float = 5.0,
        metadata: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._channel = open_channel(target, retries=retries)
        self._stub = lead_service_pb2_grpc.LeadServiceStub(self._channel)
        self._record, self._timeout, self._metadata = record, timeout, metadata

    def write(self, request: pb.UpsertLeadsRequest) -> str:
        """Send a write, note what came of it, and return the verdict."""
        self._record.begin(request)
        began = time.monotonic()
        try:
            answer = self._stub.UpsertLeads(request, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            verdict = verdict_of(error)
            self._record.end(request.request_id, "refused" if was_refused(verdict) else "unknown")
        else:
            verdict = OK
            self._record.end(request.request_id, "ok", answer)
        took = time.monotonic() - began
        if took > self._timeout + GRACE_SECONDS:
            self._record.late.append(took - self._timeout)
        return verdict

    def code_of_unrecorded(self, request: pb.UpsertLeadsRequest) -> str:
        """Send a write that must be turned away, and return the verdict."""
        try:
            self._stub.UpsertLeads(request, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            return verdict_of(error)
        return OK

    def stored(self) -> Iterator[lead_pb2.StoredLead]:
        """Yield every lead of the store."""
        token = ""
        while True:
            request = pb.ListLeadsRequest(page_size=PAGE, page_token=token)
            page = self._stub.ListLeads(request, timeout=30, metadata=self._metadata, wait_for_ready=True)
            yield from page.leads
            token = page.next_page_token
            if not token:
                return

    def close(self) -> None:
        self._channel.close()


class Writers:
    """Threads that write under new request ids, without end."""

    def __init__(self, target: str, record: Record, *, threads: int, pause: float, timeout: float, name: str) -> None:
        self.record = record
        self.rows: list[tuple[float, float, str]] = []
        """Moment it began, seconds, verdict."""
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(target, f"{name}-{number}", pause, timeout), daemon=True)
            for number in range(threads)
        ]

    def counts(self, begin: float = 0.0, end: float = float("inf")) -> Counter[str]:
        """Return the writes that began in a stretch of time, by verdict."""
        return Counter(verdict for began, _, verdict in list(self.rows) if begin <= began < end)

    def slowest(self) -> float:
        """Return the most seconds that a write took, whatever came of it."""
        return max((seconds for _, seconds, _ in self.rows), default=0.0)

    def first_ok_after(self, moment: float) -> float:
        """Return the seconds from a moment to the end of the first write that began after it and was acknowledged."""
        ends = [began + took for began, took, verdict in list(self.rows) if began >= moment and verdict == OK]
        return min(ends, default=float("inf")) - moment

    def wait_for_ok(self, moment: float, seconds: float) -> bool:
        """Wait until a write that began after a moment is acknowledged; returns whether one was."""
        while time.monotonic() < moment + seconds:
            if self.first_ok_after(moment) < float("inf"):
                return True
            time.sleep(0.05)
        return False

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, target: str, name: str, pause: float, timeout: float) -> None:
        calls, number, verdict = LeadCalls(target, self.record, timeout=timeout), 0, OK
        while not self._stopped.wait(pause if verdict == OK else max(pause, REFUSED_PAUSE_SECONDS)):
            number += 1
            began = time.monotonic()
            verdict = calls.write(write_request(f"{name}-{number}"))
            self.rows.append((began, time.monotonic() - began, verdict))
        calls.close()


@contextmanager
def writing(
    target: str, record: Record, *, threads: int = 4, pause: float = 0.02, timeout: float = 2.0, name: str = "w"
) -> Iterator[Writers]:
    """Write until the block ends."""
    writers = Writers(target, record, threads=threads, pause=pause, timeout=timeout, name=name)
    writers.start()
    try:
        yield writers
    finally:
        writers.stop()
