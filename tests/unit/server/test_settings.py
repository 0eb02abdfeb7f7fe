"""Reading the settings of the server."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput
from server.settings import SETTINGS, read_settings

SECRET = "0123456789abcdef" * 2
PEPPER = SECRET[::-1]
PRODUCTION = {
    "LEADLINE_MODE": "production",
    "LEADLINE_TOKEN_SECRET": SECRET,
    "LEADLINE_API_KEY_PEPPER": PEPPER,
    "LEADLINE_BEHIND_MESH": "true",
}


def problems(environ) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_settings(environ)
    return [violation.field for violation in caught.value.violations]


def test_an_empty_environment_is_local_mode_on_loopback():
    settings = read_settings({"PATH": "/bin", "UNRELATED": "x"})
    assert (settings.mode, settings.host, settings.port, settings.reflection) == ("local", "127.0.0.1", 50051, True)
    assert settings.model_dir == Path(".leadline/models").absolute()
    assert settings.drain_grace == timedelta(seconds=10)


def test_production_has_no_reflection_asks_for_keys_and_needs_secrets_and_encryption():
    missing = ["LEADLINE_API_KEY_PEPPER", "LEADLINE_TLS_CERTIFICATE", "LEADLINE_TOKEN_SECRET"]
    assert sorted(problems({"LEADLINE_MODE": "production"})) == missing
    settings = read_settings({**PRODUCTION, "LEADLINE_HOST": "0.0.0.0"})  # noqa: S104
    assert not settings.reflection
    assert settings.auth == ("api_key",)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TOKEN_SECRET", "changeme" * 4, "TOKEN_SECRET"),
        ("TOKEN_SECRET", "short", "TOKEN_SECRET"),
        ("TOKEN_SECRET", "", "TOKEN_SECRET"),
        ("API_KEY_PEPPER", "", "API_KEY_PEPPER"),
        ("API_KEY_PEPPER", "x" * 64, "API_KEY_PEPPER"),
        ("API_KEY_PEPPER", SECRET, "API_KEY_PEPPER"),
        ("REFLECTION", "true", "REFLECTION"),
        ("BEHIND_MESH", "false", "TLS_CERTIFICATE"),
        ("AUTH", "password", "AUTH"),
        ("AUTH", "jwt", "JWT_KEYS"),
        ("AUTH", "mtls", "TLS_CLIENT_CA"),
        ("JWT_ALGORITHMS", "HS256", "JWT_ALGORITHMS"),
        ("JWT_ALGORITHMS", "none", "JWT_ALGORITHMS"),
    ],
)
def test_production_refuses_each_unsafe_setting(name, value, told):
    assert f"LEADLINE_{told}" in problems({**PRODUCTION, f"LEADLINE_{name}": value})


def test_keys_of_tokens_come_over_a_safe_way():
    chosen = {"LEADLINE_JWT_KEYS": "http://a.example/jwks", "LEADLINE_JWT_ISSUER": "i", "LEADLINE_JWT_AUDIENCE": "a"}
    assert problems(chosen) == ["LEADLINE_JWT_KEYS"]


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


KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)]


def test_stored_conversations_name_tenants_and_keys_newest_first():
    settings = read_settings(
        {"LEADLINE_STORED_CONVERSATIONS": "acme, b", "LEADLINE_CONVERSATION_KEY": f"{KEYS[0]} , {KEYS[1]}"}
    )
    assert settings.stored_conversations == ("acme", "b")
    assert settings.conversation_keys == (b"\1" * 32, b"\2" * 32)
    assert read_settings({"LEADLINE_STORED_CONVERSATIONS": "*"}).stored_conversations == ("*",)
    assert read_settings({}).stored_conversations == ()


@pytest.mark.parametrize("value", ["acme,*", "a b", "acme,acme"])
def test_tenants_that_cannot_be(value):
    assert problems({"LEADLINE_STORED_CONVERSATIONS": value}) == ["LEADLINE_STORED_CONVERSATIONS"]


@pytest.mark.parametrize("value", ["short", "c2hvcnQ=", f"{KEYS[0]},{KEYS[0]}", KEYS[0][:-2] + "!="])
def test_keys_of_conversations_that_cannot_be_are_not_shown(value):
    with pytest.raises(InvalidInput) as caught:
        read_settings({"LEADLINE_CONVERSATION_KEY": value})
    assert [violation.field for violation in caught.value.violations] == ["LEADLINE_CONVERSATION_KEY"]
    assert value not in str(caught.value)


def test_the_keys_of_conversations_are_never_shown():
    settings = read_settings({"LEADLINE_CONVERSATION_KEY": KEYS[0]})
    assert repr(settings.conversation_keys[0]) not in repr(settings)


def test_production_stores_no_conversation_without_a_key():
    storing = {**PRODUCTION, "LEADLINE_STORED_CONVERSATIONS": "*"}
    assert problems(storing) == ["LEADLINE_CONVERSATION_KEY"]
    assert read_settings({**storing, "LEADLINE_CONVERSATION_KEY": KEYS[0]}).conversation_keys
