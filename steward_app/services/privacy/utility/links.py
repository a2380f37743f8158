"""Links between tables: what a join over a foreign key still gives."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import Session, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.services.privacy.utility.model import LinkUtility
from steward_app.services.schema import Schema, Table, TableKind
from steward_app.services.schema.model import ForeignKey, Mismatch

_Fans = dict[int, int]


def compare_links(
    source: Session, copy: Session, before: Schema, after: Schema, context: Context
) -> Iterator[LinkUtility]:
    """Every foreign key of the original whose tables and columns are in the copy, and that joins anything."""
    for table in before.tables:
        for key in table.foreign_keys:
            context.checkpoint()
            there = after.table(table.name)
            if table.kind is not TableKind.TABLE or table.ours or key.mismatch is not Mismatch.NONE:
                continue
            if there is None or after.table(key.parent_table) is None or not _has(there, key):
                continue
            rows, joined, fans = _counted(source, table, key)
            if joined:
                context.report(0, unit="foreign keys", note=table.name)
                yield _compared(table, key, (rows, joined, fans), _counted(copy, there, key))


def _compared(
    table: Table, key: ForeignKey, old: tuple[int, int, _Fans], new: tuple[int, int, _Fans]
) -> LinkUtility:
    share_old, share_new = (joined / rows if rows else 0.0 for rows, joined, _ in (old, new))
    kept = min(1.0, share_new / share_old) * (1.0 - _distance(old[2], new[2]))
    return LinkUtility(
        table.name,
        key.columns,
        key.parent_table,
        old[0],
        old[1],
        _mean(old[2]),
        new[0],
        new[1],
        _mean(new[2]),
        kept,
    )


def _counted(session: Session, table: Table, key: ForeignKey) -> tuple[int, int, _Fans]:
    """Rows with a key, those that find their parent, and how many parents have how many of them."""
    child = [f"c.{quote(name)}" for name in key.columns]
    parent = [f"p.{quote(name)}" for name in key.parent_columns]
    filled = " AND ".join(f"{each} IS NOT NULL" for each in child)
    same = " AND ".join(f"{one} = {two}" for one, two in zip(parent, child, strict=True))
    rows = session.count(f"SELECT count(*) FROM {qualified(table.name)} AS c WHERE {filled}")
    fans: _Fans = {}
    for size, many in session.execute(
        f"SELECT n, count(*) FROM (SELECT count(*) AS n FROM {qualified(table.name)} AS c WHERE {filled}"
        f" AND EXISTS (SELECT 1 FROM {qualified(key.parent_table)} AS p WHERE {same})"
        f" GROUP BY {', '.join(child)}) GROUP BY n"
    ):
        fans[int(str(size))] = int(str(many))
    return rows, sum(size * many for size, many in fans.items()), fans


def _distance(old: _Fans, new: _Fans) -> float:
    """Total variation of the numbers of children that parents have."""
    first, second = sum(old.values()), sum(new.values())
    if not first or not second:
        return 1.0
    return sum(abs(old.get(n, 0) / first - new.get(n, 0) / second) for n in old.keys() | new.keys()) / 2


def _mean(fans: _Fans) -> float:
    parents = sum(fans.values())
    return sum(size * many for size, many in fans.items()) / parents if parents else 0.0


def _has(table: Table, key: ForeignKey) -> bool:
    return all(table.column(name) is not None for name in key.columns)
