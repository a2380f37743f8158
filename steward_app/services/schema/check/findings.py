"""The finding behind a broken constraint: what it means in plain words, where the rows are, what can be done."""

from __future__ import annotations

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Key
from steward_app.services.schema.check.constraints import expected_type, link_rule
from steward_app.services.schema.check.model import Constraint, ConstraintKind
from steward_app.services.schema.model import Column, ForeignKey, Mismatch, Table

_CODES = {
    ConstraintKind.PRIMARY_KEY: "empty_primary_key",
    ConstraintKind.LINK: "foreign_key_orphans",
    ConstraintKind.UNIQUE: "unique_violations",
    ConstraintKind.CHECK: "check_violations",
    ConstraintKind.NOT_EMPTY: "not_null_violations",
    ConstraintKind.TYPE: "type_violations",
}

_MISMATCHES = {
    Mismatch.NO_TABLE: "the table {parent} does not exist",
    Mismatch.PARENT_IS_VIEW: "{parent} is a view, and a view has no keys",
    Mismatch.NO_COLUMN: "{parent} has no column of that name",
    Mismatch.NOT_UNIQUE: "nothing makes the columns of {parent} unique",
    Mismatch.COLUMN_COUNT: "it names another number of columns than the key of {parent} has",
    Mismatch.COLLATION: "the unique index of {parent} compares text otherwise than the column does",
    Mismatch.PARTIAL_INDEX: "the only unique index of {parent} covers some of its rows",
}


def broken(table: Table, constraint: Constraint, rows: int, keys: tuple[Key, ...], query: str) -> Finding:
    """The finding for rows that break a constraint."""
    title, detail, remedies = _words(table, constraint, rows)
    return Finding(
        code=_CODES[constraint.kind],
        severity=Severity.WARNING if constraint.kind is ConstraintKind.TYPE else Severity.ERROR,
        title=title,
        detail=detail,
        subject=_subject(constraint),
        count=rows,
        key_columns=table.key_columns if keys else (),
        sample_keys=keys,
        query=query,
        remedies=remedies,
    )


def mismatch(table: Table, key: ForeignKey) -> Finding:
    """The finding for a foreign key that SQLite cannot use."""
    why = mismatch_words(key)
    writes = f"a program that turns foreign keys on cannot add a row to {quoted(table.name)}"
    hinders = "" if key.mismatch is Mismatch.NO_TABLE else f", nor delete one of {quoted(key.parent)}"
    return Finding(
        code="foreign_key_mismatch",
        severity=Severity.ERROR,
        title=f"The link from {quoted(table.name)} to {quoted(key.parent)} cannot work: {why}",
        detail=f"SQLite accepts such a link when a table is made and fails when it is used: {writes}{hinders}.",
        subject=Subject("foreign key", table.name, key.name or link_rule(key), key.columns),
        remedies=(
            "Ask whoever maintains the program which table and column were meant.",
            "Bring the table back from a restore point, if it was dropped by mistake."
            if key.mismatch is Mismatch.NO_TABLE
            else "Give the parent columns a UNIQUE index, or point the link at its primary key, in a schema change.",
        ),
    )


def mismatch_words(key: ForeignKey) -> str:
    """Why SQLite cannot use a foreign key, as part of a sentence."""
    return _MISMATCHES[key.mismatch].format(parent=quoted(key.parent))


def _subject(constraint: Constraint) -> Subject:
    kind = {"link": "foreign key", "not empty": "column", "type": "column"}.get(
        constraint.kind, constraint.kind
    )
    return Subject(kind, constraint.table, constraint.name or constraint.rule, constraint.columns)


def _words(table: Table, constraint: Constraint, rows: int) -> tuple[str, str, tuple[str, ...]]:
    here, many = quoted(table.name), plural(rows, "row")
    it = rows == 1
    match constraint.kind:
        case ConstraintKind.LINK:
            key = next(key for key in table.foreign_keys if key.id == constraint.number)
            return _orphans(table, key, rows)
        case ConstraintKind.CHECK:
            return (
                f"{many} of {here} {'breaks' if it else 'break'} the rule {quoted(constraint.rule)}",
                "The rule was added after the rows, or a program turned checks off while it wrote them.",
                (
                    "Look at the rows and correct the values.",
                    "If the rows are right, the rule is wrong: change it.",
                ),
            )
        case ConstraintKind.UNIQUE:
            return (
                f"{plural(rows, 'value')} of {here} ({constraint.rule}) {'stands' if it else 'stand'} more than once",
                "SQLite forbids this; the index that forbids it is damaged or was bypassed.",
                ("Run the integrity check.", "Restore the table from a point made before the damage."),
            )
        case ConstraintKind.TYPE:
            column = table.column(constraint.columns[0])
            expected = expected_type(table, column) if column else ""
            return (
                f"{many} of {here} {'holds' if it else 'hold'} something else than {_article(expected)} "
                f"in {quoted(constraint.columns[0])}",
                f"The column is declared {quoted(column.declared_type if column else '')}, which SQLite takes as a "
                "wish: sums, sorting and comparisons treat these values as text.",
                ("Correct the values.", _strict_remedy(column)),
            )
        case _:
            columns = ", ".join(constraint.columns)
            return (
                f"{many} of {here} {'has' if it else 'have'} no value in {quoted(columns)}, which must not be empty",
                "Rows written before the rule, or a key that SQLite lets be empty because the table is not STRICT."
                if constraint.kind is ConstraintKind.PRIMARY_KEY
                else "The rows are older than the rule, or the rule was changed behind SQLite's back.",
                ("Fill the values in.", "If a row is a leftover, delete it once a restore point is proven."),
            )


def _orphans(table: Table, key: ForeignKey, rows: int) -> tuple[str, str, tuple[str, ...]]:
    here, there = quoted(table.name), quoted(key.parent)
    no_table = key.mismatch is Mismatch.NO_TABLE
    title = f"{plural(rows, 'row')} of {here} {'points' if rows == 1 else 'point'} to a row of {there} that is gone"
    if no_table:
        title = f"{plural(rows, 'row')} of {here} {'points' if rows == 1 else 'point'} to {there}, which does not exist"
    detail = (
        "A program that had foreign keys turned off deleted or changed the parent rows, or wrote these rows "
        "without them. SQLite checks links only for programs that ask for it."
    )
    remedies = [
        f"Bring the table {there} back from a restore point, if it was dropped by mistake."
        if no_table
        else f"Bring the missing rows of {there} back from a restore point, if they were deleted by mistake.",
        "Point the rows to the right parent, if it was given another key.",
    ]
    columns = [table.column(name) for name in key.columns]
    if all(column is not None and not column.not_null for column in columns):
        remedies.append("Empty the link: the rows stay and belong to nothing.")
    remedies.append("Delete the rows, if they mean nothing without their parent; a restore point first.")
    return title, detail, tuple(remedies)


def _strict_remedy(column: Column | None) -> str:
    """STRICT knows six types; a column of any other must get one of them first."""
    if column is not None and column.declared_type.upper() in (
        "INT",
        "INTEGER",
        "REAL",
        "TEXT",
        "BLOB",
        "ANY",
    ):
        return "Make the table STRICT once they are right, and SQLite will hold to it."
    return (
        "Once they are right, give the column the type INTEGER, REAL or TEXT and make the table STRICT: then SQLite "
        "will hold to it."
    )


def _article(expected: str) -> str:
    return {
        "integer": "a whole number",
        "real": "a number",
        "number": "a number",
        "date or number": "a date",
    }.get(expected, expected)
