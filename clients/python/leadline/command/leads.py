"""``leadline leads``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document, line, plain
from leadline.command.failure import CommandGroup, Failure
from leadline.command.options import LIMIT, MAPPING
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.lead import StoredLead


@click.group(cls=CommandGroup)
def leads() -> None:
    """Leads and outcomes that the server keeps."""


@leads.command("import")
@click.argument("file")
@MAPPING
@click.pass_obj
def import_leads(session: Session, *, file: str, mapping: str | None) -> None:
    """Write every lead of FILE, with its outcome where a column says it.

    FILE is CSV, JSON or JSON lines, "-" for standard input; what `leadline --json leads list` prints can be read
    back. Without a mapping the columns `converted` and `outcome_time` hold the outcome. Ends with 1 if any lead failed.
    """
    from leadline.command.lead_import import LeadImport  # noqa: PLC0415
    from leadline.command.lead_input import read_lead_rows, report_rows  # noqa: PLC0415

    good, bad = read_lead_rows(file, mapping)
    with session.connect() as client:
        outcome = LeadImport(client, file, session).run(good, bad)
    report_rows(outcome.problems)
    written = outcome.created_count + outcome.updated_count
    if session.as_json:
        click.echo(document(outcome))
    else:
        click.echo(f"Wrote {written:,} leads: {outcome.created_count:,} new, {outcome.updated_count:,} updated.")
    if outcome.failed_count:
        stopped = f" {outcome.stopped}" if outcome.stopped else ""
        raise Failure(f"{outcome.failed_count:,} of {len(good) + len(bad):,} rows were not written.{stopped}")


@leads.command()
@click.argument("lead_id")
@click.pass_obj
def get(session: Session, *, lead_id: str) -> None:
    """Show one lead."""
    with session.connect() as client:
        stored = client.get_lead(lead_id)
    if session.as_json:
        click.echo(document(stored))
        return
    from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

    fields = plain(stored.lead)
    attributes = fields.pop("attributes")
    rows = [(name, str(value)) for name, value in fields.items() if value not in ("", None)]
    rows += [(f"attributes.{name}", str(value)) for name, value in attributes.items()]
    rows.append(("outcome", _outcome(stored)))
    rows.append(("written", f"{moment(stored.create_time)}, last {moment(stored.update_time)} ({stored.revision})"))
    console().print(table(("Field", "Value"), rows))


@leads.command("list")
@click.option("--owner-id", default="", help="Only leads of this owner.")
@LIMIT
@click.pass_obj
def list_leads(session: Session, *, owner_id: str, limit: int | None) -> None:
    """List leads by id."""
    with session.connect() as client:
        found = islice(client.list_leads(owner_id=owner_id), limit)
        if session.as_json:
            for stored in found:
                click.echo(line(stored))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (s.lead.lead_id, s.lead.title, s.lead.category, s.lead.owner_id, _outcome(s), moment(s.update_time))
            for s in found
        ]
    console().print(table(("Lead", "Title", "Category", "Owner", "Outcome", "Last written"), rows))


def _outcome(stored: StoredLead) -> str:
    if stored.outcome is None:
        return "open"
    return "converted" if stored.outcome.converted else "lost"
