"""The way every operation goes on the command line: plan, perhaps rehearse, ask, apply.

Whether it asks follows from how the operation can be undone, by the same rule as in the window
(`services.operation.needs_confirmation`). `apply` is only called when the steward agreed.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from steward_app.cli.options import AsJson, PlanFile, PlanOnly, Rehearse, Yes
from steward_app.cli.outcome import ExitCode, tell
from steward_app.cli.output import Printer, found, show, stderr_printer
from steward_app.cli.plans import print_plan, print_receipt, print_rehearsal
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, gathered
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted, visible
from steward_app.services.operation import (
    Confirmation,
    load_plan,
    needs_confirmation,
    save_plan,
    typed_name,
)

if TYPE_CHECKING:
    from steward_app.catalog import Catalog

Request = TypeVar("Request")
_UNCHANGED = "Nothing was changed."
_FINAL = "Nothing can undo this."
_SETS_THE_AUDIT_RIGHT = ("audit.rearm", "audit.remove")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options of `cli.options` say about going through with it.

    Attributes:
        typed: the name that was typed in advance, where nothing can undo it; "" for none.
    """

    plan_only: bool = False
    rehearse: bool = False
    yes: bool = False
    plan_file: Path | None = None
    as_json: bool = False
    typed: str = ""

    @property
    def kept(self) -> Path | None:
        """The plan that is to be carried out, where none is to be made."""
        return None if self.plan_only else self.plan_file

    @property
    def asks_nobody(self) -> bool:
        """Whether nobody is there to be asked."""
        return self.as_json or not (sys.stdin.isatty() and sys.stderr.isatty())

    def answers(self, plan: Plan) -> bool:
        """Whether what a plan asks for was said in advance: the name where nothing can undo it, else yes.

        Raises `Refused` where another name was typed.
        """
        name = typed_name(plan)
        return typed_in_advance(self.typed, name) if name else self.yes or bool(self.typed)


def _told(
    plan: PlanOnly = False,
    rehearse: Rehearse = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    as_json: AsJson = False,
) -> Wish:
    return Wish(plan, rehearse, yes, plan_file, as_json)


