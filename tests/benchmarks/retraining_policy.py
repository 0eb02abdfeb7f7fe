"""How often the policy is wrong, on streams whose truth is known; --write puts it into docs/learning.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.registry.retraining.calibration import calibration
from core.registry.retraining.evidence import ServedSample
from core.registry.retraining.performance import performance
from core.registry.retraining.promotion import compare
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import RunDecision
from tests.benchmarks.learning_page import write_section
from tests.parts.populations import Change, Population, TwoModels

RULES = RetrainingRules()
F1_AT = {0.1: 0.55, 0.3: 0.72, 0.5: 0.80}
SIZES = (50, 100, 200, 400)
LOOKS = tuple(range(50, 401, 50))
GOOD_BEFORE = 1_000
SEED = 20
SLOPES = (0.85, 0.7, 0.5)
"""Bets of the test that may be looked at for ever."""
EQUAL, BETTER, MUCH_BETTER = (0.7, 0.7), (0.65, 0.75), (0.55, 0.8)

Row = Sequence[str]
Fired = npt.NDArray[np.bool_]


def main() -> None:
    """Print the section, and write it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    section = "\n\n".join(sections(given.runs))
    sys.stdout.write(f"{section}\n")
    if given.write:
        write_section("policy", section)


def sections(runs: int) -> Iterator[str]:
    """Yield the parts of the section."""
    populations = {rate: Population(rate, f1) for rate, f1 in F1_AT.items()}
    champions = ", ".join(f"{f1} where {rate:.0%} convert" for rate, f1 in F1_AT.items())
    yield (
        f"`python tests/benchmarks/retraining_policy.py --runs {runs} --write`: {runs:,} simulated streams for each "
        "figure unless a row says otherwise; the standard error of 5 % is then "
        f"{100 * (0.05 * 0.95 / runs) ** 0.5:.1f} points. The champion's log-odds are normal, its probabilities are "
        f"right until they are not, and its F1 is {champions}."
    )
    yield "### Nothing changed: share of checks that fire\n\n" + table(
        ("Trigger", "conversions", *(f"{size} labels" for size in SIZES), "any of 8 checks up to 400"),
        alarm_rows(populations, runs),
    )
    yield (
        "The plain rule compares F1 with that of training, less 5 %. PERFORMANCE tests the slope of the champion's "
        "calibration on the newest 400 labels by r*, so a figure of training that was too kind does not fire it. Each "
        "check by itself keeps to 5 %; over many checks some alarm is certain. It costs a run of training, never a "
        "worse model: only a challenger that is better beyond doubt serves."
    )
    yield "### F1 down by 5 points: share that reacts within 400 labels, with a check every 50\n\n" + table(
        (
            "What happened",
            "conversions",
            "PERFORMANCE",
            "PERFORMANCE or CALIBRATION",
            "told the change",
            f"after {GOOD_BEFORE:,} good labels ({runs // 4} runs)",
            "e-process",
        ),
        drop_rows(populations, runs),
    )
    yield (
        '"Told the change" is the likelihood ratio of a test that is told what the drop looks like, at 5 % in each '
        "check: in any one check no test of probabilities and outcomes finds more. Where it stays below 90 %, 400 "
        "labels do not hold the evidence: F1 falls by 5 points although few outcomes change their odds by much. The "
        "e-process is a mixture of bets on flatter slopes that fires at 20: on an unchanged champion it fires with at "
        "most 5 % over all checks ever made. The policy does not use it, because it reacts later."
    )
    yield "### Share of challengers promoted\n\n" + table(
        ("Challenger", "conversions", "holdout", "promoted", "runs"), promotion_rows(runs)
    )
    yield (
        "Both models see the truth through independent noise and are calibrated; what champion and challenger see has "
        f"correlations with the truth of {EQUAL[0]} and {EQUAL[1]} (equally good), {BETTER[0]} and {BETTER[1]} "
        f"(better), {MUCH_BETTER[0]} and {MUCH_BETTER[1]} (much better). The other challengers are kept as shadow, "
        "or refused where the base rate is not beaten beyond doubt."
    )


def alarm_rows(populations: dict[float, Population], runs: int) -> Iterator[Row]:
    """Yield a row for each trigger and base rate."""
    for rate, population in populations.items():
        raw, supported, calibrated = fired(population, Change.NONE, runs)
        for name, found in (("plain F1 rule", raw), ("PERFORMANCE", supported), ("CALIBRATION", calibrated)):
            each = [percent(found[:, LOOKS.index(size)].mean()) for size in SIZES]
            yield name, f"{rate:.0%}", *each, percent(found.any(axis=1).mean())


