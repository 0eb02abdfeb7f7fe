"""``python -m training.recommend``: train a recommender on what leads did, or say what a version is worth."""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from dataclasses import replace

from rich.console import Console
from rich.markup import escape

from core.caller import LOCAL_CALLER, Caller
from core.errors import AlreadyExists, DependencyDown, InvalidInput, LeadlineError
from core.identifiers import TenantId, check_identifier
from training.learning.bounds import die_with_parent, limit_memory
from training.learning.exits import DONE, ERROR_MARK, FAILED, STORE_DOWN, TOO_LARGE
from training.recommend.app import RecommenderTrainer, build_recommender_trainer
from training.recommend.summary import print_training, print_value
from training.settings import read_settings

_USAGE = 2
"""Exit code of wrong input."""


def main(arguments: list[str] | None = None) -> int:
    """Train or evaluate; 0 on success, 1 on a refusal, 2 on wrong input, 4 out of memory, 75 without a store."""
    parsed = _parser().parse_args(arguments)
    # Before anything else is done.
    if parsed.with_parent:
        die_with_parent()
    if parsed.memory_bytes is not None:
        limit_memory(parsed.memory_bytes)
    console = Console(stderr=True)
    try:
        caller = replace(LOCAL_CALLER, tenant=TenantId(check_identifier(parsed.tenant, "--tenant")))
        settings = read_settings(os.environ)  # noqa: TID251  as in training.__main__
        _do(build_recommender_trainer(settings), caller, parsed, console)
    except InvalidInput as problem:
        for violation in problem.violations:
            console.print(f"[red]{escape(violation.field)}[/] {escape(violation.rule)}", highlight=False)
        return _USAGE
    except LeadlineError as problem:
        console.print(f"[red]{problem.reason}[/]: {escape(problem.message)}", highlight=False)
        sys.stderr.write(f"{ERROR_MARK}{problem.reason}\n")
        return STORE_DOWN if isinstance(problem, DependencyDown) else FAILED
    except MemoryError:
        return TOO_LARGE
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.recommend", description=__doc__)
    parser.add_argument("--tenant", default=LOCAL_CALLER.tenant, metavar="NAME", help="whose events and version")
    parser.add_argument(
        "--activate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let it serve if it is proven better, or if none serves",
    )
    parser.add_argument(
        "--evaluate", metavar="VERSION", help="train nothing: say what a version is worth by logged recommendations"
    )
    parser.add_argument("--request-id", metavar="ID", help="the same again registers nothing twice")
    parser.add_argument("--memory-bytes", type=int, metavar="BYTES", help="let allocations fail far beyond that")
    parser.add_argument("--with-parent", action="store_true", help="end as soon as standard input does")
    return parser


def _do(trainer: RecommenderTrainer, caller: Caller, parsed: argparse.Namespace, console: Console) -> None:
    if parsed.evaluate is not None:
        print_value(trainer.evaluate(caller.tenant, parsed.evaluate), console)
        return

    def report(doing: str, share: float) -> None:
        console.print(f"{100 * share:3.0f} %  {doing}", highlight=False)

    request_id = parsed.request_id or uuid.uuid4().hex
    try:
        trained = trainer.train(caller, request_id, activate=parsed.activate, report=report)
    except AlreadyExists:
        if parsed.request_id is None:
            raise
        console.print("Somebody else has registered what this request asks for.")
        return
    print_training(trained, console, may_serve=parsed.activate)


if __name__ == "__main__":
    sys.exit(main())
