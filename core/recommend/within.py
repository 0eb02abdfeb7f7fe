"""The use case behind Recommend with an experiment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, InvalidInput
from core.experiments.assignment import AssignmentReason
from core.experiments.experiment import Variant
from core.experiments.exposing import Decision, Exposing
from core.experiments.exposure import LinkedLead
from core.experiments.kinds import check_kind
from core.experiments.scoring import NOT_RUNNING, UNAVAILABLE, ExposureNotRecorded
from core.experiments.units import unit_key
from core.recommend.answer import Recommendations, Wanted
from core.recommend.recommending import ChosenVersion, Recommender
from core.resilience.patience import tightened
from core.scoring.result import ScoreWarning
from core.version import RECOMMENDATION

PATIENCE = timedelta(seconds=1)
"""Longest wait for the store, to read what a unit saw first or to write what it sees; then the active version answers,
outside of the experiment."""


class ExperimentRecommender:
    """Recommends items, within an experiment or not.

    A unit counts as exposed once that is durable, and only then it sees its variant, as for scores: see
    :class:`core.experiments.scoring.ExperimentScorer`.

    Args:
        recommender: Recommends.
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, recommender: Recommender, exposing: Exposing) -> None:
        self._recommender = recommender
        self._exposing = exposing

    def recommend(
        self, caller: Caller, wanted: Wanted, *, version: str = "", experiment: str = "", unit_id: str = ""
    ) -> Recommendations:
        """Recommend items to a lead.

        Args:
            caller: Who asks.
            wanted: What is asked for.
            version: Version to use, "" for the active one; "" within an experiment, which chooses one.
            experiment: Experiment to recommend within, "" for none.
            unit_id: Its unit, "" for the lead itself.

        Raises:
            InvalidInput: Names what is wrong with the request.
            NotFound: If the experiment or the version is not known, or the lead another seller's.
            WrongState: If the experiment compares models of another kind.
            DependencyDown: As :meth:`core.recommend.recommending.Recommender.recommend`.
        """
        if not experiment:
            if unit_id:
                raise InvalidInput.of("unit_id", "must be empty without an experiment")
            return self._recommender.recommend(caller, wanted, ChosenVersion(version=version))
        if version:
            raise InvalidInput.of("model_version", "must be empty with an experiment, which chooses the version")
        try:
            with tightened(PATIENCE):
                decision = self._exposing.decide(caller.tenant, experiment, unit_key(unit_id or wanted.lead_id))
        except (DependencyDown, DeadlineSpent):
            return self._outside(caller, wanted, UNAVAILABLE)
        check_kind(decision, RECOMMENDATION)
        variant = decision.assignment.variant
        if variant is None:
            not_running = decision.assignment.reason is AssignmentReason.NOT_RUNNING
            return self._outside(caller, wanted, *([NOT_RUNNING] if not_running else []))
        try:
            return self._inside(caller, wanted, decision, variant)
        except ExposureNotRecorded:
            return self._outside(caller, wanted, UNAVAILABLE)

    def _outside(self, caller: Caller, wanted: Wanted, *warnings: ScoreWarning) -> Recommendations:
        answer = self._recommender.recommend(caller, wanted)
        return replace(answer, warnings=[*answer.warnings, *warnings])

    def _inside(self, caller: Caller, wanted: Wanted, decision: Decision, variant: Variant) -> Recommendations:
        def expose() -> None:
            if self._exposing.recorded(decision, wanted.lead_id) is not None:
                return
            try:
                with tightened(PATIENCE):
                    self._exposing.record(decision, variant, LinkedLead(lead_id=wanted.lead_id))
            except (DependencyDown, DeadlineSpent) as failed:
                raise ExposureNotRecorded from failed

        chosen = ChosenVersion(
            version=variant.model_version, experiment=decision.name, variant=variant.name, before_shown=expose
        )
        return self._recommender.recommend(caller, wanted, chosen)
