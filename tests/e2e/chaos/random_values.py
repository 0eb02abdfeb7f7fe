"""Values of every type of field, most of them at an edge."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Field

_INTEGERS = {
    Field.TYPE_INT32: (-(2**31), 2**31 - 1),
    Field.TYPE_SINT32: (-(2**31), 2**31 - 1),
    Field.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    Field.TYPE_UINT32: (0, 2**32 - 1),
    Field.TYPE_FIXED32: (0, 2**32 - 1),
    Field.TYPE_INT64: (-(2**63), 2**63 - 1),
    Field.TYPE_SINT64: (-(2**63), 2**63 - 1),
    Field.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    Field.TYPE_UINT64: (0, 2**64 - 1),
    Field.TYPE_FIXED64: (0, 2**64 - 1),
}
_SMALL = (-1, 0, 1, 2, 5, 100, 101, 1_000, 1_001)
_FLOATS = (
    0.0, -0.0, 1.0, -1.0, 90.0, 1e-320, 5e-324, 1e38, 3.5e38, -1e308, 1.7976931348623157e308, 2.0**63, 1e19,
    math.nan, math.inf, -math.inf,
)  # fmt: skip
_TEXTS = (
    "", "a", "lead-1", "lead-2", "r-1", "r-2", "lead_score", "*", "local", " ", "\0", "a\0b", "\n", "-", "..",
    "../../etc/passwd", "%s%n", "'; DROP TABLE leads; --", "\u202e\u200f", "e\u0301", "\ud7ff\ue000", "\uffff",
    "\U0010ffff", "😀" * 20, "ß" * 101, "v20260701_120000_00000000", "null", "NaN", "1e999", "true", "{}",
)  # fmt: skip
_LONG = (100, 101, 127, 128, 129, 200, 201, 320, 1_000, 1_001, 10_000, 20_001)
_SECONDS = (
    0, 1, -1, 1_780_000_000, 4_102_444_799, 4_102_444_800, 253_402_300_799, 253_402_300_800, -62_135_596_800,
    -62_135_596_801, 2**31, 2**53, 2**63 - 1, -(2**63), 315_576_000_000, 315_576_000_001,
)  # fmt: skip
_NANOS = (0, 1, 999_999_999, 1_000_000_000, -1, 2**31 - 1, -(2**31))


def scalar(random: Random, field: Field) -> Any:
    """Return a value that the field can hold."""
    kind = field.type
    if kind == Field.TYPE_STRING:
        return text(random)
    if kind == Field.TYPE_BYTES:
        return random.randbytes(random.choice((0, 1, 16, 1_000)))
    if kind == Field.TYPE_BOOL:
        return random.random() < 0.5
    if kind in (Field.TYPE_DOUBLE, Field.TYPE_FLOAT):
        return random.choice(_FLOATS) if random.random() < 0.5 else random.gauss(0, 1e4)
    if kind == Field.TYPE_ENUM:
        known = [value.number for value in field.enum_type.values]
        return random.choice([*known, -1, 99, 2**31 - 1])
    return _integer(random, *_INTEGERS[kind])


def text(random: Random) -> str:
    """Return a text: an edge, a long one, or a usual one."""
    draw = random.random()
    if draw < 0.6:
        return random.choice(_TEXTS)
    if draw < 0.7:
        return random.choice("aé字\0😀") * random.choice(_LONG)
    return f"{random.choice(('lead', 'r', 'owner'))}-{random.randrange(200)}"


def moment(random: Random) -> tuple[int, int]:
    """Return seconds and nanoseconds, often of no time at all."""
    return random.choice(_SECONDS), random.choice(_NANOS) if random.random() < 0.3 else 0


def _integer(random: Random, least: int, most: int) -> int:
    if random.random() < 0.6:
        return max(least, min(most, random.choice(_SMALL)))
    return random.choice((least, most, 0, random.randint(least, most)))
