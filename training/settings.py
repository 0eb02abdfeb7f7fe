"""What an operator can set for training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import InvalidInput, Violation
from core.registry.retraining.rule_settings import RULE_SETTINGS, read_rules
from core.registry.retraining.rules import RetrainingRules
from training.learning.limits import LIMIT_SETTINGS, ProcessLimits, read_limits

PREFIX = "LEADLINE_"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Settings of one training process."""

    database_url: str
    model_dir: Path
    encoder_dir: Path
    """Folder of the prepared weights of the sentence encoder."""
    keywords_file: Path | None
    """Keyword lists in place of those that ship."""
    rules: RetrainingRules
    limits: ProcessLimits
    """Of a training run."""
    title_terms: int
    description_terms: int
    time_zone: str
    """The tenant's clock, an IANA name."""

    @property
    def min_training_samples(self) -> int:
        """Fewest labelled leads a model is fitted on."""
        return self.rules.min_samples


DEFAULTS: Mapping[str, tuple[str, str]] = {
    "DATABASE_URL": ("sqlite:///.leadline/leadline.db", "As for the server."),
    "MODEL_DIR": (".leadline/models", "As for the server."),
    "ENCODER_DIR": ("", "As for the server."),
    **{name: (rule.default, rule.meaning) for name, rule in RULE_SETTINGS.items()},
    **LIMIT_SETTINGS,
    "TFIDF_MAX_FEATURES_TITLE": ("100", "Most terms learned from titles; 0: none."),
    "TFIDF_MAX_FEATURES_DESC": ("200", "Most terms learned from descriptions; 0: none."),
    "KEYWORDS_FILE": ("", "As for the server."),
    "TIME_ZONE": ("UTC", "The tenant's clock, an IANA name such as `Europe/Berlin`."),
}
"""Name without the prefix to (default, meaning)."""


_MOST_DIGITS = 9
_LEAST = {"TFIDF_MAX_FEATURES_TITLE": 0, "TFIDF_MAX_FEATURES_DESC": 0}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _gather(
    problems: list[Violation], read: Callable[[Mapping[str, str]], T], environ: Mapping[str, str], fallback: T
) -> T:
    """Return what ``read`` makes of the environment, or note what is wrong with it."""
    try:
        return read(environ)
    except InvalidInput as wrong:
        problems.extend(wrong.violations)
        return fallback


def read_settings(environ: Mapping[str, str]) -> TrainingSettings:
    """Return the settings in an environment.

    Raises:
        InvalidInput: Names every setting that is wrong.
    """
    values = {name: environ.get(PREFIX + name, default) for name, (default, _) in DEFAULTS.items()}
    problems = [
        Violation(field=PREFIX + name, rule=f"must be a whole number of at least {least}")
        for name, least in _LEAST.items()
        if not _is_whole(values[name]) or int(values[name]) < least
    ]
    rules = _gather(problems, read_rules, environ, RetrainingRules())
    limits = _gather(problems, read_limits, environ, ProcessLimits())
    try:
        ZoneInfo(values["TIME_ZONE"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(Violation(field=f"{PREFIX}TIME_ZONE", rule="must be an IANA time zone, such as Europe/Berlin"))
    if problems:
        raise InvalidInput(problems)
    model_dir = Path(values["MODEL_DIR"]).absolute()
    return TrainingSettings(
        database_url=values["DATABASE_URL"],
        model_dir=model_dir,
        encoder_dir=Path(values["ENCODER_DIR"]).absolute() if values["ENCODER_DIR"] else model_dir.parent / "encoder",
        keywords_file=Path(values["KEYWORDS_FILE"]) if values["KEYWORDS_FILE"] else None,
        rules=rules,
        limits=limits,
        title_terms=int(values["TFIDF_MAX_FEATURES_TITLE"]),
        description_terms=int(values["TFIDF_MAX_FEATURES_DESC"]),
        time_zone=values["TIME_ZONE"],
    )
