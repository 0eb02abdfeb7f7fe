"""Masks what names people, and how to reach or charge them.

For anything that is stored or learned from. It finds much and not all (see docs/conversation.md for how much): a masked
text is not anonymous.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from core.privacy.addresses import find_addresses
from core.privacy.names import find_names
from core.privacy.numbers import find_numbers
from core.privacy.redacted import PrivateSpan, Redacted, masked


def redact(text: str) -> Redacted:
    """Mask what is private in a text, in time linear in its length.

    Args:
        text: Anything.
    """
    spans = _apart(chain(find_numbers(text), find_addresses(text), find_names(text)))
    return Redacted(text=masked(text, spans), spans=spans)


def _apart(found: Iterable[PrivateSpan]) -> tuple[PrivateSpan, ...]:
    """Return spans in order without overlap: of two that share a character the longer one, cut to nothing else."""
    kept: list[PrivateSpan] = []
    for span in sorted(found, key=lambda one: (one.start, one.start - one.end)):
        if kept and span.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = PrivateSpan(kind=last.kind, start=last.start, end=max(last.end, span.end))
            continue
        kept.append(span)
    return tuple(kept)
