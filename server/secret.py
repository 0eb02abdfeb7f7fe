"""The secret that signs attribution tokens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from server.settings import ServerSettings

_FILE = "token-secret"


def token_secret(settings: ServerSettings) -> bytes:
    """Return the secret that is set, else the one kept beside the model folder, made on the first start."""
    if settings.token_secret:
        return settings.token_secret.encode()
    kept = settings.model_dir.parent / _FILE
    _make_once(kept)
    return kept.read_bytes()


def _make_once(kept: Path) -> None:
    """Write a new secret, readable by its owner only, unless there is one; safe when two processes start at once."""
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, kept)
    except FileExistsError:
        return
    finally:
        draft.unlink()
