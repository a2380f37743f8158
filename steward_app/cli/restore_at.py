"""`steward restore at`: bringing back what a database held at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.looking import look_into_stores
from steward_app.cli.backup.options import KeyFile, PassphraseFile, StoreName, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database
from steward_app.cli.outcome import tell
from steward_app.cli.progress import work
from steward_app.cli.restore_options import To
from steward_app.cli.restore_rows import bring, table_request
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, UsageError

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.kernel.plan import Plan
    from steward_app.kernel.progress import Context
    from steward_app.services.backup.store.keys import Unlocking
    from steward_app.services.restore import AtMoment


@wishing
def at(
    database: Database,
    time: Annotated[
        str,
        typer.Option(
            "--time",
            metavar="MOMENT",
            help="“2026-11-20 10:05” in UTC, or with an offset: “2026-11-20 11:05+01:00”.",
        ),
    ],
    to: To = None,
    table: Annotated[
        str,
        typer.Option("--table", metavar="TABLE", help="Only the rows of this table that are missing now."),
    ] = "",
    replaced: Annotated[
        bool,
        typer.Option("--replace", help="With --table: all it held then, and what came since is taken out."),
    ] = False,
    store: StoreName = "",
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    *,
    wish: Wish,
) -> None:
    """Bring back what a database held at a moment, from the newest restore point that is not later.

    Which point that is, and how far before the moment, is said first. The whole file by default, or one table.
    """
    from steward_app.services import restore

    if (table and to) or (replaced and not table):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A table is brought back into the database, and only a table can be replaced.",
            hint="Give --to for the whole file, or --table, with or without --replace.",
        )
    given = unlocking(key_file, passphrase_file)
    with keeping(database) as catalog:
        look_into_stores(catalog, database)
        found = work(
            "Looking for the restore point",
            lambda context: restore.point_at(catalog, database, time, context, store=store),
        )
        tell(found.sentence, *(f"{each.title}. {each.detail}" for each in found.findings))
        if not table:
            with _or_elsewhere(found, "file"):
                _file(catalog, database, found, to, given, wish)
    if table:
        request = table_request(database, table, replaced=replaced)
        with _or_elsewhere(found, "table"):
            bring(database, found.point.id, "restore.table", request, wish, given)


@contextmanager
def _or_elsewhere(found: AtMoment, verb: str) -> Iterator[None]:
    """Without the key of one store, a point in another place may do."""
    try:
        yield
    except Failure as error:
        if found.elsewhere is None or error.code not in (ErrorCode.NEEDS_KEY, ErrorCode.WRONG_KEY):
            raise
        next_one = f"{found.elsewhere.id} of {clock.shown(found.elsewhere.made_at)}"
        hint = f"Or take {next_one}, which lies in another place: steward restore {verb} --point {found.elsewhere.id}."
        raise Failure(error.code, error.message, hint=f"{error.hint} {hint}".strip()) from error


def _file(
    catalog: Catalog, database: Path, found: AtMoment, to: Path | None, given: Unlocking | None, wish: Wish
) -> None:
    from steward_app.services import restore
    from steward_app.services.operation import Confirmation
    from steward_app.storage import is_there

    in_place = to is None and is_there(database)

    def planned(context: Context) -> Plan:
        plan = restore.plan_restore(catalog, database, found.point.id, context, to=to, given=given)
        return replace(
            plan,
            sentences=(found.sentence, *plan.sentences),
            findings=(*plan.findings, *found.findings),
        )

    carry_out(
        Operation(
            name=(restore.RestoreInPlace if in_place else restore.RestoreToNewFile).name,
            database=database,
            plan=planned,
            apply=lambda plan, context: restore.restore(
                catalog, plan, context, Confirmation.of(plan), given=given
            ),
            rehearse=(lambda plan, context: restore.rehearse(catalog, plan, context, given=given))
            if in_place
            else None,
        ),
        wish,
    )
