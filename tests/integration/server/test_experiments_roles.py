"""Who may do what with experiments: admins run them, readers look, whoever scores takes part, and a seller with its own
leads only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from leadline.v1 import audit_service_pb2, lead_pb2, lead_service_pb2, scoring_service_pb2
from leadline.v1 import experiment_service_pb2 as pb

from core.caller import Role
from tests.integration.server.test_experiments import refusal
from tests.parts.experiments import experiment_message
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import Stubs, served_here

DENIED, NOT_FOUND = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND
OWNERS = {Role.SELLER: "ann"}


@pytest.fixture(scope="module")
def home(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(active_home, tmp_path_factory.mktemp("roles") / "home"))


@pytest.fixture(scope="module")
def keys(home: Path):
    return {role: bearer(make_key(home, "default", role, owner_id=OWNERS.get(role, "")).secret) for role in Role}


@pytest.fixture(scope="module")
def server(home: Path, keys) -> Iterator[Stubs]:
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        leads = [lead_pb2.Lead(lead_id=f"{owner}s", owner_id=owner, title="t") for owner in ("ann", "bob")]
        writes = [lead_service_pb2.LeadWrite(lead=lead) for lead in leads]
        upsert = lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=writes)
        stubs.leads.UpsertLeads(upsert, metadata=keys[Role.ADMIN])
        create = pb.CreateExperimentRequest(request_id="c", experiment=experiment_message("e"))
        stubs.experiments.CreateExperiment(create, metadata=keys[Role.ADMIN])
        yield stubs


def assign(unit: str, lead_id: str = "") -> pb.AssignVariantRequest:
    return pb.AssignVariantRequest(experiment="e", unit_id=unit, lead_id=lead_id)


def count(server: Stubs, keys) -> int:
    asked = pb.GetExperimentResultsRequest(experiment="e")
    results = server.experiments.GetExperimentResults(asked, metadata=keys[Role.ANALYST]).results
    return sum(variant.lead_count for variant in results.variants)


@pytest.mark.parametrize("role", [Role.READER, Role.ANALYST, Role.SCORER, Role.SELLER, Role.RECORDER])
def test_nobody_but_an_admin_creates_or_stops(server, keys, role):
    create = pb.CreateExperimentRequest(request_id="x", experiment=experiment_message("x"))
    assert refusal(server.experiments.CreateExperiment, create, metadata=keys[role]).code is DENIED
    stop = pb.StopExperimentRequest(request_id="x", experiment="e")
    assert refusal(server.experiments.StopExperiment, stop, metadata=keys[role]).code is DENIED


def test_a_refusal_to_manage_is_recorded(server, keys):
    stop = pb.StopExperimentRequest(request_id="x", experiment="e")
    refusal(server.experiments.StopExperiment, stop, metadata=keys[Role.READER])
    asked = audit_service_pb2.ListAuditRecordsRequest()
    newest = server.audit.ListAuditRecords(asked, metadata=keys[Role.ADMIN]).records[0]
    assert newest.action == "ExperimentService/StopExperiment"


@pytest.mark.parametrize(("role", "may"), [(Role.READER, False), (Role.SCORER, True), (Role.SELLER, True)])
def test_whoever_scores_takes_part(server, keys, role, may):
    if may:
        assert server.experiments.AssignVariant(assign("ann"), metadata=keys[role]).variant
    else:
        assert refusal(server.experiments.AssignVariant, assign("ann"), metadata=keys[role]).code is DENIED


@pytest.mark.parametrize("lead_id", ["bobs", "nowhere"])
def test_a_seller_names_no_lead_but_its_own(server, keys, lead_id):
    before = count(server, keys)
    call = server.experiments.AssignVariant
    found = refusal(call, assign("firm", lead_id), metadata=keys[Role.SELLER])
    assert (found.code, found.message) == (NOT_FOUND, f"no lead {lead_id!r}")
    asked = scoring_service_pb2.ScoreRequest(lead=lead_pb2.Lead(lead_id=lead_id), experiment="e", unit_id="firm")
    assert refusal(server.scoring.Score, asked, metadata=keys[Role.SELLER]).code is NOT_FOUND
    assert count(server, keys) == before


def test_a_unit_that_is_called_like_a_foreign_lead_is_not_taken_for_it(server, keys):
    before = count(server, keys)
    server.experiments.AssignVariant(assign("bobs"), metadata=keys[Role.SELLER])
    assert count(server, keys) == before
    server.experiments.AssignVariant(assign("anns"), metadata=keys[Role.SELLER])
    assert count(server, keys) == before + 1
