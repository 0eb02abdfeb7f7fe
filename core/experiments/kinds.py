"""Which kinds of models an experiment may compare, and that each is asked for where it answers."""

from __future__ import annotations

from collections.abc import Collection

from core.errors import WrongState
from core.experiments.exposing import Decision
from core.version import HEAD_KINDS, LEAD_SCORE, NEXT_ACTION, RECOMMENDATION

_ASKED_BY = {
    LEAD_SCORE: "Score",
    RECOMMENDATION: "Recommend",
    **dict.fromkeys(HEAD_KINDS, "Analyze"),
    NEXT_ACTION: "NextBestActions",
}


def check_kind(decision: Decision, kinds: Collection[str]) -> None:
    """Do nothing if an experiment compares models of one of these kinds.

    Raises:
        WrongState: EXPERIMENT_OF_OTHER_KIND if it compares others.
    """
    found = decision.live.stored.experiment.model_kind
    if found not in kinds:
        message = f"experiment {decision.name!r} compares versions of {found}: call {_ASKED_BY[found]} within it"
        raise WrongState("EXPERIMENT_OF_OTHER_KIND", message, experiment=decision.name, model_kind=found)
