from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from core.features.history import MIN_EVIDENCE, PRIOR_WEIGHT, History, OutcomeTable, cells_of
from core.lead import Lead

BERLIN = Lead(lead_id="l", category="Software/QA", location_name="Berlin", price=90.0)


def table_of(*closed_and_won):
    table = OutcomeTable()
    for lead, closed, won in closed_and_won:
        for i in range(closed):
            table.record(lead, converted=i < won)
    return table


def test_the_cells_of_a_lead_go_from_coarse_to_fine():
    assert cells_of(BERLIN) == (
        "*",
        "g|software",
        "c|software/qa",
        "l|berlin",
        "cl|software/qa|berlin",
        "clp|software/qa|berlin|8",
    )


def test_nothing_is_said_before_five_leads_have_closed(values):
    for closed, rate in ((MIN_EVIDENCE - 1, None), (MIN_EVIDENCE, 0.4)):
        found = values(History(table_of((Lead(lead_id="x"), closed, 2))), BERLIN)
        assert found == pytest.approx(
            {
                "location.success_rate": rate,
                "category.success_rate": rate,
                "similar.success_rate": rate,
                "similar.evidence": 0 if rate is None else 5 / 25,
            }
        )


def test_rates_shrink_towards_the_next_coarser_cell():
    elsewhere = Lead(lead_id="x", category="Software/QA", location_name="Rome")
    table = table_of((BERLIN, 10, 8), (elsewhere, 30, 6), (Lead(lead_id="y"), 60, 6))
    everything = 20 / 100
    group = (14 + PRIOR_WEIGHT * everything) / (40 + PRIOR_WEIGHT)
    category = (14 + PRIOR_WEIGHT * group) / (40 + PRIOR_WEIGHT)
    both = (8 + PRIOR_WEIGHT * category) / (10 + PRIOR_WEIGHT)
    assert table.rate("g|software", "c|software/qa", "cl|software/qa|berlin") == pytest.approx((both, 10))
    assert table.rate("l|berlin") == pytest.approx(((8 + PRIOR_WEIGHT * everything) / 30, 10))
    assert table.rate("l|nowhere") == pytest.approx((everything, 100))


def test_a_cell_with_little_evidence_is_passed_over():
    table = table_of((BERLIN, 4, 4), (Lead(lead_id="x"), 16, 4))
    assert table.rate("l|berlin") == pytest.approx((8 / 20, 20))
    assert "l|berlin" not in table.cells()


def test_a_lead_without_place_and_category_has_no_similar_ones(values):
    found = values(History(table_of((BERLIN, 20, 10))), Lead(lead_id="l"))
    assert found == {
        "location.success_rate": None,
        "category.success_rate": None,
        "similar.success_rate": None,
        "similar.evidence": 0.0,
    }


def test_taking_an_outcome_back_leaves_no_trace():
    table = table_of((BERLIN, 20, 10))
    before = table.cells()
    table.record(BERLIN, converted=True)
    assert table.cells() != before
    table.record(BERLIN, converted=True, sign=-1)
    assert table.cells() == before


def naive_rate(log, *cells):
    """Work the smoothed rate out from the leads themselves."""
    counted = defaultdict(list)
    for lead, converted in log:
        for cell in cells_of(lead):
            counted[cell].append(converted)
    if len(log) < MIN_EVIDENCE:
        return np.nan, 0
    rate, evidence = np.mean([converted for _, converted in log]), len(log)
    for cell in cells:
        if len(counted[cell]) >= MIN_EVIDENCE:
            evidence = len(counted[cell])
            rate = (sum(counted[cell]) + PRIOR_WEIGHT * rate) / (evidence + PRIOR_WEIGHT)
    return rate, evidence


@pytest.mark.parametrize("seed", range(5))
def test_random_logs_give_what_a_naive_computation_gives(seed, make_log):
    log = make_log(200, seed)
    pairs = list(zip(log.leads, log.outcomes, strict=True))
    table = OutcomeTable()
    for position, (lead, converted) in enumerate(pairs):
        _, *cells = cells_of(lead)
        for path in ((cells[0], cells[1]), (cells[2],), (cells[0], cells[1], cells[3], cells[4])):
            assert table.rate(*path) == pytest.approx(naive_rate(pairs[:position], *path), nan_ok=True)
        table.record(lead, converted=converted)
