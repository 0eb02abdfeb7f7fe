"""What an operator can set, read once at the start."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from core.errors import InvalidInput, Violation

T = TypeVar("T")
PREFIX = "LEADLINE_"
_MIN_SECRET_CHARACTERS = 32
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Settings of one server process."""

    mode: str
    """``local``: no credentials, loopback only, reflection on. ``production``: reflection off."""
    host: str
    port: int
    database_url: str
    model_dir: Path
    token_secret: str = field(repr=False)
    """Signs attribution tokens; "" in local mode: made once and kept beside the database."""
    keywords_file: Path | None
    trust_network: bool
    """Let every caller in that reaches the port: production mode has no credentials to ask for yet."""
    max_workers: int
    """Threads that answer calls."""
    metrics_port: int
    """Port of the Prometheus metrics on the same host; 0: none."""
    drain_grace: timedelta
    """Longest wait for calls under way when stopping."""
    drain_notice: timedelta
    """Shortest time between "not serving" and the end, for load balancers to notice."""
    log_level: str
    poll_interval: timedelta
    """How often the active versions are looked up."""

    @property
    def reflection(self) -> bool:
        """Whether the server describes its methods to anybody who asks."""
        return self.mode == "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as the reference lists it."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(name="MODE", default="local", meaning="`local` (no credentials, loopback only) or `production`."),
    Setting(name="HOST", default="127.0.0.1", meaning="Address to listen on."),
    Setting(name="PORT", default="50051", meaning="Port to listen on; 0 picks a free one."),
    Setting(
        name="DATABASE_URL",
        default="sqlite:///.leadline/leadline.db",
        meaning="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`.",
    ),
    Setting(name="MODEL_DIR", default=".leadline/models", meaning="Folder of the model versions' files."),
    Setting(
        name="TOKEN_SECRET",
        default="",
        meaning="Signs attribution tokens: 32 or more characters, the same in every process. Local mode makes one.",
    ),
    Setting(
        name="TRUST_NETWORK",
        default="false",
        meaning="`true`: let every caller in that reaches the port. Production mode asks for it, until there are keys.",
    ),
    Setting(name="KEYWORDS_FILE", default="", meaning="Keyword lists for the rules; empty: those that ship."),
    Setting(name="MAX_WORKERS", default="8", meaning="Threads that answer calls, 1 to 256."),
    Setting(name="METRICS_PORT", default="0", meaning="Port of the Prometheus metrics; 0: none."),
    Setting(name="DRAIN_GRACE_SECONDS", default="10", meaning="Longest wait for calls under way when stopping."),
    Setting(name="DRAIN_NOTICE_SECONDS", default="0.5", meaning="Shortest time between NOT_SERVING and the end."),
    Setting(name="LOG_LEVEL", default="info", meaning="`debug`, `info`, `warning` or `error`."),
    Setting(name="POLL_SECONDS", default="0.25", meaning="How often active versions and new outcomes are looked up."),
)
"""Every setting of the server, without the prefix."""
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
_LEVELS = ("debug", "info", "warning", "error")


class _Reader:
    """Reads values and gathers every problem, so that one start reports them all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[Violation] = []
        for name in environ:
            if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in _KNOWN_ELSEWHERE | _DEFAULTS.keys():
                self.problems.append(Violation(field=name, rule="must be a setting; see docs/reference.md"))

    def read(self, name: str, cast: Callable[[str], T], rule: str, fallback: T) -> T:
        """Return a setting, or note why it cannot be."""
        text = self._environ.get(PREFIX + name, _DEFAULTS[name])
        try:
            return cast(text)
        except ValueError:
            self.problems.append(Violation(field=PREFIX + name, rule=rule))
            return fallback


_KNOWN_ELSEWHERE = {
    "TARGET",
    "TIMEOUT",
    "API_KEY",
    "MIN_TRAINING_SAMPLES",
    "TFIDF_MAX_FEATURES_TITLE",
    "TFIDF_MAX_FEATURES_DESC",
    "TIME_ZONE",
}
"""Settings of the client and the trainer, which may share the environment."""


def read_settings(environ: Mapping[str, str]) -> ServerSettings:
    """Return the settings in an environment.

    Raises:
        InvalidInput: Names every setting that is wrong and says what to do.
    """
    reader = _Reader(environ)
    settings = ServerSettings(
        mode=reader.read("MODE", _one_of("local", "production"), "must be local or production", "local"),
        host=reader.read("HOST", _not_empty, "must not be empty", ""),
        port=reader.read("PORT", _within(0, _LARGEST_PORT), "must be 0 to 65535", 0),
        database_url=reader.read("DATABASE_URL", _not_empty, "must not be empty", ""),
        model_dir=reader.read("MODEL_DIR", lambda text: Path(_not_empty(text)).absolute(), "must not be empty", Path()),
        token_secret=reader.read("TOKEN_SECRET", str, "must be text", ""),
        trust_network=reader.read("TRUST_NETWORK", _one_of("true", "false"), "must be true or false", "false")
        == "true",
        keywords_file=reader.read("KEYWORDS_FILE", lambda text: Path(text) if text else None, "must be a path", None),
        max_workers=reader.read("MAX_WORKERS", _within(1, 256), "must be 1 to 256", 1),
        metrics_port=reader.read("METRICS_PORT", _within(0, _LARGEST_PORT), "must be 0 to 65535", 0),
        drain_grace=reader.read("DRAIN_GRACE_SECONDS", _seconds(600), "must be 0 to 600", timedelta()),
        drain_notice=reader.read("DRAIN_NOTICE_SECONDS", _seconds(60), "must be 0 to 60", timedelta()),
        log_level=reader.read("LOG_LEVEL", _one_of(*_LEVELS), f"must be one of {', '.join(_LEVELS)}", "info"),
        poll_interval=reader.read("POLL_SECONDS", _seconds(60, least=0.01), "must be 0.01 to 60", timedelta(seconds=1)),
    )
    problems = [*reader.problems, *_unsafe(settings)]
    if problems:
        raise InvalidInput(problems)
    return settings


def _unsafe(settings: ServerSettings) -> list[Violation]:
    problems = []
    secret = settings.token_secret
    if settings.mode == "local" and not _is_loopback(settings.host):
        rule = f"must be a loopback address in local mode, where nobody is asked who they are: {settings.host!r}"
        problems.append(Violation(field=f"{PREFIX}HOST", rule=rule))
    if settings.mode == "production" and not secret:
        rule = f"must be set in production: {_MIN_SECRET_CHARACTERS} or more random characters"
        problems.append(Violation(field=f"{PREFIX}TOKEN_SECRET", rule=rule))
    if settings.mode == "production" and not settings.trust_network:
        rule = "must be true in production: there are no credentials, every caller that reaches the port is let in"
        problems.append(Violation(field=f"{PREFIX}TRUST_NETWORK", rule=rule))
    if secret and len(secret) < _MIN_SECRET_CHARACTERS:
        rule = f"must have {_MIN_SECRET_CHARACTERS} or more characters"
        problems.append(Violation(field=f"{PREFIX}TOKEN_SECRET", rule=rule))
    return problems


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _one_of(*allowed: str) -> Callable[[str], str]:
    def cast(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(text)
        return text.lower()

    return cast


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError(text)
    return text.strip()


def _within(least: int, most: int) -> Callable[[str], int]:
    def cast(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return cast


def _seconds(most: float, *, least: float = 0.0) -> Callable[[str], timedelta]:
    def cast(text: str) -> timedelta:
        value = float(text)
        if not least <= value <= most:
            raise ValueError(text)
        return timedelta(seconds=value)

    return cast
