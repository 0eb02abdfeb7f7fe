"""Why an action is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class DropReason(IntEnum):
    """Why, in the order in which reasons are looked at."""

    NOT_VALID_NOW = 1
    NOT_ELIGIBLE = 2
    NO_CONSENT = 3
    QUIET_HOURS = 4
    ACTION_COOL_DOWN = 5
    GROUP_COOL_DOWN = 6
    CHANNEL_COOL_DOWN = 7
    LEAD_CAP = 8
    AGENT_CAP = 9
    DAILY_CAP = 10
    EXCLUDED = 11
    EXCLUDED_IN_ANSWER = 12
    REJECTED = 13
    BELOW_LIMIT = 14
    NO_EXPECTED_VALUE = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An action that was left out."""

    action_id: str
    reason: DropReason
    text: str
    """In words."""
    available_time: datetime | None = None
    """When the reason ends; None where it does not end by itself."""
