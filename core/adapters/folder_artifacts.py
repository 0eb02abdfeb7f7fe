"""Artefact folders on a file system: written whole or not at all, read without following links."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from core.errors import ArtifactRefused, DependencyDown, InvalidInput, NotFound

ARTIFACTS = "artifacts"
"""Name of the dependency in errors and status."""

_LEFTOVER = ".leftover-"
"""Prefix of folders that are being written or deleted; no digest begins so."""
_is_digest = re.compile(r"[0-9a-f]{64}").fullmatch
_is_file_name = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_.\-]{0,99}").fullmatch
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Without O_NONBLOCK a named pipe among the files would hold us for ever.
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_NOT_A_FILE = {errno.ELOOP, errno.EMLINK, errno.ENXIO}
_OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}
_NOT_A_FOLDER = {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}


class FolderArtifacts:
    """Keeps each folder of files at ``root/<digest>``. Implements :class:`core.ports.ArtifactStore`.

    Every method raises :class:`DependencyDown` if the file system does not work, and :class:`InvalidInput`
    if a digest is not 64 hexadecimal digits.

    Args:
        root: The folder of the folders; made with the first write.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, digest: str, files: Mapping[str, bytes]) -> None:
        """Store a folder under its digest, atomically and durably.

        Storing the same folder twice is harmless; one that was damaged since is replaced.

        Raises:
            ArtifactRefused: If a file has no plain name.
        """
        for name in files:
            _check_name(name)
        if self._holds(digest, files):
            return
        with _file_system():
            self._make_root()
            draft = self._leftover()
            try:
                _write_folder(draft, files)
                self._put_in_place(draft, digest, files)
            finally:
                _remove(draft)

    def read(self, digest: str) -> Mapping[str, bytes]:
        """Return every file of a folder.

        Raises:
            NotFound: If there is no such folder.
            ArtifactRefused: If something in it is not a plain file.
        """
        path = self._folder(digest)
        with _file_system():
            try:
                folder = os.open(path, _OPEN_FOLDER)
            except FileNotFoundError as error:
                raise NotFound("model_artifact", digest) from error
            except OSError as error:
                if error.errno in _NOT_A_FOLDER:
                    raise ArtifactRefused(digest, "is not a folder") from error
                raise
            try:
                return {name: _read_file(name, folder) for name in sorted(os.listdir(folder))}  # noqa: PTH208 - by descriptor
            finally:
                os.close(folder)

    def delete(self, digest: str) -> int:
        """Remove a folder at once and return the bytes freed; 0 if there was none."""
        with _file_system():
            leftover = self._leftover()
            try:
                self._folder(digest).rename(leftover)
            except FileNotFoundError:
                return 0
            _sync_folder(self._root)
            freed = _size(leftover)
            _remove(leftover)
            return freed

    def clean_leftovers(self, older_than: datetime) -> int:
        """Remove what crashed writes and deletions left behind.

        Args:
            older_than: Aware. What changed after it may belong to a write that goes on, and stays.

        Returns:
            Number of folders removed.
        """
        with _file_system():
            if not self._root.is_dir():
                return 0
            found = [path for path in self._root.iterdir() if path.name.startswith(_LEFTOVER)]
            stale = [path for path in found if path.lstat().st_mtime < older_than.timestamp()]
            for path in stale:
                _remove(path)
            return len(stale)

    def _folder(self, digest: str) -> Path:
        if _is_digest(digest) is None:
            raise InvalidInput.of("digest", "must be 64 lower-case hexadecimal digits")
        return self._root / digest

    def _leftover(self) -> Path:
        return self._root / f"{_LEFTOVER}{secrets.token_hex(8)}"

    def _make_root(self) -> None:
        if not self._root.is_dir():
            self._root.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._root.parent)

    def _holds(self, digest: str, files: Mapping[str, bytes]) -> bool:
        try:
            return self.read(digest) == files
        except (NotFound, ArtifactRefused):
            return False

    def _put_in_place(self, draft: Path, digest: str, files: Mapping[str, bytes]) -> None:
        target = self._folder(digest)
        try:
            draft.rename(target)
        except OSError as error:
            if error.errno not in _OCCUPIED:
                raise
            if not self._holds(digest, files):
                self._set_aside(target)
                draft.rename(target)
        _sync_folder(self._root)

    def _set_aside(self, target: Path) -> None:
        damaged = self._leftover()
        target.rename(damaged)
        _remove(damaged)


@contextmanager
def _file_system() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DependencyDown(ARTIFACTS) from error


def _check_name(name: str) -> None:
    if _is_file_name(name) is None:
        shown = name[:100].encode("ascii", "backslashreplace").decode("ascii")
        raise ArtifactRefused(shown, "is not a plain file name")


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync_folder(folder)


def _read_file(name: str, folder: int) -> bytes:
    _check_name(name)
    try:
        opened = os.open(name, _OPEN_FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in _NOT_A_FILE:
            raise ArtifactRefused(name, "is not a plain file") from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ArtifactRefused(name, "is not a plain file")
        with os.fdopen(opened, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(opened)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, _OPEN_FOLDER)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _size(path: Path) -> int:
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size
    return sum(_size(inner) for inner in path.iterdir())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
