"""Looks up the lead that a conversation is with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from core.behavior.live import LeadBehavior
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.conversation.lead_picture import LeadPicture
from core.errors import DeadlineSpent, DependencyDown, NotFound
from core.identifiers import LeadId, TenantId
from core.lead import Lead
from core.resilience.patience import tightened
from core.scoring.result import LeadScore, ScoreWarning
from core.scoring.stored_leads import KnownLead

PATIENCE = timedelta(seconds=1)
"""Longest wait for the stored lead, where the answer can do without."""
LEAD_UNKNOWN = ScoreWarning(
    code="LEAD_UNKNOWN", message="The lead cannot be looked up now; the conversation alone was read."
)
_DAY_US = 86_400_000_000


class ScoresLeads(Protocol):
    """Scores leads without showing it to anybody. :class:`core.scoring.scorer.Scorer` is one."""

    def known(self, caller: Caller, lead: Lead) -> KnownLead:
        """Return the stored lead of a bare id."""

    def score_known(self, caller: Caller, known: KnownLead, *, limit: int = 0) -> LeadScore:
        """Score a lead that was looked up."""


class ReadsBehavior(Protocol):
    """Says what leads did. :class:`core.behavior.live.LiveLeads` is one."""

    def get(self, tenant: TenantId, lead_id: LeadId, moment_us: int) -> LeadBehavior:
        """Return the features of a lead."""

    def try_get(self, tenant: TenantId, lead_id: LeadId, moment_us: int) -> LeadBehavior | None:
        """Return the features of a lead; None if they cannot be had within a moment."""


class LeadLooker:
    """Looks leads up. Implements :class:`core.conversation.lead_picture.LooksAtLeads`.

    Args:
        scorer: Scores leads; one that logs nothing.
        behavior: What leads did.
    """

    def __init__(self, scorer: ScoresLeads, behavior: ReadsBehavior) -> None:
        self._scorer = scorer
        self._behavior = behavior

    def picture(self, caller: Caller, lead_id: LeadId, moment: datetime) -> LeadPicture:
        """Return what is known of a lead; see the port."""
        try:
            with tightened(PATIENCE):
                known = self._scorer.known(caller, Lead(lead_id=lead_id))
        except NotFound:
            if caller.owner_id:
                # A seller has no leads that are not stored: whose would their events be?
                raise
            return self._of_events(caller, lead_id, moment)
        except (DependencyDown, DeadlineSpent):
            if caller.owner_id:
                raise
            return LeadPicture(warnings=(LEAD_UNKNOWN,))
        done = self._behavior.try_get(caller.tenant, lead_id, microseconds_of(moment))
        score = self._scorer.score_known(caller, known, limit=0)
        return _picture(done, score=score.score, warnings=known.warnings)

    def _of_events(self, caller: Caller, lead_id: LeadId, moment: datetime) -> LeadPicture:
        done = self._behavior.get(caller.tenant, lead_id, microseconds_of(moment))
        if not done.event_count:
            raise NotFound("lead", lead_id)
        return _picture(done)


def _picture(
    done: LeadBehavior | None, *, score: float | None = None, warnings: tuple[ScoreWarning, ...] = ()
) -> LeadPicture:
    if done is None or done.last_event_us is None:
        return LeadPicture(score=score, warnings=warnings)
    days = max(0.0, (done.moment_us - done.last_event_us) / _DAY_US)
    return LeadPicture(score=score, event_count=done.event_count, days_since_event=days, warnings=warnings)
