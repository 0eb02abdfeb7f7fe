from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.audit.chain import EMPTY, next_record
from core.audit.record import AuditEntry, Decision
from core.identifiers import TenantId

ENTRY = AuditEntry(
    tenant=TenantId("acme"),
    actor="alice",
    action="ModelService/RollbackModel",
    target="lead_score/v1",
    decision=Decision.ALLOWED,
    reason="it drifts, \N{SNOWMAN}",
    server_version="0.1.0",
    correlation_id="c-1",
)
WHEN = datetime(2026, 1, 1, 12, 0, 0, 123, tzinfo=UTC)


def test_the_hashed_bytes_are_as_documented():
    record = next_record(EMPTY, ENTRY, WHEN)
    assert record.canonical() == (
        rb'{"action":"ModelService/RollbackModel","actor":"alice","correlation_id":"c-1","decision":"ALLOWED",'
        rb'"reason":"it drifts, \u2603","record_time":"2026-01-01T12:00:00.000123+00:00","sequence":1,'
        rb'"server_version":"0.1.0","target":"lead_score/v1","tenant":"acme"}'
    )
    assert record.hash == hashlib.sha256(record.canonical()).hexdigest()
    after = replace(record, previous_hash=record.hash)
    assert after.computed_hash() == hashlib.sha256(record.hash.encode() + record.canonical()).hexdigest()


@given(st.text(alphabet=st.characters(), max_size=2_000))
def test_every_entry_can_be_stored(text):
    entry = replace(ENTRY, target=text, reason=text, actor=text, correlation_id=text)
    for value in (entry.target, entry.reason, entry.actor, entry.correlation_id):
        assert "\x00" not in value
        value.encode("utf-8")
    assert len(entry.reason) <= 1_000
    assert len(entry.actor) <= 256


def test_what_is_too_long_says_so():
    assert replace(ENTRY, reason="r" * 1_001).reason == "r" * 999 + "\N{HORIZONTAL ELLIPSIS}"
    assert replace(ENTRY, reason="r" * 1_000).reason == "r" * 1_000
