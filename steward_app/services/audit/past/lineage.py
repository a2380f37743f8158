"""The versions of a table in the log, and what its columns and keys of then are called now.

A table that is renamed, or gains a column, goes on under another number. What links two versions was put down when the
table was put under audit again. A column that kept its place, its type and everything but its name was renamed,
where all the others kept their places too: SQLite drops no column that triggers speak of, and puts new ones last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from steward_app.db import Session, fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import names, own_tables, tables
from steward_app.services.audit.engine.model import AuditedTable, Key
from steward_app.services.audit.seals import moved
from steward_app.services.audit.seals.moved import Moved
from steward_app.services.schema.ddl_table import read_table

Anew: TypeAlias = Mapping[int, Moved | None]
"""By version, which numbers the rows had before it; None where that is not known."""


@dataclass(frozen=True)
class Version:
    """One version of a table, as seen from the newest one.

    Attributes:
        columns: what each of its columns is called now; one that is gone is not among them.
        key_order: where the parts of a key of now stand in a key of then; None where rows were named otherwise then.
        numbers: which numbers the rows were given since, the first of it first.
    """

    audited: AuditedTable
    columns: Mapping[str, str]
    key_order: tuple[int, ...] | None
    numbers: tuple[Moved, ...] = ()

    def key_now(self, key: Key) -> Key:
        """A key of then, as it is written now."""
        if self.numbers and isinstance(number := key[0], int):
            for moved_since in self.numbers:
                number = moved_since.now(number)
            return (number,)
        return key if len(key) == 1 else tuple(key[place] for place in self.key_order or ())

    def key_then(self, key: Key) -> Key:
        """A key of now, as it was written then."""
        if self.numbers and isinstance(number := key[0], int):
            for moved_since in reversed(self.numbers):
                number = moved_since.before(number)
            return (number,)
        found = list(key)
        for place, value in zip(self.key_order or (), key, strict=True):
            found[place] = value
        return tuple(found)

    def column_then(self, column: str) -> str | None:
        """What a column of now was called then; None where it was not there."""
        return next((then for then, now in self.columns.items() if fold(now) == fold(column)), None)


@dataclass(frozen=True)
class Lineage:
    """A table with all its versions.

    Attributes:
        name: of the table now, or when it was last seen.
        versions: linked ones, the newest first.
        unlinked: earlier ones of the same name, from an audit that was ended before this one began.
        armed: whether the newest is under audit now.
    """

    name: str
    versions: tuple[Version, ...]
    unlinked: tuple[Version, ...]
    armed: bool

    @property
    def newest(self) -> AuditedTable:
        return self.versions[0].audited

    @property
    def begins(self) -> int:
        """The last change of the file before the table was first under this audit."""
        return self.versions[-1].audited.from_seq

    @cached_property
    def by_tid(self) -> Mapping[int, Version]:
        return {each.audited.tid: each for each in (*self.versions, *self.unlinked)}

    def newest_first(self) -> Iterator[Version]:
        """All versions."""
        return iter(sorted(self.by_tid.values(), key=lambda each: -each.audited.tid))


def live_names(session: Session) -> dict[int, str]:
    """By version, the table on which its triggers sit: its name now, whatever it was when they were made.

    One that was rebuilt has lost them; only that on its pen is left then, which tells nothing.
    """
    found = {}
    for name, table in session.all("SELECT name, tbl_name FROM main.sqlite_schema WHERE type = 'trigger'"):
        number = str(name).removeprefix(names.PREFIX).partition("_")[0]
        if own_tables.is_own_trigger(str(name), str(table)) and not names.is_ours(str(table)):
            found[int(number)] = str(table)
    return found


def lineage(session: Session, table: str) -> Lineage:
    """The versions of a table, by its name now, or by that of a table that is gone.

    Raises `UsageError` when the log knows no table of that name.
    """
    known = tables.tables(session)
    now = live_names(session)
    found = _newest(known, now, table)
    if found is None:
        told = ", ".join(sorted({quoted(now.get(each.tid, each.name)) for each in known}))
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(table)} is not under audit, and was not before.",
            hint=f"Under audit are or were: {told}." if told else "No table of this file is under audit.",
        )
    return _lineage(known, now, found, moved.known(session))


def lineages(session: Session) -> tuple[Lineage, ...]:
    """Every table that is or was under audit, by name."""
    known, now, anew = tables.tables(session), live_names(session), moved.known(session)
    labels = {fold(now.get(each.tid, each.name)): now.get(each.tid, each.name) for each in known}
    found: dict[int, Lineage] = {}
    for label in labels.values():
        newest = _newest(known, now, label)
        if newest is not None and not any(newest.tid in each.by_tid for each in found.values()):
            found[newest.tid] = _lineage(known, now, newest, anew)
    return tuple(sorted(found.values(), key=lambda each: fold(each.name)))


def require_key(table: Lineage, key: Key, *, as_logged: bool = False) -> None:
    """Raise `UsageError` where a key has not as many values as name a row of a table.

    Args:
        as_logged: whether it is to be what names the row in the log, and not its primary key.
    """
    newest = table.newest
    named = newest.row_key or newest.primary_key or (newest.rowid,)
    sizes = {len(_identity(newest))} if as_logged else {len(_identity(newest)), len(named)}
    if len(key) not in sizes:
        told = " and ".join(map(quoted, named[:8]))
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"A row of {quoted(table.name)} is named by {told}{', …' * (len(named) > 8)}.",
            hint=f'Give {plural(len(named), "value")}, of several a list: ["North", 2].',
        )


def _newest(known: tuple[AuditedTable, ...], now: Mapping[int, str], table: str) -> AuditedTable | None:
    wanted = fold(table)
    armed = [each for each in known if each.to_seq is None]
    for group in (
        [each for each in armed if fold(now.get(each.tid, each.name)) == wanted],
        [each for each in armed if fold(each.name) == wanted],
        [each for each in known if fold(each.name) == wanted],
    ):
        if group:
            return _successor(known, group[-1])
    return None


def _successor(known: tuple[AuditedTable, ...], found: AuditedTable) -> AuditedTable:
    """The last of the versions that go on from this one."""
    later = next((each for each in known if each.earlier == found.tid), None)
    return _successor(known, later) if later is not None else found


def _lineage(
    known: tuple[AuditedTable, ...], now: Mapping[int, str], newest: AuditedTable, anew: Anew
) -> Lineage:
    by_tid = {each.tid: each for each in known}
    version = Version(newest, {each.name: each.name for each in newest.columns}, _identity(newest))
    linked = [version]
    while (
        earlier := by_tid.get(version.audited.earlier or 0)
    ) is not None and earlier.tid < version.audited.tid:
        version = _before(earlier, version, anew)
        linked.append(version)
    tids = {each.audited.tid for each in linked}
    successors = {each.earlier for each in known}
    others = [
        _before(each, linked[0], {})
        for each in known
        if each.tid not in tids and each.tid not in successors and fold(each.name) == fold(newest.name)
    ]
    name = now.get(newest.tid, newest.name)
    return Lineage(name, tuple(linked), tuple(others), newest.to_seq is None)


def _identity(audited: AuditedTable) -> tuple[int, ...]:
    return tuple(range(1 if audited.by_rowid else len(audited.primary_key)))


def _before(earlier: AuditedTable, later: Version, anew: Anew) -> Version:
    """An earlier version, seen from the newest."""
    renamed = _columns(earlier, later.audited)
    columns = {then: later.columns[between] for then, between in renamed.items() if between in later.columns}
    order, numbers = _key_order(earlier, later, renamed), later.numbers
    if later.audited.tid in anew:
        given = anew[later.audited.tid]
        if given is None:
            order = None
        else:
            numbers = (given, *numbers)
    return Version(earlier, columns, order, numbers)


def _columns(earlier: AuditedTable, later: AuditedTable) -> dict[str, str]:
    """What each column of a version is called in the next one."""
    there = {fold(each.name): each.name for each in later.columns}
    found = {each.name: there[fold(each.name)] for each in earlier.columns if fold(each.name) in there}
    before, after = _definitions(earlier.ddl), _definitions(later.ddl)
    pairs = list(zip(before, after, strict=False))
    if len(after) < len(before) or any(one[1] != other[1] for one, other in pairs):
        return found
    taken = set(found.values())
    for (then, _), (now, _) in pairs:
        if then not in found and now not in taken and fold(now) in there:
            found[then] = now
    known = {each.name for each in earlier.columns}
    return {then: now for then, now in found.items() if then in known}


def _definitions(ddl: str) -> list[tuple[str, object]]:
    """Of each column its name, and what else its definition says."""
    text = read_table(ddl)
    if text is None:
        return []
    return [
        (each.name, (each.declared_type, each.collation, each.not_null, each.default))
        for each in text.columns
    ]


def _key_order(earlier: AuditedTable, later: Version, renamed: Mapping[str, str]) -> tuple[int, ...] | None:
    """Where the parts of a key of now stand in a key of then."""
    if later.key_order is None:
        return None
    key, key_later = earlier.row_key, later.audited.row_key
    if not key and not key_later:
        return later.key_order
    names_then = [fold(renamed.get(each, "")) for each in key]
    wanted = [fold(each) for each in key_later]
    if sorted(names_then) != sorted(wanted) or "" in names_then:
        return None
    return tuple(names_then.index(wanted[place]) for place in later.key_order)
