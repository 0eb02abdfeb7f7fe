"""The page of features says what the declarations say."""

import subprocess
import sys
from pathlib import Path

from core.behavior.plan import LEAD_PLAN
from core.interactions.plan import INTERACTION_PLAN

ROOT = Path(__file__).resolve().parents[2]


def test_the_feature_page_is_fresh():
    done = subprocess.run(
        [sys.executable, "scripts/feature_page.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_feature_has_a_line_of_its_own():
    lines = (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    for feature in (*LEAD_PLAN.features, *INTERACTION_PLAN.features):
        assert any(line.startswith(f"| `{feature.name}` |") for line in lines), feature.name
