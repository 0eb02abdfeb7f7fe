"""Conversations of tenants who store them: read back by whom they belong to, and by nobody else."""

from __future__ import annotations

import base64
import contextlib
import json
import signal
import sqlite3
import time
import urllib.request

import grpc
import pytest
from leadline.v1 import conversation_pb2, lead_pb2, lead_service_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.adapters.sql import open_database
from core.adapters.sql.lead_erasure import erase_lead
from core.identifiers import LeadId, TenantId
from tests.parts.fitted import database_url, model_dir
from tests.parts.ports import free_port
from tests.parts.serving import Stubs, served_apart, served_here

WORDS = "quixoticzephyr"
KEY = base64.b64encode(bytes(range(32))).decode()
SAID = [
    (conversation_pb2.MESSAGE_ROLE_LEAD, f"Hi, the {WORDS} flat please, I am at ann@example.org"),
    (conversation_pb2.MESSAGE_ROLE_AGENT, f"The {WORDS} is free"),
]
MASKED = [SAID[0][1].replace("ann@example.org", "[EMAIL]"), SAID[1][1]]


def add_lead(stubs, lead_id="ann"):
    lead = lead_pb2.Lead(lead_id=lead_id, title="Flat")
    write = lead_service_pb2.LeadWrite(lead=lead)
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id=lead_id, leads=[write]))


def analyze(stubs, said=SAID, **fields):
    messages = [conversation_pb2.ConversationMessage(role=role, text=text) for role, text in said]
    asked = {"lead_id": "ann", "conversation_id": "chat 1", **fields}
    return stubs.intelligence.Analyze(pb.AnalyzeRequest(messages=messages, **asked))


def read(stubs, **fields):
    asked = {"lead_id": "ann", "conversation_id": "chat 1", **fields}
    return stubs.intelligence.GetConversation(pb.GetConversationRequest(**asked))


def texts_of(stubs, **fields):
    """Return the stored texts; none before anything is stored."""
    try:
        return [message.text for message in read(stubs, **fields).messages]
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return []
        raise


def wait_for(stubs, count=2, **fields):
    """Return the stored texts once there are so many."""
    give_up = time.monotonic() + 10
    while len(found := texts_of(stubs, **fields)) != count:
        assert time.monotonic() < give_up, found
        time.sleep(0.02)
    return found


@pytest.fixture
def storing(home_without_model):
    with served_here(home_without_model, stored_conversations="*") as (_, stubs):
        add_lead(stubs)
        yield stubs


def refused(call, *arguments, **fields):
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **fields)
    return caught.value


def test_what_was_analysed_can_be_read_with_what_is_private_masked(storing):
    analyze(storing)
    assert wait_for(storing) == MASKED
    page = read(storing, page_size=1)
    assert [(one.role, one.text) for one in page.messages] == [(SAID[0][0], MASKED[0])]
    rest = read(storing, page_size=1, page_token=page.next_page_token)
    assert ([one.text for one in rest.messages], rest.next_page_token) == ([MASKED[1]], "")


def test_a_conversation_that_goes_on_is_stored_whole(storing):
    analyze(storing)
    wait_for(storing)
    analyze(storing, [*SAID, (conversation_pb2.MESSAGE_ROLE_LEAD, "Good")])
    assert wait_for(storing, 3) == [*MASKED, "Good"]


def test_erasing_is_final(storing, home_without_model):
    analyze(storing)
    wait_for(storing)
    database = open_database(database_url(home_without_model))
    with database.write("default") as connection:
        assert erase_lead(connection, TenantId("default"), LeadId("ann")) > len(SAID)
    database.close()
    assert refused(read, storing).code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"conversation_id": "other"}, grpc.StatusCode.NOT_FOUND),
        ({"lead_id": "bob"}, grpc.StatusCode.NOT_FOUND),
        ({"lead_id": ""}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"conversation_id": ""}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"conversation_id": "x" * 129}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"conversation_id": "\0"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"page_size": -1}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"page_token": "x"}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_what_cannot_be_asked(storing, fields, code):
    assert refused(read, storing, **fields).code() is code


def test_a_name_that_no_database_holds_is_no_trouble_to_others(storing):
    with contextlib.suppress(grpc.RpcError):  # refused or not: what others send must be stored
        analyze(storing, conversation_id="\0")
    analyze(storing)
    assert wait_for(storing) == MASKED


def test_where_nobody_stores_that_is_said(home_without_model):
    with served_here(home_without_model) as (_, stubs):
        add_lead(stubs)
        analyze(stubs)
        error = refused(read, stubs)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "not stored" in error.details()


def test_unmasked_where_the_operator_says_so(home_without_model):
    settings = {"stored_conversations": "default", "conversation_masking": "false", "conversation_key": KEY}
    with served_here(home_without_model, **settings) as (_, stubs):
        add_lead(stubs)
        analyze(stubs)
        assert wait_for(stubs) == [text for _, text in SAID]


def test_no_word_reaches_logs_figures_or_the_database_in_the_clear(home_without_model):
    """At the most talkative, through calls that go well and calls that fail."""
    port = free_port()
    quiet = {"stored_conversations": "*", "log_level": "debug", "slow_call_seconds": 0, "metrics_port": port}
    with served_apart(home_without_model, **quiet) as process, Stubs(process.wait_until_serving()) as stubs:
        add_lead(stubs)
        analyze(stubs)
        wait_for(stubs)
        told = [
            refused(analyze, stubs, [(conversation_pb2.MESSAGE_ROLE_LEAD, WORDS * 1_000)]),
            refused(analyze, stubs, lead_id="nobody"),
            refused(analyze, stubs, [(99, WORDS)]),
        ]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            figures = answer.read().decode()
        process.send(signal.SIGTERM)
        process.wait(20)
    assert [error.code() for error in told] == [
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.INVALID_ARGUMENT,
    ]
    assert not [error for error in told if WORDS in str(error.details()) + str(error.trailing_metadata())]
    assert any("IntelligenceService/Analyze" in json.dumps(entry) for entry in process.entries())
    assert WORDS not in "".join(process.lines)
    assert "leadline_conversation_messages_stored_total 2.0" in figures
    assert WORDS not in figures
    path = database_url(home_without_model).removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "conversation_messages" in dump
    files = [file for file in model_dir(home_without_model).parent.rglob("*") if file.is_file()]
    for content in (dump.encode(), *(file.read_bytes() for file in files)):
        for hidden in (WORDS.encode(), WORDS.encode().hex().encode(), WORDS.encode().hex().upper().encode()):
            assert hidden not in content
