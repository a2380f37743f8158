"""The tables of the audit in a user's file, as SQL.

Names are not qualified: the same text serves triggers, where SQLite does not allow it. No table has a constraint that
a statement of the user's could stumble over: the policy of that statement (OR IGNORE, OR REPLACE) holds inside
triggers too, and would drop or overwrite what we write.
"""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.layout import Layout

CORE = {
    names.NEVER: "(id INTEGER PRIMARY KEY CHECK (0))",
    names.CLOCK: (
        "(id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, txn INTEGER,"
        f" guard INTEGER REFERENCES {names.NEVER} (id) DEFERRABLE INITIALLY DEFERRED)"
    ),
    names.TXN: (
        "(txn INTEGER PRIMARY KEY AUTOINCREMENT, begun_us INTEGER, actor TEXT, application TEXT, host TEXT,"
        " pid INTEGER, reason TEXT, operation_id TEXT, undo_of TEXT, first_seq INTEGER, last_seq INTEGER)"
    ),
    names.TABLE: (
        "(tid INTEGER PRIMARY KEY, name TEXT, earlier INTEGER, without_rowid INTEGER, row_key TEXT, columns TEXT,"
        " ddl TEXT, shape_hash TEXT, from_seq INTEGER, to_seq INTEGER)"
    ),
    names.EVENT: "(seq INTEGER PRIMARY KEY, at_us INTEGER, kind TEXT, tid INTEGER, detail TEXT)",
}
"""The tables that every audited file has, and what stands in their brackets."""

START_CLOCK = f"INSERT INTO {names.CLOCK} (id, seq) VALUES (1, 0)"


def tables(layout: Layout) -> Iterator[str]:
    """What makes the tables of one log."""
    log, pen = names.log_table(layout.tid), names.pen_table(layout.tid)
    masks = numbered("m", layout.masks)
    yield f"CREATE TABLE {log} (seq INTEGER PRIMARY KEY, at, op, txn, rid, nrid{listed(masks + logged(layout))})"
    yield f"CREATE TABLE {pen} (n INTEGER PRIMARY KEY, seq, rid, told{listed(owners(layout) + penned(layout))})"
    if layout.wide:
        most = max((len(part) for part in layout.parts), default=0)
        values = names.values_table(layout.tid)
        yield f"CREATE TABLE {values} (k INTEGER PRIMARY KEY{listed(numbered('v', most))})"


def table_names(layout: Layout) -> tuple[str, ...]:
    """The tables of one log."""
    own = (names.log_table(layout.tid), names.pen_table(layout.tid))
    return (*own, names.values_table(layout.tid)) if layout.wide else own


def logged(layout: Layout) -> tuple[str, ...]:
    """The columns of the log after its masks."""
    if layout.wide:
        return numbered("k", len(layout.key))
    return (*(f"o{place}" for place in layout.kept), *(f"n{place}" for place in layout.kept))


def penned(layout: Layout) -> tuple[str, ...]:
    """The columns of the pen after the rowid."""
    if layout.wide:
        return numbered("k", len(layout.key))
    return tuple(f"o{place}" for place in layout.kept)


def owners(layout: Layout) -> tuple[str, ...]:
    """The columns of the pen that name the row whose UPDATE may displace: NULL where it is an INSERT."""
    return numbered("w", max(1, len(layout.key)))


def numbered(letter: str, count: int) -> tuple[str, ...]:
    """ "m0", "m1", ..."""
    return tuple(f"{letter}{at}" for at in range(count))


def listed(terms_sql: tuple[str, ...]) -> str:
    """Terms to follow others: each after a comma."""
    return "".join(f", {term}" for term in terms_sql)
