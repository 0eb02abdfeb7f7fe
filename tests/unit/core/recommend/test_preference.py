"""What events say a lead wants, in whatever order they come."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.event import EventKind as Kind
from core.recommend.preference import MOST_ITEMS, LeadInteractions
from tests.parts.interactions import interactions_of
from tests.parts.recommenders import event

KINDS = [
    Kind.ITEM_VIEWED,
    Kind.ITEM_LIKED,
    Kind.ITEM_DISLIKED,
    Kind.ITEM_SWIPED,
    Kind.ITEM_SAVED,
    Kind.ITEM_UNSAVED,
    Kind.ITEM_ADDED_TO_CART,
    Kind.ITEM_REMOVED_FROM_CART,
    Kind.VIEWING_SCHEDULED,
    Kind.VIEWING_CANCELLED,
    Kind.ITEM_PURCHASED,
    Kind.SESSION_STARTED,
]


def told(*kinds: Kind, positive: bool | None = None) -> tuple[float, str, int]:
    events = [event(n + 1, "lead", kind, "loft", 100 * (n + 1), positive=positive) for n, kind in enumerate(kinds)]
    [one] = interactions_of(events)
    return one.weight, one.kind, one.occurred_us


@pytest.mark.parametrize(
    ("kinds", "weight", "kind"),
    [
        ([Kind.ITEM_VIEWED], 1.0, "item_viewed"),
        ([Kind.ITEM_VIEWED, Kind.ITEM_SAVED, Kind.ITEM_VIEWED], 3.0, "item_saved"),
        ([Kind.ITEM_SAVED, Kind.ITEM_UNSAVED], 1.0, "item_viewed"),
        ([Kind.ITEM_UNSAVED, Kind.ITEM_SAVED], 3.0, "item_saved"),
        ([Kind.ITEM_UNSAVED], 1.0, "item_viewed"),
        ([Kind.ITEM_ADDED_TO_CART, Kind.ITEM_REMOVED_FROM_CART], 1.0, "item_viewed"),
        ([Kind.ITEM_SAVED, Kind.VIEWING_SCHEDULED, Kind.VIEWING_CANCELLED], 3.0, "item_saved"),
        ([Kind.ITEM_LIKED, Kind.ITEM_DISLIKED], -3.0, "item_disliked"),
        ([Kind.ITEM_DISLIKED, Kind.ITEM_LIKED], 3.0, "item_liked"),
        ([Kind.ITEM_DISLIKED, Kind.ITEM_VIEWED], -3.0, "item_disliked"),
        ([Kind.ITEM_SAVED, Kind.ITEM_DISLIKED], -3.0, "item_disliked"),
        ([Kind.ITEM_DISLIKED, Kind.ITEM_PURCHASED], 5.0, "item_purchased"),
    ],
)
def test_the_strongest_wish_that_stands_counts(kinds, weight, kind):
    assert told(*kinds) == (weight, kind, 100 * len(kinds))


@pytest.mark.parametrize(("positive", "weight"), [(True, 3.0), (False, -3.0)])
def test_a_swipe_is_a_like_or_a_dislike(positive, weight):
    assert told(Kind.ITEM_SWIPED, positive=positive)[0] == weight


def test_events_about_no_item_or_of_no_wish_have_no_effect():
    said = [
        event(1, "lead", Kind.SEARCH_PERFORMED, "loft", 1),
        event(2, "lead", Kind.ITEM_VIEWED, "", 2),
        event(3, "lead", Kind.ITEM_SWIPED, "loft", 3),
    ]

    assert interactions_of(said) == []


def test_the_evidence_is_the_event_that_the_weight_comes_from():
    said = [event(1, "lead", Kind.ITEM_SAVED, "loft", 5), event(2, "lead", Kind.ITEM_VIEWED, "loft", 9)]

    [one] = interactions_of(said)

    assert (one.event_id, one.occurred_us) == ("event-000001", 9)


happenings = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from("abc"), st.integers(0, 5), st.sampled_from([None, True, False])),
    max_size=25,
)


@given(happenings, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(rows, random):
    events = [
        event(n + 1, "lead", kind, item, moment, positive=positive)
        for n, (kind, item, moment, positive) in enumerate(rows)
    ]
    shuffled = [*events, *events[: len(events) // 2]]
    random.shuffle(shuffled)

    assert interactions_of(shuffled) == interactions_of(events)


def test_only_the_newest_items_are_kept():
    lead = LeadInteractions()
    order = list(range(MOST_ITEMS + 1_000))
    for n in order:
        lead.add(event(n + 1, "lead", Kind.ITEM_VIEWED, f"item-{n}", 10 * n))

    kept = lead.interactions()

    assert [one.item_id for one in kept] == [f"item-{n}" for n in order[-MOST_ITEMS:]]
    assert len(lead._items) < MOST_ITEMS + 1_000


def test_they_come_oldest_first_whatever_the_order_of_events():
    events = [event(n + 1, "lead", Kind.ITEM_VIEWED, f"item-{n}", 10 * n) for n in range(50)]
    Random(1).shuffle(events)

    assert [one.item_id for one in interactions_of(events)] == [f"item-{n}" for n in range(50)]
