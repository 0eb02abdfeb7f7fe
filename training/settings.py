"""What an operator can set for training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import InvalidInput, Violation

PREFIX = "LEADLINE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Settings of one training process."""

    database_url: str
    model_dir: Path
    min_training_samples: int
    """Fewest labelled leads a model is fitted on."""
    title_terms: int
    description_terms: int
    time_zone: str
    """The tenant's clock, an IANA name."""


DEFAULTS: Mapping[str, tuple[str, str]] = {
    "DATABASE_URL": ("sqlite:///.leadline/leadline.db", "As for the server."),
    "MODEL_DIR": (".leadline/models", "As for the server."),
    "MIN_TRAINING_SAMPLES": ("100", "Fewest labelled leads a model is fitted on."),
    "TFIDF_MAX_FEATURES_TITLE": ("100", "Most terms learned from titles; 0: none."),
    "TFIDF_MAX_FEATURES_DESC": ("200", "Most terms learned from descriptions; 0: none."),
    "TIME_ZONE": ("UTC", "The tenant's clock, an IANA name such as `Europe/Berlin`."),
}
"""Name without the prefix to (default, meaning)."""


_MOST_DIGITS = 9
_LEAST = {"MIN_TRAINING_SAMPLES": 20, "TFIDF_MAX_FEATURES_TITLE": 0, "TFIDF_MAX_FEATURES_DESC": 0}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


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
    try:
        ZoneInfo(values["TIME_ZONE"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(Violation(field=f"{PREFIX}TIME_ZONE", rule="must be an IANA time zone, such as Europe/Berlin"))
    if problems:
        raise InvalidInput(problems)
    return TrainingSettings(
        database_url=values["DATABASE_URL"],
        model_dir=Path(values["MODEL_DIR"]).absolute(),
        min_training_samples=int(values["MIN_TRAINING_SAMPLES"]),
        title_terms=int(values["TFIDF_MAX_FEATURES_TITLE"]),
        description_terms=int(values["TFIDF_MAX_FEATURES_DESC"]),
        time_zone=values["TIME_ZONE"],
    )
