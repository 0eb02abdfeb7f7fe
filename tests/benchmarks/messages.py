"""Ready-made messages of one method, kept as bytes in a file so that no process pays for making them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LENGTH_BYTES = 4
SCORE = "/leadline.v1.ScoringService/Score"
BATCH_SCORE = "/leadline.v1.ScoringService/BatchScore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """Serialised messages."""

    name: str
    """Of the file, without folder and suffix."""
    method: str
    """Full name, for example ``/leadline.v1.ScoringService/Score``."""
    bodies: Sequence[bytes]

    def write(self, path: Path) -> Path:
        """Write method and messages to a file and return its path."""
        parts = [self.method.encode(), *self.bodies]
        path.write_bytes(b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts))
        return path


def read_messages(path: Path) -> Messages:
    """Read what :meth:`Messages.write` wrote."""
    content, parts, at = path.read_bytes(), [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + _LENGTH_BYTES], "big")
        at += _LENGTH_BYTES + length
        parts.append(content[at - length : at])
    return Messages(name=path.stem, method=parts[0].decode(), bodies=parts[1:])
