"""The tasks about behaviour, done by a real worker over a real broker."""

from __future__ import annotations

from pathlib import Path

from celery import Celery

from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.caller import Caller
from core.identifiers import TenantId
from tests.parts.events import event
from tests.parts.pool import wait_for
from tests.parts.redis_server import running_redis
from tests.parts.workers import start_worker
from workers.clock import now
from workers.config import KEYS

ACME = TenantId("acme")
FIRST_SECONDS = 40.0
TASKS = {
    "update_interaction_features": "update_interaction_features_of",
    "count_popularity": "count_popularity_of",
    "snapshot_leads": "snapshot_leads_of",
    "check_features": "check_features_of",
    "prune_behavior": "prune_behavior_of",
    "train_recommenders": "train_recommender_of",
}


def test_every_task_is_done_for_each_tenant_that_has_events(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/leadline.db"
    database = open_database(url)
    try:
        database.migrate()
        events = [
            event(str(number), f"lead{number}", item_id=f"item{number % 3}", occurred_us=0) for number in range(9)
        ]
        SqlEventLog(database, now).append(Caller(tenant=ACME, actor="shop"), "", events)
        with running_redis() as server, start_worker(url, server.url) as worker:
            with Celery(broker=server.url) as app:
                app.conf.broker_transport_options = {"global_keyprefix": KEYS}
                for name in TASKS:
                    app.send_task(f"leadline.{name}", queue="checks", routing_key="checks", exchange="")

            def are_done() -> bool:
                return all(
                    worker.times("task finished", task=f"leadline.{name}", tenant=ACME) for name in TASKS.values()
                )

            wait_for(are_done, FIRST_SECONDS)
            assert worker.times("no recommender trained", tenant=ACME, level="info") == 1
        assert SqlInteractionStore(database, now).place(ACME).sequence == 9
        assert {one.item_id for one in SqlCatalogStore(database, now).popularity(ACME)} == {"item0", "item1", "item2"}
    finally:
        database.close()
