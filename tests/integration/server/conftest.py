"""Each test gets a home of its own: a database and model files, with two versions registered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.caller import LOCAL_CALLER
from core.version import LEAD_SCORE
from tests.parts.fitted import make_home, open_registry, small_version
from tests.parts.serving import Stubs, served_here


@pytest.fixture(scope="session")
def registered_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("registered")
    make_home(home)
    return home


@pytest.fixture(scope="session")
def active_home(registered_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 0 is active. To be copied, not used."""
    home = tmp_path_factory.mktemp("active") / "home"
    shutil.copytree(registered_home, home)
    name = small_version(0).name
    with open_registry(home) as registry:
        registry.activate(LOCAL_CALLER, "first", LEAD_SCORE, name, expected="", reason="for the tests")
    return home


@pytest.fixture
def home(active_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(active_home, tmp_path / "home"))


@pytest.fixture
def home_without_model(registered_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(registered_home, tmp_path / "home"))


@pytest.fixture(scope="module")
def stubs(active_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stubs]:
    """A server that the tests of one file share: version 0 is active."""
    home = Path(shutil.copytree(active_home, tmp_path_factory.mktemp("shared") / "home"))
    with served_here(home) as (_, shared):
        yield shared
