"""Feedback in SQL: the newest revision of each piece, the revisions before it, and their retention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, null, or_, select, union_all

from core.adapters.sql.audit_log import append_audit
from core.adapters.sql.columns import UtcTime
from core.adapters.sql.database import Database
from core.adapters.sql.failures import again
from core.adapters.sql.feedback_counts import about_own_leads, count_feedback
from core.adapters.sql.feedback_pruning import count_old, remove_old
from core.adapters.sql.feedback_rows import (
    answer_of,
    answered,
    body_of,
    first_revision,
    page_key,
    read_page_key,
    stored_of,
)
from core.adapters.sql.feedback_statement import write_if_plain
from core.adapters.sql.feedback_writes import check_leads, write_all
from core.adapters.sql.idempotency import Json, answer_once, claim_of
from core.adapters.sql.tables import lead_feedback, lead_feedback_history
from core.caller import Caller
from core.errors import InvalidInput
from core.feedback.analytics import FeedbackCounts
from core.feedback.feedback import StoredFeedback
from core.feedback.feedback_store import MAX_INTERACTIONS, FeedbackQuery, PrunedFeedback
from core.feedback.told import FeedbackWrite
from core.ports import Clock, Page

_PRUNE = "PruneFeedback"


class SqlFeedbackStore:
    """Keeps feedback. Implements :class:`core.feedback.feedback_store.FeedbackStore`.

    Args:
        database: Where to.
        clock: The moment of recording.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @again
    def record(
        self, caller: Caller, request_id: str, method: str, writes: Sequence[FeedbackWrite]
    ) -> Sequence[StoredFeedback]:
        """Record all of it in one transaction and return it as kept, in order.

        Raises:
            NotFound: If a lead is not stored, or is not the seller's; nothing is recorded.
            InvalidInput: If a correction is about another lead, or an id occurs twice in the request.
            AlreadyExists: If ``request_id`` was used for another body.
        """
        _check_writes(writes)
        now = self._clock()
        wanted = [first_revision(write, caller.actor, now) for write in writes]
        if len(writes) == 1 and self._database.asks_and_writes_at_once:
            claim = claim_of(
                tenant=caller.tenant,
                method=method,
                request_id=request_id,
                body=[body_of(writes[0])],
                now=now,
                likely=[answer_of(wanted[0])],
            )
            with self._database.single(caller.tenant) as connection:
                if write_if_plain(connection, caller, claim, wanted[0]):
                    return wanted
        with self._database.write(caller.tenant) as connection:

            def act() -> Json:
                check_leads(connection, caller, [write.feedback.lead_id for write in writes])
                return [answer_of(stored) for stored in write_all(connection, caller, wanted)]

            answer = answer_once(
                connection,
                tenant=caller.tenant,
                method=method,
                request_id=request_id,
                body=[body_of(write) for write in writes],
                now=now,
                act=act,
                likely=[answer_of(stored) for stored in wanted],
            )
        return [answered(write, one) for write, one in zip(writes, answer, strict=True)]

    @again
    def list(self, caller: Caller, query: FeedbackQuery, *, limit: int, after: str | None) -> Page[StoredFeedback]:
        """Return up to ``limit`` pieces, newest first by the time they happened, after the page key ``after``.

        Raises:
            NotFound: If the query names a lead that is not stored, or is not the seller's.
        """
        found = _selected(caller, query).subquery()
        listed = select(found).order_by(
            found.c.occurred_time.desc(), found.c.feedback_id.desc(), found.c.revision.desc()
        )
        if after is not None:
            listed = listed.where(_older(found.c, *read_page_key(after)))
        with self._database.read(caller.tenant) as connection:
            if query.lead_id is not None:
                check_leads(connection, caller, [query.lead_id])
            rows = connection.execute(listed.limit(limit + 1)).all()
        items = tuple(stored_of(row) for row in rows[:limit])
        return Page(items=items, next_key=page_key(items[-1]) if len(rows) > limit else None)

    @again
    def counts(self, caller: Caller, start: datetime, end: datetime) -> FeedbackCounts:
        """Return the counted feedback of [start, end], the newest revision of each."""
        with self._database.snapshot(caller.tenant) as connection:
            return count_feedback(connection, caller, start, end)

    @again
    def prunable(self, caller: Caller, keep: timedelta) -> PrunedFeedback:
        """Return what :meth:`prune` would remove now. Changes nothing."""
        before = self._clock() - keep
        with self._database.snapshot(caller.tenant) as connection:
            old, kept = count_old(connection, caller.tenant, before)
        return PrunedFeedback(pruned_count=old, kept_count=kept, before_time=before)

    @again
    def prune(self, caller: Caller, request_id: str, keep: timedelta) -> PrunedFeedback:
        """Remove, with its history, what happened longer ago than ``keep``.

        The record of it is committed before anything goes. The rest is done in transactions of bounded size, which the
        same request goes on with after an interruption.

        Raises:
            AlreadyExists: If ``request_id`` was used for another body.
        """
        with self._database.write(caller.tenant) as connection:
            now = self._clock()

            def act() -> Json:
                before = now - keep
                old, kept = count_old(connection, caller.tenant, before)
                reason = f"{old:,} pieces from before {before.isoformat()}, older than {keep.days} days"
                action = f"FeedbackService/{_PRUNE}"
                append_audit(connection, caller, action=action, target="feedback", reason=reason, now=now)
                return [old, kept, before.isoformat(), now.isoformat()]

            old, kept, before_text, asked_text = answer_once(
                connection,
                tenant=caller.tenant,
                method=_PRUNE,
                request_id=request_id,
                body=[keep.total_seconds()],
                now=now,
                act=act,
            )
        before = datetime.fromisoformat(before_text)
        remove_old(self._database, caller.tenant, before, recorded_by=datetime.fromisoformat(asked_text))
        return PrunedFeedback(pruned_count=old, kept_count=kept, before_time=before)


