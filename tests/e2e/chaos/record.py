"""The driver's own record of its writes, and what must be true of it afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leadline.v1 import lead_pb2
from leadline.v1 import lead_service_pb2 as pb

Outcome = Literal["ok", "refused", "unknown"]
Answer = tuple[int, int]
"""Leads created, leads updated."""


@dataclass(slots=True)
class Write:
    """One request id, and all that was heard of it."""

    request: pb.UpsertLeadsRequest
    outcomes: list[Outcome] = field(default_factory=list)
    answers: set[Answer] = field(default_factory=set)

    @property
    def lead_ids(self) -> list[str]:
        return [write.lead.lead_id for write in self.request.leads]

    @property
    def acknowledged(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the record says of the store. All but the first two must be zero."""

    acknowledged: int
    unacknowledged: int
    missing: int
    """Leads of acknowledged writes that are not there, or not as they were sent."""
    torn: int
    """Writes of which only a part is there."""
    repeated: int
    """Leads that were written more than once."""
    answers_differ: int
    """Request ids that were answered in two ways."""
    foreign: int
    """Leads that nobody sent."""

    @property
    def faults(self) -> int:
        return self.missing + self.torn + self.repeated + self.answers_differ + self.foreign


class Record:
    """Gathers what the callers did. Each lead belongs to one request id, so that its revision counts effects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes: dict[str, Write] = {}
        self.late: list[float] = []
        """Seconds after its deadline, of each call that was answered later than that."""

    @property
    def writes(self) -> Mapping[str, Write]:
        return self._writes

    def begin(self, request: pb.UpsertLeadsRequest) -> None:
        """Note that a request is about to be sent, the first time or again."""
        with self._lock:
            self._writes.setdefault(request.request_id, Write(request))

    def end(self, request_id: str, outcome: Outcome, answer: pb.UpsertLeadsResponse | None = None) -> None:
        """Note what came back."""
        with self._lock:
            write = self._writes[request_id]
            write.outcomes.append(outcome)
            if answer is not None:
                write.answers.add((answer.created_count, answer.updated_count))

    def counts(self) -> Counter[str]:
        """Return attempts by outcome."""
        with self._lock:
            return Counter(outcome for write in self._writes.values() for outcome in write.outcomes)

    def check(self, stored: Iterable[lead_pb2.StoredLead]) -> Verdict:
        """Compare with everything the store holds."""
        kept = {one.lead.lead_id: one for one in stored}
        writes = list(self._writes.values())
        sent = {lead_id for write in writes for lead_id in write.lead_ids}
        acknowledged = [write for write in writes if write.acknowledged]
        return Verdict(
            acknowledged=len(acknowledged),
            unacknowledged=len(writes) - len(acknowledged),
            missing=sum(_missing(write, kept) for write in acknowledged),
            torn=sum(_is_torn(write, kept) for write in writes),
            repeated=sum(one.revision > 1 for one in kept.values()),
            answers_differ=sum(len(write.answers) > 1 for write in writes),
            foreign=len(kept.keys() - sent),
        )


def _missing(write: Write, kept: Mapping[str, lead_pb2.StoredLead]) -> int:
    return sum(one.lead.lead_id not in kept or kept[one.lead.lead_id].lead != one.lead for one in write.request.leads)


def _is_torn(write: Write, kept: Mapping[str, lead_pb2.StoredLead]) -> bool:
    found = [lead_id in kept for lead_id in write.lead_ids]
    return any(found) and not all(found)