def wishing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes a `wish` the five options that tell it, after its own.

    Typer reads the options of a command from its signature, so that is where they are put.
    """
    own, options = signature(command, eval_str=True), signature(_told, eval_str=True).parameters

    @wraps(command)
    def run(**given: Any) -> None:
        wish = _told(**{name: given.pop(name) for name in options})
        command(**given, wish=wish)

    rest = [each for name, each in own.parameters.items() if name != "wish"]
    run.__signature__ = own.replace(parameters=[*rest, *options.values()])  # type: ignore[attr-defined]
    return run


@dataclass(frozen=True, slots=True)
class Operation:
    """The three calls of a service that make an operation.

    Attributes:
        name: as its plans call it: "restore.file".
        database: the file it is about; a kept plan about another one is not carried out.
        plan: looks, and says what would happen.
        apply: does it, when it was confirmed here.
        rehearse: does it to a copy; None for what changes no database.
        warns: tell the warnings of the plan before it is carried out without a question.
        more: prints what else a person is told of what was done.
    """

    name: str
    database: Path
    plan: Callable[[Context], Plan]
    apply: Callable[[Plan, Context], Receipt]
    rehearse: Callable[[Plan, Context], Rehearsal] | None = None
    warns: bool = False
    more: Callable[[Printer, Receipt], None] | None = None


def requested(
    catalog: Catalog,
    name: str,
    database: Path,
    request: Callable[[str], Request],
    *,
    plan: Callable[[Catalog, Request, Context], Plan],
    apply: Callable[[Catalog, Plan, Context, Confirmation], Receipt],
    rehearse: Callable[[Catalog, Plan, Context], Rehearsal],
) -> Operation:
    """An operation of a service that plans what it is asked for.

    Args:
        request: what is asked for, of the database with this id in the catalog.
    """
    from steward_app.services.backup import database_id

    return Operation(
        name,
        database,
        plan=lambda context: plan(catalog, request(database_id(catalog, database, context)), context),
        apply=lambda made, context: apply(catalog, made, context, Confirmation.of(made)),
        rehearse=lambda made, context: rehearse(catalog, made, context),
    )


def carry_out(operation: Operation, wish: Wish) -> Receipt | None:
    """Take an operation as far as the steward wishes, and print where it ended.

    Returns the receipt when it was applied, None when only a plan or a rehearsal was asked for. Ends the command with
    exit code 1 where only a plan was asked for and something blocks it; with exit code 3, the plan printed, when
    something blocks it or it needs a confirmation that nobody can give here.
    """
    _warn_of_the_audit(operation)
    plan = _plan(operation, wish)
    if wish.plan_only:
        if wish.plan_file:
            save_plan(plan, wish.plan_file)
        _show_plan(plan, wish)
        found(len(plan.blocking))
        return None
    if plan.blocking:
        _show_plan(plan, wish)
        _refuse(f"Not done: {'; '.join(each.title for each in gathered(plan.blocking))}.", _UNCHANGED)
    asks = needs_confirmation(plan) and not wish.answers(plan)
    if asks and wish.asks_nobody and (wish.yes or not wish.rehearse):
        _refuse_unasked(plan, wish)
    if wish.rehearse and not _rehearse(operation, plan, wish):
        return None
    if asks:
        _ask(plan)
    elif operation.warns:
        _warn(plan.findings)
    receipt = work(plan.title, lambda context: operation.apply(plan, context))

    def print_it(out: Printer) -> None:
        print_receipt(out, receipt)
        if operation.more is not None:
            operation.more(out, receipt)

    show("receipt", receipt, as_json=wish.as_json, human=print_it)
    return receipt


def _warn_of_the_audit(operation: Operation) -> None:
    """Say on the error output that changes of a file under audit are not logged, before it is changed."""
    if operation.name in _SETS_THE_AUDIT_RIGHT:
        return
    from steward_app.services.audit.guard.alarm import disarmed

    for alarm in disarmed(operation.database):
        tell(f"Warning: {alarm.title}.", *alarm.remedies[:1])


def _warn(findings: Sequence[Finding]) -> None:
    """Say on the error output what a plan or rehearsal warns of, where nobody was shown it."""
    for each in gathered(findings):
        if each.severity is Severity.WARNING:
            tell(f"Warning: {each.title}.", *each.detail.splitlines())


def _plan(operation: Operation, wish: Wish) -> Plan:
    if wish.kept:
        return _kept_plan(operation, wish.kept)
    return work("Planning", operation.plan)


def _kept_plan(operation: Operation, path: Path) -> Plan:
    plan = load_plan(path)
    if plan.operation != operation.name or Path(plan.path).resolve() != operation.database.resolve():
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(path.name)} holds a plan for {plan.operation} of {quoted(plan.path, 200)}.",
            hint=f"{_UNCHANGED} Give the same command and database that the plan was made with.",
        )
    return plan


def _rehearse(operation: Operation, plan: Plan, wish: Wish) -> bool:
    """Whether to go on: with --yes or the name, and only when every check passed."""
    rehearse = operation.rehearse
    if rehearse is None:
        raise Refused(
            ErrorCode.NOT_ALLOWED, "This cannot be rehearsed: it changes no database.", hint=_UNCHANGED
        )
    rehearsal = work("Rehearsing on a copy", lambda context: rehearse(plan, context))
    go_on = (wish.yes or bool(wish.typed)) and rehearsal.passed
    if not (go_on and wish.as_json):  # one document at most
        show("rehearsal", rehearsal, as_json=wish.as_json, human=lambda out: print_rehearsal(out, rehearsal))
    else:
        _warn(rehearsal.findings)
    found(not rehearsal.passed)
    return go_on


def _refuse_unasked(plan: Plan, wish: Wish) -> NoReturn:
    """Nobody is there to answer: say what answers in advance."""
    _show_plan(plan, wish)
    if name := typed_name(plan):
        _refuse(_FINAL, _says_how(name))
    _refuse("This needs a confirmation.", f"{_UNCHANGED} To carry it out, add --yes.")


def _ask(plan: Plan) -> None:
    """Return when the steward says so; the answer that is one keystroke away is No."""
    print_plan(stderr_printer(), plan)
    name = typed_name(plan)
    agreed = _is_asked(name) if name else _answer(f"{plan.button}? [y/N]").lower() in ("y", "yes")
    if not agreed:
        raise Refused(ErrorCode.NEEDS_CONFIRMATION, "Not done.", hint=_UNCHANGED)


def require_name(name: str, typed: str, *, as_json: bool) -> None:
    """Return when this name was typed, in advance or now: for what has no plan and nothing can undo.

    Raises `Refused`.
    """
    if typed_in_advance(typed, name):
        return
    if Wish(as_json=as_json).asks_nobody:
        raise Refused(ErrorCode.NEEDS_CONFIRMATION, _FINAL, hint=_says_how(name))
    if not _is_asked(name):
        raise Refused(ErrorCode.NEEDS_CONFIRMATION, "Not done.", hint=_UNCHANGED)


def typed_in_advance(typed: str, name: str) -> bool:
    """Whether this name was given with --confirm. Raises `Refused` where another one was."""
    if typed and not _is_name(typed, name):
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"{_FINAL} It is done only when {quoted(name, 0)} was typed.",
            hint=_UNCHANGED,
        )
    return bool(typed)


def _is_asked(name: str) -> bool:
    return _is_name(_answer(f"{_FINAL} Type {quoted(name, 0)} to go on:"), name)


def _is_name(typed: str, name: str) -> bool:
    return typed.strip() in (name.strip(), visible(name).strip())


def _says_how(name: str) -> str:
    return f"{_UNCHANGED} To carry it out, type the name in advance: --confirm {shlex.quote(visible(name))}"


def _answer(question: str) -> str:
    """Ask on the error output, where no result goes. The end of the input is a wish to stop."""
    sys.stderr.write(visible(question) + " ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip()


def _refuse(message: str, hint: str) -> NoReturn:
    """After the plan was printed: a second document must not follow it."""
    tell(message, hint)
    raise typer.Exit(ExitCode.REFUSED)


def _show_plan(plan: Plan, wish: Wish) -> None:
    def human(out: Printer) -> None:
        print_plan(out, plan)

    show("plan", plan, as_json=wish.as_json, human=human)
