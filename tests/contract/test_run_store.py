from __future__ import annotations

import json
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.run_store import SqlRunStore
from core.adapters.sql.walls import ALL_TENANTS
from core.caller import Caller
from core.errors import AlreadyExists, InvalidInput, NotFound
from core.identifiers import TenantId, VersionName
from core.registry.run_store import MAX_ATTEMPTS, RunStore
from core.registry.training_run import (
    Contender,
    PreparedVersion,
    RunDecision,
    RunState,
    TrainingRequest,
    TriggerReading,
)
from core.version import LEAD_SCORE, Metric
from tests.parts.versions import make_version

ACME = Caller(tenant=TenantId("acme"), actor="alice")
OTHER = Caller(tenant=TenantId("other"), actor="bob")
LOST = timedelta(seconds=60)
WINDOW = "2026-03-01T09:00:00Z/PT3600S"
TRIGGER = TriggerReading(
    name="PERFORMANCE",
    fires=True,
    raw_rule_fires=True,
    value=0.08,
    threshold=0.05,
    message="F1 fell by 8 %.",
    lower=0.051,
    upper=0.11,
    level=0.95,
)
CONTENDERS = (
    Contender(
        name="challenger", version="v2", metrics=(Metric(name="auc", value=0.8, lower=0.7, upper=0.9, level=0.95),)
    ),
    Contender(name="base_rate", version="", metrics=(Metric(name="log_loss", value=0.69, sample_count=50),)),
)
FIGURES = {"p_better_log_loss": "0.97"}
WIDE = 8


def asked(window: str = WINDOW, **changes) -> TrainingRequest:
    request = TrainingRequest(
        kind=LEAD_SCORE,
        reason="F1 fell",
        validation_split=0.25,
        parameters={"max_depth": 4, "learning_rate": 0.05},
        trigger_window=window,
        triggers=(TRIGGER,),
    )
    return replace(request, **changes)


@pytest.fixture
def store(database, clock) -> RunStore:
    return SqlRunStore(database, clock)


def finish(store, run, holder, *, state=RunState.SUCCEEDED, decision=RunDecision.PROMOTED) -> bool:
    return store.finish(
        run.tenant,
        run.run_id,
        holder,
        state=state,
        decision=decision,
        outcome="better beyond doubt",
        version="v2",
        evidence=FIGURES,
        contenders=CONTENDERS,
    )


def test_a_run_comes_back_as_it_was_asked_for(store, clock):
    run = store.request(ACME, "r1", asked())

    assert store.get(ACME.tenant, run.run_id) == run
    assert run.request == asked()
    assert (run.state, run.decision, run.requested_by) == (RunState.PENDING, RunDecision.NONE, "alice")
    assert (run.attempt, run.progress, run.version, run.outcome) == (0, 0.0, "", "")
    assert (run.create_time, run.start_time, run.end_time) == (clock.now, None, None)
    with pytest.raises(NotFound) as caught:
        store.get(OTHER.tenant, run.run_id)
    assert caught.value.reason == "TRAINING_RUN_NOT_FOUND"


def test_the_same_request_gets_its_run_whatever_the_policy_says_by_then(store):
    first = store.request(ACME, "r1", asked(), said="please")
    store.claim(ACME.tenant, first.run_id, "h1", LOST)
    finish(store, first, "h1")

    later = asked("another window", reason="F1 fell further", triggers=())
    assert store.repeated(ACME, "r1", later, said="please").run_id == first.run_id
    assert store.request(ACME, "r1", later, said="please").run_id == first.run_id
    assert store.repeated(ACME, "r2", later, said="please") is None
    assert store.repeated(OTHER, "r1", later, said="please") is None
    for other in ({"said": "go"}, {"request": replace(later, force=True), "said": "please"}):
        with pytest.raises(AlreadyExists):
            store.repeated(ACME, "r1", other.get("request", later), said=other["said"])
        with pytest.raises(AlreadyExists):
            store.request(ACME, "r1", other.get("request", later), said=other["said"])


def test_a_window_has_one_run_also_after_it_ended(store):
    first = store.request(ACME, "r1", asked())
    store.claim(ACME.tenant, first.run_id, "h1", LOST)
    finish(store, first, "h1")
    assert store.request(ACME, "r2", asked(reason="again")).run_id == first.run_id
    assert store.request(ACME, "r3", asked("the next window")).run_id != first.run_id
    assert store.request(OTHER, "r1", asked()).run_id != first.run_id
    assert store.request(ACME, "r4", asked(kind="sentiment")).run_id != first.run_id


