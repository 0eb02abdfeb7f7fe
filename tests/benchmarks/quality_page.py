"""The tables of ``make quality``, on screen and as a page."""

from __future__ import annotations

from collections.abc import Sequence

from core.version import Metric
from tests.benchmarks.budget import Budget, markdown_table
from tests.benchmarks.quality_run import QualityResult, RefusalResult

METRICS = ("auc", "pr_auc", "f1", "log_loss", "brier", "ece")
HEADER = ("data", "asked about", "base rate", *METRICS, "bar", "calibration", "fit")
AGREEMENT_HEADER = (
    "data",
    "Score beside offline",
    "Score beside XGBoost",
    "BatchScore beside offline",
    "BatchScore beside XGBoost",
    "points that do not add up",
    "reasons beside pred_contribs",
)


def quality_rows(results: Sequence[QualityResult]) -> list[list[str]]:
    """Return one row for each measured set."""
    return [_quality_row(result) for result in results if result.agreement is not None]


def _quality_row(result: QualityResult) -> list[str]:
    metrics = result.metrics
    bars = ", ".join(_bar(name, budget) for name, budget in result.asked.bars.items())
    missed = " missed" if result.misses else " met"
    return [
        result.asked.name,
        f"{metrics['auc'].sample_count:,}",
        f"{metrics['base_rate'].value:.3f}",
        *(_with_interval(metrics[name]) for name in METRICS),
        bars + missed if bars else "none",
        result.calibration,
        f"{result.fit_seconds:.0f} s on {result.learned_count:,}",
    ]


def _bar(name: str, budget: Budget) -> str:
    return f"{name} {'≥' if budget.rising else '≤'} {budget.must:g}"


def _with_interval(metric: Metric) -> str:
    if metric.lower is None or metric.upper is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} ({metric.lower:.3f} to {metric.upper:.3f})"


def agreement_rows(results: Sequence[QualityResult]) -> list[list[str]]:
    """Return one row for each served set."""
    return [
        [
            result.asked.name,
            *(f"{value:.1e}" for value in (one.score_offline, one.score_xgboost, one.batch_offline, one.batch_xgboost)),
            f"{one.additivity:.1e} of {one.explained_count:,}",
            f"{one.reasons:.1e} of {one.reason_row_count:,}",
        ]
        for result in results
        if (one := result.agreement) is not None
    ]


def quality_page(
    results: Sequence[QualityResult], refusals: Sequence[RefusalResult], absent: Sequence[str], facts: str
) -> str:
    """Return ``docs/quality.md``."""
    misses = [miss for result in (*results, *refusals) for miss in result.misses]
    protocols = [f"- {result.asked.name}: {result.asked.protocol}." for result in results]
    refused = [f"- **{one.asked.name}**: {one.reason or 'not refused'}. {one.sentence}" for one in refusals]
    unserved = [f"- **{one.asked.name}** was refused: {one.refusal}" for one in results if one.agreement is None]
    missing = [f"- {sentence}" for sentence in absent]
    return "\n".join(
        [
            "# Quality on public data",
            "",
            "Written by `make quality`; the last run's tables, whatever they say. Each version was fitted by the",
            "training code with its defaults, registered, activated, and asked over gRPC in a running server. Leads",
            "that were asked about took part in nothing before. Brackets hold 95 % bootstrap intervals.",
            "",
            markdown_table(HEADER, quality_rows(results)),
            *unserved,
            "## What was learned from and asked about",
            "",
            *protocols,
            "- Which columns are numbers is read from the whole file; nothing else is.",
            "",
            "## What must be refused",
            "",
            *refused,
            "",
            "## Served, offline and trained figures agree",
            "",
            "Largest differences over all leads asked about: of a probability (at most 1e-5), of the points of an",
            "answer with reasons from its score (at most 1e-3), and of a contribution to the margin from XGBoost's own",
            "`pred_contribs` (at most 1e-4). BatchScore had the leads at shuffled positions. Offline: the registered",
            "files, loaded in another process, as of each answer's `score_time`. XGBoost: the trees themselves, with",
            "the calibration in float64.",
            "",
            markdown_table(AGREEMENT_HEADER, agreement_rows(results)),
            "## Bars that are missed",
            "",
            *([f"- {miss}" for miss in misses] or ["None."]),
            *missing,
            "",
            "## How to read it",
            "",
            "- `auc`: chance that a lead that converted has a higher score than one that did not; 0.5 is chance.",
            "- `pr_auc`: average precision; compare it with the base rate, which a coin reaches.",
            "- `f1`: at the threshold that was best on out-of-fold answers in training, not on these leads.",
            "- `log_loss` in nats and `brier`: error of the probability; lower is better.",
            "- `ece`: mean gap between stated probability and observed rate over 15 bins of one width. It is never 0",
            "  in a sample: probabilities that are exactly right show 0.03 on 2,000 leads and 0.01 on 10,000.",
            "- The bank's conversion rate rises later than these calls; a part of the same period tells nothing of it.",
            "",
            "## Machine",
            "",
            facts,
            "",
            "Command: `make quality` (`python tests/benchmarks/quality.py --data FOLDER`). The data is not part of",
            "this repository; sets that are absent are skipped. The exit code is 1 if a bar is missed.",
            "",
        ]
    )
