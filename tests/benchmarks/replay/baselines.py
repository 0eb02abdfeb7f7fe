"""What the loop is compared with: policies that need no loop, by the same features and the same trees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.features.fitting import FeatureOptions, LabelledLeads, learn_families, training_rows
from tests.benchmarks.replay.calls import NUMBERS, TEXTS, Calls
from training.booster import BoosterParameters, fit_booster, margins
from training.calibration import Sigmoid
from training.pipeline import FittedScorer, Recipe, fit_scorer

Floats = npt.NDArray[np.float64]
_FEATURES = FeatureOptions(keywords={}, numeric_attributes=NUMBERS, categorical_attributes=TEXTS)


def baseline_probabilities(calls: Calls, blocks: Sequence[slice], starts: int) -> dict[str, Floats]:
    """Return what each policy says of the blocks after the first ``starts``, joined.

    ``never retrain``: one model of the first blocks. ``retrain on everything``: one of all blocks before, each time;
    both regularised and calibrated as this product does it. ``plain XGBoost on everything``: the same with the
    library's own regularisation and without calibration, as published protocols have it.
    ``last block's rate``: the share that converted in the block before, for everybody.
    """
    fixed = _fit(calls, blocks[starts - 1].stop)
    names = ("never retrain", "retrain on everything", "plain XGBoost on everything", "last block's rate")
    said: dict[str, list[Floats]] = {name: [] for name in names}
    for before, block in zip(blocks[starts - 1 :], blocks[starts:], strict=False):
        said["never retrain"].append(_ask(fixed, calls, block))
        said["retrain on everything"].append(_ask(_fit(calls, block.start), calls, block))
        said["plain XGBoost on everything"].append(_ask_plain(calls, block))
        rate = float(calls.outcomes[before].mean())
        said["last block's rate"].append(np.full(block.stop - block.start, rate))
    return {name: np.concatenate(parts) for name, parts in said.items()}


def _first(calls: Calls, count: int) -> LabelledLeads:
    nothing = [None] * count
    return LabelledLeads(
        leads=calls.leads[:count],
        outcomes=calls.outcomes[:count].tolist(),
        moments=nothing,
        outcome_times=nothing,
    )


def _fit(calls: Calls, count: int) -> FittedScorer:
    return fit_scorer(_first(calls, count), Recipe(features=_FEATURES))


def _ask_plain(calls: Calls, block: slice) -> Floats:
    leads = _first(calls, block.start)
    feature_set, rows = training_rows(leads, learn_families(leads, _FEATURES))
    trees = fit_booster(rows, calls.outcomes[: block.start], BoosterParameters(min_child_weight=1.0, reg_lambda=1.0))
    asked = calls.leads[block]
    return Sigmoid("identity").probability(margins(trees, feature_set.matrix(asked, [None] * len(asked))))


def _ask(scorer: FittedScorer, calls: Calls, block: slice) -> Floats:
    leads = calls.leads[block]
    return scorer.probabilities(scorer.feature_set.matrix(leads, [None] * len(leads)))
