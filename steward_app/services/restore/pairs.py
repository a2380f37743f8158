"""A table as it was and the same table as it is: what names its rows in both, and which columns both have.

The session sees the file itself as `main` and the earlier state as `db.image.IMAGE`. In SQL over a pair, `i` is a row
of the image and `m` one of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import Session, any_of, fold, qualified, quote
from steward_app.db.image import IMAGE
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind

_COLLATIONS = frozenset({"BINARY", "NOCASE", "RTRIM"})


@dataclass(frozen=True, slots=True)
class Pair:
    """One table in both files.

    Attributes:
        number: names its temporary tables.
        now: None where the table is gone.
        key, key_now: what names a row, by the names then and now; () where `problem` says why there is nothing.
        columns: (then, now) of the stored columns that both have. Generated ones follow from the others.
        keyless: rows have no key of their own: they are compared as wholes, and `key` is the hidden rowid.
        gone: stored columns that were there then and are not now.
        new: stored columns that were added since.
        converted: columns (names now) whose type was changed, so that a value may be stored otherwise.
        problem: why the rows of the two cannot be told apart by key, in words; "" where they can.
    """

    number: int
    then: Table
    now: Table | None
    key: tuple[str, ...]
    key_now: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    keyless: bool = False
    gone: tuple[str, ...] = ()
    new: tuple[Column, ...] = ()
    converted: frozenset[str] = frozenset()
    problem: str = ""

    @property
    def name(self) -> str:
        """Its name: now, or then where it is gone."""
        return self.now.name if self.now else self.then.name

    @property
    def then_sql(self) -> str:
        return qualified(self.then.name, IMAGE)

    @property
    def now_sql(self) -> str:
        return qualified(self.name)

    @property
    def numbered(self) -> bool:
        """Whether a row is named by a number that a new row of the table gets by itself."""
        return self.keyless or (len(self.key) == 1 and _alias(self.now or self.then) == fold(self.key_now[0]))

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The columns of both that are no part of the key."""
        return tuple((then, now) for then, now in self.columns if now not in self.key_now)

    def now_name(self, then_name: str) -> str | None:
        """What a column of then is called now; None where it is gone."""
        return next((now for then, now in self.columns if fold(then) == fold(then_name)), None)

    def then_name(self, now_name: str) -> str | None:
        """What a column of now was called then; None where it is new."""
        return next((then for then, now in self.columns if fold(now) == fold(now_name)), None)

    def differs_sql(self, then_name: str, now_name: str, value_sql: str = "") -> str:
        """That a column differs between `m` and `i` (or an expression in its place): in value or in storage class."""
        was, is_ = value_sql or f"i.{quote(then_name)}", f"m.{quote(now_name)}"
        if now_name in self.converted:
            return f"{is_} IS NOT {was}"
        return f"({is_} IS NOT {was} COLLATE BINARY OR typeof({is_}) <> typeof({was}))"

    def differs_somewhere_sql(self) -> str:
        """That `m` and `i` differ in any column that both have."""
        return any_of([self.differs_sql(*names) for names in self.columns])

    def same_key_sql(self) -> str:
        """That `m` and `i` are the same row."""
        return equal_sql("m", self.key_now, "i", self.key)


def equal_sql(left: str, names: tuple[str, ...], right: str, others: tuple[str, ...]) -> str:
    """`left.a = right.x AND left.b = right.y`; the left side gives collation and affinity."""
    return " AND ".join(
        f"{left}.{quote(one)} = {right}.{quote(two)}" for one, two in zip(names, others, strict=True)
    )


def require_nameable(pair: Pair, key: Key) -> None:
    """Raise `UsageError` for a key that names no row: of another size, or text that is not valid in the file."""
    if key and len(key) != len(pair.key):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"A row of {quoted(pair.name)} is named by {' and '.join(map(quoted, pair.key[:8]))}.",
            hint='Give the value of each, of several a list: ["North", 2].',
        )
    if any(isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value) for value in key):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"A key of {quoted(pair.name)} holds text that is not valid, so that it cannot name a row.",
            hint="Nothing was changed. The whole table can be brought back: “steward restore table”.",
        )


def stored(table: Table) -> tuple[Column, ...]:
    """The columns of a table that hold something of their own."""
    return tuple(c for c in table.columns if c.generated is Generated.NO and not c.hidden)


