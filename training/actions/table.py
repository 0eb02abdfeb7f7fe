"""Trials as numbers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.actions.ranker_features import FieldEncoding, RankerField, encode, width_of
from core.actions.trials import Trial, Worth
from core.criteria.facts import FactValue

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
MOST_ACTIONS = 200
"""Learned of; those with the fewest trials are left out."""
FEWEST_OF_ACTION = 20
"""Trials; of an action with fewer nothing is learned."""
MOST_FIELDS = 30
MOST_COVARIANCES = 1_000_000
"""Numbers that say how sure the effects are; they grow with the actions and the square of what is seen."""
_NOTHING = FieldEncoding(name="lead.age_days", kind=RankerField.NUMBER)
"""Looked at where no fact varies."""
MOST_LEVELS = 12
RAREST = 0.01
"""Share of trials that must have a level, or a value of a field."""
NO_WORTH = Worth(value=1.0, cost=0.0)
"""Of an action that nobody says the worth of: conversions are counted."""


@dataclass(frozen=True, kw_only=True)
class TrialTable:
    """n trials of k actions."""

    trials: Sequence[Trial]
    action_ids: tuple[str, ...]
    groups: tuple[str, ...]
    worths: tuple[Worth, ...]
    fields: tuple[FieldEncoding, ...]

    @cached_property
    def features(self) -> Floats:
        """(n, width): what is seen of the lead."""
        if not width_of(self.fields):
            return np.zeros((len(self.trials), 0))
        return np.stack([encode(self.fields, trial.facts) for trial in self.trials]).astype(np.float64)

    @cached_property
    def taken(self) -> Places:
        """(n,): place of the action put first."""
        places = {action_id: place for place, action_id in enumerate(self.action_ids)}
        return np.array([places[trial.action_id] for trial in self.trials], dtype=np.intp)

    @cached_property
    def propensities(self) -> Floats:
        """(n,)."""
        return np.array([trial.propensity for trial in self.trials])

    @cached_property
    def converted(self) -> Floats:
        """(n,): 1 or 0."""
        return np.array([float(trial.converted) for trial in self.trials])

    @cached_property
    def allowed(self) -> npt.NDArray[np.bool_]:
        """(n, k): actions that had a chance; all where nobody said which."""
        rows = [
            [not trial.candidates or action_id in trial.candidates for action_id in self.action_ids]
            for trial in self.trials
        ]
        return np.array(rows, dtype=bool)

    @cached_property
    def leads(self) -> Places:
        """(n,): numbers of leads, by their ids."""
        return np.unique([trial.lead_id for trial in self.trials], return_inverse=True)[1].astype(np.intp)

    @cached_property
    def lead_ids(self) -> tuple[str, ...]:
        """(n,)."""
        return tuple(trial.lead_id for trial in self.trials)

    @property
    def values(self) -> Floats:
        """(k,): what a conversion after an action is worth."""
        return np.array([worth.value for worth in self.worths])

    @property
    def costs(self) -> Floats:
        """(k,)."""
        return np.array([worth.cost for worth in self.worths])

    def fingerprint(self) -> str:
        """Return a SHA-256 over the trials in their order."""
        digest = hashlib.sha256()
        for trial in self.trials:
            told = (trial.lead_id, trial.action_id, trial.propensity, trial.time.isoformat(), trial.converted)
            digest.update(repr((*told, sorted(trial.candidates), sorted(trial.facts.items()))).encode())
        return digest.hexdigest()


def table_of(trials: Sequence[Trial], groups: Mapping[str, str], worths: Mapping[str, Worth]) -> TrialTable:
    """Return the trials of actions with enough of them.

    Args:
        trials: Oldest first.
        groups: Of actions; those not in it have none.
        worths: Of actions.
    """
    counts = Counter(trial.action_id for trial in trials)
    often = [action_id for action_id, count in counts.most_common(MOST_ACTIONS) if count >= FEWEST_OF_ACTION]
    action_ids = tuple(sorted(often))
    kept = [trial for trial in trials if trial.action_id in action_ids]
    return TrialTable(
        trials=kept,
        action_ids=action_ids,
        groups=tuple(groups.get(action_id, "") for action_id in action_ids),
        worths=tuple(worths.get(action_id, NO_WORTH) for action_id in action_ids),
        fields=learn_fields(kept, (MOST_COVARIANCES / max(1, len(action_ids))) ** 0.5),
    )


def learn_fields(trials: Sequence[Trial], widest: float) -> tuple[FieldEncoding, ...]:
    """Return how the facts of trials are seen: those that are there and vary often enough, the most frequent first.

    Args:
        trials: At least one.
        widest: Most numbers that a lead may become.
    """
    columns: dict[str, list[FactValue]] = {}
    for trial in trials:
        for name, value in trial.facts.items():
            columns.setdefault(name, []).append(value)
    fewest = max(2, int(RAREST * len(trials)))
    found = [
        field
        for name, values in sorted(columns.items(), key=lambda column: (-len(column[1]), column[0]))
        if len(values) >= fewest and (field := _field(name, values, fewest)) is not None
    ]
    while width_of(found[:MOST_FIELDS]) > widest:
        found.pop()
    return tuple(found[:MOST_FIELDS]) or (_NOTHING,)


def _field(name: str, values: Sequence[FactValue], fewest: int) -> FieldEncoding | None:
    if all(isinstance(value, bool) for value in values):
        rarer = min(Counter(values).values()) if len(set(values)) > 1 else 0
        return FieldEncoding(name=name, kind=RankerField.FLAG) if rarer >= fewest else None
    numbers = [float(one) for one in values if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) == len(values):
        scale = float(np.std(numbers))
        mean = float(np.mean(numbers))
        usable = scale > 1e-9 * max(1.0, abs(mean))
        return FieldEncoding(name=name, kind=RankerField.NUMBER, mean=mean, scale=scale) if usable else None
    counts = Counter(value for value in values if isinstance(value, str))
    levels = [level for level, count in counts.most_common(MOST_LEVELS) if fewest <= count < len(values)]
    return FieldEncoding(name=name, kind=RankerField.TEXT, levels=tuple(sorted(levels))) if levels else None
