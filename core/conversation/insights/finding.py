"""Finds all that is worth knowing of a conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.caller import Caller
from core.conversation.insights.built_in import built_in_insights
from core.conversation.insights.custom import ReadyType, custom_insights
from core.conversation.insights.insight import Insight
from core.conversation.judged import Judged
from core.conversation.lead_picture import KnowsFacts
from core.criteria.facts import Facts
from core.errors import LeadlineError
from core.identifiers import LeadId, TenantId
from core.scoring.result import ScoreWarning

OWN_TYPES_UNKNOWN = ScoreWarning(
    code="INSIGHT_TYPES_UNKNOWN", message="The tenant's own kinds of insights cannot be read now; they are left out."
)
LEAD_FACTS_UNKNOWN = ScoreWarning(
    code="LEAD_FACTS_UNKNOWN",
    message="What is known of the lead cannot be read now; kinds of insights that look at it may be left out.",
)


class InsightFinder:
    """Finds insights of the built-in kinds and of a tenant's own.

    Args:
        types: Returns a tenant's own kinds; None where they cannot be read.
        lead_facts: What those may look at beside the conversation; asked only if one of them does.
    """

    def __init__(self, types: Callable[[TenantId], Sequence[ReadyType] | None], lead_facts: KnowsFacts) -> None:
        self._types = types
        self._lead_facts = lead_facts

    def find(
        self, caller: Caller, lead_id: LeadId | None, judged: Judged, facts: Facts
    ) -> tuple[Sequence[Insight], Sequence[ScoreWarning]]:
        """Return what is worth knowing, the highest priority first, and what the caller should know.

        Args:
            caller: Who asks.
            lead_id: Whom the conversation is with, None if that is not said.
            judged: The conversation.
            facts: What is known of it.
        """
        found = list(built_in_insights(judged))
        warnings: list[ScoreWarning] = []
        types = self._types(caller.tenant)
        if types is None:
            warnings.append(OWN_TYPES_UNKNOWN)
        elif types:
            own_facts = dict(facts)
            if lead_id is not None and any(one.needs_lead for one in types):
                own_facts = {**self._of_lead(caller, lead_id, warnings), **facts}
            found += custom_insights(types, judged, own_facts)
        return sorted(found, key=lambda one: (-one.priority_score, one.type, one.title)), warnings

    def _of_lead(self, caller: Caller, lead_id: LeadId, warnings: list[ScoreWarning]) -> Facts:
        try:
            return self._lead_facts.facts(caller, lead_id)
        except LeadlineError:
            # The conversation was read: what it says does not depend on this.
            warnings.append(LEAD_FACTS_UNKNOWN)
            return {}
