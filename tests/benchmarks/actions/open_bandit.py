"""``python -m tests.benchmarks.actions.open_bandit``: values of two policies, each from the log of the other one."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from core.recommend.off_policy import Estimate, off_policy_value
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.parts.open_bandit import CAMPAIGNS, DATA, file_of
from tests.parts.open_bandit_policies import Judged, agree, judgements, really_got

HEADER = ("campaign", "log of", "value of", "effective", "IPS", "SNIPS", "doubly robust", "really got", "agree")


def main(arguments: list[str] | None = None) -> int:
    """Estimate, print and write; 1 if an estimate does not agree with what a policy really got."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.actions.open_bandit", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="the public data sets")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/conversation.md")
    parsed = parser.parse_args(arguments)
    if not file_of("random", CAMPAIGNS[0], parsed.data).is_file():
        sys.stdout.write("Skipped: open_bandit is not in the data folder.\n")
        return 0
    rows = [_row(one) for one in judgements(parsed.data)]
    sys.stdout.write(plain_table(HEADER, rows))
    if parsed.write:
        write_section("open_bandit", _markdown(rows), PAGE)
    return int(any(row[-1] == "no" for row in rows))


def _row(one: Judged) -> list[str]:
    # Chance bounds the weights; nothing is cut, so that nothing is biased.
    report = off_policy_value(one.slots, clip=math.inf)
    estimates, truth = (report.ips, report.snips, report.doubly_robust), really_got(one)
    return [
        one.campaign,
        one.logged,
        one.wanted,
        f"{report.effective_count:,.0f}",
        *map(_text, estimates),
        _text(truth),
        "yes" if all(agree(estimate, truth) for estimate in estimates) else "no",
    ]


def _text(one: Estimate) -> str:
    return f"{100 * one.value:.2f} [{100 * one.lower:.2f}, {100 * one.upper:.2f}]"


def _markdown(rows: list[list[str]]) -> str:
    about = (
        "`python -m tests.benchmarks.actions.open_bandit --write`. Open Bandit, 10,000 records of each policy: clicks "
        "in per cent that one policy would have got, from the log of the other one with its logged probabilities, with "
        "95 % intervals, against what it got in the same week, a sample of some forty to seventy clicks itself; they "
        "agree if the 95 % interval of their difference holds 0, for all three. Of the Thompson-sampling policy the "
        "mean probabilities by position and item are known; the uniform one gives every item the same. The same "
        "estimators judge rankers of actions."
    )
    return f"{about}\n\n{markdown_table(HEADER, rows)}"


if __name__ == "__main__":
    sys.exit(main())
