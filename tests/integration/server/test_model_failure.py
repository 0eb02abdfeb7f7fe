"""A model that fails while it runs: the answer is a fallback and says so, and the model gets a rest."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from leadline.v1 import lead_pb2, lead_service_pb2, model_service_pb2, system_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

import server.domain
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql import SqlLeadStore, open_database
from core.caller import LOCAL_CALLER
from core.errors import ArtifactRefused
from core.scoring.model_runs import FAILURES, ModelRunner
from tests.parts.fitted import FITTED_TIMES, database_url, small_version
from tests.parts.messages import lead_message
from tests.parts.serving import served_here
from training.from_store import table_from_store

REST = timedelta(seconds=0.5)
PRIVATE = "hunter2 alice@example.com"


class Fault:
    """Makes the graph of every model fail while it is on."""

    def __init__(self, monkeypatch):
        self.runs = 0
        self.error = None
        really = OnnxPredictor.predict

        def predict(predictor, rows):
            self.runs += 1
            if self.error is not None:
                raise self.error
            return really(predictor, rows)

        monkeypatch.setattr(OnnxPredictor, "predict", predict)


@pytest.fixture
def fault(monkeypatch):
    return Fault(monkeypatch)


@pytest.fixture
def running(home, monkeypatch, fault):
    monkeypatch.setattr(server.domain, "ModelRunner", partial(ModelRunner, rest=REST))
    with served_here(home) as (server_, stubs):
        yield server_, stubs


def score(stubs, number=0, **options):
    return stubs.scoring.Score(pb.ScoreRequest(lead=lead_message(number), **options)).result


def breaker(stubs):
    dependencies = stubs.system.GetStatus(system_service_pb2.GetStatusRequest()).dependencies
    return next(dependency for dependency in dependencies if dependency.name == "ml")


@pytest.mark.parametrize("error", [RuntimeError(PRIVATE), ArtifactRefused("model.onnx", PRIVATE), MemoryError(PRIVATE)])
def test_the_answer_is_a_fallback_and_says_so(running, fault, error):
    _, stubs = running
    fault.error = error
    answer = score(stubs)
    assert (answer.source, answer.model_version) == (pb.SCORE_SOURCE_RULES, "rules")
    assert [warning.code for warning in answer.warnings] == ["MODEL_FAILED"]
    assert PRIVATE not in str(answer)
    assert answer.attribution_token
    fault.error = None
    assert score(stubs).source == pb.SCORE_SOURCE_MODEL


def test_a_batch_has_one_version_for_all(running, fault):
    _, stubs = running
    fault.error = RuntimeError("x")
    results = stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=[lead_message(n) for n in range(50)])).results
    assert {answer.result.model_version for answer in results} == {"rules"}


def test_after_five_failures_the_model_rests_and_is_then_tried_again(running, fault):
    _, stubs = running
    fault.error = RuntimeError("x")
    for number in range(FAILURES):
        assert breaker(stubs).breaker == system_service_pb2.BREAKER_STATE_CLOSED
        score(stubs, number)
    assert breaker(stubs).breaker == system_service_pb2.BREAKER_STATE_OPEN
    assert not breaker(stubs).available
    runs, fault.error = fault.runs, None
    assert score(stubs).source == pb.SCORE_SOURCE_RULES
    assert fault.runs == runs, "nobody asked the model"
    time.sleep(1.2 * REST.total_seconds())
    assert score(stubs).source == pb.SCORE_SOURCE_MODEL
    assert breaker(stubs).breaker == system_service_pb2.BREAKER_STATE_CLOSED


def test_another_version_is_not_left_alone_for_it(running, fault):
    _, stubs = running
    fault.error = RuntimeError("x")
    for number in range(FAILURES):
        score(stubs, number)
    fault.error = None
    assert score(stubs).source == pb.SCORE_SOURCE_RULES
    assert score(stubs, model_version=small_version(1).name).source == pb.SCORE_SOURCE_MODEL
    request = model_service_pb2.ActivateModelVersionRequest(request_id="a", version=small_version(1).name)
    stubs.models.ActivateModelVersion(request)
    assert score(stubs).source == pb.SCORE_SOURCE_MODEL


def test_fallback_answers_are_logged_as_what_they_are_and_never_train(running, fault, home):
    running_server, stubs = running
    leads = [
        lead_service_pb2.LeadWrite(lead=lead_message(n), outcome=lead_pb2.LeadOutcome(converted=n % 3 == 0))
        for n in range(120)
    ]
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=leads))
    before = training_table(home)
    fault.error = RuntimeError("x")
    for number in range(20):
        score(stubs, number)
    running_server.prediction_log.stop(timedelta(seconds=5))
    with closing(sqlite3.connect(home / "leadline.db")) as connection:
        logged = connection.execute("SELECT DISTINCT source, features FROM predictions").fetchall()
    assert logged == [("baseline", b"")]
    after = training_table(home)
    assert after.leads == before.leads
    assert after.outcomes.tolist() == before.outcomes.tolist() == [n % 3 == 0 for n in range(120)]


def training_table(home):
    database = open_database(database_url(home))
    rows = list(SqlLeadStore(database, lambda: FITTED_TIMES[0]).labelled(LOCAL_CALLER.tenant))
    database.close()
    return table_from_store(sorted(rows, key=lambda stored: int(stored.lead.lead_id.rpartition("-")[2])), min_samples=1)
