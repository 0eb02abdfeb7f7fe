"""How much a lead does."""

from __future__ import annotations

from typing import NamedTuple

from core.behavior.weights import EngagementWeights
from core.health.health import HealthComponent, HealthReason
from core.health.knowledge import Knowledge, fading

MOST = 20.0
"""Points of a lead that could not do more."""
HALF = 20.0
"""Weight of actions that makes an engagement score of 50, as in the behaviour feature ``engagement_score``."""
HALF_LIFE = 7.0
"""Days after which an action weighs half."""
MOST_MESSAGES = 20.0
"""So many messages of a lead count: when each was sent is not kept, and all are taken to be as new as the newest."""
_MESSAGE_WEIGHT = EngagementWeights().message


class Engagement(NamedTuple):
    """Weighted, faded amounts of what a lead does."""

    events: float
    messages: float

    @property
    def score(self) -> float:
        """0 (nothing) to 100: 100 a / (a + 20) of the amount a."""
        amount = self.events + self.messages
        return 100.0 * amount / (amount + HALF)


def engagement(known: Knowledge) -> Engagement:
    """Return how much a lead does: its actions and messages, halved with every 7 days of their age.

    Messages that were also recorded as events count twice; whoever does both sees a score that saturates sooner.
    """
    messages = _MESSAGE_WEIGHT * min(MOST_MESSAGES, known.message_count) * fading(known.message_days, HALF_LIFE)
    return Engagement(events=known.did("engagement_fading_7d"), messages=messages)


def engagement_reasons(known: Knowledge, found: Engagement) -> list[HealthReason]:
    """Return what events and messages add, each by its part in the amount."""
    amount = found.events + found.messages
    if not amount:
        return []
    points = MOST * found.score / 100.0
    texts = (
        (f"{_counted(known.did('events_30d'), 'event')} in the last 30 days", found.events),
        (f"{_counted(known.message_count, 'message')} of the lead", found.messages),
    )
    return [
        HealthReason(text=text, points=points * part / amount, component=HealthComponent.ENGAGEMENT)
        for text, part in texts
        if part
    ]


def _counted(count: float, what: str) -> str:
    return f"{count:,.0f} {what}" if count == 1.0 else f"{count:,.0f} {what}s"
