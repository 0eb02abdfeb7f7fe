"""Sums over what a version served: small, exact, and the same in whatever order they are added up.

Only whole numbers are added. A probability counts in units of 2^-32, so that no sum depends on its order.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.monitoring.reference import BIN_COUNT, Reference

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PROBABILITY_BINS = 1_000
UNIT = 2.0**-32
"""Probabilities are added up in whole multiples of it: room for 2^31 answers."""
_MAGIC = b"LLS1"
_HEADER = struct.Struct("<4sIqqqqq")
_LARGEST_WIDTH = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """Sums over vectors (n, f) and their probabilities (n,)."""

    row_count: int
    counts: Counts
    """(f, 10): known values in each bin of the reference."""
    missing: Counts
    """(f,)."""
    below: Counts
    """(f,): known values below everything training saw; they are in ``counts`` too."""
    above: Counts
    """(f,)."""
    minimum: Floats
    """(f,): smallest known value, +inf without one."""
    maximum: Floats
    """(f,): -inf without one."""
    probability_counts: Counts
    """(1000,): answers in each thousandth of [0, 1]; 1 is in the last."""
    probability_sum: int
    """Units of 2^-32."""
    variance_sum: int
    """Sum of p (1 - p), units of 2^-32."""
    positive_count: int
    """Answers at or above the version's threshold."""
    positive_sum: int
    """Sum of their p, units of 2^-32."""

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.missing)

    @property
    def known(self) -> Counts:
        """Known values of each feature, (f,)."""
        return self.row_count - self.missing


def empty_sketch(width: int) -> Sketch:
    """Return the sums over nothing."""
    return Sketch(
        row_count=0,
        counts=np.zeros((width, BIN_COUNT), dtype=np.int64),
        missing=np.zeros(width, dtype=np.int64),
        below=np.zeros(width, dtype=np.int64),
        above=np.zeros(width, dtype=np.int64),
        minimum=np.full(width, np.inf),
        maximum=np.full(width, -np.inf),
        probability_counts=np.zeros(PROBABILITY_BINS, dtype=np.int64),
        probability_sum=0,
        variance_sum=0,
        positive_count=0,
        positive_sum=0,
    )


def sketch_of(
    rows: npt.NDArray[np.float32], probabilities: npt.ArrayLike, reference: Reference, threshold: float
) -> Sketch:
    """Return the sums over answers.

    Args:
        rows: Vectors, (n, f), NaN = missing.
        probabilities: What was answered, (n,), in [0, 1].
        reference: Bins and range of each of the f features.
        threshold: A lead counts as positive at ``probability >= threshold``.
    """
    # Adding nought turns -0.0 into 0.0: which of the two is the smallest must not depend on an order.
    values = np.asarray(rows, dtype=np.float64) + 0.0
    p = np.clip(np.asarray(probabilities, dtype=np.float64), 0.0, 1.0)
    count, width = values.shape
    missing = np.isnan(values).sum(axis=0)
    # Values up to each inner edge, for all features at once: NaN is up to none of them.
    up_to = np.empty((width, BIN_COUNT + 1), dtype=np.int64)
    up_to[:, 0], up_to[:, -1] = 0, count - missing
    for edge in range(BIN_COUNT - 1):
        up_to[:, edge + 1] = (values <= reference.edges[:, edge]).sum(axis=0)
    positive = p >= threshold
    units = _units(p)
    return Sketch(
        row_count=count,
        counts=np.diff(up_to, axis=1),
        missing=missing.astype(np.int64),
        below=(values < reference.minimum).sum(axis=0).astype(np.int64),
        above=(values > reference.maximum).sum(axis=0).astype(np.int64),
        minimum=np.fmin.reduce(values, axis=0, initial=np.inf),
        maximum=np.fmax.reduce(values, axis=0, initial=-np.inf),
        probability_counts=np.bincount(probability_bin(p), minlength=PROBABILITY_BINS).astype(np.int64),
        probability_sum=int(units.sum()),
        variance_sum=int(_units(p * (1.0 - p)).sum()),
        positive_count=int(positive.sum()),
        positive_sum=int(units[positive].sum()),
    )


