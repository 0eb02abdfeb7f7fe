"""Works out what became of units from all that was said of their leads, and brings an experiment up to date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import fsum

from core.experiments.experiment import Experiment, StoredExperiment
from core.experiments.experiment_store import LeadFate, UnitEvidence, UnitSession
from core.experiments.exposure import Exposure, LinkedLead
from core.experiments.unit_outcome import UnitOutcome
from core.scoring.result import ScoreSource

OVERLAP = timedelta(seconds=60)
"""What was recorded so long before the last refresh is looked at again: it may have been committed after it. To look
twice is harmless, as outcomes are worked out from what holds, not added up. Clocks have to agree within it."""
SETTLING = timedelta(days=1)
"""How long after the last conversion that counts an experiment is still looked at: feedback may come late."""
_LAST = datetime.max.replace(tzinfo=UTC)


def refresh(session: UnitSession, stored: StoredExperiment, moment: datetime) -> None:
    """Bring what became of units up to date; whoever does then says so with :meth:`UnitSession.finish`.

    Args:
        session: Of the experiment.
        stored: The experiment.
        moment: When it was looked at, read within the session and before this; what ``finish`` is told. Of two
            sessions of which one waited for the other, the later one has the later moment so.
    """
    for part in _to_work_out(session, stored, moment):
        session.write([outcome_of(evidence, stored.experiment, stored.over_time) for evidence in part])
    session.deadline = _common_deadline(stored)


def final_time(experiment: Experiment, over_time: datetime | None) -> datetime | None:
    """Return from when on nothing new counts, with a day for feedback that comes late; None while it is not known."""
    if over_time is None:
        return None
    return over_time + (experiment.conversion_window or timedelta(0)) + SETTLING


def outcome_of(evidence: UnitEvidence, experiment: Experiment, over_time: datetime | None) -> UnitOutcome:
    """Return what became of a unit by its first exposure.

    What its leads did counts from the exposure on, for the conversion window, or until the experiment was over where
    it has none. A lead that had converted before the exposure counts for nothing.

    Args:
        evidence: All that is known of the unit.
        experiment: What was set.
        over_time: When the experiment exposed its last units; None while it is not known.
    """
    exposure = evidence.exposure
    last = _deadline(exposure, experiment, over_time)
    fared = [_fared(link, fate, exposure.exposure_time, last) for link, fate in evidence.leads]
    counted = [lead for lead in fared if not lead.converted_early]
    scores = [lead.link.score for lead in counted if lead.link.score is not None]
    return UnitOutcome(
        unit_id=exposure.unit_id,
        variant=exposure.variant,
        propensity=exposure.propensity,
        is_override=exposure.is_override,
        allocation=exposure.allocation,
        exposure_time=exposure.exposure_time,
        lead_count=len(counted),
        converted_leads=sum(lead.converted for lead in counted),
        contact_success=any(lead.contacted for lead in counted),
        converted_early=len(counted) < len(fared),
        fallback_answers=sum(lead.link.source not in _BY_THE_MODEL for lead in counted),
        conversion_value=fsum(lead.value for lead in counted),
        score_sum=fsum(scores),
        score_count=len(scores),
        baseline_score=exposure.baseline_score,
    )


_BY_THE_MODEL = ("", ScoreSource.MODEL.value)
"""Sources of leads that no fallback answered: those that were not scored at all among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fared:
    """How one lead fared from the exposure on."""

    link: LinkedLead
    converted_early: bool
    converted: bool
    contacted: bool
    value: float


def _fared(link: LinkedLead, fate: LeadFate, first: datetime, last: datetime) -> _Fared:
    begin = _conversion_time(fate.ends)
    converted = begin is not None and first <= begin <= last
    return _Fared(
        link=link,
        converted_early=_conversion_time([end for end in fate.ends if end[0] < first]) is not None,
        converted=converted,
        contacted=any(first <= time <= last for time in fate.contact_successes),
        value=_value(fate, begin, last) if converted and begin is not None else 0.0,
    )


def _conversion_time(ends: Sequence[tuple[datetime, bool]]) -> datetime | None:
    """Return since when a lead has been converted by its newest end, None if that is none.

    A conversion that was said again is the same one: the first since the lead was last dismissed gives the time.
    """
    begin: datetime | None = None
    for time, converted in reversed(ends):
        if not converted:
            break
        begin = time
    return begin


def _value(fate: LeadFate, begin: datetime, last: datetime) -> float:
    """Return what was last said in time of what the conversion is worth: however often it was said, it counts once."""
    told = [value for time, value in fate.values if begin <= time <= last]
    return told[-1] if told else 0.0


def _deadline(exposure: Exposure, experiment: Experiment, over_time: datetime | None) -> datetime:
    """Return the last moment at which something counts for a unit."""
    if experiment.conversion_window is None:
        return over_time or _LAST
    return exposure.exposure_time + experiment.conversion_window


def _common_deadline(stored: StoredExperiment) -> datetime | None:
    """Return the deadline where it is one for all units: it moves when the experiment is stopped."""
    return stored.over_time if stored.experiment.conversion_window is None else None


def _to_work_out(session: UnitSession, stored: StoredExperiment, moment: datetime) -> Iterator[Sequence[UnitEvidence]]:
    """Return the evidence of the units that may have changed, in parts.

    Of an experiment that was refreshed once it was final that is what was removed since, for an erasure, and no more:
    old feedback may have been pruned, and what it said would be lost.
    """
    if session.deadline != _common_deadline(stored):
        return session.changed(None)
    final = final_time(stored.experiment, stored.over_time)
    if final is not None and session.refreshed_until is not None and session.refreshed_until >= final:
        return session.missing()
    return session.changed(_since(session.refreshed_until, moment))


def _since(refreshed_until: datetime | None, moment: datetime) -> datetime | None:
    """Return from when on to look; None for all of it, also where the clock was set back since.

    A clock that is behind another one by less than the overlap was not set back.
    """
    if refreshed_until is None or refreshed_until - moment > OVERLAP:
        return None
    return min(refreshed_until, moment) - OVERLAP
