"""Loads what serves before the port is open: a caller that connects should not wait for a model to load."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

import structlog

from core.identifiers import TenantId
from core.scoring.served import ServedModels

log = structlog.get_logger("leadline.warming")

MOST_TENANTS = 100
PATIENCE = timedelta(seconds=10)
"""After that the port opens; the first call of each tenant that is left loads its version."""


def warm(served: ServedModels, tenants: Iterable[TenantId]) -> None:
    """Load the active versions of tenants. One that is refused is told by GetStatus, as at any other time."""
    ends = time.monotonic() + PATIENCE.total_seconds()
    left = [tenant for tenant in tenants if time.monotonic() >= ends or served.refresh_each([tenant])]
    if left:
        log.warning("tenants whose version is not loaded yet", count=len(left))
