"""Fits versions and makes them serve, as the training command does."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from core.adapters.keyword_file import read_keywords
from core.caller import LOCAL_CALLER
from core.version import LEAD_SCORE, ModelVersion
from tests.benchmarks.children import server_settings
from training.app import Trainer, build_trainer
from training.booster import BoosterParameters
from training.fit import FitOptions, FittedVersion
from training.progress import silent
from training.sample import write_csv
from training.settings import DEFAULTS, PREFIX, read_settings
from training.table import LeadTable, load_mapping, read_leads


def open_trainer(folder: Path) -> Trainer:
    """Return a trainer on the database and the models in ``folder``."""
    settings = {name: value for name, value in server_settings(folder).items() if name.removeprefix(PREFIX) in DEFAULTS}
    keywords = {name: list(entries) for name, entries in read_keywords(None).items()}
    return build_trainer(read_settings(settings), keywords)


def fit_and_activate(trainer: Trainer, table: LeadTable) -> tuple[FittedVersion, ModelVersion]:
    """Fit a table with default hyperparameters, register the version and make it the serving one.

    Raises:
        TrainingRefused: If the data or the model is not fit to serve.
    """
    fitted = trainer.fit(table, BoosterParameters(), FitOptions(), silent)
    added = trainer.registry.register(LOCAL_CALLER, uuid.uuid4().hex, fitted.files, "benchmark")
    trainer.registry.activate(
        LOCAL_CALLER, uuid.uuid4().hex, LEAD_SCORE, added.manifest.version, expected=None, reason="benchmark"
    )
    return fitted, added


def sample_table(count: int, seed: int) -> LeadTable:
    """Return sample leads as a table, by way of a file, as the starter version gets them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample_leads.csv"
        return read_leads(path, load_mapping(write_csv(path, count, seed)))
