from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.onnx_predictor import OnnxPredictor
from core.explain import TreeExplainer
from core.registry.integrity import verify_files
from core.registry.manifest import manifest_digest, parse_manifest
from core.scoring.arrays import arrays_from_bytes
from core.scoring.golden import check_golden
from core.version import (
    EXPLAIN_FILE,
    GOLDEN_FILE,
    INTERVAL_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    REFERENCE_FILE,
    REQUIRED_FILES,
    VECTORIZER_FILE,
)
from tests.parts.fitted import FITTED_TIMES, LEAD_COUNT, small_version
from training.artifact import GOLDEN_ROWS, base_point, golden_rows
from training.calibration import Beta, Isotonic, Sigmoid


@pytest.fixture(scope="module")
def files():
    return small_version(0).files


@pytest.fixture(scope="module")
def manifest(files):
    return parse_manifest(files[MANIFEST_FILE])


def test_a_version_has_the_files_its_manifest_lists(files, manifest):
    verify_files(manifest, files)
    assert set(REQUIRED_FILES) <= set(files)
    assert len(manifest_digest(files[MANIFEST_FILE])) == 64


def test_the_manifest_says_what_was_fitted(files, manifest):
    names = json.loads(files[VECTORIZER_FILE])["features"]
    assert manifest.feature_count == len(names) == len(set(names))
    assert manifest.training_sample_count == LEAD_COUNT
    assert manifest.create_time == FITTED_TIMES[0]
    assert manifest.version.startswith("v20260701_120000_")
    converted = [outcome.converted for _, outcome in small_version(0).leads]
    assert manifest.base_rate == pytest.approx(np.mean(converted))
    moments = [lead.posted_time for lead, _ in small_version(0).leads]
    assert (manifest.training_start_time, manifest.training_end_time) == (min(moments), max(moments))
    assert manifest.parameters["n_estimators"] == 30
    assert manifest.parameters["validation_sample_count"] == LEAD_COUNT // 5
    assert manifest.parameters["calibration"] in {"identity", "platt", "beta"}
    assert {metric.name for metric in manifest.metrics} >= {"auc", "log_loss", "f1"}


def test_the_parts_are_about_one_and_the_same_model(files, manifest):
    predictor = OnnxPredictor(files[MODEL_FILE])
    explainer = TreeExplainer.from_arrays(arrays_from_bytes(EXPLAIN_FILE, files[EXPLAIN_FILE]))
    assert predictor.feature_set_hash == manifest.feature_set_hash
    check_golden(files[GOLDEN_FILE], predictor, manifest.feature_count)
    rows = np.array(json.loads(files[GOLDEN_FILE])["rows"], dtype=np.float32)
    assert rows.shape == (GOLDEN_ROWS, manifest.feature_count)
    margin = predictor.predict(rows)[1]
    total = explainer.base_margin + explainer.contributions_batch(rows).sum(axis=1)
    assert total == pytest.approx(margin, abs=1e-4)
    reference = arrays_from_bytes(REFERENCE_FILE, files[REFERENCE_FILE])
    assert reference["row_count"] == LEAD_COUNT
    assert reference["score_counts"].sum() == LEAD_COUNT
    assert arrays_from_bytes(INTERVAL_FILE, files[INTERVAL_FILE])["base"].shape == (2,)


def test_no_lead_can_be_read_in_the_files(files):
    """A version travels further than the leads it was made from."""
    leads = [lead for lead, _ in small_version(0).leads]
    for name in REQUIRED_FILES:
        for lead in leads[:50]:
            assert lead.lead_id.encode() not in files[name]
            assert not lead.email or lead.email.encode() not in files[name]
            assert lead.description.encode() not in files[name]


@given(st.integers(2, 60), st.integers(1, 20), st.integers(0, 10**6))
def test_golden_rows_are_real_values_each_in_its_column(count, width, seed):
    rows = np.arange(count * width, dtype=np.float32).reshape(count, width)
    golden = golden_rows(rows, seed)
    assert golden.shape == (GOLDEN_ROWS, width)
    assert golden.dtype == np.float32
    for column in range(width):
        assert set(golden[:, column]) <= set(rows[:, column])
    np.testing.assert_array_equal(golden, golden_rows(rows, seed))


def test_golden_rows_are_nobodys_vector():
    rows = np.arange(500 * 30, dtype=np.float32).reshape(500, 30)
    people = {tuple(row) for row in rows}
    assert not people & {tuple(row) for row in golden_rows(rows, 42)}


@pytest.mark.parametrize("margin", [-3.0, -0.4, 0.0, 2.0])
@pytest.mark.parametrize("calibration", [Sigmoid("platt", 0.5, -0.2), Beta(0.4, 1.5, 0.1)])
def test_the_base_point_is_value_and_slope_of_the_map(margin, calibration):
    base = base_point(calibration, margin)
    assert base.probability == pytest.approx(float(calibration.probability(np.array([margin]))[0]))
    tiny = 1e-5
    around = calibration.probability(np.array([margin - tiny, margin + tiny]))
    assert base.slope == pytest.approx(float(np.diff(around)[0]) / (2 * tiny), rel=1e-4)


def test_beyond_the_knots_the_slope_is_zero_not_less():
    base = base_point(Isotonic(np.array([-1.0, 1.0]), np.array([0.2, 0.7])), 5.0)
    assert (base.probability, base.slope) == (pytest.approx(0.7), 0.0)
