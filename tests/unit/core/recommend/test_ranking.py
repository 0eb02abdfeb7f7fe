from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recommend.answer import Source, Wanted
from core.recommend.catalog import CatalogChange
from core.recommend.catalog_view import CatalogView
from core.recommend.history import NOTHING_KNOWN, KnownHistory
from core.recommend.item import Item
from core.recommend.model import RecommendationModel
from core.recommend.ranker import Ranker
from core.recommend.ranking import _top, rank
from core.recommend.shelves import Shelf
from tests.parts.recommenders import START_US, catalogue, made_up_parts, viewed

NOW = datetime(2026, 7, 1, tzinfo=UTC)
OLD = datetime(2025, 7, 1, tzinfo=UTC)
MODEL = RecommendationModel(made_up_parts())
KNOWN = KnownHistory(interactions=viewed("loft-03", "villa-07"), up_to_sequence=2)


def view_of(items, created=OLD):
    return CatalogView().changed([CatalogChange(item, 1, created, is_deleted=False) for item in items])


def ranked(items, known=KNOWN, **wanted):
    view = view_of(items)
    ranker = Ranker.over(MODEL, view, "v1")
    found = rank(Shelf(view=view, ranker=ranker), ranker, known, None, Wanted(lead_id="l", **wanted), NOW)
    return [view.items[position].item_id for position in found.candidates.positions], found


def test_items_stand_where_the_catalogue_has_them():
    shuffled = list(reversed(catalogue()))
    found, _ = ranked(shuffled)
    scores = MODEL.scores(KNOWN.interactions, START_US * 2)
    unseen = [n for n, item_id in enumerate(MODEL.item_ids) if item_id not in {"loft-03", "villa-07"}]
    expected = [MODEL.item_ids[n] for n in sorted(unseen, key=lambda n: -scores[n])]
    assert found[:50] == expected[:50]


def test_what_the_model_knows_and_the_catalogue_does_not_is_left_out():
    few = catalogue()[::7]
    found, answer = ranked(few)
    assert set(found) == {item.item_id for item in few} - {"loft-03", "villa-07"}
    assert answer.source is Source.MODEL
    assert answer.relevance[0] == 1.0
    assert answer.relevance.min() == 0.0


def test_new_items_stand_among_the_others():
    new = Item(item_id="new", item_type="loft", location_name="harbour", price=1_000.0)
    found, _ = ranked([*catalogue()[:30], new])
    assert "new" in found


def test_without_history_what_is_popular_comes_first():
    found, answer = ranked(catalogue(), NOTHING_KNOWN)
    popularity = dict(zip(MODEL.item_ids, MODEL.parts.popularity, strict=True))
    assert answer.source is Source.POPULARITY
    assert found[0] == max(popularity, key=popularity.get)


def test_the_newest_items_are_lifted_a_little():
    view = view_of(catalogue())
    first = CatalogChange(catalogue()[0], 2, NOW, is_deleted=False)
    young = view.changed([first])
    ranker = Ranker.untrained(young)
    found = rank(Shelf(view=young, ranker=ranker), ranker, NOTHING_KNOWN, None, Wanted(lead_id="l"), NOW)
    assert found.candidates.positions[0] == 0
    assert found.speaking(0).new == pytest.approx(0.1)
    assert found.speaking(1).new == 0.0


@given(st.integers(1, 400), st.integers(1, 20_000), st.integers(0, 50), st.booleans())
def test_the_highest_are_found_however_they_lie(count, size, seed, with_ties):
    values = np.random.default_rng(seed).normal(size=size)
    order = np.round(values, 1) if with_ties else values
    found = _top(order, count)
    assert len(set(found.tolist())) == min(count, size)
    assert sorted(order[found]) == sorted(order)[-min(count, size) :]
