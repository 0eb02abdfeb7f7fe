from __future__ import annotations

import grpc
import pytest
from leadline.v1 import conversation_pb2, model_pb2, model_service_pb2, monitoring_service_pb2
from leadline.v1 import intelligence_service_pb2 as pb

from core.adapters.encoder_weights import ENCODER_NAME
from core.caller import LOCAL_CALLER
from core.conversation.heads.breakers import FAILURES
from core.errors import ArtifactRefused
from core.registry.manifest import parse_manifest
from core.version import HEAD_KINDS, MANIFEST_FILE, MODEL_FILE, SENTIMENT, URGENCY
from tests.parts.encoder import ENCODER_DIR, real_encoder
from tests.parts.fitted import open_registry
from tests.parts.serving import served_here
from tests.parts.shopping import until
from tests.parts.small_heads import linear_graph, small_head, with_manifest

RULES = conversation_pb2.CONVERSATION_SOURCE_RULES
MODEL = conversation_pb2.CONVERSATION_SOURCE_MODEL
PLAIN = conversation_pb2.CONVERSATION_SOURCE_MODEL_WITHOUT_ENCODER
TEXTS = ("hello", "we would like to see the house today", "it is too expensive", "thanks a lot")


def version_of(files):
    return parse_manifest(files[MANIFEST_FILE]).version


OLD, NEW = small_head(), small_head(seed=5)


@pytest.fixture
def server(home_without_model):
    with served_here(home_without_model, poll_seconds=0.05, encoder_dir=ENCODER_DIR, shadow_share=1) as served:
        yield served


@pytest.fixture
def stubs(server):
    return server[1]


def register(stubs, files):
    wire = [model_pb2.ArtifactFile(name=name, content=content) for name, content in files.items()]
    request = model_service_pb2.RegisterModelVersionRequest(request_id=version_of(files), files=wire, reason="a test")
    return stubs.models.RegisterModelVersion(request).version


def activate(stubs, files, kind=SENTIMENT):
    version = version_of(files)
    request = model_service_pb2.ActivateModelVersionRequest(
        request_id=f"activate-{version}", kind=kind, version=version, reason="a test"
    )
    stubs.models.ActivateModelVersion(request)


def analyze(stubs, texts=TEXTS, **fields):
    messages = [conversation_pb2.ConversationMessage(text=text) for text in texts]
    return stubs.intelligence.Analyze(pb.AnalyzeRequest(messages=messages, **fields))


def answered(stubs, **fields):
    return {head.model_kind: (head.source, head.model_version) for head in analyze(stubs, **fields).heads}


def test_rules_answer_for_every_head_that_is_not_there(stubs):
    assert answered(stubs) == dict.fromkeys(HEAD_KINDS, (RULES, ""))


def test_a_registered_head_answers_once_it_is_active_and_until_it_is_rolled_back(stubs):
    for files in (OLD, NEW):
        register(stubs, files)
    activate(stubs, OLD)
    until(lambda: answered(stubs)[SENTIMENT] == (MODEL, version_of(OLD)))
    activate(stubs, NEW)
    until(lambda: answered(stubs)[SENTIMENT] == (MODEL, version_of(NEW)))
    stubs.models.RollbackModel(
        model_service_pb2.RollbackModelRequest(request_id="back", kind=SENTIMENT, reason="a test")
    )
    until(lambda: answered(stubs)[SENTIMENT] == (MODEL, version_of(OLD)))
    assert answered(stubs)[URGENCY] == (RULES, "")


def test_a_named_version_answers_and_an_unknown_one_is_not_found(stubs):
    register(stubs, NEW)
    found = answered(stubs, model_versions={SENTIMENT: version_of(NEW)})
    assert found[SENTIMENT] == (MODEL, version_of(NEW))
    with pytest.raises(grpc.RpcError) as raised:
        analyze(stubs, model_versions={SENTIMENT: "v9"})
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.skipif(real_encoder() is None, reason="the sentence encoder is not installed")
def test_a_head_over_sentence_vectors_waits_for_nobody_and_gets_them_when_they_are_there(stubs):
    files = small_head(inputs=("vectors", "agent_vectors", "terms"), plain=True, encoder=ENCODER_NAME)
    register(stubs, files)
    activate(stubs, files)
    # Without the encoder what stands in for it answers, and says so.
    until(lambda: answered(stubs)[SENTIMENT][0] in {PLAIN, MODEL})
    until(lambda: answered(stubs)[SENTIMENT] == (MODEL, version_of(files)))


def test_a_head_that_fails_gives_way_to_rules_and_every_answer_arrives(server):
    domain_server, stubs = server
    register(stubs, OLD)
    activate(stubs, OLD)
    until(lambda: answered(stubs)[SENTIMENT][0] == MODEL)
    reader = heads_of(domain_server)

    class Broken:
        def run(self, inputs):
            raise ArtifactRefused(MODEL_FILE, "the runtime cannot run it")

    serving = reader._serving.get(LOCAL_CALLER.tenant)[SENTIMENT]
    object.__setattr__(serving.model, "graph", Broken())
    for number in range(FAILURES + 2):
        answer = analyze(stubs, [f"something new {number}"])
        assert {head.source for head in answer.heads} == {RULES}
        assert "HEAD_FAILED" in {warning.code for warning in answer.warnings}
    assert reader.breakers.state(LOCAL_CALLER.tenant).value == "open"


def heads_of(server):
    """Return the reader of a running server: what its refresher looks at holds it."""
    looks = server.refresher._more
    return next(look.__self__.reader for look in looks if hasattr(getattr(look, "__self__", None), "reader"))


def test_a_head_in_the_shadow_is_compared_and_not_seen(stubs, home_without_model):
    for files in (OLD, NEW):
        register(stubs, files)
    activate(stubs, OLD)
    with open_registry(home_without_model) as registry:
        registry.set_shadow(LOCAL_CALLER, "shadow", SENTIMENT, version_of(NEW), reason="to see")
    numbers = iter(range(100_000))

    def compared():
        assert answered(stubs)[SENTIMENT][1] in {"", version_of(OLD)}
        analyze(stubs, [f"the house number {next(numbers)} is too expensive"])
        request = monitoring_service_pb2.GetShadowReportRequest(kind=SENTIMENT)
        return stubs.monitoring.GetShadowReport(request)

    until(lambda: compared().sample_count > 0, seconds=30)
    report = compared()
    assert (report.shadow_version, report.active_version) == (version_of(NEW), version_of(OLD))
    assert report.reason == "to see"
    assert 0.0 <= report.decision_flip_rate <= 1.0
    assert report.mean_difference > 0.0


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (with_manifest({**{k: v for k, v in OLD.items() if k != MANIFEST_FILE}, MODEL_FILE: b"x"}, SENTIMENT), "ONNX"),
        (
            with_manifest(
                {
                    **{k: v for k, v in OLD.items() if k != MANIFEST_FILE},
                    MODEL_FILE: linear_graph(SENTIMENT, ("terms", "shape"), 9),
                },
                SENTIMENT,
            ),
            "does not reproduce",
        ),
    ],
)
def test_what_is_no_head_is_refused_before_it_is_listed(stubs, files, problem):
    with pytest.raises(grpc.RpcError) as raised:
        register(stubs, files)
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert problem in raised.value.details()
