"""``make run``: from nothing to a served, explained score, on this machine, and workers that learn."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import InvalidInput
from server.environment import whole_environment
from server.local.readiness import is_free, wait_until_serving
from server.local.sample import show_sample
from server.local.speech import say
from server.local.supervisor import Part, Supervisor
from server.local.workers import add_workers, are_wanted
from server.settings import ServerSettings, read_settings

STATE = Path(".leadline")
"""Folder of everything that is kept."""
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Train a starter version if there is none, start the server, score a sample lead, start workers, keep watch."""
    given = _parser().parse_args(arguments)
    try:
        whole = whole_environment(environ)
        settings = read_settings(whole)
        workers = are_wanted(whole) and not given.no_workers
    except InvalidInput as problem:
        say(problem.message)
        return 2
    if not is_free(settings.host, settings.port):
        say(f"Something listens on {settings.host}:{settings.port} already: stop it, or set LEADLINE_PORT.")
        return 2
    STATE.mkdir(exist_ok=True)
    try:
        prepared = _prepare({**whole, **_ONE_THREAD}, with_workers=workers)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    if prepared:
        return prepared
    supervisor = Supervisor(ends_with_parent=given.end_with_parent)
    supervisor.stop_on_signals()
    return _run(supervisor, settings, environ, {**whole, **_ONE_THREAD} if workers else None)


def _prepare(environ: Mapping[str, str], *, with_workers: bool) -> int:
    """Check what workers were told, train a starter version if there is none, and return the exit code of that."""
    commands = [["workers", "settings"]] if with_workers else []
    for command in (*commands, ["training", "starter"]):
        # In a group of its own: a Ctrl-C comes to this process alone, which then ends it without a word.
        child = subprocess.Popen([sys.executable, "-m", *command], env=dict(environ), process_group=0)  # noqa: S603
        try:
            code = child.wait()
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            raise
        if code:
            return code
    return 0


def _run(
    supervisor: Supervisor, settings: ServerSettings, environ: Mapping[str, str], of_workers: Mapping[str, str] | None
) -> int:
    """Serve first; what only learns comes after the first answer.

    Args:
        supervisor: Starts, watches and stops.
        settings: Of the server.
        environ: As the server is to have it.
        of_workers: The same for workers; None: no workers.
    """
    address = f"{settings.host}:{settings.port}"
    server = supervisor.start(Part(name="server", command=(sys.executable, "-m", "server"), environ=environ))
    if not wait_until_serving(server, address, supervisor.is_stopping):
        return supervisor.stop() or server.returncode or 1
    show_sample(address, environ)
    if of_workers is not None and not supervisor.is_stopping():
        add_workers(supervisor, of_workers, STATE)
    say(f"Leadline serves on {address}. Try: .venv/bin/leadline status   (Ctrl-C stops)")
    return supervisor.watch()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server.local", description=__doc__)
    parser.add_argument("--no-workers", action="store_true", help="start no worker, beat and broker (LEADLINE_WORKERS)")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="stop everything when the process that started this one is gone"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251  handed on to the processes started here
