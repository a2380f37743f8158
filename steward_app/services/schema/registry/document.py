"""A table as JSON Schema: what a row of it is, as an object with a property for each column.

The model is closed: a table has the columns it has. A column that may be left out (NULL, a default, a number given by
SQLite, a computed value) is optional. JSON has no bytes: a BLOB is base64. What JSON Schema has no word for stands
under `x-` keywords: STRICT, CHECKs that no keyword says, UNIQUE and foreign keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from steward_app.db import fold, quote
from steward_app.db.tokens import significant, tokenize
from steward_app.kernel.plan import Json
from steward_app.services.schema.affinity import affinity
from steward_app.services.schema.model import Column, ForeignKey, Generated, Index, Table, TableKind
from steward_app.services.schema.registry.checks import (
    BINARY,
    NOT_NULL,
    Kept,
    Said,
    add,
    collated,
    evenly,
    read_check,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ANY: Final = ("number", "string")
_BY_AFFINITY: Final = {
    "INTEGER": ("integer",),
    "REAL": ("number",),
    "NUMERIC": ("number",),
    "TEXT": ("string",),
}


def is_registered(table: Table) -> bool:
    """Whether a table has a form to be registered: an ordinary table of the steward, under a name that is text."""
    return table.kind is TableKind.TABLE and not table.ours and _is_text(table.name)


def statements(table: Table) -> tuple[str, ...]:
    """What makes the table and its indexes, as the file stores it."""
    return (table.sql, *(index.sql for index in table.indexes if index.sql))


def document_of(table: Table) -> dict[str, Json]:
    """The JSON Schema of a row."""
    columns = [column for column in table.columns if not column.hidden]
    kept = [_kept(column, table) for column in columns]
    said, rules = _checks(table, kept)
    properties: dict[str, Json] = {}
    required: list[Json] = []
    for column in columns:
        mine = [each for each in said if each.column == column.name]
        nullable = not (
            column.not_null or column.rowid_alias or any(each.keyword == NOT_NULL for each in mine)
        )
        properties[column.name] = _property(column, table, mine, nullable=nullable)
        given = column.default is not None or column.rowid_alias or column.generated is not Generated.NO
        if not nullable and not given:
            required.append(column.name)
    found: dict[str, Json] = {"$schema": DIALECT, "title": table.name}
    if table.comment:
        found["description"] = table.comment
    found |= {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    all_rules: list[Json] = [*sorted({*rules, *_links(table)})]
    return found | {"x-strict": table.strict, "x-unique": _uniques(table), "x-rules": all_rules}


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kinds(column: Column, table: Table) -> tuple[tuple[str, ...], bool]:
    """The types of JSON that a column's declared type stands for, and whether a text may be, or is, a BLOB."""
    declared = column.declared_type.upper()
    by = affinity(column.declared_type, strict=table.strict)
    if by == "BLOB":
        return (("string",), True) if "BLOB" in declared else (_ANY, True)
    if by == "NUMERIC" and "BOOL" in declared:
        return ("integer",), False
    if by == "NUMERIC" and ("DATE" in declared or "TIME" in declared):
        return _ANY, False
    return _BY_AFFINITY[by], False


def _kept(column: Column, table: Table) -> Kept:
    kinds, blob = _kinds(column, table)
    return Kept(column.name, frozenset(kinds) | ({"bytes"} if blob else set()), column.collation)


def _property(column: Column, table: Table, said: list[Said], *, nullable: bool) -> dict[str, Json]:
    kinds, blob = _kinds(column, table)
    types: list[Json] = [*kinds, *(["null"] if nullable else [])]
    found: dict[str, Json] = {"type": types[0] if len(types) == 1 else types}
    if blob:
        found |= {"contentEncoding": "base64"} if len(kinds) == 1 else {"x-blob": True}
    for each in said:
        if each.keyword != NOT_NULL:
            add(found, each)
    listed = found.get("enum")
    if nullable and isinstance(listed, list):
        found["enum"] = [*listed, None]
    if column.generated is not Generated.NO:
        found["readOnly"] = True
    if column.declared_type:
        found["x-declared"] = column.declared_type
    if column.collation.upper() != BINARY:
        found["x-collation"] = column.collation.upper()
    if column.default is not None:
        found["x-default"] = column.default
    if column.comment:
        found["description"] = column.comment
    return found


def _checks(table: Table, kept: list[Kept]) -> tuple[list[Said], list[str]]:
    if not table.parsed:
        return [], [f"TEXT {evenly(significant(tokenize(table.sql)), {})}"]
    said: list[Said] = []
    rules: list[str] = []
    for check in table.checks:
        keywords, left = read_check(check.expression, kept)
        said += keywords
        rules += [f"CHECK ({text})" for text in left]
    return said, rules


def _uniques(table: Table) -> list[Json]:
    """The columns that no two rows have the same values in, for each such rule that holds for every row."""
    found = {tuple(sorted(_terms(index))) for index in table.indexes if index.unique and not index.where}
    found |= {(quote(column.name),) for column in table.columns if column.rowid_alias}
    return [list(each) for each in sorted(found)]


def _terms(index: Index) -> list[str]:
    return [
        collated(
            quote(term.name) if term.name else f"({evenly(significant(tokenize(term.expression)), {})})",
            term.collation,
        )
        for term in index.columns
    ]


def _links(table: Table) -> list[str]:
    """What each row must point to, and what no two rows of some may have the same of."""
    partial = [index for index in table.indexes if index.unique and index.where]
    return [
        *(f"UNIQUE {_group(_terms(index))} WHERE {_where(index, table)}" for index in partial),
        *(_link(key) for key in table.foreign_keys),
    ]


def _where(index: Index, table: Table) -> str:
    named = {fold(column.name): _kept(column, table) for column in table.columns}
    return evenly(significant(tokenize(index.where)), named)


def _link(key: ForeignKey) -> str:
    parent = quote(fold(key.parent))
    return (
        f"REFERENCES {parent} {_group(map(quote, key.parent_columns))} BY {_group(map(quote, key.columns))}"
    )


def _group(terms: Iterable[str]) -> str:
    return f"({', '.join(terms)})"