@pytest.mark.parametrize("begun", [False, True])
def test_while_a_run_is_under_way_nobody_gets_another(store, begun):
    first = store.request(ACME, "r1", asked())
    if begun:
        store.claim(ACME.tenant, first.run_id, "h1", LOST)
    assert store.request(ACME, "r2", asked("forced", force=True)).run_id == first.run_id
    assert store.request(ACME, "r3", asked("the next window")).run_id == first.run_id


def test_however_many_ask_at_once_there_is_one_run(store, database):
    together = threading.Barrier(WIDE)

    def ask(number: int) -> str:
        together.wait()
        window = f"forced-{number}" if number % 2 else WINDOW
        return store.request(ACME, f"r{number}", asked(window, force=bool(number % 2))).run_id

    with ThreadPoolExecutor(WIDE) as threads:
        assert len(set(threads.map(ask, range(WIDE)))) == 1
    assert len(store.list(ACME.tenant, LEAD_SCORE, limit=99, after=None).items) == 1


def test_however_many_processes_ask_and_claim_at_once_one_begins(database_url, store):
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(4) as pool:
        answers = pool.starmap(_ask_and_claim, [(database_url, number) for number in range(WIDE)])
    assert len({run_id for run_id, _ in answers}) == 1
    assert sum(begun for _, begun in answers) == 1
    assert store.get(ACME.tenant, answers[0][0]).attempt == 1


def _ask_and_claim(url: str, number: int) -> tuple[str, bool]:
    database = open_database(url)
    try:
        store = SqlRunStore(database, lambda: datetime.now(UTC))
        run_id = store.request(ACME, f"process-{number}", asked()).run_id
        return run_id, store.claim(ACME.tenant, run_id, f"holder-{number}", LOST) is not None
    finally:
        database.close()


def test_one_of_many_claims_a_run(store):
    run = store.request(ACME, "r1", asked())
    together = threading.Barrier(WIDE)

    def begin(number: int) -> bool:
        together.wait()
        return store.claim(ACME.tenant, run.run_id, f"h{number}", LOST) is not None

    with ThreadPoolExecutor(WIDE) as threads:
        assert sum(threads.map(begin, range(WIDE))) == 1


def test_a_claim_begins_reports_and_ends_a_run(store, clock):
    run = store.request(ACME, "r1", asked())
    clock.advance(5)
    begun = store.claim(ACME.tenant, run.run_id, "h1", LOST)
    assert (begun.state, begun.attempt, begun.start_time) == (RunState.RUNNING, 1, clock.now)

    assert store.report(ACME.tenant, run.run_id, "h1", "fitting", 0.4)
    assert store.alive(ACME.tenant, run.run_id, "h1")
    seen = store.get(ACME.tenant, run.run_id)
    assert (seen.doing, seen.progress) == ("fitting", 0.4)

    clock.advance(5)
    assert finish(store, run, "h1")
    ended = store.get(ACME.tenant, run.run_id)
    assert (ended.state, ended.decision, ended.version) == (RunState.SUCCEEDED, RunDecision.PROMOTED, "v2")
    assert (ended.outcome, ended.evidence, ended.contenders) == ("better beyond doubt", FIGURES, CONTENDERS)
    assert (ended.progress, ended.doing, ended.end_time) == (1.0, "", clock.now)
    assert store.claim(ACME.tenant, run.run_id, "h2", LOST) is None
    assert not finish(store, run, "h1", decision=RunDecision.REFUSED)
    assert store.get(ACME.tenant, run.run_id) == ended


def test_a_lost_claim_passes_on_and_its_holder_can_change_nothing(store, clock):
    run = store.request(ACME, "r1", asked())
    store.claim(ACME.tenant, run.run_id, "h1", LOST)
    clock.advance(59)
    assert store.claim(ACME.tenant, run.run_id, "h2", LOST) is None
    assert store.alive(ACME.tenant, run.run_id, "h1")
    clock.advance(59)
    assert store.claim(ACME.tenant, run.run_id, "h2", LOST) is None
    assert store.waiting(LOST) == []
    clock.advance(1)
    assert store.waiting(LOST) == [(ACME.tenant, run.run_id)]

    second = store.claim(ACME.tenant, run.run_id, "h2", LOST)

    assert (second.attempt, second.progress) == (2, 0.0)
    before = store.get(ACME.tenant, run.run_id)
    assert not store.report(ACME.tenant, run.run_id, "h1", "still here", 0.9)
    assert not store.alive(ACME.tenant, run.run_id, "h1")
    assert not store.prepare(ACME.tenant, run.run_id, "h1", prepared())
    assert not finish(store, run, "h1")
    assert store.get(ACME.tenant, run.run_id) == before
    assert finish(store, run, "h2")


