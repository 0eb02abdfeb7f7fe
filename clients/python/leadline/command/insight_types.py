"""``leadline insight-types``."""

from __future__ import annotations

from itertools import islice

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT
from leadline.command.session import Session


@click.group("insight-types", cls=CommandGroup)
def insight_types() -> None:
    """Kinds of insights of your own."""


@insight_types.command("list")
@LIMIT
@click.pass_obj
def list_types(session: Session, *, limit: int | None) -> None:
    """List your kinds of insights by key."""
    from leadline.command.insight_type_file import plain_insight_type  # noqa: PLC0415 - loads gRPC

    with session.connect() as client:
        found = list(islice(client.insight_types(), limit))
    if session.as_json:
        for kind in found:
            click.echo(line(plain_insight_type(kind)))
        return
    from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

    rows = [
        (kind.key, f"{kind.priority_score:.0f}", kind.urgency_level.value.replace("_", " "), kind.title)
        for kind in found
    ]
    console().print(table(("Key", "Priority", "When", "Title"), rows, right=("Priority",)))


@insight_types.command("register")
@click.argument("file")
@click.option("--request-id", help="Idempotency key. Default: a new one.")
@click.pass_obj
def register(session: Session, *, file: str, request_id: str | None) -> None:
    """Add the kind of insight in FILE, or replace the one of its key.

    FILE is a JSON object as `leadline insight-types list --json` prints it, "-" for standard input.
    """
    from leadline.command.insight_type_file import plain_insight_type, read_insight_type  # noqa: PLC0415 - loads gRPC

    kind = read_insight_type(file)
    with session.connect() as client:
        kept = client.register_insight_type(kind, request_id)
    if session.as_json:
        click.echo(document(plain_insight_type(kept)))
    else:
        click.echo(f"Registered {kept.key}.")


@insight_types.command("delete")
@click.argument("key")
@click.pass_obj
def delete(session: Session, *, key: str) -> None:
    """Remove the kind of insight KEY."""
    with session.connect() as client:
        client.delete_insight_type(key)
    if not session.as_json:
        click.echo(f"Removed {key}.")
