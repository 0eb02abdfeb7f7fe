"""From phrases to a version that serves."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.head_graph import OnnxHeadGraph
from core.adapters.sql import SqlRegistryStore
from core.adapters.sql.engine import open_database
from core.caller import Caller
from core.conversation.heads.artifact import PLAIN_FILE, read_head
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.turn import Turn
from core.identifiers import TenantId
from core.registry.model_registry import ModelRegistry
from core.version import MODEL_FILE, SENTIMENT, URGENCY, VECTORIZER_FILE
from tests.parts.clock import SetClock
from training.conversation.default_heads import DefaultHeads
from training.conversation.fit import FittedHead, HeadStamp, fit_head
from training.conversation.graph import check_parity, head_graph
from training.conversation.linear import probabilities, taken
from training.conversation.material import blocks_of, make_material
from training.conversation.run import Activation, fingerprint_of, golden_turns, train_heads
from training.refusal import TrainingRefused

ACME, BETA = Caller(tenant=TenantId("acme"), actor="alice"), TenantId("beta")
STAMP = HeadStamp(
    origin="made-up phrases", fingerprint="0" * 64, code_version="1", create_time=datetime(2026, 5, 4, tzinfo=UTC)
)


def fitted(kind: str, material, stamp: HeadStamp = STAMP) -> FittedHead:
    return fit_head(kind, material, golden_turns(material.phrases), OnnxHeadGraph, stamp)


@pytest.fixture(scope="module")
def urgency(material) -> FittedHead:
    return fitted(URGENCY, material)


@pytest.fixture
def registry(tmp_path):
    clock = SetClock()
    database = open_database(f"sqlite:///{tmp_path}/leadline.db")
    database.migrate()
    yield ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(tmp_path / "models"), admit, clock)
    database.close()


def test_the_same_phrases_make_the_same_files(material, urgency):
    assert fitted(URGENCY, material).files == urgency.files


def test_the_files_read_messages_as_the_model_does(material, urgency):
    head = read_head(urgency.files, OnnxHeadGraph)
    turns = [Turn("the flat was rotten indeed"), Turn("a superb day", "how was it?"), Turn("🙂")]
    blocks = blocks_of(turns, material.vectorizer, material.vectors_of)
    expected = probabilities(urgency.fitted.model.logits(blocks), multi_label=True)
    assert head.read(HeadInputs(turns, material.vectors_of)) == pytest.approx(expected, abs=1e-5)
    assert head.thresholds == urgency.fitted.thresholds


def test_a_head_with_vectors_has_a_twin_without(material, urgency):
    head = read_head(urgency.files, OnnxHeadGraph)
    assert (PLAIN_FILE in urgency.files) == head.needs_encoder
    plain = fitted(URGENCY, make_material(material.phrases, "", None))
    assert PLAIN_FILE not in plain.files
    assert VECTORIZER_FILE in plain.files
    assert not read_head(plain.files, OnnxHeadGraph).needs_encoder


def test_the_manifest_says_how_it_was_made(urgency):
    parameters = urgency.manifest.parameters
    assert parameters["origin"] == "made-up phrases"
    assert parameters["inputs"] == urgency.fitted.choice.recipe.inputs
    assert {metric.name for metric in urgency.manifest.metrics} == {"accuracy", "macro_f1", "auroc", "ece"}
    assert urgency.manifest.training_sample_count == 72
    assert urgency.manifest.base_rate == pytest.approx(1 / 3)


def test_a_graph_that_says_something_else_is_refused(material, urgency):
    model = urgency.fitted.model
    other = dataclasses.replace(model, shifts=model.shifts + 0.1)
    blocks = taken(material.blocks, np.arange(5))
    check_parity(OnnxHeadGraph(MODEL_FILE, head_graph(model, multi_label=True)), model, blocks, multi_label=True)
    with pytest.raises(TrainingRefused, match="differs from the fitted one") as refused:
        check_parity(OnnxHeadGraph(MODEL_FILE, head_graph(other, multi_label=True)), model, blocks, multi_label=True)
    assert refused.value.reason == "PARITY_FAILED"


def test_a_class_with_few_phrases_is_refused(material):
    few = make_material([phrase for phrase in material.phrases if "negative" not in phrase.labels[SENTIMENT]], "", None)
    with pytest.raises(TrainingRefused, match="sentiment negative has 0 phrases"):
        fitted(SENTIMENT, few)


@pytest.fixture
def trusting(tmp_path):
    """A registry that lets every version in: trying each out in a process of its own takes long."""
    clock = SetClock()
    database = open_database(f"sqlite:///{tmp_path}/trusting.db")
    database.migrate()
    artifacts = FolderArtifacts(tmp_path / "trusted")
    yield ModelRegistry(SqlRegistryStore(database, clock), artifacts, lambda _: None, clock)
    database.close()


def trained(registry, material, number: int, activation: Activation = Activation.IF_BETTER):
    stamp = dataclasses.replace(STAMP, create_time=datetime(2026, 5, 4, number, tzinfo=UTC))
    (one,) = train_heads(registry, ACME, f"r{number}", material, [URGENCY], stamp, OnnxHeadGraph, activation=activation)
    return one


def test_the_first_head_serves_and_the_next_only_if_it_is_proven_better(trusting, material):
    registry = trusting
    first = trained(registry, material, 1)
    assert (first.is_active, first.reason) == (True, "no version serves")
    again = trained(registry, material, 2)
    assert (again.is_active, again.reason.startswith("there are no own messages")) == (False, True)
    assert not trained(registry, material, 3, Activation.NEVER).is_active
    forced = trained(registry, material, 4, Activation.ALWAYS)
    assert registry.active(ACME.tenant, URGENCY).version == forced.head.version

    # Own messages that say the opposite: what serves is wrong about them.
    own = [
        dataclasses.replace(
            phrase,
            labels={URGENCY: frozenset() if phrase.labels[URGENCY] else frozenset({"yes"})},
            group=f"own {place % 12}",
            is_own=True,
        )
        for place, phrase in enumerate(material.phrases)
    ]
    better = trained(registry, make_material([*material.phrases, *own], material.encoder, material.vectors_of), 5)
    assert better.is_active, better.reason
    assert registry.active(ACME.tenant, URGENCY).version == better.head.version


def test_default_heads_are_fitted_once_for_all_tenants(registry, material):
    asked = []
    fingerprint = fingerprint_of(material.phrases, material.encoder, "1")
    stamp = dataclasses.replace(STAMP, fingerprint=fingerprint)

    def fit(kind: str) -> FittedHead:
        asked.append(kind)
        return dataclasses.replace(fitted(URGENCY, material, stamp))

    defaults = DefaultHeads(registry=registry, fingerprint=fingerprint, fit=fit, kinds=(URGENCY,))
    assert defaults.give([ACME.tenant]) == 1
    assert defaults.give([ACME.tenant, BETA]) == 1
    assert defaults.give([ACME.tenant, BETA]) == 0
    assert asked == [URGENCY]
    versions = {registry.active(tenant, URGENCY).digest for tenant in (ACME.tenant, BETA)}
    assert len(versions) == 1


def test_a_head_of_a_tenant_stays(trusting, material):
    own = trained(trusting, material, 1)
    other = DefaultHeads(registry=trusting, fingerprint="f" * 64, fit=lambda _: own.head, kinds=(URGENCY,))
    assert other.give([ACME.tenant]) == 0
    assert trusting.active(ACME.tenant, URGENCY).version == own.head.version


def test_fingerprints_differ_with_all_that_matters(material):
    phrases = list(material.phrases)
    usual = fingerprint_of(phrases, "e", "1")
    relabelled = [dataclasses.replace(phrases[0], labels={}), *phrases[1:]]
    others = {
        fingerprint_of(phrases, "f", "1"),
        fingerprint_of(phrases, "e", "2"),
        fingerprint_of(relabelled, "e", "1"),
    }
    assert usual == fingerprint_of(phrases, "e", "1")
    assert len({usual, *others}) == 4
