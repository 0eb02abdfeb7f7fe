"""A caller of the catalogue, the events and the recommender of a running server."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from random import Random

from leadline.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    event_pb2,
    event_service_pb2,
    event_service_pb2_grpc,
    item_pb2,
    recommendation_service_pb2_grpc,
)
from leadline.v1 import recommendation_service_pb2 as pb

from tests.parts.reason_checker import World

TYPES = ("loft", "house", "studio")
PLACES = ("SoHo", "Harlem", "Queens", "Bronx")


def make_items(count, seed=1):
    random = Random(seed)
    found = []
    for n in range(count):
        wire = item_pb2.Item(item_id=f"i{n}", title=f"Number {n}", item_type=TYPES[n % 3], location_name=PLACES[n % 4])
        if random.random() < 0.9:
            wire.price = float(random.randrange(400, 4_000))
        wire.attributes["style"].text = random.choice(("old", "new"))
        wire.attributes["floor"].number = float(random.randrange(5))
        found.append(wire)
    return found


def until(holds, seconds=15.0):
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came to hold"
        time.sleep(0.02)


class Shop:
    """A caller of the services."""

    def __init__(self, channel):
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self.events = event_service_pb2_grpc.EventServiceStub(channel)
        self.recommendations = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        self.items = {}
        self.sent = {}
        self.requests = 0

    def put(self, items):
        self.requests += 1
        answer = self.catalog.UpsertItems(
            catalog_service_pb2.UpsertItemsRequest(request_id=f"r{self.requests}", items=items)
        )
        self.items |= {item.item_id: item for item in items}
        return answer

    def delete(self, *item_ids):
        self.requests += 1
        return self.catalog.DeleteItems(
            catalog_service_pb2.DeleteItemsRequest(request_id=f"r{self.requests}", item_ids=item_ids)
        ).deleted_count

    def did(self, lead_id, *events):
        """Record (kind, item) pairs."""
        wires = []
        for kind, item_id in events:
            wire = event_pb2.Event(
                event_id=f"e{sum(map(len, self.sent.values())) + len(wires)}",
                lead_id=lead_id,
                item_id=item_id,
                kind=event_pb2.EventKind.Value(f"EVENT_KIND_{kind}"),
            )
            if kind == "ITEM_SWIPED":
                wire.positive = len(wires) % 2 == 0
            wire.occurred_time.FromDatetime(datetime.now(UTC) - timedelta(minutes=60 - len(wires)))
            wires.append(wire)
        answer = self.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=wires))
        assert answer.recorded_count == len(wires), answer
        self.sent.setdefault(lead_id, []).extend(wires)

    def recommend(self, lead_id, **wanted):
        return self.recommendations.Recommend(pb.RecommendRequest(lead_id=lead_id, **wanted))

    def known(self, count):
        """Wait until so many items may be recommended to somebody new."""

        def all_there():
            answer = self.recommend("nobody", limit=1, filter=pb.ItemFilter(item_types=["none"]))
            return answer.left_out_counts.get("filtered", 0) == count

        until(all_there)

    def world(self, lead_id, **more):
        return World(items=self.items, events=self.sent.get(lead_id, ()), **more)
