"""A real server process in which every layer fails with a secret in the text of its exception.

Started as ``python -m tests.parts.leaky_server``. A Score whose lead id names a layer fails there.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
import warnings
from dataclasses import replace

import grpc
from leadline.v1 import scoring_service_pb2 as pb

from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.scoring.scorer import Scorer
from core.scoring.served import ServedModels
from server import app
from server.observed.logging import set_up_logging
from server.settings import read_settings

SECRET = "hunter2-jane.doe@example.com"  # noqa: S105  looked for where it must not be
SCORE = "/leadline.v1.ScoringService/Score"
STREAM = "/leadline.v1.ScoringService/StreamScore"
BROKEN = "/leadline.v1.LeadService/ListLeads"


class Leak(RuntimeError):
    """What every layer raises."""

    def __init__(self):
        super().__init__(SECRET)


class Unprintable(Leak):
    def __str__(self):
        raise Leak


class LeakyLayers(grpc.ServerInterceptor):
    """Stands between the boundary and the handlers."""

    def intercept_service(self, continuation, details):
        if details.method == BROKEN:
            raise Leak
        handler = continuation(details)
        return self._leaky(handler) if details.method == SCORE else handler

    def _leaky(self, handler):
        def read(data):
            if b"deserialiser" in data:
                raise Leak
            return handler.request_deserializer(data)

        def answer(request, context):
            if request.lead.lead_id == "interceptor":
                raise Leak
            if request.lead.lead_id == "unprintable":
                raise Unprintable
            response = handler.unary_unary(request, context)
            return "serialiser" if request.lead.lead_id == "serialiser" else response

        def write(response):
            if response == "serialiser":
                raise Leak
            return pb.ScoreResponse.SerializeToString(response)

        return grpc.unary_unary_rpc_method_handler(answer, read, write)


def leaky_score(score):
    def leaky(self, caller, lead, **options):
        if lead.lead_id in {"handler", "stream"}:
            raise Leak
        if lead.lead_id == "group":
            raise ExceptionGroup(SECRET, [Leak()])
        return score(self, caller, lead, **options)

    return leaky


def leak(*_arguments, **_options):
    raise Leak


def main() -> None:
    settings = read_settings(os.environ)  # noqa: TID251
    set_up_logging("debug")
    listen = app.listen
    app.listen = lambda settings, interceptors, *rest, **named: listen(
        settings, [*interceptors, LeakyLayers()], *rest, **named
    )
    Scorer.score = leaky_score(Scorer.score)
    SqlLeadStore.get = leak
    SqlPredictionStore.append = leak
    server = app.build_server(replace(settings))
    server.start()
    ServedModels.refresh_all = leak
    threading.Thread(target=leak).start()
    _print_and_log()
    server.wait()


def _print_and_log() -> None:
    """Do what a careless library does."""
    try:
        leak()
    except Leak as error:
        traceback.print_exc()
        logging.getLogger("careless").exception("it failed: %s", error)  # noqa: TRY401
        logging.getLogger("careless").error(f"it failed: {error}", extra={"lead": SECRET})  # noqa: G004, TRY400
    print(SECRET, file=sys.stderr)  # noqa: T201
    warnings.warn(SECRET, stacklevel=1)
    Thrower()


class Thrower:
    def __del__(self):
        raise Leak


if __name__ == "__main__":
    main()
