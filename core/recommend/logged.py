"""What a ranker would have been worth, from the recommendations that another one gave and what leads then did.

Only places that were filled with some chance count: of a place that was always given to the same item, nobody knows
what another item would have brought there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.behavior.event_log import EventReader
from core.behavior.recording import microseconds_of
from core.event import Event
from core.identifiers import LeadId, TenantId
from core.recommend.choosing import POOL
from core.recommend.interaction import PREFERENCES, Interaction
from core.recommend.model import RecommendationModel
from core.recommend.off_policy import LoggedSlot, OffPolicyReport, off_policy_value
from core.recommend.preference import LeadInteractions, preference_kind
from core.recommend.recommendation_log import LoggedItem, RecommendationRow, place_token

LOOKS_BACK = timedelta(days=30)
MOST_ANSWERS = 5_000
"""The newest; a ranker orders the whole catalogue for each."""
FEWEST_SLOTS = 100
"""Places that chance had a part in; with fewer there is no report."""
REWARDED_WITHIN = timedelta(days=7)
"""After an item was shown, for events that do not say which recommendation led to them."""
REWARDING_WEIGHT = 3.0
"""Preference of the weakest event that is a reward: a like."""
_REWARDING = frozenset(kind.value for kind, weight in PREFERENCES.items() if weight >= REWARDING_WEIGHT)
_WITHIN_US = REWARDED_WITHIN // timedelta(microseconds=1)
LEADS_AT_ONCE = 100
"""Whose events are held together."""


class ShownReader(Protocol):
    """Reads what was recommended."""

    def newest(
        self, tenant: TenantId, *, since: datetime, limit: int, version: str | None = None
    ) -> Sequence[RecommendationRow]:
        """Return the newest answers since a moment, oldest first; with ``version`` only those of one version."""


class Scores(Protocol):
    """Scores items for a history."""

    def __call__(self, history: Sequence[Interaction], moment_us: int, item_ids: Sequence[str]) -> Sequence[float]:
        """Return a score for each item, in their order; minus infinity for one it does not know."""


class ModelScores:
    """The scores of a model, for some of its items. Implements :class:`Scores`."""

    def __init__(self, model: RecommendationModel) -> None:
        self._model = model
        self._places = {item_id: place for place, item_id in enumerate(model.item_ids)}

    def __call__(self, history: Sequence[Interaction], moment_us: int, item_ids: Sequence[str]) -> Sequence[float]:
        """Return a score for each item."""
        found = self._model.scores(history, moment_us)
        places = (self._places.get(item_id) for item_id in item_ids)
        return [-math.inf if place is None else float(found[place]) for place in places]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedJudge:
    """Judges rankers by what was recommended, and by what leads did with it.

    Attributes:
        shown: What was recommended.
        events: What leads did.
        clock: The present moment.
    """

    shown: ShownReader
    events: EventReader
    clock: Callable[[], datetime]

    def rows(self, tenant: TenantId, *, version: str | None = None) -> Sequence[RecommendationRow]:
        """Return the answers that chance had a part in, of the last 30 days, oldest first; at most the newest 5,000.

        Args:
            tenant: Whose.
            version: Only of one version; None: of all.
        """
        since = self.clock() - LOOKS_BACK
        found = self.shown.newest(tenant, since=since, limit=MOST_ANSWERS, version=version)
        return [row for row in found if row.exploration > 0.0]

    def value(self, tenant: TenantId, rows: Sequence[RecommendationRow], scores: Scores) -> OffPolicyReport | None:
        """Return what a ranker would have been worth where these answers were given.

        It must not have learned from what leads did after them.

        Args:
            tenant: Whose.
            rows: Answers.
            scores: Of the ranker.

        Returns:
            The report; None if fewer than 100 places had any chance in them.

        Raises:
            DependencyDown: If the store does not work.
        """
        slots = [slot for part in _by_leads(rows) for slot in self._slots(tenant, part, scores)]
        if len(slots) < FEWEST_SLOTS:
            return None
        # Chance bounds the weights: of one exploration they are at most 20 times its inverse.
        return off_policy_value(slots, clip=math.inf)

    def _slots(
        self, tenant: TenantId, rows: Mapping[LeadId, Sequence[RecommendationRow]], scores: Scores
    ) -> Iterator[LoggedSlot]:
        until_us = microseconds_of(self.clock())
        events: dict[str, list[Event]] = defaultdict(list)
        for event in self.events.of_leads(tenant, sorted(rows), until_us=until_us):
            events[event.lead_id].append(event)
        for lead_id, answers in rows.items():
            # A lead that never did anything was shown things all the same.
            yield from slots_of_lead(answers, events[lead_id], scores)


def _by_leads(rows: Sequence[RecommendationRow]) -> Iterator[Mapping[LeadId, Sequence[RecommendationRow]]]:
    by_lead: dict[LeadId, list[RecommendationRow]] = defaultdict(list)
    for row in rows:
        by_lead[row.lead_id].append(row)
    leads = sorted(by_lead)
    for start in range(0, len(leads), LEADS_AT_ONCE):
        yield {lead_id: by_lead[lead_id] for lead_id in leads[start : start + LEADS_AT_ONCE]}


def slots_of_lead(rows: Sequence[RecommendationRow], events: Sequence[Event], scores: Scores) -> Iterator[LoggedSlot]:
    """Yield what was shown to a lead with some chance, what it brought, and how likely a ranker would show it too.

    Args:
        rows: What was recommended to the lead.
        events: All that the lead did, by sequence.
        scores: Of the ranker; asked with the history that the answer rested on.
    """
    rewards = Rewards(events)
    known, place = LeadInteractions(), 0
    for row in sorted(rows, key=lambda row: (row.up_to_sequence, row.recommend_time)):
        while place < len(events) and events[place].sequence <= row.up_to_sequence:
            known.add(events[place])
            place += 1
        yield from _slots_of_answer(row, known.interactions(), rewards, scores)


def _slots_of_answer(
    row: RecommendationRow, history: Sequence[Interaction], rewards: Rewards, scores: Scores
) -> Iterator[LoggedSlot]:
    logged = {one.item_id: one.score for one in row.items} | {one.item_id: one.score for one in row.candidates}
    moment_us = microseconds_of(row.recommend_time)
    ids = sorted(logged, key=lambda item_id: (-logged[item_id], item_id))
    new = dict(zip(ids, scores(history, moment_us, ids), strict=True))
    left = dict.fromkeys(ids)
    for number, shown in enumerate(row.items, 1):
        # The first place is never given by chance, and one with a single item left to it neither.
        if number > 1 and shown.propensity < 1.0:
            yield LoggedSlot(
                lead_id=row.lead_id,
                position=number,
                item_id=shown.item_id,
                propensity=shown.propensity,
                new_propensity=_new_propensity(shown, list(left), new, row.exploration),
                reward=float(rewards.has(shown.item_id, place_token(row.token_id, number), moment_us)),
            )
        del left[shown.item_id]


def _new_propensity(shown: LoggedItem, left: Sequence[str], new: Mapping[str, float], exploration: float) -> float:
    """Return how likely a ranker that explores as much would give the place to the item.

    It chooses among what could have been shown: as many as the place was open to, those that were best for the logged
    ranker. What never could have been shown has nothing to be judged by.
    """
    pool = list(left[: _pool_size(shown.propensity, exploration)])
    if shown.item_id not in pool:
        # Unlikeness to the places before, or a rule, moved it up.
        pool[-1] = shown.item_id
    best = max(pool, key=lambda one: new[one])
    return exploration / len(pool) + (1.0 - exploration if shown.item_id == best else 0.0)


def _pool_size(propensity: float, exploration: float) -> int:
    """Return how many items a place was open to: 20, unless fewer were left or a rule allowed fewer.

    The probability says it: each of them had the same part of the exploration, the best one the rest on top.
    """
    by_chance = propensity - (1.0 - exploration) if propensity > 1.0 - exploration else propensity
    return min(POOL, max(1, round(exploration / by_chance)))


class Rewards:
    """What a lead did that shows that it liked what it was shown.

    Args:
        events: Of one lead.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self._tokens: set[tuple[str, str]] = set()
        self._times: dict[str, list[int]] = defaultdict(list)
        for event in events:
            if not event.item_id or preference_kind(event) not in _REWARDING:
                continue
            if event.token_id:
                self._tokens.add((event.item_id, event.token_id))
            else:
                self._times[event.item_id].append(event.occurred_us)

    def has(self, item_id: str, token_id: str, shown_us: int) -> bool:
        """Return whether showing an item was followed by a reward.

        An event that carries the token of a place rewards that place; one without any, every place at which the item
        was shown in the seven days before.
        """
        if (item_id, token_id) in self._tokens:
            return True
        return any(shown_us < occurred_us <= shown_us + _WITHIN_US for occurred_us in self._times.get(item_id, ()))
