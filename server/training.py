"""What the server knows of training: the check that asks for a run, and the runs. Workers carry them out."""

from __future__ import annotations

from dataclasses import dataclass

from core.adapters.sql.database import Database
from core.adapters.sql.drift_store import SqlDriftStore
from core.adapters.sql.run_store import SqlRunStore
from core.adapters.sql.served_scores import SqlServedScores
from core.feedback.label import LabelReader
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.registry.retraining.check import RetrainingCheck
from core.registry.retraining.rules import RetrainingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Asks for runs, and reads them."""

    check: RetrainingCheck
    runs: SqlRunStore


def build_training(
    database: Database, labels: LabelReader, registry: ModelRegistry, rules: RetrainingRules, clock: Clock
) -> Training:
    """Put it together. Nothing connects yet."""
    runs = SqlRunStore(database, clock)
    check = RetrainingCheck(
        labels=labels,
        registry=registry,
        served=SqlServedScores(database),
        drift=SqlDriftStore(database),
        runs=runs,
        rules=rules,
        clock=clock,
    )
    return Training(check=check, runs=runs)
