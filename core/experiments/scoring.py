"""The use case behind Score with an experiment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, InvalidInput, NotFound
from core.experiments.assignment import AssignmentReason
from core.experiments.experiment import Variant
from core.experiments.exposing import Decision, Exposing
from core.experiments.exposure import LinkedLead
from core.experiments.kinds import check_kind
from core.experiments.units import unit_key
from core.identifiers import LeadId
from core.lead import Lead
from core.ports import LeadLookup
from core.resilience.patience import tightened
from core.scoring.arm import Arm
from core.scoring.result import LeadScore, ScoreSource, ScoreWarning
from core.scoring.scorer import DEFAULT_CONTRIBUTIONS, Scorer, check_limit
from core.scoring.stored_leads import KnownLead
from core.version import LEAD_SCORE

PATIENCE = timedelta(seconds=1)
"""Longest wait for the store, to read what a unit saw first or to write what it sees; then the active version answers,
outside of the experiment."""


class ExperimentScorer:
    """Scores leads, within an experiment or not.

    A unit counts as exposed once that is durable, and only then it sees its variant. So whatever is shown is analysed,
    and a unit that could not be recorded sees what everybody else sees.

    A lead may come with the call, under any id. Whether a seller named another seller's is not told to it: the answer
    is the same, only the lead's fate counts for nothing.

    Args:
        scorer: Scores.
        exposing: Says which variant a unit gets, and records it.
        leads: Says whose a lead is.
    """

    def __init__(self, scorer: Scorer, exposing: Exposing, leads: LeadLookup) -> None:
        self._scorer = scorer
        self._exposing = exposing
        self._leads = leads

    def score(
        self,
        caller: Caller,
        lead: Lead,
        *,
        limit: int = DEFAULT_CONTRIBUTIONS,
        version: str = "",
        experiment: str = "",
        unit_id: str = "",
    ) -> LeadScore:
        """Score one lead.

        Args:
            caller: Who asks.
            lead: The lead; one that carries only its id is read from the store.
            limit: How many reasons to name, 0 to 100.
            version: Version to use, "" for the active one; "" within an experiment, which chooses one.
            experiment: Experiment to score within, "" for none.
            unit_id: Its unit, "" for the lead itself.

        Raises:
            InvalidInput: Names what is wrong with the request.
            NotFound: If the experiment, the version or the stored lead is unknown, or the lead another seller's.
            WrongState: If the experiment compares models of another kind.
        """
        if not experiment:
            if unit_id:
                raise InvalidInput.of("unit_id", "must be empty without an experiment")
            return self._scorer.score(caller, lead, limit=limit, version=version)
        if version:
            raise InvalidInput.of("model_version", "must be empty with an experiment, which chooses the version")
        check_limit(limit)
        return self._within(caller, lead, experiment, unit_key(unit_id or lead.lead_id), limit)

    def _within(self, caller: Caller, lead: Lead, experiment: str, unit_id: str, limit: int) -> LeadScore:
        try:
            with tightened(PATIENCE):
                decision = self._exposing.decide(caller.tenant, experiment, unit_id)
        except (DependencyDown, DeadlineSpent):
            return self._outside(caller, self._scorer.known(caller, lead), limit, UNAVAILABLE)
        check_kind(decision, (LEAD_SCORE,))
        known = self._scorer.known(caller, lead)
        assignment = decision.assignment
        if assignment.variant is None:
            not_running = assignment.reason is AssignmentReason.NOT_RUNNING
            return self._outside(caller, known, limit, *([NOT_RUNNING] if not_running else []))
        try:
            return self._inside(caller, known, decision, assignment.variant, limit)
        except ExposureNotRecorded:
            return self._outside(caller, known, limit, UNAVAILABLE)

    def _outside(self, caller: Caller, known: KnownLead, limit: int, *warnings: ScoreWarning) -> LeadScore:
        """Return the answer of the active version."""
        answer = self._scorer.score_known(caller, known, limit=limit)
        return replace(answer, warnings=(*answer.warnings, *warnings)) if warnings else answer

    def _inside(self, caller: Caller, known: KnownLead, decision: Decision, variant: Variant, limit: int) -> LeadScore:
        def expose(score: float, source: ScoreSource) -> None:
            shown = LinkedLead(lead_id=known.lead.lead_id, score=score, source=source.value)
            self._expose(caller, known, decision, variant, shown)

        arm = Arm(experiment=decision.name, variant=variant.name, version=variant.model_version, before_shown=expose)
        return self._scorer.score_arm(caller, known, arm, limit=limit)

    def _expose(
        self, caller: Caller, known: KnownLead, decision: Decision, variant: Variant, shown: LinkedLead
    ) -> None:
        if self._exposing.is_recorded(decision, shown.lead_id):
            return
        is_first = self._exposing.exposure(decision) is None
        baseline = self._baseline(known, decision, variant, shown) if is_first else None
        try:
            with tightened(PATIENCE):
                linked = shown if self._may_link(caller, shown.lead_id) else None
                if is_first or linked is not None:
                    self._exposing.record(decision, variant, linked, baseline)
        except (DependencyDown, DeadlineSpent) as failed:
            raise ExposureNotRecorded from failed

    def _may_link(self, caller: Caller, lead_id: LeadId) -> bool:
        """Return whether the fate of a lead may count for a unit of the caller: not if the lead is another seller's."""
        if not caller.owner_id:
            return True
        try:
            stored = self._leads.get(caller.tenant, lead_id)
        except NotFound:
            return True
        return stored.lead.owner_id == caller.owner_id

    def _baseline(self, known: KnownLead, decision: Decision, variant: Variant, shown: LinkedLead) -> float | None:
        """Return what the control's version says of the lead: known before the exposure, the same way in every arm."""
        if variant.is_control:
            return shown.score if shown.source == ScoreSource.MODEL.value else None
        return self._scorer.opinion(decision.tenant, known, decision.live.stored.experiment.control.model_version)


class ExposureNotRecorded(DependencyDown):
    """An exposure could not be written, or not in time."""

    def __init__(self) -> None:
        super().__init__("store")


UNAVAILABLE = ScoreWarning(
    code="EXPERIMENT_UNAVAILABLE",
    message="The experiment cannot be read or written now; the active version answered, outside of it.",
)
NOT_RUNNING = ScoreWarning(
    code="EXPERIMENT_NOT_RUNNING",
    message="The experiment has not begun, or is over; the active version answered, outside of it.",
)
