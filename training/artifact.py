"""Writes a fitted scorer as the files of a version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from core.behavior.scaling import FeatureScaling
from core.explain import TreeEnsemble, TreeExplainer
from core.features.behavior import BehaviorValues, has_events
from core.features.feature_set import Matrix
from core.features.streams.declaration import Value
from core.identifiers import VersionName
from core.monitoring.reference import reference_arrays
from core.ports import Predictor
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.scoring.arrays import arrays_to_bytes
from core.scoring.golden import golden_json
from core.scoring.golden_behavior import golden_behavior
from core.scoring.loading import interval_bytes, vectorizer_json
from core.scoring.model import BasePoint
from core.version import (
    EXPLAIN_FILE,
    GOLDEN_FILE,
    INTERVAL_FILE,
    LEAD_SCORE,
    MANIFEST_FILE,
    MODEL_FILE,
    REFERENCE_FILE,
    VECTORIZER_FILE,
    FileDigest,
    Manifest,
    Metric,
)
from training.booster import booster_json
from training.calibration import Calibration
from training.export import export_onnx
from training.parity import check_explanations, check_parity
from training.pipeline import FittedScorer

GOLDEN_ROWS = 32
_SLOPE_STEP = 1e-3

MakePredictor = Callable[[bytes], Predictor]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """What the manifest says beyond what the scorer itself knows."""

    base_rate: float
    training_start_time: datetime | None
    training_end_time: datetime | None
    data_fingerprint: str
    code_version: str
    threshold: float
    metrics: tuple[Metric, ...]
    parameters: Mapping[str, str | int | float | bool]
    parents: tuple[VersionName, ...] = ()


def scorer_files(fitted: FittedScorer, make_predictor: MakePredictor, seed: int) -> dict[str, bytes]:
    """Return the files a server needs, each proven against XGBoost first.

    Raises:
        TrainingRefused: If the exported graph or the explanations differ from XGBoost.
    """
    feature_set = fitted.feature_set
    model = export_onnx(fitted.booster, fitted.calibration, width=len(feature_set), feature_set_hash=feature_set.hash)
    predictor = make_predictor(model)
    check_parity(predictor, fitted, fitted.rows)
    explainer = TreeExplainer.build(TreeEnsemble.from_xgboost_json(booster_json(fitted.booster)))
    check_explanations(explainer, fitted, fitted.rows)
    golden = golden_rows(fitted.rows, seed)
    probabilities, margins = predictor.predict(golden)
    scaling, behavior = _behavior_parts(fitted, seed)
    return {
        MODEL_FILE: model,
        VECTORIZER_FILE: vectorizer_json(feature_set, scaling),
        EXPLAIN_FILE: arrays_to_bytes(explainer.arrays()),
        INTERVAL_FILE: interval_bytes(fitted.steps, base_point(fitted.calibration, explainer.base_margin)),
        REFERENCE_FILE: arrays_to_bytes(reference_arrays(fitted.rows, fitted.out_of_fold)),
        GOLDEN_FILE: golden_json(golden, probabilities.astype(np.float64), margins.astype(np.float64), behavior),
    }


def base_point(calibration: Calibration, base_margin: float) -> BasePoint:
    """Return the probability and the slope of the calibration at the expected margin."""
    around = base_margin + _SLOPE_STEP * np.array([-1.0, 0.0, 1.0])
    below, at, above = calibration.probability(around).tolist()
    return BasePoint(probability=at, slope=max(0.0, (above - below) / (2 * _SLOPE_STEP)))


def golden_rows(rows: Matrix, seed: int) -> Matrix:
    """Return rows made of training values, each column shuffled by itself: real values, and nobody's vector."""
    random = np.random.default_rng(seed)
    chosen = random.integers(0, len(rows), size=(GOLDEN_ROWS, rows.shape[1]))
    return rows[chosen, np.arange(rows.shape[1])]


def _behavior_parts(fitted: FittedScorer, seed: int) -> tuple[FeatureScaling | None, dict[str, Any] | None]:
    """Return the ranges and the golden answers of behaviour; None of a version that does not look at it."""
    if fitted.behavior is None or not fitted.feature_set.uses_behavior:
        return None, None
    known = [values for values in fitted.behavior if has_events(values)]
    return FeatureScaling.fit(known), golden_behavior(fitted.feature_set, golden_values(known, seed))


def golden_values(known: Sequence[BehaviorValues], seed: int) -> list[dict[str, Value]]:
    """Return behaviour made of training values, each feature drawn by itself, and that of a lead without events.

    Args:
        known: Of leads with events, one at least.
        seed: Of the draw.
    """
    random = np.random.default_rng(seed)
    chosen = random.integers(0, len(known), size=(GOLDEN_ROWS, len(known[0])))
    made = [{name: known[place].get(name) for name, place in zip(known[0], places, strict=True)} for places in chosen]
    return [*made, {}]


def name_of(files: Mapping[str, bytes], create_time: datetime) -> VersionName:
    """Return the name of the version that ``files`` make, after their content; the card may then speak of it."""
    return VersionName(version_name(create_time, content_digest(_digests(files))))


def with_manifest(
    name: VersionName, files: Mapping[str, bytes], fitted: FittedScorer, facts: VersionFacts, create_time: datetime
) -> dict[str, bytes]:
    """Return the files of a version with the manifest that lists them."""
    manifest = Manifest(
        kind=LEAD_SCORE,
        version=name,
        feature_set_hash=fitted.feature_set.hash,
        feature_count=len(fitted.feature_set),
        training_sample_count=len(fitted.rows),
        base_rate=facts.base_rate,
        training_start_time=facts.training_start_time,
        training_end_time=facts.training_end_time,
        data_fingerprint=facts.data_fingerprint,
        code_version=facts.code_version,
        threshold=facts.threshold,
        metrics=facts.metrics,
        parameters=facts.parameters,
        parents=facts.parents,
        create_time=create_time,
        files=_digests(files),
    )
    return {**files, MANIFEST_FILE: manifest_to_json(manifest)}


def _digests(files: Mapping[str, bytes]) -> tuple[FileDigest, ...]:
    return tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
    )
