"""A column that comes under the name of a text in double quotes: SQLite takes it for the column from then on.

It looks at no row then: an index goes on with the values of the text, a rule is not held against the rows that are
there, and a computed column that is stored keeps what it was computed to. Of views and triggers, which hold no rows,
lint and the rehearsal tell it. https://www.sqlite.org/quirks.html#dblquote
"""

from __future__ import annotations

from contextlib import closing

from steward_app.db import Session, fold
from steward_app.db.migration_script import Refusal
from steward_app.db.script import Statement
from steward_app.db.skeleton import skeleton
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.acts import AddColumn, read_act
from steward_app.services.migrate.quoted_words import read_words

_HOLDING_ROWS = (
    "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = ? COLLATE NOCASE"
    " AND type IN ('table', 'index') AND sql IS NOT NULL"
)


def takes_a_text(session: Session, statement: Statement) -> Refusal | None:
    """Why a statement that is about to run would make a column of a text; None where it would not."""
    act = read_act(statement) if statement.verb == "ALTER" else None
    if not isinstance(act, AddColumn):
        return None
    wanted = fold(act.column)
    places = [
        (str(kind), fold(str(name)))
        for kind, name, sql in session.all(_HOLDING_ROWS, (act.table,))
        if _says(str(sql), wanted)
    ]
    if not places:
        return None
    with closing(skeleton(session, triggers=())) as empty:
        words = read_words(empty)
    for place in places:
        if place in words and wanted in map(fold, words[place].texts):
            return Refusal(
                f"{quoted(words[place].name)} has {quoted(act.column)} in double quotes as a text, and would take the"
                " new column for it.",
                "Give the column another name, or first write the text there in single quotes.",
                act.offset,
            )
    return None


def _says(sql: str, word: str) -> bool:
    """Whether a text has a word in double quotes."""
    return any(
        token.text.startswith('"') and fold(unquote(token.text)) == word
        for token in significant(tokenize(sql))
    )
