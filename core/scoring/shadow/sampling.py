"""Which answers the shadow scores too."""

from __future__ import annotations

import zlib

_CODES = 2**32


def is_sampled(token_id: str, share: float) -> bool:
    """Return whether an answer is among the sampled ``share``: the same answer always is or never is.

    Args:
        token_id: Of the answer.
        share: In [0, 1]. What is in a smaller share is in a larger one.
    """
    return zlib.crc32(token_id.encode()) < share * _CODES
