"""How moments are written in a column: by a trigger, and read again."""

from __future__ import annotations

from steward_app.db import Session, qualified, quote
from steward_app.services.audit.engine.pens import AT
from steward_app.services.audit.recipes.model import Form
from steward_app.services.schema.model import Column, Table

NOW = {
    Form.ISO: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    Form.DATETIME: "strftime('%Y-%m-%d %H:%M:%S', 'now')",
    Form.UNIX: "CAST(strftime('%s', 'now') AS INTEGER)",
    Form.UNIX_MS: AT,
    Form.JULIAN: "julianday('now')",
}
"""SQL for the moment the statement began, the same for all its rows."""
TYPES = {
    Form.ISO: "TEXT",
    Form.DATETIME: "TEXT",
    Form.UNIX: "INTEGER",
    Form.UNIX_MS: "INTEGER",
    Form.JULIAN: "REAL",
}
"""The type of a column that is made for it."""
EXAMPLES = {
    Form.ISO: "2026-11-20T21:31:24.123Z",
    Form.DATETIME: "2026-11-20 21:31:24",
    Form.UNIX: "1795210284",
    Form.UNIX_MS: "1795210284123",
    Form.JULIAN: "2461365.3968",
}
_DAYS = {
    Form.ISO: "CASE WHEN typeof({0}) = 'text' THEN julianday({0}) END",
    Form.DATETIME: "CASE WHEN typeof({0}) = 'text' THEN julianday({0}) END",
    Form.UNIX: "CASE WHEN typeof({0}) IN ('integer', 'real') THEN {0} / 86400.0 + 2440587.5 END",
    Form.UNIX_MS: "CASE WHEN typeof({0}) IN ('integer', 'real') THEN {0} / 86400000.0 + 2440587.5 END",
    Form.JULIAN: "CASE WHEN typeof({0}) IN ('integer', 'real') THEN {0} END",
}
_TEXTS = frozenset({Form.ISO, Form.DATETIME})
_LOOKED_AT = 10_000
_DAY = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]"
_HOUR = "[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"


def days_sql(form: Form, cell_sql: str) -> str:
    """SQL for a stored moment as a Julian day; NULL where the value is none."""
    return _DAYS[form].format(cell_sql)


def fits(form: Form, column: Column, *, strict: bool) -> bool:
    """Whether a column keeps such values as they are written."""
    declared = column.declared_type.upper()
    if strict and declared != "ANY":
        wanted = {"TEXT": _TEXTS, "REAL": {Form.JULIAN}}.get(declared)
        return form in (wanted or {Form.UNIX, Form.UNIX_MS}) if declared != "BLOB" else False
    if form in _TEXTS:
        return True
    return column.affinity in (("REAL", "NUMERIC", "BLOB") if form is Form.JULIAN else _WHOLE)


_WHOLE = ("INTEGER", "NUMERIC", "BLOB")


def default_form(column: Column | None) -> Form:
    """What is written where no value says how: what the column's type asks for, else text."""
    if column is None or column.affinity in ("TEXT", "BLOB", "NUMERIC"):
        return Form.ISO
    return Form.JULIAN if column.affinity == "REAL" else Form.UNIX


def forms_in(session: Session, table: Table, column: str) -> frozenset[Form | None]:
    """The forms that the values of a column have; None among them where one has none of ours."""
    cell = quote(column)
    found = session.execute(
        "SELECT DISTINCT CASE"
        f" WHEN typeof(c) = 'text' AND c GLOB '{_DAY}T{_HOUR}*' THEN '{Form.ISO}'"
        f" WHEN typeof(c) = 'text' AND c GLOB '{_DAY} {_HOUR}*' THEN '{Form.DATETIME}'"
        f" WHEN typeof(c) = 'integer' AND c BETWEEN 100000000 AND 9999999999 THEN '{Form.UNIX}'"
        f" WHEN typeof(c) = 'integer' AND c BETWEEN 100000000000 AND 9999999999999 THEN '{Form.UNIX_MS}'"
        f" WHEN typeof(c) = 'real' AND c BETWEEN 2400000.0 AND 2500000.0 THEN '{Form.JULIAN}' END"
        f" FROM (SELECT {cell} AS c FROM {qualified(table.name)} WHERE {cell} IS NOT NULL LIMIT {_LOOKED_AT})"
    )
    return frozenset(Form(str(form)) if form is not None else None for (form,) in found)
