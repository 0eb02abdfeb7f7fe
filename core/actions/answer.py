"""What is asked for, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actions.action import LONGEST_NAME, ActionCategory
from core.actions.dropped import Dropped
from core.actions.effects import Effect
from core.actions.ranking import RankingBasis, RankTerm
from core.actions.urgency import Urgency
from core.errors import InvalidInput, Violation
from core.health.health import LeadHealth
from core.identifiers import LeadId, check_identifier
from core.scoring.result import ScoreWarning

USUAL_LIMIT = 3
MOST_LIMIT = 25
MOST_CHANNELS = 50
LONGEST_AGENT = 128

RANKER_FAILED = ScoreWarning(
    code="MODEL_FAILED",
    message="The ranker's version cannot be used now; what outcomes say without it ordered the actions.",
)


def _do_nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedActions:
    """What is asked for.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    lead_id: LeadId
    agent_id: str = ""
    """Who would act; "" for nobody's caps."""
    limit: int = USUAL_LIMIT
    """1 to 25."""
    channels: frozenset[str] = frozenset()
    """Only these; empty for all."""
    explain: bool = False
    """Whether to say why every other action was left out."""
    catalog_version: int = 0
    """0 for the one in use."""

    def __post_init__(self) -> None:
        check_identifier(self.lead_id, "lead_id")
        found = []
        if not 1 <= self.limit <= MOST_LIMIT:
            found.append(Violation(field="limit", rule=f"must be 1 to {MOST_LIMIT}, or 0 for {USUAL_LIMIT}"))
        if len(self.agent_id) > LONGEST_AGENT or not self.agent_id.isprintable():
            rule = f"must be at most {LONGEST_AGENT} characters, none of them a control character"
            found.append(Violation(field="agent_id", rule=rule))
        if len(self.channels) > MOST_CHANNELS or not all(0 < len(one) <= LONGEST_NAME for one in self.channels):
            rule = f"must be at most {MOST_CHANNELS}, of 1 to {LONGEST_NAME} characters each"
            found.append(Violation(field="channels", rule=rule))
        if self.catalog_version < 0:
            found.append(Violation(field="catalog_version", rule="must not be negative"))
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenRanker:
    """What ranks, and why it was chosen."""

    version: str = ""
    """"" for the active one."""
    experiment: str = ""
    variant: str = ""
    before_shown: Callable[[], None] = _do_nothing
    """Called once the answer is known, before it is logged. Where it raises, nothing was shown."""

    @property
    def must_serve(self) -> bool:
        """Whether the caller named it: then it answers, or nothing does."""
        return bool(self.version) and not self.experiment


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendedAction:
    """An action to take."""

    action_id: str
    title: str
    category: ActionCategory
    channel: str
    rank_score: float
    """The product of the factors of ``terms``, in their order, bit for bit."""
    terms: tuple[RankTerm, ...]
    confidence: float
    urgency: Urgency
    effect: Effect | None
    """What outcomes say; None where they order nothing."""
    due_time: datetime
    reasons: tuple[str, ...]
    """The weightiest first."""
    suggested_wording: str
    propensity: float
    """Probability with which it was put first."""
    action_token: str
    is_explored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NextActions:
    """An answer."""

    actions: Sequence[RecommendedAction]
    """The best first."""
    basis: RankingBasis
    dropped: Sequence[Dropped]
    """Every other action of the catalogue, where that was asked for."""
    catalog_version: int
    model_version: str
    """"" without a ranker."""
    health: LeadHealth
    experiment: str
    variant: str
    decide_time: datetime
    warnings: Sequence[ScoreWarning]
