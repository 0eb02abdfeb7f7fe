"""Whatever a caller sends wrong: INVALID_ARGUMENT, and the field by its path."""

from __future__ import annotations

import math
import resource
import time

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import lead_pb2, lead_service_pb2, model_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from tests.parts.errors import Failure, failure_of
from tests.parts.messages import lead_message

YEAR_1 = -62_135_596_800
YEAR_9999 = 253_402_300_799
MEGABYTE = "x" * 2**20


def refused(call) -> Failure:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    failure = failure_of(caught.value)
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT, failure
    assert failure.info.reason == "INVALID_REQUEST"
    assert all(violation.description.startswith("must") for violation in failure.detail.field_violations)
    return failure


def lead(**fields) -> lead_pb2.Lead:
    return lead_pb2.Lead(**{"lead_id": "a", "title": "t", **fields})


def with_attribute(name: str, **value) -> lead_pb2.Lead:
    return lead(attributes={name: lead_pb2.AttributeValue(**value)})


BAD_LEADS = {
    "NaN price": (lead(price=math.nan), "price"),
    "infinite price": (lead(price=math.inf), "price"),
    "minus infinite price": (lead(price=-math.inf), "price"),
    "negative price": (lead(price=-0.01), "price"),
    "NaN attribute": (with_attribute("x", number=math.nan), "attributes['x']"),
    "infinite attribute": (with_attribute("x", number=math.inf), "attributes['x']"),
    "minus infinite attribute": (with_attribute("x", number=-math.inf), "attributes['x']"),
    "long attribute": (with_attribute("x", text="y" * 1001), "attributes['x']"),
    "empty attribute name": (with_attribute("", number=1), "attributes"),
    "long attribute name": (with_attribute("n" * 101, number=1), "attributes"),
    "10,000 attributes": (
        lead(attributes={f"a{n}": lead_pb2.AttributeValue(number=n) for n in range(10_000)}),
        "attributes",
    ),
    "257 attributes": (
        lead(attributes={f"a{n}": lead_pb2.AttributeValue(flag=True) for n in range(257)}),
        "attributes",
    ),
    "negative nanos": (lead(posted_time=Timestamp(seconds=1_700_000_000, nanos=-1)), "posted_time"),
    "a second of nanos": (lead(posted_time=Timestamp(seconds=1_700_000_000, nanos=10**9)), "posted_time"),
    "year 1": (lead(posted_time=Timestamp(seconds=YEAR_1)), "posted_time"),
    "year 9999": (lead(posted_time=Timestamp(seconds=YEAR_9999)), "posted_time"),
    "before 1970": (lead(posted_time=Timestamp(seconds=-1)), "posted_time"),
    "no such time": (lead(posted_time=Timestamp(seconds=2**63 - 1)), "posted_time"),
    "a megabyte of title": (lead(title=MEGABYTE), "title"),
    "a megabyte of description": (lead(description=MEGABYTE), "description"),
    "a megabyte of category": (lead(category=MEGABYTE), "category"),
    "a megabyte of place": (lead(location_name=MEGABYTE), "location_name"),
    "a megabyte of e-mail": (lead(email=MEGABYTE), "email"),
    "a megabyte of phone": (lead(phone=MEGABYTE), "phone"),
    "no id": (lead(lead_id=""), "lead_id"),
    "long id": (lead(lead_id="a" * 129), "lead_id"),
    "a space in the id": (lead(lead_id="a b"), "lead_id"),
    "a new line after the id": (lead(lead_id="a\n"), "lead_id"),
    "another script in the id": (lead(lead_id="\uff41"), "lead_id"),
    "bad owner": (lead(owner_id="a/b"), "owner_id"),
}


@pytest.mark.parametrize(("bad", "path"), BAD_LEADS.values(), ids=BAD_LEADS)
def test_a_bad_lead_is_refused_by_its_field(stubs, bad, path):
    assert refused(lambda: stubs.scoring.Score(pb.ScoreRequest(lead=bad))).fields == [f"lead.{path}"]
    result = stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=[lead(), bad])).results
    assert result[0].HasField("result")
    assert result[1].HasField("error")
    write = lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=[lead_service_pb2.LeadWrite(lead=bad)])
    assert refused(lambda: stubs.leads.UpsertLeads(write)).fields == [f"leads[0].lead.{path}"]


def test_every_broken_field_is_named_at_once(stubs):
    bad = lead(lead_id="", price=-1, title=MEGABYTE, attributes={"x": lead_pb2.AttributeValue(number=math.nan)})
    fields = refused(lambda: stubs.scoring.Score(pb.ScoreRequest(lead=bad))).fields
    assert sorted(fields) == ["lead.attributes['x']", "lead.lead_id", "lead.price", "lead.title"]


