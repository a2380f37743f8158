"""What statements that take others back do not bring back to the letter: texts that say the same, and statistics.

SQLite renames a table by writing its name in double quotes wherever it stands, and puts a rule back at the end. To have
the old letters the rows would have to be written anew, which nobody wants of a large table for a pair of quotes: so the
file that takes back says what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from difflib import SequenceMatcher
from typing import TypeAlias

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import qualified
from steward_app.db.runner import unenforced
from steward_app.db.script import ended
from steward_app.db.skeleton import skeleton
from steward_app.db.tokens import Category, tokenize
from steward_app.kernel.text import quoted, visible

Texts: TypeAlias = Mapping[tuple[str, str], str]

_TEXTS = "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'"
_STATISTICS = "sqlite_stat1"
_MOST_TOLD, _LONGEST = 4, 60
_EXACT = (
    "To have these letters back, too: delete this file before taking the migration back, and the restore point made"
    " before it is brought back instead. It takes along what was written since."
)


def remarks_of_way_back(session: Session, there: Sequence[str], back: Sequence[str] | None) -> list[str]:
    """What the file that takes statements back says of itself; () where everything comes back to the letter.

    Args:
        session: the file before all of them; its schema and which statistics it has are read.
        there, back: the statements, and those that take them back.
    """
    told = list(_differences(session, there, back)) if back is not None else []
    if not told:
        return []
    return ["", "What it does not bring back to the letter:", *(f"* {each}" for each in told), _EXACT]


def _differences(session: Session, there: Sequence[str], back: Sequence[str]) -> Iterator[str]:
    with closing(skeleton(session)) as empty:
        take_statistics(empty, session)
        before, counted = _texts(empty), _counted(empty)
        try:
            with unenforced(empty), in_sqlites_words():
                for statement in (*there, *back):
                    empty.run(ended(statement))
        except SqliteSays as says:
            yield f"It was not tried: {says}."
            return
        after, left = _texts(empty), _counted(empty)
    for (kind, name), text in before.items():
        now = after.get((kind, name), "")
        if text != now:
            yield f"{kind} {quoted(name)}: {_told(text, now)}"
    for index in sorted(counted - left):
        yield f"the statistics of {quoted(index)}, until ANALYZE counts it again"


def take_statistics(empty: WriteSession, session: Session) -> None:
    """Have an empty copy know of which indexes the file has statistics: what goes with an index is seen there then."""
    found = "SELECT 1 FROM main.sqlite_schema WHERE name = ?"
    if session.value(found, (_STATISTICS,)) is None:
        return
    empty.run("ANALYZE")
    for row in session.all(f"SELECT DISTINCT tbl, idx FROM {qualified(_STATISTICS)} WHERE idx IS NOT NULL"):
        empty.run(f"INSERT INTO {qualified(_STATISTICS)} (tbl, idx) VALUES (?, ?)", row)


def _counted(empty: Session) -> set[str]:
    if empty.value("SELECT 1 FROM main.sqlite_schema WHERE name = ?", (_STATISTICS,)) is None:
        return set()
    return {str(index) for (index,) in empty.all(f"SELECT idx FROM {qualified(_STATISTICS)}") if index}


def _texts(session: Session) -> Texts:
    return {(str(kind), str(name)): str(sql) for kind, name, sql in session.all(_TEXTS)}


def _told(before: str, after: str) -> str:
    """What differs: "kid is “kid” then"."""
    if not after:
        return "it is called otherwise then"
    one, other = (
        tuple(t.text for t in tokenize(text) if t.category is not Category.SPACE) for text in (before, after)
    )
    changes = [
        (" ".join(one[a:b]), " ".join(other[c:d]))
        for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    if not changes:
        return "spaces"
    said = [f"{_shown(was)} → {_shown(now)}" for was, now in changes[:_MOST_TOLD]]
    return "; ".join(dict.fromkeys(said)) + (" …" if len(changes) > _MOST_TOLD else "")


def _shown(text: str) -> str:
    return visible(text, _LONGEST) if text else "nothing"
