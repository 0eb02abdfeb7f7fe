"""Writes docs/reference.md from what the code says of itself: RPCs, settings, metrics, errors.

``python scripts/reference.py`` rewrites the page, ``--check`` fails when it is stale.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from core import errors
from core.access.permissions import Permission, roles_with
from server.access.table import PERMISSIONS
from server.interceptors.limits import limit_of
from server.interceptors.status import CODES
from server.observed.log_fields import LOG_FIELDS
from server.observed.metrics import ServerMetrics
from server.observed.pool_metrics import PoolMetrics
from server.observed.scrape import scrape_registry
from server.services import DESCRIBED
from server.settings import PREFIX, SETTINGS
from training.settings import DEFAULTS as TRAINING_SETTINGS
from workers.settings import OF_MAKE_RUN
from workers.settings import SETTINGS as WORKER_SETTINGS
from workers.settings import SHARED as SHARED_WITH_WORKERS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference.md"
REASONS = {
    "API_KEYS_OFF": "This server takes no API keys, so that it makes none.",
    "API_KEY_REVOKED": "A revoked key gets no second secret.",
    "ARTIFACT_REFUSED": "A file of a version is damaged, hostile, or made for other feature code.",
    "CONVERSATIONS_NOT_STORED": "This server stores no conversations of the tenant.",
    "CONVERSATION_DAMAGED": "What is stored of a conversation is not what was written: restore it from a backup.",
    "CONVERSATION_KEY_UNKNOWN": "The operator's key that locks a lead's key is not among the settings.",
    "EXPLANATION_FAILED": "Training: the explanation tables differ from the trees.",
    "EXPERIMENT_STOPPED": "Another request has stopped the experiment before.",
    "LAYER_FULL": "The layer of the experiment has too few free segments; stop one that holds some, or ask for less.",
    "LEAKING_FEATURES": "Training: a column gives the outcome away; its name is in the message.",
    "NO_PREVIOUS_VERSION": "There is no version to roll back to.",
    "NO_BASELINE": "Training of a ranker: too few trials of the action that stands for doing nothing.",
    "NO_SIGNAL": "Training: the model does not beat the base rate with confidence.",
    "TOO_FEW_PHRASES": "Training of a head: too few messages carry a label; the message names it.",
    "TOO_FEW_TRIALS": "Training of a ranker: too few answers of which the outcome is known.",
    "TOO_MANY_INSIGHT_TYPES": "The tenant has as many kinds of insights as there may be; remove one first.",
    "TOO_FEW_INTERACTIONS": "Training of a recommender: leads did too little with items, or nothing new.",
    "NO_SCALING": "No version serves that was trained on behaviour, so there is nothing to scale by.",
    "EXPERIMENT_OF_OTHER_KIND": "The experiment compares another kind of model: score or recommend, as it says.",
    "TOO_FEW_LABELS": "Training: fewer leads have a label than the setting asks for.",
    "PLAN_TOO_LONG": "The plan of the experiment takes longer than `max_weeks`; ask for less, or set `force`.",
    "PARITY_FAILED": "Training: the exported graph differs from what was fitted.",
    "SCHEMA_TOO_NEW": "Start: newer code has migrated the database; start that, or restore a backup.",
    "TWO_LIVE_SECRETS": "The key has two live secrets: wait for the older to end, or rotate with overlap 0.",
    "WALLS_PASSED_BY": "Start in production: the database role passes row-level security by; give the server another.",
    "VERSION_ACTIVE": "The version serves: it cannot score in the shadow as well.",
    "VERSION_RETIRED": "The version's files were removed by a prune.",
}
"""Reasons of FAILED_PRECONDITION and of training refusals; the check finds any that is missing here."""
_WITH_KEY = frozenset(
    f"/{service.full_name}/{method.name}"
    for service in DESCRIBED
    for method in service.methods
    if "request_id" in method.input_type.fields_by_name
)
_RPC = re.compile(
    r"((?:  // [^\n]*\n)+)  rpc (\w+)\((stream )?(\w+)\) returns \((stream )?(\w+)\)(?:;| \{(.*?)\n  \})", re.DOTALL
)


def page() -> str:
    """Return the whole page."""
    parts = ["# Reference", "", "Made by `python scripts/reference.py`; a test keeps it true.", ""]
    parts += ["## RPCs", "", *rpcs(), "## Settings", "", *settings(), "## Metrics", "", *metrics()]
    parts += ["## Log fields", "", *log_fields()]
    return "\n".join([*parts, "## Errors", "", *error_table()])


def rpcs() -> Iterator[str]:
    """List every method with its comment, kind and byte limit."""
    for path in sorted((ROOT / "protos").glob("leadline/v1/*_service.proto")):
        text = path.read_text(encoding="utf-8")
        service = re.search(r"^service (\w+)", text, re.MULTILINE)
        assert service is not None  # noqa: S101  one service per file, linted
        yield f"### leadline.v1.{service[1]}"
        yield ""
        yield "| method | what it does | changes something | largest request | permission | roles |"
        yield "|---|---|---|---|---|---|"
        for comment, name, stream, _, _, _, options in _RPC.findall(text):
            words = " ".join(line.strip().removeprefix("// ") for line in comment.strip().splitlines())
            changes = _changes(options, f"/leadline.v1.{service[1]}/{name}")
            limit = limit_of(f"/leadline.v1.{service[1]}/{name}")
            size = f"{limit // 1024} KiB" if limit < 1024 * 1024 else f"{limit // 1024**2} MiB"
            who = _who(PERMISSIONS[f"/leadline.v1.{service[1]}/{name}"])
            yield f"| `{name}` | {words} | {changes} | {size}{' a message' if stream else ''} | {who} |"
        yield ""
    yield "Also served, to anybody: `grpc.health.v1.Health`, per service; server reflection in local mode only."
    yield "A seller reads, writes and scores leads of its own owner id only; others do not exist for it."
    yield ""


def _changes(options: str, method: str) -> str:
    if "NO_SIDE_EFFECTS" in options:
        return "no"
    return "yes; `request_id` makes retries safe" if method in _WITH_KEY else "yes; the same again changes nothing more"


def _who(permission: Permission) -> str:
    return f"{permission} | {', '.join(sorted(roles_with(permission)))}"


def settings() -> Iterator[str]:
    """List every environment variable."""
    yield "Environment variables, read once at the start. Every wrong one is named; an unknown one is an error."
    yield ""
    yield "| variable | default | meaning | read by |"
    yield "|---|---|---|---|"
    shared = {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        readers = _readers(setting.name, "server")
        yield f"| `{PREFIX}{setting.name}` | {_code(setting.default)} | {setting.meaning} | {readers} |"
    for name, (default, meaning) in TRAINING_SETTINGS.items():
        if name not in shared:
            yield f"| `{PREFIX}{name}` | {_code(default)} | {meaning} | {_readers(name)} |"
    for name, each in WORKER_SETTINGS.items():
        yield f"| `{PREFIX}{name}` | {_code(each.default)} | {each.meaning} | workers |"
    for name, (default, meaning) in OF_MAKE_RUN.items():
        yield f"| `{PREFIX}{name}` | {_code(default)} | {meaning} | `make run` |"
    yield ""


def _readers(name: str, *first: str) -> str:
    """Return who reads a setting."""
    training = ("training",) if name in TRAINING_SETTINGS else ()
    workers = ("workers",) if name in SHARED_WITH_WORKERS else ()
    return ", ".join((*first, *training, *workers))


def metrics() -> Iterator[str]:
    """List every metric family."""
    yield f"Prometheus text on `{PREFIX}METRICS_PORT`. Names of counters end in `_total`."
    yield ""
    yield "| metric | kind | meaning |"
    yield "|---|---|---|"
    served = scrape_registry(ServerMetrics().registry, PoolMetrics().registry)
    for family in sorted(served.collect(), key=lambda family: family.name):
        yield f"| `{family.name}` | {family.type} | {family.documentation} |"
    yield ""


def log_fields() -> Iterator[str]:
    """List every field a log line may have."""
    yield "JSON, one object a line, on standard error. A field that is not listed is dropped and counted."
    yield ""
    yield "| field | meaning |"
    yield "|---|---|"
    for name, meaning in LOG_FIELDS.items():
        yield f"| `{name}` | {meaning} |"
    yield ""


def error_table() -> Iterator[str]:
    """List every domain error with its code and reason."""
    yield "Every error is a `google.rpc.Status` with one `ErrorInfo` (domain `leadline`); branch on its `reason`."
    yield ""
    yield "| code | reason | when |"
    yield "|---|---|---|"
    for kind, code in CODES.items():
        words = (kind.__doc__ or "").split("\n")[0]
        yield f"| {code.name} | {_reason_of(kind)} | {words} |"
    yield "| INTERNAL | `INTERNAL` | Something unexpected; its `incident_id` is in the metadata and in the log. |"
    yield ""
    yield "Reasons of FAILED_PRECONDITION, and of refusals by `python -m training`:"
    yield ""
    yield "| reason | when |"
    yield "|---|---|"
    for reason, words in sorted(REASONS.items()):
        yield f"| `{reason}` | {words} |"
    yield ""


def reasons_in_code() -> set[str]:
    """Return every reason that is raised somewhere as the first argument of a WrongState or TrainingRefused."""
    found: set[str] = {"ARTIFACT_REFUSED"}
    for folder in ("core", "server", "training"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"WrongState", "TrainingRefused"}:
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant):
                        found.add(str(first.value))
    return found


def _reason_of(kind: type[errors.LeadlineError]) -> str:
    if kind in {errors.NotFound, errors.AlreadyExists}:
        suffix = "NOT_FOUND" if kind is errors.NotFound else "ALREADY_EXISTS"
        return f"`LEAD_{suffix}`, `MODEL_VERSION_{suffix}`, … by what it is"
    if kind is errors.OverLimit:
        return "`QUEUE_FULL`, `TENANT_LIMIT`, `RATE_LIMITED` or `DEADLINE_TOO_SHORT`, by what there is too much of"
    if kind is errors.WrongState:
        return "see below"
    return f"`{kind.reason}`"


def _code(default: str) -> str:
    return f"`{default}`" if default else "(empty)"


def main() -> int:
    """Write or check the page."""
    missing = reasons_in_code() - REASONS.keys()
    if missing:
        print(f"scripts/reference.py lacks the reasons {sorted(missing)}", file=sys.stderr)
        return 1
    fresh = page()
    if "--check" not in sys.argv:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh
    if stale:
        print("docs/reference.md is stale; run `make reference`", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
