"""Conversations of all kinds: an answer that holds together, or an error that names the field. Never INTERNAL."""

from __future__ import annotations

from contextlib import suppress

import grpc
import pytest
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leadline.v1 import conversation_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.adapters.sql.engine import open_database
from core.caller import LOCAL_CALLER
from core.registry.manifest import parse_manifest
from core.version import HEAD_KINDS, MANIFEST_FILE
from tests.parts.encoder import ENCODER_DIR
from tests.parts.errors import failure_of
from tests.parts.fitted import database_url, open_registry
from tests.parts.serving import served_here
from tests.parts.small_heads import small_head
from tests.parts.talking import AGENT, LEAD, SYSTEM, asked, check_answer, message, same_answer

INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
MANY = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    with served_here(tmp_path_factory.mktemp("bad-input")) as (_, stubs):
        yield stubs.intelligence


@pytest.fixture(scope="module")
def read_by_models(tmp_path_factory):
    """Heads that were fitted with an encoder that is not there: their parts over terms answer, with term weights."""
    home = tmp_path_factory.mktemp("read-by-models")
    database = open_database(database_url(home))
    database.migrate()
    database.close()
    with open_registry(home, admits=lambda _: None) as registry:
        for kind in HEAD_KINDS:
            files = small_head(kind, inputs=("vectors", "terms", "shape"), plain=True, scale=0.3)
            version = parse_manifest(files[MANIFEST_FILE]).version
            registry.register(LOCAL_CALLER, f"register-{kind}", files, "for the tests")
            registry.activate(LOCAL_CALLER, f"activate-{kind}", kind, version, expected="", reason="for the tests")
    with served_here(home, encoder_dir=ENCODER_DIR) as (_, stubs):
        answer = stubs.intelligence.Analyze(asked())
        assert {one.source for one in answer.heads} == {conversation_pb2.CONVERSATION_SOURCE_MODEL_WITHOUT_ENCODER}
        yield stubs.intelligence


def failed(talk, request):
    with pytest.raises(grpc.RpcError) as raised:
        talk.Analyze(request)
    return failure_of(raised.value)


def outcome(talk, request):
    """Return the code of the failure, or None and the answer."""
    try:
        return None, talk.Analyze(request)
    except grpc.RpcError as error:
        return error.code(), None


def of(*messages, **fields):
    return pb.AnalyzeRequest(messages=messages, **fields)


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (of(), ["messages"]),
        (of(message(LEAD, "")), ["messages[0].text"]),
        (of(message(LEAD, "x" * 10_001)), ["messages[0].text"]),
        (of(message(LEAD, "fine"), message(7, "x"), message(-1, "x")), ["messages[1].role", "messages[2].role"]),
        (of(message(LEAD, "fine", message_id="x" * 129)), ["messages[0].message_id"]),
        (of(message(LEAD, ""), message(LEAD, "fine"), message(LEAD, "")), ["messages[0].text", "messages[2].text"]),
        (of(message(LEAD, "fine"), lead_id="a b"), ["lead_id"]),
        (of(message(LEAD, "fine"), conversation_id="x" * 129), ["conversation_id"]),
        (of(message(LEAD, "fine"), conversation_id="a\x00b"), ["conversation_id"]),
        (of(message(LEAD, "fine"), results_from=2), ["results_from"]),
        (of(message(LEAD, "fine"), results_from=-1), ["results_from"]),
        (of(message(LEAD, "fine"), model_versions={"": "v"}), ["model_versions"]),
        (of(message(LEAD, "fine"), experiment="exp"), ["unit_id"]),
        (of(message(LEAD, "fine"), experiment="\x00", unit_id="u"), ["experiment"]),
    ],
)
def test_what_is_wrong_is_named(talk, request_, fields):
    failure = failed(talk, request_)
    assert failure.code is INVALID
    assert failure.fields == fields


def test_far_times_are_named(talk):
    request = of(message(LEAD, "fine"))
    request.messages[0].send_time.seconds = -(10**11)
    assert failed(talk, request).fields == ["messages[0].send_time"]
    request = asked()
    request.as_of_time.seconds = 4_000_000_000
    assert failed(talk, request).fields == ["as_of_time"]


@pytest.mark.parametrize(
    "request_",
    [of(message(LEAD, "x" * 1_000_000)), of(*[message(LEAD, "Hello, how are you?")] * 10_000)],
    ids=["1 MB", "10,000 messages"],
)
def test_far_too_much_is_refused(talk, request_):
    assert failed(talk, request_).code is INVALID


