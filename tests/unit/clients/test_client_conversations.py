from __future__ import annotations

import json
from concurrent import futures
from datetime import UTC, datetime

import grpc
import leadline
import pytest
from click.testing import CliRunner
from google.protobuf.timestamp_pb2 import Timestamp
from leadline import (
    Client,
    ConversationMessage,
    ConversationSource,
    DialogueAct,
    EntityKind,
    FieldComparison,
    Intent,
    InvalidRequest,
    MessageRole,
    Momentum,
    NotFound,
    ObjectionKind,
    Sentiment,
    UrgencyLevel,
)
from leadline.command import main
from leadline.criterion import ComparisonOperator
from leadline.insight_type import InsightType
from leadline.v1 import conversation_pb2 as conversations
from leadline.v1 import intelligence_service_pb2 as pb
from leadline.v1 import intelligence_service_pb2_grpc

WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def span(index, start, end, text):
    return conversations.EvidenceSpan(message_index=index, start=start, end=end, text=text)


def answer_of(index: int, message) -> conversations.MessageAnalysis:
    if message.role == conversations.MESSAGE_ROLE_AGENT:
        return conversations.MessageAnalysis(message_index=index, role=message.role)
    word = message.text.split()[0]
    shown = [span(index, 0, len(word), word)]
    return conversations.MessageAnalysis(
        message_index=index,
        message_id=message.message_id,
        role=conversations.MESSAGE_ROLE_LEAD,
        sentiment=conversations.SentimentReading(sentiment=conversations.SENTIMENT_POSITIVE, score=0.5),
        intents=[
            conversations.IntentReading(
                intent=conversations.INTENT_VIEWING, probability=0.9, is_present=True, evidence=shown
            ),
            conversations.IntentReading(intent=99, probability=0.1),
        ],
        urgency=conversations.SignalReading(probability=0.8, is_present=True, evidence=shown),
        objections=[conversations.ObjectionReading(kind=conversations.OBJECTION_KIND_PRICE, probability=0.7)],
        dialogue_act=conversations.DIALOGUE_ACT_ASK,
        entities=[
            conversations.Entity(kind=conversations.ENTITY_KIND_BUDGET, span=shown[0], upper=450_000.0, unit="USD")
        ],
    )


class Intelligence(intelligence_service_pb2_grpc.IntelligenceServiceServicer):
    """Answers what can be told from the request."""

    def __init__(self):
        self.asked = []
        self.types = {}

    def Analyze(self, request, context):  # noqa: N802
        self.asked.append(request)
        if any(not message.text for message in request.messages):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "messages[0].text must be 1 to 10,000 characters")
        answers = [answer_of(index, message) for index, message in enumerate(request.messages)]
        return pb.AnalyzeResponse(
            messages=answers[request.results_from :],
            message_count=len(request.messages),
            sentiment=conversations.SentimentReading(sentiment=conversations.SENTIMENT_POSITIVE, score=0.5),
            urgency=conversations.SignalReading(probability=0.8, is_present=True),
            needs=conversations.Needs(budget_upper=450_000.0, budget_currency="USD", places=["riverside"]),
            momentum=conversations.MOMENTUM_ACCELERATING,
            priority_score=81.0,
            insights=[
                conversations.Insight(
                    type="urgency",
                    title="High urgency [bold]",
                    urgency_level=conversations.URGENCY_LEVEL_TODAY,
                    recommended_actions=["Call now"],
                )
            ],
            heads=[
                conversations.HeadAnswer(model_kind="intent", source=conversations.CONVERSATION_SOURCE_RULES),
                conversations.HeadAnswer(model_kind="urgency", source=77),
            ],
            confidence=0.4,
            as_of_time=Timestamp(seconds=int(WHEN.timestamp())),
        )

    def GetConversation(self, request, context):  # noqa: N802
        self.asked.append(request)
        if request.conversation_id != "chat":
            context.abort(grpc.StatusCode.NOT_FOUND, "no conversation")
        at = int(request.page_token or 0)
        message = conversations.ConversationMessage(
            role=conversations.MESSAGE_ROLE_AGENT, text=f"text {at}", send_time=Timestamp(seconds=int(WHEN.timestamp()))
        )
        return pb.GetConversationResponse(messages=[message], next_page_token="1" if at == 0 else "")

    def RegisterInsightType(self, request, context):  # noqa: N802
        self.asked.append(request)
        self.types[request.insight_type.key] = request.insight_type
        return pb.RegisterInsightTypeResponse(insight_type=request.insight_type)

    def ListInsightTypes(self, request, context):  # noqa: N802
        return pb.ListInsightTypesResponse(insight_types=self.types.values())

    def DeleteInsightType(self, request, context):  # noqa: N802
        if self.types.pop(request.key, None) is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "no insight type")
        return pb.DeleteInsightTypeResponse()


