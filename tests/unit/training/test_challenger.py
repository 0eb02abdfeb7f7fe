"""Challengers from a real store, against champions from a real registry."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.caller import LOCAL_CALLER
from core.errors import InvalidInput
from core.feedback.label import Label, LabelSet, Provenance
from core.lead import LeadWrite
from core.registry.manifest import parse_manifest
from core.scoring.baseline import BaselineScorer
from core.version import MANIFEST_FILE, REQUIRED_FILES
from tests.parts.fitted import offline_model
from training.app import build_trainer
from training.challenger import ChallengerOptions, fit_challenger, learned_until
from training.refusal import TrainingRefused
from training.sample import generate_leads
from training.settings import read_settings
from training.window import EVERYTHING

COUNT = 600
DELAY = timedelta(days=3)
OPTIONS = ChallengerOptions(
    validation_split=0.2, parameters={"n_estimators": 12, "max_depth": 3, "learning_rate": 0.3}, window=EVERYTHING
)


@pytest.fixture(scope="module")
def pairs():
    return sorted(generate_leads(COUNT, 11), key=lambda pair: (pair[0].posted_time, pair[0].lead_id))


@pytest.fixture(scope="module")
def trainer(tmp_path_factory, pairs):
    home = tmp_path_factory.mktemp("home")
    environ = {
        "LEADLINE_DATABASE_URL": f"sqlite:///{home}/leadline.db",
        "LEADLINE_MODEL_DIR": str(home / "models"),
        "LEADLINE_TFIDF_MAX_FEATURES_TITLE": "5",
        "LEADLINE_TFIDF_MAX_FEATURES_DESC": "20",
    }
    built = build_trainer(read_settings(environ), {})
    writes = [LeadWrite(lead=lead) for lead, _ in pairs]
    for start in range(0, COUNT, 500):
        built.leads.upsert(LOCAL_CALLER, f"r{start}", writes[start : start + 500])
    return built


@pytest.fixture(scope="module")
def labels(pairs):
    return tuple(
        Label(
            lead_id=lead.lead_id,
            target=float(outcome.converted),
            weight=1.0,
            is_outcome=True,
            mature_time=lead.posted_time + DELAY,
            known_time=lead.posted_time + DELAY,
            provenance=(Provenance.OUTCOME,),
        )
        for lead, outcome in pairs
    )


def known_at(labels, as_of=None):
    moment = labels[-1].mature_time if as_of is None else as_of
    return LabelSet(
        tenant=LOCAL_CALLER.tenant,
        as_of=moment,
        labels=tuple(label for label in labels if label.mature_time <= moment),
        pending_count=0,
        fingerprint="f",
    )


def fit(trainer, label_set, champion=None, options=OPTIONS):
    return fit_challenger(trainer, LOCAL_CALLER.tenant, label_set, champion, options)


@pytest.fixture(scope="module")
def challenger(trainer, labels):
    return fit(trainer, known_at(labels))


@pytest.fixture(scope="module")
def champion(trainer, labels):
    """A version that has learned from the oldest 480 labels."""
    made = fit(trainer, known_at(labels, labels[479].mature_time))
    return trainer.registry.register(LOCAL_CALLER, "champion", made.fitted.files, "for the tests").manifest


def test_the_newest_fifth_is_held_out_in_order(challenger, labels):
    newest = [label.target == 1.0 for label in labels[480:]]
    assert challenger.outcomes.tolist() == newest
    assert challenger.probabilities.shape == (120,)
    older = [label.target for label in labels[:480]]
    assert challenger.base_rate == pytest.approx(np.mean(older))
    windows = np.array([label.target for label in labels[450:570]]).reshape(4, 30)
    assert challenger.last_window_rates == pytest.approx(np.repeat(windows.mean(axis=1), 30))


def test_the_version_is_fitted_on_all_labels(challenger, labels):
    manifest = parse_manifest(challenger.fitted.files[MANIFEST_FILE])
    assert manifest.training_sample_count == COUNT
    assert manifest.base_rate == pytest.approx(np.mean([label.target for label in labels]))
    assert learned_until(manifest) == labels[-1].mature_time
    assert manifest.parameters["judged_count"] == COUNT
    assert offline_model(challenger.fitted.files).version.manifest == manifest


def test_without_a_champion_there_is_nothing_to_say_of_it(challenger):
    assert challenger.champion_probabilities is None
    assert challenger.champion_note == "no version serves"


def test_without_a_champion_it_meets_what_answers_in_its_place(challenger, trainer, champion, labels, pairs):
    before = [(lead, label.target == 1.0) for (lead, _), label in zip(pairs[:480], labels[:480], strict=True)]
    tables = BaselineScorer(before)
    said = [tables.estimate(lead, lead.posted_time).probability for lead, _ in pairs[480:510]]
    assert challenger.fallback_probabilities[:30] == pytest.approx(said)
    assert challenger.fallback_probabilities.shape == challenger.probabilities.shape
    assert fit(trainer, known_at(labels), champion.version).fallback_probabilities is None


def test_the_champion_answers_by_its_own_files_what_it_has_not_learned_from(trainer, champion, labels, pairs):
    """A half would reach back to 300; the champion knows the oldest 480."""
    found = fit(trainer, known_at(labels), champion.version, replace(OPTIONS, validation_split=0.5))
    _, files = trainer.registry.load(LOCAL_CALLER.tenant, champion.kind, champion.version)
    model = offline_model(files)
    held = [lead for lead, _ in pairs[480:]]
    rows = model.feature_set.matrix(held, [lead.posted_time for lead in held])
    np.testing.assert_allclose(found.champion_probabilities, [s.probability for s in model.score(rows)], atol=1e-6)
    assert found.champion_note == ""
    assert parse_manifest(found.fitted.files[MANIFEST_FILE]).parents == (champion.version,)


def test_where_too_little_is_left_it_is_said(trainer, champion, labels):
    found = fit(trainer, known_at(labels, labels[519].mature_time), champion.version)
    assert len(found.outcomes) == 104
    assert "may have learned from 64 of the 104" in found.champion_note


def test_a_champion_whose_files_are_gone_cannot_be_asked(trainer, champion, labels):
    folder = trainer.settings.model_dir
    kept = folder.with_name("kept")
    shutil.move(folder, kept)
    try:
        found = fit(trainer, known_at(labels), champion.version)
    finally:
        shutil.move(kept, folder)
    assert found.champion_probabilities is None
    assert champion.version in found.champion_note
    assert len(found.outcomes) == 120


def test_the_same_labels_give_the_same_challenger(trainer, challenger, labels):
    again = fit(trainer, known_at(labels))
    np.testing.assert_array_equal(again.probabilities, challenger.probabilities)
    for name in REQUIRED_FILES:
        assert again.fitted.files[name] == challenger.fitted.files[name]


def test_the_window_is_chosen_and_told(trainer, labels):
    options = ChallengerOptions(parameters=OPTIONS.parameters)
    found = fit(trainer, known_at(labels), None, options)
    assert found.window.validated_count == 200
    parameters = parse_manifest(found.fitted.files[MANIFEST_FILE]).parameters
    assert parameters["window_of_trees"] == found.window.plan.trees.name
    assert found.window.plan.booster.max_depth == 3


def test_ratings_alone_make_a_version(trainer, labels):
    soft = tuple(replace(label, target=0.7 if label.target else 0.3, is_outcome=False, weight=0.4) for label in labels)
    found = fit(trainer, known_at(soft))
    parameters = parse_manifest(found.fitted.files[MANIFEST_FILE]).parameters
    assert parameters["judged_by"] == "every label, as the outcome it is nearer to"
    assert len(found.outcomes) == 120


def test_a_flood_of_one_source_neither_judges_nor_decides_the_rate(trainer, challenger, labels):
    """The newest 200 are conversions that the cap of their source has scaled down to next to nothing."""
    flood = tuple(replace(label, target=1.0, weight=0.01) for label in labels[400:])
    found = fit(trainer, known_at((*labels[:400], *flood)))
    assert len(found.outcomes) == 80
    assert 0 < found.outcomes.sum() < 80
    told = found.fitted.scorer.probabilities(found.fitted.scorer.rows)
    assert told.mean() == pytest.approx(np.mean([label.target for label in labels[:400]]), abs=0.05)


def test_wrong_hyperparameters_are_named(trainer, labels):
    with pytest.raises(InvalidInput) as refused:
        fit(trainer, known_at(labels), None, ChallengerOptions(parameters={"max_depth": 99, "depth": 3}))
    assert len(refused.value.violations) == 2


def test_one_class_is_refused(trainer, labels):
    with pytest.raises(TrainingRefused, match="nothing can be learned"):
        fit(trainer, known_at(tuple(replace(label, target=1.0) for label in labels)))


def test_labels_of_an_empty_store_are_refused(trainer):
    nothing = LabelSet(
        tenant=LOCAL_CALLER.tenant,
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        labels=(),
        pending_count=0,
        fingerprint="",
    )
    with pytest.raises(TrainingRefused) as refused:
        fit(trainer, nothing)
    assert refused.value.reason == "TOO_FEW_LABELS"
