"""``leadline models``."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT, REASON
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.model import Activation, ModelVersion

_KIND = click.option("--kind", default="", help="Kind of model. Default: lead_score.")
_EXPECT = click.option("--expect", metavar="VERSION", help="Fail unless this version is active now.")


@click.group(cls=CommandGroup)
def models() -> None:
    """Model versions: which there are, which serves, what happened."""


@models.command("list")
@_KIND
@LIMIT
@click.pass_obj
def list_versions(session: Session, *, kind: str, limit: int | None) -> None:
    """List versions, newest first."""
    with session.connect() as client:
        versions = islice(client.list_model_versions(kind=kind), limit)
        if session.as_json:
            for version in versions:
                click.echo(line(version))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (
                *(v.version, v.state.value, _figure(v, "auc"), _figure(v, "f1"), str(v.training_sample_count)),
                *(moment(v.create_time), v.created_by),
            )
            for v in versions
        ]
    columns = ("Version", "State", "AUC", "F1", "Trained on", "Registered", "By")
    console().print(table(columns, rows, right=("AUC", "F1", "Trained on")))


@models.command()
@click.argument("version", default="")
@_KIND
@click.pass_obj
def show(session: Session, *, version: str, kind: str) -> None:
    """Show one VERSION, by default the active one."""
    with session.connect() as client:
        found = client.get_model_version(version, kind=kind)
    _print_version(session, found)


@models.command()
@click.argument("version")
@_EXPECT
@REASON
@_KIND
@click.pass_obj
def activate(session: Session, *, version: str, expect: str | None, reason: str, kind: str) -> None:
    """Make VERSION the serving one."""
    with session.connect() as client:
        _print_activation(session, client.activate_model_version(version, expect, reason, kind=kind))


@models.command()
@_EXPECT
@REASON
@_KIND
@click.pass_obj
def rollback(session: Session, *, expect: str | None, reason: str, kind: str) -> None:
    """Go back to the version that served before."""
    with session.connect() as client:
        _print_activation(session, client.rollback_model(expect, reason, kind=kind))


@models.command()
@click.option("--keep", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many of the newest.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@_KIND
@click.pass_obj
def prune(session: Session, *, keep: int, dry_run: bool, kind: str) -> None:
    """Remove the files of old versions, never of the active or the previous one."""
    with session.connect() as client:
        result = client.prune_model_versions(keep, dry_run, kind=kind)
    if session.as_json:
        click.echo(document(result))
        return
    verb = "Would remove" if dry_run else "Removed"
    named = f": {', '.join(result.pruned_versions)}" if result.pruned_versions else ""
    click.echo(
        f"{verb} {len(result.pruned_versions)} versions ({result.reclaimed_bytes:,} bytes){named}; "
        f"{len(result.kept_versions)} stay."
    )


@models.command()
@click.argument("version", default="")
@LIMIT
@_KIND
@click.pass_obj
def events(session: Session, *, version: str, limit: int | None, kind: str) -> None:
    """List what happened, newest first; only to VERSION if one is given."""
    with session.connect() as client:
        found = islice(client.model_events(version, kind=kind), limit)
        if session.as_json:
            for event in found:
                click.echo(line(event))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [(moment(e.event_time), e.type.value, e.version, e.actor, e.reason) for e in found]
    console().print(table(("When", "What", "Version", "Who", "Why"), rows))


@models.command()
@click.argument("version", default="")
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="Up to now.")
@_KIND
@click.pass_obj
def metrics(session: Session, *, version: str, days: int, kind: str) -> None:
    """Show what VERSION, by default the active one, was worth in training and is worth in service."""
    with session.connect() as client:
        found = client.model_metrics(version, window_days=days, kind=kind)
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.version_screen import show_metrics  # noqa: PLC0415 - rich loads where it is used

    show_metrics(found)


@models.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@REASON
@click.pass_obj
def register(session: Session, *, folder: Path, reason: str) -> None:
    """Upload the version in FOLDER. It serves nobody before it is activated."""
    with session.connect() as client:
        _print_version(session, client.register_model_version(folder, reason))


def _print_activation(session: Session, result: Activation) -> None:
    if session.as_json:
        click.echo(document(result))
        return
    before = f" in place of {result.previous_version}" if result.previous_version else ""
    click.echo(f"{result.version.version} serves now{before}.")


def _print_version(session: Session, version: ModelVersion) -> None:
    if session.as_json:
        click.echo(document(version))
        return
    from leadline.command.version_screen import show_version  # noqa: PLC0415 - rich loads where it is used

    show_version(version)


def _figure(version: ModelVersion, name: str) -> str:
    return next((f"{metric.value:.3f}" for metric in version.metrics if metric.name == name), "")
