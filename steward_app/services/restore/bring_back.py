"""Bringing back rows or a table: what the command line and the window call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import fold, quote
from steward_app.db.image import open_image
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key
from steward_app.services.backup import take_point
from steward_app.services.operation import Confirmation, run
from steward_app.services.operation import rehearse as rehearse_operation
from steward_app.services.restore.bring_model import BringRequest, Extent, Outlook
from steward_app.services.restore.compare import both
from steward_app.services.restore.pairs import ordinary, pair_of
from steward_app.services.restore.point_image import PointImage
from steward_app.services.restore.revert import Revert
from steward_app.services.restore.rows import RestoreRows, RestoreTable, require_known_point
from steward_app.services.rows.cells import stream_values
from steward_app.services.rows.filter import Filter, compile_filter
from steward_app.services.rows.order import Fragment, where
from steward_app.services.rows.parse import parse_where
from steward_app.services.rows.source import source_of
from steward_app.services.schema.introspect import read_schema


def undoable(catalog: Catalog) -> tuple[RestoreRows, RestoreTable, Revert]:
    """The operations of this module, for `operation.undo`."""
    return RestoreRows(catalog), RestoreTable(catalog), Revert(catalog)


def plan_bring(catalog: Catalog, request: BringRequest, context: Context) -> Plan:
    """Plan to bring rows or a table back. Raises as the operation's `plan` does."""
    return _operation(catalog, request.extent).plan(request, context)


def outlook(catalog: Catalog, request: BringRequest, context: Context) -> Outlook:
    """What would come of each table, and the conflicts, for choosing before a plan is made."""
    return _operation(catalog, request.extent).outlook(request, context)


def rehearse_bring(
    catalog: Catalog, plan: Plan, context: Context, *, of: PointImage | None = None
) -> Rehearsal:
    """Carry a plan out on a copy of the file, and tell what differs there. `of` as for `bring`."""
    plan = _from_image(catalog, plan, of)
    return rehearse_operation(_planned(catalog, plan), plan, catalog, context)


def bring(
    catalog: Catalog,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    of: PointImage | None = None,
) -> Receipt:
    """Carry a plan out. Raises as `operation.run` does.

    Args:
        of: the point's image as it is at hand now; without it, it is where it was when the plan was made.
    """
    plan = _from_image(catalog, plan, of)
    return run(
        _planned(catalog, plan), plan, catalog, context, confirmation=confirmation, take_point=take_point
    )


def keys_where(
    path: Path, image: Path, table: str, conditions: Sequence[str], context: Context
) -> tuple[Key, ...]:
    """The keys of the rows of then that meet conditions ("paid_at since 2026-11-01"), for `BringRequest.keys`.

    Raises `UsageError` for a condition that cannot be read or a table that was not there then.
    """
    with open_image(image) as session, session.under(context):
        schema = read_schema(session, context)
        found = schema.table(table)
        if found is None or found not in ordinary(schema):
            raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There was no table {quoted(table)} then.")
        source = source_of(found)
        chosen = where(
            compile_filter(Filter(tuple(parse_where(source.columns, each) for each in conditions)), source)
        )
        with readable(table):
            names = _key_names(path, image, found.name, context)
            terms = [f"{source.sql}.{name}" for name in names]
            rest = Fragment(f"FROM {source.sql}{chosen.sql}", chosen.bindings)
            return tuple(stream_values(session, terms, rest))


def _key_names(path: Path, image: Path, table: str, context: Context) -> list[str]:
    with both(path, image, context) as two:
        then = two.then.table(table)
        assert then is not None
        now = next((each for each in ordinary(two.now) if fold(each.name) == fold(table)), None)
        return [quote(name) for name in pair_of(two.session, 0, then, now).key]


def _operation(catalog: Catalog, extent: Extent) -> RestoreRows | RestoreTable:
    return RestoreRows(catalog) if extent is Extent.ROWS else RestoreTable(catalog)


def _planned(catalog: Catalog, plan: Plan) -> RestoreRows | RestoreTable:
    return RestoreRows(catalog) if plan.operation == RestoreRows.name else RestoreTable(catalog)


def _from_image(catalog: Catalog, plan: Plan, of: PointImage | None) -> Plan:
    if of is None:
        require_known_point(catalog, plan)
        return plan
    if plan.request.get("point") != of.point.id:
        raise Refused(
            ErrorCode.STALE_PLAN,
            f"This plan was made for another restore point than {of.point.id}.",
            hint="Nothing was changed. Give the point of the plan, or make the plan again.",
        )
    return replace(plan, request={**plan.request, "image": str(of.path.absolute())})
