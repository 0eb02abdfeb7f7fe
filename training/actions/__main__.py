"""``python -m training.actions``: as ``python -m training fit-actions``, without what other training loads."""

from __future__ import annotations

import argparse
import os
import sys

from rich.console import Console

from core.errors import InvalidInput
from training.actions.command import add_arguments, fit_actions
from training.settings import read_settings

_USAGE = 2
"""Exit code of wrong input."""


def main(arguments: list[str] | None = None) -> int:
    """Learn or evaluate; 0 on success, 1 on a refusal, 2 on wrong input, 4 out of memory, 75 without a store."""
    parser = argparse.ArgumentParser(prog="python -m training.actions", description=__doc__)
    add_arguments(parser)
    parsed = parser.parse_args(arguments)
    console = Console(stderr=True)
    try:
        return fit_actions(parsed, read_settings(os.environ), console)  # noqa: TID251  as in training.__main__
    except InvalidInput as problem:
        for violation in problem.violations:
            console.print(f"{violation.field} {violation.rule}", highlight=False, markup=False)
        return _USAGE


if __name__ == "__main__":
    sys.exit(main())
