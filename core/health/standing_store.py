"""Where it is kept how leads stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.health.standing import Standing
from core.identifiers import LeadId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReading:
    """A health that was read and is to be kept."""

    tenant: TenantId
    lead_id: LeadId
    score: float
    read_time: datetime


class StandingReader(Protocol):
    """Reads how leads stand."""

    def get(self, tenant: TenantId, lead_id: LeadId) -> Standing | None:
        """Return how a lead stands, None of one that was never assessed.

        Raises:
            DependencyDown: If the store does not work.
        """


class StandingStore(StandingReader, Protocol):
    """Keeps how leads stand."""

    def advance(self, readings: Sequence[NewReading]) -> None:
        """Take readings in, each by :func:`core.health.standing.advance` onto what is stored at that moment.

        One that is not newer than what is stored changes nothing: a batch may be sent again. Of leads that are gone
        nothing is kept.

        Raises:
            DependencyDown: If the store does not work.
        """
