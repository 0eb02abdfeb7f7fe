"""``leadline analyze``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document, line
from leadline.command.failure import Subcommand
from leadline.command.options import LIMIT
from leadline.command.session import Session
from leadline.command.times import MOMENT

if TYPE_CHECKING:
    from datetime import datetime


@click.command(cls=Subcommand)
@click.argument("file")
@click.option("--lead-id", default="", help="The lead it is with: its score and what it did count too.")
@click.option("--conversation-id", default="", help="Your name for it. With --lead-id it counts for the lead's health.")
@click.option("--at", "moment", type=MOMENT, help="Judge it as of this moment. Default: now.")
@click.option("--experiment", default="", help="Answer within this experiment: the unit's variant decides.")
@click.option("--unit-id", default="", help="Unit of the experiment. Default: the lead, or the conversation.")
@click.pass_obj
def analyze(
    session: Session,
    /,
    *,
    file: str,
    lead_id: str,
    conversation_id: str,
    moment: datetime | None,
    experiment: str,
    unit_id: str,
) -> None:
    """Say what the conversation in FILE says, and show the words it rests on.

    FILE is JSON, JSON lines, or lines that begin with "lead:" or "agent:"; "-" for standard input. Deadlines and
    answering times need times: "[2026-01-31 09:30] lead: ...", or "send_time" in JSON.
    """
    from leadline.leadfile.conversation_file import read_conversation  # noqa: PLC0415 - loads gRPC

    messages = read_conversation(file)
    with session.connect() as client:
        found = client.analyze(
            messages,
            lead_id=lead_id,
            conversation_id=conversation_id,
            as_of_time=moment,
            experiment=experiment,
            unit_id=unit_id,
        )
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.analysis_screen import show_analysis  # noqa: PLC0415 - rich loads where it is used

    show_analysis(messages, found)


@click.command(cls=Subcommand)
@click.argument("lead_id")
@click.argument("conversation_id")
@LIMIT
@click.pass_obj
def conversation(session: Session, *, lead_id: str, conversation_id: str, limit: int | None) -> None:
    """Show a stored conversation of LEAD_ID."""
    with session.connect() as client:
        messages = islice(client.stored_conversation(lead_id, conversation_id), limit)
        if session.as_json:
            for message in messages:
                click.echo(line(message))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [(moment(message.send_time), message.role.value, message.text) for message in messages]
    console().print(table(("Sent", "By", "Text"), rows))
