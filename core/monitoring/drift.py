"""How every feature and the score have moved: the two-key alarm.

A feature has drifted if the change is real beyond chance, over everything that is looked at, **and** large enough to
matter. Either key alone fails: with 64 features each tested at 5 % some alarm is almost sure, and with enough rows a
shift nobody would care about is always significant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.monitoring.distances import jensen_shannon, kolmogorov_smirnov, population_stability, superiority
from core.monitoring.findings import SCORE, Baseline, Direction, DriftFinding
from core.monitoring.profile import VersionProfile
from core.monitoring.reference import SCORE_BIN_COUNT, Reference
from core.monitoring.significance import outside_p, rejection_threshold, share_p, two_sample_p
from core.monitoring.sketch import PROBABILITY_BINS, Sketch

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FAMILY_LEVEL = 0.03
"""Chance that a check without any drift finds some. What is left of 5 % is for calibration."""
PSI_FLOOR = 0.1
"""A smaller index, bias taken off, does not matter: about a third of a standard deviation."""
MISSING_FLOOR = 0.05
"""Nor does a change of the missing rate by fewer points."""
NEW_VALUE_FLOOR = 0.02
"""Nor a smaller share of values outside the range of training."""
LEAST_CONSTANT = 30
"""Values of which one can say that all are the same."""
_MOSTLY = 0.5
"""Share of a change that new values must make up to be what is told of it: a plain shift brings some too."""
_MIDDLE_MOVED = 0.05
"""Of P(now > before) from 0.5; less is a change of shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One side of a comparison, (f,) or (f, k)."""

    counts: Counts
    missing: Counts
    score_counts: Counts
    """(20,) over equal parts of [0, 100]."""
    outside: tuple[Counts, Counts]
    """Values (below, above) the range of training, each (f,)."""
    constant: Flags
    """Whether all known values are the same, and there are enough of them."""


def sample_of(sketch: Sketch) -> Sample:
    """Return what was served as one side of a comparison."""
    return Sample(
        counts=sketch.counts,
        missing=sketch.missing,
        score_counts=sketch.probability_counts.reshape(SCORE_BIN_COUNT, PROBABILITY_BINS // SCORE_BIN_COUNT).sum(
            axis=1
        ),
        outside=(sketch.below, sketch.above),
        constant=(sketch.minimum == sketch.maximum) & (sketch.known >= LEAST_CONSTANT),
    )


def sample_of_training(reference: Reference) -> Sample:
    """Return what training saw as one side of a comparison."""
    none = np.zeros(reference.width, dtype=np.int64)
    return Sample(
        counts=reference.counts,
        missing=reference.missing,
        score_counts=reference.score_counts,
        outside=(none, none),
        constant=(reference.counts > 0).sum(axis=1) <= 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was served beside one baseline."""

    baseline: Baseline
    base: Sample
    now: Sample
    columns: Flags
    """(f,): features that may be compared with this baseline."""
    has_score: bool = True


def find_drift(
    profile: VersionProfile, comparisons: Sequence[Comparison], level: float = FAMILY_LEVEL
) -> tuple[list[DriftFinding], list[DriftFinding]]:
    """Compare what was served with every baseline, and judge everything together.

    Args:
        profile: Names and groups of the features.
        comparisons: One for each baseline.
        level: False discovery rate over all features, the score and all baselines.

    Returns:
        (findings of features, findings of the score), each the most drifted first.
    """
    tested = [test for comparison in comparisons for test in _tests(profile, comparison)]
    threshold = rejection_threshold([test.p_value for test in tested], level)
    findings = sorted((test.judged(threshold) for test in tested), key=_most_drifted)
    features = [finding for finding in findings if finding.name != SCORE]
    return features, [finding for finding in findings if finding.name == SCORE]


