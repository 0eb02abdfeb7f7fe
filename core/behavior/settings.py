"""What may be set about lead behaviour features when their plan is built."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import timedelta

from core.behavior.weights import EngagementWeights
from core.errors import InvalidInput, Violation

HOURS_OF_DAY = 24
_SHORTEST_GAP = timedelta(seconds=1)
_LONGEST_GAP = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadBehaviorSettings:
    """Settings of the lead behaviour features.

    Attributes:
        weights: How much each type of action weighs.
        business_hours: First hour and the hour after the last one, UTC, 0 to 24; the same on every day of the week.
        session_gap: Events this far apart or further are of different sessions; 1 second to 30 days.
        minimum_interactions: With fewer events every lead behaviour feature except ``total_interactions`` has its
            default.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    weights: EngagementWeights = field(default_factory=EngagementWeights)
    business_hours: tuple[int, int] = (9, 17)
    session_gap: timedelta = timedelta(hours=72)
    minimum_interactions: int = 1

    def __post_init__(self) -> None:
        start, end = self.business_hours
        rules = (
            ("business_hours", 0 <= start < end <= HOURS_OF_DAY, "must be two hours within 0 to 24, the earlier first"),
            ("session_gap", _SHORTEST_GAP <= self.session_gap <= _LONGEST_GAP, "must be 1 second to 30 days"),
            ("minimum_interactions", self.minimum_interactions >= 1, "must be at least 1"),
        )
        broken = [Violation(field=name, rule=rule) for name, holds, rule in rules if not holds]
        if broken:
            raise InvalidInput(broken)

    @property
    def session_gap_us(self) -> int:
        """The gap in microseconds."""
        return self.session_gap // timedelta(microseconds=1)

    def version(self, version: int) -> int:
        """Return the version of features that depend on these settings, so that the plan's hash tells settings apart.

        Args:
            version: Of the computation; what the default settings keep.

        Returns:
            With other settings a number that is theirs alone, from 2 ** 30 to 2 ** 31 - 1.
        """
        if self == LeadBehaviorSettings():
            return version
        weights = [float(weight) for weight in self.weights.by_action().values()]
        said = (version, weights, *self.business_hours, self.session_gap_us, self.minimum_interactions)
        return 2**30 + zlib.crc32(repr(said).encode()) % 2**30
