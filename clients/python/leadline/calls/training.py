"""The part of ModelService that is about training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

from leadline.convert.training import answer_from_wire, run_from_wire
from leadline.errors import LeadlineError
from leadline.training import RetrainingAnswer, TrainingRun
from leadline.transport import Transport
from leadline.v1 import model_service_pb2 as pb

CHECK_TIMEOUT: Final = timedelta(seconds=30)
"""Looking at all triggers."""


class TrainingCalls:
    """Asks for training runs and tells what became of them. An empty kind means ``lead_score``."""

    _transport: Transport

    def request_retraining(
        self,
        reason: str = "",
        *,
        force: bool = False,
        validation_split: float | None = None,
        params: Mapping[str, float] | None = None,
        kind: str = "",
        request_id: str | None = None,
        timeout: timedelta | None = None,
    ) -> RetrainingAnswer:
        """Ask for a training run. A worker begins it.

        Args:
            reason: Why, at most 1,000 characters.
            force: Train even if no trigger fires.
            validation_split: Newest share of the labels to measure on, 0.05 to 0.5; None means 0.5.
            params: Hyperparameters in place of the defaults, for example ``{"max_depth": 4}``.
            kind: Of the model.
            request_id: Idempotency key; None makes one.
            timeout: None means at least 30 seconds.
        """
        key = request_id or uuid4().hex
        request = pb.RequestRetrainingRequest(
            request_id=key,
            kind=kind,
            force=force,
            reason=reason,
            validation_split=validation_split,
            params=dict(params or {}),
        )
        try:
            response = self._transport.call(
                self._transport.models.RequestRetraining, request, timeout=timeout, at_least=CHECK_TIMEOUT
            )
        except LeadlineError as problem:
            problem.request_id = key
            raise
        return answer_from_wire(response)

    def training_run(self, run_id: str, *, timeout: timedelta | None = None) -> TrainingRun:
        """Read one run.

        Raises:
            NotFound: If there is none.
        """
        request = pb.GetTrainingRunRequest(run_id=run_id)
        return run_from_wire(self._transport.call(self._transport.models.GetTrainingRun, request, timeout=timeout).run)

    def training_runs(
        self, *, kind: str = "", page_size: int = 50, timeout: timedelta | None = None
    ) -> Iterator[TrainingRun]:
        """Yield every run, newest first; pages are fetched as they are needed."""
        token = ""
        while True:
            request = pb.ListTrainingRunsRequest(kind=kind, page_size=page_size, page_token=token)
            response = self._transport.call(self._transport.models.ListTrainingRuns, request, timeout=timeout)
            yield from map(run_from_wire, response.runs)
            token = response.next_page_token
            if not token:
                return
