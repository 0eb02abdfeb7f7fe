"""Takes new labels to the online learner: each once, none before its time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.feedback.label import Label, LabelReader
from core.identifiers import LeadId, TenantId, VersionName
from core.ports import Clock, Page
from core.scoring.online.online_store import AnswerLog, FirstAnswer, OnlineStore
from core.scoring.online.platt import Weights
from core.scoring.online.publishing import SnapshotPublisher
from core.scoring.online.state import OnlineState, fresh_state
from core.scoring.online.update import LoggedUpdate, OnlineUpdate
from core.version import LEAD_SCORE, ActivePointer, ModelEvent, ModelEventType

OUTCOME_WINDOW = timedelta(days=30)
MOST_AT_ONCE = 500
"""Updates of one transaction."""
ATTEMPTS = 5
"""How often to begin again when somebody else learned meanwhile."""
_SERVING = (ModelEventType.ACTIVATED, ModelEventType.ROLLED_BACK)
_EVENTS_LOOKED_AT = 50


class ActiveVersions(Protocol):
    """Says what serves, and since when. :class:`core.registry.model_registry.ModelRegistry` is one."""

    def active(self, tenant: TenantId, kind: str) -> ActivePointer | None:
        """Return the active pointer."""

    def events(
        self, tenant: TenantId, kind: str, *, limit: int, after: str | None, version: str | None
    ) -> Page[ModelEvent]:
        """Return events, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    label: Label
    answer: FirstAnswer


