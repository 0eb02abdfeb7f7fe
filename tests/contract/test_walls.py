from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import delete, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from core.adapters.sql import (
    ALL_TENANTS,
    SqlAuditLog,
    SqlLeadStore,
    SqlPredictionStore,
    SqlRegistryStore,
    open_database,
)
from core.adapters.sql.action_decision_store import SqlActionDecisions
from core.adapters.sql.action_outcome_store import SqlActionOutcomes
from core.adapters.sql.action_tally_reader import SqlActionTallies
from core.adapters.sql.action_trials import SqlActionTrials
from core.adapters.sql.contact_history import SqlContactHistory
from core.adapters.sql.conversation_facts import SqlConversationFacts
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.insight_type_store import SqlInsightTypeStore
from core.adapters.sql.tables import metadata
from core.adapters.sql.unit_store import SqlUnitStore
from core.adapters.sql.walls import Walls
from core.caller import Caller
from core.conversation.facts_store import NewFacts, StoredFacts
from core.conversation.insights.insight_type import InsightType
from core.criteria.criterion import Comparison, Operator
from core.errors import NotFound
from core.experiments.refreshing import refresh
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from core.ports import Prediction
from tests.parts.action_outcomes import ACME, Teller, decision
from tests.parts.clock import SetClock
from tests.parts.rows import WHEN, add_rows, make_row
from tests.parts.trials import experiment, exposure, linked, register
from tests.parts.versions import make_version

A, B = TenantId("a"), TenantId("b")
TABLES = list(metadata.sorted_tables)


@pytest.fixture
def walled(postgres, fresh_names, opened):
    database = opened(postgres.create_database(next(fresh_names), "migrated"))
    for tenant in (A, B):
        with database.write(tenant) as connection:
            add_rows(connection, TABLES, tenant)
    return database


def counts(connection):
    return {table.name: connection.scalar(select(func.count()).select_from(table)) for table in TABLES}


def test_whoever_names_no_tenant_sees_no_row_of_any_table(walled, postgres):
    name = walled._engine.url.database
    with psycopg.connect(postgres.url(name)) as connection:
        for table in TABLES:
            assert connection.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (0,)  # noqa: S608
    with psycopg.connect(postgres.admin_url(name)) as connection:
        for table in TABLES:
            assert connection.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (2,)  # noqa: S608


@pytest.mark.parametrize("way", ["read", "snapshot", "write"])
def test_a_tenant_sees_its_own_rows_even_if_the_sql_forgets_to_ask_for_them(walled, way):
    for tenant in (A, B, A):
        with getattr(walled, way)(tenant) as connection:
            assert set(counts(connection).values()) == {1}
            for table in TABLES:
                assert connection.scalars(select(table.c.tenant)).all() == [tenant]
    with getattr(walled, way)(ALL_TENANTS) as connection:
        assert set(counts(connection).values()) == {2}


def test_a_tenant_changes_and_removes_nothing_of_another(walled):
    changeable = [table for table in TABLES if table.name != "audit_records"]
    with walled.write(A) as connection:
        for table in changeable:
            last = list(table.columns)[-1]
            assert connection.execute(update(table).values({last.name: last})).rowcount == 1, table.name
            assert connection.execute(delete(table)).rowcount == 1, table.name
    with walled.write(B) as connection:
        assert set(counts(connection).values()) == {1}


def test_a_tenant_adds_no_row_in_the_name_of_another(walled):
    for table in TABLES:
        with pytest.raises(DBAPIError, match="row-level security"), walled.write(A) as connection:
            connection.execute(insert(table).values(make_row(table, "c")))


def test_a_tenant_gives_no_row_away(walled):
    with pytest.raises(DBAPIError, match="row-level security"), walled.write(A) as connection:
        connection.execute(text("UPDATE leads SET tenant = 'b', lead_id = 'y'"))


