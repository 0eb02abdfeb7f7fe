"""How qualified a lead is: budget, authority, need and timeline, from what it said and did.

The four questions are those of the sales practice called BANT. The scores are set, not learned: 0 speaks against the
lead, 0.5 neither way, 1 for it. ``docs/health.md`` has them as a table.
"""

from __future__ import annotations

from typing import NamedTuple

from core.conversation.kinds import BehavioralSignal, Intent, Objection
from core.health.health import (
    HealthComponent,
    HealthReason,
    Qualification,
    QualificationCriterion,
    QualificationPart,
)
from core.health.knowledge import Knowledge, fading

MOST, LEAST = 9.0, -1.0
"""Points of each question that is met, and that speaks against the lead."""
NEITHER = 0.5
HALF_LIFE = 60.0
"""Days without a sign of the lead after which what it said is worth half: scores go back to 0.5."""
DEADLINE_HALF_LIFE = 60.0
"""Days: a deadline so far away presses half as much as one that is today."""

_WANTED = {Intent.BUYING: 0.8, Intent.NEGOTIATION: 0.8, Intent.VIEWING: 0.8, Intent.FINANCING: 0.7, Intent.PRICE: 0.7}
_ASKED = {Intent.INFORMATION: 0.6, Intent.SELLING: 0.6}
_NEEDS = {intent.value: score for intent, score in (_WANTED | _ASKED).items()}


class _Said(NamedTuple):
    """What answers a question."""

    score: float
    text: str


def qualification(known: Knowledge) -> Qualification:
    """Return how qualified a lead is; its score is the mean over the four questions, what is missing counts 0."""
    kept = fading(known.silent_days, HALF_LIFE)
    answers = {
        QualificationCriterion.BUDGET: _budget(known),
        QualificationCriterion.AUTHORITY: _authority(known),
        QualificationCriterion.NEED: _need(known),
        QualificationCriterion.TIMELINE: _timeline(known),
    }
    parts = tuple(_part(criterion, said, kept) for criterion, said in answers.items())
    return Qualification(score=sum(part.score or 0.0 for part in parts) / len(parts), parts=parts)


def qualification_reasons(found: Qualification) -> list[HealthReason]:
    """Return what each answered question adds or takes: its distance from 0.5, which at 1 is 9 points and at 0 -1."""
    reasons = []
    for part in found.parts:
        if part.score is None or part.score == NEITHER:
            continue
        distance = 2.0 * (part.score - NEITHER)
        points = distance * (MOST if distance > 0.0 else -LEAST)
        reasons.append(HealthReason(text=part.text, points=points, component=HealthComponent.QUALIFICATION))
    return reasons


def _part(criterion: QualificationCriterion, said: _Said | None, kept: float) -> QualificationPart:
    if said is None:
        return QualificationPart(criterion=criterion)
    return QualificationPart(criterion=criterion, score=NEITHER + (said.score - NEITHER) * kept, text=said.text)


def _budget(known: Knowledge) -> _Said | None:
    approved, amount = known.flag("is_pre_approved"), _amount(known)
    if approved is None and not amount:
        # Nor does an objection to the price say what it can pay: that is still to be asked for.
        return None
    score, words = NEITHER, []
    if amount:
        score, words = 0.75, [amount]
    if approved is True:
        score, words = (1.0 if amount else 0.9), [*words, "means approved"]
    if approved is False:
        score, words = 0.3, [*words, "means not approved"]
    if known.objects(Objection.PRICE):
        score, words = score - 0.25, [*words, "objects to the price"]
    return _Said(score, _sentence(words))


def _amount(known: Knowledge) -> str:
    lower, upper, currency = known.number("budget_lower"), known.number("budget_upper"), known.text("budget_currency")
    unit = f" {currency}" if currency else ""
    if lower is not None and upper is not None and lower != upper:
        return f"budget {lower:,.0f} to {upper:,.0f}{unit}"
    if upper is not None:
        return f"budget up to {upper:,.0f}{unit}"
    return "" if lower is None else f"budget from {lower:,.0f}{unit}"


def _authority(known: Knowledge) -> _Said | None:
    decides, objects = known.flag("is_decision_maker"), known.objects(Objection.APPROVAL)
    if decides is None:
        return _Said(0.3, "Somebody else has to agree") if objects else None
    if not decides:
        return _Said(0.2, "Others decide")
    return _Said(0.6, "Decides itself, but somebody has to agree") if objects else _Said(1.0, "Decides itself")


def _need(known: Knowledge) -> _Said | None:
    """Return the strongest sign of a need, less 0.1 for each objection to what is offered."""
    signs = [*_said_needs(known), *_done_needs(known)]
    if not signs:
        return None
    strongest = max(signs)
    against = [kind for kind in (Objection.FEATURE, Objection.LOCATION) if known.objects(kind)]
    words = [strongest.text, *(f"objects to the {kind.value}" for kind in against)]
    return _Said(max(0.0, strongest.score - 0.1 * len(against)), _sentence(words))


def _said_needs(known: Knowledge) -> list[_Said]:
    signs = [
        _Said(_NEEDS[intent], f"spoke of {_INTENT_WORDS.get(intent, intent)}")
        for intent in known.texts("intents")
        if intent in _NEEDS
    ]
    buying = known.number("buying_intent")
    if known.flag("is_buying") and buying is not None:
        signs.append(_Said(NEITHER + NEITHER * buying, "wants to buy"))
    if known.number("bedrooms") is not None or known.texts("places"):
        signs.append(_Said(0.7, "said what it looks for"))
    return signs


def _done_needs(known: Knowledge) -> list[_Said]:
    signs = []
    if known.did("schedule_frequency"):
        signs.append(_Said(0.9, "made an appointment, a booking or a purchase"))
    if known.did("inquiry_frequency"):
        signs.append(_Said(0.75, "sent an inquiry"))
    if known.did("interest_count"):
        signs.append(_Said(0.6, "saved or liked items"))
    return signs


def _timeline(known: Knowledge) -> _Said | None:
    """Return the most pressing sign of time; an open objection that it is too early stands against all of them."""
    if known.objects(Objection.TIMING):
        return _Said(0.2, "Says that it is not the time")
    signs = [*_deadline(known), *_pressure(known)]
    if not signs:
        return None
    score, text = max(signs)
    return _Said(score, _sentence([text]))


def _deadline(known: Knowledge) -> list[_Said]:
    days = known.number("deadline_days")
    if days is None:
        return []
    score = NEITHER + NEITHER * fading(max(0.0, days), DEADLINE_HALF_LIFE)
    count = round(days)
    text = f"deadline in {count} {'day' if count == 1 else 'days'}" if count else "deadline within a day"
    return [_Said(score, text)]


def _pressure(known: Knowledge) -> list[_Said]:
    signals, signs = known.texts("signals"), []
    if BehavioralSignal.IMMEDIATE_NEED.value in signals:
        signs.append(_Said(0.95, "needs it now"))
    if BehavioralSignal.TIMELINE_PRESSURE.value in signals:
        signs.append(_Said(0.85, "is pressed for time"))
    urgency = known.number("urgency")
    if known.flag("is_urgent") and urgency is not None:
        signs.append(_Said(NEITHER + NEITHER * urgency, "is in a hurry"))
    return signs


def _sentence(words: list[str]) -> str:
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


_INTENT_WORDS = {Intent.VIEWING.value: "a viewing", Intent.NEGOTIATION.value: "better terms"}
