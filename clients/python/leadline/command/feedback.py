"""``leadline feedback``."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from leadline.command.encoding import document, line
from leadline.command.failure import CommandGroup
from leadline.command.options import LIMIT
from leadline.command.session import Session
from leadline.command.times import MOMENT, SECONDS

if TYPE_CHECKING:
    from leadline.feedback import FeedbackAnalytics, RateSummary, StoredFeedback

_ACTIONS: Final = ("view", "click", "save", "contact", "reply", "schedule", "convert", "archive", "dismiss")
_SOURCES: Final = ("manual", "implicit", "integration")


@click.group(cls=CommandGroup)
def feedback() -> None:
    """What people did or said about leads: what models learn from."""


@feedback.command()
@click.argument("lead_id")
@click.argument("action", type=click.Choice(_ACTIONS, case_sensitive=False))
@click.option("--rating", type=click.FloatRange(0, 100), help="How good the lead is, 0 to 100.")
@click.option("--seconds", type=SECONDS, help="How long it took.")
@click.option("--reached/--not-reached", default=None, help="Whether a contact reached the lead.")
@click.option("--response-seconds", type=SECONDS, help="How long it took to reach it.")
@click.option("--value", type=click.FloatRange(0), help="What a conversion is worth.")
@click.option("--agent", "agent_id", default="", help="Whose action it is. Default: the caller's.")
@click.option("--session", "session_id", default="", help="Session it happened in.")
@click.option("--source", type=click.Choice(_SOURCES), default="manual", show_default=True, help="Where it comes from.")
@click.option("--token", default="", help="attribution_token of the score that was shown.")
@click.option("--when", type=MOMENT, help="When it happened. Default: now.")
@click.option("--id", "feedback_id", default="", help="Your id of it; sending it again corrects what was said.")
@click.pass_obj
def record(  # noqa: PLR0917 - one piece of feedback, all of its parts
    session: Session,
    /,
    lead_id: str,
    action: str,
    rating: float | None,
    seconds: float | None,
    reached: bool | None,
    response_seconds: float | None,
    value: float | None,
    agent_id: str,
    session_id: str,
    source: str,
    token: str,
    when: datetime | None,
    feedback_id: str,
) -> None:
    """Record that ACTION was done with LEAD_ID."""
    from leadline.feedback import Feedback, FeedbackAction, FeedbackSource  # noqa: PLC0415 - --help need not wait

    told = Feedback(
        lead_id=lead_id,
        action=FeedbackAction(action),
        feedback_id=feedback_id,
        user_rating=rating,
        interaction_duration=_length(seconds),
        contact_successful=reached,
        contact_response_time=_length(response_seconds),
        conversion_value=value,
        session_id=session_id,
        source=FeedbackSource(source),
        agent_id=agent_id,
        attribution_token=token,
        occurred_time=when,
    )
    with session.connect() as client:
        stored = client.record_feedback(told)
    if session.as_json:
        click.echo(document(stored))
        return
    what = "Corrected" if stored.revision > 1 else "Recorded"
    click.echo(f"{what} {stored.feedback.feedback_id}, confidence {stored.confidence:.2f}.")


@feedback.command("list")
@click.option("--lead", "lead_id", default="", help="Only about this lead.")
@click.option("--agent", "agent_id", default="", help="Only of this agent.")
@click.option("--since", type=MOMENT, help="Only what happened then or later.")
@click.option("--until", type=MOMENT, help="Only what happened before.")
@click.option("--history", is_flag=True, help="Also what was corrected; needs --lead.")
@LIMIT
@click.pass_obj
def list_feedback(  # noqa: PLR0917 - one option each
    session: Session,
    /,
    lead_id: str,
    agent_id: str,
    since: datetime | None,
    until: datetime | None,
    history: bool,
    limit: int | None,
) -> None:
    """List feedback, newest first."""
    if history and not lead_id:
        raise click.UsageError("--history needs --lead")
    with session.connect() as client:
        found = islice(
            client.list_feedback(
                lead_id=lead_id, agent_id=agent_id, start_time=since, end_time=until, with_history=history
            ),
            limit,
        )
        if session.as_json:
            for one in found:
                click.echo(line(one))
            return
        from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

        rows = list(map(_row, found))
    columns = ("When", "Lead", "Action", "Said", "Agent", "Source", "Confidence", "Revision", "Id")
    console().print(table(columns, rows, right=("Confidence", "Revision")))


@feedback.command()
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="Up to now.")
@click.pass_obj
def analytics(session: Session, *, days: int) -> None:
    """Sum up the feedback of the last days."""
    with session.connect() as client:
        found = client.feedback_analytics(days)
    if session.as_json:
        click.echo(document(found))
        return
    _show(found, days)


@feedback.command()
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="What is older goes.")
@click.option("--dry-run", is_flag=True, help="Only say how much would be removed.")
@click.pass_obj
def prune(session: Session, *, days: int, dry_run: bool) -> None:
    """Remove old feedback, with its history."""
    with session.connect() as client:
        result = client.prune_feedback(days, dry_run=dry_run)
    if session.as_json:
        click.echo(document(result))
        return
    verb = "Would remove" if dry_run else "Removed"
    pieces = "piece" if result.pruned_count == 1 else "pieces"
    click.echo(f"{verb} {result.pruned_count:,} {pieces} of feedback; {result.kept_count:,} stay.")


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _row(stored: StoredFeedback) -> tuple[str, ...]:
    from leadline.command.screen import moment  # noqa: PLC0415 - rich loads where it is used

    told = stored.feedback
    revision = str(stored.revision) + (" (corrected)" if stored.supersede_time else "")
    return (
        *(moment(told.occurred_time), told.lead_id, told.action.value, _said(stored), told.agent_id),
        *(told.source.value, f"{stored.confidence:.2f}", revision, told.feedback_id),
    )


def _said(stored: StoredFeedback) -> str:
    told = stored.feedback
    parts = [
        "" if told.user_rating is None else f"rated {told.user_rating:g}",
        "" if told.interaction_duration is None else f"{told.interaction_duration.total_seconds():g} s",
        "" if told.contact_successful is None else ("reached" if told.contact_successful else "not reached"),
        "" if told.conversion_value is None else f"worth {told.conversion_value:,.2f}",
    ]
    return ", ".join(filter(None, parts))


def _show(found: FeedbackAnalytics, days: int) -> None:
    from leadline.command.screen import console, table  # noqa: PLC0415 - rich loads where it is used

    screen = console()
    facts = [
        ("feedback", f"{found.total_count:,} in {days} days"),
        ("confidence", "" if found.average_confidence is None else f"{found.average_confidence:.2f} on average"),
        ("rating", "" if found.average_rating is None else f"{found.average_rating:.1f} on average"),
        ("contacts reached", _rate(found.contact_success)),
        ("leads converted", _rate(found.conversion)),
        ("value", f"{found.total_value:,.2f}"),
    ]
    screen.print(table(("", ""), facts))
    actions = [(one.action.value, f"{one.count:,}", f"{one.share:.1%}") for one in found.actions]
    screen.print(table(("Action", "Count", "Share"), actions, right=("Count", "Share")))
    sources = [
        (one.source.value, f"{one.count:,}", f"{one.share:.1%}", f"{one.average_confidence:.2f}")
        for one in found.sources
    ]
    screen.print(table(("Source", "Count", "Share", "Confidence"), sources, right=("Count", "Share", "Confidence")))
    hours = [(f"{one.slot}:00", _rate(one.contact_success)) for one in found.hours]
    if hours:
        screen.print(table(("Hour, UTC", "Contacts reached"), hours))


def _rate(rate: RateSummary | None) -> str:
    if rate is None:
        return "none"
    between = "" if rate.interval is None else f" ({rate.interval.lower:.1%} to {rate.interval.upper:.1%})"
    return f"{rate.success_count:,} of {rate.total_count:,}, {rate.rate:.1%}{between}"
