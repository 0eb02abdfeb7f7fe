"""The use case behind Recommend with an experiment."""

from __future__ import annotations

from dataclasses import replace

from core.caller import Caller
from core.errors import InvalidInput
from core.experiments.exposing import Exposing
from core.experiments.within import Shown, WithinExperiment
from core.recommend.answer import Recommendations, Wanted
from core.recommend.recommending import ChosenVersion, Recommender
from core.scoring.result import ScoreWarning
from core.version import RECOMMENDATION


class ExperimentRecommender:
    """Recommends items, within an experiment or not.

    Args:
        recommender: Recommends.
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, recommender: Recommender, exposing: Exposing) -> None:
        self._recommender = recommender
        self._within = WithinExperiment(exposing)

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

        def inside(shown: Shown) -> Recommendations:
            chosen = ChosenVersion(
                version=shown.version,
                experiment=shown.experiment,
                variant=shown.variant,
                before_shown=shown.before_shown,
            )
            return self._recommender.recommend(caller, wanted, chosen)

        def outside(warnings: list[ScoreWarning]) -> Recommendations:
            answer = self._recommender.recommend(caller, wanted)
            return replace(answer, warnings=[*answer.warnings, *warnings])

        return self._within.answer(
            caller,
            experiment,
            unit_id or wanted.lead_id,
            kinds=(RECOMMENDATION,),
            lead_id=wanted.lead_id,
            inside=inside,
            outside=outside,
        )
