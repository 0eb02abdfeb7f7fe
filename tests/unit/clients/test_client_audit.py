from __future__ import annotations

import json

from click.testing import CliRunner
from leadline import AuditDecision
from leadline.command import main
from leadline.convert import audit as convert
from leadline.v1 import audit_service_pb2 as pb


def run(server, *arguments):
    return CliRunner().invoke(main, ["--target", server.target, *arguments])


def test_audit_records_are_listed_over_pages(client, server):
    records = list(client.audit_records(actor="someone", action="ModelService/RollbackModel"))
    assert [record.sequence for record in records] == [5, 4, 3, 2, 1]
    assert records[0].decision is AuditDecision.ALLOWED
    assert records[0].record_time is None
    requests = server.requests("ListAuditRecords")
    assert [request.page_token for request in requests] == ["", "3"]
    assert {(request.actor, request.action) for request in requests} == {("someone", "ModelService/RollbackModel")}


def test_a_decision_of_a_newer_server_is_unknown():
    assert convert.record_from_wire(pb.AuditRecord(decision=9)).decision is AuditDecision.UNKNOWN
    assert convert.record_from_wire(pb.AuditRecord(decision="AUDIT_DECISION_DENIED")).decision is AuditDecision.DENIED


def test_the_command_shows_who_did_what(server):
    shown = run(server, "audit", "list")
    assert shown.exit_code == 0, shown.stderr
    for text in ("someone", "ModelService/RollbackModel", "lead_score/v5", "lead_score/v1", "allowed", "worse"):
        assert text in shown.stdout


def test_the_command_prints_json_lines(server):
    shown = run(server, "audit", "list", "--limit", "2", "--actor", "someone", "--json")
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [record["sequence"] for record in records] == [5, 4]
    assert records[0]["decision"] == "allowed"
    assert server.requests("ListAuditRecords")[0].actor == "someone"