def test_the_edges_of_what_is_allowed_are_scored(stubs):
    edges = lead(
        lead_id="a" * 128,
        title="\x00" * 1000,
        description="\U0001f600" * 20_000,
        category="c" * 200,
        location_name="l" * 200,
        price=1.7e308,
        email="e" * 320,
        phone="p" * 64,
        posted_time=Timestamp(seconds=0),
        attributes={f"{n:0100d}": lead_pb2.AttributeValue(text="t" * 1000) for n in range(256)},
    )
    answer = stubs.scoring.Score(pb.ScoreRequest(lead=edges, max_contributions=100)).result
    assert 0 <= answer.score <= 100
    latest = lead(posted_time=Timestamp(seconds=4_102_444_799, nanos=999_999_999))
    assert 0 <= stubs.scoring.Score(pb.ScoreRequest(lead=latest)).result.score <= 100


BAD_REQUESTS = {
    "no lead": (pb.ScoreRequest(), "lead"),
    "negative count": (pb.ScoreRequest(lead=lead(), max_contributions=-1), "max_contributions"),
    "count above 100": (pb.ScoreRequest(lead=lead(), max_contributions=101), "max_contributions"),
    "largest count": (pb.ScoreRequest(lead=lead(), max_contributions=2**31 - 1), "max_contributions"),
    "experiment that is no name": (pb.ScoreRequest(lead=lead(), experiment="../x"), "experiment"),
    "version of an experiment": (
        pb.ScoreRequest(lead=lead(), experiment="e", model_version="v"),
        "model_version",
    ),
    "unit": (pb.ScoreRequest(lead=lead(), unit_id="u"), "unit_id"),
    "version that is no name": (pb.ScoreRequest(lead=lead(), model_version="../x"), "model_version"),
}


@pytest.mark.parametrize(("request_", "path"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_bad_request_is_refused_by_its_field(stubs, request_, path):
    assert refused(lambda: stubs.scoring.Score(request_)).fields == [path]


@pytest.mark.parametrize("count", [0, 1001, 5000])
def test_a_batch_has_1_to_1000_leads(stubs, count):
    request = pb.BatchScoreRequest(leads=[lead()] * count)
    assert refused(lambda: stubs.scoring.BatchScore(request)).fields == ["leads"]


@pytest.mark.parametrize("count", [0, 501, 5000])
def test_a_write_has_1_to_500_leads(stubs, count):
    writes = [lead_service_pb2.LeadWrite(lead=lead(lead_id=f"n{n}")) for n in range(count)]
    request = lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=writes)
    assert refused(lambda: stubs.leads.UpsertLeads(request)).fields == ["leads"]


def test_a_bad_write_changes_nothing(stubs):
    writes = [lead_service_pb2.LeadWrite(lead=lead(lead_id=name)) for name in ("good", "bad id")]
    request = lead_service_pb2.UpsertLeadsRequest(request_id="nothing", leads=writes)
    assert refused(lambda: stubs.leads.UpsertLeads(request)).fields == ["leads[1].lead.lead_id"]
    with pytest.raises(grpc.RpcError) as caught:
        stubs.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id="good"))
    assert failure_of(caught.value).code is grpc.StatusCode.NOT_FOUND


def test_a_lead_twice_in_one_write_is_refused(stubs):
    writes = [lead_service_pb2.LeadWrite(lead=lead(lead_id="twice"))] * 2
    request = lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=writes)
    assert refused(lambda: stubs.leads.UpsertLeads(request)).fields == ["leads[1].lead.lead_id"]


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(YEAR_1, 0), (YEAR_9999, 0), (1_700_000_000, -1), (4_000_000_000, 0)], ids=str
)
def test_an_outcome_outside_time_or_in_the_future_is_refused(stubs, seconds, nanos):
    outcome = lead_pb2.LeadOutcome(converted=True, outcome_time=Timestamp(seconds=seconds, nanos=nanos))
    write = lead_service_pb2.LeadWrite(lead=lead(), outcome=outcome)
    request = lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=[write])
    assert refused(lambda: stubs.leads.UpsertLeads(request)).fields == ["leads[0].outcome.outcome_time"]


@pytest.mark.parametrize("request_id", ["", "a b", "a" * 129, "\x00"], ids=["empty", "space", "long", "NUL"])
def test_every_write_needs_a_well_formed_request_id(stubs, request_id):
    upsert = lead_service_pb2.UpsertLeadsRequest(request_id=request_id, leads=[lead_service_pb2.LeadWrite(lead=lead())])
    pb2, models = model_service_pb2, stubs.models
    version = models.GetModelVersion(pb2.GetModelVersionRequest()).version.version
    for call in (
        lambda: stubs.leads.UpsertLeads(upsert),
        lambda: models.ActivateModelVersion(pb2.ActivateModelVersionRequest(request_id=request_id, version=version)),
        lambda: models.RollbackModel(pb2.RollbackModelRequest(request_id=request_id)),
        lambda: models.ClearShadowVersion(pb2.ClearShadowVersionRequest(request_id=request_id)),
        lambda: models.PruneModelVersions(pb2.PruneModelVersionsRequest(request_id=request_id)),
        lambda: models.RegisterModelVersion(
            pb2.RegisterModelVersionRequest(request_id=request_id, files=[{"name": "manifest.json"}])
        ),
    ):
        assert refused(call).fields == ["request_id"]


