"""Counting the fields of a message that was not parsed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadline.v1 import lead_pb2, lead_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from server.interceptors.counting import has_more_fields


@given(st.lists(st.text(max_size=300), max_size=20), st.booleans())
def test_it_counts_what_the_parser_finds(titles, with_version):
    request = pb.BatchScoreRequest(leads=[lead_pb2.Lead(title=title) for title in titles])
    if with_version:
        request.model_version = "v"
        request.max_contributions = 3
    expected = len(titles) + 2 * with_version
    data = request.SerializeToString()
    assert not has_more_fields(data, expected)
    assert has_more_fields(data, expected - 1) == (expected > 0)


def test_every_kind_of_field_is_stepped_over():
    fields = b"\x08\x96\x01" + b"\x11" + b"x" * 8 + b"\x1a\x03abc" + b"\x25" + b"y" * 4
    assert not has_more_fields(fields, 4)
    assert has_more_fields(fields, 3)


@given(st.binary(max_size=400))
def test_no_bytes_confuse_it(data):
    assert has_more_fields(data, 1000) is False


@pytest.mark.parametrize(
    "data", [b"\xff" * 2**24, b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x0b\x0c"], ids=len
)
def test_it_gives_up_at_once_on_what_is_no_message(data):
    started = time.perf_counter()
    assert not has_more_fields(data, 1000)
    assert time.perf_counter() - started < 0.5


def test_a_full_write_is_within_its_limit():
    writes = [lead_service_pb2.LeadWrite(lead=lead_pb2.Lead(lead_id=f"n{n}")) for n in range(500)]
    data = lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=writes).SerializeToString()
    assert not has_more_fields(data, 501)
    assert has_more_fields(data, 500)
