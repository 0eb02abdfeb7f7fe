from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from matplotlib.image import imread

from core.evaluation import bootstrap_metrics
from core.version import Metric
from training.card import CardContent, card_files
from training.card.lift_plot import found_share
from training.leaks import LeakFinding
from training.learning_curve import CurvePoint


@pytest.fixture
def content() -> CardContent:
    generator = np.random.default_rng(1)
    probabilities = generator.random(400)
    outcomes = generator.random(400) < probabilities
    return CardContent(
        version="lead_score-1",
        create_time=datetime(2026, 7, 1, 8, 30, tzinfo=UTC),
        source="leads|2026.csv",
        data_fingerprint="0f" * 32,
        training_sample_count=12_345,
        training_start_time=datetime(2026, 1, 1, tzinfo=UTC),
        training_end_time=datetime(2026, 6, 30, tzinfo=UTC),
        base_rate=0.253,
        feature_count=310,
        parameters={"max_depth": 6, "calibration": "beta"},
        protocol="Measured on the newest fifth.",
        verdict="Better than the base rate.",
        metrics=bootstrap_metrics(outcomes, probabilities, threshold=0.4, resamples=50),
        threshold=0.4,
        holdout_outcomes=outcomes,
        holdout_probabilities=probabilities,
        importance={"Lead Source": 0.6, "Price in $ or US$": 0.4},
        curve=(
            CurvePoint(sample_count=100, auc=0.7, log_loss=0.6, ece=0.1),
            CurvePoint(sample_count=500, auc=0.8, log_loss=0.5, ece=0.05),
        ),
        limits=("It has seen half a year only.",),
    )


def test_the_card_says_what_the_version_is(content):
    card = card_files(content)["card.md"].decode()
    assert card.startswith("# Model card: lead\\_score-1\n")
    for line in (
        "Made 2026-07-01 08:30 UTC. Better than the base rate.",
        "| Leads | 12,345 |",
        "| Converted | 25.3 % |",
        "| Source | leads\\|2026.csv |",
        "| 500 | 0.8000 | 0.5000 | 0.0500 |",
        "| max\\_depth | 6 |",
        "- It has seen half a year only.",
        "No attribute or field alone gives the outcome away.",
    ):
        assert line in card.splitlines()
    auc = content.metrics[0]
    assert f"| {auc.value:.4f} | {auc.lower:.4f} to {auc.upper:.4f} |" in card
    assert "F1 at probability 0.400" in card


def test_every_picture_is_small_and_shown_in_the_card(content):
    files = card_files(content)
    assert set(files) == {"card.md", "calibration.png", "lift.png", "importance.png", "learning_curve.png"}
    for name in set(files) - {"card.md"}:
        assert len(files[name]) < 60_000
        assert f"]({name})" in files["card.md"].decode()
        pixels = imread(io.BytesIO(files[name]))
        assert pixels.shape[1] == 640
        assert pixels[..., :3].std() > 0.02


def test_the_same_content_gives_the_same_files(content):
    assert card_files(content) == card_files(content)


def test_what_is_not_there_is_not_shown(content):
    bare = replace(content, curve=(), importance={}, training_start_time=None, limits=())
    files = card_files(bare)
    assert set(files) == {"card.md", "calibration.png", "lift.png"}
    card = files["card.md"].decode()
    assert "learning_curve" not in card
    assert "importance" not in card
    assert "no dates in the data" in card


def test_allowed_leaks_are_said_and_cannot_break_the_page(content):
    finding = LeakFinding(feature="Tags", auc=0.9, rule="ranks_alone", sentence="'Tags | <b>' ranks\n# alone")
    card = card_files(replace(content, leaks=(finding,)))["card.md"].decode()
    assert "- 'Tags \\| \\<b>' ranks \\# alone" in card.splitlines()


@pytest.mark.parametrize(
    ("outcomes", "probabilities"),
    [([True], [0.5]), ([False] * 30, [0.2] * 30), ([True, False] * 200, [1.0, 0.0] * 200)],
)
def test_odd_holdouts_still_give_pictures(content, outcomes, probabilities):
    odd = replace(
        content,
        holdout_outcomes=np.array(outcomes),
        holdout_probabilities=np.array(probabilities),
        metrics=(Metric(name="auc", value=float("nan")),),
        importance={"x" * 300: 1.0},
    )
    assert len(card_files(odd)) == 5


def test_leads_of_one_probability_count_as_mixed():
    assert found_share(np.array([True, False]), np.array([0.5, 0.5])).tolist() == [0.0, 0.5, 1.0]
    assert found_share(np.array([False, True, True]), np.array([0.9, 0.8, 0.1])).tolist() == [0.0, 0.0, 0.5, 1.0]
