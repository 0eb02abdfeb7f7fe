from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ArtifactRefused
from core.explain import TreeExplainer

ROWS = np.array([[0.0] * 8, [np.nan] * 8, [np.inf, -np.inf] * 4, [1e38, -1e38] * 4], np.float32)


@pytest.fixture(scope="module", params=[3, 10], ids=["tables", "leaves"])
def explainer(request, train):
    return train(trees=3, params={"max_depth": request.param, "min_child_weight": 0}).explainer


def test_storing_and_loading_changes_nothing(explainer):
    file = io.BytesIO()
    np.savez(file, **explainer.arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        loaded = TreeExplainer.from_arrays(dict(stored))
    assert loaded.base_margin == explainer.base_margin
    assert loaded.n_features == explainer.n_features
    np.testing.assert_array_equal(loaded.contributions_batch(ROWS), explainer.contributions_batch(ROWS))
    for name, array in loaded.arrays().items():
        assert array.dtype == explainer.arrays()[name].dtype


def test_every_array_is_needed(explainer):
    for name in explainer.arrays():
        fewer = {key: value for key, value in explainer.arrays().items() if key != name}
        with pytest.raises(ArtifactRefused, match=r"explain\.npz"):
            TreeExplainer.from_arrays(fewer)


def test_another_type_or_shape_is_refused(explainer):
    for name, array in explainer.arrays().items():
        other = np.float16 if array.dtype != np.float16 else np.float32
        for wrong in (array.astype(other), array[:-1], array[np.newaxis], np.array(["x"], dtype=object)):
            with pytest.raises(ArtifactRefused, match=r"explain\.npz"):
                TreeExplainer.from_arrays({**explainer.arrays(), name: wrong})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", 2),
        ("base_margin", np.nan),
        ("base_margin", np.inf),
        ("n_features", -1),
        ("n_features", 2**62),
        ("n_features", 1),
    ],
)
def test_numbers_out_of_range_are_refused(explainer, name, value):
    arrays = explainer.arrays()
    with pytest.raises(ArtifactRefused):
        TreeExplainer.from_arrays({**arrays, name: np.array([value]).astype(arrays[name].dtype)})


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipped_bytes_are_refused_or_give_finite_answers(explainer, data):
    arrays = explainer.arrays()
    name = data.draw(st.sampled_from(sorted(arrays)))
    damaged = bytearray(arrays[name].tobytes())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        damaged[position] ^= data.draw(st.integers(1, 255))
    wrong = np.frombuffer(bytes(damaged), arrays[name].dtype).reshape(arrays[name].shape)
    try:
        loaded = TreeExplainer.from_arrays({**arrays, name: wrong})
    except ArtifactRefused:
        return
    same_width = loaded.n_features == ROWS.shape[1]
    rows = ROWS if same_width else np.zeros((2, loaded.n_features), np.float32)
    found = loaded.contributions_batch(rows)
    assert found.shape == rows.shape
    assert np.isfinite(found).all()
    assert np.isfinite(loaded.base_margin)
