"""Where an exception came from, without a word of what it says."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

_ROOT = Path(__file__).resolve().parents[2]
_FRAMES = 4


def place_of(error: BaseException) -> str:
    """Return file, line and function of the innermost frames, for example ``core/lead.py:81 in parse < …``.

    Neither texts nor values: those may hold anything, a lead's data included.
    """
    frames: list[str] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{short_path(code.co_filename)}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-_FRAMES:]))


def short_path(file: str) -> str:
    """Return a source file's path below this product or below the folder of installed packages."""
    path = Path(file)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name
