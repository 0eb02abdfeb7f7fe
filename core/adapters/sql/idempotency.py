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

    Raises:
        AlreadyExists: If the id was used for another body.
    """
    key = {"tenant": tenant, "method": method, "request_key": _sha256(request_id)}
    digest = _sha256(json.dumps(body, sort_keys=True, separators=(",", ":")))
    # The row is claimed before the work: in PostgreSQL an equal request waits here until this one has ended.
    claim = insert_for(connection, requests).values(**key, body_sha256=digest, recorded_time=now)
    claimed = connection.scalar(claim.on_conflict_do_nothing().returning(requests.c.request_key))
    mine = [requests.c[name] == value for name, value in key.items()]
    if claimed is None:
        return _first_answer(connection, mine, request_id, digest)
    answer = act()
    text = json.dumps(answer, separators=(",", ":"))
    connection.execute(update(requests).where(*mine).values(answer=text))
    return answer


def _first_answer(connection: Connection, mine: list[Any], request_id: str, digest: str) -> Json:
    row = connection.execute(select(requests.c.body_sha256, requests.c.answer).where(*mine)).one()
    if row.body_sha256 != digest:
        raise AlreadyExists("request", request_id, "was used for another request")
    return json.loads(row.answer)


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
