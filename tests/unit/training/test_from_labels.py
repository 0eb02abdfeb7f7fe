"""Labels and a real store become a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.scored_leads import SqlScoredLeads
from core.caller import LOCAL_CALLER
from core.feedback.label import Label, LabelSet, Provenance
from core.identifiers import LeadId
from core.lead import Lead, LeadWrite
from tests.parts.clock import SetClock
from training.from_labels import FEWEST_JUDGED, table_from_labels
from training.refusal import TrainingRefused

DAY = datetime(2026, 3, 2, tzinfo=UTC)
COUNT = 120


@pytest.fixture(scope="module")
def leads(tmp_path_factory):
    """Leads l000 to l119, recorded a minute apart from DAY on."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('store')}/leadline.db")
    database.migrate()
    clock = SetClock(DAY)
    store = SqlLeadStore(database, clock)
    for number in range(COUNT):
        lead = Lead(lead_id=LeadId(f"l{number:03}"), title=f"lead {number}", attributes={"size": float(number)})
        store.upsert(LOCAL_CALLER, f"r{number}", [LeadWrite(lead=lead)])
        clock.advance(60)
    yield SqlScoredLeads(database)
    database.close()


def label(number, *, target=None, weight=1.0, is_outcome=True, after_days=1.0):
    return Label(
        lead_id=LeadId(f"l{number:03}"),
        target=float(number % 3 == 0) if target is None else target,
        weight=weight,
        is_outcome=is_outcome,
        mature_time=DAY + timedelta(days=after_days, minutes=number),
        known_time=DAY + timedelta(days=after_days, minutes=number),
        provenance=(Provenance.OUTCOME if is_outcome else Provenance.RATING,),
    )


def label_set(labels):
    ordered = tuple(sorted(labels, key=lambda one: (one.mature_time, one.lead_id)))
    return LabelSet(
        tenant=LOCAL_CALLER.tenant,
        as_of=DAY + timedelta(days=40),
        labels=ordered,
        pending_count=3,
        fingerprint="-".join(f"{one.lead_id}{one.target}" for one in ordered),
    )


def table(leads, labels, min_samples=20):
    return table_from_labels(label_set(labels), leads, min_samples=min_samples)


def test_rows_are_in_the_order_in_which_labels_became_known(leads):
    found = table(leads, [label(n, after_days=30 if n < 10 else 1) for n in range(60)])
    assert [lead.lead_id for lead in found.leads] == [f"l{n:03}" for n in [*range(10, 60), *range(10)]]
    assert found.moments[0] == DAY + timedelta(minutes=10)
    assert list(found.outcome_times) == sorted(found.outcome_times)
    assert found.order.tolist() == list(range(60))
    assert found.numeric_attributes == ("size",)


def test_targets_weights_and_outcomes_are_those_of_the_labels(leads):
    labels = [label(n, target=0.9 if n % 2 else 0.4, weight=0.5, is_outcome=False) for n in range(40)]
    found = table(leads, [*labels, *(label(n, weight=0.7) for n in range(40, 110))])
    assert found.targets[:4].tolist() == [0.4, 0.9, 0.4, 0.9]
    assert found.outcomes[:4].tolist() == [False, True, False, True]
    assert found.weights[[0, 40]].tolist() == [0.5, 0.7]
    assert found.judged.tolist() == [False] * 40 + [True] * 70
    assert found.only_judged().leads == found.leads[40:]
    assert (found.facts["judged_by"], found.facts["judged_count"], found.facts["label_count"]) == ("outcomes", 70, 110)


@pytest.mark.parametrize(
    "outcomes",
    [
        [label(n) for n in range(FEWEST_JUDGED - 1)],
        [label(n, target=1.0) for n in range(70)],
        [],
    ],
)
def test_with_few_sure_outcomes_or_one_kind_every_label_is_one(leads, outcomes):
    soft = [label(n, target=0.8 if n % 2 else 0.3, is_outcome=False, weight=0.5) for n in range(70, COUNT)]
    found = table(leads, [*outcomes, *soft])
    assert found.judged.all()
    assert found.facts["judged_by"] != "outcomes"
    assert found.targets[-1] == 0.8
    assert found.outcomes[-1]


def test_outcomes_that_nobody_believes_judge_nothing(leads):
    """A source whose 60 conversions were scaled down to next to nothing."""
    flood = [label(n, target=1.0, weight=0.02) for n in range(60)]
    found = table(leads, [*flood, *(label(n, weight=0.9) for n in range(60, COUNT))])
    assert found.judged.tolist() == [False] * 60 + [True] * 60
    assert found.weights[0] == 0.02


def test_weights_that_are_all_tiny_are_believed_alike(leads):
    found = table(leads, [label(n, weight=1e-3) for n in range(60)])
    assert found.judged.all()
    assert found.facts["judged_by"] == "outcomes"


def test_leads_that_are_gone_are_left_out(leads):
    gone = replace(label(3), lead_id=LeadId("erased"))
    found = table(leads, [*(label(n) for n in range(60)), gone])
    assert len(found.leads) == 60
    assert found.facts["leads_gone_since"] == 1


def test_too_few_labels_are_refused(leads):
    with pytest.raises(TrainingRefused) as refused:
        table(leads, [label(n) for n in range(30)], min_samples=31)
    assert refused.value.reason == "TOO_FEW_LABELS"
    assert "31" in refused.value.message


@pytest.mark.parametrize(("target", "word"), [(1.0, "converted"), (0.0, "did not convert"), (0.2, "did not convert")])
def test_labels_that_all_say_the_same_are_refused(leads, target, word):
    with pytest.raises(TrainingRefused, match=f"all 60 labelled leads {word}") as refused:
        table(leads, [label(n, target=target) for n in range(60)])
    assert refused.value.reason == "NO_SIGNAL"


def test_the_fingerprint_follows_leads_and_labels(leads):
    labels = [label(n) for n in range(60)]
    other = [*labels[:-1], label(59, target=1.0)]
    assert table(leads, labels).fingerprint == table(leads, labels).fingerprint
    assert len({table(leads, rows).fingerprint for rows in (labels, other, labels[1:])}) == 3


def test_the_same_labels_give_the_same_table(leads):
    one, other = (table(leads, [label(n) for n in range(60)]) for _ in range(2))
    assert one.leads == other.leads
    np.testing.assert_array_equal(one.weights, other.weights)