def prepared() -> PreparedVersion:
    return PreparedVersion(
        version=VersionName("v2"),
        champion="v1",
        decision=RunDecision.PROMOTED,
        reason="better",
        evidence=FIGURES,
        contenders=CONTENDERS,
    )


def test_what_was_prepared_is_there_for_the_next_attempt(store, clock):
    run = store.request(ACME, "r1", asked())
    assert store.claim(ACME.tenant, run.run_id, "h1", LOST).prepared is None
    assert store.prepare(ACME.tenant, run.run_id, "h1", prepared())
    clock.advance(61)
    again = store.claim(ACME.tenant, run.run_id, "h2", LOST)
    assert again.prepared == prepared()
    assert (again.version, again.decision, again.evidence) == ("", RunDecision.NONE, {})
    finish(store, run, "h2")
    assert store.get(ACME.tenant, run.run_id).prepared is None


def test_a_run_that_is_lost_too_often_fails_with_a_sentence(store, clock):
    run = store.request(ACME, "r1", asked())
    for number in range(MAX_ATTEMPTS):
        assert store.claim(ACME.tenant, run.run_id, f"h{number}", LOST).attempt == number + 1
        clock.advance(60)
    assert store.claim(ACME.tenant, run.run_id, "h9", LOST) is None
    ended = store.get(ACME.tenant, run.run_id)
    assert (ended.state, ended.attempt, ended.end_time) == (RunState.FAILED, MAX_ATTEMPTS, clock.now)
    assert "lost 3 times" in ended.outcome
    assert store.waiting(LOST) == []
    assert not store.alive(ACME.tenant, run.run_id, "h2")
    assert store.request(ACME, "r2", asked("next")).run_id != run.run_id


def test_a_run_that_is_given_back_can_be_begun_again_but_not_for_ever(store):
    run = store.request(ACME, "r1", asked())
    for number in range(MAX_ATTEMPTS):
        holder = f"h{number}"
        assert store.claim(ACME.tenant, run.run_id, holder, LOST) is not None
        assert not store.release(ACME.tenant, run.run_id, "somebody", "no reason")
        assert store.release(ACME.tenant, run.run_id, holder, "Its process was ended by SIGKILL.")
        assert not store.alive(ACME.tenant, run.run_id, holder)
    ended = store.get(ACME.tenant, run.run_id)
    assert (ended.state, ended.doing) == (RunState.FAILED, "")
    assert ended.outcome == "Given up after 3 attempts. Its process was ended by SIGKILL."
    assert store.claim(ACME.tenant, run.run_id, "h9", LOST) is None


@pytest.fixture
def registered(database, clock) -> VersionName:
    """A version that was registered and does not serve."""
    version = make_version(0)
    SqlRegistryStore(database, clock).register(ACME, "register", version, "made by a run")
    return version.manifest.version


def lose(store, clock, run):
    """Lose the worker of the last attempt, and see that nobody begins the run again."""
    clock.advance(60)
    assert store.claim(ACME.tenant, run.run_id, "h9", LOST) is None


def give_back(store, clock, run):
    assert store.release(ACME.tenant, run.run_id, "h2", "Its process was ended by SIGKILL.")


def give_up(store, clock, run):
    assert store.give_up(ACME.tenant, run.run_id, "h2", "It took longer than it may.")


@pytest.mark.parametrize("end", [lose, give_back, give_up])
@pytest.mark.parametrize("serves", [False, True])
def test_a_run_that_is_given_up_names_the_version_it_had_registered(store, database, clock, *, registered, end, serves):
    run = store.request(ACME, "r1", asked())
    for number in range(MAX_ATTEMPTS):
        store.claim(ACME.tenant, run.run_id, f"h{number}", LOST)
        clock.advance(60)
    store.prepare(ACME.tenant, run.run_id, "h2", replace(prepared(), version=registered))
    if serves:
        SqlRegistryStore(database, clock).activate(ACME, "a", LEAD_SCORE, registered, expected="", reason="better")

    end(store, clock, run)

    ended = store.get(ACME.tenant, run.run_id)
    assert (ended.state, ended.decision, ended.version) == (RunState.FAILED, RunDecision.NONE, registered)
    assert ended.outcome.endswith(f". Version {registered} was registered and is {'' if serves else 'not '}serving.")
    assert (ended.evidence, ended.contenders, ended.prepared) == (FIGURES, CONTENDERS, None)


