"""Registering a recommender, and when it may serve."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql import SqlRegistryStore
from core.adapters.sql.engine import open_database
from core.caller import Caller
from core.identifiers import TenantId
from core.recommend.model import RecommendationModel
from core.recommend.off_policy import LoggedSlot, Proof, off_policy_value
from core.registry.model_registry import ModelRegistry
from core.version import RECOMMENDATION
from tests.parts.clock import SetClock
from tests.parts.recommenders import HOUR_US, START_US, catalogue, events_of, histories, made_up_parts
from training.recommend.fit import RecommenderOptions
from training.recommend.run import Serving, decide, train_recommender

ACME = Caller(tenant=TenantId("acme"), actor="alice")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def registry(tmp_path, clock):
    database = open_database(f"sqlite:///{tmp_path}/leadline.db")
    database.migrate()
    yield ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(tmp_path / "models"), admit, clock)
    database.close()


def decision(fitted, table, serving, off_policy=None):
    return decide(fitted, serving, table, catalogue(), RecommenderOptions(), off_policy)


def logged(*, better: bool):
    """A log in which item "a" pays and "b" does not, of a ranker that would show only one of them."""
    records = [
        LoggedSlot(
            lead_id=f"lead-{n}",
            position=1,
            item_id="a" if n % 2 else "b",
            propensity=0.5,
            new_propensity=float(bool(n % 2) is better),
            reward=float(n % 2 and n % 3 > 0),
        )
        for n in range(600)
    ]
    return off_policy_value(records)


def test_the_first_version_serves_and_the_next_only_with_proof(registry, clock):
    events = events_of(histories())

    first = train_recommender(registry, ACME, "train-1", events, catalogue(), now=clock())

    active = registry.active(ACME.tenant, RECOMMENDATION)
    assert active.version == first.version.manifest.version
    assert (first.decision.activate, first.decision.reason) == (True, "no version serves")
    assert "ndcg@20" in first.decision.evidence

    clock.advance(timedelta(days=1).total_seconds())
    second = train_recommender(registry, ACME, "train-2", events, catalogue(), now=clock())

    assert not second.decision.activate
    assert "too few" in second.decision.reason
    assert second.version.manifest.parents == (first.version.manifest.version,)
    assert registry.active(ACME.tenant, RECOMMENDATION) == active


def test_a_version_can_be_registered_without_being_activated(registry, clock):
    train_recommender(registry, ACME, "train", events_of(histories()), catalogue(), now=clock(), activate=False)

    assert registry.active(ACME.tenant, RECOMMENDATION) is None
    assert len(registry.list(ACME.tenant, RECOMMENDATION, limit=5, after=None).items) == 1


def test_it_beats_a_version_that_knows_nothing_by_what_leads_did_since(fitted, table):
    nonsense = Serving(model=RecommendationModel(made_up_parts()), learned_until_us=START_US + 2 * HOUR_US)

    found = decision(fitted, table, nonsense)

    assert found.activate
    assert found.reason == "finds what leads did since better"
    assert found.evidence["ndcg@20_gain"].startswith("0.")


def test_it_does_not_replace_its_equal(fitted, table):
    equal = Serving(model=fitted.model, learned_until_us=START_US + 2 * HOUR_US)

    found = decision(fitted, table, equal)

    assert (found.activate, found.reason) == (False, "not proven to be better than the serving version")


@pytest.mark.parametrize("better", [True, False])
def test_a_log_that_proves_something_decides(fitted, table, better):
    serving = Serving(model=RecommendationModel(made_up_parts()), learned_until_us=0)
    report = logged(better=better)

    found = decision(fitted, table, serving, report)

    assert report.proof is (Proof.BETTER if better else Proof.WORSE)
    assert found.activate is better
    assert "off_policy_gain" in found.evidence
