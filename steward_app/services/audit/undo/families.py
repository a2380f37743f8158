"""A table under audit with all its versions in the log; changes of each are told in words of the table of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import Session, fold, qualified, quote
from steward_app.services.audit.engine.model import AuditedTable, Cell, Change, Key, Mode, Op, Shape, Value
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.engine.values import StoredValues, bound
from steward_app.services.audit.past.lineage import Lineage, Version, lineages, live_names
from steward_app.services.audit.undo.model import ConflictKind
from steward_app.services.schema.model import Schema, Table

Image = dict[str, Value]
"""The stored columns of a row as they are now, after its hidden rowid where that names it."""
_AT_ONCE = 300  # rows that are looked up in one statement
_MOST_VALUES = 900  # bound in one statement


@dataclass(frozen=True, slots=True)
class Family:
    """A table under audit.

    Attributes:
        name: the table's name now, or its last one.
        current: the version under audit now; the last one where there is none.
        versions: by number.
        problems: by number of a version, why nothing of it can be undone.
        named: by number of a version, what its columns are called now; those that are gone are left out.
        unkept: by number of a version, columns of now whose values the log does not hold.
        table, shape: of now; None where nothing can be undone.
        key: columns that name a row, by what they are called now; the name of the rowid where that is hidden.
        columns: all that are stored and under audit, after a hidden rowid.
        loses: whether a row that is removed cannot come back from the log with all it held.
        hidden: the name of the rowid where it names rows and is no column; else "".
    """

    name: str
    current: AuditedTable
    versions: Mapping[int, Version]
    problems: Mapping[int, ConflictKind]
    named: Mapping[int, Mapping[str, str]]
    unkept: Mapping[int, tuple[str, ...]]
    table: Table | None
    shape: Shape | None
    key: tuple[str, ...]
    columns: tuple[str, ...]
    loses: bool
    hidden: str

    def cells(self, change: Change) -> dict[str, tuple[str, Cell]]:
        """The cells of a change by the columns of now, each with its name then. Columns that are gone are left out."""
        named = self.named[change.tid]
        found = {named[name]: (name, cell) for name, cell in change.cells.items() if name in named}
        if self.hidden and change.key != change.new_key:
            old, new = change.key[0], change.new_key[0] if change.new_key else None
            found[self.hidden] = (self.hidden, Cell(old, new))
        elif self.hidden and change.op is Op.INSERT:
            found[self.hidden] = (self.hidden, Cell(None, change.key[0]))
        return found

    def gone(self, change: Change) -> list[str]:
        """The columns of a change that the table has no more."""
        named = self.named[change.tid]
        return [name for name in change.cells if name not in named]

    def live(self, session: Session, keys: Sequence[Key]) -> dict[Key, Image]:
        """Those of these rows that are there now."""
        if self.table is None:
            return {}
        reader, terms = StoredValues(session), [quote(name) for name in self.columns]
        at = [self.columns.index(name) for name in self.key]
        size = min(_AT_ONCE, _MOST_VALUES // len(self.key))
        found: dict[Key, Image] = {}
        for start in range(0, len(keys), size):
            some = [[bound(value) for value in key] for key in keys[start : start + size]]
            names = ", ".join(map(quote, self.key))
            among = ", ".join(f"({', '.join(mark for mark, _ in key)})" for key in some)
            chosen = f"{names} IN ({among})" if len(self.key) == 1 else f"({names}) IN (VALUES {among})"
            source = f"FROM {qualified(self.table.name)} WHERE {chosen}"
            for values in reader.some(terms, source, *(value for key in some for _, value in key)):
                found[tuple(values[place] for place in at)] = dict(zip(self.columns, values, strict=True))
        return found


def families(session: Session, schema: Schema) -> tuple[Family, ...]:
    """Every table that is or was under audit."""
    watched = live_names(session)
    return tuple(_family(schema, each, watched=each.newest.tid in watched) for each in lineages(session))


def _family(schema: Schema, line: Lineage, *, watched: bool) -> Family:
    last = line.newest
    table = schema.table(line.name) if line.armed and watched else None
    there = {fold(c.name): c.name for c in table.columns if not c.generated} if table else {}
    hidden = (last.rowid,) if last.by_rowid and not last.alias else ()
    columns = hidden + tuple(each.name for each in last.columns if fold(each.name) in there)
    key = hidden or last.row_key
    if not set(key) <= set(columns):
        table = None
    problems = {tid: problem for tid, each in line.by_tid.items() if (problem := _problem(line, each))}
    if table is None:
        problems = dict.fromkeys(line.by_tid, ConflictKind.NOT_AUDITED)
    named = {
        tid: {then: now for then, now in each.columns.items() if now in columns}
        for tid, each in line.by_tid.items()
    }
    unkept = {tid: _unkept(each, named[tid]) for tid, each in line.by_tid.items()}
    shape = shape_of(table, schema) if table else None
    return Family(
        line.name,
        last,
        line.by_tid,
        problems,
        named,
        unkept,
        table,
        shape,
        key,
        columns,
        bool(unkept[last.tid]) or len(there) + len(hidden) > len(columns),
        "".join(hidden),
    )


def _unkept(version: Version, named: Mapping[str, str]) -> tuple[str, ...]:
    told = [each.name for each in version.audited.columns if each.mode is not Mode.FULL]
    return tuple(named[name] for name in told if name in named)


def _problem(line: Lineage, version: Version) -> ConflictKind | None:
    if version in line.unlinked or version.key_order is None:
        return ConflictKind.NOT_AUDITED
    each = version.audited
    since = next((at for at, linked in enumerate(line.versions) if linked is version), 0)
    if each.by_rowid and not each.alias and len(version.numbers) < since:
        return ConflictKind.RENUMBERED  # nothing tells that no VACUUM came between
    return None