def _check_writes(writes: Sequence[FeedbackWrite]) -> None:
    if not 1 <= len(writes) <= MAX_INTERACTIONS:
        raise InvalidInput.of("interactions", f"must be 1 to {MAX_INTERACTIONS}, not {len(writes):,}")
    if len({write.feedback.feedback_id for write in writes}) < len(writes):
        raise InvalidInput.of("feedback_id", "must occur once in a request")


def _selected(caller: Caller, query: FeedbackQuery) -> Select[Any] | Any:
    newest = lead_feedback.c
    chosen = _narrowed(newest, query)
    never = cast(null(), UtcTime).label("superseded_at")
    now = select(*newest, never).where(*about_own_leads(caller), *chosen)
    if not query.with_history:
        return now
    # The lead of the query is checked by itself, so that the tenant is enough here.
    past = lead_feedback_history.c
    names = [past[column.name] for column in newest]
    before = select(*names, past.superseded_at).where(past.tenant == caller.tenant, *_narrowed(past, query))
    return union_all(now, before)


def _narrowed(columns: Any, query: FeedbackQuery) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if query.lead_id is not None:
        chosen.append(columns.lead_id == query.lead_id)
    if query.agent_id:
        chosen.append(columns.agent_id == query.agent_id)
    if query.start_time is not None:
        chosen.append(columns.occurred_time >= query.start_time)
    if query.end_time is not None:
        chosen.append(columns.occurred_time < query.end_time)
    return chosen


def _older(columns: Any, moment: datetime, feedback_id: str, revision: int) -> ColumnElement[bool]:
    """Return what comes after a place in the list, newest first."""
    same_time = columns.occurred_time == moment
    same_feedback = and_(same_time, columns.feedback_id == feedback_id)
    return and_(
        # By itself, so that an index over the time leads there.
        columns.occurred_time <= moment,
        or_(
            columns.occurred_time < moment,
            and_(same_time, columns.feedback_id < feedback_id),
            and_(same_feedback, columns.revision < revision),
        ),
    )
