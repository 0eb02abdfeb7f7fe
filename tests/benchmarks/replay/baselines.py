"""What the loop is compared with: policies that need no loop, by the same features and the same trees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.features.fitting import FeatureOptions, LabelledLeads
from tests.benchmarks.replay.calls import NUMBERS, TEXTS, Calls
from training.pipeline import FittedScorer, Recipe, fit_scorer

Floats = npt.NDArray[np.float64]


def baseline_probabilities(calls: Calls, blocks: Sequence[slice], starts: int) -> dict[str, Floats]:
    """Return what each policy says of the blocks after the first ``starts``, joined.

    ``never retrain``: one model of the first blocks. ``retrain on everything``: one of all blocks before, each time.
    ``last block's rate``: the share that converted in the block before, for everybody.
    """
    fixed = _fit(calls, blocks[starts - 1].stop)
    said: dict[str, list[Floats]] = {"never retrain": [], "retrain on everything": [], "last block's rate": []}
    for before, block in zip(blocks[starts - 1 :], blocks[starts:], strict=False):
        said["never retrain"].append(_ask(fixed, calls, block))
        said["retrain on everything"].append(_ask(_fit(calls, block.start), calls, block))
        rate = float(calls.outcomes[before].mean())
        said["last block's rate"].append(np.full(block.stop - block.start, rate))
    return {name: np.concatenate(parts) for name, parts in said.items()}


def _fit(calls: Calls, count: int) -> FittedScorer:
    nothing = [None] * count
    leads = LabelledLeads(
        leads=calls.leads[:count],
        outcomes=calls.outcomes[:count].tolist(),
        moments=nothing,
        outcome_times=nothing,
    )
    return fit_scorer(
        leads,
        Recipe(features=FeatureOptions(keywords={}, numeric_attributes=NUMBERS, categorical_attributes=TEXTS)),
    )


def _ask(scorer: FittedScorer, calls: Calls, block: slice) -> Floats:
    leads = calls.leads[block]
    return scorer.probabilities(scorer.feature_set.matrix(leads, [None] * len(leads)))
