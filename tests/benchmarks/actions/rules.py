"""``python -m tests.benchmarks.actions.rules``: 500 random actions for 1,000 random leads, checked rule by rule.

The real use case answers; a checker of its own code, which is slow and simple, says what is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from random import Random

from core.actions.dropped import DropReason
from core.actions.ready import make_ready
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.parts.action_cases import make_case, make_catalog
from tests.parts.action_checker import violations
from tests.parts.action_deciding import CaseEffects, decide_case

SEED = 42
ACTIONS, LEADS, CATALOGS = 500, 1_000, 10
_HEADER = ("left out by", "actions")
_MOST_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, print and write; 1 if a rule is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.actions.rules", description=__doc__)
    parser.add_argument("--write", action="store_true", help="Write the figures to docs/conversation.md.")
    parser.add_argument("--actions", type=int, default=ACTIONS)
    parser.add_argument("--leads", type=int, default=LEADS)
    parsed = parser.parse_args(arguments)
    found: Counter[str] = Counter()
    wrong: list[str] = []
    shown = terms = 0
    for number in range(CATALOGS):
        random = Random(SEED + number)
        catalog = make_catalog(random, parsed.actions, exploration=0.02 * number)
        effects = CaseEffects.of(random, parsed.actions, kind=number % 3)
        ready = make_ready(catalog, 1)
        for _ in range(parsed.leads // CATALOGS):
            case = make_case(random, parsed.actions)
            answer = decide_case(catalog, case, effects, random, ready=ready)
            wrong += violations(catalog, case, answer)
            found.update(one.reason.name for one in answer.dropped)
            shown += len(answer.actions)
            terms += sum(len(one.terms) for one in answer.actions)
    rows = [(reason.name, f"{found[reason.name]:,}") for reason in DropReason]
    said = (
        f"`python -m tests.benchmarks.actions.rules --write`: {parsed.leads:,} random leads, {parsed.actions} random "
        f"actions each, of {CATALOGS} catalogues; every answer is checked by code of its own, rule by rule. "
        f"{shown:,} actions were recommended, {sum(found.values()):,} left out: **{len(wrong):,} violations**. The "
        f"{terms:,} terms of the recommended ones multiply back to their ranks bit for bit, as is part of the check."
    )
    for one in wrong[:_MOST_SHOWN]:
        sys.stdout.write(f"{one}\n")
    sys.stdout.write(f"{said}\n{plain_table(_HEADER, rows)}\n")
    if parsed.write:
        write_section("rules", f"{said}\n\n{markdown_table(_HEADER, rows)}", PAGE)
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
