"""``python -m training fit-actions`` in this process: a real database and registry."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from core.actions.context import facts_to_json
from core.adapters.sql.engine import open_database
from core.adapters.sql.tables import action_outcomes
from core.caller import LOCAL_CALLER
from core.version import NEXT_ACTION
from tests.parts.action_trials import alike, crossed, trials_in
from training.__main__ import main
from training.actions.app import build_ranker_trainer
from training.app import now
from training.settings import read_settings


@pytest.fixture
def environ(tmp_path, monkeypatch):
    values = {
        "LEADLINE_DATABASE_URL": f"sqlite:///{tmp_path}/leadline.db",
        "LEADLINE_MODEL_DIR": str(tmp_path / "models"),
        "COLUMNS": "200",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def store(environ):
    database = open_database(environ["LEADLINE_DATABASE_URL"])
    database.migrate()

    def add(rate, count=900):
        with database.write(LOCAL_CALLER.tenant) as connection:
            rows = [_row(number, trial) for number, trial in enumerate(trials_in(rate, count, seed=3))]
            connection.execute(insert(action_outcomes), rows)

    yield add
    database.close()


def _row(number, trial):
    return {
        "tenant": LOCAL_CALLER.tenant,
        "outcome_id": f"o{number:05}",
        "lead_id": trial.lead_id,
        "agent_id": "",
        "action_id": trial.action_id,
        "action_group": "",
        "channel": "",
        "outcome": "converted" if trial.converted else "not_converted",
        "outcome_time": trial.time,
        "record_time": now(),
        "decision_id": "",
        "propensity": trial.propensity,
        "value": None,
        "context": facts_to_json(trial.facts),
    }


def run(capsys, *arguments):
    code = main(["fit-actions", *arguments])
    return code, capsys.readouterr().err


def active(environ):
    pointer = build_ranker_trainer(read_settings(environ)).registry.active(LOCAL_CALLER.tenant, NEXT_ACTION)
    return "" if pointer is None else pointer.version


def test_a_ranker_that_is_proven_serves(environ, store, capsys):
    store(crossed)
    code, said = run(capsys)
    assert code == 0, said
    assert "To treat leads differently is proven better" in said
    version = active(environ)
    assert version in said
    code, said = run(capsys, "--evaluate", version)
    assert (code, "too few outcomes" in said) == (0, True)


def test_one_that_is_not_proven_serves_only_if_that_is_asked_for(environ, store, capsys):
    store(alike)
    code, said = run(capsys)
    assert code == 0, said
    assert "not proven better" in said
    assert "It does not serve" in said
    assert active(environ) == ""
    assert run(capsys, "--force")[0] == 0
    assert active(environ)


def test_the_same_request_registers_once(environ, store, capsys):
    store(crossed)
    assert run(capsys, "--request-id", "once", "--no-activate")[0] == 0
    code, said = run(capsys, "--request-id", "once", "--no-activate")
    assert (code, "Somebody else has registered" in said) == (0, True)
    assert active(environ) == ""


def test_without_outcomes_it_is_refused(environ, capsys):
    code, said = run(capsys)
    assert (code, "TOO_FEW_TRIALS" in said) == (1, True)
    assert run(capsys, "--tenant", "no such")[0] == 2
    assert run(capsys, "--evaluate", "nothing")[0] == 1