def hidden_rowid(table: Table) -> str:
    """A name of the rowid where it is not one of the columns; else ""."""
    return "" if _alias(table) else table.rowid_name


def pair_of(session: Session, number: int, then: Table, now: Table | None) -> Pair:
    """The table in both files. `session` sees both."""
    theirs = {fold(column.name): column for column in stored(now or then)}
    both = [(column, theirs[fold(column.name)]) for column in stored(then) if fold(column.name) in theirs]
    known = {fold(column.name) for column, _ in both}
    key, key_now, keyless, problem = _key(session, then, now)
    if then.problem or (now is not None and now.problem):
        problem = then.problem or (now.problem if now else "")
    return Pair(
        number=number,
        then=then,
        now=now,
        key=key,
        key_now=key_now,
        columns=_with_renamed_number(then, now, tuple((a.name, b.name) for a, b in both)),
        keyless=keyless,
        gone=tuple(c.name for c in stored(then) if fold(c.name) not in known and not _renamed(c, now)),
        new=tuple(c for n, c in theirs.items() if n not in known and not (c.rowid_alias and _alias(then))),
        converted=frozenset(b.name for a, b in both if a.affinity != b.affinity),
        problem=problem or _unreadable(then) or (_unreadable(now) if now else ""),
    )


def ordinary(schema: Schema) -> Iterator[Table]:
    """The tables whose rows can be compared: not ours, not SQLite's, not views, not (of) virtual tables."""
    return (table for table in schema.tables if table.kind is TableKind.TABLE and not table.ours)


def left_out(schema: Schema) -> Iterator[tuple[str, str]]:
    """The other tables that hold rows, and why they are not compared."""
    for table in schema.tables:
        if table.kind is TableKind.VIRTUAL:
            yield table.name, f"a virtual table ({table.module}): its contents follow from its own tables"
        elif table.kind is TableKind.SHADOW:
            yield table.name, "belongs to a virtual table, which keeps it in its own form"


def _alias(table: Table) -> str:
    return next((fold(column.name) for column in table.columns if column.rowid_alias), "")


def _renamed(column: Column, now: Table | None) -> bool:
    return column.rowid_alias and now is not None and bool(_alias(now))


def _with_renamed_number(
    then: Table, now: Table | None, columns: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """The number of a row is the same column whatever it is called."""
    was = next((c.name for c in then.columns if c.rowid_alias), "")
    is_ = next((c.name for c in now.columns if c.rowid_alias), "") if now else was
    if not was or not is_ or (was, is_) in columns:
        return columns
    return ((was, is_), *((a, b) for a, b in columns if a != was and b != is_))


def _key(
    session: Session, then: Table, now: Table | None
) -> tuple[tuple[str, ...], tuple[str, ...], bool, str]:
    is_ = now or then
    if _alias(then) and _alias(is_):
        alias, alias_now = (next(c.name for c in t.columns if c.rowid_alias) for t in (then, is_))
        return (alias,), (alias_now,), False, ""
    ours = then.primary_key.columns if then.primary_key else ()
    theirs = is_.primary_key.columns if is_.primary_key else ()
    if sorted(map(fold, ours)) != sorted(map(fold, theirs)):
        return (), (), False, "what names its rows was changed"
    if ours and not _has_empty_keys(session, then, IMAGE) and not (now and _has_empty_keys(session, now)):
        named = {fold(name): name for name in theirs}
        return ours, tuple(named[fold(name)] for name in ours), False, ""
    if then.rowid_name and is_.rowid_name:
        return (then.rowid_name,), (is_.rowid_name,), True, ""
    return (), (), True, "nothing names its rows: columns have taken all names of the rowid"


def _has_empty_keys(session: Session, table: Table, schema: str = "main") -> bool:
    """Whether a primary key that may hold NULL does."""
    key = table.primary_key
    if key is None or not key.nullable:
        return False
    loose = [name for name in key.columns if (column := table.column(name)) and not column.not_null]
    source = qualified(table.name, schema)
    return any(session.value(f"SELECT 1 FROM {source} WHERE {quote(each)} IS NULL LIMIT 1") for each in loose)


def _unreadable(table: Table) -> str:
    key = table.primary_key.columns if table.primary_key else ()
    strange = [c for name in key if (c := table.column(name)) and c.collation.upper() not in _COLLATIONS]
    return f"its key is sorted by {strange[0].collation}, which this program does not have" if strange else ""
