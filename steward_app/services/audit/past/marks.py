"""Which rows of an earlier state differ from those of now, and in which cells: for the rows of one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db import fold, quote
from steward_app.kernel.values import Key
from steward_app.services.audit.past.as_of import AsOf
from steward_app.services.audit.past.compare import Kind
from steward_app.services.rows.order import Bindings, Fragment, equals, every, mark
from steward_app.services.rows.source import Source, source_of
from steward_app.services.schema.model import Generated

_AT_ONCE = 900  # columns: a result has 2,000 at most


@dataclass(frozen=True, slots=True)
class Mark:
    """That a row differs from now.

    Attributes:
        kind: CHANGED since, or REMOVED since.
        columns: those of its cells that hold something else now; none where the row is gone.
    """

    kind: Kind
    columns: frozenset[str] = frozenset()


def marks_of(then: AsOf, source: Source, keys: Sequence[Key]) -> dict[Key, Mark]:
    """The rows among these that differ from now. To be asked within `then.at_one_moment()`.

    Args:
        source: `then.source`.
        keys: of rows of then, as `Grid` gives them.
    """
    places = _places(then, source)
    if places is None or not then.session.value(f"SELECT 1 FROM {then.overlay.hidden_sql} LIMIT 1"):
        return {}
    found = {}
    for key in keys:
        if _is_touched(then, tuple(key[place] for place in places)):
            made = _mark(then, source, key)
            if made is not None:
                found[key] = made
    return found


def touched(then: AsOf) -> int:
    """How many rows the log tells of since; as many differ from now at most."""
    return then.session.count(f"SELECT count(*) FROM {then.overlay.hidden_sql}")


def _places(then: AsOf, source: Source) -> list[int] | None:
    """Where the parts of a key of the log stand in a key of a page; None where rows are named otherwise there."""
    if source.key is None:
        return None
    if then.overlay.audited.by_rowid:
        return [0] if source.key.rowid else None
    named = [fold(name) for name in source.key.columns]
    wanted = [fold(name) for name in then.overlay.audited.primary_key]
    return [named.index(name) for name in wanted] if sorted(named) == sorted(wanted) else None


def _is_touched(then: AsOf, key: Key) -> bool:
    parts = [mark(value) for value in key]
    same = every(*(Fragment(f"k{at} = {part.sql}", part.bindings) for at, part in enumerate(parts)))
    sql = f"SELECT 1 FROM {then.overlay.hidden_sql} WHERE {same.sql}"
    return then.session.value(sql, same.bindings) is not None


def _mark(then: AsOf, source: Source, key: Key) -> Mark | None:
    now = source_of(then.table)
    assert source.key is not None
    same = every(*(equals(term, value) for term, value in zip(source.key.terms, key, strict=True)))
    if then.session.value(f"SELECT 1 FROM {now.sql} WHERE {same.sql}", same.bindings) is None:
        return Mark(Kind.REMOVED)
    stored = [each.name for each in source.columns if each.generated is Generated.NO]
    differing: set[str] = set()
    for start in range(0, len(stored), _AT_ONCE):
        differing |= _differing(then, (source, now), stored[start : start + _AT_ONCE], same)
    return Mark(Kind.CHANGED, frozenset(differing)) if differing else None


def _differing(then: AsOf, sides: tuple[Source, Source], columns: Sequence[str], same: Fragment) -> set[str]:
    listed = ", ".join(f"{quote(then.table.name)}.{quote(name)} AS c{at}" for at, name in enumerate(columns))
    earlier, now = (f"(SELECT {listed} FROM {side.sql} WHERE {same.sql})" for side in sides)
    differs = ", ".join(
        f"a.c{at} IS NOT b.c{at} COLLATE BINARY OR typeof(a.c{at}) <> typeof(b.c{at})"
        for at in range(len(columns))
    )
    bindings: Bindings = (*same.bindings, *same.bindings)
    row = then.session.one(f"SELECT {differs} FROM {earlier} AS a, {now} AS b", bindings) or ()
    return {name for name, differ in zip(columns, row, strict=True) if differ} if row else set()
