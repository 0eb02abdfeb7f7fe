"""``leadline retrain`` and ``leadline runs``."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from leadline.command.encoding import document, line
from leadline.command.options import LIMIT, REASON
from leadline.command.session import Session
from leadline.training import TrainingRunState

if TYPE_CHECKING:
    from leadline.client import Client
    from leadline.training import RetrainingTrigger, TrainingRun

_POLL_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 30.0
"""After which a run that nobody has begun deserves a word."""
_KIND = click.option("--kind", default="", help="Kind of model. Default: lead_score.")


@click.command()
@click.option("--force", is_flag=True, help="Train even if no trigger fires.")
@click.option("--validation-split", type=click.FloatRange(0.05, 0.5), help="Newest share to measure on. Default: 0.5.")
@click.option("--param", "params", multiple=True, metavar="NAME=NUMBER", help="A hyperparameter; may be repeated.")
@click.option("--wait", is_flag=True, help="Until the run has ended; the exit code says whether it succeeded.")
@REASON
@_KIND
@click.pass_context
def retrain(  # noqa: PLR0917 - one option each
    context: click.Context,
    /,
    force: bool,
    validation_split: float | None,
    params: tuple[str, ...],
    wait: bool,
    reason: str,
    kind: str,
) -> None:
    """Ask for a training run and say what every trigger saw."""
    session: Session = context.obj
    chosen = dict(map(_parameter, params))
    with session.connect() as client:
        answer = client.request_retraining(
            reason, force=force, validation_split=validation_split, params=chosen, kind=kind
        )
        run = answer.run
        if run is not None and wait:
            run = _wait(client, run)
    if session.as_json:
        click.echo(document(answer if run is answer.run else run))
    else:
        _show_triggers(answer.triggers)
        _show_reason(answer.reason)
        click.echo("Nothing is trained; --force trains all the same." if run is None else _sentence(run))
    if wait and (run is None or run.state is not TrainingRunState.SUCCEEDED):
        context.exit(1)


@click.command()
@click.argument("run_id", default="")
@LIMIT
@_KIND
@click.pass_obj
def runs(session: Session, *, run_id: str, limit: int | None, kind: str) -> None:
    """List training runs, newest first; or show RUN_ID with everything its decision rests on."""
    with session.connect() as client:
        if run_id:
            _show_run(session, client.training_run(run_id))
            return
        found = islice(client.training_runs(kind=kind), limit)
        if session.as_json:
            for run in found:
                click.echo(line(run))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (
                *(run.run_id, moment(run.create_time), run.state.value, run.decision.value, run.version),
                run.outcome or run.doing,
            )
            for run in found
        ]
    console().print(table(("Run", "Asked for", "State", "Decision", "Version", "Why"), rows))


def _parameter(text: str) -> tuple[str, float]:
    name, found, number = text.partition("=")
    try:
        if found:
            return name, float(number)
    except ValueError:
        pass
    raise click.BadParameter(f"{text!r} must be NAME=NUMBER, for example max_depth=4", param_hint="--param")


def _wait(client: Client, run: TrainingRun) -> TrainingRun:
    """Wait for the end of a run, and say on stderr what it is at."""
    began, told = time.monotonic(), ""
    while not run.ended:
        doing = f"{run.doing} ({run.progress:.0%})" if run.doing else run.state.value
        if not run.attempt and time.monotonic() - began > _PATIENCE_SECONDS:
            doing = f"nobody has taken it for {_PATIENCE_SECONDS:.0f} s: does a worker run?"
        if doing != told:
            click.echo(f"{run.run_id}: {doing}", err=True)
            told = doing
        time.sleep(_POLL_SECONDS)
        run = client.training_run(run.run_id)
    return run


def _sentence(run: TrainingRun) -> str:
    if run.ended:
        return f"Run {run.run_id} {run.state.value}: {run.outcome}"
    return f"Run {run.run_id} is {run.state.value}. Look at it with: leadline runs {run.run_id}"


def _show_run(session: Session, run: TrainingRun) -> None:
    if session.as_json:
        click.echo(document(run))
        return
    from leadline.command.screen import console, moment, safe, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    screen.print(safe(f"{run.run_id} ({run.state.value}, {run.decision.value})", "bold"))
    facts = [
        ("asked for", f"{moment(run.create_time)} by {run.requested_by}" + (", forced" if run.force else "")),
        ("why", run.reason),
        ("begun", f"{moment(run.start_time)}, attempt {run.attempt}" if run.start_time else "not yet"),
        ("now", f"{run.doing} ({run.progress:.0%})" if not run.ended else f"ended {moment(run.end_time)}"),
        ("outcome", run.outcome),
        ("version", run.version),
    ]
    screen.print(table(("", ""), facts))
    _show_triggers(run.triggers)
    if run.contenders:
        names = list(dict.fromkeys(metric.name for one in run.contenders for metric in one.metrics))
        figures = [
            (one.name, one.version, *(_figure({m.name: m.value for m in one.metrics}.get(name)) for name in names))
            for one in run.contenders
        ]
        screen.print(table(("Contender", "Version", *names), figures, right=names))
    if run.evidence:
        screen.print(table(("Evidence", ""), sorted(run.evidence.items())))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _show_reason(reason: str) -> None:
    if not reason:
        return
    from leadline.command.screen import console, safe  # noqa: PLC0415 - rich loads where it is used

    console().print(safe(reason))


def _show_triggers(triggers: tuple[RetrainingTrigger, ...]) -> None:
    if not triggers:
        return
    from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

    rows = [
        (
            *(one.name, "fires" if one.fires else "", "fires" if one.raw_rule_fires else ""),
            *(f"{one.value:.4g}", f"{one.threshold:.4g}", one.message),
        )
        for one in triggers
    ]
    columns = ("Trigger", "With evidence", "Plain rule", "Value", "Threshold", "What it saw")
    console().print(table(columns, rows, right=("Value", "Threshold")))