def test_a_name_ends_with_the_transaction_that_gave_it(postgres, walled):
    name = walled._engine.url.database
    database = open_database(postgres.url(name), pool_size=1)
    with database.write(A):
        pass
    with pytest.raises(ZeroDivisionError), database.write(A):
        raise ZeroDivisionError
    with database._engine.connect() as connection:
        assert set(counts(connection).values()) == {0}
    with database.read(B) as connection:
        assert set(counts(connection).values()) == {1}
    with database.write(A) as connection:
        assert connection.scalars(text("SELECT tenant FROM leads")).all() == ["a"]
    with database.read(B) as connection:
        assert connection.scalars(text("SELECT tenant FROM leads")).all() == ["b"]
    database.close()


def test_a_tenant_is_named_once_while_a_connection_reads_for_nobody_else(walled):
    statements = []
    event.listen(walled._engine, "before_cursor_execute", lambda *heard: statements.append(heard[2]))
    for tenant in (A, A, A, B):
        with walled.read(tenant) as connection:
            connection.execute(text("SELECT 1"))
    assert ["set_config" in statement for statement in statements] == [True, False, False, False, True, False]


def test_a_connection_that_was_replaced_names_its_tenant_anew(postgres, walled):
    with walled.read(A) as connection:
        assert connection.scalar(text("SELECT count(*) FROM leads")) == 1
    postgres.drop_connections(walled._engine.url.database)
    with walled.read(A) as connection:
        assert connection.scalar(text("SELECT count(*) FROM leads")) == 1


def test_walls_hold_for_the_servers_role_and_not_for_a_superuser(postgres, fresh_names, opened, migrated_file):
    name = next(fresh_names)
    database = opened(postgres.create_database(name, "migrated"))
    assert database.check_walls() is Walls.HELD
    assert opened(postgres.admin_url(name)).check_walls() is Walls.PASSED_BY
    assert opened(f"sqlite:///{migrated_file}").check_walls() is Walls.ABSENT
    with database.write(ALL_TENANTS) as connection:
        connection.execute(text("ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY"))
    assert database.check_walls() is Walls.PASSED_BY


def test_every_table_has_its_policy_and_holds_its_owner_to_it(walled):
    policies = text("SELECT tablename, qual FROM pg_policies WHERE cmd = 'ALL' AND permissive = 'PERMISSIVE'")
    forced = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    with walled.read(ALL_TENANTS) as connection:
        found = {row.tablename: row.qual for row in connection.execute(policies)}
        assert found.keys() == metadata.tables.keys()
        assert all("current_setting('leadline.tenant'" in rule and "tenant" in rule for rule in found.values())
        assert set(connection.scalars(forced)) == metadata.tables.keys()


def test_every_table_has_the_tenant_in_front_of_a_key():
    counted_up = {"model_events", "model_metrics", "retraining_checks", "dead_letters"}
    for table in TABLES:
        assert not table.c.tenant.nullable
        if table.name not in counted_up:
            assert next(iter(table.primary_key.columns)).name == "tenant"


def test_equal_ids_in_two_tenants_are_two_leads_and_two_requests(database, clock):
    store = SqlLeadStore(database, clock)
    for tenant, title in ((A, "of a"), (B, "of b")):
        caller = Caller(tenant=tenant, actor="x")
        write = LeadWrite(lead=Lead(lead_id=LeadId("same"), title=title))
        assert store.upsert(caller, "same-request", [write]).created == 1
    assert store.get(A, LeadId("same")).lead.title == "of a"
    assert store.get(B, LeadId("same")).lead.title == "of b"


def test_equal_version_names_in_two_tenants_are_two_versions(database, clock):
    store = SqlRegistryStore(database, clock)
    version = make_version()
    name, kind = version.manifest.version, version.manifest.kind
    for tenant in (A, B):
        store.register(Caller(tenant=tenant, actor="x"), "same-request", version, "")
    store.activate(Caller(tenant=A, actor="x"), "go", kind, name, expected=None, reason="")
    assert store.active(A, kind).version == name
    assert store.active(B, kind) is None