def drop_rows(populations: dict[float, Population], runs: int) -> Iterator[Row]:
    """Yield a row for each way to get worse and base rate."""
    for change in (Change.FLIPPED, Change.BLIND, Change.ATTENUATED):
        for rate, population in populations.items():
            _, supported, calibrated = fired(population, change, runs)
            late = fired(population, change, runs // 4, before=GOOD_BEFORE)[1]
            yield (
                change.value,
                f"{rate:.0%}",
                percent(supported.any(axis=1).mean()),
                percent((supported | calibrated).any(axis=1).mean()),
                percent(told_the_change(population, change, runs)),
                percent(late.any(axis=1).mean()),
                percent(by_e_process(population, change, runs)),
            )


def fired(population: Population, change: Change, runs: int, before: int = 0) -> tuple[Fired, Fired, Fired]:
    """Return what the plain rule, PERFORMANCE and CALIBRATION said in each run and check: (runs, checks) each."""
    generator = np.random.default_rng(SEED)
    found = np.zeros((3, runs, len(LOOKS)), dtype=np.bool_)
    for run in range(runs):
        good = population.served(before, Change.NONE, generator)
        new = population.served(LOOKS[-1], change, generator)
        for look, seen in enumerate(LOOKS):
            served = ServedSample(
                outcomes=np.concatenate((good.outcomes, new.outcomes[:seen])),
                probabilities=np.concatenate((good.probabilities, new.probabilities[:seen])),
            )
            ordered = performance(served, champion_f1=population.f1, threshold=population.threshold, rules=RULES)
            found[:, run, look] = ordered.raw_rule_fires, ordered.fires, calibration(served, rules=RULES).fires
    return found[0], found[1], found[2]


def told_the_change(population: Population, change: Change, runs: int) -> float:
    """Return the share that the likelihood ratio of the true change finds, at 5 % in each check."""
    generator = np.random.default_rng(SEED)
    quiet, worse = (
        np.cumsum(_log_ratios(population, change, happens, runs, generator), axis=1)[:, np.array(LOOKS) - 1]
        for happens in (Change.NONE, change)
    )
    return float((worse > np.quantile(quiet, 0.95, axis=0)).any(axis=1).mean())


def by_e_process(population: Population, change: Change, runs: int) -> float:
    """Return the share in which the mean of bets on flatter slopes reaches 20 at a check."""
    generator = np.random.default_rng(SEED)
    p = population.probabilities((runs, LOOKS[-1]), generator)
    happened = generator.random(p.shape) < population.rates(p, change)
    odds = np.log(p) - np.log1p(-p)
    centre = float(np.average(odds, weights=p * (1.0 - p)))
    bets = []
    for slope in SLOPES:
        q = 1.0 / (1.0 + np.exp(-(centre + slope * (odds - centre))))
        bets.append(np.cumsum(np.where(happened, np.log(q / p), np.log((1.0 - q) / (1.0 - p))), axis=1))
    wealth = np.logaddexp.reduce(bets, axis=0) - np.log(len(SLOPES))
    return float((wealth[:, np.array(LOOKS) - 1] >= np.log(20.0)).any(axis=1).mean())


def promotion_rows(runs: int) -> Iterator[Row]:
    """Yield a row for each pair of models, base rate and size of the holdout."""
    for name, correlations, sizes, count in (
        ("equally good", EQUAL, (50,), runs),
        ("equally good", EQUAL, (200,), runs // 2),
        ("equally good", EQUAL, (1_000,), runs // 20),
        ("better", BETTER, (200, 1_000), runs // 40),
        ("much better", MUCH_BETTER, (200, 1_000), runs // 40),
    ):
        for rate in F1_AT:
            models = TwoModels(rate)
            for size in sizes:
                share = promoted(models, size, correlations, count)
                yield name, f"{rate:.0%}", f"{size:,}", percent(share), f"{count:,}"


def promoted(models: TwoModels, size: int, correlations: tuple[float, float], runs: int) -> float:
    """Return the share of challengers promoted."""
    generator = np.random.default_rng(SEED)
    count = 0
    for run in range(runs):
        outcomes, champion, challenger = models.draw(size, correlations, generator)
        verdict = compare(
            outcomes=outcomes,
            challenger=challenger,
            champion=champion,
            champion_version="champion",
            challenger_version="challenger",
            base_rate=models.base_rate,
            last_window_rate=models.base_rate,
            rules=RULES,
            seed=run,
        )
        count += verdict.decision is RunDecision.PROMOTED
    return count / runs


def table(head: Row, rows: Iterator[Row]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(share: float) -> str:
    """Write a share."""
    return f"{100.0 * share:.1f} %"


def _log_ratios(
    population: Population, change: Change, happens: Change, runs: int, generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    p = population.probabilities((runs, LOOKS[-1]), generator)
    q = population.rates(p, change)
    happened = generator.random(p.shape) < population.rates(p, happens)
    return np.where(happened, np.log(q / p), np.log((1.0 - q) / (1.0 - p)))


if __name__ == "__main__":
    main()
