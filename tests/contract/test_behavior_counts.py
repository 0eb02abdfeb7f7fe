"""How popular items are, what checks of served features found, and what was recommended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.lead_erasure import erase_lead
from core.adapters.sql.mismatch_store import SqlMismatchStore
from core.adapters.sql.popularity_counting import SqlPopularityCounting
from core.adapters.sql.recommendation_log import SqlRecommendationLog
from core.adapters.sql.shown_recommendations import SqlShownRecommendations
from core.behavior.feature_check import Mismatch
from core.behavior.recording import microseconds_of
from core.caller import Caller
from core.identifiers import LeadId, TenantId
from core.recommend.recommendation_log import LoggedCandidate, LoggedItem, RecommendationRow
from tests.parts.events import event

ACME, OTHER = TenantId("acme"), TenantId("other")
DAY = timedelta(days=1)


def record(log, clock, tenant, *told):
    """Record (lead, kind, item, days ago, fields)."""
    events = [
        event(
            f"{number}",
            lead_id,
            kind=kind,
            item_id=item_id,
            occurred_us=microseconds_of(clock.now - days * DAY - timedelta(seconds=1)),
            **fields,
        )
        for number, (lead_id, kind, item_id, days, fields) in enumerate(told)
    ]
    log.append(Caller(tenant=tenant, actor="shop"), "", events)


def popularity(database, clock):
    return {one.item_id: one for one in SqlCatalogStore(database, clock).popularity(ACME)}


def test_popularity_counts_leads_and_lets_what_is_old_fade(database, clock):
    log, counting = SqlEventLog(database, clock), SqlPopularityCounting(database)
    record(
        log,
        clock,
        ACME,
        ("a", "item_viewed", "loft", 0, {}),
        ("a", "item_viewed", "loft", 7, {}),
        ("b", "item_purchased", "loft", 14, {}),
        ("b", "item_swiped", "barn", 0, {"positive": True}),
        ("c", "item_swiped", "barn", 0, {"positive": False}),
        ("c", "item_disliked", "barn", 0, {}),
        ("c", "item_unsaved", "villa", 0, {}),
        ("c", "item_viewed", "hut", 30, {}),
        ("c", "session_started", "", 0, {}),
    )
    record(log, clock, OTHER, ("z", "item_viewed", "loft", 0, {}))

    assert counting.refresh(ACME, clock.now) == 2

    found = popularity(database, clock)
    assert {item_id: one.lead_count for item_id, one in found.items()} == {"loft": 2, "barn": 1}
    assert found["loft"].decayed_weight == pytest.approx(1.0 + 0.5 + 5.0 / 4)
    assert found["barn"].decayed_weight == pytest.approx(3.0)
    assert {one.as_of_time for one in found.values()} == {clock.now}


def test_popularity_is_counted_anew_also_without_a_lead_that_was_erased_and_never_backwards(database, clock):
    log, counting = SqlEventLog(database, clock), SqlPopularityCounting(database)
    record(log, clock, ACME, ("a", "item_viewed", "loft", 0, {}), ("b", "item_viewed", "barn", 0, {}))
    counting.refresh(ACME, clock.now)
    with database.write(ACME) as connection:
        erase_lead(connection, ACME, LeadId("a"))
    before = clock.now
    clock.advance(60)

    assert counting.refresh(ACME, clock.now) == 1
    assert counting.refresh(ACME, before) == 0
    assert popularity(database, clock).keys() == {"barn"}


def test_the_newest_checks_of_all_tenants_are_added_up(database, clock):
    store = SqlMismatchStore(database)
    assert (store.last_check(ACME), store.newest()) == (None, {})
    first, second = clock.now, clock.now + DAY

    store.record(ACME, first, [Mismatch(feature="old", compared=9, differing=9)])
    store.record(ACME, second, [Mismatch(feature="views", compared=10, differing=1)])
    store.record(ACME, second, [Mismatch(feature="views", compared=99, differing=99)])
    store.record(OTHER, first, [Mismatch(feature="views", compared=5, differing=2)])
    store.record(OTHER, second, [])

    assert (store.last_check(ACME), store.last_check(OTHER)) == (second, first)
    assert store.newest() == {"views": (15, 3)}
    assert (store.prune(ACME, second), store.prune(ACME, second)) == (1, 0)
    assert store.newest() == {"views": (15, 3)}


def shown(token_id, moment, *, tenant=ACME, version="v1"):
    return RecommendationRow(
        tenant=tenant,
        token_id=token_id,
        lead_id=LeadId("a"),
        version=version,
        source="model",
        recommend_time=moment,
        up_to_sequence=0,
        experiment="",
        variant="",
        exploration=0.1,
        items=[LoggedItem("loft", 1.0, 1.0), LoggedItem("barn", 0.25, 0.005)],
        candidates=[LoggedCandidate("hut", 0.125)],
    )


def test_what_was_recommended_is_read_as_it_was_written_and_goes_when_it_is_old(database, clock):
    log, reader = SqlRecommendationLog(database), SqlShownRecommendations(database)
    rows = [shown(f"t{number}", clock.now + number * DAY, version=f"v{number % 2}") for number in range(5)]
    log.append([*rows, shown("theirs", clock.now, tenant=OTHER)])

    def tokens(**wanted):
        asked = {"since": clock.now, "limit": 9, **wanted}
        return [row.token_id for row in reader.newest(ACME, **asked)]

    assert list(reader.newest(ACME, since=clock.now, limit=9)) == rows
    assert tokens(since=clock.now + 2 * DAY) == ["t2", "t3", "t4"]
    assert tokens(limit=2) == ["t3", "t4"]
    assert tokens(version="v1") == ["t1", "t3"]
    assert (log.prune(ACME, clock.now + 3 * DAY), tokens()) == (3, ["t3", "t4"])
    assert len(reader.newest(OTHER, since=clock.now, limit=9)) == 1
