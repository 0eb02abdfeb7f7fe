"""One server process of a pool."""

from __future__ import annotations

import signal

import structlog

from server.app import build_server
from server.observed.logging import set_up_logging
from server.pool.link import ParentLink, Word
from server.running import LeadlineServer
from server.settings import ServerSettings

log = structlog.get_logger("leadline.pool")


def run_child(settings: ServerSettings, *, index: int, port: int, link: int) -> int:
    """Serve on a shared port until SIGTERM or SIGINT, or until the parent is gone.

    Args:
        settings: What the operator set.
        index: Of this process in the pool, from 0.
        port: That the parent reserved.
        link: Number of the open file that leads to the parent.

    Raises:
        InvalidInput: If a setting cannot be used.
        DependencyDown: If the database does not answer.
    """
    parent = ParentLink(link)
    set_up_logging(settings.log_level, index)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    server = build_server(settings, shared_port=port, process_index=index)
    server.stop_on_signals()
    server.start()
    parent.say(Word.SERVING)
    parent.watch(lambda: _stop_as_orphan(server))
    server.wait_for_request()
    parent.say(Word.DRAINING)
    server.stop()
    return 0


def _stop_as_orphan(server: LeadlineServer) -> None:
    log.error("the parent is gone: this process stops")
    server.request_stop()
