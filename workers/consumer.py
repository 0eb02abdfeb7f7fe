"""A consumer that does not talk with other workers."""

from __future__ import annotations

from typing import Any

from celery.worker.consumer import Consumer


class QuietConsumer(Consumer):
    """Leaves out gossip and mingle: nothing here needs them, and their messages grow with the square of the workers."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "without_gossip": True, "without_mingle": True})
