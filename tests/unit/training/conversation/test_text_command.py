from __future__ import annotations

import pytest

from training.__main__ import main


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_DATABASE_URL", f"sqlite:///{tmp_path}/leadline.db")
    monkeypatch.setenv("LEADLINE_MODEL_DIR", str(tmp_path / "models"))
    monkeypatch.setattr("training.conversation.app.load_encoder", lambda _: None)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["--heads", "mood"], "--heads must be some of sentiment, intent"),
        (["--heads", ","], "--heads must be some of"),
        (["--tenant", "a b"], "--tenant"),
        (["--messages", "none.jsonl"], "none.jsonl must be a readable file"),
    ],
)
def test_wrong_input_is_said(arguments, rule, capsys):
    assert main(["fit-text", *arguments]) == 2
    assert rule in capsys.readouterr().err


def test_without_tenants_nobody_lacks_a_head(capsys):
    assert main(["fit-text", "--missing"]) == 0
    said = capsys.readouterr().err
    assert "heads look at words alone" in said
    assert "Default heads given: 0." in said
