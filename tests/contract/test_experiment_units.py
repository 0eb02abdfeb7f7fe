"""Sessions over real databases: what they sum up, find and keep."""

from __future__ import annotations

import math
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest
from sqlalchemy import insert

from core.adapters.sql.experiment_rows import allocation_row
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.tables import experiment_allocations
from core.adapters.sql.unit_store import SqlUnitStore
from core.errors import NotFound
from core.experiments.experiment import Variant
from core.experiments.experiment_store import Allocation
from core.experiments.results import Look, Range
from core.experiments.tally import Moments, RatioMoments, VariantTally, WeightedMoments
from core.experiments.unit_outcome import UnitOutcome
from core.identifiers import LeadId
from core.lead import Lead, LeadOutcome, LeadWrite
from tests.parts.feedback_rows import day
from tests.parts.trials import ACME, NAMES, OTHER, exposure, linked, stored_experiment

SECOND = timedelta(seconds=1)
LOOK = Look(
    number=1,
    look_time=day(3),
    treatment="treatment",
    information=0.05,
    treatment_units=10,
    control_units=12,
    difference=-1 / 3,
    interval=Range(lower=-1.0, upper=1.0, level=0.95),
    statistic=-0.7,
    boundary=math.inf,
    alpha_spent=1e-300,
)


@pytest.fixture
def stored(database, clock):
    return stored_experiment(database, clock)


@pytest.fixture
def exposures(database):
    return SqlExposureStore(database)


@pytest.fixture
def units(database, stored):
    return SqlUnitStore(database)


@pytest.fixture
def session(units):
    with units.session(ACME.tenant, "test") as session:
        yield session


def outcome(unit_id="u", **fields) -> UnitOutcome:
    told = {
        "variant": "control",
        "propensity": 0.5,
        "is_override": False,
        "exposure_time": day(1),
        "lead_count": 1,
        "converted_leads": 0,
        "contact_success": False,
        "converted_early": False,
        "fallback_answers": 0,
        "conversion_value": 0.0,
        "score_sum": 0.0,
        "score_count": 0,
        "baseline_score": None,
        **fields,
    }
    return UnitOutcome(unit_id=unit_id, **told)


def random_outcomes(count) -> list[UnitOutcome]:
    dice = random.Random(7)
    found = []
    for number in range(count):
        leads = dice.randrange(4)
        converted = dice.randrange(leads + 1)
        found.append(
            outcome(
                f"u{number}",
                variant=dice.choice(["control", "treatment"]),
                propensity=dice.uniform(0.05, 1.0),
                is_override=dice.random() < 0.1,
                allocation=dice.randrange(3),
                exposure_time=day(dice.randrange(10)),
                lead_count=leads,
                converted_leads=converted,
                contact_success=dice.random() < 0.3,
                converted_early=dice.random() < 0.1,
                fallback_answers=dice.randrange(leads + 1),
                conversion_value=dice.lognormvariate(5, 3) if converted else 0.0,
                score_sum=dice.uniform(0, 100) * leads,
                score_count=leads,
                baseline_score=dice.uniform(0, 100) if dice.random() < 0.8 else None,
            )
        )
    return found


def moments(pairs) -> Moments:
    """Return the moments of (y, x), each sum exact before it is rounded."""
    known = [(y, x) for y, x in pairs if x is not None]
    return Moments(
        count=len(pairs),
        total=math.fsum(y for y, _ in pairs),
        squares=math.fsum(y * y for y, _ in pairs),
        paired_count=len(known),
        paired_total=math.fsum(y for y, _ in known),
        paired_squares=math.fsum(y * y for y, _ in known),
        covariate_total=math.fsum(x for _, x in known),
        covariate_squares=math.fsum(x * x for _, x in known),
        products=math.fsum(x * y for y, x in known),
    )


def summed_up(variant, outcomes, expected) -> VariantTally:
    """Work out in plain Python what the database should."""
    mine = [one for one in outcomes if one.variant == variant and not one.is_override]
    scored = [one for one in mine if one.score_count]
    weights = [(1 / one.propensity, one.converted) for one in mine]
    tops = [(one.converted_leads, one.lead_count) for one in mine]
    return VariantTally(
        variant=variant,
        units=len(mine),
        converted=moments([(float(one.converted), one.baseline_score) for one in mine]),
        contact_success=moments([(float(one.contact_success), one.baseline_score) for one in mine]),
        conversion_value=moments([(one.conversion_value, one.baseline_score) for one in mine]),
        mean_score=moments([(one.score_sum / one.score_count, one.baseline_score) for one in scored]),
        per_lead=RatioMoments(
            count=len(mine),
            top=sum(top for top, _ in tops),
            bottom=sum(bottom for _, bottom in tops),
            top_squares=sum(top * top for top, _ in tops),
            bottom_squares=sum(bottom * bottom for _, bottom in tops),
            products=sum(top * bottom for top, bottom in tops),
        ),
        weighted=WeightedMoments(
            weight=math.fsum(weight for weight, _ in weights),
            weight_squares=math.fsum(weight**2 for weight, _ in weights),
            converted=math.fsum(weight for weight, won in weights if won),
            converted_squares=math.fsum(weight**2 for weight, won in weights if won),
        ),
        leads=sum(one.lead_count for one in mine),
        early=sum(one.converted_early for one in mine),
        fallback_answers=sum(one.fallback_answers for one in mine),
        expected_units=expected,
    )


