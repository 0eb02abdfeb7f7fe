"""What of an environment a training process gets to know: its settings and what programs need, no secret of others."""

from __future__ import annotations

from collections.abc import Mapping

from training.settings import DEFAULTS, PREFIX

_NAMES = frozenset(
    {
        *(PREFIX + name for name in DEFAULTS),
        *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
        # Which authorities TLS to the database trusts.
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    }
)
_BEGINNINGS = (
    "LC_",
    "PYTHON",
    "OMP_",
    # What libpq reads beside the URL of the database: a password file, certificates.
    "PG",
)


def for_training(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that a training process gets; every other one stays behind."""
    return {name: value for name, value in environ.items() if name in _NAMES or name.startswith(_BEGINNINGS)}
