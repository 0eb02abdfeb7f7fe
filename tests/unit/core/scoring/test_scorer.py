from __future__ import annotations

import numpy as np
import pytest

from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.caller import LOCAL_CALLER
from core.errors import InvalidInput, NotFound
from core.features.keywords import KeywordFamilies
from core.lead import Lead, LeadOutcome, LeadWrite
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.loading import load_model
from core.scoring.result import IntervalMethod, LeadScore, ScoreSource
from core.scoring.scorer import MAX_BATCH, Scorer
from core.scoring.served import ServedModels
from core.scoring.token import TokenSigner
from tests.parts.fitted import small_version
from training.sample import generate_leads

TENANT = LOCAL_CALLER.tenant
SIGNER = TokenSigner(b"s" * 32)
LEADS = [lead for lead, _ in generate_leads(40, seed=21)]


@pytest.fixture
def log():
    return []


@pytest.fixture
def scorer(shelf, lead_store, clock, log):
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    served = ServedModels(shelf, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, clock)
    return Scorer(served, lead_store, SIGNER, log.append, clock)


@pytest.fixture
def version(shelf):
    name = shelf.add(small_version(0).files)
    shelf.point(TENANT, name)
    return name


def check(answer, limit):
    assert answer.score == pytest.approx(100 * answer.probability)
    interval = answer.interval
    assert 0.0 <= interval.lower <= answer.probability <= interval.upper <= 1.0
    assert answer.confidence == pytest.approx(1 - (interval.upper - interval.lower))
    total = answer.base_points + sum(c.points for c in answer.contributions) + answer.other_points
    assert total == pytest.approx(answer.score, abs=1e-6)
    assert len(answer.contributions) <= limit
    assert not answer.feature_importance or sum(answer.feature_importance.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("limit", [0, 1, 5, 100])
def test_answers_of_a_model_hold_what_they_promise(scorer, version, limit):
    for lead in LEADS:
        answer = scorer.score(LOCAL_CALLER, lead, limit=limit)
        check(answer, limit)
        assert (answer.source, answer.model_version) == (ScoreSource.MODEL, version)
        assert answer.interval.method is IntervalMethod.VENN_ABERS
        assert answer.warnings == ()


@pytest.mark.parametrize("limit", [0, 1, 5, 100])
def test_so_do_the_answers_of_the_fallbacks(scorer, lead_store, limit):
    answer = scorer.score(LOCAL_CALLER, LEADS[0], limit=limit)
    check(answer, limit)
    assert (answer.source, answer.model_version, answer.confidence) == (ScoreSource.RULES, "rules", 0.0)
    writes = [LeadWrite(lead=lead, outcome=LeadOutcome(converted=i % 2 == 0)) for i, lead in enumerate(LEADS)]
    lead_store.upsert(LOCAL_CALLER, "r1", writes)
    scorer._served._fallbacks.refresh(TENANT)
    answer = scorer.score(LOCAL_CALLER, LEADS[0], limit=limit)
    check(answer, limit)
    assert (answer.source, answer.model_version) == (ScoreSource.BASELINE, "baseline")
    assert [warning.code for warning in answer.warnings] == ["NO_MODEL"]


def parts(answer):
    return (answer.lead_id, answer.score, answer.interval, answer.contributions, answer.other_points)


def test_a_batch_gives_what_single_calls_give_in_order(scorer, version):
    batch = scorer.score_batch(LOCAL_CALLER, LEADS, limit=3)
    assert [parts(answer) for answer in batch] == [parts(scorer.score(LOCAL_CALLER, lead, limit=3)) for lead in LEADS]


def test_what_cannot_be_scored_keeps_its_error_in_its_place(scorer, version):
    unreadable = InvalidInput.of("leads[1].price", "must be finite")
    items = [LEADS[0], unreadable, Lead(lead_id="not-stored"), LEADS[1]]
    answers = scorer.score_batch(LOCAL_CALLER, items)
    assert [type(answer) for answer in answers] == [LeadScore, InvalidInput, NotFound, LeadScore]
    assert answers[1] is unreadable
    assert [answers[0].lead_id, answers[3].lead_id] == [LEADS[0].lead_id, LEADS[1].lead_id]
    assert scorer.score_batch(LOCAL_CALLER, [unreadable]) == [unreadable]


def test_a_bare_id_is_read_from_the_store(scorer, version, lead_store):
    lead_store.upsert(LOCAL_CALLER, "r1", [LeadWrite(lead=LEADS[0])])
    whole = scorer.score(LOCAL_CALLER, LEADS[0])
    bare = Lead(lead_id=LEADS[0].lead_id)
    assert parts(scorer.score(LOCAL_CALLER, bare)) == parts(whole)
    assert parts(scorer.score_batch(LOCAL_CALLER, [bare], limit=5)[0]) == parts(whole)
    with pytest.raises(NotFound):
        scorer.score(LOCAL_CALLER, Lead(lead_id="not-stored"))


@pytest.mark.parametrize("limit", [-1, 101])
def test_a_limit_out_of_range_is_refused(scorer, limit):
    for call in (
        lambda: scorer.score(LOCAL_CALLER, LEADS[0], limit=limit),
        lambda: scorer.score_batch(LOCAL_CALLER, LEADS, limit=limit),
    ):
        with pytest.raises(InvalidInput) as refused:
            call()
        assert refused.value.violations[0].field == "max_contributions"


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_a_batch_of_no_leads_or_too_many_is_refused(scorer, count):
    with pytest.raises(InvalidInput) as refused:
        scorer.score_batch(LOCAL_CALLER, [LEADS[0]] * count)
    assert refused.value.violations[0].field == "leads"


def test_a_version_can_be_named(scorer, shelf, version):
    other = shelf.add(small_version(1).files)
    assert scorer.score(LOCAL_CALLER, LEADS[0], version=other).model_version == other
    assert scorer.score_batch(LOCAL_CALLER, LEADS[:2], version=other)[1].model_version == other
    with pytest.raises(NotFound):
        scorer.score(LOCAL_CALLER, LEADS[0], version="v20200101_000000_00000000")


def test_every_answer_is_logged_and_its_token_says_the_same(scorer, version, log, clock):
    answers = [scorer.score(LOCAL_CALLER, LEADS[0]), *scorer.score_batch(LOCAL_CALLER, LEADS[1:4])]
    assert len(log) == 4
    width = small_version(0)
    for answer, logged in zip(answers, log, strict=True):
        token = SIGNER.read(answer.attribution_token)
        assert (logged.lead_id, logged.version, logged.score) == (answer.lead_id, version, answer.score)
        assert (token.lead_id, token.model_version, token.source) == (answer.lead_id, version, "model")
        assert (token.token_id, token.tenant) == (logged.token_id, TENANT)
        assert token.score == pytest.approx(answer.score, abs=1e-6)
        assert token.score_time == logged.score_time == answer.score_time == clock.now
        vector = np.frombuffer(logged.features, dtype="<f4")
        assert len(vector) == scorer._served.pinned(TENANT, version).explainer.n_features
    assert len({logged.token_id for logged in log}) == 4
    assert width.name == version


def test_a_logged_vector_gives_the_score_again(scorer, version, log):
    answer = scorer.score(LOCAL_CALLER, LEADS[5])
    row = np.frombuffer(log[0].features, dtype="<f4")
    assert scorer._served.pinned(TENANT, version).score(row[None, :])[0].probability == answer.probability


def test_a_fallback_logs_no_vector(scorer, log):
    scorer.score(LOCAL_CALLER, LEADS[0])
    assert (log[0].source, log[0].features) == ("rules", b"")


def test_attributes_the_model_never_saw_are_warned_about(scorer, version):
    lead = Lead(lead_id="l", title="x", attributes={"device": "phone", "shoe size": 43.0, "star sign": "x"})
    (warning,) = scorer.score(LOCAL_CALLER, lead).warnings
    assert warning.code == "UNKNOWN_ATTRIBUTES"
    assert warning.message.startswith("2 attributes")
