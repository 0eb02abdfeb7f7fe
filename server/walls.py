"""Whether the second lock between tenants holds."""

from __future__ import annotations

import structlog

from core.adapters.sql.database import Database
from core.adapters.sql.walls import Walls
from core.errors import WrongState
from server.settings import ServerSettings

log = structlog.get_logger("leadline.server")

_TROUBLE = "PostgreSQL spares the server's role its row-level security"
_ADVICE = (
    "connect as a role that owns the tables and is neither superuser nor BYPASSRLS, as docs/deployment.md says, "
    "so that no mistake in a query can mix tenants"
)


def check_walls(settings: ServerSettings, database: Database) -> str:
    """Return what to say about the database in GetStatus.

    Raises:
        WrongState: WALLS_PASSED_BY, in production mode, if PostgreSQL would show one tenant's rows to another.
        DependencyDown: If the database does not answer.
    """
    name = settings.database_url.partition(":")[0]
    walls = database.check_walls()
    if walls is not Walls.PASSED_BY:
        return name if walls is Walls.ABSENT else f"{name}, row-level security holds"
    if settings.mode == "production":
        raise WrongState("WALLS_PASSED_BY", f"{_TROUBLE}: {_ADVICE}")
    log.warning("row-level security does not hold for this role")
    return f"{name}, row-level security does not hold for this role"
