from __future__ import annotations

from random import Random

import pytest

from core.event import EventKind
from core.features.streams.live import StateOutdated
from core.recommend.lead_fold import InteractionFolds
from tests.parts.interactions import interactions_of
from tests.parts.listed_log import event


def any_events(count: int) -> list:
    chance = Random(7)
    kinds = [kind.value for kind in EventKind]
    return [
        event(
            number,
            kind=chance.choice(kinds),
            item_id=f"i{chance.randrange(12)}",
            positive=chance.choice((True, False, None)),
            occurred_us=chance.randrange(1_000),
        )
        for number in range(1, count + 1)
    ]


def test_a_stored_fold_goes_on_as_if_it_had_never_been_stored():
    events = any_events(400)
    fold = InteractionFolds().new()
    for number, one in enumerate(events):
        if number % 50 == 0:
            fold = InteractionFolds().restore(fold.to_bytes())
        fold.add(one)
    assert fold.interactions() == interactions_of(events)
    assert InteractionFolds().restore(fold.to_bytes()).interactions() == fold.interactions()


@pytest.mark.parametrize("content", [b"", b"no", b"x\x9cK\xcb\xcf\x07\x00\x02\x82\x01E"])
def test_what_is_damaged_is_refused(content):
    with pytest.raises(StateOutdated):
        InteractionFolds().restore(content)
