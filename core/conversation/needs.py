"""What a lead needs, put together from all of its messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.conversation.entities.entity import Entity, EntityKind
from core.conversation.reading import EvidenceSpan, FoundEntity
from core.conversation.said import Said
from core.conversation.span import Span

Quote = Callable[[Sequence[Span]], tuple[EvidenceSpan, ...]]
"""Returns the words of spans of a message."""

MOST_PLACES = 10
MOST_ENTITIES = 50
"""Facts kept, the newest."""
_BACKING = frozenset(
    {
        EntityKind.BUDGET,
        EntityKind.BUDGET_RANGE,
        EntityKind.BEDROOMS,
        EntityKind.BATHROOMS,
        EntityKind.AREA,
        EntityKind.PLACE,
        EntityKind.DATE,
        EntityKind.DEADLINE,
    }
)
"""Kinds of facts that say what is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOnce:
    """Something the lead said of itself, with the newest words that say it."""

    value: bool
    message_number: int
    """Which of the lead's messages said so last, from 1."""
    evidence: tuple[EvidenceSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What is needed. Newer messages take the place of older ones."""

    budget_lower: float | None = None
    budget_upper: float | None = None
    budget_currency: str = ""
    """ISO 4217; empty if not said."""
    bedrooms_lower: float | None = None
    bedrooms_upper: float | None = None
    places: tuple[str, ...] = ()
    """The newest first, at most 10."""
    deadline: datetime | None = None
    pre_approved: SaidOnce | None = None
    decision_maker: SaidOnce | None = None
    comparing: SaidOnce | None = None
    immediate_need: SaidOnce | None = None
    referral: SaidOnce | None = None
    """That it knows others who need the same."""
    entities: tuple[FoundEntity, ...] = ()
    """The facts behind these, the newest first, at most 50."""

    def after(
        self,
        found: Sequence[FoundEntity],
        said: Said,
        referral: Span | None,
        quote: Quote,
        message_number: int,
    ) -> Needs:
        """Return the needs after one more message of the lead.

        Args:
            found: The facts in it.
            said: What it says of the lead.
            referral: Where it speaks of others who need the same.
            quote: Returns the words of spans of it.
            message_number: Which of the lead's messages it is, from 1.
        """
        needs = self
        for one in found:
            take = _TAKES.get(one.entity.kind)
            if take is not None:
                needs = take(needs, one.entity)
        changes: dict[str, SaidOnce] = {}
        for name, value, spans in (
            ("pre_approved", said.pre_approved, said.pre_approved_spans),
            ("decision_maker", said.decision_maker, said.decision_maker_spans),
            ("comparing", said.comparing or None, said.comparing_spans),
            ("immediate_need", said.immediate_need or None, said.immediate_need_spans),
            ("referral", referral is not None or None, () if referral is None else (referral,)),
        ):
            if value is not None:
                changes[name] = SaidOnce(value=value, message_number=message_number, evidence=quote(spans))
        backing = tuple(reversed([one for one in found if one.entity.kind in _BACKING]))
        if backing:
            needs = replace(needs, entities=(*backing, *self.entities)[:MOST_ENTITIES])
        return replace(needs, **changes) if changes else needs  # type: ignore[arg-type]  # of these fields alone


def _with_budget(needs: Needs, entity: Entity) -> Needs:
    if entity.lower is None and entity.upper is None:
        return needs
    return replace(
        needs,
        budget_lower=entity.lower,
        budget_upper=entity.upper,
        # An amount without a currency is in the one that was named before.
        budget_currency=entity.unit or needs.budget_currency,
    )


def _with_bedrooms(needs: Needs, entity: Entity) -> Needs:
    if entity.lower is None and entity.upper is None:
        return needs
    return replace(needs, bedrooms_lower=entity.lower, bedrooms_upper=entity.upper)


def _with_place(needs: Needs, entity: Entity) -> Needs:
    place = entity.normalized_text
    if not place:
        return needs
    others = tuple(one for one in needs.places if one != place)
    return replace(needs, places=(place, *others)[:MOST_PLACES])


def _with_deadline(needs: Needs, entity: Entity) -> Needs:
    return needs if entity.time is None else replace(needs, deadline=entity.time)


_TAKES: Mapping[EntityKind, Callable[[Needs, Entity], Needs]] = {
    EntityKind.BUDGET: _with_budget,
    EntityKind.BUDGET_RANGE: _with_budget,
    EntityKind.BEDROOMS: _with_bedrooms,
    EntityKind.PLACE: _with_place,
    EntityKind.DEADLINE: _with_deadline,
}
