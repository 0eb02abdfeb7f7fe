"""Finds the insights of a tenant's own kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.conversation.insights.insight import Insight
from core.conversation.insights.insight_type import InsightType
from core.conversation.insights.kind import MOST_SPANS
from core.conversation.judged import Judged
from core.conversation.reading import EvidenceSpan
from core.criteria.criterion import comparisons
from core.criteria.facts import Facts
from core.criteria.holding import Test, compiled

_OWN = "analysis."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyType:
    """A kind whose criterion was made ready."""

    kind: InsightType
    test: Test
    fields: frozenset[str]
    """What its criterion looks at."""

    @classmethod
    def of(cls, kind: InsightType) -> ReadyType:
        """Make a kind ready."""
        fields = frozenset(one.field for one in comparisons(kind.criterion))
        return cls(kind=kind, test=compiled(kind.criterion), fields=fields)

    @property
    def needs_lead(self) -> bool:
        """Whether it looks at more than the conversation."""
        return not all(field.startswith(_OWN) for field in self.fields)


def custom_insights(ready: Iterable[ReadyType], judged: Judged, facts: Facts) -> Iterator[Insight]:
    """Yield an insight for each kind whose criterion holds.

    Args:
        ready: The tenant's kinds.
        judged: The conversation; an insight is as sure as the analysis is.
        facts: What the criteria look at.
    """
    for one in ready:
        if one.test(facts):
            kind = one.kind
            yield Insight(
                type=kind.key,
                title=kind.title,
                confidence=judged.confidence,
                priority_score=kind.priority_score,
                urgency_level=kind.urgency_level,
                predicted_outcome=kind.predicted_outcome,
                recommended_actions=kind.recommended_actions,
                evidence=_evidence(judged, one.fields),
                is_custom=True,
            )


def _evidence(judged: Judged, fields: frozenset[str]) -> tuple[EvidenceSpan, ...]:
    found = [span for field in sorted(fields) if field in _SHOWN_BY for span in _SHOWN_BY[field](judged)]
    return tuple(dict.fromkeys(found))[:MOST_SPANS]


def _entities(judged: Judged) -> Sequence[EvidenceSpan]:
    return [one.span for one in judged.state.needs.entities[:MOST_SPANS]]


_SHOWN_BY: Mapping[str, Callable[[Judged], Sequence[EvidenceSpan]]] = {
    "analysis.urgency": lambda judged: judged.urgency.evidence,
    "analysis.is_urgent": lambda judged: judged.urgency.evidence,
    "analysis.buying_intent": lambda judged: judged.buying_intent.evidence,
    "analysis.is_buying": lambda judged: judged.buying_intent.evidence,
    "analysis.objections": lambda judged: [span for one in judged.open_objections for span in one.spans],
    "analysis.intents": lambda judged: [
        span for one in judged.intents if one.signal.is_present for span in one.signal.evidence
    ],
    "analysis.signals": lambda judged: [span for one in judged.signals for span in one.evidence],
    "analysis.budget_lower": _entities,
    "analysis.budget_upper": _entities,
    "analysis.bedrooms": _entities,
    "analysis.places": _entities,
    "analysis.deadline_days": _entities,
}
