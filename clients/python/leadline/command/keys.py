"""``leadline keys``."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT, REASON
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.access import ApiKey, IssuedKey

_ROLES: Final = ("reader", "scorer", "recorder", "seller", "analyst", "admin")
_LONGEST_DAYS: Final = 3_650
_LONGEST_OVERLAP_HOURS: Final = 90 * 24


@click.group(cls=CommandGroup)
def keys() -> None:
    """API keys of the tenant: who may call, and what."""


@keys.command()
@click.argument("name")
@click.option("--role", "roles", type=click.Choice(_ROLES), multiple=True, required=True, help="May be repeated.")
@click.option("--owner-id", default="", help="Whose leads a seller may see.")
@click.option("--days", type=click.FloatRange(0, _LONGEST_DAYS, min_open=True), help="How long it lives.")
@click.pass_obj
def create(session: Session, *, name: str, roles: tuple[str, ...], owner_id: str, days: float | None) -> None:
    """Make a key for NAME and show its secret, once."""
    from leadline.access import Role  # noqa: PLC0415 - only where it is used, so that --help need not wait

    lifetime = None if days is None else timedelta(days=days)
    with session.connect() as client:
        issued = client.create_api_key(name, [Role(role) for role in roles], owner_id=owner_id, lifetime=lifetime)
    _print_issued(session, issued)


@keys.command("list")
@LIMIT
@click.pass_obj
def list_keys(session: Session, *, limit: int | None) -> None:
    """List keys by id, without secrets."""
    with session.connect() as client:
        found = islice(client.list_api_keys(), limit)
        if session.as_json:
            for key in found:
                click.echo(line(key))
            return
        from leadline.command.screen import console, moment, table  # noqa: PLC0415 - rich loads where it is used

        rows = [
            (
                *(k.key_id, k.name, ", ".join(role.value for role in k.roles), k.owner_id, _state(k)),
                *(moment(k.create_time), k.created_by),
            )
            for k in found
        ]
    console().print(table(("Key", "Name", "Roles", "Owner", "State", "Made", "By"), rows))


@keys.command()
@click.argument("key_id")
@click.option(
    "--overlap-hours",
    type=click.FloatRange(0, _LONGEST_OVERLAP_HOURS),
    default=24.0,
    show_default=True,
    help="How long the secret before lives on.",
)
@click.pass_obj
def rotate(session: Session, *, key_id: str, overlap_hours: float) -> None:
    """Give the key KEY_ID a second secret and show it, once."""
    with session.connect() as client:
        issued = client.rotate_api_key(key_id, overlap=timedelta(hours=overlap_hours))
    _print_issued(session, issued)


@keys.command()
@click.argument("key_id")
@REASON
@click.pass_obj
def revoke(session: Session, *, key_id: str, reason: str) -> None:
    """End the key KEY_ID with all of its secrets."""
    with session.connect() as client:
        key = client.revoke_api_key(key_id, reason)
    click.echo(document(key) if session.as_json else f"{key.key_id} ({key.name}) is revoked.")


def _print_issued(session: Session, issued: IssuedKey) -> None:
    if session.as_json:
        click.echo(document(issued))
        return
    key = issued.key
    until = "until it is revoked" if key.expire_time is None else f"until {key.expire_time:%Y-%m-%d %H:%M} UTC"
    if not issued.secret:
        click.echo(f"Key {key.key_id} was made by an earlier try of this request; its secret is not shown again.")
        return
    click.echo(f"Key {key.key_id} ({key.name}) holds {until}. Keep its secret now: nobody can show it again.", err=True)
    click.echo(issued.secret)


def _state(key: ApiKey) -> str:
    if key.revoke_time is not None:
        return "revoked"
    if not key.live_secret_count:
        return "expired"
    return "live" if key.live_secret_count == 1 else f"live, {key.live_secret_count} secrets"
