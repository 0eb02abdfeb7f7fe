"""The settings of the retraining rules: server, workers and training read the same ones in the same way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from core.errors import InvalidInput, Violation
from core.registry.retraining.rules import RetrainingRules

PREFIX = "LEADLINE_"
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """One setting."""

    field: str
    """Of :class:`RetrainingRules`."""
    default: str
    meaning: str
    least: float
    most: float
    whole: bool
    unit: timedelta | None = None
    """What 1 stands for where the rule is a length of time."""

    @property
    def rule(self) -> str:
        """What must hold, in words."""
        if self.whole:
            return f"must be a whole number from {self.least:g} to {self.most:g}"
        return f"must be {self.least:g} to {self.most:g}"

    def read(self, text: str) -> float | int | timedelta:
        """Return the value a text stands for.

        Raises:
            ValueError: If it stands for none.
        """
        number = _whole(text) if self.whole else _decimal(text)
        if not self.least <= number <= self.most:
            raise ValueError(text)
        return number if self.unit is None else number * self.unit


_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)

RULE_SETTINGS: Mapping[str, RuleSetting] = MappingProxyType(
    {
        "MIN_TRAINING_SAMPLES": RuleSetting(
            field="min_samples",
            default="100",
            meaning="Fewest labelled leads a model is fitted on, 20 to 1000000.",
            least=20,
            most=1_000_000,
            whole=True,
        ),
        "RETRAIN_INTERVAL_DAYS": RuleSetting(
            field="oldest",
            default="7",
            meaning="A serving version older than that is trained anew, 0.01 to 3650.",
            least=0.01,
            most=3_650,
            whole=False,
            unit=_DAY,
        ),
        "RETRAIN_THRESHOLD_F1": RuleSetting(
            field="f1_drop",
            default="0.05",
            meaning="Relative drop of F1 at which a version is trained anew, if it is surely real; 0.001 to 1.",
            least=0.001,
            most=1.0,
            whole=False,
        ),
        "RETRAIN_MIN_NEW_LABELS": RuleSetting(
            field="min_new_labels",
            default="50",
            meaning="New labels that are worth a training, 1 to 1000000.",
            least=1,
            most=1_000_000,
            whole=True,
        ),
        "RETRAIN_CHECK_SECONDS": RuleSetting(
            field="check_every",
            default="3600",
            meaning="How often is checked whether to train; one run at most is asked for in each such window. "
            "1 to 604800.",
            least=1,
            most=604_800,
            whole=True,
            unit=_SECOND,
        ),
        "RETRAIN_MIN_SPACING_SECONDS": RuleSetting(
            field="min_spacing",
            default="21600",
            meaning="Shortest time between two runs that nobody forced, 0 to 31536000.",
            least=0,
            most=31_536_000,
            whole=True,
            unit=_SECOND,
        ),
        "RETRAIN_MAX_RUNS_PER_DAY": RuleSetting(
            field="max_runs_per_day",
            default="4",
            meaning="Most runs in 24 hours that nobody forced, 0 (never train unasked) to 10000.",
            least=0,
            most=10_000,
            whole=True,
        ),
        "RETRAIN_CONFIDENCE": RuleSetting(
            field="confidence",
            default="0.95",
            meaning="How sure a drop, a drift or a gain must be to count as real, 0.5 to 0.999.",
            least=0.5,
            most=0.999,
            whole=False,
        ),
        "OUTCOME_WINDOW_DAYS": RuleSetting(
            field="outcome_window",
            default="30",
            meaning="How long a lead may stay without an outcome before it counts as lost, 0.01 to 3650.",
            least=0.01,
            most=3_650,
            whole=False,
            unit=_DAY,
        ),
    }
)
"""Name without the prefix to setting."""


def read_rules(environ: Mapping[str, str]) -> RetrainingRules:
    """Return the rules an environment sets; what it does not name has its default.

    Args:
        environ: Variables with their prefix, for example ``LEADLINE_RETRAIN_INTERVAL_DAYS``; others are passed over.

    Raises:
        InvalidInput: Names every variable that is wrong.
    """
    values: dict[str, float | int | timedelta] = {}
    problems: list[Violation] = []
    for name, setting in RULE_SETTINGS.items():
        try:
            values[setting.field] = setting.read(environ.get(PREFIX + name, setting.default))
        except ValueError:
            problems.append(Violation(field=PREFIX + name, rule=setting.rule))
    if problems:
        raise InvalidInput(problems)
    make: Callable[..., RetrainingRules] = RetrainingRules
    return make(**values)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> float:
    number = float(text) if text.isascii() else math.nan
    if not math.isfinite(number):
        raise ValueError(text)
    return number
