"""Troubles that were seen, and what happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AlertCause(StrEnum):
    """What is wrong."""

    FEATURE_DRIFT = "FEATURE_DRIFT"
    SCORE_DRIFT = "SCORE_DRIFT"
    CALIBRATION_DRIFT = "CALIBRATION_DRIFT"
    MISSING_VALUES = "MISSING_VALUES"
    NEW_VALUES = "NEW_VALUES"
    CONSTANT_FEATURE = "CONSTANT_FEATURE"
    STALE_SERVING = "STALE_SERVING"


class AlertSeverity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertMoment(StrEnum):
    """What is told of an alert."""

    OPENED = "opened"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What one check sees wrong."""

    cause: AlertCause
    severity: AlertSeverity
    message: str
    """A sentence for a person."""
    features: tuple[str, ...] = ()
    """What it is about, the most drifted first."""
    direction: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    suggestion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble from the check that first saw it until two checks in a row did not."""

    alert_id: str
    kind: str
    version: str
    """That served when it was last seen."""
    trouble: Trouble
    calm_checks: int = 0
    """Checks in a row that did not see it."""
    open_time: datetime
    update_time: datetime
    """When it was last seen."""
    recover_time: datetime | None = None