def test_a_run_that_is_given_up_before_its_version_was_registered_names_none(store, clock, registered):
    run = store.request(ACME, "r1", asked())
    store.claim(ACME.tenant, run.run_id, "h2", LOST)
    store.prepare(ACME.tenant, run.run_id, "h2", prepared())
    assert not store.give_up(ACME.tenant, run.run_id, "somebody", "no reason")
    give_up(store, clock, run)
    ended = store.get(ACME.tenant, run.run_id)
    assert (ended.state, ended.version, ended.outcome) == (RunState.FAILED, "", "It took longer than it may.")
    assert (ended.evidence, ended.end_time) == (FIGURES, clock.now)
    assert not store.give_up(ACME.tenant, run.run_id, "h2", "again")


def test_what_waits_is_listed_across_tenants_oldest_first(store, clock):
    runs = []
    for number, caller in enumerate((OTHER, ACME)):
        runs.append(store.request(caller, f"r{number}", asked()))
        clock.advance(1)
    assert store.waiting(LOST) == [(run.tenant, run.run_id) for run in runs]


def test_runs_are_listed_newest_first_in_pages(store, clock):
    made = []
    for number in range(5):
        run = store.request(ACME, f"r{number}", asked(f"w{number}"))
        store.claim(ACME.tenant, run.run_id, "h", LOST)
        finish(store, run, "h")
        made.append(run.run_id)
        clock.advance(number % 2)  # some at the same moment
    seen, after = [], None
    while True:
        page = store.list(ACME.tenant, LEAD_SCORE, limit=2, after=after)
        seen += [run.run_id for run in page.items]
        after = page.next_key
        if after is None:
            break
    assert sorted(seen) == sorted(made)
    times = [store.get(ACME.tenant, run_id).create_time for run_id in seen]
    assert times == sorted(times, reverse=True)
    assert store.list(OTHER.tenant, LEAD_SCORE, limit=9, after=None).items == ()
    with pytest.raises(InvalidInput):
        store.list(ACME.tenant, LEAD_SCORE, limit=9, after="x")
    newest = store.get(ACME.tenant, seen[0])
    assert [run.run_id for run in store.recent(ACME.tenant, LEAD_SCORE, newest.create_time)] == [
        run_id for run_id, time in zip(seen, times, strict=True) if time == newest.create_time
    ]


def test_forced_requests_and_new_runs_are_audited(store, database):
    run = store.request(ACME, "r1", asked())
    store.request(ACME, "r2", asked("elsewhen"))
    store.request(ACME, "r3", asked("forced", force=True, reason="a new campaign"))
    store.request(ACME, "r3", asked("forced", force=True, reason="a new campaign"))
    query = "SELECT action, target, reason FROM audit_records ORDER BY sequence"
    with database.read(ALL_TENANTS) as connection:
        assert [tuple(row) for row in connection.execute(text(query))] == [
            ("ModelService/RequestRetraining", f"{LEAD_SCORE}/{run.run_id}", "F1 fell"),
            ("ModelService/RequestRetraining", f"{LEAD_SCORE}/{run.run_id}", "a new campaign"),
        ]


def test_checks_are_kept_with_what_they_saw(store, database, clock):
    store.record_check(
        ACME.tenant,
        LEAD_SCORE,
        window=WINDOW,
        decision="wait",
        reason="F1 fell. Held back: too few labels.",
        triggers=[TRIGGER],
        run_id="",
        now=clock.now,
    )
    with database.read(ALL_TENANTS) as connection:
        (row,) = connection.execute(text("SELECT * FROM retraining_checks")).mappings()
    assert (row["tenant"], row["trigger_window"], row["decision"], row["run_id"]) == ("acme", WINDOW, "wait", "")
    assert row["reason"] == "F1 fell. Held back: too few labels."
    assert json.loads(row["triggers"])[0]["message"] == "F1 fell by 8 %."


def test_old_checks_are_forgotten_and_runs_stay(store, database, clock):
    run = store.request(ACME, "r1", asked())
    for number, tenant in enumerate((ACME.tenant, ACME.tenant, ACME.tenant, OTHER.tenant)):
        store.record_check(
            tenant,
            LEAD_SCORE,
            window=f"w{number}",
            decision="none",
            reason="",
            triggers=[],
            run_id=run.run_id,
            now=clock.advance(60),
        )
    before = clock.now - timedelta(seconds=60)
    assert store.prune_checks(ACME.tenant, before) == 2
    assert store.prune_checks(ACME.tenant, before) == 0
    with database.read(ALL_TENANTS) as connection:
        left = connection.scalars(text("SELECT trigger_window FROM retraining_checks ORDER BY id")).all()
    assert left == ["w2", "w3"]
    assert store.get(ACME.tenant, run.run_id) == run


def test_a_run_that_is_not_there_is_not_found(store):
    with pytest.raises(NotFound):
        store.claim(ACME.tenant, "run_x", "h", LOST)
    assert not store.report(ACME.tenant, "run_x", "h", "", 0)
