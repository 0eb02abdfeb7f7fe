"""Every setting of the server, as the reference lists it."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry.retraining.rule_settings import RULE_SETTINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(name="MODE", default="local", meaning="`local` (loopback only) or `production` (refuses what is unsafe)."),
    Setting(name="HOST", default="127.0.0.1", meaning="Address to listen on."),
    Setting(name="PORT", default="50051", meaning="Port to listen on; 0 picks a free one."),
    Setting(
        name="PROCESSES",
        default="0",
        meaning="Server processes behind the port, like `--processes`; 0: one, without a parent.",
    ),
    Setting(
        name="ENV_FILE",
        default="",
        meaning="`KEY=VALUE` lines that go before the environment, like `--env-file`; a pool reads it again at SIGHUP.",
    ),
    Setting(
        name="DATABASE_URL",
        default="sqlite:///.leadline/leadline.db",
        meaning="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`.",
    ),
    Setting(name="MODEL_DIR", default=".leadline/models", meaning="Folder of the model versions' files."),
    Setting(
        name="ENCODER_DIR",
        default="",
        meaning="Folder of the prepared weights of the sentence encoder; empty: `encoder` beside `MODEL_DIR`.",
    ),
    Setting(name="REDIS_URL", default="", meaning="`redis://HOST:PORT/0` of the second-level cache; empty: none."),
    Setting(
        name="AUTH",
        default="",
        meaning="Who may call: `api_key`, `jwt`, `mtls`, with commas. Empty: `api_key` in production, nobody is asked "
        "in local mode.",
    ),
    Setting(
        name="TOKEN_SECRET",
        default="",
        meaning="Signs attribution tokens: 32 or more characters, the same in every process. Local mode makes one.",
    ),
    Setting(
        name="API_KEY_PEPPER",
        default="",
        meaning="Key of the stored hashes of API keys: 32 or more characters, the same in every process. Local mode "
        "makes one.",
    ),
    Setting(name="JWT_ISSUER", default="", meaning="Who must have issued a JSON Web Token (`iss`)."),
    Setting(name="JWT_AUDIENCE", default="", meaning="Whom a JSON Web Token must be meant for (`aud`)."),
    Setting(name="JWT_KEYS", default="", meaning="`https://` address or file of the JSON Web Key Set."),
    Setting(
        name="JWT_ALGORITHMS", default="RS256,ES256,EdDSA", meaning="Signature algorithms that are accepted; no others."
    ),
    Setting(name="TLS_CERTIFICATE", default="", meaning="PEM file of the server's certificate chain."),
    Setting(name="TLS_KEY", default="", meaning="PEM file of its private key."),
    Setting(name="TLS_CLIENT_CA", default="", meaning="PEM file of who signs callers' certificates, for `mtls`."),
    Setting(
        name="MTLS_IDENTITIES",
        default="",
        meaning="TOML file from names in callers' certificates to tenants and roles, for `mtls`.",
    ),
    Setting(
        name="BEHIND_MESH",
        default="false",
        meaning="`true`: something in front encrypts the way to the port, so that production needs no certificate.",
    ),
    Setting(
        name="REFLECTION",
        default="",
        meaning="`true`: describe the methods to anybody who asks. Empty: in local mode only; refused in production.",
    ),
    Setting(name="KEYWORDS_FILE", default="", meaning="Keyword lists for the rules; empty: those that ship."),
    Setting(
        name="MAX_WORKERS",
        default="8",
        meaning="Threads to share out over the kinds of calls, 1 to 256: a quarter each for Score, writes and "
        "reads, half for streams, an eighth for batches; at least one for each. Three for two beside them for "
        "feedback, which waits for the disk.",
    ),
    Setting(
        name="QUEUE_CALLS",
        default="64",
        meaning="Score calls that may wait for a thread of a process, 1 to 10000; writes and reads as many, changes "
        "of models a quarter, batches a sixteenth. Further ones are refused.",
    ),
    Setting(
        name="TENANT_CALLS_PER_SECOND",
        default="0",
        meaning="Calls a second of each tenant, 0 to 1000000, each process its part; 0: no limit.",
    ),
    Setting(
        name="MAX_CALL_SECONDS", default="30", meaning="Longest time for a call whose caller set no deadline, 1 to 600."
    ),
    Setting(name="SLOW_CALL_SECONDS", default="0.5", meaning="Calls that took longer are logged."),
    Setting(
        name="CONNECTION_AGE_SECONDS",
        default="300",
        meaning="A connection older than that is asked to come again, so that callers spread; 1 to 86400.",
    ),
    Setting(
        name="METRICS_PORT",
        default="0",
        meaning="Port of the Prometheus metrics, `/healthz` and `/readyz`; 0: none.",
    ),
    Setting(name="TRACES_ENDPOINT", default="", meaning="OTLP over HTTP address for traces; empty: none."),
    Setting(name="DRAIN_GRACE_SECONDS", default="10", meaning="Longest wait for calls under way when stopping."),
    Setting(name="DRAIN_NOTICE_SECONDS", default="0.5", meaning="Shortest time between NOT_SERVING and the end."),
    Setting(name="LOG_LEVEL", default="info", meaning="`debug`, `info`, `warning` or `error`."),
    Setting(name="POLL_SECONDS", default="0.25", meaning="How often active versions and new outcomes are looked up."),
    Setting(
        name="SHADOW_SHARE",
        default="0.1",
        meaning="Share of the answers that a challenger in the shadow scores too, 0 to 1; 0: none.",
    ),
    Setting(
        name="SERVED_VECTOR_SHARE",
        default="0.01",
        meaning="Share of the behaviour features served that are kept, to be worked out again from the log of events, "
        "0 to 1; 0: none.",
    ),
    Setting(
        name="ONLINE_BOUND_POINTS",
        default="2.0",
        meaning="Most points the online learner may move a score before it has proven better, 0 to 100; 0: it moves "
        "none, proven or not.",
    ),
    Setting(
        name="ONLINE_PROVEN_BOUND_POINTS",
        default="20",
        meaning="Most points it may move a score once it has, 0 to 100.",
    ),
    Setting(
        name="RECOMMEND_EXPLORATION",
        default="0",
        meaning="Probability with which each place after the first of a recommendation is given by chance, to learn "
        "what else is liked; at most 0.2.",
    ),
    Setting(
        name="STORED_CONVERSATIONS",
        default="",
        meaning="Tenants whose conversations are stored, encrypted: names with commas, or `*` for everybody. Empty: "
        "nobody's.",
    ),
    Setting(
        name="CONVERSATION_KEY",
        default="",
        meaning="Locks the keys of stored conversations: 32 random bytes as base64, the same in every process. After "
        "a comma older ones, which only unlock. Local mode makes one.",
    ),
    Setting(
        name="CONVERSATION_MASKING",
        default="true",
        meaning="Whether names, numbers and addresses are masked in what is stored of conversations.",
    ),
    Setting(
        name="EXPERIMENT_HOLDOUT_PERCENTAGE",
        default="0",
        meaning="Percentage of all units that take part in no experiment, 0 to 50. Holds for experiments that are "
        "created from then on.",
    ),
    Setting(
        name="ALERT_WEBHOOKS",
        default="",
        meaning="Who is told of alerts: `name=https://host/path`, with commas; empty: nobody.",
    ),
    Setting(
        name="ALERT_WEBHOOK_SECRET",
        default="",
        meaning="Key of the signatures of what is sent, at least 32 characters.",
    ),
    Setting(name="ALERT_WEBHOOK_HOSTS", default="", meaning="The only hosts that alerts go to, with commas."),
    Setting(
        name="ALERT_WEBHOOK_LOOPBACK",
        default="false",
        meaning="`true`: this machine may be told too, without TLS; in local mode only.",
    ),
    *(Setting(name=name, default=rule.default, meaning=rule.meaning) for name, rule in RULE_SETTINGS.items()),
)
"""Without the prefix."""
