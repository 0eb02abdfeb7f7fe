"""Numbers from names: what all assignment rests on. docs/assignment.md says it bit for bit for other languages."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

SCHEME = "leadline1"
"""Enters every hash. Another way of hashing is another scheme, never a change of this one."""
SEGMENTS = 10_000
"""Parts of a layer."""
_MASK = (1 << 64) - 1


class Purpose(StrEnum):
    """What a hash is for. Hashes for different purposes have nothing in common."""

    UNIT = "unit"
    """Of a unit in an experiment; the salt is the experiment's."""
    VARIANT = "variant"
    """Of a variant's name in an experiment; the salt is the experiment's."""
    LAYER = "layer"
    """Where a unit stands in a named layer; the salt is the layer's name."""
    TRAFFIC = "traffic"
    """Where a unit stands in the layer of its own that an experiment has; the salt is the experiment's."""
    HOLDOUT = "holdout"
    """Whether a unit is held out of everything; the salt is empty."""


def prefix(purpose: Purpose, salt: str) -> bytes:
    """Return what stands before the text in what is hashed.

    Every part ends with NUL, which no salt and no unit holds: different parts never make the same bytes.
    """
    return f"{SCHEME}\0{purpose}\0{salt}\0".encode()


def word(prefixed: bytes, text: str) -> int:
    """Return a number in [0, 2^64): the first eight bytes, big-endian, of the SHA-256 of a prefix and UTF-8 text."""
    return int.from_bytes(sha256(prefixed + text.encode()).digest()[:8], "big")


def mixed(value: int) -> int:
    """Return another number in [0, 2^64) in which every bit hangs on every bit of the first; it can be undone.

    The finalizer of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators",
    with the constants of Stafford's variant 13).
    """
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def share_of(value: int) -> float:
    """Return the middle of the cell in (0, 1) that the top 52 bits of a number name.

    52 and not 53, so that the half is exact and neither end can come out.
    """
    return ((value >> 12) + 0.5) * 2.0**-52


def segment_of(value: int) -> int:
    """Return the segment in 0 to 9,999 that the top 32 bits of a number name; no remainder of a division is taken."""
    return ((value >> 32) * SEGMENTS) >> 32
