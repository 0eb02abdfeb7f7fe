"""Fits, serves, asks and judges one data set."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import leadline

from core.adapters.onnx_predictor import OnnxPredictor
from core.caller import LOCAL_CALLER
from core.evaluation import bootstrap_metrics
from core.scoring.loading import load_model
from core.version import LEAD_SCORE, Metric, ModelVersion
from tests.benchmarks.agreement import Agreement, check_agreement
from tests.benchmarks.asked import EXPLAINED, Answers, ask_for_reasons, ask_one_by_one, ask_shuffled, to_client
from tests.benchmarks.budget import MISSED
from tests.benchmarks.children import running_server
from tests.benchmarks.quality_sets import MAPPINGS, QualitySet, RefusedSet
from tests.benchmarks.registered import fit_and_activate, open_trainer
from tests.benchmarks.split import SEED, part
from training.app import Trainer
from training.booster import BoosterParameters
from training.fit import FitOptions, labelled
from training.pipeline import fit_scorer
from training.progress import silent
from training.refusal import TrainingRefused
from training.table import LeadTable, load_mapping, read_leads


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityResult:
    """What a data set showed. Without metrics the version was refused."""

    asked: QualitySet
    learned_count: int
    metrics: dict[str, Metric]
    calibration: str
    fit_seconds: float
    agreement: Agreement | None
    refusal: str = ""

    @property
    def misses(self) -> list[str]:
        """What was asked and is not so, in words."""
        if self.agreement is None:
            return [f"{self.asked.name}: {self.refusal}"] if self.asked.bars else []
        missed = [
            f"{self.asked.name}: {name} {self.metrics[name].value:.4f}, must be {budget.must:g}"
            for name, budget in self.asked.bars.items()
            if budget.verdict(self.metrics[name].value) == MISSED
        ]
        if not self.agreement.holds:
            missed.append(f"{self.asked.name}: served, offline and trained figures differ: {self.agreement}")
        return missed


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalResult:
    """Whether a file was refused as it must be."""

    asked: RefusedSet
    reason: str
    """Code of the refusal, "" if a version was made."""
    sentence: str

    @property
    def misses(self) -> list[str]:
        """What was asked and is not so, in words."""
        named = all(f"{name!r}" in self.sentence for name in self.asked.naming)
        if self.reason == self.asked.reason and named:
            return []
        return [f"{self.asked.name}: must be refused with {self.asked.reason}, was: {self.reason or 'not'}"]


def try_refused(asked: RefusedSet, data: Path) -> RefusalResult:
    """Fit a file that must be refused."""
    table = read_leads(data / asked.file, load_mapping(MAPPINGS / f"{asked.mapping}.toml"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            open_trainer(Path(folder)).fit(table, BoosterParameters(), FitOptions(), silent)
        except TrainingRefused as refused:
            return RefusalResult(asked=asked, reason=refused.reason, sentence=refused.message)
    return RefusalResult(asked=asked, reason="", sentence="")


def measure_set(asked: QualitySet, data: Path) -> QualityResult:
    """Fit on one part of a file, serve the version, and ask the running server about the other part."""
    path = data / asked.file
    table = read_leads(path, load_mapping(MAPPINGS / f"{asked.mapping}.toml"))
    learned, held_out = (part(table, positions) for positions in asked.split(table, path))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trainer = open_trainer(folder)
        began = time.perf_counter()
        try:
            _, version = fit_and_activate(trainer, learned)
        except TrainingRefused as refused:
            return QualityResult(
                asked=asked,
                learned_count=len(learned.leads),
                metrics={},
                calibration="",
                fit_seconds=time.perf_counter() - began,
                agreement=None,
                refusal=f"{refused.reason}: {refused.message}",
            )
        seconds = time.perf_counter() - began
        return _served(asked, trainer, version, learned, held_out, folder, seconds)


def _served(  # noqa: PLR0917  one measurement, all of its parts
    asked: QualitySet,
    trainer: Trainer,
    version: ModelVersion,
    learned: LeadTable,
    held_out: LeadTable,
    folder: Path,
    fit_seconds: float,
) -> QualityResult:
    single, batch, more = _ask(held_out, folder)
    manifest = version.manifest
    if single.versions | batch.versions | more.versions != {manifest.version}:
        message = "an answer came from another version"
        raise RuntimeError(message)
    row, files = trainer.registry.load(LOCAL_CALLER.tenant, LEAD_SCORE, manifest.version)
    trained = fit_scorer(labelled(learned), trainer.recipe(learned, BoosterParameters()))
    metrics = bootstrap_metrics(held_out.outcomes, single.probabilities, threshold=manifest.threshold)
    return QualityResult(
        asked=asked,
        learned_count=len(learned.leads),
        metrics={metric.name: metric for metric in metrics},
        calibration=str(manifest.parameters["calibration"]),
        fit_seconds=fit_seconds,
        agreement=check_agreement(
            held_out.leads,
            load_model(row, files, OnnxPredictor),
            trained,
            single=single,
            batch=batch,
            explained=(single, more),
        ),
    )


def _ask(held_out: LeadTable, folder: Path) -> tuple[Answers, Answers, Answers]:
    leads = [to_client(lead) for lead in held_out.leads]
    with running_server(folder) as server, leadline.Client(server.target) as client:
        single = ask_one_by_one(client, leads)
        batch = ask_shuffled(client, leads, SEED)
        more = ask_for_reasons(client, leads, max(len(leads), EXPLAINED - len(leads)))
    return single, batch, more
