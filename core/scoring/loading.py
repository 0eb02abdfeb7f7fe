"""Turns the verified files of a version into a model that scores, or refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from core.behavior.plan import LEAD_PLAN
from core.behavior.scaling import FeatureScaling
from core.errors import ArtifactRefused, InvalidInput
from core.explain.explainer import TreeExplainer
from core.features.families import families_from_json
from core.features.feature_set import FeatureSet
from core.monitoring.reference import check_reference, reference_from_arrays
from core.ports import Predictor
from core.scoring.arrays import arrays_from_bytes, arrays_to_bytes
from core.scoring.golden import check_golden
from core.scoring.golden_behavior import check_golden_behavior
from core.scoring.interval import VennAbersSteps, steps_from_arrays
from core.scoring.model import BasePoint, ScoringModel
from core.version import (
    EXPLAIN_FILE,
    GOLDEN_FILE,
    INTERVAL_FILE,
    MODEL_FILE,
    REFERENCE_FILE,
    VECTORIZER_FILE,
    ModelVersion,
)

Files = Mapping[str, bytes]


class GraphPredictor(Predictor, Protocol):
    """A predictor that knows what its graph says of itself."""

    @property
    def feature_count(self) -> int:
        """Width of the input."""

    @property
    def feature_set_hash(self) -> str:
        """Hash in the graph's metadata, empty if there is none."""


MakePredictor = Callable[[bytes], GraphPredictor]


def vectorizer_json(feature_set: FeatureSet, scaling: FeatureScaling | None = None) -> bytes:
    """Return a feature set as the content of ``vectorizer.json``, with the ranges of behaviour features in training."""
    content = {"families": feature_set.families.to_json(), "features": list(feature_set.names)}
    if scaling is not None:
        content["behavior_scaling"] = scaling.to_json()
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def interval_bytes(steps: VennAbersSteps, base: BasePoint) -> bytes:
    """Return interval steps and base point as the content of ``interval.npz``."""
    return arrays_to_bytes({**steps.arrays(), "base": np.array([base.probability, base.slope])})


def load_model(
    version: ModelVersion, files: Files, make_predictor: MakePredictor, behavior_plan: str = LEAD_PLAN.hash
) -> ScoringModel:
    """Build, check and warm a version. ``files`` must already agree with the manifest's digests.

    Args:
        version: What the registry says of it.
        files: Its files.
        make_predictor: Loads its graph.
        behavior_plan: Hash of the plan that leads' behaviour is computed by here.

    Raises:
        ArtifactRefused: If any part is damaged, does not fit the others, or was made for other feature code.
    """
    feature_set = read_feature_set(files[VECTORIZER_FILE])
    _check_plan(feature_set, behavior_plan)
    predictor = make_predictor(files[MODEL_FILE])
    _check_hashes(version, feature_set, predictor)
    width = len(feature_set)
    reference = arrays_from_bytes(REFERENCE_FILE, files[REFERENCE_FILE])
    problem = check_reference(reference, width)
    if problem is not None:
        raise ArtifactRefused(REFERENCE_FILE, problem)
    explainer = TreeExplainer.from_arrays(arrays_from_bytes(EXPLAIN_FILE, files[EXPLAIN_FILE]))
    if explainer.n_features != width:
        raise ArtifactRefused(EXPLAIN_FILE, f"explains {explainer.n_features} features, the set has {width}")
    check_golden(files[GOLDEN_FILE], predictor, width)
    check_golden_behavior(files[GOLDEN_FILE], feature_set)
    explainer.contributions(np.zeros(width, dtype=np.float32))  # warm: the first caller must not pay
    interval_arrays = arrays_from_bytes(INTERVAL_FILE, files[INTERVAL_FILE])
    return ScoringModel(
        version=version,
        feature_set=feature_set,
        predictor=predictor,
        explainer=explainer,
        steps=steps_from_arrays(interval_arrays),
        base=_base_point(interval_arrays),
        reference=reference_from_arrays(reference),
        scaling=read_scaling(files[VECTORIZER_FILE]),
    )


def read_feature_set(vectorizer: bytes) -> FeatureSet:
    """Return the feature set in the content of ``vectorizer.json``.

    Raises:
        ArtifactRefused: If there is none in it.
    """
    try:
        content: dict[str, Any] = json.loads(vectorizer)
        names = frozenset(map(str, content["features"]))
        families = content["families"]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ArtifactRefused(VECTORIZER_FILE, "not a fitted feature set") from problem
    return FeatureSet(families_from_json(families), names)


def read_scaling(vectorizer: bytes) -> FeatureScaling | None:
    """Return the ranges of behaviour features in the content of ``vectorizer.json``; None if there are none in it.

    Raises:
        ArtifactRefused: If what is in it are no ranges.
    """
    try:
        scaling = json.loads(vectorizer).get("behavior_scaling")
        return None if scaling is None else FeatureScaling.from_json(scaling)
    except (ValueError, TypeError, AttributeError, RecursionError, InvalidInput) as problem:
        raise ArtifactRefused(VECTORIZER_FILE, "holds no scaling of behaviour features") from problem


def _check_plan(feature_set: FeatureSet, behavior_plan: str) -> None:
    if feature_set.uses_behavior and feature_set.behavior_plan != behavior_plan:
        raise ArtifactRefused(
            VECTORIZER_FILE,
            "made for behaviour features of another plan or other settings than this server's: train again",
        )


def _check_hashes(version: ModelVersion, feature_set: FeatureSet, predictor: GraphPredictor) -> None:
    expected = version.manifest.feature_set_hash
    if feature_set.hash != expected:
        raise ArtifactRefused(VECTORIZER_FILE, "made for other feature code than this server's: train again")
    if predictor.feature_set_hash != expected:
        raise ArtifactRefused(MODEL_FILE, "its feature set is not the manifest's")
    if predictor.feature_count != len(feature_set):
        raise ArtifactRefused(MODEL_FILE, f"takes {predictor.feature_count} features, the set has {len(feature_set)}")


def _base_point(arrays: Mapping[str, Any]) -> BasePoint:
    base = arrays.get("base")
    if base is None or base.shape != (2,) or base.dtype != np.float64:
        raise ArtifactRefused(INTERVAL_FILE, "lacks its base point")
    probability, slope = map(float, base)
    if not (0.0 <= probability <= 1.0 and 0.0 <= slope < float("inf")):
        raise ArtifactRefused(INTERVAL_FILE, "its base point must be a probability and a slope")
    return BasePoint(probability=probability, slope=slope)
