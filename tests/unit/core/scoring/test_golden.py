from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ArtifactRefused
from core.scoring.golden import check_golden, golden_json
from core.version import GOLDEN_FILE
from tests.parts.fitted import small_version


@pytest.fixture(scope="module")
def predictor(model):
    return model(0).predictor


@pytest.fixture(scope="module")
def width(model):
    return len(model(0).feature_set)


@pytest.fixture(scope="module")
def golden():
    return small_version(0).files[GOLDEN_FILE]


def refused(content, predictor, width):
    with pytest.raises(ArtifactRefused) as problem:
        check_golden(content, predictor, width)
    assert problem.value.metadata == {"file": GOLDEN_FILE}


def changed(golden, change):
    content = json.loads(golden)
    change(content)
    return json.dumps(content).encode()


def test_a_graph_reproduces_its_own_answers(golden, predictor, width):
    check_golden(golden, predictor, width)


def test_missing_values_are_written_as_null_and_read_back(golden, predictor, width):
    rows = np.array(json.loads(golden)["rows"], dtype=np.float32)
    assert np.isnan(rows).any()
    assert b"NaN" not in golden
    probability, margin = predictor.predict(rows)
    assert golden_json(rows, probability.astype(float), margin.astype(float)) == golden


def test_the_answers_of_another_version_are_refused(predictor, width):
    refused(small_version(1).files[GOLDEN_FILE], predictor, width)


@pytest.mark.parametrize("name", ["probability", "margin"])
@pytest.mark.parametrize("off", [1.2e-5, -1.2e-5, 0.5, float("nan"), float("inf")])
def test_one_answer_that_is_off_is_refused(name, off, golden, predictor, width):
    def shift(content):
        content[name][7] += off

    refused(changed(golden, shift), predictor, width)


def test_an_answer_within_the_tolerance_passes(golden, predictor, width):
    def shift(content):
        content["margin"][7] += 8e-6

    check_golden(changed(golden, shift), predictor, width)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"7",
        b"null",
        b'"rows"',
        b"\xff\xfe",
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"rows": [], "probability": [], "margin": []}',
        b'{"rows": [[]], "probability": [0.5], "margin": [0]}',
        b'{"rows": {"a": 1}, "probability": [0.5], "margin": [0]}',
        b'{"rows": [[1], [1, 2]], "probability": [0.5], "margin": [0]}',
        b'{"rows": [["x"]], "probability": [0.5], "margin": [0]}',
        b'{"rows": [[1e55]], "probability": [0.5], "margin": [0]}',
        b'{"rows": [[1' + b"0" * 400 + b']], "probability": [0.5], "margin": [0]}',
        b'{"rows": [[1' + b"0" * 5_000 + b']], "probability": [0.5], "margin": [0]}',
    ],
)
def test_what_is_no_golden_file_is_refused(content, predictor, width):
    refused(content, predictor, width)


def test_another_number_of_rows_or_answers_is_refused(golden, predictor, width):
    for name in ("rows", "probability", "margin"):
        refused(changed(golden, lambda content, name=name: content[name].pop()), predictor, width)
    refused(golden, predictor, width + 1)

    def repeat(content):
        for name in content:
            content[name] = (content[name] * 32)[:1_001]

    refused(changed(golden, repeat), predictor, width)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), inserted=st.binary(max_size=6), cut=st.integers(0, 6))
def test_any_damage_is_refused_or_harmless(*, at, inserted, cut, golden, predictor, width):
    start, stop = at % len(golden), at % len(golden) + cut
    with contextlib.suppress(ArtifactRefused):
        check_golden(golden[:start] + inserted + golden[stop:], predictor, width)
