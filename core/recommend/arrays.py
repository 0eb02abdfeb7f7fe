"""Reads an .npz file that somebody else wrote, without running or unpacking anything larger than the file itself."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused

MOST_BYTES = 512 * 2**20
MOST_ARRAYS = 32
_SUFFIX = ".npy"


def read_arrays(content: bytes, file: str) -> dict[str, npt.NDArray[np.generic]]:
    """Return the arrays of an .npz file by name.

    Members must be stored, not compressed: the arrays then need no more memory than the file has bytes.

    Args:
        content: Of the file.
        file: Its name, for messages.

    Raises:
        ArtifactRefused: If it is too large, damaged, compressed, or holds anything but plain arrays.
    """
    if len(content) > MOST_BYTES:
        raise ArtifactRefused(file, f"is larger than {MOST_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check(members, len(content), file)
            return {member.filename.removesuffix(_SUFFIX): _array(archive.read(member)) for member in members}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, SyntaxError) as wrong:
        raise ArtifactRefused(file, "is not a file of plain arrays") from wrong


def _check(members: list[zipfile.ZipInfo], size: int, file: str) -> None:
    if len(members) > MOST_ARRAYS or len({member.filename for member in members}) != len(members):
        raise ArtifactRefused(file, f"must hold at most {MOST_ARRAYS} arrays, each once")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ArtifactRefused(file, "must not be compressed")
    if sum(member.file_size for member in members) > size:
        raise ArtifactRefused(file, "says that it holds more than it does")


def _array(content: bytes) -> npt.NDArray[np.generic]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(version)
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if fortran or dtype not in (np.dtype(np.float32), np.dtype(np.int32)):
        raise ValueError(dtype)
    # The header cannot ask for more than is there.
    return np.frombuffer(content, dtype=dtype, offset=stream.tell()).reshape(shape)
