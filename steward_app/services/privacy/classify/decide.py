"""Deciding what columns are: one or many at once, by hand or by what a scan proposes, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.policy import PolicyDocument, read_policy
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import database_id
from steward_app.services.operation import Confirmation, run
from steward_app.services.privacy.classify import stated
from steward_app.services.privacy.classify.carry import CarryRenames
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Statement, stated_id
from steward_app.services.privacy.classify.operation import Classify, ClassifyRequest
from steward_app.services.privacy.classify.responsible import StateController
from steward_app.services.privacy.discover.model import ColumnScan, Scan, Verdict
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Place
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.storage import process

_UNCHANGED = "Nothing was decided."
_LINKED = ("type", "identifies", "category", "origin", "belongs_to")


def plan_decision(
    catalog: Catalog, path: Path, statements: Sequence[Statement], context: Context, *, title: str = ""
) -> Plan:
    """Plan to say what columns, paths or tables are. What was said of them before goes, and comes back by the undo.

    Args:
        statements: in the words of the policy; who decides, and when, is added.

    Raises:
        UsageError: a table, column or type that is not there, no reason, or a policy that cannot be understood.
    """
    with open_read(path, context) as session, session.under(context):
        schema = read_schema(session, context)
    who: dict[str, Json] = {"decided_by": process.user(), "decided_on": clock.now().date().isoformat()}
    signed = tuple(
        Statement(each.place, {**each.said, **(who if each.place.column and each.said else {})})
        for each in (_checked(each, schema) for each in statements)
    )
    return _plan(catalog, path, signed, context, title)


def plan_withdrawal(catalog: Catalog, path: Path, places: Iterable[Place], context: Context) -> Plan:
    """Plan to take back what was decided about places; of columns that are gone, too.

    Raises `UsageError` where nothing was decided about one of them.
    """
    document = read_policy(path)
    asked = tuple(dict.fromkeys(places))
    for place in asked:
        if not stated.said(document, place):
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"Nothing was decided about {quoted(stated_id(place))}.",
                hint=_UNCHANGED,
            )
    return _plan(catalog, path, tuple(Statement(place, {}) for place in asked), context, "")


def plan_confirmation(
    catalog: Catalog,
    path: Path,
    scan: Scan,
    context: Context,
    *,
    places: Sequence[Place] | None = None,
    min_confidence: float = 0.0,
) -> Plan | None:
    """Plan to decide as a scan proposes. None where there is nothing to confirm.

    Args:
        places: which; None for all that nobody decided about. Named ones are confirmed whatever was decided before.
        min_confidence: from 0 to 1; what the scan is less sure of is left out.

    Raises `UsageError` for a place of which the scan proposes nothing.
    """
    if places is None:
        decided = classification(path)
        found = [each for each in scan.columns if proposes(each) and decided.at(each.place) is None]
    else:
        found = [_proposal(scan, place) for place in places]
    sure = [each for each in found if each.confidence >= min_confidence]
    if not sure:
        return None
    title = f"Confirm {plural(len(sure), 'column')}"
    return plan_decision(catalog, path, [proposal(each) for each in sure], context, title=title)


def carry_out(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry out a plan of this package: decisions, withdrawals, renames, who is responsible.

    Raises `Refused` where another operation works on this database, or the policy was changed since the plan; else as
    `run` does.
    """
    operation = next(each for each in undoable() if each.name == plan.operation)
    return run(operation, plan, catalog, context, confirmation=confirmation)


def decide(
    catalog: Catalog, path: Path, statements: Sequence[Statement], context: Context, *, title: str = ""
) -> Receipt:
    """Plan it and carry it out: what undoing takes back needs no confirmation. Raises as these do."""
    return carry_out(catalog, plan_decision(catalog, path, statements, context, title=title), context)


def withdraw(catalog: Catalog, path: Path, places: Iterable[Place], context: Context) -> Receipt:
    """Plan it and carry it out. Raises as these do."""
    return carry_out(catalog, plan_withdrawal(catalog, path, places, context), context)


