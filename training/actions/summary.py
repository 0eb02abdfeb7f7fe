"""What a ranker of actions is worth, in a few lines."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from core.actions.policy_value import PolicyReport
from core.recommend.off_policy import Estimate, Proof
from training.actions.run import TrainedRanker

TOO_FEW = "Not proven: too few outcomes of actions that were chosen by chance since that version was made."


def print_ranker(trained: TrainedRanker, console: Console) -> None:
    """Print what was learned, what it is worth, and whether it serves."""
    version = trained.version.manifest.version
    table = Table(title=f"What actions add to the probability of a conversion ({version})", title_justify="left")
    for column in ("action", "uplift", "95 % interval"):
        table.add_column(column, justify="left" if column == "action" else "right")
    for action_id, uplift, half in trained.fitted.averages:
        table.add_row(action_id, f"{uplift:+.4f}", f"{uplift - half:+.4f} to {uplift + half:+.4f}")
    console.print(table)
    print_report(trained.fitted.report, console)
    if trained.is_activated:
        said = "It is the serving version now."
    else:
        said = f"It does not serve; serve it all the same with: leadline models activate --kind next_action {version}"
    console.print(said, highlight=False, markup=False)


def print_report(report: PolicyReport | None, console: Console) -> None:
    """Print what logged actions say of a ranking."""
    if report is None:
        console.print(TOO_FEW, highlight=False, markup=False)
        return
    policy = report.policy
    title = f"From {policy.record_count:,} actions chosen by chance for {policy.lead_count:,} leads"
    table = Table(title=f"{title}, as {policy.effective_count:,.0f} for this ranking", title_justify="left")
    for column in ("value of an answer", "value", "95 % interval"):
        table.add_column(column, justify="left" if column == "value of an answer" else "right")
    for name, estimate in (
        ("this ranking (doubly robust)", policy.doubly_robust),
        ("this ranking (SNIPS)", policy.snips),
        (f"always {report.constant_action} (doubly robust)", report.constant),
        ("as logged", policy.logged),
        ("gain over the constant action", report.gain),
        ("gain over what was logged (SNIPS)", policy.gain),
    ):
        table.add_row(name, f"{estimate.value:.5g}", _interval(estimate))
    console.print(table)
    proven = "proven" if report.proof is Proof.BETTER else "not proven"
    console.print(f"To treat leads differently is {proven} better: {report.reason}.", highlight=False, markup=False)


def _interval(one: Estimate) -> str:
    return f"{one.lower:.5g} to {one.upper:.5g}"
