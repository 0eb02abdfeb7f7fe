"""Which settings do not go together, and what to do about it."""

from __future__ import annotations

import ipaddress

from core.errors import Violation
from server.settings.values import ServerSettings

PREFIX = "LEADLINE_"
MIN_SECRET_CHARACTERS = 32
_SECRET_RULE = f"must be set in production: {MIN_SECRET_CHARACTERS} or more random characters"


def unsafe(settings: ServerSettings) -> list[Violation]:
    """Return every reason not to start."""
    checks = (_open_to_all, _secrets, _way_in, _credentials)
    return [Violation(field=f"{PREFIX}{name}", rule=rule) for check in checks for name, rule in check(settings)]


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _open_to_all(settings: ServerSettings) -> list[tuple[str, str]]:
    if settings.auth or is_loopback(settings.host):
        return []
    if settings.mode == "production":
        return []  # asked for credentials below
    rule = f"must be a loopback address in local mode, where nobody is asked who they are: {settings.host!r}"
    return [("HOST", f"{rule}; set LEADLINE_AUTH=api_key to listen elsewhere")]


def _secrets(settings: ServerSettings) -> list[tuple[str, str]]:
    wanted = [
        ("TOKEN_SECRET", settings.token_secret, True),
        ("API_KEY_PEPPER", settings.api_key_pepper, "api_key" in settings.auth),
    ]
    problems = []
    for name, secret, needed in wanted:
        if not secret and needed and settings.mode == "production":
            problems.append((name, _SECRET_RULE))
        elif secret and len(secret) < MIN_SECRET_CHARACTERS:
            problems.append((name, f"must have {MIN_SECRET_CHARACTERS} or more characters"))
        elif secret and len(set(secret)) < 8:  # noqa: PLR2004  "changeme" repeated, or one letter
            problems.append((name, "must be random: it repeats a few characters"))
    if settings.stored_conversations and not settings.conversation_keys and settings.mode == "production":
        problems.append(("CONVERSATION_KEY", "must be set in production where conversations are stored"))
    if settings.token_secret and settings.token_secret == settings.api_key_pepper:
        problems.append(("API_KEY_PEPPER", "must be another secret than LEADLINE_TOKEN_SECRET"))
    return problems


def _way_in(settings: ServerSettings) -> list[tuple[str, str]]:
    if settings.mode != "production":
        return []
    problems = []
    if settings.tls is None and not settings.behind_mesh:
        rule = "must be set in production, with LEADLINE_TLS_KEY; or set LEADLINE_BEHIND_MESH=true if a mesh encrypts"
        problems.append(("TLS_CERTIFICATE", rule))
    if settings.reflection:
        problems.append(("REFLECTION", "must not be true in production: it describes the methods to anybody who asks"))
    return problems


def _credentials(settings: ServerSettings) -> list[tuple[str, str]]:
    problems = []
    if settings.mode == "production" and not settings.auth:
        problems.append(("AUTH", "must name api_key, jwt or mtls in production"))
    if "jwt" in settings.auth and settings.jwt is None:
        problems.append(("JWT_KEYS", "must be set for jwt, with LEADLINE_JWT_ISSUER and LEADLINE_JWT_AUDIENCE"))
    tls = settings.tls
    if "mtls" in settings.auth and (tls is None or tls.client_authority is None or tls.identities is None):
        problems.append(
            ("TLS_CLIENT_CA", "must be set for mtls, with LEADLINE_TLS_CERTIFICATE and LEADLINE_MTLS_IDENTITIES")
        )
    return problems
