"""One round of the loop: store the leads, score them, tell how each ended, and let the beat decide."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from leadline.v1 import (
    feedback_pb2,
    feedback_service_pb2,
    lead_pb2,
    lead_service_pb2,
    model_service_pb2,
    system_service_pb2,
)
from leadline.v1 import scoring_service_pb2 as pb
from sqlalchemy import text

from core.adapters.sql.database import Database
from core.adapters.sql.known_outcomes import SqlKnownOutcomes
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import LOCAL_CALLER
from core.features.keywords import KeywordFamilies
from core.identifiers import LeadId
from core.lead import Lead
from core.scoring.fallbacks import OutcomeFallbacks
from tests.parts.serving import Stubs

WRITES = 500
BATCH = 1000
CALLERS = 4
SETTLE = timedelta(seconds=6)
"""Labels are taken as of a few seconds ago, so that commits under way are in."""
DECISION_SECONDS = 600.0
TABLES_SECONDS = 600.0
"""A server makes the tables that answer without a model anew in at most a tenth of its time: seconds, where the calls
of a block took weeks. They are waited for, at most so long."""
SAME = 1e-9
_LAST_CHECK = text("SELECT max(check_time) FROM retraining_checks")
_AT_WORK = text("SELECT count(*) FROM training_runs WHERE state IN ('pending', 'running')")


@dataclass(slots=True)
class Said:
    """What the server said, block by block."""

    probabilities: list[npt.NDArray[np.float64]] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)


class Loop:
    """Drives the running system from outside.

    Args:
        stubs: Of the server.
        database: Of the server, to see when the beat has looked.
    """

    def __init__(self, stubs: Stubs, database: Database) -> None:
        self._stubs = stubs
        self._database = database
        self._probe = Lead(lead_id=LeadId("none"))
        self.said = Said()

    def play(self, leads: Sequence[Lead], outcomes: Sequence[bool]) -> None:
        """Store, score and close a block of leads."""
        self._store(leads)
        self._probe = leads[0]
        answers = self._score(leads)
        self.said.probabilities.append(np.array([answer.probability for answer in answers]))
        self.said.versions.append("/".join(sorted({answer.model_version for answer in answers})))
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(self._tell, answers, outcomes))

    def wait_for_decision(self) -> None:
        """Wait until a check of the beat has seen what was told, and no run is under way.

        Where no version serves, also until the tables that answer hold all that was told.

        Raises:
            TimeoutError: If that does not come.
        """
        told = datetime.now(UTC)
        give_up = time.monotonic() + DECISION_SECONDS
        while not self._decided(told + SETTLE):
            if time.monotonic() > give_up:
                raise TimeoutError("no check, or a run without an end")
            time.sleep(0.5)
        self._wait_for_tables()

    def _wait_for_tables(self) -> None:
        tables = OutcomeFallbacks(SqlKnownOutcomes(self._database), KeywordFamilies({})).refresh(LOCAL_CALLER.tenant)
        expected = tables.estimate(self._probe, datetime.now(UTC)).probability
        give_up = time.monotonic() + TABLES_SECONDS
        # A version that was activated a moment ago may begin to serve meanwhile.
        while not self._model_serves() and abs(self._score([self._probe])[0].probability - expected) > SAME:
            if time.monotonic() > give_up:
                raise TimeoutError("the tables do not hold what was told")
            time.sleep(0.5)

    def _model_serves(self) -> bool:
        status = self._stubs.system.GetStatus(system_service_pb2.GetStatusRequest(), timeout=30)
        return any(model.source == pb.SCORE_SOURCE_MODEL for model in status.models)

    def _decided(self, after: datetime) -> bool:
        with self._database.read(ALL_TENANTS) as connection:
            checked = connection.scalar(_LAST_CHECK)
            return checked is not None and checked > after and connection.scalar(_AT_WORK) == 0

    def _store(self, leads: Sequence[Lead]) -> None:
        for start in range(0, len(leads), WRITES):
            part = leads[start : start + WRITES]
            request = lead_service_pb2.UpsertLeadsRequest(request_id=f"leads-{part[0].lead_id}")
            for lead in part:
                request.leads.add(lead=_to_wire(lead))
            self._stubs.leads.UpsertLeads(request, timeout=60)

    def _score(self, leads: Sequence[Lead]) -> list[pb.LeadScore]:
        answers: list[pb.LeadScore] = []
        for start in range(0, len(leads), BATCH):
            ids = [lead_pb2.Lead(lead_id=lead.lead_id) for lead in leads[start : start + BATCH]]
            answer = self._stubs.scoring.BatchScore(pb.BatchScoreRequest(leads=ids), timeout=60)
            answers.extend(one.result for one in answer.results)
        return answers

    def _tell(self, answer: pb.LeadScore, converted: bool) -> None:
        action = feedback_pb2.FEEDBACK_ACTION_CONVERT if converted else feedback_pb2.FEEDBACK_ACTION_DISMISS
        feedback = feedback_pb2.Feedback(
            lead_id=answer.lead_id, action=action, attribution_token=answer.attribution_token
        )
        request = feedback_service_pb2.RecordFeedbackRequest(request_id=f"end-{answer.lead_id}", feedback=feedback)
        self._stubs.feedback.RecordFeedback(request, timeout=60)

    def activations(self) -> list[model_service_pb2.ListModelEventsResponse]:
        """Return every page of the event log."""
        pages, token = [], ""
        while True:
            request = model_service_pb2.ListModelEventsRequest(page_size=1000, page_token=token)
            pages.append(self._stubs.models.ListModelEvents(request, timeout=30))
            token = pages[-1].next_page_token
            if not token:
                return pages


def _to_wire(lead: Lead) -> lead_pb2.Lead:
    wire = lead_pb2.Lead(lead_id=lead.lead_id)
    for name, value in lead.attributes.items():
        if isinstance(value, str):
            wire.attributes[name].text = value
        else:
            wire.attributes[name].number = value
    return wire
