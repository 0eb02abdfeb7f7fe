"""Reading stored arrays that may be damaged or hostile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused
from core.version import EXPLAIN_FILE

Scalar = TypeVar("Scalar", bound=np.generic)


def refuse_unless(holds: bool | np.bool_, problem: str) -> None:
    """Raise if a rule about the stored explanation does not hold.

    Raises:
        ArtifactRefused: With the problem.
    """
    if not holds:
        raise ArtifactRefused(EXPLAIN_FILE, problem)


def stored_array(
    arrays: Mapping[str, npt.NDArray[Any]], name: str, dtype: type[Scalar], shape: tuple[int | None, ...]
) -> npt.NDArray[Scalar]:
    """Return a stored array in C order.

    Args:
        arrays: What was stored.
        name: Its key.
        dtype: The exact type it must have, in this machine's byte order.
        shape: The shape it must have; None allows any length.

    Raises:
        ArtifactRefused: If it is absent or different.
    """
    refuse_unless(name in arrays, f"{name} is absent")
    array = arrays[name]
    refuse_unless(isinstance(array, np.ndarray) and array.dtype == np.dtype(dtype), f"{name} has another type")
    fits = array.ndim == len(shape) and all(want in {None, have} for want, have in zip(shape, array.shape, strict=True))
    refuse_unless(fits, f"{name} has another shape")
    return np.ascontiguousarray(array)


def stored_number(arrays: Mapping[str, npt.NDArray[Any]], name: str, dtype: type[Scalar]) -> Scalar:
    """Return a stored single number, kept as an array of shape (1,).

    Raises:
        ArtifactRefused: If it is absent, different or not finite.
    """
    number: Scalar = stored_array(arrays, name, dtype, (1,))[0]
    refuse_unless(bool(np.isfinite(number)), f"{name} is not finite")
    return number
