"""Child processes that do not outlive the process that started them, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

GRACE_SECONDS = 12
"""Between the request to stop and the end of a child whose parent is gone."""
# The command takes the shell's place, so that it has the process id its parent knows and gets its signals. What stays
# of the shell reads from the parent until that ends: the parent's farewell is a line, its death is none.
_SCRIPT = (
    "exec 3<&0 </dev/null; child=$$; "
    '( ( read -r _ <&3 || { kill -TERM "$child"; sleep "$0"; kill -KILL "-$child"; } ) >/dev/null 2>&1 & ); '
    'exec 3<&-; exec "$@"'
)


def start_tethered(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own.

    Ctrl-C at the terminal does not reach it. If this process dies, it gets SIGTERM, and 12 s later whatever is left of
    its group gets SIGKILL.
    """
    return subprocess.Popen(  # noqa: S603  our own commands
        ["/bin/sh", "-c", _SCRIPT, str(GRACE_SECONDS), *command],
        env=dict(environ),
        stdin=subprocess.PIPE,
        process_group=0,
    )


def untether(process: subprocess.Popen[bytes]) -> None:
    """Say farewell to a child that has ended; what it left running goes on."""
    if process.stdin is None or process.stdin.closed:
        return
    try:
        process.stdin.write(b"\n")
        process.stdin.close()
    except BrokenPipeError:  # the one who would have read it is gone too
        return


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a child and all it started, at once."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # nobody is left
        return
    finally:
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
