"""``python -m server``: serve, or do what else there is to do beside the database."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from importlib import import_module

from core.errors import InvalidInput, LeadlineError
from server.commands import serve
from server.environment import whole_environment
from server.observed.logging import set_up_logging
from server.settings import read_settings

_COMMANDS = {
    "keys": "make the first API key of a tenant",
    "audit": "check the audit records",
    "encoder": "prepare the sentence encoder",
    "conversations": "change the key of stored conversations",
}
"""Besides ``serve``; modules of :mod:`server.commands`, loaded only when they are asked for."""
_CHILD = "child"


def main(arguments: Sequence[str], environ: MutableMapping[str, str]) -> int:
    """Run a command and return the exit code: 0 done, 1 could not, 2 wrong settings or arguments."""
    # What the library's core prints is no JSON and may name callers.
    environ.setdefault("GRPC_VERBOSITY", "NONE")
    # Scale is by processes: linear algebra on two busy cores takes eight times as long with two threads as with one.
    environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        return _run(arguments, environ)
    except InvalidInput as problem:
        for violation in problem.violations:
            _tell(f"{violation.field} {violation.rule}")
        return 2
    except LeadlineError as problem:
        _tell(f"cannot start: {problem.message}")
        return 1


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    given = _parser(arguments).parse_args(arguments)
    if given.command == _CHILD:
        from server.pool.child import run_child  # noqa: PLC0415  heavy

        return run_child(read_settings(environ), index=given.index, port=given.port, link=given.link)
    if given.command in _COMMANDS:
        settings = read_settings(whole_environment(environ, getattr(given, "env_file", "")))
        set_up_logging(settings.log_level)
        return int(given.run(given, settings))
    return serve.run(given, environ)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server", description="Settings: docs/reference.md.")
    serve.add_arguments(parser)
    commands = parser.add_subparsers(dest="command", metavar="{serve,keys,audit,encoder,conversations}")
    serve.add_arguments(commands.add_parser("serve", help="answer calls; what it does without a command"))
    for name, what in _COMMANDS.items():
        if name in arguments:
            import_module(f"server.commands.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=what)
    child = commands.add_parser(_CHILD)  # started by the parent of a pool, not by people
    for option in ("--index", "--port", "--link"):
        child.add_argument(option, type=int, required=True)
    return parser


def _tell(sentence: str) -> None:
    print(sentence, file=sys.__stderr__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251  the one place the server reads its environment
