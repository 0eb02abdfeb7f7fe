"""The labels people give to messages: which keys there are, and what they may say."""

from __future__ import annotations

from collections.abc import Mapping

from core.conversation.kinds import CLASSES, YES, DialogueAct, Intent, Objection, Sentiment
from core.errors import InvalidInput, Violation
from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY

Labels = Mapping[str, frozenset[str]]
"""Model kind to the classes that hold. A kind that is left out is not known; one without classes is known to hold
none."""

KIND_OF_KEY: Mapping[str, str] = {
    "sentiment": SENTIMENT,
    "intents": INTENT,
    "urgent": URGENCY,
    "buying": BUYING_INTENT,
    "objection": OBJECTION,
    "act": DIALOGUE_ACT,
}
_NO = "no"
_VALUES: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(Sentiment),
    "intents": tuple(Intent),
    "urgent": (YES, _NO),
    "buying": (YES, _NO),
    "objection": tuple(Objection),
    "act": tuple(DialogueAct),
}


def read_labels(values: Mapping[str, str], where: str) -> Labels:
    """Return what ``key=value`` pairs say; an empty value says nothing.

    Args:
        values: Of :data:`KIND_OF_KEY`; ``intents`` may be several with commas between.
        where: Of what, to name in errors, such as ``property.txt:17``.

    Raises:
        InvalidInput: Names every key that is unknown, and every value that is not one of its key.
    """
    wrong: list[Violation] = []
    found: dict[str, frozenset[str]] = {}
    for key, text in values.items():
        if key not in KIND_OF_KEY:
            wrong.append(Violation(field=where, rule=f"{key!r} must be one of {', '.join(KIND_OF_KEY)}"))
            continue
        said = [part.strip() for part in text.split(",") if part.strip()]
        if any(one not in _VALUES[key] for one in said) or (len(said) > 1 and key != "intents"):
            several = "one or more" if key == "intents" else "one"
            wrong.append(Violation(field=where, rule=f"{key} must be {several} of {', '.join(_VALUES[key])}"))
        elif said:
            found[KIND_OF_KEY[key]] = frozenset(said) & frozenset(CLASSES[KIND_OF_KEY[key]])
    if wrong:
        raise InvalidInput(wrong)
    return found
