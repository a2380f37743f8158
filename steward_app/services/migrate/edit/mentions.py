"""Names in double quotes, followed through edits: where one is a name no more, SQLite takes it for a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from steward_app.db import WriteSession
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.quoted_words import Place, Words, all_become_texts, read_words
from steward_app.services.schema.model import Schema


@dataclass(slots=True)
class Mentions:
    """What words in double quotes were before all edits.

    Attributes:
        words: by the names of the objects then.
        called: what a table was called then, by its folded name now; only those with another name.
    """

    words: dict[Place, Words]
    called: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, empty: WriteSession, schema: Schema) -> Mentions:
        return cls(read_words(empty, schema.unusable))

    def renamed(self, table: str, name: str) -> None:
        """Follow a table to its new name."""
        self.called[fold(name)] = self.called.pop(fold(table), fold(table))

    def lost(self, empty: WriteSession, schema: Schema) -> tuple[tuple[str, str], ...]:
        """What goes on with a text where it had a name: the object, and the word."""
        now = {
            (kind, self.called.get(name, name) if kind == "table" else name): words
            for (kind, name), words in read_words(empty, schema.unusable).items()
        }
        return tuple((now[at].name, words[0]) for at, words in all_become_texts(self.words, now).items())


def require_no_texts(lost: Sequence[tuple[str, str]]) -> None:
    """Raise `UsageError` where a name in double quotes would be a text from then on."""
    if not lost:
        return
    word = lost[0][1]
    those = ", ".join(quoted(name) for name, each in lost if fold(each) == fold(word))
    raise UsageError(
        ErrorCode.BAD_SQL,
        f"{quoted(word)} is named in double quotes in {those}, where SQLite would take it for a text without the"
        " column.",
        hint="Nothing was changed. Change that first. A column that a view takes from another view keeps its name"
        " where that one gives it: a AS a.",
    )
