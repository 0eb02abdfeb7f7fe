"""The sentences of reasons, and that the checker of the other tests sees through false ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from leadline.v1 import event_pb2, item_pb2
from leadline.v1 import recommendation_service_pb2 as pb

from core.recommend.catalog import CatalogChange
from core.recommend.catalog_view import CatalogView
from core.recommend.causes import Cause, Causes
from core.recommend.counts import NOTHING_COUNTED
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.recommend.reasons import Grounds, Speaking, find_reasons
from tests.parts.reason_checker import World, check_reason

NOW = datetime(2026, 7, 1, tzinfo=UTC)
OLD = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = [
    Item(item_id="a", item_type="loft", location_name="SoHo", price=2_000.0),
    Item(item_id="b", item_type="loft", location_name="SoHo", price=2_900.0),
    Item(item_id="c", item_type="loft", location_name="SoHo", price=2_500.0),
    Item(item_id="d", item_type="house", location_name="Bronx", price=1_000.0),
]
TARGET = 2


def past(item_id, kind="item_saved", weight=3.0):
    return Interaction(item_id, weight, 2_000_000, kind, f"e-{item_id}", 1_000_000)


def grounds(history, created=OLD):
    view = CatalogView().changed([CatalogChange(item, 1, created, is_deleted=False) for item in ITEMS])
    return Grounds(view=view, history=history, counts=NOTHING_COUNTED, profile=None, now=NOW)


def reasons(history, parts, created=OLD, **speaking):
    because = tuple(Cause(index=index, share=1.0 / len(history)) for index in range(len(history)))
    causes = Causes(parts=parts, because=because)
    said = Speaking(**{"model": 1.0, **speaking})
    return find_reasons(grounds(history, created), TARGET, causes, said, is_explored=False)


def test_what_all_share_is_in_the_sentence():
    (reason,) = reasons([past("a"), past("b")], {"collaborative": 1.0})
    assert reason.text == "because you saved two lofts in SoHo under 3,000"
    assert [one.occurred_us for one in reason.evidence] == [1_000_000, 1_000_000]


def test_each_thing_the_lead_did_has_its_clause():
    history = [past("a"), past("d", "item_viewed", 1.0), past("gone", "item_viewed", 1.0), past("b", "item_disliked")]
    (reason,) = reasons(history, {"collaborative": 1.0})
    assert reason.text == (
        "because you saved one loft in SoHo under 2,600, and you viewed two items, "
        "and you disliked one item that it is unlike"
    )


def test_content_speaks_only_of_what_is_shared():
    (reason,) = reasons([past("a"), past("d")], {"content": 1.0})
    assert reason.text == "because you saved one loft in SoHo under 2,600"
    assert [one.item_id for one in reason.evidence] == ["a"]
    (reason,) = reasons([past("d")], {"content": 1.0})
    assert reason.text == "its description is like that of one item you saved"


def test_where_nothing_is_known_that_is_said():
    causes = {"popularity": 1.0}
    (reason,) = reasons([past("d")], causes, model=0.0)
    assert reason.text == "in the catalogue, and nothing is known yet of who likes it"
    (reason,) = reasons([past("d")], causes, created=NOW, model=0.0)
    assert reason.text == "new in the catalogue since 2026-07-01"


def wired(text, evidence=("a", "b"), kind="COLLABORATIVE", **fields):
    wire = pb.RecommendationReason(
        kind=pb.RecommendationReasonKind.Value(f"RECOMMENDATION_REASON_KIND_{kind}"), text=text, share=1.0, **fields
    )
    for item_id in evidence:
        one = wire.evidence.add(event_id=f"e-{item_id}", item_id=item_id, share=0.5)
        one.kind = event_pb2.EVENT_KIND_ITEM_SAVED
    return wire


@pytest.fixture
def world():
    wires = {
        item.item_id: item_pb2.Item(
            item_id=item.item_id, item_type=item.item_type, location_name=item.location_name, price=item.price
        )
        for item in ITEMS
    }
    events = [
        event_pb2.Event(event_id=f"e-{item_id}", item_id=item_id, kind=event_pb2.EVENT_KIND_ITEM_SAVED)
        for item_id in "abd"
    ]
    return World(items=wires, events=events)


def test_the_checker_believes_what_is_true(world):
    check_reason(wired("because you saved two lofts in SoHo under 3,000"), world.items["c"], world)


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("because you saved three lofts in SoHo under 3,000", "ab"),
        ("because you saved two houses", "ab"),
        ("because you saved two lofts in Bronx", "ab"),
        ("because you saved two lofts in SoHo under 2,900", "ab"),
        ("because you saved two lofts", "ad"),
        ("because you viewed two lofts", "ab"),
        ("because you saved one loft, also with price near 2,500", "a"),
        ("because it is good", "ab"),
    ],
)
def test_the_checker_finds_what_is_false(world, text, evidence):
    with pytest.raises(AssertionError):
        check_reason(wired(text, evidence), world.items["c"], world)


def test_the_checker_wants_events_that_happened(world):
    with pytest.raises(KeyError):
        check_reason(wired("because you saved one item", ["c"]), world.items["c"], world)
    with pytest.raises(AssertionError):
        check_reason(wired("", (), "POPULARITY", lead_count=3), world.items["c"], world)