def test_messages_after_known_ones_are_checked_too(talk):
    good = message(LEAD, "Is it still available?")
    talk.Analyze(of(good, conversation_id="grows"))
    assert failed(talk, of(good, message(LEAD, ""), conversation_id="grows")).fields == ["messages[1].text"]
    assert talk.Analyze(of(good, message(LEAD, "Yes?"), conversation_id="grows")).message_count == 2


def test_a_lead_that_nobody_knows_is_not_found(talk):
    assert failed(talk, asked(lead_id="nobody")).code is NOT_FOUND
    assert failed(talk, asked(experiment="nothing", unit_id="u")).code is NOT_FOUND


ODD = {
    "emoji only": "\U0001f3e0\U0001f642\U0001f469\u200d\U0001f467\U0001f1e9\U0001f1ea",
    "right to left": "אני מעוניין לקנות דירה בתל אביב עד 450,000 ₪",
    "several scripts": "Hello שלום مرحبا 你好 \u20b9\u096a\u096b\u0966,\u0966\u0966\u0966 بحلول",
    "controls": "a\x00b\u202e\u200d\ufeff\x1b[31m",
    "spaces": " \t\n\u2003",
    "combining": "e" + "\u0301" * 2_000,
    "digits": "9" * 10_000,
    "brackets": "(" * 5_000 + ")" * 5_000,
    "almost numbers": "$1,1,1,1," * 1_100,
    "almost addresses": "a." * 4_999 + "@",
    "almost dates": "by the end of the next " * 400,
    "almost negation": "not " * 2_500,
    "letters": "a" * 10_000,
    "almost phones": "+1 (555) " * 1_100,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_are_read(talk, name):
    request = of(message(AGENT, ODD[name]), message(LEAD, ODD[name]), message(SYSTEM, ODD[name]))
    check_answer(request, talk.Analyze(request, timeout=5))


def test_times_out_of_order_or_missing_are_read(talk):
    times = [5, None, 3, 9, None, 1]
    request = of(*[message(LEAD if at % 2 else AGENT, f"Message {at}", time) for at, time in enumerate(times)])
    answer = talk.Analyze(request)
    check_answer(request, answer)
    sorted_ = of(
        *[message(one.role, one.text, time) for one, time in zip(request.messages, [5, 5, 5, 9, 9, 9], strict=True)]
    )
    sorted_.as_of_time.CopyFrom(answer.as_of_time)
    again = same_answer(talk.Analyze(sorted_))
    for one in (*answer.messages, *again.messages):
        one.ClearField("entities")
    assert again.behavioral_signals == answer.behavioral_signals
    assert again.momentum == answer.momentum
    assert again.priority_score == pytest.approx(answer.priority_score)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80) | st.sampled_from(
    [
        "I want to buy it today for $400k, not next week!",
        "too expensive",
        "call me at +1 555 010 9999 or a@b.co",
        "3 bedrooms in Soho by March 31st",
    ]
)
turns = st.tuples(
    st.sampled_from([0, LEAD, AGENT, SYSTEM]), texts, st.none() | st.integers(-100_000, 100_000), st.text(max_size=3)
)


@MANY
@given(st.lists(turns, min_size=1, max_size=8), st.data())
def test_any_conversation_gets_an_answer_that_holds_together(talk, read_by_models, parts, data):
    request = of(*[message(*part) for part in parts])
    request.results_from = data.draw(st.integers(0, len(parts)))
    request.as_of_time.seconds = data.draw(st.integers(0, 1_790_000_000))
    for server, name in ((talk, "rules"), (read_by_models, "models")):
        request.conversation_id = name
        answer = server.Analyze(request)
        check_answer(request, answer)
        request.conversation_id = f"{name} again"
        assert same_answer(server.Analyze(request)) == same_answer(answer)


@MANY
@given(st.lists(turns, min_size=2, max_size=6), st.integers(1, 5))
def test_any_conversation_may_come_in_parts(read_by_models, parts, first):
    """One message at a time from the ``first`` on, each answered as if all had come at once."""
    messages = [message(*part) for part in parts]
    for count in range(first, len(messages) + 1):
        request = of(*messages[:count], conversation_id="parts", results_from=min(count, first))
        request.as_of_time.seconds = 1_780_000_000
        in_parts = same_answer(read_by_models.Analyze(request))
        request.conversation_id, request.results_from = f"whole {count}", 0
        at_once = same_answer(read_by_models.Analyze(request))
        assert list(in_parts.messages) == list(at_once.messages[first:])
        in_parts.ClearField("messages")
        at_once.ClearField("messages")
        assert in_parts == at_once


@MANY
@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(talk, content):
    request = pb.AnalyzeRequest()
    with suppress(DecodeError):
        request.MergeFromString(content)
    code, answer = outcome(talk, request)
    if code is None:
        check_answer(request, answer)
    else:
        assert code in {INVALID, NOT_FOUND}
