"""ScoringService."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from leadline.v1 import scoring_service_pb2 as pb
from leadline.v1 import scoring_service_pb2_grpc

from core.caller import Caller
from core.errors import LeadlineError
from core.experiments.scoring import ExperimentScorer
from core.scoring.result import LeadScore
from core.scoring.scorer import DEFAULT_CONTRIBUTIONS, Scorer
from server.convert.lead import lead_from_wire, leads_from_wire
from server.convert.scoring import batch_to_wire, check_score_request, score_to_wire
from server.identity import Identify
from server.interceptors.reading import UnreadableRequest
from server.interceptors.status import status_of


class ScoringServicer(scoring_service_pb2_grpc.ScoringServiceServicer):
    """Wire face of :class:`core.scoring.scorer.Scorer` and :class:`core.experiments.scoring.ExperimentScorer`."""

    def __init__(
        self, scorer: Scorer, experiments: ExperimentScorer, identify: Identify, identify_again: Identify
    ) -> None:
        self._scorer = scorer
        self._experiments = experiments
        self._identify = identify
        # A stream may last an hour, and the credential it began with may not.
        self._identify_again = identify_again

    def Score(self, request: pb.ScoreRequest, context: grpc.ServicerContext) -> pb.ScoreResponse:
        """Score one lead."""
        return pb.ScoreResponse(result=score_to_wire(self._score(request, self._identify(context))))

    def BatchScore(self, request: pb.BatchScoreRequest, context: grpc.ServicerContext) -> pb.BatchScoreResponse:
        """Score many leads."""
        leads = leads_from_wire(request.leads)
        caller = self._identify(context)
        return batch_to_wire(
            self._scorer.score_batch(caller, leads, limit=request.max_contributions, version=request.model_version)
        )

    def StreamScore(
        self, request_iterator: Iterator[pb.StreamScoreRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.StreamScoreResponse]:
        """Score leads as they come."""
        for request in request_iterator:
            caller = self._identify_again(context)
            try:
                if isinstance(request, UnreadableRequest):
                    raise request.problem
                yield pb.StreamScoreResponse(result=score_to_wire(self._score(request.request, caller)))
            except LeadlineError as problem:
                yield pb.StreamScoreResponse(error=status_of(problem))

    def _score(self, request: pb.ScoreRequest, caller: Caller) -> LeadScore:
        check_score_request(request)
        limit = request.max_contributions if request.HasField("max_contributions") else DEFAULT_CONTRIBUTIONS
        lead = lead_from_wire(request.lead, "lead")
        return self._experiments.score(
            caller,
            lead,
            limit=limit,
            version=request.model_version,
            experiment=request.experiment,
            unit_id=request.unit_id,
        )
