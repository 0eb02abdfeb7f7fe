"""Spans of a running server, as a collector gets them."""

from __future__ import annotations

import json
import subprocess
import sys

import grpc
import pytest
from leadline.v1 import lead_service_pb2
from leadline.v1 import scoring_service_pb2 as pb
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from core.adapters.sql.lead_store import SqlLeadStore
from core.errors import InvalidInput
from server.observed.tracing import Tracing, start_tracing
from tests.parts.collector import collecting
from tests.parts.messages import lead_message
from tests.parts.ports import free_port
from tests.parts.serving import ROOT, environment, served_here

SECRET = "hunter2-jane.doe@example.com"  # noqa: S105  looked for where it must not be
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def leak(*_arguments, **_options):
    raise RuntimeError(SECRET)


def attributes(span: Span) -> dict[str, object]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


@pytest.fixture(scope="module")
def collected(active_home, tmp_path_factory):
    """Five calls: answered, refused, with a failing store, within a trace of the caller, and a stream."""
    import shutil

    home = shutil.copytree(active_home, tmp_path_factory.mktemp("traced") / "home")
    with collecting() as collector, pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlLeadStore, "list", leak)
        with served_here(home, traces_endpoint=collector.address) as (_, stubs):
            message = lead_message()
            message.title = SECRET
            stubs.scoring.Score(pb.ScoreRequest(lead=message), metadata=[("x-correlation-id", "order-17")])
            for call in (
                lambda: stubs.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id="nobody")),
                lambda: stubs.leads.ListLeads(lead_service_pb2.ListLeadsRequest()),
            ):
                with pytest.raises(grpc.RpcError):
                    call()
            trace = [("traceparent", f"00-{TRACE}-{PARENT}-01")]
            stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=[message]), metadata=trace)
            list(stubs.scoring.StreamScore(iter([pb.StreamScoreRequest(request=pb.ScoreRequest(lead=message))])))
        spans = {attributes(span)["rpc.method"]: span for span in collector.wait_for(5)}
        yield spans, b"".join(collector.bodies), collector.paths


def test_each_call_has_a_span_with_method_and_code(collected):
    spans = collected[0]
    told = {
        name: (attributes(span)["rpc.service"], attributes(span)["rpc.grpc.status_code"], span.kind)
        for name, span in spans.items()
    }
    server = Span.SPAN_KIND_SERVER
    assert told == {
        "Score": ("leadline.v1.ScoringService", 0, server),
        "BatchScore": ("leadline.v1.ScoringService", 0, server),
        "StreamScore": ("leadline.v1.ScoringService", 0, server),
        "GetLead": ("leadline.v1.LeadService", grpc.StatusCode.NOT_FOUND.value[0], server),
        "ListLeads": ("leadline.v1.LeadService", grpc.StatusCode.INTERNAL.value[0], server),
    }
    assert set(collected[2]) == {"/v1/traces"}


def test_only_a_fault_of_the_server_is_an_error_span(collected):
    failed = {name for name, span in collected[0].items() if span.status.code == Status.STATUS_CODE_ERROR}
    assert failed == {"ListLeads"}


def test_a_span_continues_the_trace_of_the_caller(collected):
    span = collected[0]["BatchScore"]
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert collected[0]["Score"].trace_id.hex() != TRACE


def test_a_span_names_the_call_as_the_log_does(collected):
    assert attributes(collected[0]["Score"])["leadline.correlation_id"] == "order-17"


def test_no_span_holds_a_payload_or_the_text_of_an_exception(collected):
    spans, sent, _ = collected
    assert SECRET.encode() not in sent
    assert b"Traceback" not in sent
    (event, *_) = spans["ListLeads"].events
    assert {a.key: a.value.string_value for a in event.attributes} == {"exception.type": "RuntimeError"}


def test_the_boundary_answers_as_it_does_without_traces(active_home, tmp_path, home):
    def answer(**settings):
        with served_here(home, **settings) as (_, stubs), pytest.raises(grpc.RpcError) as caught:
            stubs.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id="nobody"))
        return caught.value.code(), caught.value.details()

    assert answer(traces_endpoint=f"http://127.0.0.1:{free_port()}") == answer()


def test_traces_are_off_by_default_and_nothing_of_them_is_imported(home):
    assert start_tracing("") == Tracing()
    code = (
        "import json, sys; from server.app import build_server; from server.settings import read_settings\n"
        f"server = build_server(read_settings({environment(home)!r})); server.start(); server.stop()\n"
        "print(json.dumps([m for m in sys.modules if m.startswith('opentelemetry')]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout.splitlines()[-1]) == []


def test_an_address_without_the_packages_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "server.observed.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(InvalidInput, match=r"leadline-backend\[tracing\]"):
        start_tracing("http://127.0.0.1:4318")


def test_an_address_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="LEADLINE_TRACES_ENDPOINT must begin with"):
        start_tracing("127.0.0.1:4318")
