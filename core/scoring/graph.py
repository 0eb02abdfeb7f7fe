"""The form every lead-score graph has."""

from __future__ import annotations

INPUT_NAME = "features"
"""float32 (n, n_features), NaN = missing."""
PROBABILITY_NAME = "probability"
"""float32 (n,), calibrated, in [0, 1]."""
MARGIN_NAME = "margin"
"""float32 (n,), the sum of the trees."""
FEATURE_SET_HASH_KEY = "leadline.feature_set_hash"
"""Key of the model's metadata."""
ALLOWED_OPERATORS = frozenset(
    {
        ("ai.onnx.ml", "TreeEnsembleRegressor"),
        ("", "Add"),
        ("", "Clip"),
        ("", "Div"),
        ("", "MatMul"),
        ("", "Mul"),
        ("", "Neg"),
        ("", "Reshape"),
        ("", "Sigmoid"),
        ("", "Softplus"),
        ("", "Sub"),
    }
)
"""(domain, operator). None of them loops, allocates by value, reads files or draws random numbers."""
