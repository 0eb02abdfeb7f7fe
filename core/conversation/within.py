"""The use case behind Analyze with an experiment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.caller import Caller
from core.conversation.analysing import Analyzer
from core.conversation.analysis import Analysis, ChosenHead, Wanted
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
from core.version import HEAD_KINDS

PATIENCE = timedelta(seconds=1)
"""Longest wait for the store, to read what a unit saw first or to write what it sees; then the active versions answer,
outside of the experiment."""


class ExperimentAnalyzer:
    """Analyses conversations, within an experiment or not.

    A unit counts as exposed once that is durable, and only then it sees its variant, as for scores: see
    :class:`core.experiments.scoring.ExperimentScorer`.

    Args:
        analyzer: Analyses.
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, analyzer: Analyzer, exposing: Exposing) -> None:
        self._analyzer = analyzer
        self._exposing = exposing

    def analyze(self, caller: Caller, wanted: Wanted, *, experiment: str = "", unit_id: str = "") -> Analysis:
        """Analyse a conversation.

        Args:
            caller: Who asks.
            wanted: What is asked for; names no versions within an experiment, which chooses one.
            experiment: Experiment to answer within, "" for none.
            unit_id: Its unit, "" for the lead, or without one the conversation.

        Raises:
            InvalidInput: Names what is wrong with the request.
            NotFound: If the experiment or a version is not known, or the lead another seller's.
            WrongState: If the experiment compares models that read no messages.
            DependencyDown: As :meth:`core.conversation.analysing.Analyzer.analyze`.
        """
        if not experiment:
            if unit_id:
                raise InvalidInput.of("unit_id", "must be empty without an experiment")
            return self._analyzer.analyze(caller, wanted)
        if wanted.model_versions:
            raise InvalidInput.of("model_versions", "must be empty with an experiment, which chooses the version")
        unit = unit_id or wanted.lead_id or wanted.conversation_id
        if not unit:
            raise InvalidInput.of("unit_id", "must be set where there is neither a lead_id nor a conversation_id")
        try:
            with tightened(PATIENCE):
                decision = self._exposing.decide(caller.tenant, experiment, unit_key(unit))
        except (DependencyDown, DeadlineSpent):
            return self._outside(caller, wanted, UNAVAILABLE)
        return self._decided(caller, wanted, decision)

    def _decided(self, caller: Caller, wanted: Wanted, decision: Decision) -> Analysis:
        kind = decision.live.stored.experiment.model_kind
        # Of any kind that reads messages; the first stands for all where it is another.
        check_kind(decision, kind if kind in HEAD_KINDS else HEAD_KINDS[0])
        variant = decision.assignment.variant
        if variant is None:
            not_running = decision.assignment.reason is AssignmentReason.NOT_RUNNING
            return self._outside(caller, wanted, *([NOT_RUNNING] if not_running else []))
        try:
            return self._inside(caller, wanted, decision, variant)
        except ExposureNotRecorded:
            return self._outside(caller, wanted, UNAVAILABLE)

    def _outside(self, caller: Caller, wanted: Wanted, *warnings: ScoreWarning) -> Analysis:
        answer = self._analyzer.analyze(caller, wanted)
        return replace(answer, warnings=(*answer.warnings, *warnings))

    def _inside(self, caller: Caller, wanted: Wanted, decision: Decision, variant: Variant) -> Analysis:
        linked = None if wanted.lead_id is None else LinkedLead(lead_id=wanted.lead_id)

        def expose() -> None:
            if self._exposing.recorded(decision, wanted.lead_id) is not None:
                return
            try:
                with tightened(PATIENCE):
                    self._exposing.record(decision, variant, linked)
            except (DependencyDown, DeadlineSpent) as failed:
                raise ExposureNotRecorded from failed

        chosen = ChosenHead(
            kind=decision.live.stored.experiment.model_kind,
            version=variant.model_version,
            experiment=decision.name,
            variant=variant.name,
            before_shown=expose,
        )
        return self._analyzer.analyze(caller, wanted, chosen)