def test_through_no_method_of_any_store_does_a_tenant_see_anything_of_another(database, clock):
    caller, lead_id, version = Caller(tenant=A, actor="x"), LeadId("lead"), make_version()
    kind, name = version.manifest.kind, version.manifest.version
    leads, registry, audit = (
        SqlLeadStore(database, clock),
        SqlRegistryStore(database, clock),
        SqlAuditLog(database, clock),
    )
    outcome = LeadOutcome(converted=True, outcome_time=WHEN)
    leads.upsert(caller, "r", [LeadWrite(lead=Lead(lead_id=lead_id), outcome=outcome)])
    registry.register(caller, "r", version, "")
    registry.activate(caller, "r", kind, name, expected=None, reason="")
    page = {"limit": 10, "after": None}

    def seen(tenant):
        return [
            *leads.list(tenant, **page, owner_id=None).items,
            *leads.labelled(tenant),
            *([1] if leads.outcome_revision(tenant) else []),
            *registry.list(tenant, kind, **page).items,
            *registry.events(tenant, kind, **page, version=None).items,
            *([1] if registry.active(tenant, kind) else []),
            *([1] if registry.active_at(tenant, kind, clock.now) else []),
            *audit.list(tenant, **page, actor="", action="").items,
        ]

    assert len(seen(A)) == 1 + 1 + 1 + 1 + 3 + 1 + 1 + 2
    assert seen(B) == []
    for read in (
        lambda: leads.get(B, lead_id),
        lambda: leads.as_of(B, lead_id, clock.now),
        lambda: registry.get(B, kind, name),
        lambda: registry.activate(Caller(tenant=B, actor="x"), "r", kind, name, expected=None, reason=""),
        lambda: registry.retire(Caller(tenant=B, actor="x"), "r", kind, [name], ""),
    ):
        with pytest.raises(NotFound):
            read()


def test_through_no_method_of_the_experiment_stores_does_a_tenant_see_anything_of_another(database, clock):
    caller, stranger = Caller(tenant=A, actor="x"), Caller(tenant=B, actor="x")
    register(database, clock, caller, stranger)
    experiments, exposures, units = (
        SqlExperimentStore(database, clock),
        SqlExposureStore(database),
        SqlUnitStore(database),
    )
    # The same unit and lead in an experiment of the same name in both.
    stored = experiments.create(caller, "r", experiment(layer="page"))
    experiments.create(stranger, "r", experiment(layer="page"))
    exposures.record(A, exposure("u", at=WHEN), linked("lead"))
    with units.session(A, "test") as session:
        refresh(session, stored, clock.now)
        session.finish(clock.now, {"treatment/conversion": 0.5})

    def seen(tenant):
        with units.session(tenant, "test") as session:
            return [
                *([1] if exposures.first(tenant, "test", "u") else []),
                *(evidence for part in session.changed(WHEN) for evidence in part),
                *([1] if session.tallies()["control"].units else []),
                *([1] if session.similar_units() or session.exposed_between(WHEN, clock.now) else []),
                *([1] if session.refreshed_until else []),
                *session.least_p_values(),
            ]

    assert len(seen(A)) == 6
    assert seen(B) == []
    assert experiments.get(B, "test").segment_start == 0
    experiments.stop(stranger, "s", "test", winner="", reason="")
    assert experiments.get(A, "test").stop_time is None
    assert [one.experiment.name for one in experiments.list(A, limit=9, after=None, open_at=clock.now).items] == [
        "test"
    ]
    assert experiments.list(B, limit=9, after=None, open_at=clock.now).items == ()
    for read in (
        lambda: experiments.get(TenantId("c"), "test"),
        lambda: experiments.allocations(TenantId("c"), "test"),
        lambda: experiments.stop(Caller(tenant=TenantId("c"), actor="x"), "s", "test", winner="", reason=""),
    ):
        with pytest.raises(NotFound):
            read()


