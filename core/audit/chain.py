"""The chain of a tenant's audit records: going on with it, and finding where it was tampered with.

Every record holds the hash of the one before, so that changing, dropping or swapping records breaks the chain at that
place. Cutting off its end, or writing all of it anew, leaves a chain in itself: that is found with an anchor, a head
that was noted somewhere else before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from core.audit.record import AuditEntry, AuditRecord
from core.errors import InvalidInput

_read_head = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain: its last record's number and hash. (0, "") is the head of a chain without records."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        """Return ``SEQUENCE:HASH``, which :func:`parse_head` reads."""
        return f"{self.sequence}:{self.hash}"


EMPTY = Head(sequence=0, hash="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found."""

    head: Head
    """Where the unbroken part ends."""
    broken_at: int | None
    """Number of the first record that is not what was recorded, or is missing; None if all are in order."""


def parse_head(text: str) -> Head:
    """Return the head that was printed as ``SEQUENCE:HASH``.

    Raises:
        InvalidInput: If the text is of another form.
    """
    found = _read_head(text)
    if found is None:
        raise InvalidInput.of("anchor", "must be SEQUENCE:HASH, as a verification prints it")
    return Head(sequence=int(found[1]), hash=found[2])


def next_record(head: Head, entry: AuditEntry, record_time: datetime) -> AuditRecord:
    """Return the record that follows ``head``.

    Args:
        head: The end of the tenant's chain; nobody else may go on with it meanwhile.
        entry: What is to be recorded.
        record_time: The present moment, aware.
    """
    record = AuditRecord(
        **asdict(entry) | {"decision": entry.decision.value},
        sequence=head.sequence + 1,
        record_time=record_time,
        previous_hash=head.hash,
        hash="",
    )
    return replace(record, hash=record.computed_hash())


def verify(records: Iterable[AuditRecord], anchor: Head | None = None) -> Verdict:
    """Follow a chain from its beginning to the first place that is broken.

    Args:
        records: All records of one tenant, by rising number; read once, one at a time.
        anchor: A head that was noted before: the chain must still pass through it.
    """
    head = EMPTY
    for record in records:
        if not _follows(record, head, anchor):
            return Verdict(head=head, broken_at=head.sequence + 1)
        head = Head(sequence=record.sequence, hash=record.hash)
    is_cut = anchor is not None and head.sequence < anchor.sequence
    return Verdict(head=head, broken_at=head.sequence + 1 if is_cut else None)


def _follows(record: AuditRecord, head: Head, anchor: Head | None) -> bool:
    if record.sequence != head.sequence + 1 or record.previous_hash != head.hash:
        return False
    if anchor is not None and record.sequence == anchor.sequence and record.hash != anchor.hash:
        return False
    return record.hash == record.computed_hash()
