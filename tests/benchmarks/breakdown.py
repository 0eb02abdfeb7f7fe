"""Where the time of one Score goes, step by step, in one thread and without any RPC."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from leadline.v1 import scoring_service_pb2 as pb

from core.adapters.onnx_predictor import OnnxPredictor
from core.caller import LOCAL_CALLER
from core.ports import Prediction
from core.scoring.answering import Answering, Asked
from core.scoring.loading import load_model
from core.scoring.model import ScoringModel
from core.scoring.model_runs import ModelRun
from core.scoring.stored_leads import KnownLead
from core.scoring.token import TokenSigner
from core.version import LEAD_SCORE, ModelVersion
from server.convert.lead import lead_from_wire
from server.convert.scoring import score_to_wire
from training.app import Trainer

STEPS = (
    "read the request",
    "make a lead of it, checked",
    "features",
    "graph and interval",
    "five reasons",
    "token, log entry, answer",
    "answer to bytes",
)
_REPEATS = 3
_MICRO = 1e6


def measure_steps(trainer: Trainer, version: ModelVersion, bodies: Sequence[bytes]) -> dict[str, float]:
    """Return microseconds of processor time per request for each of ``STEPS``, the least of three passes.

    Steps follow each other as in a call, so that each finds the caches as the one before left them.

    Args:
        trainer: Has the registry.
        version: What scores.
        bodies: Serialised Score requests.
    """
    row, files = trainer.registry.load(LOCAL_CALLER.tenant, LEAD_SCORE, version.manifest.version)
    model = load_model(row, files, OnnxPredictor)
    log: list[Prediction] = []
    answering = Answering(TokenSigner(b"benchmark" * 8), log.append)
    passes = [_one_pass(model, answering, bodies) for _ in range(_REPEATS)]
    return {step: _MICRO * min(found[number] for found in passes) / len(bodies) for number, step in enumerate(STEPS)}


_NOW = datetime(2026, 8, 1, tzinfo=UTC)


def _one_pass(model: ScoringModel, answering: Answering, bodies: Sequence[bytes]) -> list[float]:
    spent = [0.0] * len(STEPS)
    asked = Asked(caller=LOCAL_CALLER, limit=5, moment=_NOW)
    for body in bodies:
        marks = [time.thread_time()]
        request = pb.ScoreRequest.FromString(body)
        marks.append(time.thread_time())
        lead = lead_from_wire(request.lead, "lead")
        marks.append(time.thread_time())
        rows = model.rows([lead], _NOW)
        marks.append(time.thread_time())
        scored = model.score(rows)[0]
        marks.append(time.thread_time())
        model.explain(lead, rows[0], scored, 5)
        marks.append(time.thread_time())
        run = ModelRun(row=rows[0], scored=scored, base_points=0.0, other_points=0.0, contributions=(), importance={})
        answer = answering.by_model(asked, model, KnownLead(lead=lead), run, None)
        marks.append(time.thread_time())
        pb.ScoreResponse(result=score_to_wire(answer)).SerializeToString()
        marks.append(time.thread_time())
        for number in range(len(STEPS)):
            spent[number] += marks[number + 1] - marks[number]
    return spent
