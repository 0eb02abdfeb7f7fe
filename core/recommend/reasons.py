"""Why an item was recommended, as its caller is told: each reason is true, and carries what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.event import EventKind
from core.recommend.answer import Evidence, Reason, ReasonKind
from core.recommend.catalog_view import CatalogView
from core.recommend.causes import COLLABORATIVE, CONTENT, POPULARITY, Causes
from core.recommend.counts import WINDOW_DAYS, LeadCounts
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.recommend.lifts import NEW_FOR, Profile
from core.recommend.wording import VERBS, amount, counted, group_of, shared_properties

MOST_EVIDENCE = 5
_PROFILE_WORDS: Mapping[str, str] = {"item_type": "type", "location_name": "place"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """What speaks for one item; each >= 0, on one scale."""

    model: float
    profile: float = 0.0
    popularity: float = 0.0
    new: float = 0.0

    @property
    def total(self) -> float:
        """The sum."""
        return self.model + self.profile + self.popularity + self.new


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What reasons of one answer rest on."""

    view: CatalogView
    history: Sequence[Interaction]
    counts: LeadCounts
    profile: Profile | None
    now: datetime


def find_reasons(
    grounds: Grounds, position: int, causes: Causes, speaking: Speaking, *, is_explored: bool
) -> list[Reason]:
    """Return the reasons for one item, one or more, the weightiest first.

    Args:
        grounds: What they rest on.
        position: Of the item, in the catalogue.
        causes: What the model's part of its score is made of.
        speaking: The model's part beside what else lifted it.
        is_explored: Whether chance put it where it is.
    """
    item = grounds.view.items[position]
    of_model = speaking.model / speaking.total if speaking.total > 0.0 else 1.0
    shares = {name: share * of_model for name, share in causes.parts.items()}
    evidence = _evidence(grounds.history, causes)
    rest = speaking.total if speaking.total > 0.0 else 1.0
    found = [
        _collaborative(grounds, item, evidence, shares.get(COLLABORATIVE, 0.0)),
        _content(grounds, item, evidence, shares.get(CONTENT, 0.0)),
        _profile(grounds, item, speaking.profile / rest),
        _popular(grounds, position, shares.get(POPULARITY, 0.0) + speaking.popularity / rest),
        _new(grounds, position, speaking.new / rest),
    ]
    reasons = sorted((reason for reason in found if reason is not None), key=lambda reason: -reason.share)
    if is_explored:
        text = "put here by chance, to learn whether it is liked"
        reasons.append(Reason(kind=ReasonKind.EXPLORATION, text=text, share=0.0))
    return reasons or [_floor(grounds, position)]


def _evidence(history: Sequence[Interaction], causes: Causes) -> list[Evidence]:
    found = []
    for cause in causes.because[:MOST_EVIDENCE]:
        past = history[cause.index]
        found.append(
            Evidence(
                event_id=past.event_id,
                kind=past.kind,
                item_id=past.item_id,
                occurred_us=past.event_us or past.occurred_us,
                share=min(1.0, cause.share),
            )
        )
    return found


def _collaborative(grounds: Grounds, item: Item, evidence: Sequence[Evidence], share: float) -> Reason | None:
    if share <= 0.0 or not evidence:
        return None
    by_kind: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_kind.setdefault(one.kind, []).append(one)
    clauses = [_clause(grounds.view, item, kind, group) for kind, group in by_kind.items()]
    text = f"because {', and '.join(clauses)}"
    return Reason(kind=ReasonKind.COLLABORATIVE, text=text, share=min(1.0, share), evidence=evidence)


def _clause(view: CatalogView, item: Item, kind: str, group: Sequence[Evidence]) -> str:
    if kind == EventKind.ITEM_DISLIKED:
        return f"you disliked {counted(len(group), 'item')} that it is unlike"
    past = [view.find(one.item_id) for one in group]
    known = [one for one in past if one is not None]
    words = group_of([*known, item], len(group)) if len(known) == len(past) else counted(len(group), "item")
    return f"you {VERBS[kind]} {words}"


