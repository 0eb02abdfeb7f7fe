"""``python -m training fit-actions``: learn what actions bring, or say what a version is worth."""

from __future__ import annotations

import argparse
import sys
import uuid
from dataclasses import replace

from rich.console import Console

from core.caller import LOCAL_CALLER
from core.errors import AlreadyExists, DependencyDown, LeadlineError
from core.identifiers import TenantId, check_identifier
from training.actions.app import RankerTrainer, build_ranker_trainer
from training.actions.summary import print_ranker, print_report
from training.learning.bounds import die_with_parent, limit_memory
from training.learning.exits import DONE, ERROR_MARK, FAILED, STORE_DOWN, TOO_LARGE
from training.recommend.single_thread import single_thread
from training.settings import TrainingSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--tenant", default=LOCAL_CALLER.tenant, metavar="NAME", help="whose outcomes and version")
    parser.add_argument(
        "--activate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let it serve if it is proven better than the best constant action",
    )
    parser.add_argument("--force", action="store_true", help="let it serve whatever is proven")
    parser.add_argument(
        "--evaluate", metavar="VERSION", help="learn nothing: say what a version is worth by later outcomes"
    )
    parser.add_argument("--request-id", metavar="ID", help="the same again registers nothing twice")
    parser.add_argument("--memory-bytes", type=int, metavar="BYTES", help="let allocations fail far beyond that")
    parser.add_argument("--with-parent", action="store_true", help="end as soon as standard input does")


def fit_actions(parsed: argparse.Namespace, settings: TrainingSettings, console: Console) -> int:
    """Learn or evaluate; 0 on success, 1 on a refusal, 4 out of memory, 75 without a store.

    Raises:
        InvalidInput: If the tenant's name is none.
    """
    tenant = TenantId(check_identifier(parsed.tenant, "--tenant"))
    if parsed.with_parent:
        die_with_parent()
    if parsed.memory_bytes is not None:
        limit_memory(parsed.memory_bytes)
    try:
        with single_thread():
            _do(build_ranker_trainer(settings), tenant, parsed, console)
    except LeadlineError as problem:
        console.print(f"{problem.reason}: {problem.message}", highlight=False, markup=False)
        sys.stderr.write(f"{ERROR_MARK}{problem.reason}\n")
        return STORE_DOWN if isinstance(problem, DependencyDown) else FAILED
    except MemoryError:
        return TOO_LARGE
    return DONE


def _do(trainer: RankerTrainer, tenant: TenantId, parsed: argparse.Namespace, console: Console) -> None:
    if parsed.evaluate is not None:
        print_report(trainer.evaluate(tenant, parsed.evaluate), console)
        return

    def report(doing: str, share: float) -> None:
        console.print(f"{100 * share:3.0f} %  {doing}", highlight=False)

    caller = replace(LOCAL_CALLER, tenant=tenant)
    request_id = parsed.request_id or uuid.uuid4().hex
    try:
        trained = trainer.train(caller, request_id, activate=parsed.activate, force=parsed.force, report=report)
    except AlreadyExists:
        if parsed.request_id is None:
            raise
        console.print("Somebody else has registered what this request asks for.")
        return
    print_ranker(trained, console)
