from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from server.observed.metrics import ServerMetrics
from server.observed.pool_metrics import PoolMetrics
from server.observed.scrape import scrape_registry
from tests.parts.promtool import promtool

DEPLOY = Path(__file__).parents[2] / "deploy"
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def served_names() -> set[str]:
    """Return every name that can follow on the metrics port."""
    text = generate_latest(scrape_registry(ServerMetrics().registry, PoolMetrics().registry)).decode()
    types = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    return {name + suffix for name, kind in types for suffix in SUFFIXES[kind]}


@pytest.mark.parametrize(
    "command",
    [
        ["check", "rules", "alerts.yml"],
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "alerts_test.yml"],
    ],
    ids=" ".join,
)
def test_promtool_accepts(command):
    done = subprocess.run([promtool(), *command], cwd=DEPLOY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", ["alerts.yml", "alerts_test.yml"])
def test_every_metric_that_is_named_is_served(file):
    named = set(re.findall(r"\bleadline_\w+", (DEPLOY / file).read_text(encoding="utf-8")))
    assert named
    assert named <= served_names()


def test_every_rule_says_what_to_do_and_is_tested():
    rules = (DEPLOY / "alerts.yml").read_text(encoding="utf-8").split("- alert: ")[1:]
    names = {rule.split("\n", 1)[0] for rule in rules}
    tested = (DEPLOY / "alerts_test.yml").read_text(encoding="utf-8")
    assert len(names) == len(rules)
    assert all("summary: " in rule and "action: " in rule and "severity: " in rule for rule in rules)
    assert names == set(re.findall(r'alertname="(Leadline\w+)"\}', tested))


def test_every_setting_that_is_named_exists():
    from server.settings import PREFIX, SETTINGS

    named = set(re.findall(rf"\b{PREFIX}\w+", (DEPLOY / "alerts.yml").read_text(encoding="utf-8")))
    assert {name.removeprefix(PREFIX) for name in named} <= {setting.name for setting in SETTINGS}
