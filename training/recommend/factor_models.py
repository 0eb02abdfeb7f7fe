"""Factor models: implicit ALS, truncated SVD and NMF."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import implicit.als
import numpy as np
import numpy.typing as npt
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import randomized_svd

from core.recommend.folding_in import FactorModel, Folding
from training.recommend.histories import Csr
from training.recommend.single_thread import single_thread

Singles = npt.NDArray[np.float32]

_ALS_ROUNDS = 15
_NMF_ROUNDS = 200
_SMALL = 1e-3
"""Added to the diagonal of normal equations that need no regularisation, so that they have an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRecipe:
    """What to fit and how to fold in."""

    method: str
    """``als``, ``svd`` or ``nmf``."""
    width: int
    """Number of factors."""
    regularization: float = _SMALL
    alpha: float = 1.0
    """Of ALS: confidence of one interaction."""
    confident: bool = False
    """Of ALS: fold in with the confidences of Hu and others 2008; False: weights are values."""


def fit_factors(recipe: FactorRecipe, wanted: Csr, seed: int) -> FactorModel:
    """Fit a factor model. The same input gives the same model.

    Args:
        recipe: What to fit.
        wanted: Sparse (leads, items), 1 where a lead wanted an item.
        seed: Of the starting point.
    """
    width = min(recipe.width, min(wanted.shape) - 1)
    vectors = _METHODS[recipe.method](recipe, wanted, width, seed)
    folding = Folding(regularization=recipe.regularization, alpha=recipe.alpha, confident=recipe.confident)
    return FactorModel.of(np.ascontiguousarray(vectors, dtype=np.float32), folding)


def _als(recipe: FactorRecipe, wanted: Csr, width: int, seed: int) -> Singles:
    """Hu, Koren and Volinsky 2008."""
    with single_thread():
        model = implicit.als.AlternatingLeastSquares(
            factors=width,
            regularization=recipe.regularization,
            alpha=recipe.alpha,
            iterations=_ALS_ROUNDS,
            random_state=seed,
            num_threads=1,
            use_gpu=False,
        )
        model.fit(wanted, show_progress=False)
    return np.asarray(model.item_factors, dtype=np.float32)


def _svd(_: FactorRecipe, wanted: Csr, width: int, seed: int) -> Singles:
    """Cremonesi, Koren and Turrin 2010 ("PureSVD"), by Halko, Martinsson and Tropp 2011."""
    _, _, rows = randomized_svd(wanted, width, random_state=seed)
    return np.asarray(rows.T, dtype=np.float32)


def _nmf(_: FactorRecipe, wanted: Csr, width: int, seed: int) -> Singles:
    """Lee and Seung 1999."""
    model = NMF(width, init="nndsvd", max_iter=_NMF_ROUNDS, random_state=seed)
    with warnings.catch_warnings():
        # As good as it gets in so many rounds; how good that is, the validation says.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(wanted)
    return np.asarray(model.components_.T, dtype=np.float32)


_METHODS: Mapping[str, Callable[[FactorRecipe, Csr, int, int], Singles]] = {"als": _als, "svd": _svd, "nmf": _nmf}
