"""The rows of an audited table as they are now, with the columns whose values the log keeps."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import quote
from steward_app.kernel.values import Row
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import encoding
from steward_app.services.audit.seals.records import Form

_LEAST = -(2**63)


class LiveRows:
    """Reads an audited table itself. A row is its number (None where the key names it), then the kept columns.

    Args:
        name: of the table by now, where it is not the one it was put under audit with.
    """

    def __init__(self, values: Values, audited: AuditedTable, form: Form, *, name: str = "") -> None:
        self._values = values
        self._form = form
        self.name = name or audited.name
        kept = [quote(audited.columns[place].name) for place in form.layout.kept]
        number = quote(audited.rowid) if form.by_rowid else "NULL"
        self._terms = [number, *kept]
        self._all = f"FROM {quote(self.name)} WHERE {number} >= ? ORDER BY {number}"
        named = [quote(audited.columns[place].name) for place in form.layout.key]
        self._key = [number] if form.by_rowid else named

    @property
    def comparable(self) -> bool:
        """Whether the table is there and still has every column that the log keeps."""
        known = self._values.session.all("SELECT name FROM pragma_table_xinfo(?, 'main')", (self.name,))
        present = {quote(str(name)) for (name,) in known}
        return bool(present) and all(term in present for term in self._terms[1:])

    def every(self) -> Iterator[Row]:
        """All rows; in the order of their numbers where those name them."""
        if not self._form.by_rowid:
            return self._values.exactly(self._terms, f"FROM {quote(self.name)} NOT INDEXED")
        return self._values.rows(self._terms, self._all, _LEAST)

    def row(self, key: Row) -> Row | None:
        """The row of exactly this key; a key that only compares equal (`a` for `A`) is another one."""
        texts = [self._values.stored(value) for value in key]
        marks = ("?" if text is None else "CAST(? AS TEXT)" for text in texts)
        same = " AND ".join(f"{term} IS {mark}" for term, mark in zip(self._key, marks, strict=True))
        bound = [value if text is None else text for value, text in zip(key, texts, strict=True)]
        rows = self._values.some(self._terms, f"FROM {quote(self.name)} WHERE {same}", *bound)
        found = next(iter(rows), None)
        if found is None or encoding.encoded(self.key_of(found)) != encoding.encoded(key):
            return None
        return found

    def key_of(self, row: Row) -> Row:
        """What names a row."""
        if self._form.by_rowid:
            return row[:1]
        return tuple(row[1 + self._form.layout.kept.index(place)] for place in self._form.layout.key)
