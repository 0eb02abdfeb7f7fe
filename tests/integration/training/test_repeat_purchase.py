"""Customers of a record shop: trained as of the moment from files, served live from recorded events."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation import paired_bootstrap
from core.version import VECTORIZER_FILE
from tests.parts.cdnow import FILE, MOMENT, read_customers
from tests.parts.repeat_purchase import ask_server, fit_pair
from training.booster import BoosterParameters

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not here"),
]
TRAINING, ASKED = 1_500, 600


@pytest.fixture(scope="module")
def customers():
    found = read_customers()
    training = [customer for customer in found if customer.is_training][:TRAINING]
    return training, [customer for customer in found if not customer.is_training][:ASKED]


def test_a_scorer_that_looks_at_behaviour_beats_one_that_does_not_and_is_served_as_trained(tmp_path, customers):
    training, asked = customers
    assert not {customer.customer_id for customer in training} & {customer.customer_id for customer in asked}
    _, pair = fit_pair(tmp_path, training, BoosterParameters(n_estimators=40, max_depth=3))
    assert b'"behavior"' in pair.looking.files[VECTORIZER_FILE]
    assert b'"behavior"' not in pair.plain.files[VECTORIZER_FILE]
    counted = [values["total_interactions"] for values in pair.looking.scorer.behavior]
    assert counted == [len(customer.known) for customer in training]
    answers = ask_server(tmp_path, pair, asked)
    assert answers.warning_count == 0
    np.testing.assert_allclose(answers.looking, answers.again, atol=1e-9)
    outcomes = np.array([customer.buys_again for customer in asked])
    auc = paired_bootstrap(outcomes, answers.plain, answers.looking, "auc")
    loss = paired_bootstrap(outcomes, answers.plain, answers.looking, "log_loss")
    assert auc.lower > 0.05
    assert loss.upper < 0.0


def test_nothing_after_the_moment_is_known(customers):
    training, _ = customers
    assert any(customer.purchases[-1].time >= MOMENT for customer in training)
    assert all(purchase.time < MOMENT for customer in training for purchase in customer.known)
