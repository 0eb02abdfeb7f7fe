"""With every breaker in front of models open each answer still arrives, and says what stood in."""

from __future__ import annotations

import pytest
from leadline.v1 import conversation_pb2, lead_service_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.adapters.encoder_weights import ENCODER_NAME
from core.adapters.onnx_predictor import OnnxPredictor
from core.caller import LOCAL_CALLER
from core.conversation.heads.breakers import FAILURES, HeadFailed, HeadName
from core.errors import DependencyDown
from core.registry.manifest import parse_manifest
from core.scoring.model_runs import FAILURES as MODEL_FAILURES
from core.version import HEAD_KINDS, MANIFEST_FILE
from tests.parts.encoder import ENCODER_DIR, real_encoder
from tests.parts.fitted import open_registry
from tests.parts.messages import lead_message
from tests.parts.serving import served_here
from tests.parts.shopping import until
from tests.parts.small_heads import small_head

TENANT = LOCAL_CALLER.tenant
RULES = conversation_pb2.CONVERSATION_SOURCE_RULES
MODEL = conversation_pb2.CONVERSATION_SOURCE_MODEL
PLAIN = conversation_pb2.CONVERSATION_SOURCE_MODEL_WITHOUT_ENCODER


@pytest.fixture
def running(home):
    with served_here(home, poll_seconds=0.05, encoder_dir=ENCODER_DIR) as (server, stubs):
        looks = server.refresher._more
        heads = next(look.__self__ for look in looks if hasattr(getattr(look, "__self__", None), "reader"))
        yield heads.reader, stubs


def give_heads(home, **fields):
    """Register a head of each kind and let it serve; return their versions."""
    versions = {}
    with open_registry(home, admits=lambda _files: None) as registry:
        for kind in HEAD_KINDS:
            files = small_head(kind=kind, **fields)
            versions[kind] = parse_manifest(files[MANIFEST_FILE]).version
            registry.register(LOCAL_CALLER, f"register-{kind}", files, "a test")
            registry.activate(LOCAL_CALLER, f"activate-{kind}", kind, versions[kind], expected=None, reason="a test")
    return versions


def analyze(stubs, *texts):
    messages = [conversation_pb2.ConversationMessage(text=text) for text in texts]
    return stubs.intelligence.Analyze(pb.AnalyzeRequest(messages=messages))


def sources(answer):
    return {head.source for head in answer.heads}


def codes(answer):
    return {warning.code for warning in answer.warnings}


def force_open(guard, *about):
    for _ in range(FAILURES):
        with pytest.raises(HeadFailed), guard(*about):
            raise DependencyDown("forced")


def test_rules_answer_for_every_head_whose_breaker_is_open(running, home):
    reader, stubs = running
    versions = give_heads(home)
    until(lambda: sources(analyze(stubs, "before")) == {MODEL})
    sure = analyze(stubs, "we want to buy it today").confidence
    for kind, version in versions.items():
        force_open(reader.breakers.head, HeadName(TENANT, kind, version))
    for number in range(20):
        answer = analyze(stubs, "hello", f"we want to buy it today, number {number}")
        assert len(answer.heads) == len(HEAD_KINDS)
        assert sources(answer) == {RULES}
        assert "HEAD_FAILED" in codes(answer)
    assert 0.0 < analyze(stubs, "we would like to buy it today").confidence < sure


@pytest.mark.skipif(real_encoder() is None, reason="the sentence encoder is not installed")
def test_heads_answer_without_vectors_while_the_breaker_of_the_encoder_is_open(running, home):
    reader, stubs = running
    give_heads(home, inputs=("vectors", "terms"), plain=True, encoder=ENCODER_NAME)
    until(lambda: sources(analyze(stubs, "before")) == {MODEL})
    sure = analyze(stubs, "we want to buy it today").confidence
    force_open(reader.breakers.encoding, TENANT)
    for number in range(20):
        answer = analyze(stubs, f"we want to buy it today, number {number}")
        assert len(answer.heads) == len(HEAD_KINDS)
        assert sources(answer) == {PLAIN}
        assert "ENCODER_NOT_AVAILABLE" in codes(answer)
        assert 0.0 < answer.confidence < sure


def test_health_and_actions_are_told_while_the_breaker_of_the_lead_model_is_open(running, monkeypatch):
    _, stubs = running
    lead = lead_message(1)
    stubs.leads.UpsertLeads(
        lead_service_pb2.UpsertLeadsRequest(request_id="put", leads=[lead_service_pb2.LeadWrite(lead=lead)])
    )

    def fail(_predictor, _rows):
        raise RuntimeError("forced")

    before = stubs.intelligence.AssessHealth(pb.AssessHealthRequest(lead_id=lead.lead_id))
    assert before.health.model_version
    monkeypatch.setattr(OnnxPredictor, "predict", fail)
    for _ in range(MODEL_FAILURES + 3):
        health = stubs.intelligence.AssessHealth(pb.AssessHealthRequest(lead_id=lead.lead_id)).health
        assert health.model_version == ""
        assert "MODEL_FAILED" in codes(health)
        assert health.level
        assert health.confidence < before.health.confidence
        actions = stubs.intelligence.NextBestActions(pb.NextBestActionsRequest(lead_id=lead.lead_id))
        assert actions.actions
        assert "MODEL_FAILED" in codes(actions.health), "it says so where it says how the lead is"
