"""``python -m server audit verify``: whether anybody tampered with the audit records."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from core.adapters.sql.audit_log import SqlAuditLog
from core.adapters.sql.engine import open_database
from core.audit.chain import EMPTY, Head, Verdict, parse_head
from core.errors import InvalidInput
from core.identifiers import TenantId, check_identifier
from server.settings import ServerSettings


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    audit = subparsers.add_parser("audit", help="check the audit records")
    verify = audit.add_subparsers(required=True).add_parser(
        "verify",
        help="follow the chain of every tenant; exit code 1 if one is broken",
        description="Prints the end of every chain as TENANT SEQUENCE:HASH. Keep it somewhere else: given as an anchor "
        "later, it shows whether records were cut off the end since, or all of them written anew.",
    )
    verify.add_argument("--tenant", type=_argument(lambda text: TenantId(check_identifier(text, "tenant"))))
    verify.add_argument("--anchor", type=_argument(parse_head), metavar="SEQUENCE:HASH", help="needs --tenant")
    verify.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: ServerSettings) -> int:
    """Verify, and return the exit code: 0 all in order, 1 broken, 2 wrong arguments.

    Raises:
        DependencyDown: If the database does not work.
    """
    tenant: TenantId | None = arguments.tenant
    anchor: Head | None = arguments.anchor
    if anchor is not None and tenant is None:
        _say("--anchor needs --tenant: every tenant has a chain of its own")
        return 2
    database = open_database(settings.database_url)
    try:
        database.migrate()
        audit = SqlAuditLog(database, lambda: datetime.now(UTC))
        broken = [_verify(audit, name, anchor) for name in ([tenant] if tenant else audit.tenants())]
    finally:
        database.close()
    return 1 if any(broken) else 0


def _verify(audit: SqlAuditLog, tenant: TenantId, anchor: Head | None) -> bool:
    verdict = audit.verify(tenant, anchor)
    _say(_sentence(tenant, verdict))
    return verdict.broken_at is not None


def _sentence(tenant: TenantId, verdict: Verdict) -> str:
    head = "no records" if verdict.head == EMPTY else str(verdict.head)
    if verdict.broken_at is None:
        return f"{tenant} {head}"
    return f"{tenant} BROKEN at record {verdict.broken_at}; in order up to {head}"


def _argument(read: Callable[[str], object]) -> Callable[[str], object]:
    def argument(text: str) -> object:
        try:
            return read(text)
        except InvalidInput as problem:
            raise argparse.ArgumentTypeError(problem.message) from problem

    return argument


def _say(sentence: str) -> None:
    print(sentence)  # noqa: T201  this is a command for people
