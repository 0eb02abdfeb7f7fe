"""Scores."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from leadline.v1 import explanation_pb2, scoring_service_pb2

from core.errors import InvalidInput, LeadlineError
from core.features.declaration import FeatureGroup
from core.scoring.result import IntervalMethod, LeadScore, ScoreSource
from server.convert.times import time_to_wire
from server.interceptors.status import status_of

_SOURCES = {
    ScoreSource.MODEL: scoring_service_pb2.SCORE_SOURCE_MODEL,
    ScoreSource.BASELINE: scoring_service_pb2.SCORE_SOURCE_BASELINE,
    ScoreSource.RULES: scoring_service_pb2.SCORE_SOURCE_RULES,
}
_METHODS = {
    IntervalMethod.VENN_ABERS: explanation_pb2.INTERVAL_METHOD_VENN_ABERS,
    IntervalMethod.CREDIBLE: explanation_pb2.INTERVAL_METHOD_CREDIBLE,
    IntervalMethod.VACUOUS: explanation_pb2.INTERVAL_METHOD_VACUOUS,
}
_GROUPS = {group.value: explanation_pb2.FeatureGroup.Value(f"FEATURE_GROUP_{group.name}") for group in FeatureGroup}
_Contribution = explanation_pb2.Contribution


def check_score_request(request: scoring_service_pb2.ScoreRequest) -> None:
    """Do nothing if there is something to score.

    Raises:
        InvalidInput: If the lead is missing.
    """
    if not request.HasField("lead"):
        raise InvalidInput.of("lead", "must be given")


def score_to_wire(score: LeadScore, time: Timestamp | None = None) -> scoring_service_pb2.LeadScore:
    """Return a score as a message; ``time`` spares a batch the conversion of its one moment."""
    interval = score.interval
    wire = scoring_service_pb2.LeadScore(
        lead_id=score.lead_id,
        score=score.score,
        probability=score.probability,
        probability_interval=explanation_pb2.Interval(
            lower=interval.lower, upper=interval.upper, level=interval.level, method=_METHODS[interval.method]
        ),
        confidence=score.confidence,
        model_version=score.model_version,
        source=_SOURCES[score.source],
        base_points=score.base_points,
        other_points=score.other_points,
        score_time=time or time_to_wire(score.score_time),
        experiment=score.experiment,
        variant=score.variant,
        attribution_token=score.attribution_token,
        online_snapshot=score.online_snapshot,
    )
    if score.contributions:
        wire.contributions.extend(
            [
                _Contribution(feature=c.feature, group=_GROUPS[c.group], points=c.points, value_text=c.value_text)
                for c in score.contributions
            ]
        )
        wire.feature_importance.update(score.feature_importance)
    for warning in score.warnings:
        wire.warnings.add(code=warning.code, message=warning.message)
    return wire


def batch_to_wire(results: list[LeadScore | LeadlineError]) -> scoring_service_pb2.BatchScoreResponse:
    """Return the results of a batch, errors in their places."""
    response = scoring_service_pb2.BatchScoreResponse()
    add = response.results.add
    time = next((time_to_wire(result.score_time) for result in results if isinstance(result, LeadScore)), None)
    for result in results:
        if isinstance(result, LeadScore):
            add(result=score_to_wire(result, time))
        else:
            add(error=status_of(result))
    return response
