"""What the end of a call says about what became of it."""

from __future__ import annotations

import grpc

OK = "OK"
NOT_CONNECTED = "not connected"
"""No server was reached, so the call never began."""
REFUSED = "refused"
"""A server said so itself, in the form of the contract."""
NOT_BEGUN = "not begun"
"""The server's library turned the stream away, which by HTTP/2 means that no part of it was looked at."""
HELD_BACK = "RESOURCE_EXHAUSTED held back"
"""The published client did not send it, because the server refuses most calls."""
LOST = "lost"
"""The connection ended, or the library spoke: nobody knows what became of the call."""
_DETAILS = "grpc-status-details-bin"
_REFUSED_STREAM = "rst_stream with error code 7"
_NEVER_SENT = ("failed to connect to all addresses", "connection refused", "connection attempt timed out")


def verdict_of(error: grpc.RpcError) -> str:
    """Return the code of a failed call and who spoke, for example ``UNAVAILABLE refused``."""
    code = error.code().name
    trailers = dict(error.trailing_metadata() or ())
    if _DETAILS in trailers:
        return f"{code} {REFUSED}"
    text = (error.details() or "").lower()
    if code == "UNAVAILABLE" and any(words in text for words in _NEVER_SENT):
        return f"{code} {NOT_CONNECTED}"
    if code == "UNAVAILABLE" and _REFUSED_STREAM in text:
        return f"{code} {NOT_BEGUN}"
    return f"{code} {LOST}"


def was_refused(verdict: str) -> bool:
    """Return whether a server turned the call away before it began, for being full or leaving."""
    return verdict.startswith("RESOURCE_EXHAUSTED") or verdict in {f"UNAVAILABLE {REFUSED}", f"UNAVAILABLE {NOT_BEGUN}"}
