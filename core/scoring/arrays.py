"""Arrays as the bytes of a file, and back, without ever unpickling."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused

Arrays = Mapping[str, npt.NDArray[Any]]
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, SyntaxError, OverflowError, MemoryError),
    tokenize.TokenError,
)
"""What zipfile and numpy raise for damaged files: each layer lets the errors of its own parser through."""
MAX_BYTES = 256 * 2**20
"""A version of 1,000 trees stays below; more is refused before it is read."""


def arrays_to_bytes(arrays: Arrays) -> bytes:
    """Return an uncompressed npz: reading it back costs a copy, not a decompression."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: np.asarray(array, order="C") for name, array in arrays.items()})  # type: ignore[arg-type]
    return buffer.getvalue()


def arrays_from_bytes(file: str, content: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read an npz.

    Raises:
        ArtifactRefused: If it is not one, holds Python objects, or is too large unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_BYTES:
            raise ArtifactRefused(file, f"unpacks to more than {MAX_BYTES} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except _UNREADABLE as problem:
        raise ArtifactRefused(file, "not a readable npz") from problem
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ArtifactRefused(file, "holds something else than arrays")
    return arrays
