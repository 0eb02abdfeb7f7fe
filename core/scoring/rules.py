"""RULES: a weighted checklist for the time before any outcome is known.

The weights are judgement, not measurement: they order leads by how easy they are to reach and how much they say. The
answer is marked RULES, its interval is the whole range, and its confidence is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.features.contacts import is_business_email
from core.features.declaration import FeatureGroup
from core.features.keywords import KeywordFamilies
from core.features.view import LeadView
from core.lead import Lead
from core.scoring.estimate import Estimate, Reason
from core.scoring.result import IntervalMethod, ProbabilityInterval, ScoreSource

BASE_POINTS = 20.0
_LONG_TEXT = 200
_FRESH_DAYS = 7
_RULES_VERSION = "rules"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the checklist: its points are added when it holds."""

    name: str
    group: FeatureGroup
    points: float
    holds: Callable[[LeadView], bool]


def _is_fresh(view: LeadView) -> bool:
    posted, moment = view.lead.posted_time, view.moment
    return posted is not None and moment is not None and 0 <= (moment - posted).days < _FRESH_DAYS


def _mentions(family: str) -> Callable[[LeadView], bool]:
    def holds(view: LeadView) -> bool:
        return view.mentions(family)

    return holds


CHECKLIST = (
    Rule("Telephone given", FeatureGroup.TEXT, 12, lambda view: bool(view.lead.phone)),
    Rule("E-mail given", FeatureGroup.TEXT, 8, lambda view: bool(view.lead.email)),
    Rule("Business e-mail", FeatureGroup.TEXT, 10, lambda view: is_business_email(view.lead.email)),
    Rule("Urgency in the text", FeatureGroup.TEXT, 12, _mentions("urgency")),
    Rule("Budget or salary in the text", FeatureGroup.TEXT, 10, _mentions("budget")),
    Rule("Detailed description", FeatureGroup.TEXT, 8, lambda view: len(view.lead.description) >= _LONG_TEXT),
    Rule("Price known", FeatureGroup.TEXT, 6, lambda view: view.lead.price is not None),
    Rule("Place known", FeatureGroup.LOCATION, 4, lambda view: bool(view.lead.location_name)),
    Rule("Category known", FeatureGroup.CATEGORY, 4, lambda view: bool(view.lead.category)),
    Rule("Posted within seven days", FeatureGroup.TIME, 6, _is_fresh),
)
"""All points are positive, and with the base they add up to 100."""


class RuleScorer:
    """Scores by the checklist.

    Args:
        keywords: Families that include ``urgency`` and ``budget``.
    """

    source = ScoreSource.RULES
    version = _RULES_VERSION

    def __init__(self, keywords: KeywordFamilies) -> None:
        self._keywords = keywords

    def estimate(self, lead: Lead, moment: datetime) -> Estimate:
        """Return the checklist's answer; only what holds is named."""
        view = LeadView(lead, moment, self._keywords)
        reasons = tuple(
            Reason(name=rule.name, group=rule.group.value, points=rule.points, value_text="yes")
            for rule in CHECKLIST
            if rule.holds(view)
        )
        score = BASE_POINTS + sum(reason.points for reason in reasons)
        return Estimate(
            probability=score / 100.0,
            interval=ProbabilityInterval(lower=0.0, upper=1.0, method=IntervalMethod.VACUOUS),
            base_points=BASE_POINTS,
            reasons=reasons,
        )