def _content(grounds: Grounds, item: Item, evidence: Sequence[Evidence], share: float) -> Reason | None:
    if share <= 0.0 or not evidence:
        return None
    liked = [one for one in evidence if one.kind != EventKind.ITEM_DISLIKED]
    kind = ReasonKind.CONTENT
    leading = [one for one in liked if one.kind == liked[0].kind]
    shared, group = _shared(grounds.view, item, leading)
    if shared:
        text = f"because you {VERBS[group[0].kind]} {_alike(grounds.view, item, group, shared)}"
        return Reason(kind=kind, text=text, share=min(1.0, share), evidence=group)
    if leading:
        text = f"its description is like that of {counted(len(leading), 'item')} you {VERBS[leading[0].kind]}"
        return Reason(kind=kind, text=text, share=min(1.0, share), evidence=leading)
    text = f"its description is unlike that of {counted(len(evidence), 'item')} you disliked"
    return Reason(kind=kind, text=text, share=min(1.0, share), evidence=evidence)


def _alike(view: CatalogView, item: Item, group: Sequence[Evidence], shared: Sequence[str]) -> str:
    """Return for example ``two lofts in SoHo under 3,000, also with bedrooms 2``."""
    past = [found for one in group if (found := view.find(one.item_id)) is not None]
    words = group_of([*past, item], len(group))
    said = {f"type {item.item_type}", f"in {item.location_name}"}
    others = [name for name in shared if name not in said]
    return f"{words}, also with {', '.join(others)}" if others else words


def _shared(view: CatalogView, item: Item, leading: Sequence[Evidence]) -> tuple[list[str], list[Evidence]]:
    """Return properties that the item shares with each of the most evidence, from the weightiest on."""
    shared: list[str] = []
    group: list[Evidence] = []
    for one in leading:
        past = view.find(one.item_id)
        properties = [] if past is None else shared_properties(item, past)
        kept = [name for name in shared if name in properties] if group else properties
        if kept:
            shared, group = kept, [*group, one]
    return shared, group


def _profile(grounds: Grounds, item: Item, share: float) -> Reason | None:
    if share <= 0.0 or grounds.profile is None:
        return None
    words = []
    for name in grounds.profile.fitting(item):
        if name == "price":
            words.append(f"price up to {amount(grounds.profile.max_price or 0.0)}")
        else:
            words.append(f"{_PROFILE_WORDS[name]} {getattr(item, name)}")
    text = f"it fits what the lead said: {', '.join(words)}"
    return Reason(kind=ReasonKind.PROFILE, text=text, share=min(1.0, share)) if words else None


def _popular(grounds: Grounds, position: int, share: float) -> Reason | None:
    if share <= 0.0:
        return None
    leads, moment = grounds.counts.leads_of(position), grounds.counts.as_of_time
    if leads == 0 or moment is None:
        return None
    text = (
        f"{leads:,} {'lead' if leads == 1 else 'leads'} took an interest in the {WINDOW_DAYS} days to {moment:%Y-%m-%d}"
    )
    return Reason(kind=ReasonKind.POPULARITY, text=text, share=min(1.0, share), lead_count=leads)


def _new(grounds: Grounds, position: int, share: float) -> Reason | None:
    if share <= 0.0:
        return None
    created = grounds.view.created(position)
    if grounds.now - created >= NEW_FOR:
        return None
    text = f"new in the catalogue since {created:%Y-%m-%d}"
    return Reason(kind=ReasonKind.NEW_ITEM, text=text, share=min(1.0, share))


def _floor(grounds: Grounds, position: int) -> Reason:
    """Return the reason for an item that nothing else speaks for."""
    reason = _popular(grounds, position, 1.0) or _new(grounds, position, 1.0)
    text = "in the catalogue, and nothing is known yet of who likes it"
    return reason or Reason(kind=ReasonKind.POPULARITY, text=text, share=1.0)
