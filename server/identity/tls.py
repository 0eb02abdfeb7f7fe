"""The certificates of the port, changed without a restart."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import grpc
import structlog

from core.errors import InvalidInput
from server.settings import ServerSettings, TlsSettings

log = structlog.get_logger("leadline.identity")

_Stamp = tuple[tuple[int, int, int], ...]


def server_credentials(settings: ServerSettings) -> grpc.ServerCredentials | None:
    """Return the credentials of the port, None if the way to it is not encrypted here.

    With ``mtls`` among the ways to say who one is, every connection needs a certificate: the library cannot ask for one
    without demanding it.

    Raises:
        InvalidInput: If the certificate and the key cannot be read or do not belong together.
    """
    if settings.tls is None:
        return None
    files = CertificateFiles(settings.tls)
    return grpc.dynamic_ssl_server_credentials(
        files.read(),
        files.read_if_changed,  # type: ignore[arg-type]  # None is "no change", as its documentation says
        require_client_authentication="mtls" in settings.auth,
    )


class CertificateFiles:
    """Certificate, key and client authority on disk, looked at before every new connection.

    Args:
        tls: Where they are.
    """

    def __init__(self, tls: TlsSettings) -> None:
        self._tls = tls
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Return what the files hold.

        Raises:
            InvalidInput: If they cannot be read or do not belong together.
        """
        try:
            stamp = self._stamp_now()
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self._tls.certificate, self._tls.key)
            authority = None if self._tls.client_authority is None else self._tls.client_authority.read_bytes()
            pair = (self._tls.key.read_bytes(), self._tls.certificate.read_bytes())
        except (OSError, ValueError) as problem:  # SSLError is an OSError
            rule = "must be the certificate of LEADLINE_TLS_KEY, both PEM files without a password"
            raise InvalidInput.of("LEADLINE_TLS_CERTIFICATE", rule) from problem
        self._stamp = stamp
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=authority)

    def read_if_changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return what the files hold now, None if that is what it was, or is not usable: the one before goes on."""
        with self._lock:
            try:
                if self._stamp_now() == self._stamp:
                    return None
                fresh = self.read()
            except (OSError, InvalidInput):
                # Perhaps half of it has been replaced: the next connection looks again.
                log.warning("the new certificate cannot be used; the one before goes on")
                return None
            log.info("new certificate")
            return fresh

    def _stamp_now(self) -> _Stamp:
        files = (self._tls.certificate, self._tls.key, self._tls.client_authority)
        return tuple(_stamp(file) for file in files if file is not None)


def _stamp(file: Path) -> tuple[int, int, int]:
    state = file.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns
