"""Callers that record feedback and keep a record of what was acknowledged."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from leadline.v1 import feedback_pb2, feedback_service_pb2_grpc
from leadline.v1 import feedback_service_pb2 as pb

from tests.e2e.chaos.channels import open_channel

CONVERT, DISMISS = feedback_pb2.FEEDBACK_ACTION_CONVERT, feedback_pb2.FEEDBACK_ACTION_DISMISS
PAUSE_SECONDS = 0.1
"""After a write that was not acknowledged; it is sent again under its id."""
PAGE = 1000


@dataclass(slots=True)
class Told:
    """What was sent, and which of it was acknowledged."""

    sent: dict[str, pb.RecordFeedbackRequest] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    tries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def faults(self, stored: Mapping[str, list[feedback_pb2.StoredFeedback]]) -> dict[str, int]:
        """Return how many acknowledged pieces are missing, how many are there twice, and how many nobody sent."""
        missing = [name for name in self.acknowledged if name not in stored]
        wrong = [
            name
            for name in self.acknowledged & stored.keys()
            if stored[name][0].feedback.lead_id != self.sent[name].feedback.lead_id
        ]
        twice = sum(len(found) > 1 or found[0].revision > 1 for found in stored.values())
        return {
            "missing or changed": len(missing) + len(wrong),
            "twice": twice,
            "foreign": len(stored.keys() - self.sent),
        }


@contextmanager
def telling(target: str, leads: Mapping[str, bool], *, threads: int, pause: float) -> Iterator[Told]:
    """Tell how leads ended, one after the other, until the block ends or all are told.

    Args:
        target: ``host:port``.
        leads: Lead to whether it converts.
        threads: Callers.
        pause: Of a caller after each piece, seconds.
    """
    told, stopped = Told(), threading.Event()
    left, lock = iter(leads.items()), threading.Lock()

    def caller() -> None:
        channel = open_channel(target, retries=True)
        stub = feedback_service_pb2_grpc.FeedbackServiceStub(channel)
        while not stopped.wait(pause):
            with lock:
                chosen = next(left, None)
            if chosen is None:
                break
            _tell(stub, told, *chosen, stopped)
        channel.close()

    running = [threading.Thread(target=caller, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield told
    finally:
        stopped.set()
        for thread in running:
            thread.join()


def _tell(
    stub: feedback_service_pb2_grpc.FeedbackServiceStub,
    told: Told,
    lead_id: str,
    converted: bool,
    stopped: threading.Event,
) -> None:
    name = f"end-of-{lead_id}"
    feedback = feedback_pb2.Feedback(feedback_id=name, lead_id=lead_id, action=CONVERT if converted else DISMISS)
    request = pb.RecordFeedbackRequest(request_id=name, feedback=feedback)
    with told.lock:
        told.sent[name] = request
    while True:
        with told.lock:
            told.tries += 1
        try:
            stub.RecordFeedback(request, timeout=5)
        except grpc.RpcError:
            if stopped.wait(PAUSE_SECONDS):
                return
            continue
        with told.lock:
            told.acknowledged.add(name)
        return


def stored_feedback(target: str) -> dict[str, list[feedback_pb2.StoredFeedback]]:
    """Return every piece of feedback of the store by its id."""
    channel, found, token = open_channel(target, retries=True), {}, ""
    stub = feedback_service_pb2_grpc.FeedbackServiceStub(channel)
    while True:
        request = pb.ListFeedbackRequest(page_size=PAGE, page_token=token)
        page = stub.ListFeedback(request, timeout=30, wait_for_ready=True)
        for one in page.feedback:
            found.setdefault(one.feedback.feedback_id, []).append(one)
        token = page.next_page_token
        if not token:
            channel.close()
            return found


def summed(counts: Counter[str]) -> str:
    """Return counts as words, for example ``3 worker, 2 beat``."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
