"""What the options before the subcommand say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.client import Client


@dataclass(slots=True, kw_only=True)
class Session:
    """The options that every subcommand has. Not frozen: ``--json`` may also follow the subcommand."""

    target: str
    timeout: timedelta
    as_json: bool
    api_key: str | None = field(repr=False)
    tls: bool
    tls_ca: str | None

    def connect(self) -> Client:
        """Return a client of the server that the options name. gRPC loads here, so that --help need not wait."""
        import grpc  # noqa: PLC0415 - see above

        from leadline.client import Client  # noqa: PLC0415 - see above

        credentials = None
        if self.tls or self.tls_ca:
            authority = Path(self.tls_ca).read_bytes() if self.tls_ca else None
            credentials = grpc.ssl_channel_credentials(root_certificates=authority)
        return Client(self.target, timeout=self.timeout, api_key=self.api_key, credentials=credentials)
