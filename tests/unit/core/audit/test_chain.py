from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audit.chain import EMPTY, Head, next_record, parse_head, verify
from core.audit.record import AuditEntry, Decision
from core.errors import InvalidInput
from core.identifiers import TenantId

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_entry(number: int = 0) -> AuditEntry:
    return AuditEntry(
        tenant=TenantId("acme"),
        actor="alice",
        action="ModelService/ActivateModelVersion",
        target=f"lead_score/v{number}",
        decision=Decision.ALLOWED,
        reason="better",
        server_version="0.1.0",
        correlation_id="c-1",
    )


def make_chain(length):
    records, head = [], EMPTY
    for number in range(length):
        records.append(next_record(head, make_entry(number), START + timedelta(seconds=number)))
        head = Head(sequence=records[-1].sequence, hash=records[-1].hash)
    return records, head


CHAIN, HEAD = make_chain(6)
OTHER = {
    "tenant": "other",
    "record_time": START - timedelta(microseconds=1),
    "actor": "mallory",
    "action": "x",
    "target": "",
    "decision": "DENIED",
    "reason": "bette\N{COMBINING ACUTE ACCENT}r",
    "server_version": "",
    "correlation_id": "c-2",
    "previous_hash": "0" * 64,
    "hash": "0" * 64,
    "sequence": 99,
}


def test_a_chain_that_nobody_touched_is_in_order():
    verdict = verify(CHAIN)
    assert verdict.broken_at is None
    assert verdict.head == HEAD


def test_an_empty_chain_is_in_order():
    assert verify([]).head == EMPTY
    assert verify([]).broken_at is None


@given(st.integers(0, 5), st.sampled_from(sorted(OTHER)))
def test_a_changed_record_is_found_where_it_is(index, field):
    records = list(CHAIN)
    records[index] = replace(records[index], **{field: OTHER[field]})
    assert verify(records).broken_at == index + 1


@given(st.integers(0, 4), st.sampled_from(sorted(OTHER.keys() - {"previous_hash", "hash", "sequence"})))
def test_a_record_that_was_changed_and_hashed_anew_is_found_by_the_one_that_follows(index, field):
    records = list(CHAIN)
    changed = replace(records[index], **{field: OTHER[field]})
    records[index] = replace(changed, hash=changed.computed_hash())
    assert verify(records).broken_at == index + 2


@given(st.integers(0, 4))
def test_a_deleted_record_is_found_where_it_was(index):
    assert verify(CHAIN[:index] + CHAIN[index + 1 :]).broken_at == index + 1


@given(st.integers(0, 4))
def test_a_deleted_record_is_found_though_those_after_it_moved_up(index):
    moved = [replace(record, sequence=record.sequence - 1) for record in CHAIN[index + 1 :]]
    assert verify(CHAIN[:index] + moved).broken_at == index + 1


@given(st.lists(st.integers(0, 5), min_size=2, max_size=2, unique=True).map(sorted))
def test_swapped_records_are_found_at_the_first_of_them(places):
    first, second = places
    records = list(CHAIN)
    records[first], records[second] = records[second], records[first]
    assert verify(records).broken_at == first + 1
    renumbered = [replace(record, sequence=number) for number, record in enumerate(records, 1)]
    assert verify(renumbered).broken_at == first + 1


@given(st.integers(0, 5))
def test_an_end_that_was_cut_off_is_found_with_an_anchor_only(kept):
    assert verify(CHAIN[:kept]).broken_at is None
    assert verify(CHAIN[:kept], HEAD).broken_at == kept + 1


@given(st.integers(1, 6))
def test_a_chain_goes_on_after_its_anchor(place):
    anchor = Head(sequence=place, hash=CHAIN[place - 1].hash)
    assert verify(CHAIN, anchor).broken_at is None


def test_a_chain_written_anew_is_found_with_an_anchor_only():
    records, head = [], EMPTY
    for number in range(6):
        records.append(next_record(head, replace(make_entry(number), actor="mallory"), START))
        head = Head(sequence=records[-1].sequence, hash=records[-1].hash)
    assert verify(records).broken_at is None
    assert verify(records, Head(sequence=4, hash=CHAIN[3].hash)).broken_at == 4


def test_what_no_text_column_should_hold_is_found_like_any_change():
    records = [replace(CHAIN[0], reason=b"\xff"), *CHAIN[1:]]
    assert verify(records).broken_at == 1


def test_an_anchor_is_read_as_it_was_printed():
    assert parse_head(str(HEAD)) == HEAD


@pytest.mark.parametrize("text", ["", "1", "0:" + "0" * 64, "1:" + "0" * 63, "1:" + "G" * 64, "-1:" + "0" * 64, "x:y"])
def test_other_texts_are_no_anchor(text):
    with pytest.raises(InvalidInput):
        parse_head(text)
