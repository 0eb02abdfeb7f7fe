"""Asks a running server about leads, in every way it can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import cycle, islice

import leadline
import numpy as np
import numpy.typing as npt

from core.lead import Lead

THREADS = 4
EXPLAINED = 10_000
REASONS = 5
_TIMEOUT = timedelta(seconds=30)
_FIELDS = tuple(field.name for field in fields(Lead))

Vector = npt.NDArray[np.float64]


class Answers:
    """Scores of leads, in the order of the leads."""

    def __init__(self, scores: Sequence[leadline.Score | leadline.LeadError]) -> None:
        refused = [score for score in scores if isinstance(score, leadline.LeadError)]
        if refused:
            raise refused[0].error
        self.scores: list[leadline.Score] = [score for score in scores if isinstance(score, leadline.Score)]

    @property
    def probabilities(self) -> Vector:
        """Calibrated probabilities, (n,)."""
        return np.array([score.probability for score in self.scores])

    @property
    def moments(self) -> list[datetime]:
        """The moment each answer speaks of."""
        return [score.score_time for score in self.scores if score.score_time is not None]

    @property
    def versions(self) -> set[str]:
        """Versions that answered."""
        return {score.model_version for score in self.scores}

    def additivity_error(self) -> float:
        """Return the largest difference of base, reasons and rest from the score, in points."""
        return max(
            abs(score.base_points + sum(c.points for c in score.contributions) + score.other_points - score.score)
            for score in self.scores
        )


def to_client(lead: Lead) -> leadline.Lead:
    """Return a lead as callers write it."""
    return leadline.Lead(**{name: getattr(lead, name) for name in _FIELDS})


def ask_one_by_one(client: leadline.Client, leads: Sequence[leadline.Lead]) -> Answers:
    """Ask with Score, five reasons each, a few calls at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        return Answers(list(pool.map(lambda lead: client.score(lead, timeout=_TIMEOUT), leads)))


def ask_shuffled(client: leadline.Client, leads: Sequence[leadline.Lead], seed: int) -> Answers:
    """Ask with BatchScore, the leads at shuffled positions; the answers are put back in order."""
    order = np.random.default_rng(seed).permutation(len(leads)).tolist()
    answered = client.batch_score([leads[i] for i in order], timeout=_TIMEOUT)
    in_order = sorted(zip(order, answered, strict=True), key=lambda pair: pair[0])
    return Answers([score for _, score in in_order])


def ask_for_reasons(client: leadline.Client, leads: Sequence[leadline.Lead], count: int) -> Answers:
    """Ask with BatchScore for five reasons of ``count`` leads, taken in turn."""
    wanted = islice(cycle(leads), count)
    return Answers(client.batch_score(wanted, max_contributions=REASONS, timeout=_TIMEOUT))
