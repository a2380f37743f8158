"""`steward backup export`: a restore point as a plain SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import KeyFile, PassphraseFile, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanOnly


@app.command()
def export(
    database: Database,
    point: Annotated[
        str,
        typer.Argument(
            metavar="POINT",
            help="The restore point, as “steward backup list” shows it; the start of its id will do.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Path, typer.Argument(metavar="FILE", help="The new file.", show_default=False, readable=False)
    ],
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    plan: PlanOnly = False,
    as_json: AsJson = False,
) -> None:
    """Write a restore point to a plain SQLite file, for other programs.

    It is checked as a restored file is, and holds nobody who was erased since. The database itself is not touched.
    """
    from steward_app.services import restore

    given = unlocking(key_file, passphrase_file)
    with keeping(database) as catalog:
        carry_out(
            Operation(
                name=restore.ExportPoint.name,
                database=database,
                plan=lambda context: restore.plan_export(catalog, database, point, to, context, given=given),
                apply=lambda plan, context: restore.restore(catalog, plan, context, given=given),
            ),
            Wish(plan_only=plan, as_json=as_json),
        )
