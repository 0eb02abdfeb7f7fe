from core.event import EventKind
from tests.parts.behavior_events import event, of_pair

VIEWED = EventKind.ITEM_VIEWED


def test_views_count_by_the_device():
    found = of_pair([event(VIEWED, device=name) for name in ("mobile", "mobile", "desktop", "tablet", "other", "")])
    assert [found[name] for name in ("mobile_views", "desktop_views", "tablet_views")] == [2.0, 1.0, 1.0]
    assert found["preferred_device"] == "mobile"


def test_of_several_the_first_in_the_alphabet_is_preferred():
    assert of_pair([event(VIEWED, device=name) for name in ("tablet", "desktop")])["preferred_device"] == "desktop"


def test_the_channel_is_what_led_to_most_views():
    events = [event(VIEWED, referrer=name) for name in ("email", "social", "social")]
    assert of_pair(events)["channel_preference"] == "social"


def test_where_nothing_was_said_nothing_is_preferred():
    found = of_pair([event(VIEWED), event(EventKind.ITEM_LIKED, device="mobile", referrer="email")])
    assert found["preferred_device"] is None
    assert found["channel_preference"] is None
