from __future__ import annotations

import argparse
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core.adapters.sql import ALL_TENANTS, SqlAuditLog, open_database
from core.caller import Caller
from core.identifiers import TenantId
from server.commands.audit import add_parser
from server.settings import read_settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/leadline.db")
    database.migrate()
    audit = SqlAuditLog(database, lambda: NOW)
    for tenant in ("acme", "acme", "other"):
        audit.record_denied(Caller(tenant=TenantId(tenant), actor="eve"), "ModelService/RollbackModel", "", "NO_ROLE")
    yield database
    database.close()


@pytest.fixture
def run(database, tmp_path, capsys):
    def run(*arguments):
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers())
        settings = read_settings({"LEADLINE_DATABASE_URL": f"sqlite:///{tmp_path}/leadline.db"})
        parsed = parser.parse_args(["audit", "verify", *arguments])
        return parsed.run(parsed, settings), capsys.readouterr().out.splitlines()

    return run


def tamper(database, statement):
    with database.write(ALL_TENANTS) as connection:
        connection.execute(text("DROP TRIGGER audit_records_no_update"))
        connection.execute(text("DROP TRIGGER audit_records_no_delete"))
        connection.execute(text(statement))


def test_chains_in_order_are_printed_with_their_ends(run):
    code, lines = run()
    assert code == 0
    assert [line.split(":")[0] for line in lines] == ["acme 2", "other 1"]
    assert all(len(line.split(":")[1]) == 64 for line in lines)


def test_a_broken_chain_is_exit_code_1_and_names_the_place(run, database):
    tamper(database, "UPDATE audit_records SET actor = 'nobody' WHERE tenant = 'acme' AND sequence = 2")
    code, lines = run()
    assert code == 1
    assert lines[0].startswith("acme BROKEN at record 2; in order up to 1:")
    assert lines[1].startswith("other 1:")
    assert run("--tenant", "other")[0] == 0


def test_a_chain_without_its_end_is_found_with_the_anchor_printed_before(run, database):
    anchor = run("--tenant", "acme")[1][0].split()[1]
    assert run("--tenant", "acme", "--anchor", anchor)[0] == 0
    tamper(database, "DELETE FROM audit_records WHERE tenant = 'acme'")
    assert run("--tenant", "acme") == (0, ["acme no records"])
    assert run("--tenant", "acme", "--anchor", anchor) == (1, ["acme BROKEN at record 1; in order up to no records"])


def test_an_anchor_needs_a_tenant_and_its_form(run, capsys):
    assert run("--anchor", f"1:{'0' * 64}")[0] == 2
    for wrong in (["--tenant", "a", "--anchor", "x"], ["--tenant", "not a tenant"]):
        with pytest.raises(SystemExit) as ended:
            run(*wrong)
        assert ended.value.code == 2
        assert "must be" in capsys.readouterr().err
