"""The use case behind NextBestActions with an experiment."""

from __future__ import annotations

from dataclasses import replace

from core.actions.answer import ChosenRanker, NextActions, WantedActions
from core.actions.deciding import ActionDecider
from core.caller import Caller
from core.errors import InvalidInput
from core.experiments.exposing import Exposing
from core.experiments.within import Shown, WithinExperiment
from core.scoring.result import ScoreWarning
from core.version import NEXT_ACTION


class ExperimentDecider:
    """Says what to do next, within an experiment or not.

    Args:
        decider: Ranks.
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, decider: ActionDecider, exposing: Exposing) -> None:
        self._decider = decider
        self._within = WithinExperiment(exposing)

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

        def inside(shown: Shown) -> NextActions:
            chosen = ChosenRanker(
                version=shown.version,
                experiment=shown.experiment,
                variant=shown.variant,
                before_shown=shown.before_shown,
            )
            return self._decider.decide(caller, wanted, chosen)

        def outside(warnings: list[ScoreWarning]) -> NextActions:
            answer = self._decider.decide(caller, wanted)
            return replace(answer, warnings=[*answer.warnings, *warnings])

        return self._within.answer(
            caller,
            experiment,
            unit_id or wanted.lead_id,
            kinds=(NEXT_ACTION,),
            lead_id=wanted.lead_id,
            inside=inside,
            outside=outside,
        )
