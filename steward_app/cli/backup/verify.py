"""Reading restore points again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import KeyFile, PassphraseFile, StoreName, unlocking
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.kernel import clock
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.services.backup import Verdict, Verification


@app.command()
def verify(
    database: Database,
    point: Annotated[
        str,
        typer.Option("--point", metavar="ID", help="One restore point only; the start of its id will do."),
    ] = "",
    store: StoreName = "",
    part: Annotated[
        int,
        typer.Option(
            "--part",
            metavar="N",
            min=1,
            help="Of stores, read one in N objects, others each time: 7 reads everything in seven nights.",
        ),
    ] = 1,
    prove: Annotated[bool, typer.Option("--prove", help="Restore each to scratch as well.")] = False,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Read restore points again: every byte of those here, every object of stores. Exit code 1 when one is not as made.

    Stores are compared hash by hash with what was written; that needs no private key, --prove does.
    """
    from steward_app.services import backup

    with keeping(database) as catalog:
        told = work(
            f"Verifying restore points of {quoted(database.name)}",
            lambda context: backup.verify_all(
                catalog,
                database,
                context,
                point=point,
                store=store,
                part=part,
                prove=prove,
                given=unlocking(key_file, passphrase_file),
            ),
        )
    show("backup-verify", told, as_json=as_json, human=lambda out: _print(out, told))
    found(told.wrong)


def _print(out: Printer, told: Verification) -> None:
    for verdict in told.items:
        _print_verdict(out, verdict)
    for reading in told.stores:
        out.line(f"{reading.sentence}.")
        for problem in reading.problems:
            out.line(problem, indent=2)
        if reading.hint:
            out.line(reading.hint, indent=2)
    if not told.items:
        if not told.wrong:
            out.line("There are no restore points to verify.")
        return
    bad = sum(not verdict.sound for verdict in told.items)
    unknown = sum(verdict.sound and not verdict.compared and not verdict.store_id for verdict in told.items)
    partly = sum(verdict.sound and not verdict.compared and bool(verdict.store_id) for verdict in told.items)
    words = [f"{plural(len(told.items) - bad - unknown - partly, 'restore point')} as made"]
    words += [f"{bad:,} not"] if bad else []
    words += [f"{unknown:,} of the right size, which is all that is known"] if unknown else []
    words += [f"{partly:,} with all they need, of which a share was read"] if partly else []
    out.line(", ".join(words) + ".")


def _print_verdict(out: Printer, verdict: Verdict) -> None:
    state = verdict.state.value if verdict.sound else "not sound"
    told = ""
    if verdict.sound and not verdict.compared:
        told = "; a share of it was read" if verdict.store_id else "; what it holds was never looked into"
    out.line(f"{verdict.id}, made {clock.shown(verdict.made_at)}: {state}{told}")
    for problem in verdict.problems:
        out.line(problem, indent=2)
    if verdict.hint:
        out.line(verdict.hint, indent=2)
