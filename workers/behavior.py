"""What the tasks about behaviour do. Heavy: imported in the processes that run tasks, never in the one that forks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property

from core.adapters.backfill.duckdb_backfill import BackfillLimits
from core.adapters.backfill.past_values import DuckDbPastValues
from core.adapters.sql.database import Database
from core.adapters.sql.event_log import SqlEventLog
from core.adapters.sql.interaction_store import SqlInteractionStore
from core.adapters.sql.mismatch_store import SqlMismatchStore
from core.adapters.sql.popularity_counting import SqlPopularityCounting
from core.adapters.sql.recommendation_log import SqlRecommendationLog
from core.adapters.sql.served_vector_store import SqlServedVectorStore
from core.adapters.sql.state_store import SqlStateStore
from core.behavior.feature_check import FeatureCheck
from core.behavior.lead_history import LeadKeeping
from core.behavior.lead_loading import LeadLoader
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.behavior.snapshotting import SnapshotLeads
from core.identifiers import TenantId
from core.interactions.updating import InteractionUpdates
from core.recommend.lead_fold import InteractionFolds
from core.recommend.training_due import RecommenderDue
from core.registry.model_registry import ModelRegistry
from training.recommend.process import RecommenderProcess
from workers.clock import now
from workers.log import log
from workers.settings import WorkerSettings
from workers.slots import training_slot
from workers.stores import Stores

LONGEST_UPDATE = timedelta(seconds=60)
"""Of interaction features; the next round goes on."""
_SHARE_OF_TASK = 0.5
"""Most of a task's time that an update may take before it begins no other page."""
CHECK_LIMITS = BackfillLimits(threads=1, memory_mb=256)
"""A worker's process is replaced when it has grown large."""


class BehaviorJobs:
    """The work of one process on events and what is made of them.

    Args:
        settings: What the operator set.
        environ: Given on to training processes.
        stores: The database.
        registry: Returns the model versions.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        environ: Mapping[str, str],
        stores: Stores,
        registry: Callable[[], ModelRegistry],
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._registry = registry
        self._recommender_process = RecommenderProcess(settings.limits, environ)

    def update_interaction_features(self, tenant: str) -> int:
        """Bring rows of leads and items up to date, and return how many were written."""
        longest = min(LONGEST_UPDATE, _SHARE_OF_TASK * self._settings.task_timeout).total_seconds()
        until = time.monotonic() + longest
        updates = InteractionUpdates(self._events, SqlInteractionStore(self._database, now))
        report = updates.run(TenantId(tenant), microseconds_of(now()), go_on=lambda: time.monotonic() < until)
        return report.pairs

    def count_popularity(self, tenant: str) -> int:
        """Count how popular items are and return how many are at all."""
        return SqlPopularityCounting(self._database).refresh(TenantId(tenant), now())

    def snapshot_leads(self, tenant: str) -> int:
        """Store copies of leads with long histories and return how many."""
        return self._snapshots.run(TenantId(tenant)).leads

    def check_features(self, tenant: str) -> int:
        """Compare what was served with the log of events and return how many values differ."""
        found = self._feature_check.check(TenantId(tenant))
        compared, differing = sum(one.compared for one in found), sum(one.differing for one in found)
        if differing:
            names = ", ".join(one.feature for one in found if one.differing)
            log.warning("served features differ from the log of events", tenant=tenant, count=differing, reason=names)
        else:
            log.info("served features compared", tenant=tenant, count=compared)
        return differing

    def train_recommender(self, tenant: str) -> bool:
        """Train the recommender if it is due, and return whether that was done."""
        due = self._due.ask(TenantId(tenant))
        if due.reason:
            log.info("no recommender trained", tenant=tenant, reason=due.reason)
            return False
        with training_slot(self._settings.workers_dir, self._settings.concurrency) as is_free:
            if not is_free:
                log.info("no recommender trained", tenant=tenant, reason="this worker is at another training")
                return False
            ending = self._recommender_process.run(TenantId(tenant), due.request_id)
        if ending.is_done:
            log.info("recommender trained", tenant=tenant)
        else:
            log.warning("no recommender trained", tenant=tenant, reason=ending.reason)
        return ending.is_done

    def prune(self, tenant: str) -> int:
        """Remove old recommendations, served features and checks of them, and return how many rows."""
        keep = self._settings.behavior_retention
        if keep is None:
            return 0
        name, before = TenantId(tenant), now() - keep
        return (
            SqlServedVectorStore(self._database).prune(name, before_us=microseconds_of(before))
            + SqlRecommendationLog(self._database).prune(name, before)
            + SqlMismatchStore(self._database).prune(name, before)
        )

    @property
    def _database(self) -> Database:
        return self._stores.database

    @cached_property
    def _events(self) -> SqlEventLog:
        return SqlEventLog(self._database, now)

    @cached_property
    def _snapshots(self) -> SnapshotLeads:
        # Keeps of leads what servers keep, or they could not go on from the copies.
        keeping = LeadKeeping(plan=LEAD_PLAN, folds=InteractionFolds())
        states = SqlStateStore(self._database, now)
        return SnapshotLeads(self._events, states, LeadLoader(self._events, states, keeping))

    @cached_property
    def _feature_check(self) -> FeatureCheck:
        return FeatureCheck(
            vectors=SqlServedVectorStore(self._database),
            events=self._events,
            past=DuckDbPastValues(LEAD_PLAN, CHECK_LIMITS),
            mismatches=SqlMismatchStore(self._database),
            plan_hash=LEAD_PLAN.hash,
            clock=now,
        )

    @cached_property
    def _due(self) -> RecommenderDue:
        return RecommenderDue(self._events, self._registry(), now)
