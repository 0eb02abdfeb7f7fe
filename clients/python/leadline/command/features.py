"""``leadline features``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from leadline.command.encoding import document, line
from leadline.command.failure import Subcommand
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.features import FeatureDefinition, FeatureValue, FeatureVector

_DEFINITIONS: Final = "definitions"


@click.command(cls=Subcommand)
@click.argument("lead", metavar=f"LEAD|{_DEFINITIONS}")
@click.option("--item", default="", help="Only what the lead did with this item.")
@click.option("--name", "names", multiple=True, help="Only this feature. May be given several times.")
@click.option(
    "--scaling", type=click.Choice(["min_max", "z_score"]), help="How numbers are given. Default: as they are."
)
@click.pass_obj
def features(session: Session, *, lead: str, item: str, names: tuple[str, ...], scaling: str | None) -> None:
    """Show what is known of how LEAD behaves, or with "definitions" what each feature is."""
    if item and scaling:
        raise click.UsageError("--scaling is for features of a lead only")
    if lead == _DEFINITIONS and not item:
        _show_definitions(session)
        return
    from leadline.features import FeatureScaling  # noqa: PLC0415 - loads gRPC's part of the client where it is used

    with session.connect() as client:
        if item:
            found = client.interaction_features(lead, item, names=names)
        else:
            found = client.lead_features(lead, names=names, scaling=FeatureScaling(scaling or "unspecified"))
    if session.as_json:
        click.echo(document(found))
        return
    _show(found)


def _show_definitions(session: Session) -> None:
    with session.connect() as client:
        found = list(client.feature_definitions())
    if session.as_json:
        for definition in found:
            click.echo(line(definition))
        return
    from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

    columns = ("Name", "Of", "Family", "Unit", "Window", "Version", "What")
    console().print(table(columns, map(_definition, found), right=("Version",)))


def _definition(found: FeatureDefinition) -> tuple[str, ...]:
    return (
        *(found.name, found.entity.value, found.family, found.unit, found.window, str(found.version)),
        found.description,
    )


def _show(found: FeatureVector) -> None:
    from leadline.command.screen import console, moment, safe, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    newest = "" if found.last_event_time is None else f", the newest {moment(found.last_event_time)}"
    of = f"{found.lead_id} and {found.item_id}" if found.item_id else found.lead_id
    screen.print(safe(f"{of}: {found.event_count:,} events{newest}", "bold"))
    rows = [(name, _value(value)) for name, value in found.features.items()]
    screen.print(table(("Feature", "Value"), rows, right=("Value",)))


def _value(value: FeatureValue) -> str:
    if value is None:
        return "not known"
    if isinstance(value, datetime):
        from leadline.command.screen import moment  # noqa: PLC0415 - rich loads where it is used

        return moment(value)
    return value if isinstance(value, str) else f"{value:,.6g}"