def undoable() -> tuple[Classify, CarryRenames, StateController]:
    """The operations of this package, which their inverse undoes, and which a crash may leave open."""
    return Classify(), CarryRenames(), StateController()


def proposes(column: ColumnScan) -> bool:
    """Whether a scan says what a column is, and that it is about a person; not of one that has no name."""
    return column.verdict is Verdict.PERSONAL and bool(column.kind and column.place.column)


def proposal(column: ColumnScan) -> Statement:
    """What a scan proposes, as it would stand in the policy: everything said, so that a reader needs no other list."""
    words: dict[str, Json] = {**of_kind(column.kind), "belongs_to": list(column.subject or ())}
    return Statement(column.place, {word: value for word, value in words.items() if value})


def of_kind(name: str) -> dict[str, Json]:
    """What a type says, in the words of the policy. Raises `UsageError` for one that is not known."""
    kind = kinds().get(name)
    if kind is None:
        raise _unknown_kind(name)
    return {
        "type": kind.name,
        "identifies": str(kind.identifies),
        "category": str(kind.category),
        "level": str(kind.level),
        "origin": str(kind.origin),
    }


def with_changes(document: PolicyDocument, place: Place, changes: Mapping[str, Json]) -> Statement:
    """What is to be said of a place when some words change: "" takes a word back.

    A place that becomes personal loses its reason for not being so, and the other way round. Raises `UsageError` for an
    empty reason where there is none to take back.
    """
    before = stated.said(document, place)
    if changes.get("not_personal") == "" and "not_personal" not in before:
        raise _no_reason(place)
    if changes.get("not_personal"):
        before = {word: value for word, value in before.items() if word not in _LINKED}
    elif any(changes.get(word) for word in _LINKED):
        before.pop("not_personal", None)
    said = {**before, **changes}
    return Statement(place, {word: value for word, value in said.items() if value not in ("", [], None)})


def _plan(
    catalog: Catalog, path: Path, statements: tuple[Statement, ...], context: Context, title: str
) -> Plan:
    request = ClassifyRequest(path, database_id(catalog, path, context), statements, title=title)
    return Classify().plan(request, context)


def _proposal(scan: Scan, place: Place) -> ColumnScan:
    found = scan.at(place)
    if found is None or not proposes(found):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The scan proposes nothing for {quoted(stated_id(place))}.",
            hint=f"{_UNCHANGED} Say yourself what it is.",
        )
    return found


def _checked(statement: Statement, schema: Schema) -> Statement:
    """The statement with the names as the file writes them."""
    place, words = statement.place, statement.said
    table = schema.table(place.table)
    column = table.column(place.column) if table is not None and place.column else None
    if table is None or (place.column and column is None):
        what = f"no column {quoted(stated_id(place))}" if table else f"no table {quoted(place.table)}"
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT, f"There is {what} in {quoted(Path(schema.path).name)}.", hint=_UNCHANGED
        )
    if words.get("type") and words["type"] not in kinds():
        raise _unknown_kind(str(words["type"]))
    if "not_personal" in words and not str(words["not_personal"]).strip():
        raise _no_reason(place)
    if words.get("not_personal") and any(words.get(word) for word in _LINKED):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(stated_id(place))} is personal, or not linked to a person, never both.",
            hint=_UNCHANGED,
        )
    for name in _names(words.get("belongs_to")):
        if table.column(name) is None:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There is no column {quoted(name)} in {quoted(table.name)}.",
                hint=_UNCHANGED,
            )
    return Statement(Place(table.name, column.name if column else "", place.path), words)


def _names(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _no_reason(place: Place) -> UsageError:
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"That {quoted(stated_id(place))} is not linked to a person needs a reason.",
        hint=_UNCHANGED,
    )


def _unknown_kind(name: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"{quoted(name)} is no type of personal data.",
        hint=f"{_UNCHANGED} “steward privacy kinds” lists them.",
    )
