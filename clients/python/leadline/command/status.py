"""``leadline status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document
from leadline.command.failure import Subcommand
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.status import Status


@click.command(cls=Subcommand)
@click.pass_obj
def status(session: Session) -> None:
    """Show how the server is: what it needs, what it scores with, what it promises."""
    with session.connect() as client:
        state = client.status()
    if session.as_json:
        click.echo(document(state))
        return
    _show(state)


def _show(state: Status) -> None:
    from leadline.command.screen import console, moment, safe, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    screen.print(safe(f"Leadline {state.server_version}, {state.state.value} since {moment(state.start_time)}", "bold"))
    if state.models:
        rows = [(m.kind, m.version, m.source.value, moment(m.load_time), m.problem) for m in state.models]
        screen.print()
        screen.print(table(("Model", "Version", "Source", "Loaded", "Problem"), rows))
    if state.dependencies:
        words = {True: safe("works", "green"), False: safe("down", "red")}
        screen.print()
        screen.print(
            table(("Needs", "State", "Detail"), [(d.name, words[d.available], d.detail) for d in state.dependencies])
        )
    if state.targets:
        figures = [(t.name, "-" if t.current is None else f"{t.current:.4g}", f"{t.target:.4g}") for t in state.targets]
        screen.print()
        screen.print(table(("Promise", "Now", "At most"), figures, right=("Now", "At most")))
