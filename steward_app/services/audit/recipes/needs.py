"""What several kinds of recipes ask of a table before they are installed, and how they say no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from steward_app.db import Session, fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.recipes import names, times
from steward_app.services.audit.recipes.model import Form, NewColumn, Spec
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind, Trigger

UNCHANGED = "Nothing was changed."
_SWALLOWS = re.compile(r"\bRAISE\s*\(\s*(IGNORE|FAIL)\b", re.IGNORECASE)
_KINDS = {
    TableKind.VIEW: "is a view: it has no rows of its own",
    TableKind.VIRTUAL: "is a virtual table, on which SQLite allows no triggers",
    TableKind.SHADOW: "belongs to a virtual table, which writes to it as it likes",
    TableKind.SYSTEM: "belongs to SQLite, which allows no triggers on it",
}


@dataclass
class Needs:
    """What a recipe needs, as it is found out.

    Attributes:
        spec: with the names as the file writes them, and everything decided that was left open.
        columns: those that have to be added.
    """

    spec: Spec
    columns: list[NewColumn] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def say(
        self, code: str, table: Table, title: str, severity: Severity = Severity.WARNING, **more: object
    ) -> None:
        """Note what a steward should know first."""
        name, columns = str(more.pop("name", "")), more.pop("columns", ())
        kind = str(more.pop("kind", "trigger" if name else "table"))
        subject = Subject(kind, table.name, name, tuple(columns))  # type: ignore[arg-type]
        self.findings.append(Finding(f"recipe_{code}", severity, title, subject, **more))  # type: ignore[arg-type]

    def refuse(self, code: str, table: Table, title: str, **more: object) -> None:
        """Note why it cannot be installed."""
        self.say(code, table, title, Severity.ERROR, blocks=True, **more)


def named(names_of: Iterable[str]) -> str:
    """Names in a sentence."""
    return ", ".join(map(quoted, names_of))


def table_of(schema: Schema, name: str) -> Table:
    """A table by its name. Raises `UsageError` where it is not there."""
    found = schema.table(name)
    if found is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no table {quoted(name)}.",
            hint=f"{UNCHANGED} “steward schema show” lists the tables.",
        )
    return found


def column_of(table: Table, name: str) -> Column:
    """A stored column by its name. Raises `UsageError` where it is not there, or computed from others."""
    found = table.column(name)
    if found is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(table.name)} has no column {quoted(name)}.",
            hint=f"{UNCHANGED} Its columns: {named([each.name for each in table.columns][:20])}.",
        )
    if found.generated is not Generated.NO:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(found.name)} of {quoted(table.name)} is computed from others, and is not stored.",
            hint=UNCHANGED,
        )
    return found


def fits_a_trigger(needs: Needs, table: Table, schema: Schema, *, written: bool = False) -> bool:
    """Whether triggers can stand on a table at all; else the reason is noted.

    Args:
        written: the triggers write to the table itself.
    """
    why = _KINDS.get(table.kind, "")
    if table.ours:
        why = "is a record of this program"
    elif table.problem:
        why = f"cannot be used: {table.problem}"
    elif not why:
        shape = shape_of(table, schema)
        if any(each.code in ("audit_unusable", "audit_no_key") for each in shape.findings if each.blocks):
            why = "has rows that cannot be named: columns took all three names of the rowid"
        elif written and fold(table.name) in names.RESERVED:
            why = f"is called {quoted(table.name)}, which means a row inside a trigger"
    if why:
        needs.refuse("table", table, f"{quoted(table.name)} {why}")
    return not why


def time_column(
    needs: Needs, session: Session, table: Table, column: str, form: Form | None
) -> tuple[str, Form]:
    """The column that is to hold a moment, as the file writes it, and how moments stand in it.

    Where it is not there, it is to be added. What does not fit is noted.

    Raises `UsageError` where the values do not say how moments are written, and nobody else did.
    """
    found = table.column(column)
    if found is None:
        chosen = form or Form.ISO
        needs.columns.append(NewColumn(table.name, column, times.TYPES[chosen]))
        _tell_of_new_column(needs, table, column)
        return column, chosen
    column_of(table, column)
    forms = times.forms_in(session, table, found.name)
    known = [each for each in forms if each is not None]
    if form is None and (len(forms) > 1 or None in forms):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The values of {quoted(found.name)} in {quoted(table.name)} do not say how moments are written there.",
            hint=f"{UNCHANGED} Say it: {', '.join(f'{each} ({times.EXAMPLES[each]})' for each in Form)}.",
        )
    chosen = form or (known[0] if known else times.default_form(found))
    if not times.fits(chosen, found, strict=table.strict):
        needs.refuse(
            "form",
            table,
            f"{quoted(found.name)} of {quoted(table.name)} does not keep {times.EXAMPLES[chosen]} as it is written",
            detail=f"Its type is {found.declared_type or 'none'}.",
            columns=(found.name,),
            kind="column",
        )
    elif forms - {chosen}:
        needs.say(
            "other_form",
            table,
            f"{quoted(found.name)} of {quoted(table.name)} has values that are written otherwise",
            detail=f"From now on moments are written as {times.EXAMPLES[chosen]}; what stands there stays as it is.",
            columns=(found.name,),
            kind="column",
        )
    _refuse_keys(needs, table, found)
    return found.name, chosen


def _refuse_keys(needs: Needs, table: Table, column: Column) -> None:
    named = {fold(term.name) for index in table.indexes if index.unique for term in index.columns}
    named |= {fold(name) for key in table.foreign_keys for name in key.columns}
    if column.key_position or fold(column.name) in named:
        needs.refuse(
            "key_column",
            table,
            f"{quoted(column.name)} of {quoted(table.name)} is part of a key",
            detail="A trigger that writes to it could displace another row, or point to one that is not there.",
            columns=(column.name,),
            kind="column",
        )


def _tell_of_new_column(needs: Needs, table: Table, column: str) -> None:
    needs.say(
        "new_column",
        table,
        f"{quoted(table.name)} gets a column {quoted(column)}",
        detail="A program that inserts without naming columns (INSERT INTO ... VALUES) fails from then on, and one that"
        " selects * gets one column more.",
        columns=(column,),
        kind="column",
    )


def others(table: Table) -> Iterator[Trigger]:
    """The triggers on a table that are not of this program."""
    for each in table.triggers:
        if not fold(each.name).startswith("_steward_"):
            yield each


def tell_of_swallowing(needs: Needs, table: Table) -> None:
    """Triggers of others that may keep an AFTER trigger of ours from being asked."""
    for each in others(table):
        if each.timing == "AFTER" and _SWALLOWS.search(each.sql):
            needs.say(
                "swallows",
                table,
                f"The trigger {quoted(each.name)} ends with RAISE(IGNORE) or RAISE(FAIL)",
                detail="Were it made again, it would run before ours and could keep it from running. “steward audit"
                " status” then says so.",
                name=each.name,
            )


def tell_of_nesting(needs: Needs, table: Table) -> None:
    """Triggers of others that insert into the table while a row is being inserted into it."""
    for each in others(table):
        if each.timing == "BEFORE" and each.event == "INSERT" and writes(each, table):
            needs.say(
                "nested_insert",
                table,
                f"The trigger {quoted(each.name)} writes to {quoted(table.name)} before each INSERT",
                detail="A row that a REPLACE displaces while that trigger inserts another one is not noticed.",
                name=each.name,
                remedies=("Make it an AFTER trigger.",),
            )


def writes(trigger: Trigger, table: Table) -> bool:
    """Whether a trigger writes to a table."""
    return any(fold(name) == fold(table.name) for name, _ in trigger.writes)


def spec_with(needs: Needs, **changed: object) -> None:
    """Decide something that was left open."""
    needs.spec = replace(needs.spec, **changed)  # type: ignore[arg-type]


def add_column_sql(column: NewColumn) -> str:
    """The statement that adds a column."""
    return f"ALTER TABLE {quote(column.table)} ADD COLUMN {quote(column.name)} {column.type}"
