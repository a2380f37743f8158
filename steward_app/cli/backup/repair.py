"""Writing damaged objects of a store again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import KeyFile, PassphraseFile, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanOnly, Yes
from steward_app.cli.output import found, stderr_printer

if TYPE_CHECKING:
    from steward_app.kernel.receipt import Receipt


@app.command()
def repair(
    database: Database,
    store: Annotated[
        str,
        typer.Option(
            "--store", metavar="NAME", help="The store, by its name or address.", show_default=False
        ),
    ],
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    plan: PlanOnly = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Write the objects of a store that are damaged or missing again, from where they are good.

    They are taken from the other stores of the database, and from the database itself where its pages are still as they
    were captured. “steward backup verify” and “drill” find what is damaged. Nothing that is right is changed. Exit code
    1 when something could not be repaired.
    """
    from steward_app.services import backup
    from steward_app.services.operation import Confirmation

    given = unlocking(key_file, passphrase_file)
    with keeping(database) as catalog:
        receipt = carry_out(
            Operation(
                name=backup.RepairStore.name,
                database=database,
                plan=lambda context: backup.plan_repair(catalog, database, context, store=store, given=given),
                apply=lambda made, context: (
                    backup.repair(catalog, made, context, Confirmation.of(made), given=given).receipt
                ),
            ),
            Wish(plan_only=plan, yes=yes, as_json=as_json),
        )
    if receipt is not None:
        _tell_what_is_left(receipt, as_json=as_json)


def _tell_what_is_left(receipt: Receipt, *, as_json: bool) -> None:
    result = receipt.result or {}
    left = cast("dict[str, str]", result["left"])
    if not as_json:
        out = stderr_printer()
        for name, why in left.items():
            out.line(f"Not repaired: {name}: {why}")
        for silent in cast("list[str]", result["not_looked_into"]):
            out.line(silent)
    found(len(left))
