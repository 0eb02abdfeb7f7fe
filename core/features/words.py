"""The words of a text."""

from __future__ import annotations

import re

_LETTER_RUNS = re.compile(r"[^\W\d_]+")
_LETTERS_ONLY = bytes(code if chr(code).isalpha() else 0x20 for code in range(128)) + b" " * 128


def find_words(lowered: str) -> list[str]:
    """Return the words of a lower-case text: runs of letters of any script.

    Digits are left out on purpose: house numbers, telephone numbers and ids are personal data, and never become part
    of a model's vocabulary. ASCII takes a table look-up a byte instead of a regular expression, to the same result.
    """
    if lowered.isascii():
        return lowered.encode().translate(_LETTERS_ONLY).decode("ascii").split()
    words = _LETTER_RUNS.findall(lowered)
    if all(map(str.isalpha, words)):
        return words
    # What is written like a letter and counts like a digit: ² ½ ① Ⅷ.
    return "".join(sign if sign.isalpha() else " " for sign in lowered).split()