@pytest.mark.parametrize("method", ["GetLead", "ListLeads"])
def test_reads_of_leads_check_their_fields(stubs, method):
    if method == "GetLead":
        call = lambda: stubs.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id="a b"))  # noqa: E731
        assert refused(call).fields == ["lead_id"]
        return
    for fields, path in (
        ({"page_size": -1}, "page_size"),
        ({"page_token": "x"}, "page_token"),
        ({"owner_id": "a b"}, "owner_id"),
    ):
        request = lead_service_pb2.ListLeadsRequest(**fields)
        assert refused(lambda request=request: stubs.leads.ListLeads(request)).fields == [path]


METHODS = {
    "ScoringService/Score": 2 * 2**20,
    "ScoringService/BatchScore": 32 * 2**20,
    "LeadService/UpsertLeads": 32 * 2**20,
    "LeadService/GetLead": 64 * 2**10,
    "LeadService/ListLeads": 64 * 2**10,
    "ModelService/ListModelVersions": 64 * 2**10,
    "ModelService/GetModelVersion": 64 * 2**10,
    "ModelService/RegisterModelVersion": 65 * 2**20,
    "ModelService/ActivateModelVersion": 64 * 2**10,
    "ModelService/RollbackModel": 64 * 2**10,
    "ModelService/ClearShadowVersion": 64 * 2**10,
    "ModelService/PruneModelVersions": 64 * 2**10,
    "ModelService/GetModelMetrics": 64 * 2**10,
    "ModelService/ListModelEvents": 64 * 2**10,
    "ModelService/RequestRetraining": 64 * 2**10,
    "ModelService/GetTrainingRun": 64 * 2**10,
    "ModelService/ListTrainingRuns": 64 * 2**10,
    "SystemService/GetStatus": 64 * 2**10,
}
"""Method to the most bytes of its request."""


def send_bytes(stubs, method: str, content: bytes) -> bytes:
    return stubs.channel.unary_unary(f"/leadline.v1.{method}")(content, timeout=30)


@pytest.mark.parametrize(("method", "limit"), METHODS.items(), ids=METHODS)
def test_a_request_with_too_many_bytes_is_refused(stubs, method, limit):
    # Field 1000, length-delimited, unknown to every message: only the size is wrong.
    payload = limit + 1 - 6
    content = b"\xc2\x3e" + bytes([payload & 0x7F | 0x80, payload >> 7 & 0x7F | 0x80, payload >> 14 & 0x7F | 0x80])
    content += bytes([payload >> 21 & 0x7F]) + b"x" * payload
    assert len(content) == limit + 1
    failure = refused(lambda: send_bytes(stubs, method, content))
    assert failure.fields == ["request"]
    assert f"{limit:,} bytes" in failure.detail.field_violations[0].description


@pytest.mark.parametrize("content", [b"\xff", b"\x0a\x05ab", b"\x0a\x01\xff", b"\x0a\x03\x0a\x01\xff"], ids=repr)
@pytest.mark.parametrize("method", ["ScoringService/Score", "ScoringService/BatchScore", "LeadService/UpsertLeads"])
def test_bytes_that_are_no_message_are_refused(stubs, method, content):
    assert refused(lambda: send_bytes(stubs, method, content)).fields == ["request"]


@pytest.mark.parametrize("method", METHODS)
def test_no_method_is_confused_by_bytes_that_are_no_message(stubs, method):
    assert refused(lambda: send_bytes(stubs, method, b"\xff\xff\xff")).fields == ["request"]


def test_the_error_of_many_long_names_reaches_the_caller(stubs):
    # An error travels in the trailers, of which clients accept no more than 8 KiB.
    names = [f"{n:03d}" + "\U0001f600" * 97 for n in range(256)]
    bad = lead(attributes={name: lead_pb2.AttributeValue(number=math.nan) for name in names})
    assert refused(lambda: stubs.scoring.Score(pb.ScoreRequest(lead=bad))).fields
    writes = [lead_service_pb2.LeadWrite(lead=bad) for _ in range(20)]
    request = lead_service_pb2.UpsertLeadsRequest(request_id="r", leads=writes)
    assert refused(lambda: stubs.leads.UpsertLeads(request)).fields


def test_a_sample_lead_is_fine(stubs):
    assert stubs.scoring.Score(pb.ScoreRequest(lead=lead_message())).result.score > 0


MANY_EMPTY_PARTS = {
    "ScoringService/BatchScore": (b"\x0a\x00" * 2**24, "leads"),
    "LeadService/UpsertLeads": (b"\x12\x00" * 2**24, "leads"),
    "ModelService/RegisterModelVersion": (b"\x12\x00" * (2**25 + 2**18), "files"),
}


@pytest.mark.parametrize(
    ("method", "content", "path"), [(m, *c) for m, c in MANY_EMPTY_PARTS.items()], ids=MANY_EMPTY_PARTS
)
def test_millions_of_empty_parts_are_refused_before_they_cost_gigabytes(stubs, method, content, path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    assert refused(lambda: send_bytes(stubs, method, content)).fields == [path]
    assert time.perf_counter() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 512 * 1024, "KiB; parsed they are 3 GB"
