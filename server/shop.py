"""What the server knows of items: the catalogue, and what to recommend of it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.adapters.sql.catalog_store import SqlCatalogStore
from core.adapters.sql.database import Database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.recommendation_log import SqlRecommendationLog
from core.adapters.write_behind import WriteBehind
from core.ports import Clock
from core.recommend.artifact import read_model
from core.recommend.history import LiveHistories
from core.recommend.recommendation_log import RecommendationRow
from core.recommend.recommending import Recommender
from core.recommend.shelves import Shelves
from core.recommend.similar_items import SimilarFinder
from core.recommend.within import ExperimentRecommender
from core.registry.model_registry import ModelRegistry
from core.resilience.apart import problem_of
from core.scoring.token import TokenSigner
from server.behavior import Behavior
from server.experiments import Experiments
from server.observed.metrics import ServerMetrics
from server.running import Background
from server.settings import ServerSettings

_GROWTH, _FEW_ITEMS = 1.2, 1_000
"""Catalogues that grew by less are not set aside again."""


class ShelfKeeper:
    """The thread that keeps shelves up to date. It alone does what takes long, so that no call does.

    Args:
        shelves: What to keep.
        interval: Between two looks.
    """

    def __init__(self, shelves: Shelves, interval: timedelta) -> None:
        self._shelves = shelves
        self._interval = interval.total_seconds()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shelves", daemon=True)
        self._set_aside_count = 0
        self.problem = ""
        """What the last look met, empty when all is well."""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, timeout: timedelta) -> None:
        """End."""
        self._stopping.set()
        self._shelves.wake()
        self._thread.join(timeout.total_seconds())

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._shelves.woken.wait(self._interval)
            if not self._stopping.is_set():
                self.problem = problem_of(self._shelves.look)
                self._set_aside()

    def _set_aside(self) -> None:
        """Take large catalogues out of what the garbage collector looks through: it takes 0.1 s for 50,000 items."""
        count = self._shelves.item_count
        if count > _GROWTH * self._set_aside_count + _FEW_ITEMS:
            gc.collect()
            gc.freeze()
            self._set_aside_count = count


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The use cases, and what they have in memory."""

    catalog: SqlCatalogStore
    shelves: Shelves
    recommender: ExperimentRecommender
    similar: SimilarFinder
    keeper: ShelfKeeper
    log: WriteBehind[RecommendationRow]

    @property
    def background(self) -> Sequence[Background]:
        """What has threads of its own."""
        return (self.keeper, self.log)

    def refresh(self) -> str | None:
        """Return what the keeper met at its last look: it looks by itself."""
        return self.keeper.problem


def build_shop(
    settings: ServerSettings,
    database: Database,
    *,
    behavior: Behavior,
    experiments: Experiments,
    registry: ModelRegistry,
    signer: TokenSigner,
    metrics: ServerMetrics,
    clock: Clock,
) -> Shop:
    """Put it together. Nothing connects yet.

    Args:
        settings: What the operator set.
        database: Migrated.
        behavior: What leads did.
        experiments: Says which variants units get.
        registry: Where versions come from.
        signer: Signs what was shown.
        metrics: Where answers are counted.
        clock: The present moment.
    """
    catalog = SqlCatalogStore(database, clock)
    shelves = Shelves(catalog, registry, read_model)
    log = WriteBehind(
        SqlRecommendationLog(database).append,
        metrics.recommendations.logged,
        metrics.recommendations.lost,
        name="recommendation-log",
    )
    recommender = Recommender(
        shelves,
        LiveHistories(behavior.live),
        SqlLeadStore(database, clock),
        signer,
        log.offer,
        clock,
        exploration=settings.recommend_exploration,
    )
    return Shop(
        catalog=catalog,
        shelves=shelves,
        recommender=ExperimentRecommender(recommender, experiments.exposing),
        similar=SimilarFinder(shelves),
        keeper=ShelfKeeper(shelves, settings.poll_interval),
        log=log,
    )
