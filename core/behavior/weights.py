"""How much each type of action says about a lead's engagement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.behavior.actions import ActionType
from core.errors import InvalidInput, Violation

SMALLEST_WEIGHT = 1.0
LARGEST_WEIGHT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementWeights:
    """Weight of each type of action, in [1, 5].

    Raises:
        InvalidInput: On construction; names every weight that is out of range.
    """

    view: float = 1.0
    click: float = 2.0
    inquiry: float = 3.0
    message: float = 4.0
    schedule: float = 5.0

    def __post_init__(self) -> None:
        broken = [
            Violation(field=f"weights.{action}", rule="must be 1 to 5")
            for action, weight in self.by_action().items()
            if not SMALLEST_WEIGHT <= weight <= LARGEST_WEIGHT
        ]
        if broken:
            raise InvalidInput(broken)

    def by_action(self) -> dict[ActionType, float]:
        """Return the weight of every type of action."""
        return {action: getattr(self, action.value) for action in ActionType}

    def ascending(self) -> list[tuple[float, int]]:
        """Return each weight with the place of its type in ActionType, the lightest first."""
        return sorted((weight, place) for place, weight in enumerate(self.by_action().values()))

    def points(self, actions: Sequence[float]) -> float:
        """Return the weighted number of actions.

        Args:
            actions: By type, in the order of ActionType; whole or faded numbers.
        """
        return float(
            self.view * actions[0]
            + self.click * actions[1]
            + self.inquiry * actions[2]
            + self.message * actions[3]
            + self.schedule * actions[4]
        )


def median_weight(ascending: Iterable[tuple[float, int]], actions: Sequence[int], total: int) -> float:
    """Return the median weight over events, exactly; the mean of the middle two of an even number.

    Args:
        ascending: As :meth:`EngagementWeights.ascending` gives them.
        actions: Events by type, in the order of ActionType.
        total: All events, at least 1; those that are no action weigh 0.
    """
    lower_rank, upper_rank = (total - 1) // 2, total // 2
    passed = total - sum(actions)
    lower, weight = 0.0, 0.0
    for heavier, place in ascending:
        if upper_rank < passed:
            break
        if lower_rank >= passed:
            lower = heavier
        weight = heavier
        passed += actions[place]
    return (lower + weight) / 2.0
