"""Texts of a row that are looked up together are read as one text, which SQLite joins: it is found in memory at once.

Between them stands a sign that is in none of them. Where it is in one, or where a value is no text, rows are read
column by column again, from there to the end of the table. One text is never longer than SQLite takes: it is shorter
than the row as it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.transform.cells import Remembering
from steward_app.services.privacy.transform.model import Column

_BETWEEN = "\x1f"
_BETWEEN_SQL = "char(31)"


class _NotJoined(Exception):
    """Rows have values that cannot be told from one text."""


class Joined:
    """Rows of a table, some columns of which are one.

    Args:
        reads: SQL of all columns.
        places: of those that are joined.
        changed: what becomes of rows of these.
        size_of: bytes of such a row.

    Attributes:
        reads: what is read instead.
        failed: whether rows were found that cannot be joined.
    """

    def __init__(
        self,
        reads: Sequence[str],
        places: Sequence[int],
        changed: Callable[[Sequence[Row]], Sequence[Row]],
        size_of: Callable[[Row | str], int],
    ) -> None:
        self.places, self.failed = places, False
        self._others = [place for place in range(len(reads)) if place not in places]
        self._changed = changed
        self.remembering = Remembering(self._of_texts, size_of=size_of)
        texts = [reads[place] for place in places]
        are_texts = " AND ".join(f"typeof({each}) = 'text'" for each in texts)
        joined = f" || {_BETWEEN_SQL} || ".join(texts)
        self.reads = (*(reads[place] for place in self._others), f"CASE WHEN {are_texts} THEN {joined} END")

    def columns(self, rows: Sequence[Row]) -> list[Column] | None:
        """All columns in their order, those that are joined changed; then what was read besides.

        None where values cannot be told from one text.
        """
        read = list(zip(*rows, strict=True))
        try:
            changed = self.remembering(read.pop(len(self._others)))
        except _NotJoined:
            self.failed = True
            return None
        columns: dict[int, Column] = dict(zip(self._others, read, strict=False))
        columns.update(zip(self.places, zip(*changed, strict=True), strict=True))
        return [*(columns[place] for place in range(len(columns))), *read[len(self._others) :]]

    def _of_texts(self, texts: Sequence[str | None]) -> Sequence[Row]:
        between = len(self.places) - 1
        rows: list[tuple[SqlValue, ...]] = []
        for text in texts:
            if text is None or text.count(_BETWEEN) != between:
                raise _NotJoined
            rows.append(tuple(text.split(_BETWEEN)))
        return self._changed(rows)
