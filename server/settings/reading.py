"""Reads the settings from an environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from core.errors import InvalidInput, Violation
from core.monitoring.webhook_settings import read_webhooks
from core.registry.retraining.rule_settings import read_rules
from core.registry.retraining.rules import RetrainingRules
from server.settings.casts import between, file, keys_of, names, names_of, not_empty, one_of, seconds, within, yes_or_no
from server.settings.elsewhere import OF_WORKERS
from server.settings.listed import SETTINGS
from server.settings.safety import PREFIX, unsafe
from server.settings.values import JwtSettings, ServerSettings, TlsSettings

T = TypeVar("T")
_LARGEST_PORT = 65_535
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
_LEVELS = ("debug", "info", "warning", "error")
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones only: with a shared secret, whoever can check a token can make one."""
_KNOWN_ELSEWHERE = {
    "TARGET",
    "TIMEOUT",
    "API_KEY",
    "TLS",
    "CLIENT_CERTIFICATE",
    "CLIENT_KEY",
    "TFIDF_MAX_FEATURES_TITLE",
    "TFIDF_MAX_FEATURES_DESC",
    "TIME_ZONE",
    "TRAINING_TIMEOUT_SECONDS",
    "TRAINING_MEMORY_MB",
}
"""Settings of the client and the trainer, which may share the environment."""


