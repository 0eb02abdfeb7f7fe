"""What the tasks of one process are made of; each part is built when it is first needed, never before a fork."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version as distribution_version

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.alert_store import SqlAlertStore
from core.adapters.sql.answer_log import SqlAnswerLog
from core.adapters.sql.contact_counts import SqlContactCounts
from core.adapters.sql.database import Database
from core.adapters.sql.drift_store import SqlDriftStore
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.known_outcomes import SqlKnownOutcomes
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.model_metrics import SqlMetricRows
from core.adapters.sql.online_store import SqlOnlineStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.served_scores import SqlServedScores
from core.adapters.sql.shadow_store import SqlShadowStore
from core.adapters.sql.sketch_store import SqlSketchStore
from core.adapters.sql.unit_store import SqlUnitStore
from core.adapters.version_profiles import RegistryProfiles
from core.adapters.webhook import WebhookSender
from core.experiments.reallocating import BanditReallocation
from core.experiments.reporting import ExperimentReports
from core.feedback.label_rules import LabelRules
from core.feedback.labelling import Labelling
from core.monitoring.alert_delivery import AlertDelivery
from core.monitoring.drift_check import DriftCheck
from core.monitoring.known_outcomes import KnownOutcomes
from core.monitoring.realised import RealisedMetrics
from core.registry.model_registry import ModelRegistry
from core.registry.retraining.check import RetrainingCheck
from core.scoring.online.learning import OnlineLearning
from core.scoring.online.publishing import SnapshotPublisher
from training.learning.run_process import RunProcess
from workers.clock import now
from workers.log import log
from workers.settings import WorkerSettings
from workers.stores import Stores

WINDOW_BY_HAND = timedelta(minutes=15)
"""Of a bandit's allocations, where the beat refreshes no experiments and somebody else sends the task."""
LEFTOVERS_KEPT = timedelta(hours=1)
"""Files of an interrupted registration are somebody's present work for this long."""


class Parts:
    """Builds the parts of one process.

    Args:
        settings: What the operator set.
        environ: What of it is theirs is given on to training processes.
        stores: The database.
    """

    def __init__(self, settings: WorkerSettings, environ: Mapping[str, str], stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._environ = environ

    @property
    def database(self) -> Database:
        """The store, migrated."""
        return self._stores.database

    @cached_property
    def feedback(self) -> SqlFeedbackStore:
        """What people said."""
        return SqlFeedbackStore(self.database, now)

    @cached_property
    def run_process(self) -> RunProcess:
        """Does a training run."""
        return RunProcess(self._stores.runs, self._settings.limits, self._environ)

    @cached_property
    def registry(self) -> ModelRegistry:
        """Model versions."""
        artifacts = FolderArtifacts(self._settings.model_dir)
        artifacts.clean_leftovers(now() - LEFTOVERS_KEPT)
        return ModelRegistry(SqlRegistryStore(self.database, now), artifacts, admit, now)

    @cached_property
    def labels(self) -> Labelling:
        """What is known of how leads turned out."""
        return Labelling(SqlLabelSource(self.database), LabelRules(outcome_window=self._settings.rules.outcome_window))

    @cached_property
    def outcomes(self) -> SqlKnownOutcomes:
        """How leads ended, for those that have no model yet."""
        return SqlKnownOutcomes(self.database)

    @cached_property
    def served(self) -> SqlServedScores:
        """What versions said of leads."""
        return SqlServedScores(self.database)

    @cached_property
    def drift_reports(self) -> SqlDriftStore:
        """What drift checks found."""
        return SqlDriftStore(self.database)

    @cached_property
    def sketches(self) -> SqlSketchStore:
        """Sums over what was served."""
        return SqlSketchStore(self.database)

    @cached_property
    def shadow_scores(self) -> SqlShadowStore:
        """What challengers would have answered."""
        return SqlShadowStore(self.database)

    @cached_property
    def alerts(self) -> SqlAlertStore:
        """Troubles that were seen."""
        return SqlAlertStore(self.database)

    @cached_property
    def retraining_check(self) -> RetrainingCheck:
        """Asks the policy whether to train."""
        return RetrainingCheck(
            labels=self.labels,
            registry=self.registry,
            served=self.served,
            drift=self.drift_reports,
            runs=self._stores.runs,
            rules=self._settings.rules,
            clock=now,
        )

    @cached_property
    def online_learning(self) -> OnlineLearning:
        """Takes new labels to the online learner."""
        publisher = SnapshotPublisher(self.registry, distribution_version("leadline-backend"))
        return OnlineLearning(
            self.labels,
            SqlAnswerLog(self.database),
            SqlOnlineStore(self.database),
            self.registry,
            publisher,
            now,
            outcome_window=self._settings.rules.outcome_window,
        )

    @cached_property
    def realised(self) -> RealisedMetrics:
        """Measures what versions served."""
        contacts, rows = SqlContactCounts(self.database), SqlMetricRows(self.database)
        return RealisedMetrics(self.registry, self._known_outcomes, contacts, self.sketches, rows, now)

    @cached_property
    def drift_check(self) -> DriftCheck:
        """Looks for drift."""
        return DriftCheck(
            RegistryProfiles(self.registry),
            self.sketches,
            self._known_outcomes,
            self.drift_reports,
            self.alerts,
            now,
            tuple(self._settings.webhooks.targets),
            lambda: uuid.uuid4().hex,
        )

    @cached_property
    def experiments(self) -> SqlExperimentStore:
        """Experiments and their allocations."""
        return SqlExperimentStore(self.database, now)

    @cached_property
    def experiment_reports(self) -> ExperimentReports:
        """Brings results up to date and concludes from them: the same as a read of the server does."""
        return ExperimentReports(self._units, now)

    @cached_property
    def bandit_reallocation(self) -> BanditReallocation:
        """Spreads units of bandits anew."""
        window = self._settings.experiment_statistics_every or WINDOW_BY_HAND
        return BanditReallocation(self.experiments, self._units, window, now)

    @cached_property
    def alert_delivery(self) -> AlertDelivery:
        """Tells webhooks of alerts."""
        return AlertDelivery(self.alerts, WebhookSender(self._settings.webhooks), now, _log_failed_delivery)

    @cached_property
    def _units(self) -> SqlUnitStore:
        return SqlUnitStore(self.database)

    @cached_property
    def _known_outcomes(self) -> KnownOutcomes:
        window = self._settings.rules.outcome_window
        return KnownOutcomes(labels=self.labels, served=self.served, outcome_window=window)


def _log_failed_delivery(target: str, problem: str) -> None:
    log.warning("alert not delivered", target=target, reason=problem)
