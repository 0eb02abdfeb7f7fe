"""Weighs the parts against each other: coordinate ascent on the NDCG@20 of the validation leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from training.recommend.evaluate import Task, mean_ndcg
from training.recommend.search import Candidate

WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)
ROUNDS = 3
LEAST_GAIN = 1e-4
"""In NDCG@20: a change that brings less is not made, so that parts that bring nothing keep the weight 0."""

POPULARITY_FLOOR = 0.05
"""Least weight of popularity: all there is to go by for leads without a history."""


def learn_weights(task: Task, parts: Mapping[str, Candidate[Any]]) -> tuple[dict[str, float], float]:
    """Return the weight of each part and the NDCG@20 of the blend.

    Starts from the best single part with weight 1 and changes one weight at a time while that helps.

    Args:
        task: Of the validation leads.
        parts: By name, ``popularity`` among them; their scores are standardised.
    """
    first = max(parts, key=lambda name: parts[name].ndcg)
    weights = {name: float(name == first) for name in parts}
    total = parts[first].scores.copy()
    best = parts[first].ndcg
    for _ in range(ROUNDS):
        before = best
        for name, part in parts.items():
            rest = total - np.float32(weights[name]) * part.scores
            for weight in WEIGHTS:
                found = mean_ndcg(task, rest + np.float32(weight) * part.scores)
                if found > best + LEAST_GAIN:
                    best, weights[name] = found, weight
            total = rest + np.float32(weights[name]) * part.scores
        if best <= before:
            break
    weights["popularity"] = max(weights["popularity"], POPULARITY_FLOOR)
    return weights, best
