"""Some rows of a table: those in which a column has one word, as tables of keys and values have many."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.db import quote


@dataclass(frozen=True, slots=True, order=True)
class Among:
    """The rows in which `column` has `word`, whatever the encoding of the word is."""

    column: str
    word: str

    @property
    def sql(self) -> str:
        """A condition on rows of the table, with the values of `bound` to bind."""
        return f"{quote(self.column)} IN (?, CAST(? AS TEXT))"

    @property
    def bound(self) -> tuple[str, bytes]:
        """What the condition asks for: the word, and the word as a program writes it that knows no UTF-8."""
        return self.word, self.word.encode("cp1252", "replace")
