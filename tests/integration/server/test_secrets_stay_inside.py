"""An exception with a secret in its text, raised in every layer: nobody reads the secret."""

from __future__ import annotations

import json
import shutil
import signal
import time
import urllib.request

import grpc
import pytest
from leadline.v1 import lead_service_pb2
from leadline.v1 import scoring_service_pb2 as pb

from server.observed.log_fields import LOG_FIELDS
from tests.parts.leaky_server import SECRET
from tests.parts.messages import lead_message
from tests.parts.ports import free_port
from tests.parts.serving import ServerProcess, Stubs

LAYERS = ("handler", "interceptor", "deserialiser", "serialiser", "unprintable", "group", "stream", "store", "pipeline")


def scored(lead_id: str) -> pb.ScoreRequest:
    message = lead_message()
    message.lead_id = lead_id
    return pb.ScoreRequest(lead=message)


def call(stubs: Stubs, layer: str) -> None:
    named = (("x-correlation-id", f"{layer}-1"),)
    if layer == "stream":
        list(stubs.scoring.StreamScore(iter([pb.StreamScoreRequest(request=scored("stream"))]), metadata=named))
    elif layer == "store":
        stubs.leads.GetLead(lead_service_pb2.GetLeadRequest(lead_id="any"), metadata=named)
    elif layer == "pipeline":
        stubs.leads.ListLeads(lead_service_pb2.ListLeadsRequest(), metadata=named)
    else:
        stubs.scoring.Score(scored(layer), metadata=named)


def everything_told(error: grpc.RpcError) -> str:
    metadata = [*(error.initial_metadata() or ()), *(error.trailing_metadata() or ())]
    return f"{error.details()} {error.debug_error_string()} {metadata}"


class Leaky:
    """A leaky server after one failed call in each layer."""

    def __init__(self, home):
        port = free_port()
        process = ServerProcess(home, module="tests.parts.leaky_server", metrics_port=port)
        try:
            with Stubs(process.wait_until_serving()) as stubs:
                self.errors = {layer: self._error(stubs, layer) for layer in LAYERS}
                stubs.scoring.Score(scored("fine"))  # the prediction log fails
                self._wait(port)
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    self.metrics = answer.read().decode()
            process.send(signal.SIGTERM)
            process.wait(20)
        finally:
            process.close()
        self.lines = process.lines

    def _error(self, stubs, layer):
        with pytest.raises(grpc.RpcError) as caught:
            call(stubs, layer)
        return caught.value

    def _wait(self, port):
        """Wait until the background threads have failed too."""
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
            if "leadline_prediction_log_lost_total 2.0" in text and "leadline_scoring_refresh_problem 1.0" in text:
                return
            time.sleep(0.05)
        raise AssertionError(text)

    def entries(self):
        return [json.loads(line) for line in self.lines]


@pytest.fixture(scope="module")
def leaky(active_home, tmp_path_factory):
    return Leaky(shutil.copytree(active_home, tmp_path_factory.mktemp("leaky") / "home"))


@pytest.mark.parametrize("layer", LAYERS)
def test_no_caller_reads_the_text_of_an_exception(leaky, layer):
    error = leaky.errors[layer]
    assert error.code() in {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}
    assert SECRET not in everything_told(error)
    assert "Leak" not in everything_told(error)


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer not in {"deserialiser", "pipeline"}])
def test_what_failed_can_be_found_by_the_correlation_id(leaky, layer):
    """The deserialiser and the pipeline fail before the call has one."""
    found = [entry for entry in leaky.entries() if entry.get("correlation_id") == f"{layer}-1"]
    assert found
    assert {"Leak", "Unprintable", "ExceptionGroup"} & {entry["exception"] for entry in found}


def test_nothing_secret_is_on_standard_error_and_every_line_of_it_is_json(leaky):
    assert leaky.lines
    assert SECRET not in "".join(leaky.lines)
    assert all(isinstance(entry, dict) for entry in leaky.entries())


def test_every_line_has_listed_fields_only(leaky):
    for entry in leaky.entries():
        assert entry.keys() <= LOG_FIELDS.keys()
        assert {"message", "level", "timestamp", "process", "pid"} <= entry.keys()


def test_what_careless_libraries_say_is_reduced_to_type_and_place(leaky):
    told = {(entry["message"], entry.get("logger"), entry.get("exception")) for entry in leaky.entries()}
    assert {
        ("library log", "grpc._server", "Leak"),  # the deserialiser
        ("library log", "careless", "Leak"),
        ("library log", "careless", ""),
        ("library log", "py.warnings", ""),
        ("text on standard error", None, "Leak"),  # a printed traceback
        ("text on standard error", None, None),  # a print
        ("uncaught", None, "Leak"),  # a thread, a destructor
    } <= told
    places = [entry["place"] for entry in leaky.entries() if entry.get("exception") == "Leak"]
    assert all("leaky_server.py:" in place for place in places)


def test_no_figure_holds_it(leaky):
    assert 'leadline_server_calls_total{code="INTERNAL",method="ScoringService/Score"}' in leaky.metrics
    assert SECRET not in leaky.metrics
