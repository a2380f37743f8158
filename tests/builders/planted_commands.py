"""A group of commands for the tests of the frame: `steward planted ...`, each ends in its own way."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.frame import Entry, Root, group
from steward_app.cli.options import AsJson, Database, Typed
from steward_app.cli.output import found, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Condition, Fingerprint, Plan, Rehearsal, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt

app = group("Commands that end in every way.")

ERRORS = {
    "usage": UsageError(ErrorCode.BAD_REQUEST, "There is no table “a\u202eb”.", hint="Check the name."),
    "refused": Refused(ErrorCode.STALE_PLAN, "The file changed since the plan was made."),
    "failure": Failure(ErrorCode.LOCKED, "“x.db” is locked.", hint="Try again."),
    "bug": LookupError("Ada Winter, 4 Mill Lane"),
    "stopped": KeyboardInterrupt(),
    "abort": typer.Abort(),
    "exit": typer.Exit(3),
}


@app.command()
def fail(
    how: Annotated[str, typer.Argument(help="Which error.")],
    late: Annotated[bool, typer.Option("--late", help="Within the work.")] = False,
    as_json: AsJson = False,
) -> None:
    """End with an error."""

    def call(_: Context) -> None:
        raise ERRORS[how]

    if late:
        work("Failing", call)
    raise ERRORS[how]


@app.command()
def look(database: Database, violations: int = 0, as_json: AsJson = False) -> None:
    """Print a document about a file."""
    result = Rehearsal(database.name, "2026-11-20T10:00:00.000Z", 0.5, ())
    show("rehearsal", result, as_json=as_json, human=lambda out: out.line(f"looked at {database}"))
    found(violations)


@app.command()
def long(lines: int = 100_000) -> None:
    """Print many lines."""

    def human(out: object) -> None:
        for number in range(lines):
            sys.stdout.write(f"line {number}\n")

    show("error", None, as_json=False, human=human)


@app.command()
def wait(commit: Annotated[bool, typer.Option("--commit", help="Too late to stop.")] = False) -> None:
    """Work until interrupted; says READY when it has begun."""
    stop = threading.Event()

    def call(context: Context) -> None:
        if commit:
            context.finishing()
        with context.on_cancel(stop.set):
            sys.stdout.write("READY\n")
            sys.stdout.flush()
            if commit:
                sys.stdin.readline()
                return
            stop.wait()
            context.checkpoint()

    work("Waiting", call)
    sys.stdout.write("finished\n")


@app.command()
@wishing
def operate(
    database: Database,
    kind: Annotated[str, typer.Option("--kind", help="Which plan.")] = "asks",
    typed: Typed = "",
    *,
    wish: Wish,
) -> None:
    """Carry out an operation that makes a file beside DATABASE."""

    def apply(plan: Plan, context: Context) -> Receipt:
        Path(plan.path).with_suffix(".applied").write_text(plan.id)
        return Receipt("op_1", plan.operation, "It was done.", plan.path, "", plan.made_at, 0.25)

    def rehearsal(plan: Plan, context: Context) -> Rehearsal:
        return Rehearsal(plan.id, plan.made_at, 0.5, (Check("integrity", kind != "fails", "on the copy"),))

    carry_out(
        Operation(
            "planted.operate",
            database,
            plan=lambda context: a_plan(database, kind),
            apply=apply,
            rehearse=None if kind == "plain" else rehearsal,
        ),
        replace(wish, typed=typed),
    )


def a_plan(database: Path, kind: str) -> Plan:
    """A plan of each kind: "asks", "plain" (without confirmation), "blocked", "final" (nothing undoes it), "fails"."""
    return Plan(
        id="pl_1",
        operation="planted.operate",
        title="Change “vis\nits”",
        path=str(database),
        database_id="d",
        made_at="2026-11-20T10:00:00.000Z",
        request={"kind": kind, "deep": [1, {"a": None}]},
        sentences=("2 rows go.",),
        reversal=Reversal.NONE if kind == "final" else Reversal.INVERSE,
        reversal_text="Run the inverse.",
        fingerprint=Fingerprint("h", conditions=(Condition("SELECT count(*) FROM t", 2),)),
        button="Remove 2 rows",
        changes=(TableChange("vis\nits", 12_480, 12_478, deleted=2),),
        sql=("DELETE FROM t\nWHERE x",),
        findings=(
            finding(blocks=kind == "blocked"),
            *(
                (replace(finding("locked", blocks=True), title="The disk is full"),)
                if kind == "blocked"
                else ()
            ),
        ),
        disk_bytes=4096,
        disk_path="/data",
        needs_confirmation=kind != "plain",
        type_to_confirm="vis\nits" if kind == "final" else "",
    )


def finding(code: str = "orphans", blocks: bool = False) -> Finding:
    """A finding about a table with a hostile name."""
    subject = Subject("foreign key", table="vis\nits", columns=("patient\u202e",))
    return Finding(
        code, Severity.ERROR, "2 visits point to nobody", subject, query='SELECT 1\nFROM "vis"', blocks=blocks
    )


class PlantedRoot(Root):
    entries = (Entry("planted", "See", "Ends in every way.", __name__),)


program = typer.Typer(cls=PlantedRoot, add_completion=False)
program.callback()(lambda: None)


def main() -> None:
    """The same in a process of its own."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have it ignored
    typer.main.get_command(program)()
