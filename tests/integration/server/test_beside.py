"""The shadow and the online learner against a running server."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import grpc
import pytest
from leadline.v1 import (
    audit_service_pb2,
    lead_pb2,
    lead_service_pb2,
    model_pb2,
    model_service_pb2,
    monitoring_service_pb2,
    scoring_service_pb2,
)

from core.caller import LOCAL_CALLER
from core.registry.manifest import parse_manifest
from core.scoring.online.platt import Filter, Weights
from core.scoring.online.snapshot import snapshot_files
from core.scoring.online.state import OnlineState
from core.version import LEAD_SCORE, MANIFEST_FILE, ONLINE_CORRECTION, ONLINE_FILE
from tests.parts.errors import failure_of
from tests.parts.fitted import open_registry, small_version, with_files
from tests.parts.messages import lead_message
from tests.parts.serving import served_here

WAIT_SECONDS = 20.0
COUNT = 60


def wait_for(ask, until):
    """Ask again and again; return the first answer that will do, or the last before time is up."""
    ends = time.monotonic() + WAIT_SECONDS
    while not until(answer := ask()) and time.monotonic() < ends:
        time.sleep(0.02)
    return answer


def score(stubs, number=0, **options):
    options.setdefault("max_contributions", 100)
    return stubs.scoring.Score(scoring_service_pb2.ScoreRequest(lead=lead_message(number), **options)).result


def snapshot(
    number: int = 0, *, bias: float = 1.0, proven: bool = False, count: int = 60, loss: float = 7.0
) -> dict[str, bytes]:
    """Return a snapshot for one of the two versions, which lost 11 nats."""
    base = parse_manifest(small_version(number).files[MANIFEST_FILE])
    state = OnlineState(
        version=base.version,
        sequence=count,
        update_count=count,
        loss=loss,
        version_loss=11.0,
        proven=proven,
        filter=Filter(weights=Weights(bias=bias)),
    )
    moment = datetime(2026, 7, 3, 0, 0, count % 60, tzinfo=UTC)
    return snapshot_files(state, moment, base=base, code_version="0.1.0")


def put(home, files, request_id: str = "s1") -> str:
    """Register a snapshot and make it serve, as a worker does; return its name."""
    with open_registry(home) as registry:
        version = registry.register(LOCAL_CALLER, request_id, files, "a test").manifest.version
        registry.activate(LOCAL_CALLER, request_id, ONLINE_CORRECTION, version, expected=None, reason="a test")
    return version


def total(answer) -> float:
    return answer.base_points + sum(c.points for c in answer.contributions) + answer.other_points


@pytest.fixture
def plain(active_home, stubs):
    """Scores without a snapshot."""
    return [score(stubs, number) for number in range(10)]


def corrected_by(stubs, name: str):
    return wait_for(lambda: score(stubs), lambda answer: answer.online_snapshot == name)


def test_a_snapshot_moves_scores_within_the_bound_and_a_rollback_takes_it_back(home, plain):
    with served_here(home) as (_, stubs):
        first = put(home, snapshot(bias=1.0), "s1")
        assert corrected_by(stubs, first).online_snapshot == first
        for number, before in enumerate(plain):
            after = score(stubs, number)
            assert after.online_snapshot == first
            assert abs(after.score - before.score) <= 2.0 + 1e-9
            assert total(after) == pytest.approx(after.score, abs=1e-6)
            assert after.probability_interval.lower <= after.probability <= after.probability_interval.upper
        assert any(after.score != before.score for before in plain for after in [score(stubs)])
        second = put(home, snapshot(bias=-1.0, count=120), "s2")
        assert corrected_by(stubs, second).score <= plain[0].score
        moved = stubs.models.RollbackModel(
            model_service_pb2.RollbackModelRequest(request_id="back", kind=ONLINE_CORRECTION, reason="odd")
        )
        assert (moved.version.version, moved.previous_version) == (first, second)
        # This server at once, without waiting for its next look.
        assert score(stubs).online_snapshot == first
        events = stubs.models.ListModelEvents(model_service_pb2.ListModelEventsRequest(kind=ONLINE_CORRECTION)).events
        assert events[0].version == first


def test_a_batch_and_a_named_version(home, plain):
    with served_here(home) as (_, stubs):
        name = put(home, snapshot())
        corrected_by(stubs, name)
        leads = [lead_message(number) for number in range(10)]
        batch = stubs.scoring.BatchScore(scoring_service_pb2.BatchScoreRequest(leads=leads)).results
        assert {answer.result.online_snapshot for answer in batch} == {name}
        assert [answer.result.score for answer in batch] == [score(stubs, number).score for number in range(10)]
        pinned = score(stubs, model_version=small_version(0).name)
        assert (pinned.score, pinned.online_snapshot) == (plain[0].score, "")


@pytest.mark.parametrize("useless", [snapshot(1), snapshot(loss=8.5)], ids=["of another version", "hardly ahead of it"])
def test_a_snapshot_that_does_not_help_and_a_bound_of_zero_change_nothing(home, plain, useless):
    name = put(home, useless)
    with served_here(home) as (_, stubs):
        assert [score(stubs, number).score for number in range(10)] == [before.score for before in plain]
        assert score(stubs).online_snapshot == ""
    assert name
    put(home, snapshot(0), "s2")
    with served_here(home, online_bound_points=0) as (_, stubs):
        assert [score(stubs, number).score for number in range(10)] == [before.score for before in plain]


def test_a_proven_snapshot_may_move_scores_further_but_not_beyond_its_bound(home, plain):
    put(home, snapshot(bias=3.0, proven=True))
    with served_here(home, online_proven_bound_points=12) as (_, stubs):
        shifts = [score(stubs, number).score - before.score for number, before in enumerate(plain)]
    assert 2.0 < max(shifts) <= 12.0 + 1e-9


def test_a_snapshot_is_checked_before_it_is_let_in_or_activated(home):
    with served_here(home) as (_, stubs):
        files = snapshot()
        broken = with_files(files, {ONLINE_FILE: files[ONLINE_FILE].replace(b'"bias":1.0', b'"bias":9.0')})
        upload = [model_pb2.ArtifactFile(name=name, content=content) for name, content in broken.items()]
        request = model_service_pb2.RegisterModelVersionRequest(request_id="r1", files=upload, reason="a test")
        with pytest.raises(grpc.RpcError) as refused:
            stubs.models.RegisterModelVersion(request)
        failure = failure_of(refused.value)
        assert failure.code is grpc.StatusCode.FAILED_PRECONDITION
        assert "bias" in failure.message


def outcomes(stubs, count: int) -> None:
    """Write the leads with how they ended."""
    leads = small_version(0).leads[:count]
    writes = [
        lead_service_pb2.LeadWrite(lead=lead_message(number), outcome=lead_pb2.LeadOutcome(converted=outcome.converted))
        for number, (_, outcome) in enumerate(leads)
    ]
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="outcomes", leads=writes))


def test_a_shadow_can_be_taken_back(home):
    with open_registry(home) as registry:
        registry.set_shadow(LOCAL_CALLER, "shadow", LEAD_SCORE, small_version(1).name, reason="not proven")
    clear = model_service_pb2.ClearShadowVersionRequest(request_id="c", reason="too slow")
    with served_here(home, shadow_share=1) as (_, stubs):
        assert report(stubs).shadow_version == small_version(1).name
        assert stubs.models.ClearShadowVersion(clear).cleared_version == small_version(1).name
        assert report(stubs).shadow_version == ""
        # The same request again, the same answer; another one finds nothing to clear.
        assert stubs.models.ClearShadowVersion(clear).cleared_version == small_version(1).name
        clear.request_id = "d"
        assert stubs.models.ClearShadowVersion(clear).cleared_version == ""
        records = stubs.audit.ListAuditRecords(
            audit_service_pb2.ListAuditRecordsRequest(action="ModelService/ClearShadowVersion")
        ).records
        assert records[-1].target == f"lead_score/{small_version(1).name}"
        assert {record.reason for record in records} == {"too slow"}
        clear.reason = "another"
        with pytest.raises(grpc.RpcError) as caught:
            stubs.models.ClearShadowVersion(clear)
        assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS


def test_the_shadow_report_compares_the_challenger_with_what_was_served(home):
    with open_registry(home) as registry:
        registry.set_shadow(LOCAL_CALLER, "shadow", LEAD_SCORE, small_version(1).name, reason="not proven")
    with served_here(home, shadow_share=1) as (_, stubs):
        score(stubs)
        wait_for(lambda: report(stubs, again=True), lambda found: found.sample_count > 0)
        leads = [lead_message(number) for number in range(COUNT)]
        batch = stubs.scoring.BatchScore(scoring_service_pb2.BatchScoreRequest(leads=leads)).results
        shown = {answer.result.lead_id: answer.result.probability for answer in batch}
        named = stubs.scoring.BatchScore(
            scoring_service_pb2.BatchScoreRequest(leads=leads, model_version=small_version(1).name)
        ).results
        before = report(stubs).sample_count
        found = wait_for(lambda: report(stubs), lambda found: found.sample_count >= COUNT)
        assert found.sample_count >= COUNT, before
        assert (found.shadow_version, found.active_version) == (small_version(1).name, small_version(0).name)
        assert found.reason == "not proven"
        assert 0.3 < found.rank_correlation <= 1.0
        mean = sum(answer.result.probability - shown[answer.result.lead_id] for answer in named) / COUNT
        assert found.mean_difference == pytest.approx(mean, abs=0.05)
        interval = found.decision_flip_interval
        assert interval.lower <= found.decision_flip_rate <= interval.upper
        assert 0 < found.median_latency.ToTimedelta().total_seconds() <= found.p99_latency.ToTimedelta().total_seconds()
        assert len(found.shadow_metrics) == 0
        outcomes(stubs, COUNT)
        known = report(stubs)
        for metrics in (known.shadow_metrics, known.active_metrics):
            figures = {metric.name: metric for metric in metrics}
            assert figures["log_loss"].sample_count == COUNT
            assert figures["log_loss"].interval.lower <= figures["log_loss"].value <= figures["log_loss"].interval.upper


def report(stubs, *, again: bool = False):
    if again:
        score(stubs)
    return stubs.monitoring.GetShadowReport(monitoring_service_pb2.GetShadowReportRequest())


def test_without_a_challenger_or_a_learner_the_reports_say_so(stubs):
    assert report(stubs).shadow_version == ""
    learner = stubs.monitoring.GetOnlineLearner(monitoring_service_pb2.GetOnlineLearnerRequest())
    assert (learner.update_count, learner.version, learner.e_value) == (0, "", 1.0)
    assert not learner.HasField("log_loss")


def test_a_challenger_whose_files_are_damaged_harms_no_answer(home):
    with open_registry(home) as registry:
        registry.set_shadow(LOCAL_CALLER, "shadow", LEAD_SCORE, small_version(1).name, reason="not proven")
    damaged = home / "models" / small_version(1).digest / "model.onnx"
    damaged.write_bytes(b"nothing")
    with served_here(home, shadow_share=1) as (server, stubs):
        score(stubs)
        challengers = server.shadow._challengers
        wait_for(lambda: challengers._held, bool)
        assert score(stubs).model_version == small_version(0).name
        assert report(stubs).sample_count == 0
