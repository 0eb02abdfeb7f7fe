"""``python -m tests.benchmarks.off_policy``: a ranker's value from another one's log, against what it really got."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.recommend.off_policy import Estimate, OffPolicyReport, off_policy_value
from tests.benchmarks.behavior_page import PAGE
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.learning_page import write_section
from tests.parts.open_bandit import CAMPAIGNS, DATA, file_of, judged, read_shown, shares

HEADER = ("campaign", "records", "effective", "logged", "IPS", "SNIPS", "really got", "held", "verdict")


def main(arguments: list[str] | None = None) -> int:
    """Estimate, print and write; 1 if an interval misses what the ranker really got."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.off_policy", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="the public data sets")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/behavior.md")
    parsed = parser.parse_args(arguments)
    if not file_of("random", CAMPAIGNS[0], parsed.data).is_file():
        sys.stdout.write("Skipped: open_bandit is not in the data folder.\n")
        return 0
    rows = [_row(campaign, parsed.data) for campaign in CAMPAIGNS]
    sys.stdout.write(plain_table(HEADER, rows))
    if parsed.write:
        write_section("off_policy", _markdown(rows), PAGE)
    return int(any(row[HEADER.index("held")] == "no" for row in rows))


def _row(campaign: str, folder: Path) -> list[str]:
    log, other = (read_shown(file_of(policy, campaign, folder)) for policy in ("random", "bts"))
    report = off_policy_value(judged(log, shares(other)))
    truth = sum(one.clicked for one in other) / len(other)
    return [
        campaign,
        f"{report.record_count:,}",
        f"{report.effective_count:,.0f}",
        _text(report.logged),
        _text(report.ips),
        _text(report.snips),
        f"{100 * truth:.2f} %",
        "yes" if _holds(report, truth) else "no",
        report.proof.value.replace("_", " "),
    ]


def _holds(report: OffPolicyReport, truth: float) -> bool:
    return all(one.lower <= truth <= one.upper for one in (report.ips, report.snips, report.doubly_robust))


def _text(one: Estimate) -> str:
    return f"{100 * one.value:.2f} [{100 * one.lower:.2f}, {100 * one.upper:.2f}]"


def _markdown(rows: list[list[str]]) -> str:
    about = (
        "Open Bandit, 10,000 records of each ranker: clicks in per cent that the Thompson-sampling ranker would have "
        "got, from the log of the uniform one, with 95 % intervals, against what it got in the same week. Its "
        "probabilities are its mean ones by position and item. With some forty clicks, the log cannot prove which "
        "ranker is better, and the verdict says so."
    )
    return f"{about}\n\n{markdown_table(HEADER, rows)}"


if __name__ == "__main__":
    sys.exit(main())
