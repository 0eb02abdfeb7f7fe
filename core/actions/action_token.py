"""The token of one recommended action: what an outcome joins to, even when the log of decisions was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.errors import InvalidInput
from core.scoring.token import Attribution
from core.version import NEXT_ACTION

ReadToken = Callable[[str], Attribution]
"""Returns what a token says; raises InvalidInput if this service did not sign it."""
_PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAction:
    """One action of an answer."""

    decision_id: str
    """Without dots: see :func:`core.scoring.token.new_token_id`."""
    tenant: str
    lead_id: str
    action_id: str
    version: str
    """Of the ranker; "" without one."""
    propensity: float | None
    """Probability with which it was put first, to eight decimals; None for an action in another place."""
    decide_time: datetime
    experiment: str = ""
    variant: str = ""

    def attribution(self) -> Attribution:
        """Return what :meth:`core.scoring.token.TokenSigner.sign` signs for it."""
        return Attribution(
            token_id=f"{self.decision_id}.{self.action_id}",
            tenant=self.tenant,
            lead_id=self.lead_id,
            model_version=self.version,
            source=NEXT_ACTION,
            score=_PERCENT * (self.propensity or 0.0),
            score_time=self.decide_time,
            experiment=self.experiment,
            variant=self.variant,
        )


def read_action_token(read: ReadToken, token: str) -> ShownAction:
    """Return which action a token is of.

    Raises:
        InvalidInput: If it is not a token of an action that this service gave out.
    """
    try:
        said = read(token)
    except InvalidInput as unreadable:
        raise _foreign() from unreadable
    decision_id, dot, action_id = said.token_id.partition(".")
    if said.source != NEXT_ACTION or not dot:
        raise _foreign()
    return ShownAction(
        decision_id=decision_id,
        tenant=said.tenant,
        lead_id=said.lead_id,
        action_id=action_id,
        version=said.model_version,
        propensity=said.score / _PERCENT or None,
        decide_time=said.score_time,
        experiment=said.experiment,
        variant=said.variant,
    )


def _foreign() -> InvalidInput:
    # The same words for every token that is not right, so that nobody learns what a foreign one says.
    return InvalidInput.of("action_token", "must be a token this service gave out with an action of your own")
