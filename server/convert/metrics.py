"""Figures of quality, each with how its interval was made."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from leadline.v1 import explanation_pb2, model_pb2, model_service_pb2

from core.errors import InvalidInput
from core.monitoring.expected import expected_metrics
from core.monitoring.realised import USUAL_WINDOW, RealisedFigures
from core.version import Manifest, Metric
from server.convert.model import metric_to_wire
from server.convert.times import time_to_wire

MOST_DAYS = 365
DURATION_PARAMETER = "training_duration_seconds"
_LONGEST_SECONDS = 1e9
_SHARES = frozenset(["conversion_rate", "contact_success_rate"])
"""Shares of leads: Wilson intervals; the rest is resampled."""


def realised_to_wire(metric: Metric) -> model_pb2.ModelMetric:
    """Return a figure measured on outcomes as a message."""
    wilson = metric.name in _SHARES
    method = explanation_pb2.INTERVAL_METHOD_WILSON if wilson else explanation_pb2.INTERVAL_METHOD_BOOTSTRAP
    return _to_wire(metric, method)


def expected_to_wire(metric: Metric) -> model_pb2.ModelMetric:
    """Return a figure that is expected before outcomes are known as a message."""
    return _to_wire(metric, explanation_pb2.INTERVAL_METHOD_MODEL)


def _to_wire(metric: Metric, method: explanation_pb2.IntervalMethod.ValueType) -> model_pb2.ModelMetric:
    wire = model_pb2.ModelMetric(name=metric.name, value=metric.value, sample_count=metric.sample_count)
    if metric.lower is not None and metric.upper is not None:
        wire.interval.lower = metric.lower
        wire.interval.upper = metric.upper
        wire.interval.level = metric.level or 0.0
        wire.interval.method = method
    return wire


def window_from_wire(window_days: int) -> timedelta:
    """Return how far back figures go, by default 30 days.

    Raises:
        InvalidInput: If it is out of range.
    """
    if not 0 <= window_days <= MOST_DAYS:
        raise InvalidInput.of("window_days", f"must be 1 to {MOST_DAYS}, or 0 for {USUAL_WINDOW.days}")
    return timedelta(days=window_days) if window_days else USUAL_WINDOW


def figures_to_wire(manifest: Manifest, found: RealisedFigures) -> model_service_pb2.GetModelMetricsResponse:
    """Return the figures of training beside what became of them."""
    served = found.served
    expected = () if served is None else expected_metrics(served, manifest.threshold)
    return model_service_pb2.GetModelMetricsResponse(
        version=manifest.version,
        metrics=map(metric_to_wire, manifest.metrics),
        realised_metrics=map(realised_to_wire, found.metrics),
        expected_metrics=map(expected_to_wire, expected),
        start_time=time_to_wire(found.start_time),
        end_time=time_to_wire(found.end_time),
        served_count=0 if served is None else served.row_count,
        labelled_count=found.labelled_count,
        training_sample_count=manifest.training_sample_count,
        validation_sample_count=max((metric.sample_count for metric in manifest.metrics), default=0),
        training_duration=_duration(manifest.parameters.get(DURATION_PARAMETER)),
    )


def _duration(seconds: str | float | None) -> Duration | None:
    if isinstance(seconds, str) or seconds is None or not 0.0 <= seconds < float("inf"):
        return None
    wire = Duration()
    wire.FromTimedelta(timedelta(seconds=min(seconds, _LONGEST_SECONDS)))
    return wire
