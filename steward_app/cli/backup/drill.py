"""Drills, and doing what is due."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import KeyFile, PassphraseFile, StoreName, unlocking
from steward_app.cli.backup.points import print_visits
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.outcome import ExitCode
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.services.backup.drills import Drill
    from steward_app.services.restore import Drilled, Tended


@app.command()
def drill(
    database: Database,
    store: StoreName = "",
    point: Annotated[
        str,
        typer.Option("--point", metavar="ID", help="One restore point only; the start of its id will do."),
    ] = "",
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring the newest point and an older one back to scratch and look into them, as on the worst day.

    What was found is signed and kept. Every store is drilled, whatever becomes of the others. Exit code 1 when a point
    did not pass; else 4 when a store could not be drilled, as without its key.
    """
    from steward_app.services import restore

    with keeping(database) as catalog:
        done = work(
            f"Drilling restore points of {quoted(database.name)}",
            lambda context: restore.drill_stores(
                catalog,
                database,
                context,
                only=[store] if store else [],
                point=point,
                given=unlocking(key_file, passphrase_file),
            ),
        )
    show("backup-drill", done, as_json=as_json, human=lambda out: print_drilled(out, done))
    found(sum(not each.passed for each in done.items))
    if any(each.failed for each in done.stores):
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def run(database: Database, as_json: AsJson = False) -> None:
    """Do what the schedule says is due now, and no more. What the files of “steward backup schedule --system” call.

    Exit code 1 when a store could not be reached or a drill did not pass.
    """
    from steward_app.services import restore

    with keeping(database) as catalog:
        done = work(
            f"Guarding {quoted(database.name)}", lambda context: restore.tend(catalog, database, context)
        )
    show("backup-run", done, as_json=as_json, human=lambda out: print_tended(out, done))
    found(int(done.failed))


@app.command()
def watch(database: Database) -> None:
    """Go on doing what is due until Ctrl+C. While nobody writes to the database, looking costs next to nothing."""
    from steward_app.services import restore

    out = Printer()

    def tell(done: Tended) -> None:
        print_tended(out, done)
        sys.stdout.flush()  # a log that is read now, and not when it ends

    with keeping(database) as catalog, suppress(Cancelled):  # that is how it ends
        work(
            f"Watching {quoted(database.name)}",
            lambda context: restore.watch(catalog, database, context, on_tended=tell),
        )
    out.line(f"No longer watching {quoted(database.name)}. The restore points that were made stay.")


def print_drilled(out: Printer, done: Drilled) -> None:
    """What became of each store; their names only where there is more than one."""
    if len(done.stores) < 2:
        print_drills(out, done.items)
        return
    for each in done.stores:
        out.heading(each.store)
        print_drills(out, [made for made in done.items if made.store_id == each.id])
        if not each.drills:
            out.line("No drill was made.")
        for line in filter(None, (each.message, each.hint)):
            out.line(line, indent=2)


def print_drills(out: Printer, drills: Sequence[Drill]) -> None:
    for each in drills:
        out.line(f"{each.sentence}.")
        for check in each.checks:
            told = f": {check.detail}" if check.detail else ""
            out.line(f"{'holds' if check.passed else 'DOES NOT HOLD'}  {check.title}{told}", indent=2)
        out.line(f"Evidence: {each.evidence}", indent=2)


def print_tended(out: Printer, done: Tended) -> None:
    print_visits(out, done.visits)
    for sentence in done.done:
        out.line(f"{sentence}.")
    for each in done.drills:
        out.line(f"{each.sentence}.")
    for problem in done.problems:
        out.line(problem)
    if not (done.visits or done.done or done.drills or done.problems):
        out.line("Nothing was due.")
