"""Server processes over homes of their own, and load from several threads."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.caller import LOCAL_CALLER
from core.version import LEAD_SCORE
from tests.parts.fitted import make_home, open_registry, small_version


@pytest.fixture(scope="session")
def active_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions registered, the first active. To be copied, not used."""
    home = tmp_path_factory.mktemp("active")
    make_home(home)
    with open_registry(home) as registry:
        name = small_version(0).name
        registry.activate(LOCAL_CALLER, "first", LEAD_SCORE, name, expected="", reason="for the tests")
    return home


@pytest.fixture
def home(active_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(active_home, tmp_path / "home"))
