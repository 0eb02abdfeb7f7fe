"""``python -m tests.benchmarks.replay``: the loop beside policies that need none."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from leadline.v1 import model_pb2

from core.evaluation.losses import log_losses
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.learning_page import write_section
from tests.benchmarks.machine import machine_facts
from tests.benchmarks.replay.baselines import baseline_probabilities
from tests.benchmarks.replay.calls import FILE, Calls, read_calls
from tests.benchmarks.replay.figures import Compared, compare
from tests.benchmarks.replay.loop import Loop
from tests.benchmarks.replay.system import running_system

DATA = Path(__file__).parents[4] / "shared" / "data"
HEADER = ("policy", "pooled log-loss", "worse than the loop by", "95 % interval", "P(loop better)", "verdict")
BLOCKS = 20
STARTS = (1, 6)
"""After how many blocks log-loss is counted: from the first that has a past, and as in published protocols."""
MET, MISSED = "met", "missed"


def main(arguments: list[str] | None = None) -> int:
    """Replay, print and write; 1 if a policy is not beaten."""
    parsed = _parser().parse_args(arguments)
    if not (parsed.data / FILE).is_file():
        sys.stdout.write(f"Skipped: {FILE} is not in the data folder.\n")
        return 0
    calls = read_calls(parsed.data)
    blocks = calls.blocks(BLOCKS)[: parsed.blocks]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leadline-replay-") as folder, running_system(Path(folder)) as loop:
        _play(loop, calls, blocks)
        events = _events(loop)
    sections = [_section(calls, blocks, loop, starts) for starts in STARTS if starts < len(blocks)]
    for heading, found in sections:
        sys.stdout.write(f"\n{heading}\n{plain_table(HEADER, list(map(_row, found)))}")
    bare = [event for event in events if not event.evidence]
    told = f"{len(events)} activations, {len(bare)} of them without evidence; {time.monotonic() - began:.0f} s."
    sys.stdout.write(f"\n{told}\n")
    if parsed.write:
        write_section("replay", _markdown(sections, loop, events, told))
    return int(bool(bare) or any(one.difference <= 0 for _, found in sections for one in found))


def _play(loop: Loop, calls: Calls, blocks: Sequence[slice]) -> None:
    for number, block in enumerate(blocks, start=1):
        began = time.monotonic()
        outcomes = calls.outcomes[block]
        loop.play(calls.leads[block], outcomes.tolist())
        loop.wait_for_decision()
        loss = float(log_losses(outcomes, loop.said.probabilities[-1]).mean())
        sys.stdout.write(
            f"block {number:2d}: {len(outcomes):,} leads, {outcomes.mean():.3f} converted, log-loss {loss:.4f} "
            f"by {loop.said.versions[-1]}, {time.monotonic() - began:.0f} s\n"
        )
        sys.stdout.flush()


def _events(loop: Loop) -> list[model_pb2.ModelEvent]:
    kind = model_pb2.MODEL_EVENT_TYPE_ACTIVATED
    return [event for page in loop.activations() for event in page.events if event.type == kind]


def _section(calls: Calls, blocks: Sequence[slice], loop: Loop, starts: int) -> tuple[str, list[Compared]]:
    outcomes = np.concatenate([calls.outcomes[block] for block in blocks[starts:]])
    said = np.concatenate(loop.said.probabilities[starts:])
    own = float(log_losses(outcomes, said).mean())
    heading = f"Blocks {starts + 1} to {len(blocks)}, {len(outcomes):,} leads: the loop has {own:.4f} nats."
    return heading, compare(outcomes, said, baseline_probabilities(calls, blocks, starts))


def _row(one: Compared) -> list[str]:
    return [
        *(one.name, f"{one.log_loss:.4f}", f"{one.difference:+.4f}", f"{one.lower:+.4f} to {one.upper:+.4f}"),
        *(f"{one.p_loop_better:.3f}", MET if one.difference > 0 else MISSED),
    ]


def _markdown(
    sections: Sequence[tuple[str, list[Compared]]], loop: Loop, events: Sequence[model_pb2.ModelEvent], told: str
) -> str:
    tables = "\n\n".join(
        f"{heading}\n\n{markdown_table(HEADER, list(map(_row, found)))}" for heading, found in sections
    )
    served = ", ".join(version.rpartition("_")[2] or version for version in loop.said.versions)
    p_better = "p_better_log_loss"
    figures = "; ".join(
        f"{event.version.rpartition('_')[2]} ({p_better} {event.evidence.get(p_better, 'none')})"
        for event in reversed(events)
    )
    return (
        "`python -m tests.benchmarks.replay --write`. Calls of a bank in the order they were made (bank_marketing, "
        f"without the duration), in {len(loop.said.versions)} blocks, through PostgreSQL, Redis, a server, a worker "
        "and a beat: each block is stored and scored, then each call's end is recorded as feedback, then the beat "
        "decides. "
        "The clock of the checks runs faster than the default; nothing else is changed. Differences are paired over "
        f"leads, percentile bootstrap. {machine_facts()}\n\n{tables}\n\n{told} Serving by block: {served}. "
        f"Activated: {figures}."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="where the data sets are")
    parser.add_argument("--blocks", type=int, default=BLOCKS, help="only the first so many")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/learning.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
