"""``leadline items``."""

from __future__ import annotations

from itertools import islice

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup, Failure
from leadline.command.options import LIMIT
from leadline.command.session import Session


@click.group(cls=CommandGroup)
def items() -> None:
    """Items that can be recommended: properties, products, jobs."""


@items.command("import")
@click.argument("file")
@click.pass_obj
def import_file(session: Session, *, file: str) -> None:
    """Write every item of FILE.

    FILE is CSV, JSON or JSON lines, "-" for standard input. Columns are named like the fields: item_id, title,
    description, item_type, location_name, price, is_unavailable; others are attributes. Ends with 1 if any item failed.
    """
    from leadline.command.item_import import import_items  # noqa: PLC0415 - loads gRPC
    from leadline.command.lead_input import report_rows  # noqa: PLC0415 - loads gRPC

    with session.connect() as client:
        done = import_items(client, file, session)
    report_rows(done.problems)
    written = done.created_count + done.updated_count
    if session.as_json:
        click.echo(document(done))
    else:
        click.echo(f"Wrote {written:,} items: {done.created_count:,} new, {done.updated_count:,} updated.")
    if written < done.row_count:
        stopped = f" {done.stopped}" if done.stopped else ""
        raise Failure(f"{done.row_count - written:,} of {done.row_count:,} rows were not written.{stopped}")


@items.command("list")
@click.option("--type", "item_type", default="", help="Only items of this type.")
@LIMIT
@click.pass_obj
def list_items(session: Session, *, item_type: str, limit: int | None) -> None:
    """List items by id."""
    with session.connect() as client:
        found = islice(client.list_items(item_type=item_type), limit)
        if session.as_json:
            for stored in found:
                click.echo(line(stored))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (
                stored.item.item_id,
                stored.item.title,
                stored.item.item_type,
                stored.item.location_name,
                "" if stored.item.price is None else f"{stored.item.price:,.2f}",
                "no" if stored.item.is_unavailable else "yes",
                moment(stored.update_time),
            )
            for stored in found
        ]
    columns = ("Item", "Title", "Type", "Place", "Price", "Available", "Last written")
    console().print(table(columns, rows, right=("Price",)))


@items.command("delete")
@click.argument("item_ids", nargs=-1, required=True)
@click.pass_obj
def delete_items(session: Session, *, item_ids: tuple[str, ...]) -> None:
    """Delete ITEM_IDS: they are recommended no more."""
    with session.connect() as client:
        deleted = client.delete_items(item_ids)
    if session.as_json:
        click.echo(document({"deleted_count": deleted}))
    else:
        click.echo(f"Deleted {deleted:,} of {len(item_ids):,} items.")
