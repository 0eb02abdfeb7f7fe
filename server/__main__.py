"""``python -m server``: one server process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from core.errors import InvalidInput, LeadlineError
from server.app import build_server
from server.logging import set_up_logging
from server.settings import read_settings


def main() -> int:
    """Serve until SIGTERM or SIGINT; a second signal ends at once."""
    try:
        settings = read_settings(os.environ)  # noqa: TID251  the one place the server reads its environment
        set_up_logging(settings.log_level)
        server = build_server(settings)
    except InvalidInput as problem:
        for violation in problem.violations:
            print(f"{violation.field} {violation.rule}", file=sys.stderr)  # noqa: T201  before logging is set up
        return 2
    except LeadlineError as problem:
        print(f"cannot start: {problem.message}", file=sys.stderr)  # noqa: T201
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda caught, _frame: _on_signal(caught, server.request_stop))
    server.start()
    server.wait()
    return 0


def _on_signal(caught: int, request_stop: Callable[[], None]) -> None:
    signal.signal(caught, signal.SIG_DFL)
    request_stop()


if __name__ == "__main__":
    sys.exit(main())
