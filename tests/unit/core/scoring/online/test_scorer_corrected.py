"""The scorer with a snapshot of the online learner."""

from __future__ import annotations

import numpy as np
import pytest

from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.caller import LOCAL_CALLER
from core.features.keywords import KeywordFamilies
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.loading import load_model
from core.scoring.online.correction import REASON, Correction
from core.scoring.online.platt import Weights
from core.scoring.result import ScoreSource
from core.scoring.scorer import Scorer
from core.scoring.served import ServedModels
from core.scoring.token import TokenSigner
from tests.parts.fitted import small_version
from training.sample import generate_leads

SIGNER = TokenSigner(b"s" * 32)
LEADS = [lead for lead, _ in generate_leads(40, seed=21)]
BOUND = 3.0


class Snapshots:
    """Another snapshot each time it is asked, for one version."""

    def __init__(self, version: str) -> None:
        self.version, self.asked = version, 0

    def of(self, _tenant, version):
        self.asked += 1
        if version != self.version:
            return None
        weights = Weights(bias=0.1 * self.asked)
        return Correction(snapshot=f"s{self.asked}", version=version, weights=weights, bound_points=BOUND)


@pytest.fixture
def log():
    return []


@pytest.fixture
def told():
    return []


@pytest.fixture
def make_scorer(shelf, lead_store, clock, log, told):
    name = shelf.add(small_version(0).files)
    shelf.point(LOCAL_CALLER.tenant, name)
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    served = ServedModels(shelf, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, clock)

    def make(corrections=None):
        return Scorer(served, lead_store, SIGNER, log.append, clock, watchers=[told.append], corrections=corrections)

    return make


def parts(answer):
    return (answer.score, answer.probability, answer.interval, answer.contributions, answer.other_points)


def test_scores_move_within_the_bound_and_everything_agrees(make_scorer, log, told):
    plain, corrected = make_scorer(), make_scorer(Snapshots(small_version(0).name))
    moved = 0
    for lead in LEADS:
        before, after = plain.score(LOCAL_CALLER, lead, limit=100), corrected.score(LOCAL_CALLER, lead, limit=100)
        shift = after.score - before.score
        assert abs(shift) <= BOUND + 1e-9
        moved += shift != 0.0
        assert after.score == 100 * after.probability
        total = after.base_points + sum(c.points for c in after.contributions) + after.other_points
        assert total == pytest.approx(after.score, abs=1e-6)
        mine = [c.points for c in after.contributions if c.feature == REASON]
        assert mine == ([pytest.approx(shift)] if shift else [])
        assert after.online_snapshot.startswith("s")
        assert after.confidence == pytest.approx(1 - (after.interval.upper - after.interval.lower))
        # The token says what was shown, the log says that and what the version said, watchers hear the version.
        assert SIGNER.read(after.attribution_token).score == pytest.approx(after.score, abs=1e-6)
        assert (log[-1].score, log[-1].probability) == (after.score, before.probability)
        assert told[-1].probability == before.probability
        assert (before.online_snapshot, log[-2].score) == ("", before.score)
    assert moved > len(LEADS) / 2


def test_a_batch_is_corrected_by_one_snapshot_and_equals_single_answers(make_scorer):
    snapshots = Snapshots(small_version(0).name)
    batch = make_scorer(snapshots).score_batch(LOCAL_CALLER, LEADS, limit=3)
    assert snapshots.asked == 1
    assert {answer.online_snapshot for answer in batch} == {"s1"}
    for lead, answer in zip(LEADS, batch, strict=True):
        alone = make_scorer(Snapshots(small_version(0).name)).score(LOCAL_CALLER, lead, limit=3)
        assert parts(alone) == parts(answer)


@pytest.mark.parametrize("version", ["v20200101_000000_00000000", ""])
def test_without_a_snapshot_of_this_version_answers_are_bit_equal(make_scorer, version):
    corrections = Snapshots(version) if version else None
    plain = make_scorer().score_batch(LOCAL_CALLER, LEADS, limit=5)
    same = make_scorer(corrections).score_batch(LOCAL_CALLER, LEADS, limit=5)
    assert [parts(answer) for answer in same] == [parts(answer) for answer in plain]
    assert {answer.online_snapshot for answer in same} == {""}


def test_who_asks_for_the_version_gets_the_version(make_scorer):
    snapshots = Snapshots(small_version(0).name)
    pinned = make_scorer(snapshots).score(LOCAL_CALLER, LEADS[0], version=small_version(0).name)
    assert parts(pinned) == parts(make_scorer().score(LOCAL_CALLER, LEADS[0]))
    assert (pinned.online_snapshot, snapshots.asked) == ("", 0)


def test_answers_of_fallbacks_are_not_corrected(make_scorer, shelf, clock):
    snapshots = Snapshots(small_version(0).name)
    scorer = make_scorer(snapshots)
    model = scorer._served.current(LOCAL_CALLER.tenant)
    object.__setattr__(model, "predictor", _Broken())
    answer = scorer.score(LOCAL_CALLER, LEADS[0])
    assert (answer.source, answer.online_snapshot, snapshots.asked) == (ScoreSource.RULES, "", 0)


class _Broken:
    def predict(self, rows: np.ndarray) -> None:
        raise RuntimeError
