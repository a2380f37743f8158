"""A group of commands for the tests of the frame: `steward planted ...`, each ends in its own way."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

import typer

from steward_app.cli.frame import Entry, Root, group
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import found, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Rehearsal
from steward_app.kernel.progress import Context

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
