"""The keys that open a store: listed, let in, shut out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import KeyFile, PassphraseFile, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanFile, PlanOnly, Yes
from steward_app.cli.outcome import tell
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural

if TYPE_CHECKING:
    from steward_app.kernel.plan import Plan
    from steward_app.kernel.progress import Context
    from steward_app.kernel.receipt import Receipt
    from steward_app.services.backup.recipients_told import Recipient

OneStore = Annotated[
    str,
    typer.Option("--store", metavar="NAME", help="The store, by its name or address.", show_default=False),
]


@app.command()
def recipients(
    database: Database,
    store: OneStore,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """List the keys that open a store, and how many of its points each opens."""
    from steward_app.services import backup
    from steward_app.services.backup.recipients import list_recipients

    given = unlocking(key_file, passphrase_file)
    with keeping(database) as catalog:
        listed = work(
            "Looking into the store",
            lambda context: list_recipients(
                catalog, backup.find_store(catalog, database, store, context), context, given=given
            ),
        )
    show("backup-recipients", listed, as_json=as_json, human=lambda out: _print(out, listed))


@app.command()
def add_recipient(
    database: Database,
    store: OneStore,
    recipient: Annotated[
        str,
        typer.Option(
            "--recipient", metavar="KEY", help="The public key (age1...) to let in.", show_default=False
        ),
    ] = "",
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE",
            help="Let in a new key, and write it on a recovery sheet (.pdf or .html), to be printed.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    plan: PlanOnly = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    as_json: AsJson = False,
) -> None:
    """Let a key into a store: it opens every point that is made from then on.

    Points that are there stay closed to it, so the next one stands alone: the whole database is written once more.
    """
    from steward_app.services import backup
    from steward_app.services.backup import recipients as keys_of
    from steward_app.services.operation import Confirmation
    from steward_app.storage.age import Identity

    if bool(recipient) == bool(sheet) or (sheet and plan_file):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Which key shall open the store?",
            hint="Nothing was changed. Give --recipient KEY; or --sheet FILE, without --plan-file, for a new one.",
        )
    given, wish = unlocking(key_file, passphrase_file), Wish(plan, False, yes, plan_file, as_json)
    identity = Identity.generate()  # for the sheet; the key of nothing where there is none
    warnings: list[str] = []

    with keeping(database) as catalog:
        known = work(
            "Looking for the store", lambda context: backup.find_store(catalog, database, store, context)
        )

        def apply(plan: Plan, context: Context) -> Receipt:
            agreed = Confirmation.of(plan)
            if sheet is None:
                return keys_of.change_recipients(catalog, plan, context, agreed, given=given)
            done, written = keys_of.add_on_a_sheet(
                catalog, plan, identity, sheet, context, agreed, given=given
            )
            warnings.extend((f"The recovery sheet is {written.path}", written.warning))
            return done

        carry_out(
            Operation(
                name=keys_of.ChangeRecipients.name,
                database=database,
                plan=lambda context: keys_of.plan_add_recipient(
                    catalog, database, known, recipient or identity.public_key, context, given=given
                ),
                apply=apply,
            ),
            wish,
        )
    tell(*warnings)


@app.command()
def remove_recipient(
    database: Database,
    store: OneStore,
    recipient: Annotated[
        str,
        typer.Option(
            "--recipient",
            metavar="KEY",
            help="The key to shut out, or how it begins, as “steward backup recipients” shows it.",
            show_default=False,
        ),
    ],
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    plan: PlanOnly = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    as_json: AsJson = False,
) -> None:
    """Shut a key out of a store: it opens nothing that is written from then on.

    What is there stays open to it.
    """
    from steward_app.services import backup
    from steward_app.services.backup import recipients as keys_of
    from steward_app.services.operation import Confirmation

    given, wish = unlocking(key_file, passphrase_file), Wish(plan, False, yes, plan_file, as_json)
    with keeping(database) as catalog:
        known = work(
            "Looking for the store", lambda context: backup.find_store(catalog, database, store, context)
        )
        carry_out(
            Operation(
                name=keys_of.ChangeRecipients.name,
                database=database,
                plan=lambda context: keys_of.plan_remove_recipient(
                    catalog, database, known, recipient, context, given=given
                ),
                apply=lambda plan, context: keys_of.change_recipients(
                    catalog, plan, context, Confirmation.of(plan), given=given
                ),
            ),
            wish,
        )


def _print(out: Printer, listed: Sequence[Recipient]) -> None:
    if not listed:
        out.line("The store is not encrypted: whoever can read it can read the data.")
        return
    out.table(
        ("Key", "Opens", "Since (UTC)", "Kept here", "Public key"),
        [
            (
                f"{each.fingerprint}…",
                f"{each.opens:,} of {plural(each.points, 'point')}",
                each.since[:16].replace("T", " ") if each.since else "the next point",
                each.kept_here,
                each.id,
            )
            for each in listed
        ],
    )
