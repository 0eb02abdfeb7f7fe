"""The shop's weeks through the drift test, each against all other calm days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.monitoring.drift import Comparison, find_drift, sample_of, sample_of_training
from core.monitoring.findings import Baseline, DriftFinding
from core.monitoring.profile import VersionProfile
from core.monitoring.reference import reference_arrays, reference_from_arrays
from core.monitoring.sketch import sketch_of
from tests.parts.shop_sessions import QUIET, Session, Stretch, session_features, session_rows, stretches, within


@dataclass(frozen=True)
class Judged:
    """What the drift test says of one stretch."""

    stretch: Stretch
    session_count: int
    drifted: tuple[DriftFinding, ...]


def judge(sessions: Sequence[Session]) -> list[Judged]:
    """Judge every stretch; a quiet one is no part of what it is compared with."""
    calm = [session for start, end in QUIET for session in within(sessions, start, end - start)]
    return [_judged(stretch, within(sessions, stretch.start, stretch.length), calm) for stretch in stretches()]


def _judged(stretch: Stretch, sessions: Sequence[Session], calm: Sequence[Session]) -> Judged:
    inside = {id(session) for session in sessions}
    rows = session_rows(session for session in calm if id(session) not in inside)
    reference = reference_from_arrays(reference_arrays(rows, np.full(len(rows), 0.5)))
    names = list(session_features())
    profile = VersionProfile(
        kind="shop",
        version="calm",
        names=names,
        groups=names,
        calendar=[False] * len(names),
        reference=reference,
        threshold=0.5,
    )
    now = sketch_of(session_rows(sessions), np.full(len(sessions), 0.5), reference, 0.5)
    comparison = Comparison(
        baseline=Baseline.TRAINING,
        base=sample_of_training(reference),
        now=sample_of(now),
        columns=np.ones(len(names), dtype=np.bool_),
        has_score=False,  # nothing scores these sessions
    )
    features, _ = find_drift(profile, [comparison])
    return Judged(stretch, len(sessions), tuple(one for one in features if one.drifted))
