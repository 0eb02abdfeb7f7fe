"""Writes the published test vectors of assignment from what the server does.

``python scripts/assignment_vectors.py`` rewrites the file in the Python client and the example in docs/assignment.md,
``--check`` fails when either is stale.
A change of anything that is there already moves units of running experiments: it needs another scheme.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from math import log
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from core.experiments.assigning import Assigner, salt_of
from core.experiments.experiment import Experiment, StoredExperiment, Variant
from core.experiments.hashing import SCHEME, SEGMENTS, Purpose, mixed, prefix, segment_of, share_of, word
from core.experiments.units import unit_key
from core.identifiers import VersionName

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "clients" / "python" / "leadline" / "assignment_vectors.json"
PAGE = ROOT / "docs" / "assignment.md"
MANY = 2_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_VALUES = (0, 1, 0xFFF, 0x1000, 0x0123456789ABCDEF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF)
_UNITS = (
    *(f"user-{number}" for number in range(1, 13)),
    "0",
    "a",
    "A",
    "anna@example.com",
    "Anna@example.com",
    "Acme GmbH & Co. KG",
    "M\u00fcller",
    "Mu\u0308ller",
    "\u6771\u4eac\u4e0d\u52d5\u7523",
    "\U0001f3e0",
    "\uff21\uff22",
    "x" * 128,
)
_TEXTS = (
    *_UNITS,
    "\u212b",
    "\u1e9b\u0323",
    "a b",
    "e\u0301" * 128,
    "",
    " ",
    " user-1",
    "user-1 ",
    "user-1\n",
    "user\t1",
    "user\u00001",
    "user\u200b1",
    "user\u20281",
    "user-1\u00a0",
    "\ud800",
    "x" * 129,
    "e\u0301" * 129,
)


@dataclass(frozen=True)
class Made:
    """One experiment of the vectors."""

    name: str
    percentages: dict[str, float]
    salt: str = ""
    layer: str = ""
    segments: tuple[int, int] = (0, SEGMENTS)
    holdout_percentage: float = 0.0
    overrides: dict[str, str] = field(default_factory=dict)

    def stored(self) -> StoredExperiment:
        """Return it as the server keeps it."""
        control = next(name for name, percentage in self.percentages.items() if percentage > 0.0)
        experiment = Experiment(
            name=self.name,
            variants=tuple(
                Variant(
                    name=name, model_version=VersionName("v1"), share=percentage / 100.0, is_control=name == control
                )
                for name, percentage in self.percentages.items()
            ),
            salt=self.salt,
            layer=self.layer,
            overrides=self.overrides,
            start_time=_START,
            holdout_share=self.holdout_percentage / 100.0,
        )
        return StoredExperiment(
            experiment=experiment,
            segment_start=self.segments[0],
            segment_end=self.segments[1],
            create_time=_START,
            created_by="vectors",
        )


_TEN = {f"arm-{number}": 10.0 for number in range(10)}
MADE = (
    Made("even", {"control": 50.0, "treatment": 50.0}),
    Made("moved", {"control": 30.0, "treatment": 70.0}, salt="even"),
    Made("other-salt", {"control": 50.0, "treatment": 50.0}, salt="2026-10"),
    Made("thirds", {"a": 33.3333333, "b": 33.3333333, "c": 33.3333334}),
    Made("rare", {"control": 99.0, "treatment": 0.9, "off": 0.0, "Treatment.2": 0.1}),
    Made("ten", _TEN),
    Made("tenth-of-traffic", {"control": 50.0, "treatment": 50.0}, segments=(0, 1_000)),
    Made("in-a-layer", {"control": 50.0, "treatment": 50.0}, layer="pricing", segments=(2_500, 7_500)),
    Made(
        "everything",
        {"control": 80.0, "treatment": 20.0},
        salt="everything-2",
        layer="search_page",
        segments=(1_000, 9_000),
        holdout_percentage=10.0,
        overrides={"user-1": "treatment", "Mu\u0308ller": "control", "a": "treatment"},
    ),
)


def document() -> dict[str, Any]:
    """Return all vectors."""
    return {
        "scheme": SCHEME,
        "words": [_word(purpose, salt, text) for purpose, salt, text in _hashed()],
        "mixes": [{"value": _hex(v), "mixed": _hex(mixed(v)), "cell": f"{mixed(v) >> 12:013x}"} for v in _VALUES],
        "segments": [{"value": _hex(value), "segment": segment_of(value)} for value in _VALUES],
        "units": [{"text": text, "key": _key(text)} for text in _TEXTS],
        "experiments": [_experiment(made) for made in MADE],
    }


def _hashed() -> list[tuple[Purpose, str, str]]:
    same_parts = [(purpose, "even", "user-1") for purpose in Purpose]
    texts = ((Purpose.UNIT, "even", unit_key(unit)) for unit in ("a", "M\u00fcller", "\U0001f3e0", "x" * 128))
    names = ((Purpose.VARIANT, "even", name) for name in ("control", "treatment"))
    return [*same_parts, (Purpose.HOLDOUT, "", "user-1"), *texts, *names]


def _word(purpose: Purpose, salt: str, text: str) -> dict[str, str]:
    return {"purpose": purpose.value, "salt": salt, "text": text, "word": _hex(word(prefix(purpose, salt), text))}


def _key(text: str) -> str | None:
    try:
        return unit_key(text)
    except InvalidInput:
        return None


def _experiment(made: Made) -> dict[str, Any]:
    stored = made.stored()
    assigner = Assigner(stored, {variant.name: variant.share for variant in stored.experiment.variants})
    answers = [_name(assigner, f"unit-{number}") for number in range(MANY)]
    return {
        "name": made.name,
        "salt": made.salt,
        "layer": made.layer,
        "segment_start": made.segments[0],
        "segment_end": made.segments[1],
        "holdout_percentage": made.holdout_percentage,
        "variants": [{"name": name, "traffic_percentage": share} for name, share in made.percentages.items()],
        "overrides": [{"unit_id": unit, "variant": name} for unit, name in made.overrides.items()],
        "units": [_assigned(assigner, unit) for unit in _UNITS],
        "many": {
            "count": MANY,
            "counts": {name: answers.count(name) for name in sorted({*made.percentages, ""})},
            "sha256": sha256("\n".join(answers).encode()).hexdigest(),
        },
    }


def _name(assigner: Assigner, unit: str) -> str:
    variant = assigner.assign(unit).variant
    return variant.name if variant else ""


def _assigned(assigner: Assigner, unit: str) -> dict[str, str]:
    assignment = assigner.assign(unit_key(unit))
    name = assignment.variant.name if assignment.variant else ""
    return {"unit_id": unit, "variant": name, "reason": assignment.reason.value}


def _hex(value: int) -> str:
    return f"{value:016x}"


def example(made: Made, unit: str) -> str:
    """Return how a unit gets its variant, step by step, as a table."""
    stored = made.stored()
    salt, layer = salt_of(stored.experiment), made.layer
    held = word(prefix(Purpose.HOLDOUT, ""), unit)
    place = word(prefix(Purpose.LAYER, layer), unit)
    base = word(prefix(Purpose.UNIT, salt), unit)
    where = f"segments {made.segments[0]:,} to {made.segments[1] - 1:,}, holdout {made.holdout_percentage:g} %"
    lines = [
        f"`{unit}` in the experiment `{made.name}` of the vectors: salt `{salt}`, layer `{layer}`, {where}.",
        "",
        "| step | value |",
        "|---|---|",
        f"| `word(holdout)` | `{_hex(held)}` |",
        f"| `number` of it | {share_of(held)!r}: not below {stored.experiment.holdout_share:g}, not held out |",
        f"| `word(layer)` | `{_hex(place)}` |",
        f"| `segment` of it | {segment_of(place):,}: takes part |",
        f"| `word(unit)` | `{_hex(base)}` |",
    ]
    for variant in stored.experiment.variants:
        seed = word(prefix(Purpose.VARIANT, salt), variant.name)
        number = share_of(mixed(base ^ seed))
        lines += [
            f"| `word(variant)` of `{variant.name}` | `{_hex(seed)}` |",
            f"| `mix` of the two | `{_hex(mixed(base ^ seed))}` |",
            f"| `number` of it | {number!r} |",
            f"| `-ln(number) / {variant.share:g}` | {-log(number) / variant.share:.6f} |",
        ]
    shares = {variant.name: variant.share for variant in stored.experiment.variants}
    return "\n".join([*lines, f"| the least | `{_name(Assigner(stored, shares), unit)}` |"])


def page(text: str) -> str:
    """Return the text of docs/assignment.md with the example as it should be."""
    before, begin, rest = text.partition("<!-- example -->")
    _, end, after = rest.partition("<!-- /example -->")
    return f"{before}{begin}\n{example(MADE[-1], 'user-3')}\n{end}{after}"


def main() -> int:
    """Write or check both files."""
    fresh = {FILE: json.dumps(document(), indent=1) + "\n", PAGE: page(PAGE.read_text(encoding="utf-8"))}
    if "--check" not in sys.argv:
        for path, text in fresh.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path.name for path, text in fresh.items() if path.read_text(encoding="utf-8") != text]
    if stale:
        print(f"stale: {', '.join(stale)}. Or assignment has changed: see scripts/assignment_vectors.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
