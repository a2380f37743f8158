"""Types and values of Liquibase as its generators write them for SQLite."""

from __future__ import annotations

import re
from typing import Final

from steward_app.db.names import literal
from steward_app.services.migrate.adopt.changelog import Said

_TYPE = re.compile(r"\s*([\w. ]+?)\s*(?:\(([^()]*)\))?\s*", re.ASCII)
_DAY = re.compile(r"^(\d{4}-\d\d-\d\d)T(?=\d)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SAME_TYPE: Final = {
    "INTEGER": "int integer int4 serial serial4",
    "BOOLEAN": "boolean bit bool",
    "TEXT": "clob text longtext tinytext mediumtext nclob ntext longvarchar longnvarchar uuid uniqueidentifier datetime"
    " datetime2 smalldatetime timestamp timestamptz xmltype xml",
    "date": "date",
    "time": "time timetz",
    "BIGINT": "bigint int8 integer8 bigserial serial8",
    "SMALLINT": "smallint int2 smallserial",
    "NUMBER": "number numeric",
    "BLOB": "blob longblob longvarbinary varbinary binary image tinyblob mediumblob",
    "DOUBLE": "double",
    "FLOAT": "float real",
    "REAL": "currency money smallmoney",
    "VARCHAR": "varchar varchar2 character varying",
}
_KNOWN: Final = {alias: name for name, aliases in _SAME_TYPE.items() for alias in aliases.split(" ")}
_WITH_SIZE: Final = frozenset(
    {"BOOLEAN", "BIGINT", "SMALLINT", "NUMBER", "BLOB", "DOUBLE", "FLOAT", "VARCHAR"}
)
_OF_TEXT: Final = frozenset({"TEXT", "VARCHAR", "NVARCHAR", "CHAR", "NCHAR"})
_OF_NUMBERS: Final = frozenset({"INTEGER", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT"})


def declared(said: str) -> str:
    """A type as Liquibase writes it for SQLite."""
    found = _TYPE.fullmatch(said.strip())
    if found is None:
        return said.strip()
    name = found[1].lower().removeprefix("java.sql.types.").strip()
    name = name.removesuffix(" with time zone").removesuffix(" without time zone")
    name = name.removesuffix(" unsigned")
    known = _KNOWN.get(name, name.upper())
    size = ", ".join(each.strip() for each in found[2].split(",")) if found[2] else ""
    return f"{known}({size})" if size and (known in _WITH_SIZE or name not in _KNOWN) else known


def value_of(said: Said, prefix: str, kind: str) -> str | None:
    """A value as SQL, or None where there is none.

    Args:
        prefix: "value" or "defaultValue".
        kind: the type of its column as `declared` gives it, or "".
    """
    if computed := said.get(f"{prefix}Computed"):
        return computed
    if number := said.get(f"{prefix}Numeric"):
        number = re.sub(r"\.0+$", "", number)
        return literal(number) if kind.partition("(")[0] in _OF_TEXT else number
    if truth := said.get(f"{prefix}Boolean"):
        return "1" if truth.lower() in ("true", "1", "t") else "0"
    if moment := said.get(f"{prefix}Date"):
        return moment if re.match(r"(?i)current_|.*\(", moment) else literal(_DAY.sub(r"\1 ", moment))
    if prefix not in said.said:
        return None
    text = said.get(prefix)
    if text.lower() == "null":
        return "NULL"
    if kind == "BOOLEAN":
        return "1" if text.strip("'").lower() in ("true", "1", "t", "b'1'") else "0"
    if kind.partition("(")[0] in _OF_NUMBERS and _NUMBER.fullmatch(text):
        return re.sub(r"\.0+$", "", text)
    return literal(text)
