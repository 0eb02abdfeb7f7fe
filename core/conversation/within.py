"""The use case behind Analyze with an experiment."""

from __future__ import annotations

from dataclasses import replace

from core.caller import Caller
from core.conversation.analysing import Analyzer
from core.conversation.analysis import Analysis, ChosenHead, Wanted
from core.errors import InvalidInput
from core.experiments.exposing import Exposing
from core.experiments.within import Shown, WithinExperiment
from core.scoring.result import ScoreWarning
from core.version import HEAD_KINDS


class ExperimentAnalyzer:
    """Analyses conversations, within an experiment or not.

    Args:
        analyzer: Analyses.
        exposing: Says which variant a unit gets, and records it.
    """

    def __init__(self, analyzer: Analyzer, exposing: Exposing) -> None:
        self._analyzer = analyzer
        self._within = WithinExperiment(exposing)

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

        def inside(shown: Shown) -> Analysis:
            chosen = ChosenHead(
                kind=shown.kind,
                version=shown.version,
                experiment=shown.experiment,
                variant=shown.variant,
                before_shown=shown.before_shown,
            )
            return self._analyzer.analyze(caller, wanted, chosen)

        def outside(warnings: list[ScoreWarning]) -> Analysis:
            answer = self._analyzer.analyze(caller, wanted)
            return replace(answer, warnings=(*answer.warnings, *warnings))

        return self._within.answer(
            caller, experiment, unit, kinds=HEAD_KINDS, lead_id=wanted.lead_id, inside=inside, outside=outside
        )
