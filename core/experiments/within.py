"""Answers within an experiment, whatever is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown
from core.experiments.assignment import AssignmentReason
from core.experiments.experiment import Variant
from core.experiments.exposing import Decision, Exposing
from core.experiments.exposure import LinkedLead
from core.experiments.kinds import check_kind
from core.experiments.scoring import NOT_RUNNING, UNAVAILABLE, ExposureNotRecorded
from core.experiments.units import unit_key
from core.identifiers import LeadId
from core.resilience.patience import tightened
from core.scoring.result import ScoreWarning

PATIENCE = timedelta(seconds=1)
"""Longest wait for the store, to read what a unit saw first or to write what it sees; then the active version answers,
outside of the experiment."""
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a unit is to see."""

    kind: str
    version: str
    experiment: str
    variant: str
    before_shown: Callable[[], None]
    """Records the exposure; called once the answer is known. Where it raises, nothing may be shown."""


class WithinExperiment:
    """Has a unit answered by its variant.

    A unit counts as exposed once that is durable, and only then it sees its variant, as for scores: see
    :class:`core.experiments.scoring.ExperimentScorer`.

    Args:
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, exposing: Exposing) -> None:
        self._exposing = exposing

    def answer(
        self,
        caller: Caller,
        experiment: str,
        unit: str,
        *,
        kinds: Collection[str],
        lead_id: LeadId | None,
        inside: Callable[[Shown], Answer],
        outside: Callable[[list[ScoreWarning]], Answer],
    ) -> Answer:
        """Return the answer of the variant that a unit gets, or of what is active where it gets none.

        Args:
            caller: Who asks.
            experiment: Its name.
            unit: The unit's name.
            kinds: The experiment must compare models of one of these.
            lead_id: Lead that the unit is linked to; None: none.
            inside: Answers with a variant.
            outside: Answers with what is active, with these warnings.

        Raises:
            NotFound: If the experiment is not known.
            WrongState: EXPERIMENT_OF_OTHER_KIND if it compares models of another kind.
        """
        try:
            with tightened(PATIENCE):
                decision = self._exposing.decide(caller.tenant, experiment, unit_key(unit))
        except (DependencyDown, DeadlineSpent):
            return outside([UNAVAILABLE])
        check_kind(decision, kinds)
        variant = decision.assignment.variant
        if variant is None:
            not_running = decision.assignment.reason is AssignmentReason.NOT_RUNNING
            return outside([NOT_RUNNING] if not_running else [])
        try:
            return inside(self._shown(decision, variant, lead_id))
        except ExposureNotRecorded:
            return outside([UNAVAILABLE])

    def _shown(self, decision: Decision, variant: Variant, lead_id: LeadId | None) -> Shown:
        def expose() -> None:
            if self._exposing.recorded(decision, lead_id) is not None:
                return
            try:
                with tightened(PATIENCE):
                    self._exposing.record(decision, variant, None if lead_id is None else LinkedLead(lead_id=lead_id))
            except (DependencyDown, DeadlineSpent) as failed:
                raise ExposureNotRecorded from failed

        return Shown(
            kind=decision.live.stored.experiment.model_kind,
            version=variant.model_version,
            experiment=decision.name,
            variant=variant.name,
            before_shown=expose,
        )
