"""``leadline recommend`` and ``leadline similar``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from leadline.command.encoding import document
from leadline.command.failure import Subcommand
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline.recommendation import ItemFilter, Recommendations

_PLACES: Final = click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="How many.")
_TYPE: Final = click.option("--type", "types", multiple=True, help="Only items of this type. Repeat for more.")
_PLACE: Final = click.option("--location", "locations", multiple=True, help="Only items here. Repeat for more.")
_MIN: Final = click.option("--min-price", type=click.FloatRange(0), help="Only items at this price or above.")
_MAX: Final = click.option("--max-price", type=click.FloatRange(0), help="Only items at this price or below.")
_VERSION: Final = click.option("--model-version", default="", help="Version to use. Default: the active one.")


@click.command(cls=Subcommand)
@click.argument("lead_id")
@_PLACES
@_TYPE
@_PLACE
@_MIN
@_MAX
@click.option("--seen", is_flag=True, help="Also items the lead has done something with.")
@click.option("--diversity", type=click.FloatRange(0, 1), help="0: the best first. Default: 0.2.")
@_VERSION
@click.option("--experiment", default="", help="Recommend within this experiment: the unit's variant decides.")
@click.option("--unit-id", default="", help="Unit of the experiment. Default: the lead itself.")
@click.pass_obj
def recommend(session: Session, /, *, lead_id: str, seen: bool, **given: Any) -> None:
    """Say what to show LEAD_ID next, and why."""
    wanted = _filter(given, seen=seen)
    with session.connect() as client:
        found = client.recommend(
            lead_id,
            limit=given["limit"],
            filter=wanted,
            diversity=given["diversity"],
            model_version=given["model_version"],
            experiment=given["experiment"],
            unit_id=given["unit_id"],
        )
    if session.as_json:
        click.echo(document(found))
        return
    _show(found)


@click.command(cls=Subcommand)
@click.argument("item_id")
@_PLACES
@_TYPE
@_PLACE
@_MIN
@_MAX
@_VERSION
@click.pass_obj
def similar(session: Session, /, *, item_id: str, **given: Any) -> None:
    """List items like ITEM_ID."""
    wanted = _filter(given, seen=False)
    with session.connect() as client:
        found = client.similar_items(item_id, limit=given["limit"], filter=wanted, model_version=given["model_version"])
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

    rows = [
        (f"{one.similarity:.2f}", one.item.item_id, one.item.title, ", ".join(one.shared_properties)) for one in found
    ]
    console().print(table(("Alike", "Item", "Title", "Shared"), rows, right=("Alike",)))


def _filter(given: dict[str, Any], *, seen: bool) -> ItemFilter:
    from leadline.recommendation import ItemFilter  # noqa: PLC0415 - loaded where used

    return ItemFilter(
        item_types=given["types"],
        location_names=given["locations"],
        min_price=given["min_price"],
        max_price=given["max_price"],
        include_seen=seen,
    )


def _show(found: Recommendations) -> None:
    from leadline.command.screen import console, moment, safe, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    rows = [
        (
            f"{one.score:.0f}",
            one.item.item_id,
            one.item.title,
            f"{one.confidence:.2f}",
            "; ".join(reason.text for reason in one.reasons),
        )
        for one in found.items
    ]
    screen.print(table(("Score", "Item", "Title", "Confidence", "Why"), rows, right=("Score", "Confidence")))
    if not rows:
        screen.print("Nothing may be recommended.", markup=False)
    version = f" {found.model_version}" if found.model_version else ""
    screen.print(safe(f"By {found.source.value}{version}, {moment(found.recommend_time)}", "dim"))
    if found.left_out_counts:
        left = ", ".join(f"{count:,} {name}" for name, count in sorted(found.left_out_counts.items()))
        screen.print(safe(f"Left out: {left}", "dim"))
    for warning in found.warnings:
        screen.print(safe(f"Note: {warning.message}", "yellow"))