def _most_drifted(finding: DriftFinding) -> tuple[bool, float, float, str]:
    return (not finding.drifted, -finding.psi, finding.p_value, finding.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """Everything about one feature against one baseline, before all of them are judged together."""

    name: str
    group: str
    baseline: Baseline
    psi: float
    ks: float
    js: float
    middle: float
    """P(now > before)."""
    values_p: float
    missing_p: float
    new_p: float
    test_count: int
    missing_rate: float
    baseline_missing_rate: float
    new_rate: float
    became_constant: bool

    @property
    def p_value(self) -> float:
        return min(1.0, self.test_count * min(self.values_p, self.missing_p, self.new_p))

    def judged(self, threshold: float) -> DriftFinding:
        """Return the finding; p-values up to ``threshold`` are real."""
        direction = self._direction(threshold / self.test_count)
        return DriftFinding(
            name=self.name,
            group=self.group,
            baseline=self.baseline,
            psi=self.psi,
            ks=self.ks,
            js=self.js,
            p_value=self.p_value,
            missing_rate=self.missing_rate,
            baseline_missing_rate=self.baseline_missing_rate,
            new_value_rate=self.new_rate,
            drifted=direction is not Direction.NONE,
            direction=direction,
        )

    def _direction(self, sure: float) -> Direction:
        """Return which way it moved; NONE if nothing that is real is large enough to matter."""
        if self.new_p <= sure and self.new_rate >= max(NEW_VALUE_FLOOR, _MOSTLY * self.ks):
            return Direction.NEW_VALUES
        if self.missing_p <= sure and abs(self.missing_rate - self.baseline_missing_rate) >= MISSING_FLOOR:
            return Direction.MISSING
        if self.values_p > sure or self.psi < PSI_FLOOR:
            return Direction.NONE
        if self.became_constant:
            return Direction.CONSTANT
        if abs(self.middle - 0.5) < _MIDDLE_MOVED:
            return Direction.SPREAD
        return Direction.UP if self.middle > 0.5 else Direction.DOWN  # noqa: PLR2004  neither above nor below


def _tests(profile: VersionProfile, comparison: Comparison) -> list[_Test]:
    base, now, columns = comparison.base, comparison.now, comparison.columns
    distances = _Distances.between(base.counts, now.counts)
    tests = [_feature_test(profile, comparison, distances, int(column)) for column in np.flatnonzero(columns)]
    if comparison.has_score:
        tests.append(_score_test(comparison.baseline, base.score_counts, now.score_counts))
    return tests


@dataclass(frozen=True, slots=True)
class _Distances:
    psi: Floats
    ks: Floats
    js: Floats
    middle: Floats

    @classmethod
    def between(cls, base: Counts, now: Counts) -> _Distances:
        return cls(
            population_stability(base, now),
            kolmogorov_smirnov(base, now),
            jensen_shannon(base, now),
            superiority(base, now),
        )


def _feature_test(profile: VersionProfile, comparison: Comparison, distances: _Distances, column: int) -> _Test:
    base, now = comparison.base, comparison.now
    base_known, now_known = int(base.counts[column].sum()), int(now.counts[column].sum())
    base_missing, now_missing = int(base.missing[column]), int(now.missing[column])
    below, above = (int(side[column]) for side in now.outside)
    has_missing = base_missing + now_missing > 0
    has_range = comparison.baseline is Baseline.TRAINING
    return _Test(
        name=profile.names[column],
        group=profile.groups[column],
        baseline=comparison.baseline,
        psi=float(distances.psi[column]),
        ks=float(distances.ks[column]),
        js=float(distances.js[column]),
        middle=float(distances.middle[column]),
        values_p=two_sample_p(base.counts[column], now.counts[column]),
        missing_p=share_p(base_missing, base_known + base_missing, now_missing, now_known + now_missing),
        new_p=outside_p(base_known, below, above, now_known) if has_range else 1.0,
        test_count=1 + has_missing + has_range,
        missing_rate=now_missing / max(1, now_known + now_missing),
        baseline_missing_rate=base_missing / max(1, base_known + base_missing),
        new_rate=(below + above) / max(1, now_known) if has_range else 0.0,
        became_constant=bool(now.constant[column] and not base.constant[column]),
    )


def _score_test(baseline: Baseline, base: Counts, now: Counts) -> _Test:
    distances = _Distances.between(base[None, :], now[None, :])
    return _Test(
        name=SCORE,
        group=SCORE,
        baseline=baseline,
        psi=float(distances.psi[0]),
        ks=float(distances.ks[0]),
        js=float(distances.js[0]),
        middle=float(distances.middle[0]),
        values_p=two_sample_p(base, now),
        missing_p=1.0,
        new_p=1.0,
        test_count=1,
        missing_rate=0.0,
        baseline_missing_rate=0.0,
        new_rate=0.0,
        became_constant=bool((now > 0).sum() == 1 and now.sum() >= LEAST_CONSTANT and (base > 0).sum() > 1),
    )
