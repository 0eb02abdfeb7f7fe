"""What was acknowledged is there after kill -9."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from core.adapters.sql import SqlLeadStore, open_database
from core.caller import LOCAL_CALLER
from core.identifiers import LeadId

WRITER = """
import sys
from datetime import UTC, datetime
from core.adapters.sql import SqlLeadStore, open_database
from core.caller import LOCAL_CALLER
from core.lead import Lead, LeadOutcome, LeadWrite

database = open_database(sys.argv[1])
database.migrate()
store = SqlLeadStore(database, lambda: datetime.now(UTC))
for number in range(1_000_000):
    leads = [Lead(lead_id=f"{number}-{part}", title="x" * 500) for part in range(5)]
    writes = [LeadWrite(lead=lead, outcome=LeadOutcome(converted=True)) for lead in leads]
    store.upsert(LOCAL_CALLER, f"r{number}", writes)
    print(number, flush=True)
"""
ACKS_BEFORE_KILL = (1, 40, 150)


@pytest.mark.parametrize("acks", ACKS_BEFORE_KILL)
def test_every_acknowledged_write_survives_a_killed_process(tmp_path, acks):
    url = f"sqlite:///{tmp_path}/leadline.db"
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        acknowledged = [int(writer.stdout.readline()) for _ in range(acks)]
        writer.send_signal(signal.SIGKILL)
        # What was printed before the kill took effect is acknowledged as well.
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL

    database = open_database(url)
    store = SqlLeadStore(database, lambda: datetime.now(UTC))
    for number in acknowledged:
        stored = [store.get(LOCAL_CALLER.tenant, LeadId(f"{number}-{part}")) for part in range(5)]
        assert {lead.revision for lead in stored} == {1}
    # One write may have been committed and not acknowledged; half a write never is.
    revision = store.outcome_revision(LOCAL_CALLER.tenant)
    assert revision - len(acknowledged) in {0, 1}
    assert sum(1 for _ in store.labelled(LOCAL_CALLER.tenant)) == 5 * revision
    database.close()
