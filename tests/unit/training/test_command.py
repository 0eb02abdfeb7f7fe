"""``python -m training`` in this process: real files, a real database, real fits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.caller import LOCAL_CALLER
from core.identifiers import TenantId
from core.lead import LeadWrite
from core.registry.manifest import parse_manifest
from core.version import LEAD_SCORE, MANIFEST_FILE
from training.__main__ import main
from training.app import build_trainer
from training.sample import generate_leads, write_csv
from training.settings import read_settings

FEW = ["--n-estimators", "25", "--max-depth", "3", "--learning-rate", "0.3"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "leads.csv"
    return path, write_csv(path, 800, 1)


@pytest.fixture
def environ(tmp_path, monkeypatch):
    values = {
        "LEADLINE_DATABASE_URL": f"sqlite:///{tmp_path}/leadline.db",
        "LEADLINE_MODEL_DIR": str(tmp_path / "models"),
        "LEADLINE_TFIDF_MAX_FEATURES_TITLE": "10",
        "LEADLINE_TFIDF_MAX_FEATURES_DESC": "60",
        "COLUMNS": "400",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().err


def test_a_file_becomes_a_folder_and_a_version(environ, sample, tmp_path, capsys):
    leads, mapping = sample
    output = tmp_path / "out"
    code, said = run(capsys, "fit", "--leads", leads, "--mapping", mapping, "--output", output, "--no-register", *FEW)
    assert code == 0, said
    assert "auc" in said
    manifest = parse_manifest((output / MANIFEST_FILE).read_bytes())
    assert {file.name for file in manifest.files} | {MANIFEST_FILE} == {path.name for path in output.iterdir()}
    assert manifest.parameters["max_depth"] == 3
    assert manifest.parameters["source"] == "leads.csv"
    trainer = build_trainer(read_settings(environ), {})
    assert not trainer.has_versions(LOCAL_CALLER.tenant, LEAD_SCORE)


def test_without_mapping_columns_are_taken_by_their_names_and_the_version_is_activated(environ, sample, capsys):
    leads, _ = sample
    code, said = run(capsys, "fit", "--leads", leads, "--outcome", "converted", "--activate", "--allow-leaks", *FEW)
    assert code == 0, said
    assert "It is the serving version now." in said
    trainer = build_trainer(read_settings(environ), {})
    assert trainer.registry.active(LOCAL_CALLER.tenant, LEAD_SCORE) is not None


def fails(capsys, code, words, *arguments):
    found, said = run(capsys, *arguments)
    assert found == code, said
    for word in words:
        assert word in said
    assert "Traceback" not in said


def test_wrong_settings_are_named(environ, sample, monkeypatch, capsys):
    monkeypatch.setenv("LEADLINE_TIME_ZONE", "Mars/North")
    monkeypatch.setenv("LEADLINE_MIN_TRAINING_SAMPLES", "3")
    words = ["LEADLINE_TIME_ZONE", "LEADLINE_MIN_TRAINING_SAMPLES"]
    fails(capsys, 2, words, "fit", "--leads", sample[0], "--outcome", "converted")


def test_wrong_options_are_named(environ, sample, tmp_path, capsys):
    leads, mapping = sample
    good = ["fit", "--leads", leads, "--mapping", mapping]
    for share in ("0.01", "0.9", "nan"):
        fails(capsys, 2, ["--validation-share"], *good, "--validation-share", share)
    fails(capsys, 2, ["subsample", "max_depth"], *good, "--subsample", "3", "--max-depth", "0")
    fails(capsys, 2, ["--outcome"], "fit", "--leads", leads)
    fails(capsys, 2, ["nope"], "fit", "--leads", leads, "--outcome", "nope")
    with pytest.raises(SystemExit) as stopped:
        main(["fit", "--leads", str(leads), "--max-depth", "deep"])
    assert stopped.value.code == 2


def test_files_that_cannot_be_read_are_named(environ, sample, tmp_path, capsys):
    leads, mapping = sample
    fails(capsys, 2, ["none.csv"], "fit", "--leads", tmp_path / "none.csv", "--outcome", "x")
    fails(capsys, 2, ["none.toml"], "fit", "--leads", leads, "--mapping", tmp_path / "none.toml")
    fails(
        capsys, 2, ["words.toml"], "fit", "--leads", leads, "--mapping", mapping, "--keywords", tmp_path / "words.toml"
    )
    broken = tmp_path / "broken.csv"
    broken.write_text("converted,price\nyes,1\nno,cheap\n")
    fails(capsys, 2, ["broken.csv"], "fit", "--leads", broken, "--outcome", "converted")
    shouting = tmp_path / "shouting.toml"
    shouting.write_text('urgency = ["URGENT"]')
    arguments = ["fit", "--leads", leads, "--mapping", mapping, "--keywords", shouting, *FEW]
    fails(capsys, 2, ["keywords['urgency']", "URGENT"], *arguments)


def test_brackets_in_names_are_printed_as_they_are(environ, tmp_path, capsys):
    leads = tmp_path / "leads.csv"
    leads.write_text("a,converted\n" + "x,yes\n" * 60 + "y,no\n" * 60)
    fails(capsys, 2, ["[/red] [bold]"], "fit", "--leads", leads, "--outcome", "[/red] [bold]")


def test_an_output_that_is_a_file_is_named(environ, sample, tmp_path, capsys):
    leads, mapping = sample
    taken = tmp_path / "taken"
    taken.write_text("")
    arguments = ["fit", "--leads", leads, "--mapping", mapping, "--no-register", "--output", taken, *FEW]
    fails(capsys, 2, ["--output"], *arguments)


def test_an_empty_store_is_named(environ, capsys):
    fails(capsys, 1, ["TOO_FEW_LABELS", "store", "100 leads"], "fit", "--from-store")


def test_labels_of_any_tenant_become_a_version(environ, capsys):
    trainer = build_trainer(read_settings(environ), {})
    caller = replace(LOCAL_CALLER, tenant=TenantId("acme"))
    writes = [LeadWrite(lead=lead, outcome=outcome) for lead, outcome in generate_leads(700, 1)]
    for start in (0, 350):
        trainer.leads.upsert(caller, f"r{start}", writes[start : start + 350])
    code, said = run(capsys, "fit", "--from-store", "--tenant", "acme", "--window", "half-life=400", "--activate", *FEW)
    assert code == 0, said
    pointer = trainer.registry.active(caller.tenant, LEAD_SCORE)
    manifest = trainer.registry.get(caller.tenant, LEAD_SCORE, pointer.version).manifest
    assert manifest.parameters["window_of_trees"] == "half-life=400"
    assert manifest.parameters["label_count"] == manifest.training_sample_count == 700
    assert not trainer.has_versions(LOCAL_CALLER.tenant, LEAD_SCORE)


def test_a_wrong_window_or_tenant_is_named(environ, sample, capsys):
    good = ["fit", "--leads", sample[0], "--outcome", "converted"]
    fails(capsys, 2, ["--window", "half-life=ROWS"], *good, "--window", "last week")
    fails(capsys, 2, ["--tenant"], *good, "--tenant", "a b")


def test_leads_without_signal_end_with_one(environ, tmp_path, capsys):
    leads = tmp_path / "leads.csv"
    rows = [
        f"l{i},{'abcde'[i % 5]},{(i * 7919) % 1013},{'yes' if (i * 104729) % 97 < 40 else 'no'}" for i in range(300)
    ]
    leads.write_text("lead_id,letter,number,converted\n" + "\n".join(rows) + "\n")
    fails(capsys, 1, ["NO_SIGNAL"], "fit", "--leads", leads, "--outcome", "converted", *FEW)


def test_the_files_of_a_folder_are_json_where_they_say_so(environ, sample, tmp_path, capsys):
    leads, mapping = sample
    output = tmp_path / "a" / "new" / "folder"
    code, _ = run(capsys, "fit", "--leads", leads, "--mapping", mapping, "--output", output, "--no-register", *FEW)
    assert code == 0
    for path in output.glob("*.json"):
        assert json.loads(path.read_bytes())
