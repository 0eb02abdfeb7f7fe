"""The use case behind NextBestActions with an experiment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.actions.answer import ChosenRanker, NextActions, WantedActions
from core.actions.deciding import ActionDecider
from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, InvalidInput
from core.experiments.assignment import AssignmentReason
from core.experiments.experiment import Variant
from core.experiments.exposing import Decision, Exposing
from core.experiments.exposure import LinkedLead
from core.experiments.kinds import check_kind
from core.experiments.scoring import NOT_RUNNING, UNAVAILABLE, ExposureNotRecorded
from core.experiments.units import unit_key
from core.resilience.patience import tightened
from core.scoring.result import ScoreWarning
from core.version import NEXT_ACTION

PATIENCE = timedelta(seconds=1)
"""Longest wait for the store, to read what a unit saw first or to write what it sees; then the active version answers,
outside of the experiment."""


class ExperimentDecider:
    """Says what to do next, within an experiment or not.

    A unit counts as exposed once that is durable, and only then it sees its variant, as for scores: see
    :class:`core.experiments.scoring.ExperimentScorer`.

    Args:
        decider: Ranks.
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, decider: ActionDecider, exposing: Exposing) -> None:
        self._decider = decider
        self._exposing = exposing

    def decide(
        self, caller: Caller, wanted: WantedActions, *, version: str = "", experiment: str = "", unit_id: str = ""
    ) -> NextActions:
        """Rank what to do next.

        Args:
            caller: Who asks.
            wanted: What is asked for.
            version: Ranker to use, "" for the active one; "" within an experiment, which chooses one.
            experiment: Experiment to decide within, "" for none.
            unit_id: Its unit, "" for the lead itself.

        Raises:
            InvalidInput: Names what is wrong with the request.
            NotFound: If the experiment, the version, the catalogue or the lead is not known to the caller.
            WrongState: If the experiment compares models of another kind.
            DependencyDown: As :meth:`core.actions.deciding.ActionDecider.decide`.
        """
        if not experiment:
            if unit_id:
                raise InvalidInput.of("unit_id", "must be empty without an experiment")
            return self._decider.decide(caller, wanted, ChosenRanker(version=version))
        if version:
            raise InvalidInput.of("model_version", "must be empty with an experiment, which chooses the version")
        try:
            with tightened(PATIENCE):
                decision = self._exposing.decide(caller.tenant, experiment, unit_key(unit_id or wanted.lead_id))
        except (DependencyDown, DeadlineSpent):
            return self._outside(caller, wanted, UNAVAILABLE)
        check_kind(decision, NEXT_ACTION)
        variant = decision.assignment.variant
        if variant is None:
            not_running = decision.assignment.reason is AssignmentReason.NOT_RUNNING
            return self._outside(caller, wanted, *([NOT_RUNNING] if not_running else []))
        try:
            return self._inside(caller, wanted, decision, variant)
        except ExposureNotRecorded:
            return self._outside(caller, wanted, UNAVAILABLE)

    def _outside(self, caller: Caller, wanted: WantedActions, *warnings: ScoreWarning) -> NextActions:
        answer = self._decider.decide(caller, wanted)
        return replace(answer, warnings=[*answer.warnings, *warnings])

    def _inside(self, caller: Caller, wanted: WantedActions, decision: Decision, variant: Variant) -> NextActions:
        def expose() -> None:
            if self._exposing.recorded(decision, wanted.lead_id) is not None:
                return
            try:
                with tightened(PATIENCE):
                    self._exposing.record(decision, variant, LinkedLead(lead_id=wanted.lead_id))
            except (DependencyDown, DeadlineSpent) as failed:
                raise ExposureNotRecorded from failed

        chosen = ChosenRanker(
            version=variant.model_version, experiment=decision.name, variant=variant.name, before_shown=expose
        )
        return self._decider.decide(caller, wanted, chosen)
