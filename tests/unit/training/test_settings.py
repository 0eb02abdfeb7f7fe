from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.registry.retraining.rules import RetrainingRules
from training.learning.limits import ProcessLimits
from training.settings import DEFAULTS, PREFIX, read_settings


def test_an_empty_environment_gives_the_defaults():
    settings = read_settings({"PATH": "/bin"})
    assert settings.database_url == "sqlite:///.leadline/leadline.db"
    assert settings.model_dir == Path(".leadline/models").absolute()
    assert settings.encoder_dir == Path(".leadline/encoder").absolute()
    assert (settings.min_training_samples, settings.title_terms, settings.description_terms) == (100, 100, 200)
    assert settings.time_zone == "UTC"


def test_every_setting_can_be_set():
    values = {
        "DATABASE_URL": "postgresql://x",
        "MODEL_DIR": "/srv/models",
        "ENCODER_DIR": "/srv/encoder",
        "MIN_TRAINING_SAMPLES": "20",
        "TFIDF_MAX_FEATURES_TITLE": "0",
        "TFIDF_MAX_FEATURES_DESC": "7",
        "TIME_ZONE": "Europe/Berlin",
        "KEYWORDS_FILE": "/srv/keywords.toml",
        "RETRAIN_INTERVAL_DAYS": "14",
        "RETRAIN_THRESHOLD_F1": "0.1",
        "RETRAIN_MIN_NEW_LABELS": "200",
        "RETRAIN_CHECK_SECONDS": "60",
        "RETRAIN_MIN_SPACING_SECONDS": "0",
        "RETRAIN_MAX_RUNS_PER_DAY": "9",
        "RETRAIN_CONFIDENCE": "0.99",
        "OUTCOME_WINDOW_DAYS": "5",
        "TRAINING_TIMEOUT_SECONDS": "30",
        "TRAINING_MEMORY_MB": "512",
    }
    assert values.keys() == DEFAULTS.keys()
    settings = read_settings({PREFIX + name: value for name, value in values.items()})
    assert settings.database_url == "postgresql://x"
    assert settings.model_dir == Path("/srv/models")
    assert settings.keywords_file == Path("/srv/keywords.toml")
    assert (settings.min_training_samples, settings.title_terms, settings.description_terms) == (20, 0, 7)
    assert settings.time_zone == "Europe/Berlin"
    assert settings.limits == ProcessLimits(time=timedelta(seconds=30), memory_bytes=512 * 2**20)
    assert settings.rules == RetrainingRules(
        check_every=timedelta(minutes=1),
        oldest=timedelta(days=14),
        min_new_labels=200,
        min_samples=20,
        f1_drop=0.1,
        confidence=0.99,
        min_spacing=timedelta(0),
        max_runs_per_day=9,
        outcome_window=timedelta(days=5),
    )


WRONG = [
    *[("MIN_TRAINING_SAMPLES", value) for value in ("19", "0", "-5", "1e3", "", " 100", "²", "٣٠", "9" * 5_000)],
    *[("TFIDF_MAX_FEATURES_TITLE", value) for value in ("-1", "x", "1.5", "9" * 10)],
    *[("TFIDF_MAX_FEATURES_DESC", value) for value in ("-1", "")],
    *[("RETRAIN_CONFIDENCE", value) for value in ("1", "nan", "inf", "x", "")],
    *[("TRAINING_TIMEOUT_SECONDS", value) for value in ("0", "86401", "1.5", "")],
    *[("TRAINING_MEMORY_MB", value) for value in ("127", "-1", "9" * 12)],
    *[("TIME_ZONE", value) for value in ("Berlin", "", "Europe", "../UTC", "x" * 5_000, "\0", "é")],
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(InvalidInput) as refused:
        read_settings({PREFIX + name: value})
    assert [violation.field for violation in refused.value.violations] == [PREFIX + name]
    assert all(violation.rule.startswith("must be") for violation in refused.value.violations)


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(InvalidInput) as refused:
        read_settings({f"{PREFIX}MIN_TRAINING_SAMPLES": "1", f"{PREFIX}TIME_ZONE": "x"})
    assert {violation.field for violation in refused.value.violations} == {
        "LEADLINE_MIN_TRAINING_SAMPLES",
        "LEADLINE_TIME_ZONE",
    }
