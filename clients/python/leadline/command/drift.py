"""``leadline drift``, ``leadline alerts``, ``leadline shadow`` and ``leadline online``."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from leadline.command.encoding import document, line
from leadline.command.failure import Subcommand
from leadline.command.options import LIMIT
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.model import Metric
    from leadline.monitoring import DriftFinding, DriftReport

_PLOT_HISTORY: Final = 90
"""Reports a plot over time looks back on."""
_KIND = click.option("--kind", default="", help="Kind of model. Default: lead_score.")


@click.command(cls=Subcommand)
@click.argument("version", default="")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Features to show.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also draw drift per feature, the scores and calibration over time: .png or .html.",
)
@_KIND
@click.pass_obj
def drift(session: Session, *, version: str, top: int, plot: Path | None, kind: str) -> None:
    """Compare what VERSION, by default the active one, served lately with training and the week before."""
    with session.connect() as client:
        answer = client.drift_report(version, history_count=_PLOT_HISTORY if plot else 0, kind=kind)
    if plot is not None:
        if answer.report is None:
            raise click.ClickException("there is no drift report to draw yet")
        from leadline.command.plots import draw  # noqa: PLC0415 - matplotlib loads where it is used

        draw(answer, plot, top)
        click.echo(f"Drawn to {plot}.", err=True)
    if session.as_json:
        click.echo(document(answer))
    elif answer.report is None:
        click.echo("No drift report yet: a worker makes one for the serving version, after it has answered.")
    else:
        _show(answer.report, top)


@click.command(cls=Subcommand)
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@LIMIT
@click.pass_obj
def alerts(session: Session, *, only_open: bool, limit: int | None) -> None:
    """List alerts, newest first."""
    with session.connect() as client:
        found = islice(client.alerts(only_open=only_open), limit)
        if session.as_json:
            for alert in found:
                click.echo(line(alert))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (
                *(moment(a.open_time), "open" if a.recover_time is None else f"over {moment(a.recover_time)}"),
                *(a.severity.value, a.cause, a.version, a.message, a.suggestion),
            )
            for a in found
        ]
    console().print(table(("Since", "State", "Severity", "Cause", "Version", "What", "What to do"), rows))


@click.command(cls=Subcommand)
@click.option("--clear", is_flag=True, help="Let no version score in the shadow any more.")
@click.option("--reason", help="Why it is cleared; kept in the history.")
@_KIND
@click.pass_obj
def shadow(session: Session, *, clear: bool, reason: str | None, kind: str) -> None:
    """Compare the challenger in the shadow with what was served, or take it back."""
    if clear:
        _clear_shadow(session, reason or "", kind)
        return
    if reason is not None:
        raise click.UsageError("--reason is for --clear only")
    with session.connect() as client:
        found = client.shadow_report(kind=kind)
    if session.as_json:
        click.echo(document(found))
        return
    if not found.shadow_version:
        click.echo("No version is in the shadow.")
        return
    if not found.sample_count:
        click.echo(f"{found.shadow_version} is in the shadow and has not scored any answer yet.")
        return
    from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

    flips = found.decision_flip_interval
    between = "" if flips is None else f" ({flips.lower:.1%} to {flips.upper:.1%})"
    facts = [
        ("shadow", f"{found.shadow_version} since {moment(found.start_time)}: {found.reason}"),
        ("beside", found.active_version),
        ("answers", f"{found.sample_count:,} scored by both, {found.dropped_count:,} dropped"),
        ("rank correlation", "" if found.rank_correlation is None else f"{found.rank_correlation:.4f}"),
        ("decisions flipped", f"{found.decision_flip_rate:.1%}{between}"),
        ("mean difference", f"{100 * found.mean_difference:+.2f} points"),
        ("score PSI", f"{found.score_psi:.4f}"),
        ("latency", f"{_milliseconds(found.median_latency)} median, {_milliseconds(found.p99_latency)} p99"),
    ]
    screen = console()
    screen.print(table(("", ""), facts))
    beside = {metric.name: metric for metric in found.active_metrics}
    rows = [(m.name, _figure(m), _figure(beside.get(m.name)), f"{m.sample_count:,}") for m in found.shadow_metrics]
    if rows:
        screen.print(table(("Metric", "Shadow", "Active", "Leads"), rows, right=("Leads",)))


@click.command(cls=Subcommand)
@_KIND
@click.pass_obj
def online(session: Session, *, kind: str) -> None:
    """Say what the online learner has learned and whether it may move scores."""
    with session.connect() as client:
        found = client.online_learner(kind=kind)
    if session.as_json:
        click.echo(document(found))
        return
    if not found.update_count:
        click.echo("The online learner has not learned from any label yet.")
        return
    from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

    losses = (
        ""
        if found.log_loss is None or found.version_log_loss is None
        else f"{found.log_loss:.4f} nats, the version alone {found.version_log_loss:.4f}"
    )
    facts = [
        ("corrects", found.version),
        ("labels", f"{found.update_count:,}, the last {moment(found.update_time)}"),
        ("log-loss", losses),
        ("proven", f"{'yes' if found.proven else 'no'}, e-value {found.e_value:.3g}"),
        ("bound", f"{found.bound_points:g} points"),
        ("snapshot", found.snapshot or "none serves: no correction beside the serving version"),
    ]
    console().print(table(("", ""), facts))


def _clear_shadow(session: Session, reason: str, kind: str) -> None:
    with session.connect() as client:
        cleared = client.clear_shadow(reason, kind=kind)
    if session.as_json:
        click.echo(line({"cleared_version": cleared}))
    else:
        click.echo(f"{cleared} is in the shadow no more." if cleared else "No version is in the shadow.")


def _show(report: DriftReport, top: int) -> None:
    from leadline.command.screen import console, moment, safe, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    period = f"{moment(report.start_time)} to {moment(report.end_time)}"
    screen.print(safe(f"{report.version}: {report.row_count:,} answers, {period}", "bold"))
    findings = [*([report.score] if report.score else []), *report.features[:top]]
    if not findings:
        screen.print("Too few answers to compare: it takes 100.")
        return
    columns = ("Name", "Against", "PSI", "KS", "p", "Missing", "Then", "Drifted")
    screen.print(table(columns, map(_finding, findings), right=("PSI", "KS", "p", "Missing", "Then")))
    if report.calibration is not None:
        ratio, between = report.calibration.observed_over_expected, report.calibration.interval
        told = "" if between is None else f" ({between.lower:.2f} to {between.upper:.2f})"
        screen.print(
            safe(f"Conversions seen over expected: {ratio:.2f}{told}, {report.calibration.sample_count} leads")
        )
    if report.expected_metrics:
        rows = [(m.name, _figure(m)) for m in report.expected_metrics]
        screen.print(table(("Expected while calibrated", ""), rows))


def _finding(found: DriftFinding) -> tuple[str, ...]:
    return (
        *(found.name, found.baseline.value, f"{found.psi:.3f}", f"{found.ks:.3f}", f"{found.p_value:.2g}"),
        *(f"{found.missing_rate:.1%}", f"{found.baseline_missing_rate:.1%}"),
        found.direction if found.drifted else "",
    )


def _figure(metric: Metric | None) -> str:
    if metric is None:
        return ""
    between = metric.interval
    return f"{metric.value:.4f}" + ("" if between is None else f" ({between.lower:.4f} to {between.upper:.4f})")


def _milliseconds(length: timedelta) -> str:
    return f"{1000 * length.total_seconds():.2f} ms"
