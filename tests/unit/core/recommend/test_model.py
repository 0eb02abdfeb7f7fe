"""Scores, and whether they are the sum of what they are said to be made of."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.errors import InvalidInput, NotFound
from core.recommend.item import Item
from core.recommend.model import RecommendationModel
from tests.parts.recommenders import START_US, best, catalogue, made_up_parts, viewed

EVER = 2**60
HISTORY = viewed("loft-03", "villa-07", "loft-04", "barn-11")


@pytest.fixture(params=[False, True], ids=["complete rows", "short rows"])
def model(request) -> RecommendationModel:
    return RecommendationModel(made_up_parts(short_rows=request.param))


def test_a_score_is_exactly_the_sum_of_what_the_past_and_popularity_brought(model):
    wider = model.with_items([Item(item_id="new", title="loft", item_type="loft", price=1_010.0)])
    history = [*HISTORY, HISTORY[0]._replace(item_id="studio-02", weight=-3.0)]
    everything = range(len(wider.item_ids))

    brought, popularity = wider.contributions(history, EVER, everything)

    assert brought.shape == (5, len(wider.item_ids))
    assert np.allclose(brought.sum(axis=0) + popularity, wider.scores(history, EVER), atol=2e-5)


def test_shares_are_those_of_what_was_brought(model):
    scores = model.scores(HISTORY, EVER)
    top = [int(place) for place in np.argsort(-scores)[:10]]
    brought, _ = model.contributions(HISTORY, EVER, top)

    causes = model.causes(HISTORY, EVER, top)

    for column, cause in enumerate(causes):
        assert sum(cause.parts.values()) == pytest.approx(1.0)
        in_favour = brought[:, column].clip(min=0.0)
        told = np.zeros(len(HISTORY))
        for one in cause.because:
            told[one.index] = one.share
        assert np.allclose(told, in_favour / in_favour.sum())
        assert [one.share for one in cause.because] == sorted((one.share for one in cause.because), reverse=True)


def test_without_a_history_popularity_alone_decides(model):
    scores = model.scores([], EVER)

    assert np.allclose(scores, model.parts.popularity * 0.3)
    [causes] = model.causes([], EVER, [5])
    assert (dict(causes.parts), causes.because) == ({"popularity": 1.0}, ())


def test_an_item_that_the_past_speaks_against_has_no_causes(model):
    worst = int(np.argmin(model.scores(HISTORY, EVER)))

    [causes] = model.causes(HISTORY, EVER, [worst])

    assert (dict(causes.parts), causes.because) == ({"popularity": 1.0}, ())


def test_unknown_items_and_later_interactions_have_no_effect(model):
    plain = model.scores(HISTORY, EVER)
    gone = viewed("gone-1")[0]
    late = HISTORY[0]._replace(item_id="barn-01", occurred_us=START_US * 2)

    assert np.array_equal(model.scores([gone, *HISTORY], EVER), plain)
    assert np.array_equal(model.scores([*HISTORY, late], START_US * 2 - 1), plain)
    assert not np.array_equal(model.scores([*HISTORY, late], START_US * 2), plain)


def test_causes_point_into_the_history_that_was_given(model):
    gone = viewed("gone-1")[0]
    top = [int(np.argmax(model.scores(HISTORY, EVER)))]

    [plain], [shifted] = model.causes(HISTORY, EVER, top), model.causes([gone, *HISTORY], EVER, top)

    assert [one.index + 1 for one in plain.because] == [one.index for one in shifted.because]


def test_the_newest_interaction_changes_the_answer(model):
    before = model.scores(HISTORY, EVER)
    after = model.scores([*HISTORY, *viewed("penthouse-05")], EVER)

    assert not np.allclose(before, after, atol=0.05)


def test_a_liked_item_lifts_its_kind_and_a_disliked_one_pushes_it_down():
    model = RecommendationModel.untrained(catalogue())

    def mean_rank_of_lofts(weight: float) -> float:
        order = np.argsort(np.argsort(-model.scores(viewed("loft-03", weight=weight), EVER)))
        return float(order[[i for i, item_id in enumerate(model.item_ids) if item_id.startswith("loft")]].mean())

    assert mean_rank_of_lofts(3.0) < 20
    assert mean_rank_of_lofts(-3.0) > 95


def test_untrained_recommends_what_is_like_what_was_seen_and_says_so():
    model = RecommendationModel.untrained(catalogue())
    history = viewed("villa-03", "villa-06")

    first = best(model.item_ids, model.scores(history, EVER), 5, seen=["villa-03", "villa-06"])

    assert all(item_id.startswith("villa") for item_id in first)
    [causes] = model.causes(history, EVER, [model.item_ids.index(first[0])])
    assert dict(causes.parts) == {"content": 1.0}
    assert {one.index for one in causes.because} == {0, 1}


def test_new_items_are_found_by_their_content(model):
    new = Item(
        item_id="new-loft",
        title="loft near the harbour",
        description="A loft with character",
        item_type="loft",
        location_name="harbour",
        price=1_030.0,
    )
    plain = model.scores(HISTORY, EVER)

    wider = model.with_items([new, *catalogue()])

    assert wider.item_ids == (*model.item_ids, "new-loft")
    assert np.allclose(wider.scores(HISTORY, EVER)[:-1], plain, atol=1e-5)
    lofts = viewed("loft-00", "loft-03")
    assert wider.scores(lofts, EVER)[-1] > np.median(wider.scores(lofts, EVER))
    [causes] = wider.causes(lofts, EVER, [len(plain)])
    assert dict(causes.parts) == {"content": 1.0}
    assert wider.with_items([new]) is wider


def test_new_items_of_a_history_count_by_content():
    model = RecommendationModel(made_up_parts())
    new = Item(item_id="new", title="villa", item_type="villa", price=2_050.0)
    history = viewed("new")

    assert np.array_equal(model.scores(history, EVER), model.scores([], EVER))
    wider = model.with_items([new])
    assert best(wider.item_ids, wider.scores(history, EVER) - wider.scores([], EVER), 1)[0].startswith(("villa", "new"))


def test_similar_items_are_of_the_kind_for_new_items_and_bounded_for_all(model):
    wider = model.with_items([Item(item_id="new", title="barn near the hills", item_type="barn", price=6_000.0)])

    alike = wider.similar("new", 5)

    assert all(item_id.startswith("barn") for item_id, _ in alike)
    everything = wider.similar("loft-00", len(wider.item_ids))
    assert len(everything) == len(wider.item_ids) - 1
    likeness = [value for _, value in everything]
    assert likeness == sorted(likeness, reverse=True)
    assert all(-1.0 <= value <= 1.0 for value in likeness)


def test_similar_to_an_unknown_item_is_refused(model):
    with pytest.raises(NotFound):
        model.similar("gone", 3)


def test_an_empty_catalogue_scores_nothing_and_can_grow():
    model = RecommendationModel.untrained([])

    assert model.scores(HISTORY, EVER).shape == (0,)
    wider = model.with_items(catalogue()[:2])
    assert wider.scores(HISTORY, EVER).tolist() == [0.0, 0.0]


def test_a_catalogue_of_which_nothing_is_known_scores_alike():
    model = RecommendationModel.untrained([Item(item_id="a"), Item(item_id="b")])

    assert model.scores(viewed("a"), EVER).tolist() == [0.0, 0.0]
    assert [item_id for item_id, _ in model.similar("a", 5)] == ["b"]


def test_parts_that_do_not_fit_are_refused():
    parts = made_up_parts()

    for broken in (
        {"item_ids": ("loft-00", *parts.item_ids[:-1])},
        {"popularity": parts.popularity[1:]},
        {"content": parts.content[1:]},
        {"factors": dataclasses.replace(parts.factors, vectors=parts.factors.vectors[1:])},
    ):
        with pytest.raises(InvalidInput):
            dataclasses.replace(parts, **broken)
