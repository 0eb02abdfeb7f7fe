"""What the options before the subcommand say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

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
    tls_cert: str | None = None
    tls_key: str | None = None

    def connect(self) -> Client:
        """Return a client of the server that the options name. gRPC loads here, so that --help need not wait."""
        import grpc  # noqa: PLC0415 - see above

        from leadline.client import Client  # noqa: PLC0415 - see above

        if bool(self.tls_cert) != bool(self.tls_key):
            raise click.UsageError("--tls-cert and --tls-key go together")
        credentials = None
        if self.tls or self.tls_ca or self.tls_cert:
            authority, certificate, key = map(_content, (self.tls_ca, self.tls_cert, self.tls_key))
            credentials = grpc.ssl_channel_credentials(authority, key, certificate)
        return Client(self.target, timeout=self.timeout, api_key=self.api_key, credentials=credentials)


def _content(file: str | None) -> bytes | None:
    return Path(file).read_bytes() if file else None
