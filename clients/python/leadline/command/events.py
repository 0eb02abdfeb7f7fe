"""``leadline events``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup, Failure
from leadline.command.options import LIMIT
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.event import EventKind, StoredEvent


@click.group(cls=CommandGroup)
def events() -> None:
    """What leads do: views, searches, purchases and more."""


@events.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="Column of a field that is called otherwise."
)
@click.option("--kind", default="", help="Kind of rows that do not say, for example item_purchased.")
@click.option("--batch", type=click.IntRange(1, 500), default=500, show_default=True, help="Events in one call.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted import of FILE stopped.")
@click.pass_obj
def import_events(
    session: Session, /, *, file: str, columns: tuple[str, ...], kind: str, batch: int, resume: bool
) -> None:
    """Record every event of FILE: CSV, also gzipped, or Parquet.

    Columns are called event_id, lead_id, kind, occurred_time (ISO 8601 or seconds since 1970), item_id, session_id,
    agent_id, duration_seconds, page_type, device, referrer, price, value, quantity, positive and query. Only lead_id
    and kind are needed. A row without event_id gets one made of what it says, so that a file imported again has no
    effect. Refused rows are written to FILE.refused.csv. Ends with 1 if any row was refused.
    """
    from leadline.command.event_import import EventImport  # noqa: PLC0415 - --help need not wait
    from leadline.leadfile.event_file import open_event_file  # noqa: PLC0415
    from leadline.leadfile.event_row import EventColumns  # noqa: PLC0415

    meaning = EventColumns(file, _columns(columns), _kind(kind))
    opened = open_event_file(file)
    meaning.check(opened.columns)
    for name in meaning.unused(opened.columns):
        click.echo(f"{file}: column {name} is not used", err=True)
    with session.connect() as client:
        outcome = EventImport(client, file, session, batch=batch).run(opened, meaning, resume=resume)
    for problem in outcome.problems:
        click.echo(problem, err=True)
    if session.as_json:
        click.echo(document(outcome))
    else:
        skipped = f", {outcome.skipped_count:,} rows done before" if outcome.skipped_count else ""
        click.echo(
            f"Recorded {outcome.recorded_count:,} events; {outcome.duplicate_count:,} were known already{skipped}."
        )
    if outcome.stopped:
        raise Failure(f"Stopped: {outcome.stopped} Go on with --resume.")
    if outcome.refused_count:
        raise Failure(f"{outcome.refused_count:,} rows were not recorded: see {file}.refused.csv.")


@events.command("list")
@click.argument("lead_id")
@LIMIT
@click.pass_obj
def list_events(session: Session, /, *, lead_id: str, limit: int | None) -> None:
    """List the events of a lead, newest first by when they were recorded."""
    with session.connect() as client:
        found = islice(client.list_events(lead_id), limit)
        if session.as_json:
            for stored in found:
                click.echo(line(stored))
            return
        from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

        rows = list(map(_row, found))
    console().print(table(("When", "Kind", "Item", "Said", "Session", "Recorded", "Id"), rows))


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    from leadline.command.event_import import column_names  # noqa: PLC0415 - --help need not wait
    from leadline.leadfile.event_row import FIELDS  # noqa: PLC0415

    try:
        columns = dict(column_names(pairs))
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--column") from problem
    unknown = sorted(columns.keys() - FIELDS.keys())
    if unknown:
        message = f"must name a field of {', '.join(FIELDS)}, not {unknown[0]}"
        raise click.BadParameter(message, param_hint="--column")
    return columns


def _kind(text: str) -> EventKind | None:
    from leadline.leadfile.event_row import kind_of  # noqa: PLC0415 - --help need not wait

    try:
        return kind_of(text) if text else None
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--kind") from problem


def _row(stored: StoredEvent) -> tuple[str, ...]:
    from leadline.command.screen import moment  # noqa: PLC0415 - rich loads where it is used

    event = stored.event
    parts = [
        "" if event.duration is None else f"{event.duration.total_seconds():g} s",
        "" if event.price is None else f"at {event.price:,.2f}",
        "" if event.value is None else f"worth {event.value:,.2f}",
        "" if event.quantity is None else f"{event.quantity:,} of it",
        "" if event.positive is None else ("yes" if event.positive else "no"),
        event.query,
    ]
    return (
        *(moment(event.occurred_time), event.kind.value, event.item_id, ", ".join(filter(None, parts))),
        *(event.session_id, moment(stored.recorded_time), event.event_id),
    )
