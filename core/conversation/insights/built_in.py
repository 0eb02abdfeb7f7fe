"""Finds the built-in insights of a conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from core.conversation.insights import kind as kinds
from core.conversation.insights.insight import Insight
from core.conversation.insights.kind import InsightKind
from core.conversation.judged import Judged
from core.conversation.kinds import BehavioralSignal, Intent, Momentum, Objection, Sentiment
from core.conversation.signals import SignalFound

LONG_UNANSWERED = timedelta(hours=1)
"""A lead that waits longer should get an answer now."""
_HANDLING: Mapping[Objection, tuple[str, tuple[str, ...]]] = {
    Objection.PRICE: (
        "Finds it too dear",
        ("Show what the price includes", "Offer terms of payment", "Show a cheaper choice"),
    ),
    Objection.TIMING: ("Not now", ("Ask what has to happen first", "Agree when to talk again", "Keep in touch")),
    Objection.LOCATION: ("Not the right place", ("Ask which places would do", "Show choices there")),
    Objection.TRUST: ("Has doubts", ("Name customers who can be asked", "Show guarantees", "Offer to meet")),
    Objection.COMPETITOR: (
        "Has another offer",
        ("Ask what it compares and by what", "Say what sets your offer apart"),
    ),
    Objection.APPROVAL: (
        "Somebody else has to agree",
        ("Offer to talk to whoever decides", "Send a summary that can be passed on"),
    ),
    Objection.FEATURE: ("Misses something", ("Ask how much it matters", "Show how others do without it")),
}
_ASKING = {
    "budget": "Ask about the budget",
    "timeline": "Ask by when",
    "authority": "Ask who decides",
}


def built_in_insights(judged: Judged) -> Iterator[Insight]:
    """Yield what is worth knowing of a conversation."""
    for find in _FINDERS:
        yield from find(judged)


def _signal(judged: Judged, kind: BehavioralSignal) -> SignalFound | None:
    return next((one for one in judged.signals if one.kind is kind), None)


def _objection(judged: Judged, kind: Objection) -> float:
    return max((one.probability for one in judged.open_objections if one.kind is kind), default=0.0)


def _sure(judged: Judged, probability: float) -> float:
    """Return a probability as far as the heads are believed."""
    return probability * judged.trust


def _ready_to_close(judged: Judged) -> Iterator[Insight]:
    buying, urgency = judged.buying_intent, judged.urgency
    means = _signal(judged, BehavioralSignal.PRE_APPROVED)
    backing = max(urgency.probability if urgency.is_present else 0.0, 0.0 if means is None else means.strength)
    if buying.is_present and backing and not judged.open_objections:
        evidence = (*buying.evidence, *urgency.evidence, *(() if means is None else means.evidence))
        confidence = _sure(judged, buying.probability * backing)
        yield kinds.READY_TO_CLOSE.insight("Ready to close ({sure})", confidence, tuple(dict.fromkeys(evidence)))


def _urgency(judged: Judged) -> Iterator[Insight]:
    if judged.urgency.is_present:
        confidence = _sure(judged, judged.urgency.probability)
        yield kinds.URGENCY.insight("High urgency ({sure})", confidence, judged.urgency.evidence)


def _buying_signal(judged: Judged) -> Iterator[Insight]:
    if judged.buying_intent.is_present:
        confidence = _sure(judged, judged.buying_intent.probability)
        yield kinds.BUYING_SIGNAL.insight("Wants to buy ({sure})", confidence, judged.buying_intent.evidence)


def _of_intent(intent: Intent, kind: InsightKind, title: str) -> Callable[[Judged], Iterator[Insight]]:
    def find(judged: Judged) -> Iterator[Insight]:
        read = judged.intent(intent)
        if read.is_present:
            yield kind.insight(f"{title} ({{sure}})", _sure(judged, read.probability), read.evidence)

    return find


def _at_risk(judged: Judged) -> Iterator[Insight]:
    sentiment = judged.sentiment
    if sentiment is None or sentiment.sentiment is not Sentiment.NEGATIVE:
        return
    cools = judged.momentum in {Momentum.SLOWING, Momentum.DECLINING}
    if cools or judged.intent(Intent.COMPLAINT).is_present:
        yield kinds.AT_RISK.insight("About to be lost ({sure})", _sure(judged, sentiment.negative))


def _objections(judged: Judged) -> Iterator[Insight]:
    for one in judged.open_objections:
        title, actions = _HANDLING[one.kind]
        insight = kinds.OBJECTION.insight(f"{title} ({{sure}})", _sure(judged, one.probability), one.spans)
        yield replace(insight, recommended_actions=actions)


def _competitive_threat(judged: Judged) -> Iterator[Insight]:
    comparing = _signal(judged, BehavioralSignal.COMPARISON_SHOPPING)
    if comparing is not None:
        confidence = _sure(judged, comparing.strength)
        yield kinds.COMPETITIVE_THREAT.insight("Weighs other offers ({sure})", confidence, comparing.evidence)


def _price_negotiation(judged: Judged) -> Iterator[Insight]:
    read = judged.intent(Intent.NEGOTIATION)
    price = _objection(judged, Objection.PRICE)
    if read.is_present:
        confidence = _sure(judged, max(read.probability, price))
        yield kinds.PRICE_NEGOTIATION.insight("Negotiates the price ({sure})", confidence, read.evidence)


def _going_quiet(judged: Judged) -> Iterator[Insight]:
    quiet = _signal(judged, BehavioralSignal.GOING_QUIET)
    if quiet is not None:
        yield kinds.GOING_QUIET.insight("Going quiet ({sure})", quiet.strength)


def _unanswered(judged: Judged) -> Iterator[Insight]:
    elapsed = judged.elapsed
    if judged.state.tempo.is_unanswered and elapsed is not None and elapsed >= LONG_UNANSWERED:
        hours = elapsed / timedelta(hours=1)
        waited = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"  # noqa: PLR2004  two days
        yield kinds.UNANSWERED.insight(f"Has waited {waited} for an answer", 1.0)


def _qualification_gap(judged: Judged) -> Iterator[Insight]:
    needs = judged.state.needs
    missing = [
        name
        for name, is_known in (
            ("budget", needs.budget_lower is not None or needs.budget_upper is not None),
            ("timeline", needs.deadline is not None or judged.urgency.is_present),
            ("authority", needs.decision_maker is not None),
        )
        if not is_known
    ]
    interest = max(
        [judged.buying_intent.probability if judged.buying_intent.is_present else 0.0]
        + [judged.intent(one).probability for one in (Intent.BUYING, Intent.VIEWING) if judged.intent(one).is_present]
    )
    if not missing or not interest:
        return
    title = f"Interested, but not known: {', '.join(missing)}"
    share = len(missing) / len(_ASKING)
    insight = kinds.QUALIFICATION_GAP.insight(title, _sure(judged, interest))
    yield replace(
        insight,
        priority_score=insight.priority_score * (0.5 + 0.5 * share),
        recommended_actions=tuple(_ASKING[name] for name in missing),
    )


def _referral(judged: Judged) -> Iterator[Insight]:
    referral = judged.state.needs.referral
    if referral is not None:
        yield kinds.REFERRAL_OPPORTUNITY.insight("Knows somebody who needs it too", 0.8, referral.evidence)


_FINDERS: tuple[Callable[[Judged], Iterator[Insight]], ...] = (
    _ready_to_close,
    _of_intent(Intent.COMPLAINT, kinds.COMPLAINT, "Complains"),
    _urgency,
    _buying_signal,
    _at_risk,
    _competitive_threat,
    _price_negotiation,
    _of_intent(Intent.VIEWING, kinds.VIEWING_INTEREST, "Wants to see it"),
    _objections,
    _going_quiet,
    _unanswered,
    _of_intent(Intent.SELLING, kinds.SELLING_OPPORTUNITY, "Has something to sell"),
    _of_intent(Intent.FINANCING, kinds.FINANCING_INTEREST, "Asks about financing"),
    _qualification_gap,
    _referral,
)
