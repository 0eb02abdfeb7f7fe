"""One run of StreamScore."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import grpc

from leadline.convert.lead import lead_to_wire
from leadline.convert.score import score_from_wire
from leadline.details import error_from_call, error_from_status
from leadline.errors import InvalidRequest
from leadline.lead import Lead
from leadline.score import LeadError, Score
from leadline.transport import Transport
from leadline.v1.scoring_service_pb2 import ScoreRequest, StreamScoreRequest, StreamScoreResponse


class ScoreStream:
    """Sends leads and matches the answers to them. gRPC's own thread writes, the caller's thread reads.

    Args:
        leads: What to score.
        max_contributions: See :meth:`leadline.Client.stream_score`.
        model_version: See :meth:`leadline.Client.stream_score`.
        experiment: See :meth:`leadline.Client.stream_score`.
        unit_of: See :meth:`leadline.Client.stream_score`.
    """

    def __init__(
        self,
        leads: Iterable[Lead],
        *,
        max_contributions: int | None,
        model_version: str,
        experiment: str = "",
        unit_of: Callable[[Lead], str] | None = None,
    ) -> None:
        self._leads = leads
        self._max_contributions = max_contributions
        self._model_version = model_version
        self._experiment = experiment
        self._unit_of = unit_of
        # Appended on one side and taken on the other, which a deque allows without a lock.
        self._waiting: deque[tuple[int, str, InvalidRequest | None]] = deque()
        self._source_problem: Exception | None = None

    def run(self, transport: Transport, timeout: timedelta) -> Iterator[Score | LeadError]:
        """Yield one result for each lead."""
        call = transport.scoring.StreamScore(
            self._requests(), timeout=timeout.total_seconds(), metadata=transport.metadata
        )
        try:
            for response in call:
                yield from self._unsendable()
                yield self._result(response)
        except grpc.RpcError as problem:
            raise error_from_call(problem) from problem
        finally:
            call.cancel()
        yield from self._unsendable()
        if self._source_problem is not None:
            raise self._source_problem

    def _requests(self) -> Iterator[StreamScoreRequest]:
        try:
            for position, lead in enumerate(self._leads):
                try:
                    wire = self._request(lead)
                except InvalidRequest as problem:
                    self._waiting.append((position, str(lead.lead_id), problem))
                    continue
                self._waiting.append((position, lead.lead_id, None))
                yield StreamScoreRequest(request=wire)
        except Exception as problem:  # noqa: BLE001 - of the caller's iterable; raised again in the caller's thread
            self._source_problem = problem

    def _request(self, lead: Lead) -> ScoreRequest:
        return ScoreRequest(
            lead=lead_to_wire(lead),
            max_contributions=self._max_contributions,
            model_version=self._model_version,
            experiment=self._experiment,
            unit_id=self._unit_of(lead) if self._unit_of else "",
        )

    def _unsendable(self) -> Iterator[LeadError]:
        while self._waiting and self._waiting[0][2] is not None:
            position, lead_id, error = self._waiting.popleft()
            if error is not None:
                yield LeadError(position=position, lead_id=lead_id, error=error)

    def _result(self, response: StreamScoreResponse) -> Score | LeadError:
        position, lead_id, _ = self._waiting.popleft()
        if response.HasField("result"):
            return score_from_wire(response.result)
        return LeadError(position=position, lead_id=lead_id, error=error_from_status(response.error))
