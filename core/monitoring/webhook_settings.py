"""Who is told of alerts, as an environment says it: server and workers read it in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from core.errors import InvalidInput, Violation
from core.identifiers import check_identifier

TARGETS = "LEADLINE_ALERT_WEBHOOKS"
SECRET = "LEADLINE_ALERT_WEBHOOK_SECRET"  # noqa: S105  the name of a setting
HOSTS = "LEADLINE_ALERT_WEBHOOK_HOSTS"
LOOPBACK = "LEADLINE_ALERT_WEBHOOK_LOOPBACK"
_MODE = "LEADLINE_MODE"
SETTING_NAMES = (TARGETS, SECRET, HOSTS, LOOPBACK)

MOST_TARGETS = 20
LEAST_SECRET = 32
LONGEST_URL = 2_000
LOOPBACK_HOSTS = frozenset(["127.0.0.1", "::1", "localhost"])


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Where alerts go."""

    targets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name to URL; a URL may hold a secret in its path."""
    secret: str = field(default="", repr=False)
    """Signs what is sent."""
    hosts: frozenset[str] = frozenset()
    """The only hosts that anything is sent to."""
    allow_loopback: bool = False
    """Whether this machine may be a target, without TLS too."""


def read_webhooks(environ: Mapping[str, str]) -> WebhookSettings:
    """Return what an environment sets.

    Args:
        environ: Variables with their prefix; others are passed over.

    Raises:
        InvalidInput: Names every variable that is wrong, never what it holds.
    """
    problems: list[Violation] = []
    loopback = environ.get(LOOPBACK, "").strip().lower()
    if loopback not in {"", "true", "false"}:
        problems.append(Violation(field=LOOPBACK, rule="must be true or false"))
    if loopback == "true" and environ.get(_MODE, "local").strip().lower() != "local":
        problems.append(Violation(field=LOOPBACK, rule="must be false unless LEADLINE_MODE is local"))
    hosts = frozenset(_words(environ.get(HOSTS, "").lower()))
    targets = _targets(environ.get(TARGETS, ""), hosts, problems, allow_loopback=loopback == "true")
    secret = environ.get(SECRET, "").strip()
    if targets and len(secret) < LEAST_SECRET:
        problems.append(Violation(field=SECRET, rule=f"must be at least {LEAST_SECRET} characters"))
    if problems:
        raise InvalidInput(problems)
    return WebhookSettings(targets=targets, secret=secret, hosts=hosts, allow_loopback=loopback == "true")


def _targets(text: str, hosts: frozenset[str], problems: list[Violation], *, allow_loopback: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in _words(text):
        name, _, url = word.partition("=")
        rule = _name_rule(name, found) or _url_rule(url, hosts, allow_loopback=allow_loopback)
        if rule:
            problems.append(Violation(field=TARGETS, rule=rule))
        else:
            found[name] = url
    if len(found) > MOST_TARGETS:
        problems.append(Violation(field=TARGETS, rule=f"must be at most {MOST_TARGETS} webhooks"))
    return found


def _name_rule(name: str, known: Mapping[str, str]) -> str:
    try:
        check_identifier(name, TARGETS)
    except InvalidInput:
        return "must be name=https://host/path, with commas, each name of A-Z a-z 0-9 _ . : -"
    return "must have different names" if name in known else ""


def _url_rule(url: str, hosts: frozenset[str], *, allow_loopback: bool) -> str:
    """Return what must hold of an URL and does not; "" if all is well."""
    try:
        parts: SplitResult = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "must be URLs"
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= LONGEST_URL
    if not (plain and host) or parts.username is not None or parts.fragment or port == 0:
        return "must be URLs with a host, without a user or a fragment"
    if host in LOOPBACK_HOSTS:
        return "" if allow_loopback and parts.scheme in {"http", "https"} else f"must not be this machine ({LOOPBACK})"
    if parts.scheme != "https":
        return "must be https:// addresses"
    return "" if host in hosts else f"must have hosts that {HOSTS} lists"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
