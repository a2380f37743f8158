"""Whether a table as it is now takes a value of then."""

from __future__ import annotations

from steward_app.db import quote
from steward_app.services.schema.model import Table


def misfit_sql(now: Table, then: str, name: str) -> str:
    """That the table as it is now does not take a value of a row `i`: NULL, or in a STRICT table another type."""
    column, value = now.column(name), f"i.{quote(then)}"
    if column is None or column.rowid_alias:
        return ""
    rules = [f"{value} IS NULL"] if column.not_null else []
    if now.strict:
        text = f"typeof({value}) = 'text'"
        not_whole = f"{text} AND CAST(CAST({value} AS INTEGER) AS TEXT) <> {value} COLLATE BINARY"
        number = f"{text} AND typeof({value} + 0) = 'integer' AND CAST({value} + 0 AS TEXT) <> {value} COLLATE BINARY"
        rules += {
            "INT": [f"typeof({value}) = 'blob'", not_whole, f"CAST({value} AS INTEGER) <> {value}"],
            "REAL": [f"typeof({value}) = 'blob'", number],
            "TEXT": [f"typeof({value}) = 'blob'"],
            "BLOB": [f"typeof({value}) NOT IN ('blob', 'null')"],
        }.get(column.declared_type.upper().removesuffix("EGER"), [])
    return " OR ".join(f"({rule})" for rule in rules)


def autoincrement(table: Table | None) -> bool:
    """Whether a number is never given twice in a table."""
    return table is not None and any(column.autoincrement for column in table.columns)
