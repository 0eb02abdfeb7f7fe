"""One effect for one request id: the first answer is stored with the effect and given again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.adapters.sql.tables import idempotent_requests as requests
from core.adapters.sql.upsert import insert_for
from core.errors import AlreadyExists

Json = Any
"""What the JSON module reads and writes."""


def answer_once(
    connection: Connection,
    *,
    tenant: str,
    method: str,
    request_id: str,
    body: Json,
    now: datetime,
    act: Callable[[], Json],
    likely: Json | None = None,
) -> Json:
    """Return ``act()``, or the answer it gave when the request came first.

    Args:
        connection: In a writing transaction. The answer is committed with the effect.
        tenant: Whose request it is.
        method: What is asked for; ids of different methods do not meet.
        request_id: The idempotency key.
        body: What the request says, apart from its id.
        now: The present moment.
        act: Does it and returns the answer.
        likely: What ``act`` will most likely return: written with the claim, so that it need not be written after it.

    Raises:
        AlreadyExists: If the id was used for another body.
    """
    # The row is claimed before the work: in PostgreSQL an equal request waits here until this one has ended.
    row = claim_of(tenant=tenant, method=method, request_id=request_id, body=body, now=now, likely=likely)
    claim = insert_for(connection, requests).values(row)
    claimed = connection.scalar(claim.on_conflict_do_nothing().returning(requests.c.request_key))
    mine = [requests.c[name] == row[name] for name in ("tenant", "method", "request_key")]
    if claimed is None:
        return _first_answer(connection, mine, request_id, row["body_sha256"])
    answer = act()
    if likely is None or answer != likely:
        connection.execute(update(requests).where(*mine).values(answer=_text(answer)))
    return answer


def claim_of(
    *, tenant: str, method: str, request_id: str, body: Json, now: datetime, likely: Json | None = None
) -> dict[str, Any]:
    """Return the row that claims a request id; the arguments are those of :func:`answer_once`."""
    return {
        "tenant": tenant,
        "method": method,
        "request_key": _sha256(request_id),
        "body_sha256": _sha256(_canonical(body)),
        "answer": None if likely is None else _text(likely),
        "recorded_time": now,
    }


def first_answer(connection: Connection, *, tenant: str, method: str, request_id: str, body: Json) -> Json | None:
    """Return the answer a request got when it came first; None if it never came.

    Raises:
        AlreadyExists: If the id was used for another body.
    """
    key = {"tenant": tenant, "method": method, "request_key": _sha256(request_id)}
    mine = [requests.c[name] == value for name, value in key.items()]
    if connection.scalar(select(requests.c.request_key).where(*mine)) is None:
        return None
    return _first_answer(connection, mine, request_id, _sha256(_canonical(body)))


def _first_answer(connection: Connection, mine: list[Any], request_id: str, digest: str) -> Json:
    row = connection.execute(select(requests.c.body_sha256, requests.c.answer).where(*mine)).one()
    if row.body_sha256 != digest:
        raise AlreadyExists("request", request_id, "was used for another request")
    return json.loads(row.answer)


def _text(answer: Json) -> str:
    return json.dumps(answer, separators=(",", ":"))


def _canonical(body: Json) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
