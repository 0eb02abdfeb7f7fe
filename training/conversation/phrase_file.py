"""Reads labelled phrases that people wrote: text files of blocks.

A block begins with labels in brackets that hold for each line below them::

    [sentiment=neutral intents=buying,financing urgent=no objection=none]
    we've been pre-approved and would like to put in an offer
    Shall I book it for Tuesday? >> yes, do

``>>`` stands between the agent's turn and the lead's message. Empty lines and lines that begin with ``#`` are passed
over.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.conversation.heads.turn import Turn
from core.conversation.message import LONGEST_MESSAGE
from core.errors import InvalidInput, Violation
from training.conversation.labels import Labels, read_labels
from training.conversation.phrase import Phrase

SHIPPED = Path(__file__).parent / "phrases"
ORDINARY = "ordinary"
"""Names of files begin with it whose phrases are everyday talk."""
_ARROW = " >> "


def read_phrase_folder(folder: Path = SHIPPED) -> tuple[Phrase, ...]:
    """Return the phrases of every text file of a folder, in the order of their names.

    Raises:
        InvalidInput: Names the file and the line of all that is wrong.
    """
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise InvalidInput.of(str(folder), "must hold text files of phrases")
    found: list[Phrase] = []
    wrong: list[Violation] = []
    for file in files:
        try:
            found += read_phrases(file)
        except InvalidInput as problem:
            wrong += problem.violations
    if wrong:
        raise InvalidInput(wrong)
    return tuple(found)


def read_phrases(file: Path) -> list[Phrase]:
    """Return the phrases of one file.

    Raises:
        InvalidInput: As :func:`read_phrase_folder`.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInput.of(file.name, "must be a readable file in UTF-8") from problem
    return parse_phrases(lines, file.name, is_ordinary=file.stem.startswith(ORDINARY))


def parse_phrases(lines: Iterable[str], name: str, *, is_ordinary: bool = False) -> list[Phrase]:
    """Return the phrases in the lines of a file.

    Args:
        lines: Without line ends.
        name: Of the file, for groups and errors.
        is_ordinary: Whether they are everyday talk.

    Raises:
        InvalidInput: Names the file and the line of all that is wrong.
    """
    found: list[Phrase] = []
    wrong: list[Violation] = []
    labels: Labels | None = None
    group = name
    for number, line in enumerate(lines, start=1):
        text, where = line.strip(), f"{name}:{number}"
        try:
            if text.startswith("[") and text.endswith("]") and "=" in text:
                labels, group = read_labels(_pairs(text, where), where), where
            elif text and not text.startswith("#"):
                found.append(_phrase(text, labels, group, where, is_ordinary=is_ordinary))
        except InvalidInput as problem:
            wrong += problem.violations
    if wrong:
        raise InvalidInput(wrong)
    return found


def _pairs(header: str, where: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in header[1:-1].split()]
    if any(not (sign and value) for _, sign, value in pairs) or len({key for key, _, _ in pairs}) < len(pairs):
        raise InvalidInput.of(where, "labels must be key=value, each key once")
    return {key: value for key, _, value in pairs}


def _phrase(text: str, labels: Labels | None, group: str, where: str, *, is_ordinary: bool) -> Phrase:
    if labels is None:
        raise InvalidInput.of(where, "must stand below a line of labels in brackets")
    before, arrow, after = text.partition(_ARROW)
    turn = Turn(after.strip(), before.strip()) if arrow else Turn(text)
    if not 0 < len(turn.text) <= LONGEST_MESSAGE:
        raise InvalidInput.of(where, f"must be a message of 1 to {LONGEST_MESSAGE:,} characters")
    return Phrase(turn=turn, labels=labels, group=group, is_ordinary=is_ordinary)
