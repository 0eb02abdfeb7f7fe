"""Recall, NDCG and coverage by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parts.recommenders import viewed
from training.recommend.evaluate import make_task, mean_metric, mean_ndcg, paired_metric, rank, top_items
from training.recommend.interactions import split_newest, table_of


def task():
    past = {"a": viewed("1", "2", "3", "4"), "b": viewed("4", "1"), "c": viewed("2")}
    older, held = split_newest(table_of(past), 0.5)
    return make_task(older, held)


def test_only_leads_with_something_to_find_count_and_seen_items_never():
    found = task()

    assert found.leads.tolist() == [0, 1]
    assert found.wanted.tolist() == [[False, False, True, True], [True, False, False, False]]
    assert found.seen.tolist() == [[True, True, False, False], [False, False, False, True]]


def test_figures_by_hand():
    scores = np.array([[9, 8, 1, 2], [1, 3, 2, 9]], dtype=np.float32)

    ranking = rank(task(), scores, cutoffs=(1, 2, 3))

    assert ranking.recall[1].tolist() == [0.5, 0.0]
    assert ranking.recall[2].tolist() == [1.0, 0.0]
    assert ranking.recall[3].tolist() == [1.0, 1.0]
    assert ranking.ndcg[2].tolist() == [1.0, 0.0]
    assert ranking.ndcg[3].tolist() == pytest.approx([1.0, 1.0 / math.log2(4)])
    assert mean_ndcg(task(), scores) == pytest.approx((1.0 + 1.0 / math.log2(4)) / 2)


def test_the_best_come_first():
    scores = np.array([[1, 5, 3, 4]], dtype=np.float32)

    assert top_items(scores, np.array([[False, False, True, False]]), 2).tolist() == [[1, 3]]


def test_disliked_items_are_seen_and_not_wanted():
    history = [*viewed("1", "2"), viewed("3", weight=-3.0)[0]._replace(occurred_us=2**50)]
    older, held = split_newest(table_of({"a": history, "b": viewed("2", "1")}), 0.3)

    assert make_task(older, held).leads.tolist() == [1]
    assert make_task(table_of({"a": history}), table_of({"a": viewed("1", "2", "3")})).leads.size == 0


def test_intervals_hold_the_mean_and_pairs_are_compared_lead_by_lead():
    generator = np.random.default_rng(3)
    easy = generator.random(400)
    metric = mean_metric("recall", easy, 1)

    assert metric.lower < easy.mean() < metric.upper
    gain = paired_metric("gain", easy + 0.01 + 0.001 * generator.random(400), easy, 1)
    assert 0.0 < gain.lower < gain.value < gain.upper < 0.02
