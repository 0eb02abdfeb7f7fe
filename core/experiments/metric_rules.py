"""What must hold of the metrics of an experiment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.errors import Violation

if TYPE_CHECKING:
    from core.experiments.experiment import MetricSpec

MAX_METRICS = 20


def metric_violations(metrics: tuple[MetricSpec, ...]) -> Iterator[Violation]:
    """Yield every broken rule, with fields as in ``metrics[0].margin``.

    Conversion is refused in every role: it is always primary, and named twice it would be corrected for twice.
    """
    if len(metrics) > MAX_METRICS:
        yield Violation(field="metrics", rule=f"must be at most {MAX_METRICS}")
    for position, metric in enumerate(metrics[:MAX_METRICS]):
        field = f"metrics[{position}]"
        if metric.is_conversion:
            yield Violation(field=f"{field}.kind", rule="must not be CONVERSION, which is always the primary metric")
        if any((metric.kind, metric.role) == (other.kind, other.role) for other in metrics[:position]):
            yield Violation(field=field, rule="must not measure the same in the same role as one before")
        yield from _margin(metric, f"{field}.margin")


def _margin(metric: MetricSpec, field: str) -> Iterator[Violation]:
    if metric.is_guardrail and not 0.0 < metric.margin < 1.0:
        yield Violation(field=field, rule="must be above 0 and below 1 for a guardrail")
    elif not metric.is_guardrail and metric.margin != 0.0:
        yield Violation(field=field, rule="must be left out unless the role is GUARDRAIL")