class OnlineLearning:
    """Brings the online learner of a tenant up to what is known.

    A label is learned if it tells how a lead ended, was recorded after the active version began to serve, and the
    version had scored the lead before the end. It waits until the ends of all leads that were scored before it are
    known, or the outcome window of those is over: conversions are known sooner than their absence, and a learner that
    takes them as they come learns that nearly every lead converts. Weights of labels make up for just that in sets
    where some ends are not known yet; here all are, and every outcome counts the same.

    Args:
        labels: Makes label sets.
        answers: Says what the version had said.
        store: Keeps what is learned.
        versions: Says what serves.
        publisher: Registers snapshots and makes them serve.
        clock: The present moment.
        outcome_window: After so long a lead nothing is known of keeps nobody waiting.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        labels: LabelReader,
        answers: AnswerLog,
        store: OnlineStore,
        versions: ActiveVersions,
        publisher: SnapshotPublisher,
        clock: Clock,
        *,
        outcome_window: timedelta = OUTCOME_WINDOW,
    ) -> None:
        self._labels = labels
        self._answers = answers
        self._store = store
        self._versions = versions
        self._publisher = publisher
        self._clock = clock
        self._window = outcome_window

    def learn(self, tenant: TenantId) -> int:
        """Learn what is new, and let a snapshot of it serve once there is enough.

        Two that learn at once do not disturb each other: whoever is later begins again from what the other left.

        Returns:
            Number of labels learned.
        """
        pointer = self._versions.active(tenant, LEAD_SCORE)
        if pointer is None:
            return 0
        learned = self._learn_labels(tenant, pointer.version)
        stored = self._store.newest(tenant, LEAD_SCORE)
        if stored is not None and stored.state.version == pointer.version:
            self._publisher.publish(tenant, stored)
        return learned

    def _learn_labels(self, tenant: TenantId, version: VersionName) -> int:
        since, now = self._serving_since(tenant, version), self._clock()
        if since is None:
            return 0
        label_set = self._labels.label_set(tenant, now)
        outcomes = label_set.outcomes()
        learned = 0
        for _ in range(ATTEMPTS):
            state = self._state(tenant, version)
            candidates = self._ripe(tenant, state, outcomes, since, now)
            done = 0
            for batch in _batches(candidates):
                after = self._append(tenant, state, batch, now)
                if after is None:
                    break
                state, done = after, done + len(batch)
            learned += done
            if done == len(candidates):
                return learned
        return learned

    def _serving_since(self, tenant: TenantId, version: VersionName) -> datetime | None:
        page = self._versions.events(tenant, LEAD_SCORE, limit=_EVENTS_LOOKED_AT, after=None, version=version)
        return next((event.event_time for event in page.items if event.type in _SERVING), None)

    def _state(self, tenant: TenantId, version: VersionName) -> OnlineState:
        stored = self._store.newest(tenant, LEAD_SCORE)
        if stored is None:
            return fresh_state(version, 0)
        return stored.state if stored.state.version == version else fresh_state(version, stored.state.sequence)

    def _ripe(
        self, tenant: TenantId, state: OnlineState, outcomes: Sequence[Label], since: datetime, now: datetime
    ) -> list[_Candidate]:
        """Return what may be learned now, in the order in which the leads were scored."""
        newer = [label for label in outcomes if label.known_time > since]
        known = self._store.learned(tenant, LEAD_SCORE, [label.label_key for label in newer])
        unlearned = [label for label in newer if label.label_key not in known]
        if not unlearned:
            return []
        # A label may come to rest on something else and still say the same of its lead.
        said = self._store.outcomes(tenant, LEAD_SCORE, [label.lead_id for label in unlearned], state.start_sequence)
        fresh = [label for label in unlearned if said.get(label.lead_id) != int(label.target)]
        answers = self._answers.first_answers(tenant, state.version, [label.lead_id for label in fresh])
        found = [_Candidate(label=label, answer=answers[label.lead_id]) for label in fresh if label.lead_id in answers]
        scored_first = [one for one in found if one.answer.score_time < one.label.mature_time]
        edge = max(filter(None, (since, now - self._window, state.newest_score_time)))
        closed = {label.lead_id for label in outcomes}
        waiting = self._answers.first_open(tenant, state.version, edge, closed) if scored_first else None
        ripe = [one for one in scored_first if waiting is None or one.answer.score_time < waiting]
        return sorted(ripe, key=lambda one: (one.answer.score_time, one.label.lead_id))

    def _append(
        self, tenant: TenantId, state: OnlineState, batch: Sequence[_Candidate], now: datetime
    ) -> OnlineState | None:
        """Learn a batch in one transaction; None if somebody else was quicker."""
        begin = state.start_sequence
        earlier = self._store.outcomes(tenant, LEAD_SCORE, [one.label.lead_id for one in batch], begin)
        oldest = min(one.answer.score_time for one in batch)
        history = self._store.weights_since(tenant, LEAD_SCORE, begin, oldest)
        logged: list[LoggedUpdate] = []
        for one in batch:
            update = _update(state.version, one, earlier, history)
            state = state.after(update)
            weights = state.filter.weights
            logged.append(LoggedUpdate(sequence=state.sequence, update=update, weights=weights, update_time=now))
        return state if self._store.append(tenant, LEAD_SCORE, logged, state) else None


def _update(
    version: VersionName,
    one: _Candidate,
    earlier: Mapping[LeadId, int],
    history: Sequence[tuple[datetime, Weights]],
) -> OnlineUpdate:
    answer, label = one.answer, one.label
    return OnlineUpdate(
        version=version,
        lead_id=label.lead_id,
        label_key=label.label_key,
        probability=answer.probability,
        said=_weights_at(history, answer.score_time).corrected(answer.probability),
        score_time=answer.score_time,
        outcome=int(label.target),
        previous=earlier.get(label.lead_id),
    )


def _weights_at(history: Sequence[tuple[datetime, Weights]], moment: datetime) -> Weights:
    """Return the weights as they were when a lead was scored: what came later was not known to whoever answered."""
    position = bisect_right(history, moment, key=lambda entry: entry[0])
    return history[position - 1][1] if position else Weights()


def _batches(candidates: Sequence[_Candidate]) -> Iterator[Sequence[_Candidate]]:
    for start in range(0, len(candidates), MOST_AT_ONCE):
        yield candidates[start : start + MOST_AT_ONCE]
