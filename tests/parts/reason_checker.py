"""Says whether reasons are true: from the events as they were sent and the items as they were written, nothing else.

It reads the sentences themselves, with rules of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leadline.v1 import event_pb2, item_pb2
from leadline.v1 import recommendation_service_pb2 as pb

NUMBERS = {
    word: n
    for n, word in enumerate(("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))
}
VERBS = {
    "viewed": "ITEM_VIEWED",
    "clicked on": "LINK_CLICKED",
    "compared": "ITEM_COMPARED",
    "shared": "ITEM_SHARED",
    "liked": "ITEM_LIKED",
    "saved": "ITEM_SAVED",
    "put in the cart": "ITEM_ADDED_TO_CART",
    "asked about": "INQUIRY_SENT",
    "arranged to see": "VIEWING_SCHEDULED",
    "went to see": "VIEWING_COMPLETED",
    "asked to book": "BOOKING_REQUESTED",
    "booked": "BOOKING_COMPLETED",
    "bought": "ITEM_PURCHASED",
}
TAKEN_BACK = {"ITEM_SAVED": "ITEM_UNSAVED", "ITEM_ADDED_TO_CART": "ITEM_REMOVED_FROM_CART"}
TAKEN_BACK["VIEWING_SCHEDULED"] = "VIEWING_CANCELLED"
_CLAUSE = re.compile(
    r"you (?P<verb>" + "|".join(sorted(VERBS, key=len, reverse=True)) + r") (?P<number>\w+) (?P<group>.+)"
)
_UNLIKE = re.compile(r"you disliked (?P<number>\w+) items? that it is unlike")
_DESCRIPTION = re.compile(r"its description is (?:un)?like that of (?P<number>\w+) items? you (?P<verb>.+)")
_GROUP = re.compile(
    r"(?P<noun>.+?)(?: in (?P<place>.+?))?(?: under (?P<bound>[\d,.]+))?(?:, also with (?P<others>.+))?"
)
_POPULAR = re.compile(r"(?P<number>[\d,]+) leads? took an interest in the 30 days to \d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class World:
    """What is known to be so."""

    items: Mapping[str, item_pb2.Item]
    events: Sequence[event_pb2.Event]
    """All that the lead did."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Leads that did something with each item."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What the lead said of itself: type, place, price."""


def check_answer(answer: pb.RecommendResponse, world: World) -> int:
    """Assert that every item has a true reason; return how many reasons there were."""
    count = 0
    for one in answer.recommendations:
        assert one.reasons, one
        for reason in one.reasons:
            check_reason(reason, world.items[one.item.item_id], world)
            count += 1
        shares = sum(reason.share for reason in one.reasons)
        assert 0.0 <= shares <= 1.0 + 1e-6, one.reasons
    return count


def check_reason(reason: pb.RecommendationReason, item: item_pb2.Item, world: World) -> None:
    """Assert that one reason is true."""
    assert 0.0 <= reason.share <= 1.0
    by_id = {event.event_id: event for event in world.events}
    for evidence in reason.evidence:
        _check_evidence(evidence, by_id, world)
    kind = pb.RecommendationReasonKind.Name(reason.kind).removeprefix("RECOMMENDATION_REASON_KIND_")
    _CHECKS[kind](reason, item, world)


def _check_evidence(evidence: pb.ReasonEvidence, by_id: Mapping[str, event_pb2.Event], world: World) -> None:
    event = by_id[evidence.event_id]
    assert event.item_id == evidence.item_id
    assert event.occurred_time == evidence.occurred_time
    assert 0.0 < evidence.share <= 1.0
    said = _kind(evidence.kind)
    found = _kind(event.kind)
    if found == "ITEM_SWIPED":
        assert said == ("ITEM_LIKED" if event.positive else "ITEM_DISLIKED")
    elif said != found:
        # What was taken back counts as a look.
        assert said == "ITEM_VIEWED"
        back = TAKEN_BACK.get(found)
        about = [other for other in world.events if other.item_id == event.item_id]
        assert found in TAKEN_BACK.values() or any(_kind(other.kind) == back for other in about)


def _kind(number: int) -> str:
    return event_pb2.EventKind.Name(number).removeprefix("EVENT_KIND_")


def _check_chosen(reason: pb.RecommendationReason, item: item_pb2.Item, world: World) -> None:
    assert reason.evidence
    described = _DESCRIPTION.fullmatch(reason.text)
    if described:
        assert NUMBERS[described["number"]] == len(reason.evidence)
        return
    text = reason.text.removeprefix("because ")
    assert text != reason.text
    clauses = re.split(r", and (?=you )", text)
    told = 0
    for clause in clauses:
        told += _check_clause(clause, reason, item, world)
    assert told == len(reason.evidence), reason


def _check_clause(clause: str, reason: pb.RecommendationReason, item: item_pb2.Item, world: World) -> int:
    unlike = _UNLIKE.fullmatch(clause)
    if unlike:
        disliked = [one for one in reason.evidence if _kind(one.kind) == "ITEM_DISLIKED"]
        assert NUMBERS[unlike["number"]] == len(disliked)
        return len(disliked)
    match = _CLAUSE.fullmatch(clause)
    assert match, clause
    past = [one.item_id for one in reason.evidence if _kind(one.kind) == VERBS[match["verb"]]]
    assert NUMBERS[match["number"]] == len(past), clause
    group = _GROUP.fullmatch(match["group"])
    assert group, clause
    known = [world.items[item_id] for item_id in past if item_id in world.items]
    everything = [*known, item]
    claims = any(group[name] for name in ("place", "bound", "others")) or group["noun"] not in {"item", "items"}
    assert len(known) == len(past) or not claims, clause
    if group["noun"] not in {"item", "items"}:
        kind = item.item_type
        plurals = {f"{kind}s", f"{kind}es", f"{kind[:-1]}ies", kind}
        assert group["noun"] == kind if len(past) == 1 else group["noun"] in plurals, clause
        assert len({_folded(one.item_type) for one in everything}) == 1
    if group["place"]:
        assert all(_folded(one.location_name) == _folded(group["place"]) for one in everything), clause
    if group["bound"]:
        bound = float(group["bound"].replace(",", ""))
        assert all(one.HasField("price") and one.price < bound for one in everything), clause
    for other in re.split(r", (?=\D)", group["others"] or ""):
        if other:
            _check_shared(other, item, known)
    return len(past)


def check_similar(one: pb.SimilarItem, to: item_pb2.Item) -> None:
    """Assert that two items share what they are said to."""
    for name in one.shared_properties:
        _check_shared(name, one.item, [to])


def _check_shared(said: str, item: item_pb2.Item, others: Sequence[item_pb2.Item]) -> None:
    everything = [item, *others]
    if said.startswith("price near "):
        assert float(said.removeprefix("price near ").replace(",", "")) == round(item.price, 2)
        assert all(abs(one.price - item.price) <= 0.1 * max(one.price, item.price) for one in others)
    elif said.startswith("type "):
        assert all(_folded(one.item_type) == _folded(said.removeprefix("type ")) for one in everything)
    elif said.startswith("in "):
        assert all(_folded(one.location_name) == _folded(said.removeprefix("in ")) for one in everything)
    else:
        name, _, value = said.partition(" ")
        assert all(_shown(one.attributes[name]) == _folded(value) for one in everything), said


def _shown(value: object) -> str:
    kind = value.WhichOneof("value")
    if kind == "flag":
        return "yes" if value.flag else "no"
    return _folded(value.text) if kind == "text" else f"{value.number:,.2f}".rstrip("0").rstrip(".")


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _check_profile(reason: pb.RecommendationReason, item: item_pb2.Item, world: World) -> None:
    said = reason.text.removeprefix("it fits what the lead said: ")
    for part in said.split(", "):
        name, _, value = part.partition(" ")
        if name == "price":
            assert value == f"up to {world.said['price']}"
            assert item.price <= float(world.said["price"].replace(",", ""))
        else:
            assert _folded(value) == _folded(world.said[name])
            assert _folded(value) == _folded(item.item_type if name == "type" else item.location_name)


def _check_popular(reason: pb.RecommendationReason, item: item_pb2.Item, world: World) -> None:
    assert reason.lead_count == world.counts.get(item.item_id, 0)
    match = _POPULAR.fullmatch(reason.text)
    if reason.lead_count:
        assert match
        assert int(match["number"].replace(",", "")) == reason.lead_count
    else:
        assert reason.text == "in the catalogue, and nothing is known yet of who likes it"


def _check_nothing(reason: pb.RecommendationReason, _item: item_pb2.Item, _world: World) -> None:
    assert not reason.evidence
    assert reason.text


_CHECKS = {
    "COLLABORATIVE": _check_chosen,
    "CONTENT": _check_chosen,
    "PROFILE": _check_profile,
    "POPULARITY": _check_popular,
    "NEW_ITEM": _check_nothing,
    "EXPLORATION": _check_nothing,
}
