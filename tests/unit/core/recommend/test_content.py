"""What items are, as vectors."""

from __future__ import annotations

import numpy as np
import pytest

from core.recommend.content import learn_content
from core.recommend.item import Item
from tests.parts.recommenders import catalogue


def cosine(encoder, one: Item, other: Item) -> float:
    first, second = encoder.encode([one, other])
    return float(first @ second)


def test_vectors_have_length_one_or_nothing_is_known():
    encoder = learn_content(catalogue(), 64)

    vectors = encoder.encode([*catalogue(), Item(item_id="blank"), Item(item_id="odd", title="zzz")])

    lengths = np.linalg.norm(vectors, axis=1)
    assert np.allclose(lengths[:-2], 1.0)
    assert lengths[-2:].tolist() == [0.0, 0.0]
    assert vectors.dtype == np.float32


def test_short_vectors_keep_the_cosines_of_long_ones():
    items = catalogue()
    long, short = learn_content(items, 1_000).encode(items), learn_content(items, 16).encode(items)

    assert np.corrcoef((long @ long.T).ravel(), (short @ short.T).ravel())[0, 1] > 0.97


def test_near_prices_are_more_alike_than_far_ones():
    items = [Item(item_id=f"i{n}", price=float(10 * (n + 1) ** 2)) for n in range(50)]
    encoder = learn_content(items, 64)

    near, far = cosine(encoder, items[20], items[22]), cosine(encoder, items[20], items[49])

    assert near > 0.9
    assert far < near / 2


def test_the_same_attribute_is_alike_and_case_and_spaces_do_not_matter():
    items = [Item(item_id=f"i{n}", attributes={"style": "Art Deco" if n % 2 else "modern"}) for n in range(10)]
    encoder = learn_content(items, 8)

    assert cosine(encoder, items[1], Item(item_id="x", attributes={"style": " art  deco"})) == pytest.approx(1.0)
    assert cosine(encoder, items[0], items[1]) == pytest.approx(0.0, abs=1e-6)


def test_the_same_catalogue_gives_the_same_encoder():
    first, second = learn_content(catalogue(), 16), learn_content(catalogue(), 16)

    assert np.array_equal(first.directions, second.directions)
    assert first.idf == second.idf


def test_extreme_numbers_do_no_harm():
    items = [Item(item_id=f"i{n}", price=1e12 if n else 0.0, attributes={"size": 1e308 * (n % 2)}) for n in range(6)]

    assert np.isfinite(learn_content(items, 8).encode(items)).all()
