"""The calls of one load, column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

MOST_TEXTS = 40


class CallsMade:
    """Gathers calls; one thread adds, or the lock of the interpreter keeps each append whole."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, float, float, str]] = []
        """Moment it began or was planned, seconds until its end, seconds since it was really sent, verdict."""
        self.texts: Counter[str] = Counter()
        self.unsent = 0
        self.latest = 0.0
        """Seconds the client itself was behind its plan, at most."""

    def add(self, began: float, ended: float, verdict: str, text: str = "", *, sent: float | None = None) -> None:
        """Note the end of a call."""
        self.rows.append((began, ended - began, ended - (began if sent is None else sent), verdict))
        if text:
            self.texts[f"{verdict}: {text[:160]}"] += 1

    def late(self, seconds: float) -> None:
        """Note how far behind its plan the client is."""
        self.latest = max(self.latest, seconds)

    @staticmethod
    def merged(parts: Sequence[CallsMade]) -> dict[str, Any]:
        """Return all of them as one JSON object."""
        texts: Counter[str] = Counter()
        for part in parts:
            texts.update(part.texts)
        return {
            "rows": [row for part in parts for row in part.rows],
            "texts": dict(texts.most_common(MOST_TEXTS)),
            "unsent": sum(part.unsent for part in parts),
            "latest": max((part.latest for part in parts), default=0.0),
        }
