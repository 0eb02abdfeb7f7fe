"""What the online learner needs of its surroundings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.identifiers import LeadId, TenantId
from core.scoring.online.platt import Weights
from core.scoring.online.state import OnlineState
from core.scoring.online.update import LoggedUpdate


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """The newest state."""

    state: OnlineState
    update_time: datetime


class OnlineStore(Protocol):
    """Keeps the state of the learner and the log it was made from, in step. A call that returns has committed."""

    def newest(self, tenant: TenantId, kind: str) -> StoredState | None:
        """Return the newest state, None before the first update."""

    def append(self, tenant: TenantId, kind: str, updates: Sequence[LoggedUpdate], state: OnlineState) -> bool:
        """Write updates and the state after them, if the log ends right before them.

        Args:
            tenant: Whose.
            kind: Of the version that is corrected.
            updates: One or more, with consecutive sequences.
            state: After the last of them.

        Returns:
            Whether it was done. False, and nothing is written, if somebody else has learned meanwhile, or a label was
            learned already.
        """

    def learned(self, tenant: TenantId, kind: str, label_keys: Collection[str]) -> set[str]:
        """Return those of the labels that were learned, for whichever version."""

    def outcomes(self, tenant: TenantId, kind: str, lead_ids: Collection[LeadId], after: int) -> Mapping[LeadId, int]:
        """Return the outcome learned last of each lead, from updates with a sequence above ``after``."""

    def weights_since(
        self, tenant: TenantId, kind: str, after: int, moment: datetime
    ) -> Sequence[tuple[datetime, Weights]]:
        """Return when weights changed, and to what, oldest first: from the last change at or before ``moment`` on.

        Only updates with a sequence above ``after`` count.
        """

    def log(self, tenant: TenantId, kind: str, *, limit: int, after: int) -> Sequence[LoggedUpdate]:
        """Return up to ``limit`` updates in order, from the one after sequence ``after`` on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswer:
    """What a version said of a lead when it scored it first."""

    probability: float
    """The version's own, not corrected."""
    score_time: datetime


class AnswerLog(Protocol):
    """Reads what a version answered, from the log of predictions."""

    def first_answers(
        self, tenant: TenantId, version: str, lead_ids: Collection[LeadId]
    ) -> Mapping[LeadId, FirstAnswer]:
        """Return the first answer of a version about each lead; those it never scored are left out."""

    def first_open(
        self, tenant: TenantId, version: str, since: datetime, closed: Collection[LeadId]
    ) -> datetime | None:
        """Return when, from ``since`` on, the version first scored a lead that is not among the ``closed``.

        None if there is no such lead. Leads that were never stored do not count: they have no end to wait for.
        """
