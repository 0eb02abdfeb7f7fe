"""Requests of the loads, made once and kept in files."""

from __future__ import annotations

from pathlib import Path

from leadline.v1 import lead_service_pb2, scoring_service_pb2

from tests.benchmarks.messages import BATCH_SCORE, SCORE, Messages
from tests.parts.messages import lead_message

SCORES = 500
BATCHES = 20
LEADS_PER_WRITE = 3


def score_file(folder: Path) -> Path:
    """Write Score requests that carry the whole lead."""
    bodies = [
        scoring_service_pb2.ScoreRequest(lead=lead_message(n), max_contributions=0).SerializeToString()
        for n in range(SCORES)
    ]
    return Messages(name="score", method=SCORE, bodies=bodies).write(folder / "score.bin")


def batch_file(folder: Path, size: int) -> Path:
    """Write BatchScore requests of ``size`` leads."""
    bodies = [
        scoring_service_pb2.BatchScoreRequest(leads=[lead_message(size * b + n) for n in range(size)])
        for b in range(BATCHES)
    ]
    ready = [body.SerializeToString() for body in bodies]
    return Messages(name=f"batch-{size}", method=BATCH_SCORE, bodies=ready).write(folder / f"batch-{size}.bin")


def write_request(request_id: str) -> lead_service_pb2.UpsertLeadsRequest:
    """Return a write of leads that no other request writes."""
    leads = [lead_message(number, f"{request_id}-{number}") for number in range(LEADS_PER_WRITE)]
    for number, lead in enumerate(leads):
        lead.title = f"{request_id} {number}"
    writes = [lead_service_pb2.LeadWrite(lead=lead) for lead in leads]
    return lead_service_pb2.UpsertLeadsRequest(request_id=request_id, leads=writes)
