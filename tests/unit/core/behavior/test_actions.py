from core.behavior.actions import ACTION_KINDS, ACTION_OF, ActionType, count_actions
from core.event import EventKind


def test_every_kind_is_at_most_one_type_of_action():
    assert sum(len(kinds) for kinds in ACTION_KINDS.values()) == len(ACTION_OF)
    assert ACTION_OF["item_purchased"] is ActionType.SCHEDULE
    assert ACTION_OF["item_viewed"] is ActionType.VIEW


def test_what_an_agent_did_and_how_it_ended_are_no_actions_of_the_lead():
    none = {kind for kind in EventKind if kind not in ACTION_OF}
    assert none == {
        EventKind.ITEM_UNSAVED,
        EventKind.ITEM_REMOVED_FROM_CART,
        EventKind.VIEWING_CANCELLED,
        EventKind.SESSION_STARTED,
        EventKind.SESSION_ENDED,
        EventKind.AGENT_CONTACTED,
        EventKind.OUTCOME_RECORDED,
    }


def test_counts_come_in_the_order_of_the_types():
    kinds = {"item_viewed": 3, "item_liked": 1, "item_saved": 1, "item_purchased": 4, "outcome_recorded": 9}
    assert count_actions(kinds) == [3, 2, 0, 0, 4]
