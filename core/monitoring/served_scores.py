"""What a version said of leads, looked up for leads whose outcome is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.feedback.label import Label
from core.identifiers import LeadId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedScore:
    """What one version said of one lead."""

    probability: float
    score_time: datetime
    token_id: str


class ServedScores(Protocol):
    """Reads what was served."""

    def of_version(self, tenant: TenantId, version: str, labels: Sequence[Label]) -> Mapping[LeadId, ServedScore]:
        """Return the last thing ``version``, as a MODEL, said of each lead before its label matured.

        The answer whose token came back with a label's feedback counts first, then the log of predictions. Leads the
        version never scored are left out.
        """
