"""What an operator can set for workers and beats."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from core.errors import InvalidInput, Violation
from core.monitoring.webhook_settings import SETTING_NAMES as WEBHOOK_SETTINGS
from core.monitoring.webhook_settings import WebhookSettings, read_webhooks
from core.registry.retraining.rule_settings import RULE_SETTINGS, read_rules
from core.registry.retraining.rules import RetrainingRules
from training.learning.limits import LIMIT_SETTINGS, ProcessLimits, read_limits

PREFIX = "LEADLINE_"
T = TypeVar("T")
LOCAL_BROKER = "redis://127.0.0.1:6379/1"
MARGIN_SECONDS = 60.0
"""By how much a message stays with its worker longer than the longest task may take."""
_SCHEMES = ("redis://", "rediss://", "redis+socket://", "sentinel://")
_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetting:
    """One setting."""

    default: str
    meaning: str
    least: float | None = None
    """None: not a number."""
    most: float = math.inf
    whole: bool = True
    may_be_off: bool = False
    """Whether 0 switches it off."""

    @property
    def rule(self) -> str:
        """What must hold, in words."""
        kind = "a whole number from " if self.whole else ""
        off = ", or 0 to switch it off" if self.may_be_off else ""
        return f"must be {kind}{self.least:g} to {self.most:g}{off}"


def _every(default: str, meaning: str) -> WorkerSetting:
    return WorkerSetting(
        default=default,
        meaning=f"Seconds between two rounds of {meaning}, 1 to 604800; 0: never.",
        least=1,
        most=604_800,
        may_be_off=True,
    )


SETTINGS: Mapping[str, WorkerSetting] = MappingProxyType(
    {
        "BROKER_URL": WorkerSetting(
            default="",
            meaning="`redis://HOST:PORT/1` of the queues. Empty: `LEADLINE_REDIS_URL`, else "
            f"`{LOCAL_BROKER}`; `make run` starts one of its own if neither is set.",
        ),
        "PENDING_RUNS_SECONDS": _every("5", "starting the training runs that wait"),
        "FEEDBACK_AGGREGATION_SECONDS": _every("300", "learning online and bringing figures up to date"),
        "DRIFT_CHECK_SECONDS": _every("3600", "looking for drift"),
        "EXPERIMENT_STATISTICS_SECONDS": _every("900", "bringing results of experiments up to date"),
        "INTERACTION_FEATURES_SECONDS": _every("10", "bringing the features of leads and items up to date"),
        "POPULARITY_SECONDS": _every("600", "counting how popular items are"),
        "LEAD_SNAPSHOT_SECONDS": _every("3600", "summing up what leads with long histories did"),
        "RECOMMENDER_SECONDS": _every("3600", "looking whether recommenders are to be trained anew"),
        "ACTION_RANKER_SECONDS": _every("3600", "looking whether rankers of actions are to be trained anew"),
        "DEFAULT_HEADS_SECONDS": _every("30", "looking whether a tenant lacks a model that reads messages"),
        "FEATURE_CHECK_SECONDS": _every("86400", "comparing served behaviour features with the log of events"),
        "ALERT_DELIVERY_SECONDS": _every("30", "delivering alerts"),
        "CLEAN_UP_SECONDS": _every("86400", "removing old model versions, feedback and dead letters"),
        "MODELS_KEPT": WorkerSetting(
            default="5",
            meaning="Newest model versions that a clean-up keeps besides those in use, 1 to 1000; 0: all.",
            least=1,
            most=1_000,
            may_be_off=True,
        ),
        "FEEDBACK_RETENTION_DAYS": WorkerSetting(
            default="365",
            meaning="Days that feedback is kept, 1 to 3650; 0: for ever.",
            least=1,
            most=3_650,
            may_be_off=True,
        ),
        "MONITORING_DAYS": WorkerSetting(
            default="90",
            meaning="Days that sums over what was served, drift reports, past alerts, scores of the shadow and "
            "retraining checks are kept, 31 to 3650; 0: for ever.",
            least=31,
            most=3_650,
            may_be_off=True,
        ),
        "BEHAVIOR_DAYS": WorkerSetting(
            default="90",
            meaning="Days that recommendations, served behaviour features and their checks are kept, 31 to 3650; 0: "
            "for ever. Events are kept until their lead is erased.",
            least=31,
            most=3_650,
            may_be_off=True,
        ),
        "CONVERSATION_DAYS": WorkerSetting(
            default="90",
            meaning="Days that a stored conversation is kept after the newest message was added to it, 1 to 3650; 0: "
            "for ever.",
            least=1,
            most=3_650,
            may_be_off=True,
        ),
        "ACTION_DAYS": WorkerSetting(
            default="365",
            meaning="Days that recommended actions and what became of them are kept, 31 to 3650; 0: for ever. That a "
            "lead said never is kept until it is erased.",
            least=31,
            most=3_650,
            may_be_off=True,
        ),
        "DEAD_LETTER_DAYS": WorkerSetting(
            default="30",
            meaning="Days that tasks which failed for good are kept, 1 to 3650; 0: for ever.",
            least=1,
            most=3_650,
            may_be_off=True,
        ),
        "CANARY_SECONDS": WorkerSetting(
            default="15",
            meaning="Seconds between two canaries of a worker, 1 to 600; 0: none, and no worker exits for want of one.",
            least=1,
            most=600,
            may_be_off=True,
        ),
        "CANARY_MAX_AGE_SECONDS": WorkerSetting(
            default="60",
            meaning="A worker that has room, and no canary that finished within so many seconds although the broker "
            "answers, exits; 2 to 3600.",
            least=2,
            most=3_600,
        ),
        "WORKER_CONCURRENCY": WorkerSetting(
            default="2", meaning="Processes of one worker that run tasks, 1 to 64.", least=1, most=64
        ),
        "WORKER_MEMORY_MB": WorkerSetting(
            default="512",
            meaning="A process of a worker with more resident memory, in MiB, is replaced after its task; 128 to "
            "65536. Training has processes and a limit of its own.",
            least=128,
            most=65_536,
        ),
        "TASK_TIMEOUT_SECONDS": WorkerSetting(
            default="300", meaning="Longest time a task other than training may take, 5 to 3600.", least=5, most=3_600
        ),
        "TASK_RETRIES": WorkerSetting(
            default="5",
            meaning="How often a task that failed is tried again before it becomes a dead letter, 0 to 20.",
            least=0,
            most=20,
        ),
        "TASK_RETRY_SECONDS": WorkerSetting(
            default="2",
            meaning="Longest wait before the first retry, doubled with each; each wait is drawn by chance. 1 to 600.",
            least=1,
            most=600,
        ),
        "VISIBILITY_SECONDS": WorkerSetting(
            default="0",
            meaning="After so many seconds without an answer a task is given to another worker. 0: the longest time "
            f"a task may take, and {MARGIN_SECONDS:g} s; less would run tasks twice at once.",
            least=1,
            most=604_800,
            may_be_off=True,
        ),
        "WORKERS_DIR": WorkerSetting(
            default="", meaning="Folder of the signs of life. Empty: one in the folder for temporary files."
        ),
    }
)
"""Name without the prefix to setting. Those shared with others are theirs."""
OF_MAKE_RUN = {"WORKERS": ("true", "`false`: `make run` starts no worker, no beat and no broker.")}
"""Read by ``python -m server.local`` only: name without the prefix to (default, meaning)."""
SHARED = frozenset(
    {
        *RULE_SETTINGS,
        *LIMIT_SETTINGS,
        *(name.removeprefix(PREFIX) for name in WEBHOOK_SETTINGS),
        "DATABASE_URL",
        "MODEL_DIR",
        "LOG_LEVEL",
        "REDIS_URL",
    }
)
"""Settings of others that workers read as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Settings of one worker or beat. An interval of None is switched off."""

    broker_url: str = field(repr=False)
    database_url: str = field(repr=False)
    model_dir: Path
    log_level: str
    rules: RetrainingRules
    limits: ProcessLimits
    """Of a training run."""
    webhooks: WebhookSettings
    """Who is told of alerts."""
    pending_runs_every: timedelta | None
    feedback_aggregation_every: timedelta | None
    drift_check_every: timedelta | None
    experiment_statistics_every: timedelta | None
    interaction_features_every: timedelta | None
    popularity_every: timedelta | None
    lead_snapshots_every: timedelta | None
    recommender_every: timedelta | None
    action_ranker_every: timedelta | None
    default_heads_every: timedelta | None
    feature_check_every: timedelta | None
    alert_delivery_every: timedelta | None
    clean_up_every: timedelta | None
    models_kept: int
    """0: all."""
    feedback_retention: timedelta | None
    monitoring_retention: timedelta | None
    behavior_retention: timedelta | None
    conversation_retention: timedelta | None
    action_retention: timedelta | None
    dead_letter_retention: timedelta | None
    canary_every: timedelta | None
    canary_max_age: timedelta
    concurrency: int
    memory_mb: int
    """Resident, of one process of a worker."""
    task_timeout: timedelta
    task_retries: int
    task_retry_wait: timedelta
    visibility: timedelta
    """How long a message stays with a worker that does not answer."""
    workers_dir: Path


def read_settings(environ: Mapping[str, str]) -> WorkerSettings:
    """Return the settings in an environment. Nothing connects.

    Raises:
        InvalidInput: Names every setting that is wrong.
    """
    problems: list[Violation] = []
    numbers = {name: _number(environ, name, problems) for name, each in SETTINGS.items() if each.least is not None}
    limits = _gather(problems, read_limits, environ, ProcessLimits())
    settings = WorkerSettings(
        broker_url=_broker_url(environ, problems),
        database_url=_text(environ, "DATABASE_URL", "sqlite:///.leadline/leadline.db"),
        model_dir=Path(_text(environ, "MODEL_DIR", ".leadline/models")).absolute(),
        log_level=_level(environ, problems),
        rules=_gather(problems, read_rules, environ, RetrainingRules()),
        limits=limits,
        webhooks=_gather(problems, read_webhooks, environ, WebhookSettings()),
        pending_runs_every=_seconds(numbers["PENDING_RUNS_SECONDS"]),
        feedback_aggregation_every=_seconds(numbers["FEEDBACK_AGGREGATION_SECONDS"]),
        drift_check_every=_seconds(numbers["DRIFT_CHECK_SECONDS"]),
        experiment_statistics_every=_seconds(numbers["EXPERIMENT_STATISTICS_SECONDS"]),
        interaction_features_every=_seconds(numbers["INTERACTION_FEATURES_SECONDS"]),
        popularity_every=_seconds(numbers["POPULARITY_SECONDS"]),
        lead_snapshots_every=_seconds(numbers["LEAD_SNAPSHOT_SECONDS"]),
        recommender_every=_seconds(numbers["RECOMMENDER_SECONDS"]),
        action_ranker_every=_seconds(numbers["ACTION_RANKER_SECONDS"]),
        default_heads_every=_seconds(numbers["DEFAULT_HEADS_SECONDS"]),
        feature_check_every=_seconds(numbers["FEATURE_CHECK_SECONDS"]),
        alert_delivery_every=_seconds(numbers["ALERT_DELIVERY_SECONDS"]),
        clean_up_every=_seconds(numbers["CLEAN_UP_SECONDS"]),
        models_kept=numbers["MODELS_KEPT"],
        feedback_retention=_days(numbers["FEEDBACK_RETENTION_DAYS"]),
        monitoring_retention=_days(numbers["MONITORING_DAYS"]),
        behavior_retention=_days(numbers["BEHAVIOR_DAYS"]),
        conversation_retention=_days(numbers["CONVERSATION_DAYS"]),
        action_retention=_days(numbers["ACTION_DAYS"]),
        dead_letter_retention=_days(numbers["DEAD_LETTER_DAYS"]),
        canary_every=_seconds(numbers["CANARY_SECONDS"]),
        canary_max_age=timedelta(seconds=numbers["CANARY_MAX_AGE_SECONDS"]),
        concurrency=numbers["WORKER_CONCURRENCY"],
        memory_mb=numbers["WORKER_MEMORY_MB"],
        task_timeout=timedelta(seconds=numbers["TASK_TIMEOUT_SECONDS"]),
        task_retries=numbers["TASK_RETRIES"],
        task_retry_wait=timedelta(seconds=numbers["TASK_RETRY_SECONDS"]),
        visibility=_visibility(numbers, limits, problems),
        workers_dir=_folder(environ),
    )
    if settings.canary_every is not None and settings.canary_max_age < 2 * settings.canary_every:
        rule = f"must be at least twice {PREFIX}CANARY_SECONDS"
        problems.append(Violation(field=f"{PREFIX}CANARY_MAX_AGE_SECONDS", rule=rule))
    if problems:
        raise InvalidInput(problems)
    return settings


def _gather(
    problems: list[Violation], read: Callable[[Mapping[str, str]], T], environ: Mapping[str, str], fallback: T
) -> T:
    """Return what ``read`` makes of the environment, or note what is wrong with it."""
    try:
        return read(environ)
    except InvalidInput as wrong:
        problems.extend(wrong.violations)
        return fallback


def _text(environ: Mapping[str, str], name: str, default: str = "") -> str:
    return environ.get(PREFIX + name, default).strip() or default


def _number(environ: Mapping[str, str], name: str, problems: list[Violation]) -> int:
    setting = SETTINGS[name]
    text = environ.get(PREFIX + name, setting.default)
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004  digits
    least = setting.least or 0
    if least <= value <= setting.most or (setting.may_be_off and value == 0):
        return value
    problems.append(Violation(field=PREFIX + name, rule=setting.rule))
    return int(setting.default)


def _seconds(number: int) -> timedelta | None:
    return timedelta(seconds=number) if number else None


def _days(number: int) -> timedelta | None:
    return timedelta(days=number) if number else None


def _broker_url(environ: Mapping[str, str], problems: list[Violation]) -> str:
    own, cache = _text(environ, "BROKER_URL"), _text(environ, "REDIS_URL")
    url = own or cache or LOCAL_BROKER
    if not url.startswith(_SCHEMES):
        name = "BROKER_URL" if own else "REDIS_URL"
        problems.append(Violation(field=PREFIX + name, rule="must be redis://host:port/number"))
    return url


def _level(environ: Mapping[str, str], problems: list[Violation]) -> str:
    level = _text(environ, "LOG_LEVEL", "info").lower()
    if level not in _LEVELS:
        problems.append(Violation(field=f"{PREFIX}LOG_LEVEL", rule=f"must be one of {', '.join(_LEVELS)}"))
        return "info"
    return level


def _visibility(numbers: Mapping[str, int], limits: ProcessLimits, problems: list[Violation]) -> timedelta:
    longest = max(limits.time, timedelta(seconds=numbers["TASK_TIMEOUT_SECONDS"]))
    chosen = timedelta(seconds=numbers["VISIBILITY_SECONDS"])
    if not chosen:
        return longest + timedelta(seconds=MARGIN_SECONDS)
    if chosen <= longest:
        rule = f"must be more than {longest.total_seconds():g}, the longest time a task may take"
        problems.append(Violation(field=f"{PREFIX}VISIBILITY_SECONDS", rule=rule))
    return chosen


def _folder(environ: Mapping[str, str]) -> Path:
    chosen = _text(environ, "WORKERS_DIR")
    return Path(chosen).absolute() if chosen else Path(tempfile.gettempdir()) / f"leadline-workers-{os.getuid()}"
