"""What actions bring, as far as outcomes say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.criteria.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one action brings for one lead."""

    propensity: float
    """Probability of a conversion if the action is put first, in [0, 1]."""
    uplift: float | None
    """How much higher that is than with the baseline action, in [-1, 1]; None where nothing compares the two."""
    interval: tuple[float, float] | None
    """95 % of ``uplift``; without one of ``propensity``. None where nothing says."""
    evidence_count: int
    """Outcomes behind it."""


class EffectModel(Protocol):
    """Says what actions bring. Never changes; safe to share between threads."""

    @property
    def version(self) -> str:
        """Name of the version, "" for what only counts outcomes."""

    def effects(self, facts: Facts, action_ids: Sequence[str]) -> Mapping[str, Effect]:
        """Return what each action brings to a lead. Actions of which nothing is known are not in it.

        Raises:
            ModelFailed: If the model of a version cannot be run.
        """


class NoEffects:
    """Knows nothing. Implements :class:`EffectModel`."""

    version = ""

    def effects(self, facts: Facts, action_ids: Sequence[str]) -> Mapping[str, Effect]:  # noqa: ARG002  as promised
        """Return nothing."""
        return {}
