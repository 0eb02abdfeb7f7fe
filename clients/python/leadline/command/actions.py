"""``leadline actions``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT, REASON
from leadline.command.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from leadline.action import ActionCatalogVersion
    from leadline.next_actions import DroppedAction, NextBestActions, RecommendedAction


class LeadOrCommand(CommandGroup):
    """Takes what is no subcommand for the id of a lead."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return what to run; ``leadline actions lead show`` is for a lead whose id is "show"."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            return "lead", self.commands["lead"], args
        return super().resolve_command(ctx, args)


@click.group(cls=LeadOrCommand)
def actions() -> None:
    """Say what to do next for a lead (leadline actions LEAD), and keep the catalogue of actions."""


@actions.command("lead")
@click.argument("lead_id")
@click.option("--limit", type=click.IntRange(1, 25), default=3, show_default=True, help="How many.")
@click.option("--agent-id", default="", help="Who would act, for caps per agent.")
@click.option("--channel", "channels", multiple=True, help="Only on this channel. Repeat for more.")
@click.option("--explain", is_flag=True, help="Also say why every other action was left out.")
@click.option("--catalog-version", type=click.IntRange(0), default=0, help="Catalogue to try. Default: the one in use.")
@click.option("--model-version", default="", help="Ranker to answer with. Default: the active one.")
@click.option("--experiment", default="", help="Answer within this experiment: the unit's variant decides.")
@click.option("--unit-id", default="", help="Unit of the experiment. Default: the lead itself.")
@click.pass_obj
def lead(session: Session, /, *, lead_id: str, **given: Any) -> None:
    """Say what to do next for LEAD_ID, and why."""
    with session.connect() as client:
        found = client.next_best_actions(lead_id, **given)
    if session.as_json:
        click.echo(document(found))
        return
    _show_next(found)


@actions.command("publish")
@click.argument("file")
@REASON
@click.option("--check", is_flag=True, help="Only check it; keep nothing.")
@click.option("--inactive", is_flag=True, help="Keep it, but leave the one in use in use.")
@click.pass_obj
def publish(session: Session, *, file: str, reason: str, check: bool, inactive: bool) -> None:
    """Publish the catalogue in FILE, JSON, "-" for standard input, and put it into use.

    The form is that of "leadline actions show --json".
    """
    from leadline.command.catalog_file import read_catalog  # noqa: PLC0415 - loads gRPC

    catalog = read_catalog(file)
    with session.connect() as client:
        kept = client.publish_action_catalog(catalog, reason=reason, validate_only=check, keep_inactive=inactive)
    if session.as_json:
        click.echo(document(_head(kept)))
        return
    count = "1 action" if len(catalog.actions) == 1 else f"{len(catalog.actions):,} actions"
    if check:
        click.echo(f"Nothing is wrong with {count}; nothing was kept.")
    else:
        click.echo(f"Published version {kept.version} with {count}{'' if kept.is_active else ', not in use'}.")


@actions.command("show")
@click.argument("version", type=click.IntRange(0), default=0)
@click.pass_obj
def show(session: Session, *, version: int) -> None:
    """Show a catalogue: VERSION, or the one in use. With --json in the form that "publish" reads."""
    with session.connect() as client:
        found = client.action_catalog(version)
    if session.as_json:
        from leadline.command.catalog_file import plain_catalog  # noqa: PLC0415 - loads gRPC

        click.echo(document({} if found.catalog is None else plain_catalog(found.catalog)))
        return
    _show_catalog(found)


@actions.command("history")
@LIMIT
@click.pass_obj
def history(session: Session, *, limit: int | None) -> None:
    """List published catalogues, newest first."""
    with session.connect() as client:
        found = list(islice(client.action_catalogs(), limit))
    if session.as_json:
        for one in found:
            click.echo(line(_head(one)))
        return
    from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

    rows = [
        (str(one.version), "in use" if one.is_active else "", moment(one.create_time), one.created_by, one.reason)
        for one in found
    ]
    console().print(table(("Version", "", "Published", "By", "Why"), rows, right=("Version",)))


