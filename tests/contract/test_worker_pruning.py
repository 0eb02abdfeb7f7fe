"""What the clean-up of a worker removes, over real stores."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from core.adapters.sql.run_store import SqlRunStore
from core.adapters.sql.shadow_store import SqlShadowStore
from core.adapters.sql.tables import conversation_messages, retraining_checks, shadow_scores
from core.identifiers import TenantId
from core.monitoring.shadow_scores import ShadowScore
from core.version import LEAD_SCORE
from tests.parts.rows import make_row
from workers.clock import now
from workers.jobs import Jobs
from workers.settings import read_settings

ACME = TenantId("acme")
KEPT_DAYS = 40


def test_scores_of_the_shadow_and_retraining_checks_go_with_the_other_figures(database, database_url, tmp_path):
    moments = [now() - timedelta(days=KEPT_DAYS - 1), now() - timedelta(days=KEPT_DAYS + 1)]
    SqlShadowStore(database).append([_score(number, moment) for number, moment in enumerate(moments)])
    runs = SqlRunStore(database, now)
    for moment in moments:
        runs.record_check(ACME, LEAD_SCORE, window="w", decision="none", reason="", triggers=[], run_id="", now=moment)
    environ = {
        "LEADLINE_DATABASE_URL": database_url,
        "LEADLINE_MODEL_DIR": str(tmp_path),
        "LEADLINE_MONITORING_DAYS": str(KEPT_DAYS),
        "LEADLINE_BROKER_URL": "redis://localhost:1/0",
    }
    jobs = Jobs(read_settings(environ), environ)
    try:
        assert jobs.prune_monitoring(ACME) == 2
        assert jobs.prune_monitoring(ACME) == 0
    finally:
        jobs.stores.database.close()
    with database.read(ACME) as connection:
        for table in (shadow_scores, retraining_checks):
            assert connection.scalar(select(func.count()).select_from(table)) == 1


def test_conversations_go_that_nothing_was_added_to_for_long(database, database_url, tmp_path):
    ages = {"young": KEPT_DAYS - 1, "old": KEPT_DAYS + 1}
    rows = [
        make_row(conversation_messages, ACME) | {"conversation_id": name, "store_time": now() - timedelta(days=days)}
        for name, days in ages.items()
    ]
    with database.write(ACME) as connection:
        connection.execute(conversation_messages.insert(), rows)
    environ = {
        "LEADLINE_DATABASE_URL": database_url,
        "LEADLINE_MODEL_DIR": str(tmp_path),
        "LEADLINE_CONVERSATION_DAYS": str(KEPT_DAYS),
        "LEADLINE_BROKER_URL": "redis://localhost:1/0",
    }
    jobs, forever = (Jobs(read_settings(environ | more), environ) for more in ({}, {"LEADLINE_CONVERSATION_DAYS": "0"}))
    try:
        assert jobs.tenants.conversing() == (ACME,)
        assert forever.prune_conversations(ACME) == 0
        assert jobs.prune_conversations(ACME) == 1
    finally:
        jobs.stores.database.close()
    with database.read(ACME) as connection:
        assert connection.scalars(select(conversation_messages.c.conversation_id)).all() == ["young"]


def _score(number, moment) -> ShadowScore:
    return ShadowScore(
        tenant=ACME,
        version="shadow",
        token_id=f"token-{number}",
        lead_id=f"lead-{number}",
        served_version="served",
        served_probability=0.1,
        probability=0.2,
        served_seconds=0.001,
        seconds=0.001,
        score_time=moment,
    )
