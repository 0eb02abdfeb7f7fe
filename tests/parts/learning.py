"""Homes with leads and outcomes to learn from, and training runs on them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.run_store import SqlRunStore
from core.caller import LOCAL_CALLER
from core.lead import LeadWrite
from core.registry.training_run import TrainingRequest, TrainingRun
from core.version import LEAD_SCORE
from tests.parts.fitted import database_url, model_dir, small_version
from training.learning.run import UNDER_WAY

TENANT = LOCAL_CALLER.tenant
QUICK = {"n_estimators": 20, "max_depth": 2, "learning_rate": 0.3}
"""A fit that does not take long, and is surely better than the base rate on 600 leads."""


def now() -> datetime:
    return datetime.now(UTC)


def record_outcomes(home: Path, count: int) -> None:
    """Write leads with outcomes long enough ago that a run sees them."""
    database = open_database(database_url(home))
    leads = SqlLeadStore(database, lambda: now() - UNDER_WAY - timedelta(seconds=1))
    known = now() - timedelta(minutes=1)
    writes = [
        LeadWrite(lead=lead, outcome=replace(outcome, outcome_time=known))
        for lead, outcome in small_version(0).leads[:count]
    ]
    for start in range(0, len(writes), 200):
        leads.upsert(LOCAL_CALLER, f"outcomes-{start}", writes[start : start + 200])
    database.close()


def ask_for_run(runs: SqlRunStore, request_id: str) -> TrainingRun:
    """Force a quick run."""
    request = TrainingRequest(
        kind=LEAD_SCORE, reason="for the test", force=True, trigger_window=request_id, parameters=QUICK
    )
    return runs.request(LOCAL_CALLER, request_id, request)


def open_runs(home: Path) -> tuple[Database, SqlRunStore]:
    """Open the runs of a home; the database is to be closed."""
    database = open_database(database_url(home))
    return database, SqlRunStore(database, now)


def training_environment(home: Path, **settings: object) -> dict[str, str]:
    """Return what a training process needs to know."""
    chosen = {"database_url": database_url(home), "model_dir": model_dir(home), **settings}
    named = {f"LEADLINE_{name.upper()}": str(value) for name, value in chosen.items()}
    return {"PATH": os.defpath, "OMP_NUM_THREADS": "1", **named}
