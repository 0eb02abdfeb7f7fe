"""From labels and events to a version: by hand, by a challenger, and by the command."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.engine import open_database
from core.adapters.sql.event_log import SqlEventLog
from core.caller import LOCAL_CALLER
from core.event import EventKind
from core.feedback.label import Label, LabelSet, Provenance
from core.identifiers import TenantId
from core.lead import LeadWrite
from core.registry.manifest import parse_manifest
from core.scoring.loading import vectorizer_json
from core.version import MANIFEST_FILE, VECTORIZER_FILE
from tests.parts.behaving import behaving_leads, behaving_recipe, behaving_table, behaving_version, event
from tests.parts.fitted import offline_model
from training.__main__ import main
from training.app import build_trainer
from training.artifact import golden_values
from training.challenger import ChallengerOptions, fit_challenger
from training.fit import FitOptions, fit_version, labelled
from training.leaks import find_leaks
from training.pipeline import fit_scorer
from training.refusal import TrainingRefused
from training.settings import read_settings
from training.window import EVERYTHING

SMALL = {"n_estimators": 12, "max_depth": 3, "learning_rate": 0.3}
FEW = ["--n-estimators", "12", "--max-depth", "3", "--learning-rate", "0.3"]


def test_the_card_says_which_features_and_as_of_when():
    card = behaving_version().files["card.md"].decode()
    assert "## Behaviour" in card
    assert "recorded before the moment its lead was to be scored" in card
    active = sum(values["total_interactions"] > 0 for values in behaving_table().behavior)
    assert f"{active:,} of {len(behaving_table().leads):,} leads had events" in card


def test_the_manifest_tells_the_plan_and_the_events():
    parameters = parse_manifest(behaving_version().files[MANIFEST_FILE]).parameters
    assert parameters["behavior_event_count"] == len(behaving_leads()[1])
    assert (
        json.loads(behaving_version().files[VECTORIZER_FILE])["families"]["behavior"]["plan_hash"]
        == parameters["behavior_plan"]
    )


def test_without_events_a_recipe_that_looks_at_behaviour_looks_at_none():
    training = replace(labelled(behaving_table()), behavior=None).first(200)
    recipe = behaving_recipe(n_estimators=3)
    plain = replace(recipe, features=replace(recipe.features, behavior=None))
    looking, other = fit_scorer(training, recipe), fit_scorer(training, plain)
    assert looking.feature_set.hash == other.feature_set.hash
    assert vectorizer_json(looking.feature_set) == vectorizer_json(other.feature_set)
    np.testing.assert_array_equal(looking.rows, other.rows)


def test_labelled_leads_are_those_of_the_table():
    assert labelled(behaving_table()).behavior == behaving_table().behavior


def test_golden_values_are_drawn_feature_by_feature():
    known = [{"a": float(i), "b": f"b{i}"} for i in range(50)]
    found = golden_values(known, 3)
    assert found == golden_values(known, 3)
    assert found[-1] == {}
    assert all(values["a"] in range(50) and values["b"].startswith("b") for values in found[:-1])
    assert sum(values in known for values in found) < 8


def giving_away(table, name):
    """Return the table with a behaviour feature that says how each lead ended."""
    outcomes = table.outcomes.tolist()
    told = tuple({**values, name: float(converted)} for values, converted in zip(table.behavior, outcomes, strict=True))
    return replace(table, behavior=told)


def test_a_feature_that_gives_the_outcome_away_is_a_leak():
    assert find_leaks(behaving_table()) == ()
    table = giving_away(behaving_table(), "days_since_last")
    [finding] = find_leaks(table)
    assert (finding.feature, finding.rule) == ("behavior:days_since_last", "ranks_alone")
    assert find_leaks(replace(table, known_at_scoring=frozenset({"behavior:days_since_last"}))) == ()
    with pytest.raises(TrainingRefused, match="days_since_last"):
        fit_version(
            table, behaving_recipe(), FitOptions(), make_predictor=OnnxPredictor, clock=lambda: datetime.now(UTC)
        )


def test_a_category_that_gives_the_outcome_away_is_a_leak():
    table = behaving_table()
    words = ["won" if converted else "lost" for converted in table.outcomes]
    told = tuple({**v, "primary_event_type": word} for v, word in zip(table.behavior, words, strict=True))
    assert [leak.feature for leak in find_leaks(replace(table, behavior=told))] == ["behavior:primary_event_type"]


@pytest.fixture
def environ(tmp_path, monkeypatch):
    values = {
        "LEADLINE_DATABASE_URL": f"sqlite:///{tmp_path}/leadline.db",
        "LEADLINE_MODEL_DIR": str(tmp_path / "models"),
        "LEADLINE_TFIDF_MAX_FEATURES_TITLE": "0",
        "LEADLINE_TFIDF_MAX_FEATURES_DESC": "0",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


class Past:
    """A log of events that were recorded in the past: the store itself records now."""

    def __init__(self) -> None:
        self.asked = []

    def of_leads(self, tenant, lead_ids, *, until_us):
        self.asked.append((tenant, until_us))
        wanted = set(lead_ids)
        return (one for one in behaving_leads()[1] if one.lead_id in wanted and one.recorded_us < until_us)


def label_set(count):
    labels = tuple(
        Label(
            lead_id=lead.lead_id,
            target=float(outcome.converted),
            weight=1.0,
            is_outcome=True,
            mature_time=outcome.outcome_time,
            known_time=outcome.outcome_time,
            provenance=(Provenance.OUTCOME,),
        )
        for lead, outcome in behaving_leads()[0][:count]
    )
    return LabelSet(
        tenant=LOCAL_CALLER.tenant,
        as_of=labels[-1].mature_time,
        labels=labels,
        pending_count=0,
        fingerprint="f",
    )


def test_a_challenger_looks_at_behaviour_and_so_does_its_champion(environ):
    built = build_trainer(read_settings(environ), {})
    trainer = replace(built, events=Past())
    writes = [LeadWrite(lead=lead) for lead, _ in behaving_leads()[0]]
    for start in (0, 350):
        trainer.leads.upsert(LOCAL_CALLER, f"r{start}", writes[start : start + 350])
    options = ChallengerOptions(validation_split=0.1, parameters=SMALL, window=EVERYTHING)
    first = fit_challenger(trainer, LOCAL_CALLER.tenant, label_set(300), None, options)
    assert offline_model(first.fitted.files).feature_set.uses_behavior
    champion = trainer.registry.register(LOCAL_CALLER, "c", first.fitted.files, "for the tests").manifest.version
    second = fit_challenger(trainer, LOCAL_CALLER.tenant, label_set(400), champion, options)
    table = behaving_table()
    model = offline_model(first.fitted.files)
    held = range(360, 400)
    rows = model.feature_set.matrix(
        [table.leads[i] for i in held], [table.moments[i] for i in held], behavior=[table.behavior[i] for i in held]
    )
    np.testing.assert_allclose(second.champion_probabilities, [s.probability for s in model.score(rows)], atol=1e-6)


def test_events_of_the_store_count_from_when_they_were_recorded(environ):
    trainer = build_trainer(read_settings(environ), {})
    table = replace(behaving_table(), behavior=None, facts={})
    database = open_database(environ["LEADLINE_DATABASE_URL"])
    for number, days in enumerate((-1, 1, 3)):
        recorded = table.moments[0] + timedelta(days=days)
        log = SqlEventLog(database, lambda moment=recorded: moment)
        one = event(0, table.leads[0].lead_id, EventKind.ITEM_VIEWED, table.moments[0] - timedelta(days=2))
        sent = one._replace(event_id=f"e{number}", recorded_us=0)
        assert log.append(LOCAL_CALLER, "", [sent]).recorded
    database.close()
    found = trainer.with_behavior(LOCAL_CALLER.tenant, table)
    assert found.behavior[0]["total_interactions"] == 1.0
    later = replace(table, moments=(table.moments[0] + timedelta(days=2), *table.moments[1:]))
    assert trainer.with_behavior(LOCAL_CALLER.tenant, later).behavior[0]["total_interactions"] == 2.0
    assert trainer.with_behavior(TenantId("other"), table) is table
    undated = replace(table, moments=(None,) * len(table.leads))
    assert trainer.with_behavior(LOCAL_CALLER.tenant, undated) is undated


@pytest.fixture
def files(tmp_path):
    """Write the leads, scored a day after they were posted, and their events."""
    pairs, events = behaving_leads()
    with (tmp_path / "leads.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["lead_id", "price", "posted", "asked", "won", "known"])
        for lead, outcome in pairs:
            asked = lead.posted_time + timedelta(hours=20)
            rows.writerow(
                [lead.lead_id, lead.price, lead.posted_time, asked, int(outcome.converted), outcome.outcome_time]
            )
    with (tmp_path / "events.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["event_id", "lead_id", "kind", "occurred_time", "recorded_time"])
        for one in events:
            times = [datetime.fromtimestamp(us / 1e6, UTC).isoformat() for us in (one.occurred_us, one.recorded_us)]
            rows.writerow([one.event_id, one.lead_id, one.kind, *times])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[fields]\nlead_id = "lead_id"\nprice = "price"\nposted_time = "posted"\n'
        '[scoring]\ntime = "asked"\n[outcome]\ncolumn = "won"\ntime = "known"\n'
    )
    return ["--leads", str(tmp_path / "leads.csv"), "--mapping", str(mapping)], str(tmp_path / "events.csv")


def test_the_command_takes_a_file_of_events(environ, files, tmp_path, capsys):
    leads, events = files
    output = tmp_path / "out"
    code = main(["fit", *leads, "--events", events, "--no-register", "--output", str(output), *FEW])
    said = capsys.readouterr().err
    assert code == 0, said
    manifest = parse_manifest((output / MANIFEST_FILE).read_bytes())
    assert manifest.parameters["behavior_event_count"] == len(behaving_leads()[1])
    content = {path.name: path.read_bytes() for path in output.iterdir()}
    assert offline_model(content).feature_set.uses_behavior
    # What happened in the twenty hours before it was scored counts: age is what tells the two times apart.
    assert manifest.training_start_time == behaving_leads()[0][0][0].posted_time + timedelta(hours=20)


def test_events_of_a_file_do_not_go_with_the_store(environ, files, capsys):
    assert main(["fit", "--from-store", "--events", files[1]]) == 2
    assert "--events" in capsys.readouterr().err
