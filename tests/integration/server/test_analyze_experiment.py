from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from leadline.v1 import experiment_pb2, lead_pb2, lead_service_pb2

from core.adapters.sql.engine import open_database
from core.caller import LOCAL_CALLER
from core.registry.manifest import parse_manifest
from core.version import MANIFEST_FILE, SENTIMENT
from tests.parts.encoder import ENCODER_DIR
from tests.parts.errors import failure_of
from tests.parts.experiments import Tried
from tests.parts.fitted import database_url, open_registry
from tests.parts.serving import served_here
from tests.parts.small_heads import small_head
from tests.parts.talking import START, asked, check_answer

AS_OF = START + timedelta(hours=1)


def failed(call, request):
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    return failure_of(raised.value)


def store_lead(stubs, lead_id):
    lead = lead_pb2.Lead(lead_id=lead_id, title="house")
    write = lead_service_pb2.LeadWrite(lead=lead)
    stubs.leads.UpsertLeads(lead_service_pb2.UpsertLeadsRequest(request_id=f"lead-{lead_id}", leads=[write]))


def test_a_head_answers_when_it_is_named_and_within_an_experiment(tmp_path):
    files = [small_head(SENTIMENT, seed=seed) for seed in range(2)]
    versions = [parse_manifest(one[MANIFEST_FILE]).version for one in files]
    database = open_database(database_url(tmp_path))
    database.migrate()
    database.close()
    with open_registry(tmp_path) as registry:
        for number, one in enumerate(files):
            registry.register(LOCAL_CALLER, f"head-{number}", one, "for the tests")
        registry.activate(LOCAL_CALLER, "first-head", SENTIMENT, versions[0], expected="", reason="for the tests")
    with served_here(tmp_path, poll_seconds=0.05, encoder_dir=ENCODER_DIR) as (_, stubs):
        talk = stubs.intelligence
        store_lead(stubs, "l1")

        def version_of(answer):
            return next(one.model_version for one in answer.heads if one.model_kind == SENTIMENT)

        named = talk.Analyze(asked(model_versions={SENTIMENT: versions[1]}, as_of_time=AS_OF))
        assert version_of(named) == versions[1]
        check_answer(asked(), named)
        active = talk.Analyze(asked(as_of_time=AS_OF))
        assert version_of(active) == versions[0]
        assert active.sentiment != named.sentiment
        variants = [
            experiment_pb2.Variant(name=name, model_version=version, traffic_percentage=50, is_control=name == "old")
            for name, version in zip(("old", "new"), versions, strict=True)
        ]
        Tried(stubs).create(experiment_pb2.Experiment(name="exp", model_kind=SENTIMENT, variants=variants))
        seen = set()
        for number in range(12):
            answer = talk.Analyze(asked(lead_id="l1", experiment="exp", unit_id=f"u{number}"))
            seen.add((answer.variant, version_of(answer)))
            assert (answer.experiment, list(answer.warnings)) == ("exp", [])
        assert seen == {("old", versions[0]), ("new", versions[1])}
        assert failed(talk.Analyze, asked(experiment="exp")).fields == ["unit_id"]
        assert failed(talk.Analyze, asked(unit_id="u")).fields == ["unit_id"]
        pinned = asked(experiment="exp", unit_id="u", model_versions={SENTIMENT: versions[0]})
        assert failed(talk.Analyze, pinned).fields == ["model_versions"]
