"""``python -m tests.benchmarks.actions.hillstrom``: what is learned of a campaign whose arms were given by chance."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from leadline.v1 import action_pb2, intelligence_service_pb2

from core.actions.policy_value import PolicyReport
from core.caller import LOCAL_CALLER
from core.recommend.off_policy import Estimate, Proof
from tests.benchmarks.budget import markdown_table, plain_table
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.parts.fitted import database_url, model_dir
from tests.parts.hillstrom import DATA, FILE_NAME
from tests.parts.hillstrom_actions import ENDS, Mailed, publish, read_mailed, tell
from tests.parts.serving import Stubs, served_apart
from training.actions.app import build_ranker_trainer
from training.actions.run import TrainedRanker
from training.progress import silent
from training.settings import read_settings

HEADER = ("conversion", "ranking", "value, %", "95 % interval", "effective")
EFFECTS = ("conversion", "arm", "counted, %", "uplift learned, points", "95 % interval", "uplift counted, points")
PER_CENT = 100.0
ASKED = 20
"""Leads that are asked for afterwards, to see what the answer rests on."""


class Campaign(NamedTuple):
    """What came of one run."""

    name: str
    trained: TrainedRanker
    basis: str
    seconds: float
    fitting_seconds: float

    @property
    def report(self) -> PolicyReport:
        return self.trained.fitted.report


def main(arguments: list[str] | None = None) -> int:
    """Tell, learn, print and write; 1 if a ranker serves that is not proven, or an estimate misses the counts."""
    parsed = _parser().parse_args(arguments)
    file = parsed.data / FILE_NAME
    if not file.is_file():
        sys.stdout.write(f"Skipped: {FILE_NAME} is not in the data folder.\n")
        return 0
    mailed = read_mailed(file, parsed.customers)
    runs = [_run(name, mailed) for name in ENDS]
    values, effects = (
        [row for run in runs for row in _values(run)],
        [row for run in runs for row in _effects(run, mailed)],
    )
    sys.stdout.write(f"{plain_table(HEADER, values)}\n{plain_table(EFFECTS, effects)}\n")
    for run in runs:
        sys.stdout.write(
            f"{run.name}: {_verdict(run)}; {run.seconds:.0f} s told, {run.fitting_seconds:.0f} s learned\n"
        )
    if parsed.write:
        write_section("hillstrom", _markdown(len(mailed), runs, values, effects), PAGE)
    return int(not all(_is_right(run, mailed) for run in runs))


def _run(name: str, mailed: Sequence[Mailed]) -> Campaign:
    with tempfile.TemporaryDirectory(prefix="leadline-campaign-") as folder:
        home = Path(folder)
        model_dir(home).mkdir()
        with served_apart(home) as server, Stubs(server.wait_until_serving()) as stubs:
            publish(stubs)
            begun = time.monotonic()
            tell(stubs, mailed, ENDS[name])
            told = time.monotonic()
            settings = {"LEADLINE_DATABASE_URL": database_url(home), "LEADLINE_MODEL_DIR": str(model_dir(home))}
            trainer = build_ranker_trainer(read_settings(settings))
            trained = trainer.train(LOCAL_CALLER, name, activate=True, force=False, report=silent)
            ended = time.monotonic()
            basis = _basis(stubs, mailed)
    return Campaign(name=name, trained=trained, basis=basis, seconds=told - begun, fitting_seconds=ended - told)


def _basis(stubs: Stubs, mailed: Sequence[Mailed]) -> str:
    """Return what answers rest on afterwards."""
    bases = set()
    for one in mailed[:ASKED]:
        answer = stubs.intelligence.NextBestActions(
            intelligence_service_pb2.NextBestActionsRequest(lead_id=one.customer_id)
        )
        bases.add(action_pb2.RankingBasis.Name(answer.basis))
    return ", ".join(sorted(basis.removeprefix("RANKING_BASIS_").lower() for basis in bases))


def _values(run: Campaign) -> list[list[str]]:
    report = run.report
    shown = (
        ("learned, doubly robust", report.policy.doubly_robust, f"{report.policy.effective_count:,.0f}"),
        ("learned, SNIPS", report.policy.snips, f"{report.policy.effective_count:,.0f}"),
        (f"always {report.constant_action}", report.constant, ""),
        ("as logged", report.policy.logged, f"{report.policy.record_count:,}"),
        ("learned above the constant action", report.gain, ""),
    )
    return [
        [run.name, name, f"{PER_CENT * one.value:.3f}", _interval(one), effective] for name, one, effective in shown
    ]


def _effects(run: Campaign, mailed: Sequence[Mailed]) -> list[list[str]]:
    rates = _rates(run.name, mailed)
    rows = []
    for arm, uplift, half in run.trained.fitted.averages:
        one = Estimate(name=arm, value=uplift, lower=uplift - half, upper=uplift + half)
        counted = rates[arm] - rates["none"]
        rows.append(
            [
                run.name,
                arm,
                f"{PER_CENT * rates[arm]:.3f}",
                f"{PER_CENT * uplift:+.3f}",
                _interval(one),
                f"{PER_CENT * counted:+.3f}",
            ]
        )
    return rows


def _rates(name: str, mailed: Sequence[Mailed]) -> dict[str, float]:
    arms = {one.arm for one in mailed}
    ends = {arm: [ENDS[name](one) for one in mailed if one.arm == arm] for arm in arms}
    return {arm: sum(found) / len(found) for arm, found in ends.items()}


def _is_right(run: Campaign, mailed: Sequence[Mailed]) -> bool:
    """Return whether nothing is claimed that is not proven, and the best arm is worth what plain counting says."""
    rates, report = _rates(run.name, mailed), run.report
    counted = rates[report.constant_action]
    return (
        run.trained.is_activated == (report.gain.lower > 0.0)
        and report.constant_action == max(rates, key=lambda arm: rates[arm])
        and report.constant.lower < counted < report.constant.upper
    )


def _verdict(run: Campaign) -> str:
    proven = "proven" if run.report.proof is Proof.BETTER else "not proven"
    serves = "the new ranker serves" if run.trained.is_activated else "the new ranker does not serve"
    basis = run.basis.replace("_", " ")
    said = f"to treat customers differently is {proven} better ({run.report.reason})"
    return f"{said}; {serves}, and answers rest on {basis}"


def _interval(one: Estimate) -> str:
    return f"{PER_CENT * one.lower:.3f} to {PER_CENT * one.upper:.3f}"


def _markdown(count: int, runs: Sequence[Campaign], values: Sequence[list[str]], effects: Sequence[list[str]]) -> str:
    verdicts = "\n".join(f"- {run.name}: {_verdict(run)}." for run in runs)
    return (
        f"`python -m tests.benchmarks.actions.hillstrom --write`. An e-mail test with three random arms, {count:,} "
        "customers of the data folder: customers through UpsertLeads, the arm of each one with a propensity of 1/3 and "
        "what became of it through RecordActionOutcome, then `fit-actions`. What a ranking is worth is measured on "
        "fifths of the customers that had no part in learning it; the constant action is chosen with hindsight, which "
        f"is kind to it. Values are conversions of 100 customers.\n\n{markdown_table(HEADER, values)}\n{verdicts}\n\n"
        f"What was learned of the arms, against no e-mail, beside plain counting:\n\n{markdown_table(EFFECTS, effects)}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.actions.hillstrom", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="where the data sets are")
    parser.add_argument("--customers", type=int, metavar="COUNT", help="only the first ones")
    parser.add_argument("--write", action="store_true", help="rewrite the section of docs/conversation.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
