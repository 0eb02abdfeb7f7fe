import pytest

from core.event import EventKind
from tests.parts.behavior_events import event, of_lead

MINUTE = 1 / 1440


def sessions(*held):
    """Make sessions from (days ago it began, minutes after which there was an event...)."""
    return [
        event(EventKind.ITEM_VIEWED, days_ago=days - minute * MINUTE) for days, minutes in held for minute in minutes
    ]


THREE = sessions((9, (0, 10, 20)), (5, (0,)), (1, (0, 25)))


def test_half_an_hour_without_an_event_ends_a_session():
    assert of_lead(sessions((1, (0, 29, 58))))["session_count"] == 1.0
    assert of_lead(sessions((1, (0, 30, 60))))["session_count"] == 3.0


def test_lengths():
    found = of_lead(THREE)
    assert found["session_count"] == 3.0
    assert found["session_length_avg_minutes"] == pytest.approx(15.0)
    assert found["session_length_max_minutes"] == pytest.approx(25.0)
    assert found["session_length_last_minutes"] == pytest.approx(25.0)


def test_actions():
    found = of_lead(THREE)
    assert found["session_actions_avg"] == 2.0
    assert found["single_action_session_ratio"] == pytest.approx(1 / 3)
    assert found["session_consistency"] == pytest.approx(1 / (1 + (2 / 3) ** 0.5 / 2))


def test_sessions_alike_are_consistent_and_one_alone_is_not_known_to_be():
    alike = of_lead(sessions((9, (0, 5)), (5, (0, 9)), (2, (0, 1))))
    assert alike["session_consistency"] == 1.0
    assert of_lead(sessions((9, (0, 1, 2, 3, 4))))["session_consistency"] is None


def test_sessions_get_deeper_or_shallower():
    deeper = sessions((9, (0,)), (5, (0, 5)), (1, (0, 5, 9)))
    shallower = sessions((9, (0, 5, 9)), (5, (0, 5)), (1, (0,)))
    assert of_lead(deeper)["session_depth_trend"] == 0.5
    assert of_lead(shallower)["session_depth_trend"] == -0.5
    assert of_lead(sessions((9, (0, 1, 2, 3, 4))))["session_depth_trend"] is None


def test_pauses_between_sessions():
    found = of_lead(sessions((9, (0,)), (8.5, (0,)), (6, (0,)), (5.25, (0, 1))))
    assert found["session_pause_avg_hours"] == pytest.approx((12 + 60 + 18) / 3)
    assert found["session_return_rate"] == pytest.approx(2 / 3)


def test_clockwork_is_regular():
    clockwork = sessions(*((day, (0,)) for day in range(1, 8)))
    ragged = sessions(*((day, (0,)) for day in (1, 1.1, 1.2, 9, 20)))
    assert of_lead(clockwork)["session_regularity"] == 1.0
    assert of_lead(ragged)["session_regularity"] < 0.5
    assert of_lead(sessions((3, (0, 1, 2)), (1, (0, 1))))["session_regularity"] is None


def test_of_a_single_session_nothing_is_known_across():
    found = of_lead(sessions((9, (0, 1, 2, 3, 4))))
    names = ("session_pause_avg_hours", "session_regularity", "session_return_rate")
    assert [found[name] for name in names] == [None] * 3


def test_of_more_than_a_hundred_sessions_the_newest_are_looked_at():
    many = sessions(*((25 - number / 8, (0,)) for number in range(150)))
    old = sessions((28, (0, 20, 40)))
    found = of_lead([*old, *many])
    assert found["session_count"] == 151.0
    assert found["session_length_max_minutes"] == 0.0
    assert found["single_action_session_ratio"] == 1.0
