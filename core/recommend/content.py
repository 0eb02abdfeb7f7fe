"""What an item is, as a short vector: TF-IDF of its words and attributes, and where its numbers lie."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.features.words import find_words
from core.recommend.item import LARGEST_PRICE, Item

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

MOST_TERMS = 1_024
MOST_NUMBERS = 16
"""Numeric attributes that are used, the most common ones; the price is one of them."""
FEWEST_ITEMS_PER_TERM = 2
"""A term of one item alone makes it like no other."""
LARGEST_SHARE = 0.6
"""A word that more items use says little."""
SHORTEST_WORD = 2
MARKS = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Numbers are standardised and shared out to the two nearest of these marks, so that near numbers are alike."""
_ROWS_AT_ONCE = 1_024
_LEARN_FROM = 8_192
"""Items that terms and directions are learned from, spread over the catalogue."""
_PRICE = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Mean and standard deviation of a number over the catalogue; of the logarithm for prices."""

    mean: float
    deviation: float
    """> 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentEncoder:
    """Makes items' vectors: sums of the terms' directions, scaled to length 1 (0 where nothing is known).

    The directions are those in which the catalogue's TF-IDF vectors differ most (latent semantic analysis: Deerwester
    and others 1990), so that cosines of the short vectors stand for cosines of the long ones.
    """

    idf: Mapping[str, float]
    """Of each term, in the order of the rows of ``directions``."""
    scales: Mapping[str, Scale]
    directions: Singles
    """(terms, d), float32."""

    @property
    def width(self) -> int:
        """Length of the vectors, d."""
        return int(self.directions.shape[1])

    def encode(self, items: Sequence[Item]) -> Singles:
        """Return one vector of length 1 for each item, float32 (n, d)."""
        index = {term: position for position, term in enumerate(self.idf)}
        blocks = [_dense(block, self.idf, index, self.scales) @ self.directions for block in _blocks(items)]
        if not blocks:
            return np.zeros((0, self.width), dtype=np.float32)
        return _scaled_rows(np.concatenate(blocks))


def learn_content(items: Sequence[Item], width: int) -> ContentEncoder:
    """Learn terms, scales and directions from a catalogue. The same items give the same encoder.

    Args:
        items: The catalogue.
        width: Most directions.
    """
    sample = items[:: max(1, -(-len(items) // _LEARN_FROM))]
    scales = _learn_scales(sample)
    items_with: Counter[str] = Counter()
    for item in sample:
        items_with.update(_weights(item, scales).keys())
    idf = _choose(items_with, len(sample))
    directions = _directions(sample, idf, scales, width)
    return ContentEncoder(idf=idf, scales=scales, directions=directions)


def _choose(items_with: Counter[str], count: int) -> dict[str, float]:
    limit = LARGEST_SHARE * count
    usable = [
        term
        for term, used in items_with.items()
        if used >= FEWEST_ITEMS_PER_TERM and (used <= limit or not term.startswith("word:"))
    ]
    usable.sort(key=lambda term: (-items_with[term], term))
    return {term: math.log((1 + count) / (1 + items_with[term])) + 1.0 for term in sorted(usable[:MOST_TERMS])}


def _directions(items: Sequence[Item], idf: Mapping[str, float], scales: Mapping[str, Scale], width: int) -> Singles:
    terms = len(idf)
    kept = min(width, terms)
    if kept == 0:
        return np.zeros((0, 0), dtype=np.float32)
    index = {term: position for position, term in enumerate(idf)}
    gram = np.zeros((terms, terms))
    for block in _blocks(items):
        rows = _dense(block, idf, index, scales)
        gram += rows.T @ rows
    _, vectors = np.linalg.eigh(gram)
    chosen = vectors[:, ::-1][:, :kept]
    # The sign of a direction is arbitrary; this one is the same on every machine.
    signs = np.sign(chosen[np.argmax(np.abs(chosen), axis=0), np.arange(kept)])
    return np.ascontiguousarray(chosen * signs, dtype=np.float32)


def _blocks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _ROWS_AT_ONCE):
        yield items[start : start + _ROWS_AT_ONCE]


def _dense(
    items: Sequence[Item], idf: Mapping[str, float], index: Mapping[str, int], scales: Mapping[str, Scale]
) -> Singles:
    """Return TF-IDF vectors of length 1, float32 (n, terms)."""
    rows = np.zeros((len(items), len(index)), dtype=np.float32)
    for row, item in zip(rows, items, strict=True):
        found = _weights(item, scales)
        known = [term for term in found if term in index]
        row[[index[term] for term in known]] = [found[term] * idf[term] for term in known]
    return _scaled_rows(rows)


def _scaled_rows(rows: Singles) -> Singles:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0.0), dtype=np.float32)


def _weights(item: Item, scales: Mapping[str, Scale]) -> dict[str, float]:
    """Return the terms of an item and how much it has of each."""
    words = [word for word in find_words(f"{item.title} {item.description}".lower()) if len(word) >= SHORTEST_WORD]
    found = dict.fromkeys([f"word:{word}" for word in words], 1.0)
    if len(found) < len(words):
        found |= {f"word:{word}": 1.0 + math.log(count) for word, count in Counter(words).items() if count > 1}
    for name, text in _texts(item):
        found[f"{name}={text}"] = 1.0
    for name, value in _numbers(item):
        scale = scales.get(name)
        if scale is not None:
            found.update(_marked(name, (value - scale.mean) / scale.deviation))
    return found


def _texts(item: Item) -> Iterator[tuple[str, str]]:
    named = [("type", item.item_type), ("location", item.location_name)]
    named += [(f"attribute:{name}", value) for name, value in item.attributes.items() if isinstance(value, str)]
    for name, value in named:
        folded = " ".join(value.lower().split())
        if folded:
            yield name, folded


def _numbers(item: Item) -> Iterator[tuple[str, float]]:
    if item.price is not None:
        yield _PRICE, math.log1p(item.price)
    for name, value in item.attributes.items():
        if not isinstance(value, str):
            yield f"attribute:{name}", min(max(float(value), -LARGEST_PRICE), LARGEST_PRICE)


def _marked(name: str, z: float) -> Iterator[tuple[str, float]]:
    """Share a standardised number out to the two marks beside it, by nearness."""
    inside = min(max(z, MARKS[0]), MARKS[-1])
    for mark in MARKS:
        near = 1.0 - abs(inside - mark)
        if near > 0.0:
            yield f"{name}@{mark:+.0f}", near


def _learn_scales(items: Sequence[Item]) -> dict[str, Scale]:
    values: dict[str, list[float]] = {}
    for item in items:
        for name, value in _numbers(item):
            values.setdefault(name, []).append(value)
    common = sorted(values, key=lambda name: (name != _PRICE, -len(values[name]), name))[:MOST_NUMBERS]
    found: dict[str, Scale] = {}
    for name in common:
        deviation = float(np.std(values[name]))
        if math.isfinite(deviation) and deviation > 0.0:
            found[name] = Scale(mean=float(np.mean(values[name])), deviation=deviation)
    return found
