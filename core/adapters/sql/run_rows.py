"""Rows of training runs as values of the domain, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from core.identifiers import TenantId, VersionName
from core.registry.training_run import (
    Contender,
    PreparedVersion,
    RunDecision,
    RunState,
    TrainingRequest,
    TrainingRun,
    TriggerReading,
)
from core.version import Metric

Json = Any


def run_of(row: Row[Any]) -> TrainingRun:
    """Return the run of a row of ``training_runs``."""
    kept = json.loads(row.evidence)
    return TrainingRun(
        tenant=TenantId(row.tenant),
        run_id=row.run_id,
        request=TrainingRequest(
            kind=row.kind,
            reason=row.reason,
            force=row.force,
            validation_split=row.validation_split,
            parameters=json.loads(row.parameters),
            trigger_window=row.trigger_window,
            triggers=triggers_of(row.triggers),
        ),
        requested_by=row.requested_by,
        state=RunState(row.state),
        decision=RunDecision(row.decision),
        outcome=row.outcome,
        doing=row.doing,
        progress=row.progress,
        attempt=row.attempt,
        version=VersionName(row.version),
        evidence=kept.get("figures", {}),
        contenders=tuple(map(_contender_of, kept.get("contenders", []))),
        create_time=row.create_time,
        start_time=row.start_time,
        end_time=row.end_time,
        prepared=_prepared_of(kept["prepared"]) if "prepared" in kept else None,
    )


def triggers_of(text: str) -> tuple[TriggerReading, ...]:
    """Return what :func:`triggers_json` wrote."""
    return tuple(TriggerReading(**entry) for entry in json.loads(text))


def triggers_json(triggers: Sequence[TriggerReading]) -> str:
    """Return the readings of triggers as canonical JSON."""
    return canonical([asdict(trigger) for trigger in triggers])


def result_json(figures: Mapping[str, str], contenders: Sequence[Contender]) -> str:
    """Return what a run's decision rests on as canonical JSON."""
    return canonical({"figures": dict(figures), "contenders": [asdict(contender) for contender in contenders]})


def prepared_json(prepared: PreparedVersion) -> str:
    """Return what a run is about to do as canonical JSON."""
    return canonical({"prepared": {**asdict(prepared), "evidence": dict(prepared.evidence)}})


def canonical(content: Json) -> str:
    """Return JSON of one form: sorted names, no spaces, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _prepared_of(content: Json) -> PreparedVersion:
    return PreparedVersion(
        version=VersionName(content["version"]),
        champion=content["champion"],
        decision=RunDecision(content["decision"]),
        reason=content["reason"],
        evidence=content["evidence"],
        contenders=tuple(map(_contender_of, content["contenders"])),
    )


def _contender_of(content: Json) -> Contender:
    metrics = tuple(Metric(**metric) for metric in content["metrics"])
    return Contender(name=content["name"], version=content["version"], metrics=metrics)
