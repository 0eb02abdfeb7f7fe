"""``python -m training``: fit a version from a file or from the store, or the starter version."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import uuid
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from core.adapters.keyword_file import read_keywords
from core.behavior.plan import LEAD_PLAN
from core.caller import LOCAL_CALLER, Caller
from core.errors import InvalidInput, LeadlineError
from core.identifiers import TenantId, check_identifier
from core.registry.run_store import LOST_AFTER
from core.version import LEAD_SCORE
from training.actions.command import add_arguments, fit_actions
from training.app import Trainer, build_trainer, now
from training.behavior import read_events, with_behavior
from training.booster import BoosterParameters
from training.conversation.command import add_arguments as add_text_arguments
from training.conversation.command import fit_text
from training.fit import FitOptions, FittedVersion
from training.from_labels import table_from_labels
from training.learning.bounds import die_with_parent, limit_memory
from training.settings import read_settings
from training.summary import print_summary
from training.table import LeadTable, load_mapping, read_leads
from training.table.by_name import mapping_by_name
from training.window import EVERYTHING, Window, parse_window

STARTER_LEADS = 2_000
STARTER_SEED = 7
_CHOOSE = "choose"
_USAGE = 2
"""Exit code of wrong input."""
_APART = {"fit-actions": fit_actions, "fit-text": fit_text}
"""Commands that train other models than those of leads."""


def main(arguments: list[str] | None = None) -> int:
    """Run a training command; 0 on success, 1 on a refusal, 2 on wrong input."""
    parsed = _parser().parse_args(arguments)
    if parsed.command == "run":
        _guard(parsed)
    console = Console(stderr=True)
    try:
        settings = read_settings(os.environ)  # noqa: TID251  the one place training reads its environment
        if parsed.command in _APART:
            return _APART[parsed.command](parsed, settings, console)
        keywords = {
            name: list(entries) for name, entries in read_keywords(parsed.keywords or settings.keywords_file).items()
        }
        trainer = build_trainer(settings, keywords)
        if parsed.command == "run":
            return _run(trainer, parsed, console)
        if parsed.command == "starter":
            return _starter(trainer, console)
        return _fit(trainer, parsed, console)
    except InvalidInput as problem:
        for violation in problem.violations:
            console.print(f"[red]{escape(violation.field)}[/] {escape(violation.rule)}", highlight=False)
        return _USAGE
    except LeadlineError as problem:
        console.print(f"[red]{problem.reason}[/]: {escape(problem.message)}", highlight=False)
        return 1


def _guard(parsed: argparse.Namespace) -> None:
    """Keep a training process within its limits, and from outliving who started it, before anything else is done."""
    if parsed.with_parent:
        die_with_parent()
    if parsed.memory_bytes is not None:
        limit_memory(parsed.memory_bytes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("fit", help="fit a version on labelled leads and register it")
    source = fit.add_mutually_exclusive_group(required=True)
    source.add_argument("--leads", type=Path, metavar="FILE", help="CSV, CSV.gz or Parquet")
    source.add_argument("--from-store", action="store_true", help="the leads and labels the server has recorded")
    fit.add_argument("--tenant", default=LOCAL_CALLER.tenant, metavar="NAME", help="whose leads and version they are")
    fit.add_argument(
        "--window",
        metavar="WINDOW",
        help="everything, newest=ROWS or half-life=ROWS; choose: by rolling validation (the default from the store)",
    )
    fit.add_argument(
        "--events",
        type=Path,
        metavar="FILE",
        help="what the leads of --leads did: CSV, CSV.gz or Parquet; without, the store's events",
    )
    fit.add_argument("--mapping", type=Path, metavar="FILE.toml", help="which column is what; see docs/training.md")
    fit.add_argument("--outcome", metavar="COLUMN", help="the column that says whether a lead converted")
    fit.add_argument("--activate", action="store_true", help="make the new version the serving one")
    fit.add_argument("--allow-leaks", action="store_true", help="fit although a feature gives the outcome away")
    fit.add_argument("--validation-share", type=float, default=0.2, metavar="SHARE", help="newest share to measure on")
    fit.add_argument("--output", type=Path, metavar="FOLDER", help="also write the version's files here")
    fit.add_argument("--no-register", action="store_true", help="do not add the version to the registry")
    for field in dataclasses.fields(BoosterParameters):
        kind = type(field.default)
        fit.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default, metavar="VALUE")
    add_arguments(commands.add_parser("fit-actions", help="learn what actions bring, or say what a version is worth"))
    add_text_arguments(commands.add_parser("fit-text", help="train the models that read messages"))
    run = commands.add_parser("run", help="carry out a training run that was asked for")
    run.add_argument("--tenant", required=True)
    run.add_argument("--run", required=True, metavar="ID")
    run.add_argument("--holder", metavar="NAME", help="who claimed it already; without, it is claimed first")
    run.add_argument("--memory-bytes", type=int, metavar="BYTES", help="let allocations fail far beyond that")
    run.add_argument("--with-parent", action="store_true", help="end as soon as standard input does")
    starter = commands.add_parser("starter", help="fit and activate a version on sample leads if there is none")
    for command in (fit, run, starter):
        command.add_argument("--keywords", type=Path, metavar="FILE.toml", help="keyword lists instead of the shipped")
    return parser


def _fit(trainer: Trainer, parsed: argparse.Namespace, console: Console) -> int:
    if not 0.05 <= parsed.validation_share <= 0.5:  # noqa: PLR2004  enough to fit on, enough to measure on
        raise InvalidInput.of("--validation-share", "must be 0.05 to 0.5")
    booster = BoosterParameters(**{f.name: getattr(parsed, f.name) for f in dataclasses.fields(BoosterParameters)})
    options = FitOptions(validation_share=parsed.validation_share, allow_leaks=parsed.allow_leaks)
    caller = dataclasses.replace(LOCAL_CALLER, tenant=TenantId(check_identifier(parsed.tenant, "--tenant")))
    window = _window(parsed)
    table = _table(trainer, caller.tenant, parsed)
    fitted = _with_progress(trainer, table, booster, options, console, window)
    print_summary(fitted, console)
    if parsed.output is not None:
        _write_folder(parsed.output, fitted)
    if not parsed.no_register:
        reason = f"fitted on {table.source}"
        _register(trainer, caller, fitted, activate=parsed.activate, reason=reason, console=console)
    return 0


def _window(parsed: argparse.Namespace) -> Window | None:
    """Return the window to use, None if it is to be chosen."""
    text = parsed.window or (_CHOOSE if parsed.from_store else EVERYTHING.name)
    return None if text == _CHOOSE else parse_window(text)


def _table(trainer: Trainer, tenant: TenantId, parsed: argparse.Namespace) -> LeadTable:
    minimum = trainer.settings.min_training_samples
    if parsed.from_store:
        if parsed.events is not None:
            raise InvalidInput.of("--events", "goes with --leads: the store has its own events")
        labels = trainer.labels.label_set(tenant, now())
        return trainer.with_behavior(tenant, table_from_labels(labels, trainer.scored_leads, min_samples=minimum))
    mapping = mapping_by_name(parsed.leads, parsed.outcome) if parsed.mapping is None else load_mapping(parsed.mapping)
    if parsed.outcome:
        mapping = dataclasses.replace(mapping, outcome=dataclasses.replace(mapping.outcome, column=parsed.outcome))
    table = read_leads(parsed.leads, mapping, min_samples=minimum)
    if parsed.events is None:
        return trainer.with_behavior(tenant, table)
    return with_behavior(table, read_events(parsed.events), LEAD_PLAN)


def _starter(trainer: Trainer, console: Console) -> int:
    if trainer.has_versions(LOCAL_CALLER.tenant, LEAD_SCORE):
        return 0
    from training.sample import write_csv  # noqa: PLC0415  only a first start needs it

    console.print(f"No model yet: training a starter version on {STARTER_LEADS:,} made-up sample leads.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample_leads.csv"
        table = read_leads(path, load_mapping(write_csv(path, STARTER_LEADS, STARTER_SEED)))
    fitted = _with_progress(trainer, table, BoosterParameters(), FitOptions(), console)
    print_summary(fitted, console)
    reason = "starter version, fitted on sample leads"
    _register(trainer, LOCAL_CALLER, fitted, activate=True, reason=reason, console=console)
    return 0


def _run(trainer: Trainer, parsed: argparse.Namespace, console: Console) -> int:
    from training.learning.child import carry_out  # noqa: PLC0415  a plain fit needs none of it

    holder = parsed.holder or uuid.uuid4().hex
    tenant = TenantId(check_identifier(parsed.tenant, "--tenant"))
    if parsed.holder is None and trainer.runs.claim(tenant, parsed.run, holder, LOST_AFTER) is None:
        console.print("Somebody else is at this run, or it has ended.")
        return 1
    code = carry_out(trainer, tenant, parsed.run, holder)
    if parsed.holder is None:
        console.print(trainer.runs.get(tenant, parsed.run).outcome, highlight=False, markup=False)
    return code


def _with_progress(  # noqa: PLR0917  a fit and where it is told of
    trainer: Trainer,
    table: LeadTable,
    booster: BoosterParameters,
    options: FitOptions,
    console: Console,
    window: Window | None = EVERYTHING,
) -> FittedVersion:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=console.is_terminal) as progress:
        task = progress.add_task("reading", total=1.0)

        def report(doing: str, share: float) -> None:
            progress.update(task, description=doing, completed=share)
            if not console.is_terminal:
                console.print(f"{100 * share:3.0f} %  {doing}", highlight=False)

        keep_booster = booster != BoosterParameters(random_state=booster.random_state)
        fitted = trainer.fit(table, booster, options, report, window=window, keep_booster=keep_booster)
        progress.update(task, description="done", completed=1.0)
    return fitted


def _register(
    trainer: Trainer, caller: Caller, fitted: FittedVersion, *, activate: bool, reason: str, console: Console
) -> None:
    added = trainer.registry.register(caller, uuid.uuid4().hex, fitted.files, reason)
    version = added.manifest.version
    console.print(f"Registered [bold]{version}[/].", highlight=False)
    if activate:
        trainer.registry.activate(caller, uuid.uuid4().hex, LEAD_SCORE, version, expected=None, reason=reason)
        console.print("It is the serving version now.")
    else:
        console.print(f"Serve it with: leadline models activate {version}", highlight=False)


def _write_folder(folder: Path, fitted: FittedVersion) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in fitted.files.items():
            (folder / name).write_bytes(content)
    except OSError as problem:
        raise InvalidInput.of("--output", f"must be a folder that can be written ({problem})") from problem


if __name__ == "__main__":
    sys.exit(main())
