"""``python -m tests.benchmarks.repeat_purchase [--write]``: does a scorer that looks at behaviour beat one without?

Both are the same recipe, fitted as of the end of September 1997 on 70 % of the CDNOW customers, and asked of the other
30 % through a running server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.evaluation import bootstrap_metrics, paired_bootstrap
from core.version import Metric
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.parts.cdnow import FILE, read_customers
from tests.parts.repeat_purchase import ServedAnswers, ask_server, fit_pair
from training.booster import BoosterParameters

FIGURES = {"auc": "AUC", "log_loss": "log-loss", "ece": "calibration error"}
_CALIBRATED = "A scorer that says nearly the same of everybody is well calibrated without knowing anything of anybody."
_ANCHOR = (
    "For comparison, measured once on another split of the same customers, with counts of purchases made by hand: "
    "AUC 0.757 (XGBoost) to 0.761 (logistic regression), log-loss 0.502 to 0.509."
)


def main() -> int:
    """Measure, print, and with ``--write`` put the section into the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.repeat_purchase", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the section of docs/behavior.md")
    parsed = parser.parse_args()
    if not FILE.exists():
        sys.stderr.write(f"{FILE} is not there.\n")
        return 1
    customers = read_customers()
    training = [customer for customer in customers if customer.is_training]
    asked = [customer for customer in customers if not customer.is_training]
    with tempfile.TemporaryDirectory() as home:
        _, pair = fit_pair(Path(home), training, BoosterParameters(), window=None)
        answers = ask_server(Path(home), pair, asked)
    outcomes = np.array([customer.buys_again for customer in asked])
    text = section(outcomes, answers, len(training))
    sys.stdout.write(f"{text}\n")
    if parsed.write:
        write_section("repeat_purchase", text, PAGE)
    return 0 if _is_better(outcomes, answers) else 1


def section(outcomes: npt.NDArray[np.bool_], answers: ServedAnswers, training_count: int) -> str:
    """Return the section of the page."""
    measured = {
        name: {metric.name: metric for metric in bootstrap_metrics(outcomes, probabilities, threshold=0.5)}
        for name, probabilities in (("looking", answers.looking), ("plain", answers.plain))
    }
    said = (
        f"Fitted on {training_count:,} customers, asked of {outcomes.size:,} others, of whom "
        f"{100 * outcomes.mean():.1f} % buy again. Intervals: 95 %, 1,000 bootstrap resamples, paired for differences."
    )
    lines = [said, "", "| figure | with behaviour | without | difference |", "|---|---|---|---|"]
    for name, words in FIGURES.items():
        difference = paired_bootstrap(outcomes, answers.plain, answers.looking, name)
        looking, plain = measured["looking"][name], measured["plain"][name]
        lines.append(f"| {words} | {_cell(looking)} | {_cell(plain)} | {_cell(difference, sign='+')} |")
    worst = float(np.abs(answers.looking - answers.again).max())
    served = (
        "Largest difference between a served probability and the version's own answer from the log of events as of the "
        f"same moment: {worst:.1g}. Answers with a warning: {answers.warning_count:,}."
    )
    return "\n".join([*lines, "", _CALIBRATED, "", served, "", _ANCHOR])


def _is_better(outcomes: npt.NDArray[np.bool_], answers: ServedAnswers) -> bool:
    auc = paired_bootstrap(outcomes, answers.plain, answers.looking, "auc")
    loss = paired_bootstrap(outcomes, answers.plain, answers.looking, "log_loss")
    return auc.lower is not None and auc.lower > 0.0 and loss.upper is not None and loss.upper < 0.0


def _cell(metric: Metric, sign: str = "") -> str:
    lower, upper = (f"{value:{sign}.4f}" for value in (metric.lower or 0.0, metric.upper or 0.0))
    return f"{metric.value:{sign}.4f} ({lower} to {upper})"


if __name__ == "__main__":
    sys.exit(main())
