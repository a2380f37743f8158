"""What becomes of the rows that point to rows which are taken out.

ON DELETE CASCADE     they go, too, as they would have
ON DELETE SET NULL    they stay and point to nothing, as they would have
anything else         nobody said what becomes of them: they are taken out until a person decides
"""

from __future__ import annotations

from steward_app.catalog.quarantine import Why
from steward_app.db import qualified, quote
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.erasure.found import KEPT, UNLINKED, WITH_PARENT, FoundRows, Listing
from steward_app.services.erasure.judge import Judge
from steward_app.services.erasure.model import Fate, Judgement
from steward_app.services.schema.model import ForeignKey, Mismatch

_AT_ONCE = 1_000


def follow(found: FoundRows, judge: Judge, context: Context) -> None:
    """List the rows that point to rows which are taken out, and those that point to these, until there are no more."""
    listed = True
    while listed:
        listed = False
        for parent in found.lists:
            for child, key in judge.schema.referring(parent.table.name):
                if key.mismatch is Mismatch.NONE:
                    context.checkpoint()
                    follow_one = _take_along if key.on_delete == "CASCADE" else _let_go
                    listed = follow_one(found, judge, _Pointing(parent, found.of(child), key)) or listed


class _Pointing:
    """The rows of one table that point, by one foreign key, to rows of another that are taken out.

    Attributes:
        sql: the rest of a query after its SELECT: `h` is the list of the parent, `c` the child.
        keys_sql: what to select to name a child.
        open_sql: a condition: it is not settled yet what becomes of the child.
    """

    def __init__(self, parent: Listing, children: Listing, key: ForeignKey) -> None:
        self.children = children
        self.key = key
        found = " AND ".join(
            f"p.{row} = h.{name}" for row, name in zip(parent.row_sql, parent.keys_sql, strict=True)
        )
        points = " AND ".join(
            f"p.{quote(theirs)} = c.{quote(ours)}"
            for theirs, ours in zip(key.parent_columns, key.columns, strict=True)
        )
        self.sql = (
            f"FROM {parent.name_sql} AS h JOIN {qualified(parent.table.name)} AS p ON {found}"
            f" JOIN {qualified(children.table.name)} AS c ON {points} WHERE h.gone"
        )
        self.keys_sql = ", ".join(f"c.{row}" for row in children.row_sql)
        pairs = zip(children.row_sql, children.keys_sql, strict=True)
        same = " AND ".join(f"l.{name} = c.{row}" for row, name in pairs)
        settled = f"l.gone OR l.fate = '{KEPT}'"
        self.open_sql = f"NOT EXISTS (SELECT 1 FROM {children.name_sql} AS l WHERE {same} AND ({settled}))"


def _take_along(found: FoundRows, judge: Judge, pointing: _Pointing) -> bool:
    keys = ", ".join(pointing.children.keys_sql)
    return bool(
        found.session.run(
            f"INSERT INTO {pointing.children.name_sql} (fate, why, entry, key_id, changes, gone, {keys})"
            f" SELECT '{WITH_PARENT}', '', h.entry, h.key_id, '', 1, {pointing.keys_sql} {pointing.sql}"
            f" ON CONFLICT DO UPDATE SET fate = '{WITH_PARENT}', changes = '', gone = 1"
            f" WHERE NOT gone AND fate <> '{KEPT}'"
        )
    )


def _let_go(found: FoundRows, judge: Judge, pointing: _Pointing) -> bool:
    listed = False
    query = f"SELECT h.entry, h.key_id, {pointing.keys_sql} {pointing.sql} AND {pointing.open_sql} LIMIT {_AT_ONCE}"
    while rows := found.session.all(query):
        for entry, key_id, *name in rows:
            row, by = tuple(name), (str(entry), str(key_id))
            if pointing.key.on_delete == "SET NULL" and _unlinked(found, pointing, row):
                found.note(pointing.children, row, UNLINKED, by)
            elif judge.is_kept(judge.found(pointing.children.table, pointing.children.names, row), by[1]):
                found.note(pointing.children, row, KEPT, by)
            else:
                waits = Judgement(Fate.UNCERTAIN, {}, by[0], Why.CHILD, by[1])
                found.add(pointing.children, row, waits, gone=True)
                listed = True
    return listed


def _unlinked(found: FoundRows, pointing: _Pointing, row: Key) -> bool:
    """Make a row point to nothing; False where the table does not allow it."""
    children = pointing.children
    nothing = ", ".join(f"{quote(name)} = NULL" for name in pointing.key.columns)
    try:
        found.session.run(
            f"UPDATE OR ABORT {qualified(children.table.name)} SET {nothing} WHERE {children.where_sql}", row
        )
    except Failure as failure:
        if failure.code is not ErrorCode.CONSTRAINT:
            raise
        return False
    return True
