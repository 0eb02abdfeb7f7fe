"""``python -m workers``: whether the workers and beats of this machine live, and what died."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import timedelta

from core.errors import InvalidInput, LeadlineError
from workers.marks import ages
from workers.settings import WorkerSettings, read_settings

_USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return the exit code: 0 well, 1 not, 2 wrong settings."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = read_settings(os.environ)  # noqa: TID251  a command reads its own environment
        return _COMMANDS[parsed.command](settings, parsed)
    except InvalidInput as problem:
        for violation in problem.violations:
            _say(f"{violation.field} {violation.rule}")
        return _USAGE
    except LeadlineError as problem:
        _say(problem.message)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    alive = commands.add_parser("alive", help="exit with 0 if every worker and beat here showed that it works lately")
    alive.add_argument("--max-age", type=float, metavar="SECONDS", help="how old its last sign of life may be")
    commands.add_parser("settings", help="say which settings are wrong, and exit with 2 if one is")
    dead = commands.add_parser("dead", help="show the newest tasks that failed for good")
    dead.add_argument("--limit", type=int, default=20, metavar="N", help="how many at most")
    return parser


def _settings(_settings: WorkerSettings, _parsed: argparse.Namespace) -> int:
    return 0  # they were read


def _alive(settings: WorkerSettings, parsed: argparse.Namespace) -> int:
    most = settings.canary_max_age if parsed.max_age is None else timedelta(seconds=parsed.max_age)
    found = ages(settings.workers_dir)
    for name, age in found:
        _say(f"{name}: last sign of life {age.total_seconds():.1f} s ago")
    if not found:
        _say(f"no worker and no beat has shown that it works in {settings.workers_dir}")
    return 0 if found and all(age <= most for _, age in found) else 1


def _dead_letters(settings: WorkerSettings, parsed: argparse.Namespace) -> int:
    # A database is heavy for a health check.
    from core.adapters.sql.dead_letter_store import SqlDeadLetters  # noqa: PLC0415
    from core.adapters.sql.engine import open_database  # noqa: PLC0415
    from workers.clock import now  # noqa: PLC0415

    database = open_database(settings.database_url, pool_size=1)
    database.migrate()
    for letter in SqlDeadLetters(database, now).newest(limit=parsed.limit):
        _say(
            f"{letter.dead_time:%Y-%m-%d %H:%M:%S} {letter.task} {letter.arguments} "
            f"after {letter.attempts} attempts: {letter.problem}"
        )
    return 0


def _say(sentence: str) -> None:
    print(sentence)  # noqa: T201  this is a command for people


_COMMANDS = {"alive": _alive, "dead": _dead_letters, "settings": _settings}


if __name__ == "__main__":
    sys.exit(main())
