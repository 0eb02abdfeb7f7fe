"""Reading the settings of the server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput
from server.settings import SETTINGS, read_settings

SECRET = "s" * 32


def problems(environ) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_settings(environ)
    return [violation.field for violation in caught.value.violations]


def test_an_empty_environment_is_local_mode_on_loopback():
    settings = read_settings({"PATH": "/bin", "UNRELATED": "x"})
    assert (settings.mode, settings.host, settings.port, settings.reflection) == ("local", "127.0.0.1", 50051, True)
    assert settings.model_dir == Path(".leadline/models").absolute()
    assert settings.drain_grace == timedelta(seconds=10)


def test_production_has_no_reflection_and_needs_a_secret_and_a_trusted_network():
    assert sorted(problems({"LEADLINE_MODE": "production"})) == ["LEADLINE_TOKEN_SECRET", "LEADLINE_TRUST_NETWORK"]
    chosen = {"LEADLINE_MODE": "production", "LEADLINE_TOKEN_SECRET": SECRET, "LEADLINE_TRUST_NETWORK": "true"}
    settings = read_settings({**chosen, "LEADLINE_HOST": "0.0.0.0"})  # noqa: S104
    assert not settings.reflection


def test_the_secret_is_never_shown():
    assert SECRET not in repr(read_settings({"LEADLINE_TOKEN_SECRET": SECRET}))
    with pytest.raises(InvalidInput) as caught:
        read_settings({"LEADLINE_TOKEN_SECRET": "short-secret"})
    assert "short-secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])  # noqa: S104
def test_local_mode_stays_on_loopback(host):
    assert problems({"LEADLINE_HOST": host}) == ["LEADLINE_HOST"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.9.9.9"])
def test_loopback_comes_in_many_forms(host):
    assert read_settings({"LEADLINE_HOST": host}).host == host


def test_all_problems_are_told_at_once():
    wrong = {
        "LEADLINE_MODE": "test",
        "LEADLINE_PORT": "65536",
        "LEADLINE_MAX_WORKERS": "0",
        "LEADLINE_POLL_SECONDS": "nan",
        "LEADLINE_LOG_LEVEL": "loud",
        "LEADLINE_DRAIN_GRACE_SECONDS": "-1",
        "LEADLINE_PROT": "50051",
    }
    assert sorted(problems(wrong)) == sorted(wrong)


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_default_is_a_valid_value(name):
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    assert read_settings({f"LEADLINE_{name}": default}) == read_settings({})
