"""How the command ends when something is wrong: one sentence on stderr and an exit code, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

import leadline
from leadline.command.session import Session

if TYPE_CHECKING:
    from leadline import LeadlineError

_MOST_VIOLATIONS: Final = 20


class Failure(click.ClickException):
    """An expected failure: its message is printed after "Error: "."""

    exit_code = 1


class InvalidInput(click.ClickException):
    """Input that can never be right."""

    exit_code = 2


def _set_json(context: click.Context, _: click.Parameter, chosen: Any) -> None:
    if chosen and isinstance(context.obj, Session):
        context.obj.as_json = True


class Subcommand(click.Command):
    """A command that takes ``--json`` after its name too."""

    def __init__(self, name: str | None, **options: Any) -> None:
        json_option = click.Option(
            ["--json"], is_flag=True, expose_value=False, callback=_set_json, help="Print JSON for machines."
        )
        options["params"] = [*(options.get("params") or ()), json_option]
        super().__init__(name, **options)


class CommandGroup(click.Group):
    """Turns the errors of the client into sentences."""

    command_class = Subcommand

    def invoke(self, context: click.Context) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except leadline.LeadlineError as problem:  # looked up, and with it gRPC loaded, only when something is raised
            raise failure_of(problem, context.find_object(Session)) from problem


def failure_of(problem: LeadlineError, session: Session | None) -> click.ClickException:
    """Return what to print for an error of the client."""
    if isinstance(problem, leadline.InvalidRequest):
        return InvalidInput(_invalid(problem))
    return Failure(sentence(problem, session))


def sentence(problem: LeadlineError, session: Session | None) -> str:
    """Return an error in one sentence that says what to do, where that is known."""
    message = problem.message.rstrip(".")
    match problem:
        case leadline.Unavailable(reason="") if session is not None:
            return (
                f"no Leadline server answers at {session.target}: start one with `make run`, "
                f"or name another with --target or LEADLINE_TARGET. ({message})"
            )
        case leadline.DeadlineExceeded(reason="") if session is not None:
            advice = f"no answer within {session.timeout.total_seconds():g} s: allow more with --timeout"
        case leadline.Unauthenticated():
            advice = f"{message}: give a key with LEADLINE_API_KEY or --api-key"
        case leadline.NotOffered():
            advice = f"this server does not offer that: {message}"
        case leadline.InternalError() if problem.incident_id:
            advice = f"the server failed; its operators find the cause under incident {problem.incident_id}"
        case leadline.LeadlineError() if problem.retry_after is not None:
            advice = f"{message}: try again in {problem.retry_after.total_seconds():g} s"
        case _:
            advice = message
    return f"{advice}."


def _invalid(problem: LeadlineError) -> str:
    if len(problem.violations) <= 1:
        return problem.message
    lines = [f"  {violation.field} {violation.rule}" for violation in problem.violations[:_MOST_VIOLATIONS]]
    more = len(problem.violations) - len(lines)
    return "\n".join(["invalid input:", *lines, *([f"  and {more} more"] if more else [])])
