"""What logged recommendations say of a version: one that is registered, or a new recipe."""

from __future__ import annotations

from dataclasses import dataclass

from core.behavior.recording import microseconds_of
from core.identifiers import TenantId
from core.recommend.logged import FEWEST_SLOTS, LoggedJudge, ModelScores
from core.recommend.model import RecommendationModel
from core.recommend.off_policy import OffPolicyReport
from training.recommend.run import Challenge

FEWEST_ANSWERS = 50
"""In the newer half of the log; with fewer nothing is fitted for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedByLog:
    """Asks the log of one tenant.

    Attributes:
        judge: Reads the log.
        tenant: Whose.
    """

    judge: LoggedJudge
    tenant: TenantId

    def of_recipe(self, challenge: Challenge) -> OffPolicyReport | None:
        """Return what a new recipe is worth against the serving version.

        Answers of the serving version alone count, the newer half of them; the recipe is fitted on what leads did
        before those, so that it has not seen what they led to.

        Raises:
            DependencyDown: If the store does not work.
        """
        rows = self.judge.rows(self.tenant, version=challenge.serving)
        newer = rows[len(rows) // 2 :]
        if len(newer) < FEWEST_ANSWERS or sum(len(row.items) - 1 for row in newer) < FEWEST_SLOTS:
            return None
        challenger = challenge.challenger(microseconds_of(newer[0].recommend_time) - 1)
        return self.judge.value(self.tenant, newer, ModelScores(challenger))

    def of_version(self, model: RecommendationModel, learned_until_us: int) -> OffPolicyReport | None:
        """Return what a registered version is worth, where answers were given after all that it was fitted on.

        Args:
            model: Read from its files.
            learned_until_us: Time of the newest interaction it was fitted on, microseconds since 1970 UTC.

        Raises:
            DependencyDown: If the store does not work.
        """
        rows = [row for row in self.judge.rows(self.tenant) if microseconds_of(row.recommend_time) > learned_until_us]
        return self.judge.value(self.tenant, rows, ModelScores(model))
