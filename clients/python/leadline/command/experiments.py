"""``leadline experiments``: what there is, what came of it, and its end."""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from pathlib import Path

import click

from leadline.command.encoding import document, line
from leadline.command.experiment_design import create, plan
from leadline.command.experiment_vectors import vectors
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT, REASON
from leadline.command.session import Session


@click.group(cls=CommandGroup)
def experiments() -> None:
    """Experiments: model versions compared on live traffic."""


experiments.add_command(plan)
experiments.add_command(create)
experiments.add_command(vectors)


@experiments.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that are scheduled or running.")
@LIMIT
@click.pass_obj
def list_experiments(session: Session, *, only_open: bool, limit: int | None) -> None:
    """List experiments, newest first."""
    with session.connect() as client:
        found = islice(client.experiments(only_open=only_open), limit)
        if session.as_json:
            for experiment in found:
                click.echo(line(experiment))
            return
        from leadline.command.experiment_screen import show_list  # noqa: PLC0415 - rich loads where it is used

        show_list(found)


@experiments.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, *, name: str) -> None:
    """Show how NAME was set, and where it stands."""
    with session.connect() as client:
        found = client.experiment(name)
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.experiment_screen import show_experiment  # noqa: PLC0415 - rich loads where it is used

    show_experiment(found)


@experiments.command()
@click.argument("name")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also draw the effect over time, the boundary and the units of each arm: .png or .html.",
)
@click.pass_obj
def results(session: Session, *, name: str, plot: Path | None) -> None:
    """Say what is known of NAME by now, what to do, and why."""
    with session.connect() as client:
        found = client.experiment_results(name)
    if plot is not None:
        from leadline.command.experiment_plots import draw  # noqa: PLC0415 - matplotlib loads where it is used

        draw(found, plot)
        click.echo(f"Drawn to {plot}.", err=True)
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.experiment_result_screen import show_results  # noqa: PLC0415 - rich loads where it is used

    show_results(found)


@experiments.command()
@click.argument("name")
@click.option("--winner", default="", metavar="VARIANT", help="The variant that won. Default: none.")
@click.option("--activate", is_flag=True, help="Make the winner's version serve.")
@REASON
@click.pass_obj
def stop(session: Session, *, name: str, winner: str, activate: bool, reason: str) -> None:
    """Stop NAME for good."""
    if activate and not winner:
        raise click.UsageError("--activate needs --winner")
    with session.connect() as client:
        stopped = client.stop_experiment(
            name,
            winner=winner,
            activate_winner=activate,
            reason=reason,
            request_id=_same_again(name, winner, reason, str(activate)),
        )
    if session.as_json:
        click.echo(document(stopped))
        return
    won = f"; {winner} won" if winner else ""
    serves = f", and {stopped.activated.version} serves now" if stopped.activated else ""
    click.echo(f"{stopped.experiment.name} is stopped{won}{serves}.")


def _same_again(*said: str) -> str:
    """Return a request id that the same command has again: it completes a stop whose activation failed."""
    return f"experiments.stop.{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]}"
