"""The published test vectors of assignment: what an implementation in any language must reproduce."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from leadline.assignment import LocalAssigner, mixed, segment_of, unit_key, word
from leadline.errors import InvalidRequest
from leadline.experiment import Experiment, Variant

FILE: Final = "assignment_vectors.json"


def vectors() -> dict[str, Any]:
    """Return the file, as JSON has it; ``docs/assignment.md`` of the product says what its fields mean."""
    found: dict[str, Any] = json.loads(files("leadline").joinpath(FILE).read_text(encoding="utf-8"))
    return found


def differences(published: Mapping[str, Any]) -> list[str]:
    """Return what this client does otherwise than the vectors say, a line each: empty if it does it right."""
    return [
        *_differing("words", published["words"], "word", lambda v: _hex(word(v["purpose"], v["salt"], v["text"]))),
        *_differing("mixes", published["mixes"], "mixed", lambda v: _hex(mixed(int(v["value"], 16)))),
        *_differing("mixes", published["mixes"], "cell", lambda v: f"{mixed(int(v['value'], 16)) >> 12:013x}"),
        *_differing("segments", published["segments"], "segment", lambda v: segment_of(int(v["value"], 16))),
        *_differing("units", published["units"], "key", lambda v: _key(v["text"])),
        *(line for made in published["experiments"] for line in _experiment_differences(made)),
    ]


def _differing(kind: str, entries: list[dict[str, Any]], field: str, work: Any) -> Iterator[str]:
    for position, entry in enumerate(entries):
        got = work(entry)
        if got != entry[field]:
            yield f"{kind}[{position}].{field}: {got!r} instead of {entry[field]!r}"


def _experiment_differences(made: Mapping[str, Any]) -> Iterator[str]:
    assigner = LocalAssigner(_experiment(made))
    for entry in made["units"]:
        got = assigner.assign(entry["unit_id"])
        if (got.variant, got.reason.value) != (entry["variant"], entry["reason"]):
            yield f"{made['name']}: {entry['unit_id']!r} got {got.variant!r} by {got.reason.value}"
    many = made["many"]
    answers = [assigner.assign(f"unit-{number}").variant for number in range(many["count"])]
    if sha256("\n".join(answers).encode()).hexdigest() != many["sha256"]:
        yield f"{made['name']}: unit-0 to unit-{many['count'] - 1} have another digest"


def _experiment(made: Mapping[str, Any]) -> Experiment:
    return Experiment(
        name=made["name"],
        salt=made["salt"],
        layer=made["layer"],
        segment_start=made["segment_start"],
        segment_end=made["segment_end"],
        holdout_percentage=made["holdout_percentage"],
        overrides={entry["unit_id"]: entry["variant"] for entry in made["overrides"]},
        variants=tuple(
            Variant(name=entry["name"], model_version="v1", traffic_percentage=entry["traffic_percentage"])
            for entry in made["variants"]
        ),
    )


def _key(text: str) -> str | None:
    try:
        return unit_key(text)
    except InvalidRequest:
        return None


def _hex(value: int) -> str:
    return f"{value:016x}"
