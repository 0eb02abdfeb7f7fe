"""What an experiment should say of the e-mail test, by plain counting, beside what it says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.experiments.experiment import MetricKind
from core.experiments.results import Comparison, ExperimentResults, RecommendationCode, TrustStatus
from tests.parts import hillstrom as known
from tests.parts.hillstrom import CONTROL, TREATMENTS, Counted, Customer
from tests.parts.hillstrom_replay import Converts, replays

EXACT = 1e-9
RUNS: Mapping[str, Converts] = {"visit": lambda one: one.visit, "purchase": lambda one: one.conversion}
"""What counts as a conversion in each experiment."""
LEAST_SPLIT_P = 0.001
"""An experiment is blocked below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A known answer and what the experiment said."""

    run: str
    question: str
    expected: str
    found: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One experiment, day by day, and what plain counting says."""

    name: str
    days: Sequence[ExperimentResults]
    counted: dict[str, Counted]

    @property
    def last(self) -> ExperimentResults:
        return self.days[-1]

    def comparison(self, treatment: str, metric: MetricKind) -> Comparison:
        return next(one for one in self.last.comparisons if (one.treatment, one.metric) == (treatment, metric))


def replay(customers: Sequence[Customer], folder: Path, names: Sequence[str] = tuple(RUNS)) -> list[Run]:
    """Replay experiments, each a tenant's of its own, on one database in a folder."""
    with replays(folder) as play:
        return [_run(name, play(name, customers, RUNS[name]), customers) for name in names]


def _run(name: str, days: Sequence[ExperimentResults], customers: Sequence[Customer]) -> Run:
    return Run(name=name, days=days, counted=known.count(customers, RUNS[name]))


def answers(run: Run) -> list[Answer]:
    """Return every known answer beside what was said."""
    return [*_counts(run), *_readings(run), *_verdicts(run)]


def _counts(run: Run) -> Iterator[Answer]:
    for arm in run.last.variants:
        counted = run.counted[arm.variant]
        expected, found = (counted.converted, counted.units), (arm.converted, arm.units)
        yield _answer(run, f"{arm.variant}: converted of units", _share(expected), _share(found), expected == found)


def _readings(run: Run) -> Iterator[Answer]:
    for treatment in TREATMENTS:
        arm, control = run.counted[treatment], run.counted[CONTROL]
        rate = run.comparison(treatment, MetricKind.CONVERSION)
        yield _number(run, f"{treatment}: z", known.pooled_z(arm, control), rate.fixed_horizon.statistic)
        interval = known.newcombe_interval(arm, control)
        found = rate.fixed_horizon.interval
        yield _number(run, f"{treatment}: interval from", interval[0], found.lower)
        yield _number(run, f"{treatment}: interval to", interval[1], found.upper)
        spend = run.comparison(treatment, MetricKind.CONVERSION_VALUE)
        yield _number(run, f"{treatment}: more spent", arm.mean_spend - control.mean_spend, spend.difference)
        yield _number(run, f"{treatment}: Welch's t", known.welch_t(arm, control), spend.fixed_horizon.statistic)


def _verdicts(run: Run) -> Iterator[Answer]:
    p_value = known.split_p_value(run.counted)
    ratio = next(check for check in run.last.trust_checks if check.name == "SAMPLE_RATIO")
    passed = ratio.status is TrustStatus.PASSED
    yield _answer(run, "split as planned", f"p {p_value:.3f}", ratio.status.value, passed == (p_value >= LEAST_SPLIT_P))
    for treatment in TREATMENTS:
        z = known.pooled_z(run.counted[treatment], run.counted[CONTROL])
        crossed = run.comparison(treatment, MetricKind.CONVERSION).crossed
        if run.name == "visit":
            told = "better beyond doubt" if crossed else "not decided"
            yield _answer(run, f"{treatment} better than none", f"z {z:.1f}", told, z > 0 and crossed)
    best = max(TREATMENTS, key=lambda name: run.counted[name].rate)
    advice = run.last.recommendation
    shipped = advice.code is RecommendationCode.SHIP_TREATMENT and advice.variant == best
    yield _answer(run, "recommended", best, f"{advice.code.value.upper()} {advice.variant}".strip(), shipped)


def _answer(run: Run, question: str, expected: str, found: str, met: bool) -> Answer:
    return Answer(run=run.name, question=question, expected=expected, found=found, met=met)


def _number(run: Run, question: str, expected: float, found: float) -> Answer:
    return _answer(
        run, question, f"{expected:.6f}", f"{found:.6f}", math.isclose(expected, found, rel_tol=EXACT, abs_tol=EXACT)
    )


def _share(counts: tuple[int, int]) -> str:
    return f"{counts[0]:,} of {counts[1]:,}"
