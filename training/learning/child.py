"""``python -m training run``: one claimed run in a process of its own."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from core.errors import DependencyDown
from core.feedback.label import LabelSet
from core.identifiers import TenantId, VersionName, check_identifier
from training.app import Trainer, now
from training.challenger import Challenger, ChallengerOptions, fit_challenger
from training.learning.claimed import ClaimedRun, ClaimLost
from training.learning.exits import DONE, ERROR_MARK, FAILED, LOST, STORE_DOWN, TOO_LARGE
from training.learning.run import LearningRun
from training.progress import Report

_ROOT = Path(__file__).resolve().parents[2]


def carry_out(trainer: Trainer, tenant: str, run_id: str, holder: str) -> int:
    """Do what is left of a claimed run and return the exit code."""
    claimed = ClaimedRun(
        trainer.runs, TenantId(check_identifier(tenant, "--tenant")), check_identifier(run_id, "--run"), holder
    )
    try:
        _learning_run(trainer).go(claimed)
    except ClaimLost:
        return LOST
    except DependencyDown as down:
        _say(down)
        return STORE_DOWN
    except MemoryError as full:
        _say(full)
        return TOO_LARGE
    except Exception as error:  # noqa: BLE001  whatever it is, its place is told and its message, which may hold data, is not
        _say(error)
        return FAILED
    return DONE


def _learning_run(trainer: Trainer) -> LearningRun:
    def fit(
        tenant: TenantId, labels: LabelSet, champion: VersionName | None, options: ChallengerOptions, report: Report
    ) -> Challenger:
        return fit_challenger(trainer, tenant, labels, champion, options, report)

    return LearningRun(
        registry=trainer.registry, labels=trainer.labels, fit=fit, rules=trainer.settings.rules, clock=now
    )


def _say(error: BaseException) -> None:
    sys.stderr.write(f"{ERROR_MARK}{type(error).__name__} {_place(error)}\n")


def _place(error: BaseException) -> str:
    """Return where in our code an error came from: a file and a line."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame
        for frame in frames
        if Path(frame.filename).is_relative_to(_ROOT) and "site-packages" not in frame.filename
    ]
    if not ours:
        return "outside our code"
    last = ours[-1]
    return f"in {Path(last.filename).relative_to(_ROOT)}:{last.lineno}"