@actions.command("activate")
@click.argument("version", type=click.IntRange(1))
@REASON
@click.pass_obj
def activate(session: Session, *, version: int, reason: str) -> None:
    """Put the published catalogue VERSION into use."""
    with session.connect() as client:
        kept = client.activate_action_catalog(version, reason=reason)
    if session.as_json:
        click.echo(document(_head(kept)))
    else:
        click.echo(f"Version {kept.version} is in use.")


def _head(version: ActionCatalogVersion) -> dict[str, Any]:
    names = ("version", "is_active", "created_by", "create_time", "reason")
    return {name: getattr(version, name) for name in names}


def _show_next(found: NextBestActions) -> None:
    from leadline.command.screen import console, moment, safe  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    for one in found.actions:
        _show_action(screen, one)
    if not found.actions:
        screen.print("Nothing may be done now.", markup=False)
    ranker = f" {found.model_version}" if found.model_version else ""
    basis = found.basis.value.replace("_", " ")
    catalog = f"catalogue {found.catalog_version}" if found.catalog_version else "the built-in catalogue"
    screen.print(safe(f"By {basis}{ranker}, {catalog}, {moment(found.decide_time)}", "dim"))
    if found.dropped_actions:
        screen.print("\nLeft out:", markup=False)
    for dropped in found.dropped_actions:
        _show_dropped(screen, dropped)
    for warning in found.warnings:
        screen.print(safe(f"Note: {warning.message}", "yellow"))


def _show_action(screen: Console, one: RecommendedAction) -> None:
    from leadline.command.screen import indented, moment, safe  # noqa: PLC0415 - as above

    screen.print(safe(f"{one.priority}. {one.title}", "bold"), safe(f"({_where(one)})", "dim"))
    for reason in one.reasons:
        screen.print(indented(safe(f"- {reason}")))
    screen.print(indented(safe(f"{_figures(one)}; due {moment(one.due_time)}", "dim")))
    if one.suggested_wording:
        screen.print(indented(safe(f'"{one.suggested_wording}"', "italic")))


def _show_dropped(screen: Console, one: DroppedAction) -> None:
    from leadline.command.screen import indented, moment, safe  # noqa: PLC0415 - as above

    until = f" until {moment(one.available_time)}" if one.available_time else ""
    why = f" ({one.reason.value.replace('_', ' ')}{until}): {one.text}"
    screen.print(indented(safe(one.action_id, "bold") + safe(why)))


def _where(one: RecommendedAction) -> str:
    place = f", {one.channel}" if one.channel else ""
    return f"{one.action_id}, {one.category.value.replace('_', ' ')}{place}"


def _figures(one: RecommendedAction) -> str:
    factors = " x ".join(f"{term.name} {term.factor:.4g}" for term in one.terms)
    impact = ""
    if one.estimated_impact is not None:
        between = one.impact_interval
        interval = "" if between is None else f" ({between.lower:.3f} to {between.upper:.3f})"
        impact = f"; impact {one.estimated_impact:+.3f}{interval}"
    return f"{one.rank_score:.4g} = {factors}; confidence {one.confidence:.2f}{impact}"


def _show_catalog(found: ActionCatalogVersion) -> None:
    from leadline.command.screen import console, moment, safe, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    listed = () if found.catalog is None else found.catalog.actions
    rows = [
        (one.action_id, one.title, one.category.value.replace("_", " "), one.channel, f"{one.priority:g}")
        for one in listed
    ]
    shown = table(("Action", "Title", "Category", "Channel", "Priority"), rows, right=("Priority",))
    # What "exclusions" and outcomes name should be read in one piece.
    shown.columns[0].no_wrap = True
    screen.print(shown)
    name = f"Version {found.version}" if found.version else "The built-in catalogue"
    when = f", {moment(found.create_time)} by {found.created_by}" if found.create_time else ""
    screen.print(safe(f"{name}{', in use' if found.is_active else ''}{when}", "dim"))
