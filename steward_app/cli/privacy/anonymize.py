"""`steward privacy anonymize`: a copy for release, or the database itself in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database, Typed
from steward_app.cli.privacy.group import app
from steward_app.kernel.errors import ErrorCode, UsageError

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.cli.output import Printer
    from steward_app.kernel.receipt import Receipt
    from steward_app.services.privacy.rules import Subset


@app.command()
@wishing
def anonymize(
    database: Database,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="COPY", help="The new file.", show_default=False, readable=False),
    ] = None,
    rules: Annotated[
        str,
        typer.Option(
            "--rules",
            metavar="NAME",
            help="The rules of the policy; without any in the policy, those proposed from a scan.",
            show_default=False,
        ),
    ] = "",
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="The database itself: nothing undoes it but an encrypted restore point, which is made first.",
        ),
    ] = False,
    keep_days: Annotated[
        int,
        typer.Option(
            "--keep-days",
            metavar="N",
            min=1,
            max=36_500,
            help="With --in-place: for so many days that restore point is kept, then it is destroyed.",
        ),
    ] = 30,
    keep_by_rules: Annotated[
        bool,
        typer.Option(
            "--keep-by-rules",
            help="With --in-place: after these days the rules of its store decide about it.",
        ),
    ] = False,
    table: Annotated[
        str,
        typer.Option(
            "--table",
            metavar="TABLE",
            help="Only a part of the rows of this table, and all that belongs to them.",
            show_default=False,
        ),
    ] = "",
    fraction: Annotated[
        float | None,
        typer.Option(
            "--fraction", metavar="SHARE", help="So much of it: 0.1 is a tenth.", show_default=False
        ),
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="SQL",
            help="The rows for which this is true. It stands in the journal: name nobody in it.",
            show_default=False,
        ),
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="NAME",
            help="The key of pseudonyms, as the list of keys shows it; made now where none is or was called so. Else"
            " that of the rules, or of the database. Say it where that one was destroyed.",
            show_default=False,
        ),
    ] = "",
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Gather statistics for the query planner in the copy.")
    ] = False,
    typed: Typed = "",
    *,
    wish: Wish,
) -> None:
    """Make a copy for release (pseudonymised): a new file without what the rules take away.

    The database is only read. The copy is built table by table, checked and searched for original values, and gets its
    name when none was found. Every copy goes into a register: “steward privacy releases”.
    """
    if (to is None) is not in_place:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Where to?",
            hint="Give --to COPY for a copy, or --in-place for the database itself. Nothing was changed.",
        )
    part = _subset(table, fraction, where)
    with keeping(database) as catalog:
        operation = (
            _copy(catalog, database, to, _Words(rules, part, key), analyze=analyze)
            if to is not None
            else _in_place(
                catalog, database, _Words(rules, part, key), keep_days, point_ends=not keep_by_rules
            )
        )
        carry_out(operation, replace(wish, typed=typed))


@dataclass(frozen=True, slots=True)
class _Words:
    """By which rules, of which rows, with which key; "" and None as the policy says."""

    rules: str
    subset: Subset | None
    key: str

    def asked(self) -> dict[str, Any]:
        return {"rules": self.rules, "subset": self.subset, "key": self.key}


def _copy(catalog: Catalog, database: Path, to: Path, words: _Words, *, analyze: bool) -> Operation:
    from steward_app.services.operation import Confirmation
    from steward_app.services.privacy.anonymize import copy

    return Operation(
        name=copy.MakeRelease.name,
        database=database,
        plan=lambda context: copy.plan_copy(catalog, database, to, context, analyze=analyze, **words.asked()),
        apply=lambda plan, context: copy.make_copy(catalog, plan, context, Confirmation.of(plan)),
        rehearse=lambda plan, context: copy.rehearse_copy(catalog, plan, context),
        warns=True,
        more=_print_risks,
    )


def _in_place(
    catalog: Catalog, database: Path, words: _Words, keep_days: int, *, point_ends: bool
) -> Operation:
    from steward_app.services.operation import Confirmation
    from steward_app.services.privacy.anonymize import in_place

    return Operation(
        name=in_place.AnonymizeInPlace.name,
        database=database,
        plan=lambda context: in_place.plan_in_place(
            catalog, database, context, keep_days=keep_days, point_ends=point_ends, **words.asked()
        ),
        apply=lambda plan, context: in_place.anonymize_in_place(
            catalog, plan, context, Confirmation.of(plan)
        ),
        rehearse=lambda plan, context: in_place.rehearse_in_place(catalog, plan, context),
        warns=True,
        more=_print_risks,
    )


def _print_risks(out: Printer, receipt: Receipt) -> None:
    from steward_app.cli.privacy.copy_risk import print_risks
    from steward_app.services.privacy.anonymize.model import CopyRisk

    kept: Any = (receipt.result or {}).get("risks", [])
    print_risks(out, [CopyRisk.from_json(each) for each in kept])


def _subset(table: str, fraction: float | None, where: str) -> Subset | None:
    from steward_app.services.privacy.rules import Subset

    if not table and fraction is None and not where:
        return None
    if not table or (fraction is None) is not bool(where):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Which rows?",
            hint="Give --table with --fraction, or with --where. Nothing was changed.",
        )
    if fraction is not None and not 0 < fraction <= 1:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A share is above 0 and at most 1.",
            hint="0.1 is a tenth. Nothing was changed.",
        )
    return Subset(table, fraction, where)
