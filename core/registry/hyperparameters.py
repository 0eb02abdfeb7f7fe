"""Hyperparameters of a fit that a caller may choose, and their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import InvalidInput, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a hyperparameter may be."""

    least: float
    most: float
    whole: bool = False
    """Whether it is a whole number."""

    @property
    def rule(self) -> str:
        """What must hold, in words."""
        kind = "a whole number from " if self.whole else ""
        return f"must be {kind}{self.least:g} to {self.most:g}"

    def holds(self, value: float) -> bool:
        """Return whether ``value`` may be used; NaN may not."""
        return self.least <= value <= self.most and (not self.whole or value == int(value))


HYPERPARAMETERS: Mapping[str, Range] = MappingProxyType(
    {
        "max_depth": Range(least=1, most=12, whole=True),
        "learning_rate": Range(least=0.001, most=1.0),
        "n_estimators": Range(least=1, most=5_000, whole=True),
        "subsample": Range(least=0.1, most=1.0),
        "colsample_bytree": Range(least=0.1, most=1.0),
        "min_child_weight": Range(least=0.0, most=1e6),
        "reg_lambda": Range(least=0.0, most=1e6),
        "random_state": Range(least=0, most=2**31 - 1, whole=True),
    }
)
"""Name, as XGBoost's scikit-learn interface calls it, to range."""


def check_hyperparameters(values: Mapping[str, float], prefix: str) -> dict[str, float]:
    """Return ``values`` if each is known and within its range; whole ones as ``int``.

    Args:
        values: Name to value.
        prefix: Field they stand in, for messages: a wrong one is named ``prefix[name]``.

    Raises:
        InvalidInput: Names every one that is wrong.
    """
    problems = [
        Violation(field=f"{prefix}[{name[:100]}]", rule=_rule(name))
        for name, value in sorted(values.items())
        if name not in HYPERPARAMETERS or not HYPERPARAMETERS[name].holds(value)
    ]
    if problems:
        raise InvalidInput(problems)
    return {name: int(value) if HYPERPARAMETERS[name].whole else float(value) for name, value in values.items()}


def _rule(name: str) -> str:
    known = HYPERPARAMETERS.get(name)
    return f"must be one of {', '.join(HYPERPARAMETERS)}" if known is None else known.rule
