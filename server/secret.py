"""Secrets of the server: set by the operator, or in local mode made on the first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from server.settings import ServerSettings

_TOKEN_FILE = "token-secret"  # noqa: S105  the name of a file
_PEPPER_FILE = "api-key-pepper"
_CONVERSATION_KEY_FILE = "conversation-key"


def token_secret(settings: ServerSettings) -> bytes:
    """Return the secret that signs attribution tokens."""
    return _set_or_kept(settings.token_secret, settings, _TOKEN_FILE)


def api_key_pepper(settings: ServerSettings) -> bytes:
    """Return the key of the hashes of API keys; nothing in production without API keys."""
    if settings.mode == "production" and not settings.api_key_pepper:
        return b""
    return _set_or_kept(settings.api_key_pepper, settings, _PEPPER_FILE)


def conversation_keys(settings: ServerSettings) -> tuple[bytes, ...]:
    """Return the keys of stored conversations, newest first; nothing where none are set and nobody stores."""
    if settings.conversation_keys or not settings.stored_conversations:
        return settings.conversation_keys
    return (bytes.fromhex(_set_or_kept("", settings, _CONVERSATION_KEY_FILE).decode()),)


def _set_or_kept(chosen: str, settings: ServerSettings, file: str) -> bytes:
    """Return the secret that is set, else the one kept beside the model folder, made on the first start."""
    if chosen:
        return chosen.encode()
    kept = settings.model_dir.parent / file
    _make_once(kept)
    return kept.read_bytes()


def _make_once(kept: Path) -> None:
    """Write a new secret, readable by its owner only, unless there is one; safe when two processes start at once."""
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
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
