"""``leadline health``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadline.command.encoding import document
from leadline.command.failure import Subcommand
from leadline.command.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from leadline.health import LeadHealth


@click.command(cls=Subcommand)
@click.argument("lead_id")
@click.pass_obj
def health(session: Session, *, lead_id: str) -> None:
    """Say how LEAD_ID is, why, and what to ask for."""
    with session.connect() as client:
        found = client.health(lead_id)
    if session.as_json:
        click.echo(document(found))
        return
    from leadline.command.screen import console  # noqa: PLC0415 - rich loads only where it is used

    show_health(console(), found)


def show_health(screen: Console, found: LeadHealth) -> None:
    """Print the health of a lead, its bar, its reasons and what is missing."""
    from leadline.command.screen import bar, moment, points, safe, score_style, table  # noqa: PLC0415

    screen.print(
        safe(f"{found.health_score:5.1f} ", f"bold {score_style(found.health_score)}"), bar(found.health_score)
    )
    for line in _lines(found):
        screen.print(line, markup=False)
    screen.print(safe(f"Lead {found.lead_id}, {moment(found.assess_time)}", "dim"))
    screen.print()
    start = (safe(f"{found.base_points:.1f}"), "a lead of which nothing is known", "")
    # What would read as 0.0 says nothing.
    told = [reason for reason in found.reasons if round(reason.points, 1)]
    rows = [(points(reason.points), safe(reason.text), reason.component) for reason in told]
    screen.print(table(("Points", "Reason", "Part"), [start, *rows], right=("Points",)))
    screen.print()
    asked = [(part.criterion.value, _share(part.score), part.text or "not known") for part in found.qualification.parts]
    screen.print(table(("Question", "Met", "What is known"), asked, right=("Met",)))
    for warning in found.warnings:
        screen.print(safe(f"Note: {warning.message}", "yellow"))


def _lines(found: LeadHealth) -> Iterator[str]:
    from leadline.command.screen import moment  # noqa: PLC0415

    yield f"{_words(found.level.value).capitalize()} since {moment(found.level_time)}, momentum {found.momentum.value}"
    yield (
        f"Engagement {found.engagement_score:.0f} of 100, qualification {found.qualification.score:.0%}, "
        f"risk of going cold {found.cold_risk:.0%}, confidence {found.confidence:.0%}"
    )
    if found.conversion_probability is not None:
        interval = found.conversion_interval
        between = f" ({interval.lower:.2f}-{interval.upper:.2f})" if interval else ""
        version = f", by {found.model_version}" if found.model_version else ""
        yield f"Conversion probability {found.conversion_probability:.2f}{between}{version}"
    if found.trend_points_per_week is not None:
        yield f"Trend {found.trend_points_per_week:+.1f} points a week"
    if found.level_changes:
        newest = found.level_changes[0]
        yield f"Came from {_words(newest.from_level.value)} on {moment(newest.change_time)}"
    if found.qualification.missing:
        yield f"Ask for: {', '.join(one.value for one in found.qualification.missing)}"


def _words(value: str) -> str:
    return value.replace("_", " ")


def _share(score: float | None) -> str:
    return "" if score is None else f"{score:.0%}"
