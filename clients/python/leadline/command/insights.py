"""``leadline agent`` and ``leadline wishes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document
from leadline.command.failure import Subcommand
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.insights import AgentFigure
    from leadline.score import Interval


@click.command(cls=Subcommand)
@click.argument("agent_id")
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="Up to now.")
@click.pass_obj
def agent(session: Session, *, agent_id: str, days: int) -> None:
    """Say how AGENT_ID does beside its peers, and what to work on."""
    with session.connect() as client:
        found = client.agent_insights(agent_id, days=days)
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    columns = ("Figure", "Leads", "Agent", "Peers", "Rests on", "Verdict")
    screen.print(table(columns, [_row(figure) for figure in found.figures], right=("Rests on",)))
    for suggestion in found.suggestions:
        click.echo(f"- {suggestion.text} For example: {', '.join(suggestion.example_lead_ids)}.")
    if not found.suggestions:
        click.echo("Nothing to work on is proven.")


@click.command(cls=Subcommand)
@click.argument("lead_id")
@click.pass_obj
def wishes(session: Session, *, lead_id: str) -> None:
    """Say whether what LEAD_ID wants has changed, what, and since when."""
    with session.connect() as client:
        found = client.preference_drift(lead_id)
    if session.as_json:
        click.echo(document(found))
        return
    if found.has_too_few_events:
        click.echo(f"{found.event_count:,} choices are too few to tell.")
        return
    if not found.changes:
        click.echo(f"No change is proven in {found.event_count:,} choices.")
        return
    from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

    rows = [(c.property_name, c.before, c.after, moment(c.since_time), f"{c.p_value:.3f}") for c in found.changes]
    console().print(table(("What", "Before", "Since then", "Since", "p"), rows, right=("p",)))


def _row(figure: AgentFigure) -> tuple[str, ...]:
    return (
        figure.name,
        figure.segment or "all",
        _value(figure.unit, figure.value, figure.interval),
        _value(figure.unit, figure.peer_value, figure.peer_interval),
        f"{figure.sample_count:,} beside {figure.peer_sample_count:,}",
        figure.comparison.value.replace("_", " "),
    )


def _value(unit: str, value: float | None, interval: Interval | None) -> str:
    if value is None:
        return ""
    form = "{:.1%}" if unit == "share" else "{:,.1f} min"
    between = "" if interval is None else f" ({form.format(interval.lower)} to {form.format(interval.upper)})"
    return form.format(value) + between