class _Reader:
    """Reads values and gathers every problem, so that one start reports them all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[Violation] = []
        for name in environ:
            known = _KNOWN_ELSEWHERE | OF_WORKERS | _DEFAULTS.keys()
            if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
                self.problems.append(Violation(field=name, rule="must be a setting; see docs/reference.md"))

    def read(self, name: str, cast: Callable[[str], T], rule: str, fallback: T) -> T:
        """Return a setting, or note why it cannot be."""
        text = self._environ.get(PREFIX + name, _DEFAULTS[name])
        try:
            return cast(text)
        except ValueError:
            self.problems.append(Violation(field=PREFIX + name, rule=rule))
            return fallback

    def text(self, name: str) -> str:
        """Return a setting as it is."""
        return self._environ.get(PREFIX + name, _DEFAULTS[name]).strip()

    def file(self, name: str) -> Path | None:
        """Return the path of a file, None if it is not set."""
        return self.read(name, file, "must be a file that is there", None)

    def yes_or_no(self, name: str) -> bool:
        """Return ``true`` or ``false``."""
        return self.read(name, yes_or_no, "must be true or false", False)

    def seconds(self, name: str, least: float, most: float) -> timedelta:
        """Return a length of time."""
        rule = f"must be {least:g} to {most:g}"
        return self.read(name, seconds(most, least=least), rule, timedelta(seconds=1))


def read_settings(environ: Mapping[str, str]) -> ServerSettings:
    """Return the settings in an environment.

    Raises:
        InvalidInput: Names every setting that is wrong and says what to do.
    """
    reader = _Reader(environ)
    mode = reader.read("MODE", one_of("local", "production"), "must be local or production", "local")
    settings = ServerSettings(
        mode=mode,
        host=reader.read("HOST", not_empty, "must not be empty", ""),
        port=reader.read("PORT", within(0, _LARGEST_PORT), "must be 0 to 65535", 0),
        processes=reader.read("PROCESSES", within(0, 256), "must be 0 to 256", 0),
        database_url=reader.read("DATABASE_URL", not_empty, "must not be empty", ""),
        model_dir=reader.read("MODEL_DIR", lambda text: Path(not_empty(text)).absolute(), "must not be empty", Path()),
        encoder_dir=_encoder_dir(reader),
        redis_url=reader.text("REDIS_URL"),
        auth=_auth(reader, mode),
        token_secret=reader.text("TOKEN_SECRET"),
        api_key_pepper=reader.text("API_KEY_PEPPER"),
        jwt=_jwt(reader),
        tls=_tls(reader),
        behind_mesh=reader.yes_or_no("BEHIND_MESH"),
        reflection=reader.yes_or_no("REFLECTION") if reader.text("REFLECTION") else mode == "local",
        keywords_file=reader.read("KEYWORDS_FILE", lambda text: Path(text) if text else None, "must be a path", None),
        max_workers=reader.read("MAX_WORKERS", within(1, 256), "must be 1 to 256", 1),
        queue_calls=reader.read("QUEUE_CALLS", within(1, 10_000), "must be 1 to 10000", 1),
        tenant_calls_per_second=reader.read("TENANT_CALLS_PER_SECOND", within(0, 1_000_000), "must be 0 to 1000000", 0),
        max_call=reader.seconds("MAX_CALL_SECONDS", 1, 600),
        slow_call=reader.seconds("SLOW_CALL_SECONDS", 0, 600),
        connection_age=reader.seconds("CONNECTION_AGE_SECONDS", 1, 86_400),
        metrics_port=reader.read("METRICS_PORT", within(0, _LARGEST_PORT), "must be 0 to 65535", 0),
        traces_endpoint=reader.text("TRACES_ENDPOINT"),
        drain_grace=reader.seconds("DRAIN_GRACE_SECONDS", 0, 600),
        drain_notice=reader.seconds("DRAIN_NOTICE_SECONDS", 0, 60),
        log_level=reader.read("LOG_LEVEL", one_of(*_LEVELS), f"must be one of {', '.join(_LEVELS)}", "info"),
        poll_interval=reader.seconds("POLL_SECONDS", 0.01, 60),
        shadow_share=reader.read("SHADOW_SHARE", between(0, 1), "must be 0 to 1", 0.0),
        served_vector_share=reader.read("SERVED_VECTOR_SHARE", between(0, 1), "must be 0 to 1", 0.0),
        online_bound_points=reader.read("ONLINE_BOUND_POINTS", between(0, 100), "must be 0 to 100", 0.0),
        online_proven_bound_points=reader.read("ONLINE_PROVEN_BOUND_POINTS", between(0, 100), "must be 0 to 100", 0.0),
        experiment_holdout_share=0.01
        * reader.read("EXPERIMENT_HOLDOUT_PERCENTAGE", between(0, 50), "must be 0 to 50", 0.0),
        stored_conversations=reader.read(
            "STORED_CONVERSATIONS", names, "must be names of tenants with commas, each once, or *", ()
        ),
        conversation_keys=reader.read(
            "CONVERSATION_KEY", keys_of(32), "must be 32 random bytes as base64, after commas older ones, each once", ()
        ),
        conversation_masking=reader.yes_or_no("CONVERSATION_MASKING"),
        recommend_exploration=reader.read("RECOMMEND_EXPLORATION", between(0, 0.2), "must be 0 to 0.2", 0.0),
        rules=_rules(reader, environ),
    )
    problems = [*reader.problems, *unsafe(settings), *_webhook_problems(environ)]
    if problems:
        raise InvalidInput(problems)
    return settings


def _encoder_dir(reader: _Reader) -> Path:
    chosen = reader.text("ENCODER_DIR")
    return Path(chosen).absolute() if chosen else Path(reader.text("MODEL_DIR")).absolute().parent / "encoder"


def _webhook_problems(environ: Mapping[str, str]) -> Sequence[Violation]:
    """Return what is wrong with the webhooks, which the workers tell: the server says so at its start."""
    try:
        read_webhooks(environ)
    except InvalidInput as wrong:
        return wrong.violations
    return ()


def _rules(reader: _Reader, environ: Mapping[str, str]) -> RetrainingRules:
    try:
        return read_rules(environ)
    except InvalidInput as wrong:
        reader.problems.extend(wrong.violations)
        return RetrainingRules()


def _auth(reader: _Reader, mode: str) -> tuple[str, ...]:
    ways = ("api_key", "jwt", "mtls")
    fallback: tuple[str, ...] = ("api_key",)
    chosen = reader.read("AUTH", names_of(*ways), f"must be of {', '.join(ways)}, each once, with commas", fallback)
    return chosen or (("api_key",) if mode == "production" else ())


def _jwt(reader: _Reader) -> JwtSettings | None:
    rule = f"must be of {', '.join(_ALGORITHMS)}, with commas"
    none: tuple[str, ...] = ()
    algorithms = reader.read("JWT_ALGORITHMS", names_of(*_ALGORITHMS), rule, none)
    issuer, audience, keys = (reader.text(f"JWT_{name}") for name in ("ISSUER", "AUDIENCE", "KEYS"))
    if not (issuer or audience or keys):
        return None
    for name, value in (("ISSUER", issuer), ("AUDIENCE", audience), ("KEYS", keys)):
        if not value:
            reader.problems.append(Violation(field=f"{PREFIX}JWT_{name}", rule="must be set with the other two"))
    if "://" in keys and not keys.startswith("https://"):
        reader.problems.append(Violation(field=f"{PREFIX}JWT_KEYS", rule="must be an https:// address or a file"))
    return JwtSettings(issuer=issuer, audience=audience, keys=keys, algorithms=algorithms)


def _tls(reader: _Reader) -> TlsSettings | None:
    certificate, key = reader.file("TLS_CERTIFICATE"), reader.file("TLS_KEY")
    authority, identities = reader.file("TLS_CLIENT_CA"), reader.file("MTLS_IDENTITIES")
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "TLS_KEY" if key is None else "TLS_CERTIFICATE"
        reader.problems.append(Violation(field=PREFIX + missing, rule="must be set, with the other of the two"))
        return None
    return TlsSettings(certificate=certificate, key=key, client_authority=authority, identities=identities)