def probability_bin(probabilities: Floats) -> npt.NDArray[np.intp]:
    """Return the thousandth that each probability in [0, 1] lies in, 0 to 999."""
    return np.minimum((probabilities * PROBABILITY_BINS).astype(np.intp), PROBABILITY_BINS - 1)


def merged(sketches: Iterable[Sketch], width: int) -> Sketch:
    """Return the sums over everything in ``sketches``, in whatever order; those of another width are left out."""
    total = empty_sketch(width)
    for sketch in sketches:
        if sketch.width == width:
            total = merge(total, sketch)
    return total


def merge(a: Sketch, b: Sketch) -> Sketch:
    """Return the sums over everything in either.

    Raises:
        ValueError: If they are over different numbers of features.
    """
    if a.width != b.width:
        message = f"sketches of {a.width} and {b.width} features cannot be merged"
        raise ValueError(message)
    pairs = {field.name: (getattr(a, field.name), getattr(b, field.name)) for field in fields(Sketch)}
    extremes = {"minimum": np.minimum(*pairs.pop("minimum")), "maximum": np.maximum(*pairs.pop("maximum"))}
    return Sketch(**{name: one + other for name, (one, other) in pairs.items()}, **extremes)


def sketch_to_bytes(sketch: Sketch) -> bytes:
    """Return a sketch as bytes: a header, then the arrays, little endian, compressed."""
    header = _HEADER.pack(
        _MAGIC,
        sketch.width,
        sketch.row_count,
        sketch.probability_sum,
        sketch.variance_sum,
        sketch.positive_count,
        sketch.positive_sum,
    )
    counts = (sketch.counts, sketch.missing, sketch.below, sketch.above, sketch.probability_counts)
    content = [array.astype("<i8").tobytes() for array in counts]
    content += [array.astype("<f8").tobytes() for array in (sketch.minimum, sketch.maximum)]
    return header + zlib.compress(b"".join(content), 6)


def sketch_from_bytes(body: bytes) -> Sketch:
    """Return the sketch that :func:`sketch_to_bytes` wrote.

    Raises:
        InvalidInput: If it is not one.
    """
    try:
        magic, width, *sums = _HEADER.unpack_from(body)
        expected = 8 * (width * (BIN_COUNT + 5) + PROBABILITY_BINS)
        fits = magic == _MAGIC and width <= _LARGEST_WIDTH
        content = zlib.decompressobj().decompress(body[_HEADER.size :], expected + 1) if fits else b""
    except (struct.error, zlib.error) as problem:
        raise _unreadable() from problem
    if len(content) != expected:
        raise _unreadable()
    whole = np.frombuffer(content, dtype="<i8", count=width * (BIN_COUNT + 3) + PROBABILITY_BINS).astype(np.int64)
    ends = np.cumsum([width * BIN_COUNT, width, width, width])
    counts, missing, below, above, probability_counts = np.split(whole, ends)
    minimum, maximum = np.frombuffer(content, dtype="<f8", offset=whole.nbytes).astype(np.float64).reshape(2, width)
    row_count, probability_sum, variance_sum, positive_count, positive_sum = sums
    return Sketch(
        row_count=row_count,
        counts=counts.reshape(width, BIN_COUNT),
        missing=missing,
        below=below,
        above=above,
        minimum=minimum,
        maximum=maximum,
        probability_counts=probability_counts,
        probability_sum=probability_sum,
        variance_sum=variance_sum,
        positive_count=positive_count,
        positive_sum=positive_sum,
    )


def _unreadable() -> InvalidInput:
    return InvalidInput.of("sketch", "must be one that this code wrote")


def _units(values: Floats) -> Counts:
    return np.rint(values / UNIT).astype(np.int64)
