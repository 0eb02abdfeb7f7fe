"""The settings of one server process, as the rest of the server reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from core.registry.retraining.rules import RetrainingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtSettings:
    """How JSON Web Tokens are checked."""

    issuer: str
    audience: str
    keys: str
    """``https://`` address or file of a JSON Web Key Set."""
    algorithms: tuple[str, ...]
    """The only ones that are accepted, whatever a token says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Certificates of the port."""

    certificate: Path
    key: Path
    client_authority: Path | None
    """Signs the certificates of callers; None: callers need none."""
    identities: Path | None
    """TOML file from a name in a caller's certificate to who that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Settings of one server process."""

    mode: str
    """``local``: loopback only, nobody has to say who they are unless ``auth`` says so. ``production``: refuses what
    is unsafe."""
    host: str
    port: int
    processes: int
    """Server processes behind the port; 0: this process serves by itself."""
    database_url: str = field(repr=False)
    model_dir: Path
    encoder_dir: Path
    """Where the prepared weights of the sentence encoder are kept."""
    redis_url: str = field(repr=False)
    """Second-level cache; "": none."""
    auth: tuple[str, ...]
    """Ways to say who one is, of ``api_key``, ``jwt``, ``mtls``; empty: everybody is the local caller."""
    token_secret: str = field(repr=False)
    """Signs attribution tokens; "" in local mode: made once and kept beside the database."""
    api_key_pepper: str = field(repr=False)
    """Key of the hashes of API keys; "" in local mode: made once and kept beside the database."""
    jwt: JwtSettings | None
    tls: TlsSettings | None
    behind_mesh: bool
    """Something in front of the port encrypts the way to it."""
    reflection: bool
    """Whether the server describes its methods to anybody who asks."""
    keywords_file: Path | None
    max_workers: int
    """Threads that answer calls, shared out over the kinds of calls."""
    queue_calls: int
    """Score calls that may wait for a thread; other kinds get a part of it."""
    tenant_calls_per_second: float
    """Calls a second of each tenant, over all processes; 0: no limit."""
    max_call: timedelta
    """Longest time for a call whose caller set no deadline."""
    slow_call: timedelta
    """Calls that took longer are logged."""
    connection_age: timedelta
    """A connection older than that is asked to come again, so that callers spread over new processes."""
    metrics_port: int
    """Port of the Prometheus metrics and of ``/healthz`` and ``/readyz``, on the same host; 0: none."""
    traces_endpoint: str
    """Where OpenTelemetry traces go, over HTTP; "": nowhere."""
    drain_grace: timedelta
    """Longest wait for calls under way when stopping."""
    drain_notice: timedelta
    """Shortest time between "not serving" and the end, for load balancers to notice."""
    log_level: str
    poll_interval: timedelta
    """How often the active versions are looked up."""
    shadow_share: float
    """Share of the answers that a challenger in the shadow scores too, in [0, 1]; 0: none."""
    served_vector_share: float
    """Share of the behaviour features served that are kept, to be worked out again, in [0, 1]; 0: none."""
    online_bound_points: float
    """Most points the online learner may move a score before it has proven better; 0: it moves none."""
    online_proven_bound_points: float
    """Most points it may move a score once it has."""
    experiment_holdout_share: float
    """Of all units, in [0, 0.5]: they take part in no experiment that is created from now on."""
    stored_conversations: tuple[str, ...]
    """Tenants whose conversations are stored; ``*``: everybody's; empty: nobody's."""
    conversation_keys: tuple[bytes, ...] = field(repr=False)
    """32 bytes each, for stored conversations: the first one locks, the others only unlock. Empty in local mode: made
    once and kept beside the database."""
    conversation_masking: bool
    """Whether what is private is masked in what is stored."""
    recommend_exploration: float
    """Probability with which each place after the first of a recommendation is given by chance, in [0, 0.2]."""
    rules: RetrainingRules
    """When to train anew."""