@pytest.fixture
def intelligence():
    return Intelligence()


@pytest.fixture
def target(intelligence):
    server = grpc.server(futures.ThreadPoolExecutor(2))
    intelligence_service_pb2_grpc.add_IntelligenceServiceServicer_to_server(intelligence, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture
def client(target):
    with Client(target) as client:
        yield client


@pytest.fixture
def run(target):
    def run(*arguments, input=None):  # noqa: A002 - as the runner calls it
        return CliRunner().invoke(main, ["--target", target, *map(str, arguments)], input=input)

    return run


def test_analyze_sends_everything_and_reads_everything(client, intelligence):
    found = client.analyze(
        [
            ConversationMessage(text="Tomorrow please", send_time=WHEN, message_id="m1"),
            ConversationMessage(text="Sure", role=MessageRole.AGENT),
        ],
        lead_id="ann",
        conversation_id="chat",
        as_of_time=WHEN,
        model_versions={"intent": "v1"},
        experiment="e",
        unit_id="u",
    )
    asked = intelligence.asked[0]
    assert (asked.lead_id, asked.conversation_id, asked.experiment, asked.unit_id) == ("ann", "chat", "e", "u")
    assert dict(asked.model_versions) == {"intent": "v1"}
    assert asked.as_of_time.seconds == asked.messages[0].send_time.seconds == int(WHEN.timestamp())
    first, second = found.messages
    assert [one.intent for one in first.intents] == [Intent.VIEWING, Intent.UNKNOWN]
    assert first.objections[0].kind is ObjectionKind.PRICE
    assert (first.dialogue_act, first.buying_intent) == (DialogueAct.ASK, None)
    assert (first.entities[0].kind, first.entities[0].lower, first.entities[0].upper) == (
        EntityKind.BUDGET,
        None,
        450e3,
    )
    assert (second.role, second.sentiment, second.dialogue_act) == (MessageRole.AGENT, None, DialogueAct.UNKNOWN)
    assert found.sentiment.sentiment is Sentiment.POSITIVE
    assert (found.momentum, found.lead_score, found.as_of_time) == (Momentum.ACCELERATING, None, WHEN)
    assert (found.needs.budget_lower, found.needs.is_pre_approved, found.needs.places) == (None, None, ("riverside",))
    assert found.insights[0].urgency_level is UrgencyLevel.TODAY
    assert [head.source for head in found.heads] == [ConversationSource.RULES, ConversationSource.UNKNOWN]


@pytest.mark.parametrize(
    "message",
    [
        ConversationMessage(text="a secret", send_time=datetime(2026, 1, 1)),  # noqa: DTZ001 - refused
        ConversationMessage(text=b"a secret\xff"),
        ConversationMessage(text="a secret \ud800"),
        ConversationMessage(text="a secret", role=MessageRole.UNKNOWN),
    ],
    ids=["no time zone", "bytes", "half a pair", "no role"],
)
def test_what_cannot_be_sent_is_named_and_not_repeated(client, message):
    with pytest.raises(InvalidRequest) as caught:
        client.analyze([ConversationMessage(text="fine"), message])
    assert caught.value.violations[0].field.startswith("messages[1]")
    assert "secret" not in str(caught.value)


def test_a_conversation_keeps_its_messages_and_asks_for_what_is_new(client, intelligence):
    talk = client.conversation(lead_id="ann", conversation_id="chat")
    talk.add(ConversationMessage(text="Hello"))
    assert [one.message_index for one in talk.say("Hi!", MessageRole.AGENT).messages] == [0, 1]
    assert [one.message_index for one in talk.say("Tomorrow?").messages] == [2]
    assert [asked.results_from for asked in intelligence.asked] == [0, 2]
    assert [len(asked.messages) for asked in intelligence.asked] == [2, 3]
    assert [one.message_index for one in talk.message_analyses] == [0, 1, 2]
    assert {asked.conversation_id for asked in intelligence.asked} == {"chat"}


def test_a_message_that_was_refused_is_not_kept(client):
    talk = client.conversation()
    talk.say("x")
    with pytest.raises(leadline.InvalidRequest):
        talk.say("")
    assert [message.text for message in talk.messages] == ["x"]


def test_a_stored_conversation_is_read_page_by_page(client):
    found = list(client.stored_conversation("ann", "chat", page_size=1))
    assert found == [ConversationMessage(text=f"text {at}", role=MessageRole.AGENT, send_time=WHEN) for at in range(2)]
    with pytest.raises(NotFound):
        list(client.stored_conversation("ann", "other"))


TYPE = InsightType(
    key="vip",
    title="A VIP",
    criterion=FieldComparison(field="analysis.urgency", operator=ComparisonOperator.AT_LEAST, value=0.5),
    priority_score=90.0,
    urgency_level=UrgencyLevel.IMMEDIATE,
    recommended_actions=("Call",),
)


def test_kinds_of_insights_are_registered_listed_and_removed(client, intelligence):
    assert client.register_insight_type(TYPE, "r") == TYPE
    assert intelligence.asked[0].request_id == "r"
    assert list(client.insight_types()) == [TYPE]
    client.delete_insight_type("vip")
    with pytest.raises(NotFound) as caught:
        client.delete_insight_type("vip", "d")
    assert caught.value.request_id == "d"


@pytest.mark.parametrize(
    ("content", "roles"),
    [
        ("lead: Tomorrow?\nagent: Sure\nwe can\n\nCustomer: Good", ["lead", "agent", "lead"]),
        ("Tomorrow?\nNote: this is no speaker", ["lead"]),
        (
            json.dumps([{"text": "a"}, {"role": "agent", "message": "b", "time": "2026-03-01T09:30:00Z"}]),
            ["lead", "agent"],
        ),
        (json.dumps({"messages": ["a", {"sender": "bot", "content": "b", "id": 7}]}), ["lead", "agent"]),
        ('{"text": "a"}\n{"text": "b", "role": "system"}', ["lead", "system"]),
    ],
    ids=["lines", "a text", "list", "object", "JSON lines"],
)
def test_a_file_in_any_form_is_analysed(run, intelligence, tmp_path, content, roles):
    file = tmp_path / "talk.txt"
    file.write_text(content)
    shown = run("analyze", file, "--lead-id", "ann", "--conversation-id", "chat", "--json")
    assert shown.exit_code == 0, shown.output
    asked = intelligence.asked[0]
    names = {1: "lead", 2: "agent", 3: "system"}
    assert [names[message.role] for message in asked.messages] == roles
    assert json.loads(shown.stdout)["message_count"] == len(roles)


def test_lines_without_a_speaker_go_on_with_the_message_before(run, intelligence):
    run("analyze", "-", input="agent: Sure\nwe can\nlead: ok")
    assert [message.text for message in intelligence.asked[0].messages] == ["Sure\nwe can", "ok"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "must not be empty"),
        ("[]", "must not be an empty list"),
        ("{", "must be JSON"),
        ('[{"role": "lead"}]', "row 1, column text must be a text"),
        ('[{"text": "a", "role": "king"}]', "row 1, column role must be lead, agent or system"),
        ('[{"text": "a", "time": "soon"}]', "row 1, column send_time must be"),
        ("[5]", "row 1 must be a JSON object or a text"),
        ('{"text": "a"}\n{', "row 2 must be JSON"),
        ("lead: a\n[soon] lead: b", "row 2, column send_time must be"),
        ('["a", "\\ud800"]', "messages[1].text must be text that UTF-8 can hold"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_place(run, intelligence, content, told):
    shown = run("analyze", "-", input=content)
    assert (shown.exit_code, intelligence.asked) == (2, [])
    assert told in shown.stderr


def test_a_line_may_begin_with_its_time(run, intelligence):
    run("analyze", "-", input="[2026-03-01 09:30] agent: Sure\nlead: [12] ok\n[2026-03-01T10:30+01:00]lead: so")
    asked = [(message.text, message.HasField("send_time")) for message in intelligence.asked[0].messages]
    assert asked == [("Sure", True), ("[12] ok", False), ("so", True)]
    sent = {intelligence.asked[0].messages[index].send_time.ToDatetime(UTC) for index in (0, 2)}
    assert sent == {WHEN}


def test_words_are_repeated_where_there_is_no_colour(run, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert '("Tomorrow")' not in run("analyze", "-", input="lead: Tomorrow").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert '("Tomorrow")' in run("analyze", "-", input="lead: Tomorrow").stdout


def test_what_would_turn_the_direction_of_the_screen_is_not_shown(run):
    shown = run("analyze", "-", input="lead: Tomorrow \u202e\u2066 שלום")
    assert ("\u202e" in shown.stdout, "\u2066" in shown.stdout, "שלום" in shown.stdout) == (False, False, True)


def test_the_conversation_is_shown_with_what_it_says(run):
    shown = run("analyze", "-", input="lead: Tomorrow [red] please\x1b[2J\nagent: Sure")
    assert shown.exit_code == 0, shown.stderr
    assert "Tomorrow [red] please" in shown.stdout
    assert "\x1b[2J" not in shown.stdout
    for part in (
        'viewing 90% ("Tomorrow")',
        'urgent 80% ("Tomorrow")',
        "objects: price 70%",
        "81 of 100",
        "450,000 USD, riverside",
        "High urgency [bold]",
        "Call now",
    ):
        assert part in shown.stdout
    assert "By rules: intent; unknown: urgency, as of 2026-03-01 09:30:00Z" in shown.stdout


def test_words_that_show_something_are_coloured_by_what_they_show():
    from leadline.command.analysis_screen import highlighted
    from leadline.conversation import EvidenceSpan

    here = EvidenceSpan(message_index=0, start=0, end=3, text="Now")
    beyond = EvidenceSpan(message_index=0, start=2, end=99, text="?")
    shown = highlighted("Now!", [("objection", here), ("intent", here), ("fact", beyond)])
    assert shown.plain == "Now!"
    assert [(one.start, one.end, one.style) for one in shown.spans] == [(0, 3, "cyan"), (0, 3, "bold red")]


def test_a_stored_conversation_is_shown(run):
    shown = run("conversation", "ann", "chat")
    assert ("text 0" in shown.stdout, "text 1" in shown.stdout) == (True, True)
    assert len(run("conversation", "ann", "chat", "--limit", "1", "--json").stdout.splitlines()) == 1


def test_kinds_of_insights_from_the_command(run, intelligence, tmp_path):
    file = tmp_path / "vip.json"
    file.write_text(
        json.dumps(
            {
                "key": "vip",
                "title": "A VIP",
                "criterion": {"all": [{"field": "analysis.urgency", "is": "at_least", "value": 0.5}]},
                "priority_score": 90,
            }
        )
    )
    assert run("insight-types", "register", file).stdout == "Registered vip.\n"
    listed = run("insight-types", "list", "--json").stdout
    assert json.loads(listed)["criterion"] == {"all": [{"field": "analysis.urgency", "is": "at_least", "value": 0.5}]}
    assert "A VIP" in run("insight-types", "list").stdout
    # What was listed can be registered.
    file.write_text(listed)
    assert run("insight-types", "register", file).exit_code == 0
    assert run("insight-types", "delete", "vip").stdout == "Removed vip.\n"
    assert intelligence.types == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"criterion": {"field": "x"}}, "criterion"),
        ({"priority_score": "high"}, "priority_score must be a number"),
        ({"urgency_level": "now"}, "urgency_level must be one of immediate, today, this_week, later"),
        ({"colour": "red"}, "colour must be a field"),
        ({"title": 5}, "title must be a text"),
    ],
)
def test_a_kind_of_insight_that_cannot_be(run, tmp_path, change, told):
    file = tmp_path / "vip.json"
    content = {"key": "vip", "title": "t", "criterion": {"field": "a", "is": "known"}, "priority_score": 1}
    file.write_text(json.dumps(content | change))
    shown = run("insight-types", "register", file)
    assert shown.exit_code == 2
    assert told in shown.stderr
