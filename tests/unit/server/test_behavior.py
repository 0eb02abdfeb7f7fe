from __future__ import annotations

from types import SimpleNamespace

from core.adapters.sql import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.caller import LOCAL_CALLER
from core.errors import InvalidInput
from server.behavior import Behavior
from tests.parts.clock import SetClock
from tests.parts.events import event, statuses


def test_what_is_in_memory_hears_of_new_events_only_and_cannot_fail_the_call(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/leadline.db")
    database.migrate()
    told = []

    def hear(tenant, events):
        told.append((tenant, [one.event_id for one in events]))
        raise RuntimeError("broken")

    # The two fields of it that recording has to do with.
    behavior = SimpleNamespace(events=SqlEventLog(database, SetClock()), on_recorded=hear)
    unreadable = InvalidInput.of("events[1].kind", "must be one")
    assert statuses(Behavior.record(behavior, LOCAL_CALLER, "", [event("a"), unreadable])) == ["recorded", "refused"]
    assert statuses(Behavior.record(behavior, LOCAL_CALLER, "", [event("a")])) == ["duplicate"]
    assert told == [("default", ["a"])]
    database.close()
