"""A made-up catalogue and what leads did in it: each likes two types of item, and goes through series in order."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np

from core.event import MICROSECONDS, Event, EventKind
from core.recommend.blending import Blend, Part
from core.recommend.content import learn_content
from core.recommend.folding_in import FactorModel, Folding
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.recommend.links import ItemLinks, largest_of_rows
from core.recommend.model import ModelParts
from core.recommend.parts import LinkPart

START_US = 1_750_000_000 * MICROSECONDS
HOUR_US = 3_600 * MICROSECONDS
TYPES = ("loft", "villa", "studio", "cottage", "penthouse", "barn")
PLACES = ("harbour", "hills", "centre")
PER_TYPE = 20


def catalogue() -> list[Item]:
    return [
        Item(
            item_id=f"{kind}-{number:02d}",
            title=f"{kind} near the {PLACES[number % 3]}",
            description=f"A {kind} with character",
            item_type=kind,
            location_name=PLACES[number % 3],
            price=1_000.0 * (1 + TYPES.index(kind)) + 10.0 * number,
            attributes={"floors": float(1 + number % 4), "style": "old" if number < 10 else "new"},
        )
        for kind in TYPES
        for number in range(PER_TYPE)
    ]


def histories(count: int = 60, *, seed: int = 7) -> dict[str, list[Interaction]]:
    """Return what leads did, oldest first: each goes through two types, mostly in order of number."""
    random = Random(seed)
    return {f"lead-{n:03d}": _history(random) for n in range(count)}


def _history(random: Random) -> list[Interaction]:
    first, second = random.sample(TYPES, 2)
    start = random.randrange(PER_TYPE)
    steps = random.randrange(8, 16)
    picked = dict.fromkeys(
        f"{second if random.random() < 0.3 else first}-{(start + step) % PER_TYPE:02d}" for step in range(steps)
    )
    return [
        Interaction(item_id, 1.0, START_US + step * HOUR_US, "item_viewed", f"e{step}")
        for step, item_id in enumerate(picked)
    ]


def events_of(past: dict[str, list[Interaction]]) -> list[Event]:
    rows = sorted((one.occurred_us, lead_id, one.item_id) for lead_id, history in past.items() for one in history)
    return [
        event(n + 1, lead_id, EventKind.ITEM_VIEWED, item_id, occurred_us)
        for n, (occurred_us, lead_id, item_id) in enumerate(rows)
    ]


def event(
    sequence: int, lead_id: str, kind: EventKind, item_id: str, occurred_us: int, *, positive: bool | None = None
) -> Event:
    return Event(
        sequence=sequence,
        event_id=f"event-{sequence:06d}",
        lead_id=lead_id,
        kind=kind.value,
        occurred_us=occurred_us,
        recorded_us=occurred_us,
        item_id=item_id,
        positive=positive,
    )


def viewed(*item_ids: str, weight: float = 1.0) -> list[Interaction]:
    return [
        Interaction(item_id, weight, START_US + n * HOUR_US, "item_viewed", f"e{n}")
        for n, item_id in enumerate(item_ids)
    ]


def best(item_ids: Sequence[str], scores: Sequence[float], count: int, seen: Sequence[str] = ()) -> list[str]:
    order = sorted(range(len(item_ids)), key=lambda place: -scores[place])
    return [item_ids[place] for place in order if item_ids[place] not in seen][:count]


def made_up_parts(*, short_rows: bool = False, seed: int = 3) -> ModelParts:
    """Return a model of random numbers over the catalogue, every part of which has a say."""
    generator = np.random.default_rng(seed)
    items = catalogue()
    count = len(items)
    encoder = learn_content(items, 16)
    members = np.sort(generator.permutation(count)[: count - 30 if short_rows else count])

    def link() -> LinkPart:
        dense = generator.normal(size=(members.size, members.size)).astype(np.float32)
        links = largest_of_rows(dense, 12) if short_rows else ItemLinks(values=dense, targets=None)
        return LinkPart.of(links, members, count)

    factors = generator.normal(size=(count, 8)).astype(np.float32)
    return ModelParts(
        item_ids=tuple(item.item_id for item in items),
        blend=Blend(
            ease=Part(weight=0.7, recency=0.5),
            transitions=Part(weight=1.0, recency=0.7),
            factors=Part(weight=0.6, recency=0.3),
            content=Part(weight=0.4, recency=0.2),
            popularity=0.3,
        ),
        ease=link(),
        transitions=link(),
        factors=FactorModel.of(factors, Folding(regularization=2.0, alpha=3.0, confident=True)),
        encoder=encoder,
        content=encoder.encode(items),
        popularity=generator.normal(size=count).astype(np.float32),
    )
