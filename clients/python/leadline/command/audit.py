"""``leadline audit``."""

from __future__ import annotations

from itertools import islice

import click

from leadline.command.encoding import line
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT
from leadline.command.session import Session


@click.group(cls=CommandGroup)
def audit() -> None:
    """Who did what: the audit records of the tenant."""


@audit.command("list")
@click.option("--actor", default="", help="Only what this actor did.")
@click.option("--action", default="", metavar="SERVICE/METHOD", help="Only calls of this method.")
@LIMIT
@click.pass_obj
def list_records(session: Session, *, actor: str, action: str, limit: int | None) -> None:
    """List audit records, newest first."""
    with session.connect() as client:
        records = islice(client.audit_records(actor=actor, action=action), limit)
        if session.as_json:
            for record in records:
                click.echo(line(record))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (str(r.sequence), moment(r.record_time), r.actor, r.action, r.target, r.decision.value, r.reason)
            for r in records
        ]
    columns = ("No.", "When", "Who", "What", "To what", "Decision", "Why")
    console().print(table(columns, rows, right=("No.",)))
