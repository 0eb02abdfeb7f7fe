"""``python -m server``: serve, by one process or by several behind a parent."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from server.environment import whole_environment
from server.observed.logging import set_up_logging
from server.settings import PREFIX, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what serving can be told."""
    parser.add_argument(
        "--processes",
        metavar="N",
        default=argparse.SUPPRESS,
        help="server processes behind the port, 1 to 256; 0: this process serves by itself (LEADLINE_PROCESSES)",
    )
    parser.add_argument(
        "--env-file",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="KEY=VALUE lines that go before the environment, read again at SIGHUP (LEADLINE_ENV_FILE)",
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until a signal ends it, and return the exit code.

    Raises:
        InvalidInput: If a setting is wrong or a port is taken.
        DependencyDown: If the database does not answer.
    """

    def read() -> dict[str, str]:
        whole = whole_environment(environ, getattr(arguments, "env_file", ""))
        chosen = getattr(arguments, "processes", None)
        return whole if chosen is None else {**whole, f"{PREFIX}PROCESSES": chosen}

    whole = read()
    settings = read_settings(whole)
    if settings.processes:
        set_up_logging(settings.log_level, "parent")
        # The parent of a pool needs nothing of what its children do.
        from server.pool.parent import run_parent  # noqa: PLC0415

        return run_parent(settings, whole, read)
    set_up_logging(settings.log_level)
    from server.app import build_server  # noqa: PLC0415  not in the parent of a pool

    server = build_server(settings)
    server.stop_on_signals()
    server.start()
    server.wait()
    return 0
