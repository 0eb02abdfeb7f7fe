"""The built-in kinds of insights: what they are called, how much they matter, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from core.conversation.insights.insight import Insight, UrgencyLevel
from core.conversation.reading import EvidenceSpan

MOST_SPANS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightKind:
    """One kind."""

    key: str
    importance: float
    """Its priority score where it is certain, 0 to 100."""
    urgency_level: UrgencyLevel
    predicted_outcome: str
    recommended_actions: tuple[str, ...]

    def insight(self, title: str, confidence: float, evidence: tuple[EvidenceSpan, ...] = ()) -> Insight:
        """Return an insight of this kind. ``{sure}`` in the title becomes "85 % sure"."""
        return Insight(
            type=self.key,
            title=title.replace("{sure}", f"{100 * confidence:.0f} % sure"),
            confidence=confidence,
            priority_score=self.importance * confidence,
            urgency_level=self.urgency_level,
            predicted_outcome=self.predicted_outcome,
            recommended_actions=self.recommended_actions,
            evidence=evidence[:MOST_SPANS],
        )


READY_TO_CLOSE = InsightKind(
    key="ready_to_close",
    importance=100,
    urgency_level=UrgencyLevel.IMMEDIATE,
    predicted_outcome="high_conversion_probability",
    recommended_actions=("Call now and agree the next step", "Send the contract or the offer", "Name a closing date"),
)
COMPLAINT = InsightKind(
    key="complaint",
    importance=95,
    urgency_level=UrgencyLevel.IMMEDIATE,
    predicted_outcome="at_risk",
    recommended_actions=("Call and apologise", "Say what will be done and by when", "Tell whoever is in charge"),
)
URGENCY = InsightKind(
    key="urgency",
    importance=90,
    urgency_level=UrgencyLevel.IMMEDIATE,
    predicted_outcome="high_conversion_probability",
    recommended_actions=("Answer within the hour", "Offer the earliest appointment", "Show what is available at once"),
)
BUYING_SIGNAL = InsightKind(
    key="buying_signal",
    importance=85,
    urgency_level=UrgencyLevel.TODAY,
    predicted_outcome="high_conversion_probability",
    recommended_actions=("Propose the next step towards the deal", "Settle what is still open", "Offer an appointment"),
)
AT_RISK = InsightKind(
    key="at_risk",
    importance=80,
    urgency_level=UrgencyLevel.TODAY,
    predicted_outcome="at_risk",
    recommended_actions=("Call instead of writing", "Ask what is wrong", "Offer something that helps at once"),
)
COMPETITIVE_THREAT = InsightKind(
    key="competitive_threat",
    importance=80,
    urgency_level=UrgencyLevel.TODAY,
    predicted_outcome="may_choose_another",
    recommended_actions=(
        "Ask what it compares and by what",
        "Say what sets your offer apart",
        "Show a customer who chose you",
    ),
)
PRICE_NEGOTIATION = InsightKind(
    key="price_negotiation",
    importance=75,
    urgency_level=UrgencyLevel.TODAY,
    predicted_outcome="negotiation_likely",
    recommended_actions=("Decide how far you can go", "Trade terms for price", "Show what the price includes"),
)
VIEWING_INTEREST = InsightKind(
    key="viewing_interest",
    importance=75,
    urgency_level=UrgencyLevel.TODAY,
    predicted_outcome="viewing_likely",
    recommended_actions=("Offer two times for a visit or demo", "Confirm it in writing", "Ask who else should come"),
)
OBJECTION = InsightKind(
    key="objection",
    importance=70,
    urgency_level=UrgencyLevel.TODAY,
    predicted_outcome="stalled_until_answered",
    recommended_actions=(),
)
GOING_QUIET = InsightKind(
    key="going_quiet",
    importance=65,
    urgency_level=UrgencyLevel.THIS_WEEK,
    predicted_outcome="may_go_cold",
    recommended_actions=("Write once more, with something new", "Try another channel", "Ask whether the time is wrong"),
)
UNANSWERED = InsightKind(
    key="unanswered",
    importance=65,
    urgency_level=UrgencyLevel.IMMEDIATE,
    predicted_outcome="may_go_cold",
    recommended_actions=("Answer the lead", "Say when it will hear more"),
)
SELLING_OPPORTUNITY = InsightKind(
    key="selling_opportunity",
    importance=60,
    urgency_level=UrgencyLevel.THIS_WEEK,
    predicted_outcome="new_listing_possible",
    recommended_actions=("Offer a valuation", "Ask when it wants to sell", "Link the sale to the purchase"),
)
FINANCING_INTEREST = InsightKind(
    key="financing_interest",
    importance=55,
    urgency_level=UrgencyLevel.THIS_WEEK,
    predicted_outcome="financing_decides",
    recommended_actions=("Send terms of payment", "Introduce a lender or adviser", "Ask what monthly sum is fine"),
)
QUALIFICATION_GAP = InsightKind(
    key="qualification_gap",
    importance=50,
    urgency_level=UrgencyLevel.THIS_WEEK,
    predicted_outcome="needs_qualification",
    recommended_actions=(),
)
REFERRAL_OPPORTUNITY = InsightKind(
    key="referral_opportunity",
    importance=50,
    urgency_level=UrgencyLevel.THIS_WEEK,
    predicted_outcome="referral_possible",
    recommended_actions=("Ask for an introduction", "Thank the lead", "Offer to help whom it names"),
)
BUILT_IN = (
    READY_TO_CLOSE,
    COMPLAINT,
    URGENCY,
    BUYING_SIGNAL,
    AT_RISK,
    COMPETITIVE_THREAT,
    PRICE_NEGOTIATION,
    VIEWING_INTEREST,
    OBJECTION,
    GOING_QUIET,
    UNANSWERED,
    SELLING_OPPORTUNITY,
    FINANCING_INTEREST,
    QUALIFICATION_GAP,
    REFERRAL_OPPORTUNITY,
)
"""All of them, the most important first."""
BUILT_IN_KEYS = frozenset(one.key for one in BUILT_IN)
