"""What a unit is called: a user, a company, or a lead."""

from __future__ import annotations

import unicodedata

from core.errors import InvalidInput

MAX_UNIT = 128
MAX_FOLDED = 256
_RULE = f"must be 1 to {MAX_UNIT} characters without space at an end and without control or invisible characters"
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (zero-width, direction), half surrogates, separators of lines and paragraphs: nobody sees them, so
two units that look the same would be two."""


def unit_key(text: str) -> str:
    """Return the one spelling of a unit that is hashed and kept: Unicode NFC.

    Upper and lower case, and full and half width, stay different: the caller's ids may mean it.

    Raises:
        InvalidInput: If it is no unit; names ``unit_id``.
    """
    if text.isascii():
        # Printable ASCII is in NFC; this is nearly every id there is.
        if 0 < len(text) <= MAX_UNIT and text.isprintable() and text[0] != " " and text[-1] != " ":
            return text
        raise InvalidInput.of("unit_id", _RULE)
    # Composing makes one character of at most four, so that longer text cannot become a unit: it costs nothing.
    key = unicodedata.normalize("NFC", text) if len(text) <= 4 * MAX_UNIT else text
    if len(key) > MAX_UNIT or key != key.strip() or not _REFUSED_CATEGORIES.isdisjoint(map(unicodedata.category, key)):
        raise InvalidInput.of("unit_id", _RULE)
    return key


def folded(unit: str) -> str:
    """Return what units have in common that differ in case, spaces or width only; at most 256 characters.

    Unicode NFKC with full case folding, without white space: for telling that one unit may have come in many spellings,
    never for assigning.
    """
    without_spaces = "".join(unicodedata.normalize("NFKC", unit).casefold().split())
    return unicodedata.normalize("NFKC", without_spaces)[:MAX_FOLDED]
