"""The Celery app: ``celery -A workers.app worker`` and ``celery -A workers.app beat``.

Settings come from the environment when this is imported; nothing connects, and nothing heavy is loaded: what tasks need
is built in the process that runs them, after it was forked (:mod:`workers.jobs`).
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from celery import Celery, signals
from celery.exceptions import SecurityWarning

from core.errors import InvalidInput
from workers import canary, observed
from workers.config import celery_config
from workers.log import set_up_logging
from workers.settings import read_settings

# Celery warns superusers of pickle, which is refused here whoever runs it.
warnings.filterwarnings("ignore", category=SecurityWarning)
environ = dict(os.environ)  # noqa: TID251  the one place workers read their environment
try:
    settings = read_settings(environ)
except InvalidInput as problem:
    # One line each instead of a traceback: Celery imports this for whoever types its command.
    sys.stderr.write("".join(f"{violation.field} {violation.rule}\n" for violation in problem.violations))
    raise SystemExit(2) from None
app = Celery("leadline", include=["workers.tasks"])
app.conf.update(celery_config(settings))
app.leadline_settings = settings
app.leadline_environ = environ
canary.add_to(app, settings)


@signals.setup_logging.connect(weak=False)
def _set_up_logging(**_: Any) -> None:
    """Log as the server does; Celery then leaves logging and standard error alone."""
    set_up_logging(settings.log_level)


observed.connect(app)
