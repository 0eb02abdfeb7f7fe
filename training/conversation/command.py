"""``python -m training fit-text``: train the models that read messages."""

from __future__ import annotations

import argparse
import sys
import uuid
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from core.caller import LOCAL_CALLER
from core.errors import DependencyDown, InvalidInput, LeadlineError
from core.identifiers import TenantId, check_identifier
from core.version import HEAD_KINDS
from training.conversation.app import HeadTrainer, build_head_trainer
from training.conversation.run import Activation, TrainedHead
from training.conversation.summary import print_heads
from training.learning.bounds import die_with_parent, limit_memory
from training.learning.exits import DONE, ERROR_MARK, FAILED, STORE_DOWN, TOO_LARGE
from training.recommend.single_thread import single_thread
from training.settings import TrainingSettings

_ACTIVATION = {None: Activation.IF_BETTER, True: Activation.ALWAYS, False: Activation.NEVER}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--tenant", default=LOCAL_CALLER.tenant, metavar="NAME", help="whose messages and versions")
    parser.add_argument(
        "--messages",
        type=Path,
        metavar="FILE",
        help="own labelled messages: CSV or JSON lines",
    )
    parser.add_argument(
        "--heads", default=",".join(HEAD_KINDS), metavar="KINDS", help="which ones, with commas between; default: all"
    )
    parser.add_argument(
        "--activate",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="let them serve, or not; without: where none serves, or a new one is better on own messages",
    )
    parser.add_argument(
        "--missing", action="store_true", help="give the default heads to every tenant that lacks some, and no more"
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="also write each head's files below here")
    parser.add_argument("--request-id", metavar="ID", help="the same again registers nothing twice")
    parser.add_argument("--memory-bytes", type=int, metavar="BYTES", help="let allocations fail far beyond that")
    parser.add_argument("--with-parent", action="store_true", help="end as soon as standard input does")


def fit_text(parsed: argparse.Namespace, settings: TrainingSettings, console: Console) -> int:
    """Train; 0 on success, 1 on a refusal, 4 out of memory, 75 without a store.

    Raises:
        InvalidInput: If an argument or a file is wrong.
    """
    if parsed.with_parent:
        die_with_parent()
    if parsed.memory_bytes is not None:
        limit_memory(parsed.memory_bytes)
    try:
        with single_thread():
            _do(build_head_trainer(settings), parsed, console)
    except InvalidInput:
        raise
    except LeadlineError as problem:
        console.print(f"{problem.reason}: {problem.message}", highlight=False, markup=False)
        sys.stderr.write(f"{ERROR_MARK}{problem.reason}\n")
        return STORE_DOWN if isinstance(problem, DependencyDown) else FAILED
    except MemoryError:
        return TOO_LARGE
    return DONE


def _do(trainer: HeadTrainer, parsed: argparse.Namespace, console: Console) -> None:
    def report(doing: str, share: float) -> None:
        console.print(f"{100 * share:3.0f} %  {doing}", highlight=False)

    if trainer.encoder is None:
        console.print("The sentence encoder is not installed: heads look at words alone.")
    if parsed.missing:
        console.print(f"Default heads given: {trainer.give_defaults(report):,}.", highlight=False)
        return
    trained = trainer.train(
        replace(LOCAL_CALLER, tenant=TenantId(check_identifier(parsed.tenant, "--tenant"))),
        parsed.request_id or uuid.uuid4().hex,
        parsed.messages,
        _kinds(parsed.heads),
        activation=_ACTIVATION[parsed.activate],
        report=report,
    )
    print_heads(trained, console)
    if parsed.output is not None:
        _write(parsed.output, trained)


def _kinds(text: str) -> list[str]:
    kinds = [part.strip() for part in text.split(",") if part.strip()]
    if not kinds or not set(kinds) <= set(HEAD_KINDS):
        raise InvalidInput.of("--heads", f"must be some of {', '.join(HEAD_KINDS)}")
    return [kind for kind in HEAD_KINDS if kind in kinds]


def _write(folder: Path, trained: list[TrainedHead]) -> None:
    try:
        for one in trained:
            below = folder / one.head.kind
            below.mkdir(parents=True, exist_ok=True)
            for name, content in one.head.files.items():
                (below / name).write_bytes(content)
    except OSError as problem:
        raise InvalidInput.of("--output", f"must be a folder that can be written ({problem})") from problem