def numbers_of(tally):
    """Yield every number of a tally with its name."""
    for name in ("units", "leads", "early", "fallback_answers", "expected_units"):
        yield name, getattr(tally, name)
    for group in ("converted", "contact_success", "conversion_value", "mean_score", "per_lead", "weighted"):
        sums = getattr(tally, group)
        yield from ((f"{group}.{name}", getattr(sums, name)) for name in sums.__slots__)


def test_the_sums_are_those_of_the_units_without_the_testers(session, database, clock):
    shares = {1: 0.3, 2: 0.9}
    outcomes = random_outcomes(1_200)
    session.write(outcomes)
    session_allocations(session, clock, shares)
    analysed = [one for one in outcomes if not one.is_override]
    for before in (None, day(4)):
        seen = [one for one in analysed if before is None or one.exposure_time < before]
        found = session.tallies(exposed_before=before)
        assert found.keys() == {"control", "treatment"}
        for variant, tally in found.items():
            due = {0: 0.5} | {n: share if variant == "control" else 1 - share for n, share in shares.items()}
            expected = summed_up(variant, seen, math.fsum(due[one.allocation] for one in seen))
            assert dict(numbers_of(tally)) == pytest.approx(dict(numbers_of(expected)), rel=1e-12, abs=0)
        total = sum(tally.expected_units for tally in found.values())
        assert total == pytest.approx(sum(tally.units for tally in found.values()), rel=1e-12)


def session_allocations(session, clock, shares):
    """Add allocations within the transaction of the session: in SQLite nobody else could."""
    for number, share in shares.items():
        spread = Allocation(number=number, shares={"control": share, "treatment": 1 - share}, start_time=clock.now)
        row = allocation_row(ACME.tenant, "test", spread)
        session._connection.execute(insert(experiment_allocations).values(row))


def test_an_experiment_without_units_has_empty_sums(session):
    nothing = {name: VariantTally(variant=name) for name in ("control", "treatment")}
    assert session.tallies() == nothing
    assert (session.crossed_units(), session.similar_units(), session.first_exposure_time()) == (0, 0, None)
    assert session.exposed_between(day(0), day(99)) == 0
    assert session.looks() == []
    assert session.least_p_values() == {}
    assert session.refreshed_until is None
    assert list(session.changed(None)) == []
    assert list(session.changed(day(0))) == []
    session.write([])
    session.add_looks([])


def test_what_became_of_a_unit_takes_the_place_of_what_was_kept(session):
    session.write([outcome("a"), outcome("b")])
    session.write([outcome("a", variant="treatment", converted_leads=2, lead_count=50_000)])
    found = session.tallies()
    assert {name: tally.units for name, tally in found.items()} == {"control": 1, "treatment": 1}
    assert found["treatment"].converted == Moments(count=1, total=1.0, squares=1.0)
    assert found["treatment"].per_lead.bottom_squares == 2.5e9


def test_exposures_are_counted_in_time_without_testers(session):
    session.write([outcome(f"u{number}", exposure_time=day(number)) for number in range(1, 6)])
    session.write([outcome("tester", exposure_time=day(0), is_override=True)])
    assert session.first_exposure_time() == day(1)
    assert session.exposed_between(day(0), day(2)) == 1
    assert session.exposed_between(day(1), day(5)) == 4


def test_units_in_two_arms_and_in_many_spellings_are_counted(exposures, units):
    for unit, variant, override in (
        ("a", "control", False),
        ("a", "treatment", False),
        ("b", "control", False),
        ("t", "control", True),
        ("t", "treatment", True),
        ("Anna Berg", "control", False),
        ("anna berg", "control", False),
        ("ANNABERG", "treatment", False),
    ):
        exposures.record(ACME.tenant, exposure(unit, variant, is_override=override), None)
    with units.session(ACME.tenant, "test") as session:
        assert session.crossed_units() == 1
        assert session.similar_units() == 3


def test_a_unit_in_two_arms_counts_by_its_first_exposure(exposures, units):
    exposures.record(ACME.tenant, exposure("a", "treatment", at=day(2)), linked("x"))
    exposures.record(ACME.tenant, exposure("a", "control", at=day(1)), linked("y"))
    with units.session(ACME.tenant, "test") as session:
        ((evidence,),) = session.changed(None)
    assert evidence.exposure.variant == "control"
    assert [lead.lead_id for lead, _ in evidence.leads] == ["y", "x"]