def test_through_no_method_of_the_action_stores_does_a_tenant_see_anything_of_another(database):
    teller = Teller(database, SetClock())
    teller.lead("lead")
    teller.lead("lead", caller=Caller(tenant=B, actor="x"))
    teller.tell("accepted", "lead", "call", propensity=0.5, agent_id="kim", outcome_time=teller.ago(60))
    decided = decision("d", "lead", {"call": 1.0}, teller.ago(60))
    decisions, trials = SqlActionDecisions(database), SqlActionTrials(database)
    # One batch may be of several tenants.
    decisions.append([decided, replace(decided, tenant=B, decision_id="b")])
    history, tallies = SqlContactHistory(database), SqlActionTallies(database)
    since, day, now = teller.ago(365), teller.ago(60), teller.clock.now

    def seen(tenant):
        return [
            *history.of_lead(tenant, LeadId("lead"), since),
            *history.agent_times(tenant, "kim", since),
            *history.day_counts(tenant, day),
            *tallies.tallies(tenant, since, now),
            *([1] if tallies.newest(tenant) or tallies.count_known(tenant, since) else []),
            *trials.trials(tenant, since=since, now=now, window=timedelta(days=30)),
            *trials.decisions(tenant, ["d"]),
        ]

    assert len(seen(ACME.tenant)) == 7
    assert seen(B) == []
    assert SqlActionOutcomes(database).prune(B, teller.clock.advance(1)) == 0
    assert decisions.prune(B, teller.clock.now) == 1
    assert len(seen(ACME.tenant)) == 7


def test_through_no_method_of_the_insight_stores_does_a_tenant_see_anything_of_another(database, clock):
    kinds, facts = SqlInsightTypeStore(database, clock), SqlConversationFacts(database)
    mine, other = Caller(tenant=A, actor="x"), Caller(tenant=B, actor="x")
    urgent = Comparison(field="analysis.is_urgent", operator=Operator.EQUAL, value=True)
    kinds.register(mine, "r", InsightType(key="own", title="Own", criterion=urgent))
    said = StoredFacts(
        lead_id=LeadId("lead"),
        conversation_id="c",
        message_count=1,
        last_message_time=None,
        facts={},
        update_time=clock.now,
    )
    SqlLeadStore(database, clock).upsert(mine, "l", [LeadWrite(lead=Lead(lead_id=LeadId("lead")))])
    # One batch may be of several tenants; of a lead that the other one does not have nothing is kept.
    facts.append([NewFacts(tenant=A, stored=said), NewFacts(tenant=B, stored=said)])

    def seen(tenant):
        page = kinds.page(tenant, limit=10, after=None).items
        return [*page, *kinds.all(tenant)[1], *facts.of_lead(tenant, LeadId("lead"))]

    assert len(seen(A)) == 3
    assert seen(B) == []
    with pytest.raises(NotFound):
        kinds.delete(other, "d", "own")
    assert len(seen(A)) == 3


def test_one_batch_of_answers_may_be_of_several_tenants(database):
    def answer(tenant):
        return Prediction(
            tenant=tenant,
            lead_id=LeadId("same"),
            version="v",
            source="MODEL",
            score=50.0,
            probability=0.5,
            score_time=WHEN,
            token_id="same",  # noqa: S106  an id
            features=b"",
        )

    SqlPredictionStore(database).append([answer(A), answer(B)])
    SqlPredictionStore(database).append([answer(A)])
    for tenant in (A, B):
        with database.read(tenant) as connection:
            asked = text("SELECT count(*) FROM predictions WHERE tenant = :tenant")
            assert connection.scalar(asked, {"tenant": tenant}) == 1


def test_a_folder_that_another_tenant_uses_is_kept_by_a_prune(database, clock):
    store = SqlRegistryStore(database, clock)
    version = make_version()
    seen = []

    def choose(versions, _pointer, users):
        seen.append((len(versions), dict(users)))
        raise LookupError

    for tenant in (A, B):
        store.register(Caller(tenant=tenant, actor="x"), "r", version, "")
    with pytest.raises(LookupError):
        store.preview_prune(Caller(tenant=A, actor="x"), version.manifest.kind, choose)
    assert seen == [(1, {version.digest: 2})]
