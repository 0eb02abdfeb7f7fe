"""A text as the rules read it."""

from __future__ import annotations

_PLAIN = {
    ord(mark): plain
    for marks, plain in (
        ("\u2018\u2019\u02bc\u00b4`", "'"),
        ("\u201c\u201d\u00ab\u00bb", '"'),
        ("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        ("\u00a0\u2002\u2003\u2007\u2009\u202f", " "),
    )
    for mark in marks
}


def folded(text: str) -> str:
    """Return the text in lower case, with typewriter quotes, dashes and spaces: every code point in its old place."""
    if text.isascii():
        return text.lower()
    plain = text.translate(_PLAIN)
    lowered = plain.lower()
    if len(lowered) == len(plain):
        return lowered
    # A few capitals have a lower case of two code points: those stay as they are.
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in plain)
