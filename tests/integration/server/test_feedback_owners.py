"""Feedback of sellers, of tenants, and of roles: what each may write and see."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import feedback_pb2, lead_pb2, lead_service_pb2, scoring_service_pb2
from leadline.v1 import feedback_service_pb2 as pb

from core.caller import Role
from tests.parts.errors import failure_of
from tests.parts.keys import PEPPER, bearer, make_key
from tests.parts.serving import Stubs, served_here

NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
VIEW = feedback_pb2.FEEDBACK_ACTION_VIEW
ADDRESS, AGENT = "198.51.100.77", "Mozilla/5.0 (a rare browser)"


@pytest.fixture(scope="module")
def home(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(active_home, tmp_path_factory.mktemp("feedback") / "home"))


@pytest.fixture(scope="module")
def ann(home: Path):
    return bearer(make_key(home, "acme", Role.SELLER, owner_id="ann").secret)


@pytest.fixture(scope="module")
def admin(home: Path):
    return bearer(make_key(home, "acme", Role.ADMIN).secret)


@pytest.fixture(scope="module")
def stranger(home: Path):
    return bearer(make_key(home, "other", Role.ADMIN).secret)


@pytest.fixture(scope="module")
def server(home: Path, admin, stranger) -> Iterator[Stubs]:
    with served_here(home, auth="api_key", api_key_pepper=PEPPER) as (_, stubs):
        for metadata in (admin, stranger):
            leads = [
                lead_service_pb2.LeadWrite(lead=lead_pb2.Lead(lead_id=f"{owner}s", owner_id=owner, title="x"))
                for owner in ("ann", "bob")
            ]
            stubs.leads.UpsertLeads(
                lead_service_pb2.UpsertLeadsRequest(request_id="leads", leads=leads), metadata=metadata
            )
        yield stubs


def request(request_id: str, lead_id: str, **fields) -> pb.RecordFeedbackRequest:
    told = feedback_pb2.Feedback(**{"lead_id": lead_id, "action": VIEW, **fields})
    return pb.RecordFeedbackRequest(request_id=request_id, feedback=told)


def record(server, metadata, *arguments, **fields):
    return server.feedback.RecordFeedback(request(*arguments, **fields), metadata=metadata).feedback


def refused(call, message, metadata):
    with pytest.raises(grpc.RpcError) as caught:
        call(message, metadata=metadata)
    return failure_of(caught.value)


def test_a_seller_writes_and_sees_feedback_of_its_own_leads(server, ann, admin):
    foreign = record(server, admin, "own-1", "bobs", feedback_id="of-bob")
    own = record(server, ann, "own-2", "anns")
    assert own.feedback.agent_id == "ann"
    seen = server.feedback.ListFeedback(pb.ListFeedbackRequest(), metadata=ann).feedback
    assert {one.feedback.lead_id for one in seen} == {"anns"}
    assert server.feedback.GetFeedbackAnalytics(pb.GetFeedbackAnalyticsRequest(), metadata=ann).total_count == len(seen)
    unknown = refused(server.feedback.RecordFeedback, request("own-3", "nowhere"), ann)
    for call, message in (
        (server.feedback.RecordFeedback, request("own-3", "bobs")),
        (server.feedback.ListFeedback, pb.ListFeedbackRequest(lead_id="bobs")),
        (server.feedback.ListFeedback, pb.ListFeedbackRequest(lead_id="bobs", with_history=True)),
        (
            server.feedback.RecordImplicitFeedback,
            pb.RecordImplicitFeedbackRequest(
                request_id="own-3",
                session_id="s",
                interactions=[pb.Interaction(lead_id=i, action=VIEW) for i in ("anns", "bobs")],
            ),
        ),
    ):
        failure = refused(call, message, ann)
        assert failure.code is NOT_FOUND
        assert failure.message.replace("bobs", "nowhere") == unknown.message
    correction = refused(
        server.feedback.RecordFeedback, request("own-4", "anns", feedback_id=foreign.feedback.feedback_id), ann
    )
    assert correction.info.reason == "FEEDBACK_NOT_FOUND"


def test_a_seller_speaks_for_itself_only(server, ann, admin):
    failure = refused(server.feedback.RecordFeedback, request("as-bob", "anns", agent_id="bob"), ann)
    assert failure.fields == ["feedback.agent_id"]
    assert record(server, ann, "as-ann", "anns", agent_id="ann").feedback.agent_id == "ann"
    assert record(server, admin, "for-bob", "anns", agent_id="bob").feedback.agent_id == "bob"


def test_another_tenants_token_says_nothing(server, admin, stranger):
    ask = scoring_service_pb2.ScoreRequest(lead=lead_pb2.Lead(lead_id="anns"))
    token = server.scoring.Score(ask, metadata=admin).result.attribution_token
    assert record(server, admin, "token", "anns", attribution_token=token).feedback.model_version
    failure = refused(server.feedback.RecordFeedback, request("token", "anns", attribution_token=token), stranger)
    assert failure.fields == ["feedback.attribution_token"]
    assert "acme" not in failure.message


def test_only_an_admin_prunes_and_every_pruning_is_on_record(server, home, ann, admin):
    recorder = bearer(make_key(home, "acme", Role.RECORDER).secret)
    record(server, recorder, "old", "anns", occurred_time=Timestamp(seconds=1_400_000_000))
    for metadata in (ann, recorder):
        assert refused(server.feedback.PruneFeedback, pb.PruneFeedbackRequest(request_id="p"), metadata).code is DENIED
    assert refused(server.feedback.ListFeedback, pb.ListFeedbackRequest(), recorder).code is DENIED
    assert server.feedback.PruneFeedback(pb.PruneFeedbackRequest(request_id="p"), metadata=admin).pruned_count == 1


def test_no_address_and_no_user_agent_is_stored_in_clear(server, home, admin, stranger):
    for spelling in (ADDRESS, f"::ffff:{ADDRESS}"):
        record(server, admin, f"private-{spelling}", "anns", ip_address=spelling, user_agent=AGENT)
    record(server, stranger, "private", "anns", ip_address=ADDRESS, user_agent=AGENT)
    (database,) = home.rglob("*.db")
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT tenant, ip_address, user_agent FROM lead_feedback WHERE ip_address <> ''"
        ).fetchall()
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert len(rows) == 3
    # One person is one pseudonym within a tenant, and another one in another.
    assert len(set(rows)) == 2
    assert len({row[1] for row in rows}) == len({row[2] for row in rows}) == 2
    assert ADDRESS not in dump
    assert "rare browser" not in dump