def test_units_come_in_parts_and_those_that_changed_since_a_moment_alone(exposures, units):
    for number in range(501):
        exposures.record(ACME.tenant, exposure(f"u{number:03}", at=day(1)), None)
    exposures.record(ACME.tenant, exposure("u007", at=day(3)), linked("x"))
    exposures.record(ACME.tenant, exposure("new", at=day(3) + SECOND), None)
    with units.session(ACME.tenant, "test") as session:
        parts = [[evidence.exposure.unit_id for evidence in part] for part in session.changed(None)]
        assert [len(part) for part in parts] == [500, 2]
        assert sorted(chain(*parts)) == ["new", *(f"u{number:03}" for number in range(501))]

        def since(moment):
            return sorted(one.exposure.unit_id for part in session.changed(moment) for one in part)

        assert since(day(3)) == ["new", "u007"]
        assert since(day(3) + SECOND) == ["new"]
        assert since(day(4)) == []


def test_looks_are_kept_as_they_were_taken_and_never_changed(units):
    other = replace(LOOK, treatment="another", statistic=5.5, boundary=2.25)
    with units.session(ACME.tenant, "test") as session:
        session.add_looks([LOOK, other])
        session.add_looks([replace(LOOK, statistic=9.0)])
        session.add_looks([replace(LOOK, number=2, look_time=day(4))])
    with units.session(ACME.tenant, "test") as session:
        assert session.looks() == [other, LOOK, replace(LOOK, number=2, look_time=day(4))]


def test_a_refresh_is_kept_when_its_block_ends_and_not_when_it_fails(units):
    with units.session(ACME.tenant, "test") as session:
        session.deadline = day(9)
        session.finish(day(3), {"treatment/conversion": 1 / 3})

    def fail():
        with units.session(ACME.tenant, "test") as session:
            session.write([outcome()])
            session.finish(day(4), {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with units.session(ACME.tenant, "test") as session:
        assert (session.refreshed_until, session.deadline) == (day(3), day(9))
        assert session.least_p_values() == {"treatment/conversion": 1 / 3}
        assert session.tallies()["control"].units == 0


@pytest.mark.parametrize(("tenant", "name"), [(ACME.tenant, "another"), (OTHER.tenant, "test")])
def test_what_is_not_there_is_not_refreshed(units, tenant, name):
    with pytest.raises(NotFound), units.session(tenant, name):
        pass


def test_two_refreshes_of_one_experiment_wait_for_each_other(units):
    together = threading.Barrier(4)

    def add_one(_):
        together.wait()
        with units.session(ACME.tenant, "test") as session:
            known = dict(session.least_p_values())
            session.finish(day(1), {**known, "seen": known.get("seen", 0.0) + 1.0})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add_one, range(4)))
    with units.session(ACME.tenant, "test") as session:
        assert session.least_p_values() == {"seen": 4.0}


def test_a_variant_of_no_share_is_in_the_sums_and_expects_nothing(database, clock, stored, units):
    variants = (
        Variant(name="control", model_version=NAMES[0], share=0.5, is_control=True),
        Variant(name="closed", model_version=NAMES[1], share=0.0),
        Variant(name="open", model_version=NAMES[1], share=0.5),
    )
    stored_experiment(database, clock, "zero", variants=variants)
    with units.session(ACME.tenant, "zero") as session:
        session.write([outcome("a"), outcome("b", variant="closed", propensity=0.0), outcome("c", variant="gone")])
        found = session.tallies()
    assert {name: (tally.units, tally.expected_units) for name, tally in found.items()} == {
        "closed": (1, 0.0),
        "control": (1, 1.5),
        "gone": (1, 0.0),
        "open": (0, 1.5),
    }
    assert found["closed"].weighted == WeightedMoments()


def test_units_of_which_nothing_is_kept_are_found(exposures, units):
    for unit in ("a", "b", "c"):
        exposures.record(ACME.tenant, exposure(unit, at=day(1)), None)
    with units.session(ACME.tenant, "test") as session:
        session.write([outcome("b")])
        assert [one.exposure.unit_id for part in session.missing() for one in part] == ["a", "c"]
        session.write([outcome("a"), outcome("c")])
        assert list(session.missing()) == []


@pytest.mark.parametrize(("told_of", "looked_at"), [(1, []), (2, ["a", "b"])])
def test_where_more_leads_were_told_of_than_it_has_all_units_are_looked_at(database, clock, units, told_of, looked_at):
    exposures = SqlExposureStore(database)
    exposures.record(ACME.tenant, exposure("a", at=day(1)), linked("x"))
    exposures.record(ACME.tenant, exposure("b", at=day(1)), None)
    strangers = [
        LeadWrite(lead=Lead(lead_id=LeadId(f"stranger-{number}")), outcome=LeadOutcome(converted=True))
        for number in range(told_of)
    ]
    SqlLeadStore(database, clock).upsert(ACME, "strangers", strangers)
    with units.session(ACME.tenant, "test") as session:
        since = session.changed(clock.now)
        assert [one.exposure.unit_id for part in since for one in part] == looked_at
