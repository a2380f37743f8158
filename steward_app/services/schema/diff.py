"""Two schemas compared, object by object: what was added, removed and changed, in words.

Names are matched as SQLite compares them. Texts (views, triggers, expressions) differ when their tokens do: spaces,
comments and the case of keywords do not count. What no model holds cannot slip through: where two tables agree in
everything and their texts still do not, that is told as a change of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from steward_app.db.names import fold
from steward_app.db.tokens import same_meaning
from steward_app.kernel.finding import Subject
from steward_app.services.schema.diff_model import Change, ChangeKind, Difference, RenameHint, SchemaDiff
from steward_app.services.schema.diff_parts import Sql, Values, differing, match, parts
from steward_app.services.schema.model import Column, Schema, Settings, Table, TableKind

__all__ = ["Change", "ChangeKind", "Difference", "RenameHint", "SchemaDiff", "compare"]

_KINDS = {TableKind.TABLE: "table", TableKind.VIEW: "view", TableKind.VIRTUAL: "virtual table"}
_LEAST_LIKENESS = 0.6


def compare(before: Schema, after: Schema) -> SchemaDiff:
    """What changed from `before` to `after`. Shadow and system tables follow from the others and are left out."""
    pairs = match(_compared(before), _compared(after), lambda t: (t.kind, fold(t.name)))
    found = list(_settings_changed(before.settings, after.settings))
    hints = _renamed_tables([p for p in pairs if None in p])
    for old, new in pairs:
        if old is None or new is None:
            found += _whole(old, new)
        else:
            found += _both(old, new)
            hints += _renamed_columns(old, new)
    return SchemaDiff(tuple(found), tuple(hints))


def _compared(schema: Schema) -> list[Table]:
    return [table for table in schema.tables if table.kind in _KINDS]


def _settings_changed(before: Settings, after: Settings) -> Iterator[Change]:
    differences = differing(_settings(before), _settings(after))
    if differences:
        yield Change(ChangeKind.CHANGED, Subject("settings of the file"), differences)


def _settings(settings: Settings) -> Values:
    return {
        "encoding": settings.encoding,
        "page size": str(settings.page_size_bytes),
        "auto-vacuum": settings.auto_vacuum,
        "user version": str(settings.user_version),
        "application id": str(settings.application_id),
    }


def _both(old: Table, new: Table) -> Iterator[Change]:
    inner = list(parts(old, new))
    own = differing(_own(old), _own(new))
    if not (inner or own or same_meaning(old.sql, new.sql)):
        own = (Difference("text", old.sql, new.sql),)
    if own:
        yield Change(ChangeKind.CHANGED, _subject(new), own)
    yield from inner


def _own(table: Table) -> Values:
    only_text = table.kind is not TableKind.TABLE or not table.parsed
    return {
        "name": table.name,
        "without rowid": table.without_rowid,
        "strict": table.strict,
        "text": Sql(table.sql) if only_text else Sql(""),
        "comment": table.comment,
        "problem": table.problem,
    }


def _whole(old: Table | None, new: Table | None) -> Iterator[Change]:
    """A table that came or went, with the indexes and triggers that came or went with it."""
    kind = ChangeKind.ADDED if old is None else ChangeKind.REMOVED
    table = new or old
    if table is None:
        return
    yield Change(kind, _subject(table))
    for index in table.indexes:
        if index.origin == "create":
            yield Change(kind, Subject("index", table.name, index.name))
    for trigger in table.triggers:
        yield Change(kind, Subject("trigger", table.name, trigger.name))


def _subject(table: Table) -> Subject:
    return Subject(_KINDS.get(table.kind, "table"), table.name, table.name)


def _renamed_tables(pairs: list[tuple[Table | None, Table | None]]) -> list[RenameHint]:
    gone = [old for old, _ in pairs if old is not None]
    come = [new for _, new in pairs if new is not None]
    likeness = [
        (tables_alike(old, new), old.name, new.name) for old in gone for new in come if old.kind is new.kind
    ]
    return [RenameHint("", before, after, found) for found, before, after in _best(likeness)]


def _renamed_columns(old: Table, new: Table) -> list[RenameHint]:
    gone = [column for column in old.columns if not new.column(column.name)]
    come = [column for column in new.columns if not old.column(column.name)]
    likeness = [(columns_alike(one, other), one.name, other.name) for one in gone for other in come]
    return [RenameHint(new.name, before, after, found) for found, before, after in _best(likeness)]


def _best(likeness: list[tuple[float, str, str]]) -> Iterator[tuple[float, str, str]]:
    """The most alike pairs, each name once."""
    taken: set[tuple[str, str]] = set()
    for found, before, after in sorted(likeness, key=lambda each: -each[0]):
        if found >= _LEAST_LIKENESS and not {("-", before), ("+", after)} & taken:
            taken |= {("-", before), ("+", after)}
            yield round(found, 2), before, after


def tables_alike(old: Table, new: Table) -> float:
    """How much two tables have in common, from 0 to 1: columns (name and type) among all; the text itself for views."""
    if old.kind is not TableKind.TABLE:
        return (
            SequenceMatcher(None, old.sql, new.sql, autojunk=False).ratio() if len(old.sql) < 10_000 else 0.0
        )
    one = {(fold(c.name), fold(c.declared_type)) for c in old.columns}
    other = {(fold(c.name), fold(c.declared_type)) for c in new.columns}
    return len(one & other) / len(one | other) if one | other else 0.0


def columns_alike(old: Column, new: Column) -> float:
    """How much two columns have in common, from 0 to 1: type counts most, then the place, the names, the rest."""
    same_type = fold(old.declared_type) == fold(new.declared_type)
    same_rest = (old.not_null, old.default, fold(old.collation), old.key_position, old.generated) == (
        new.not_null,
        new.default,
        fold(new.collation),
        new.key_position,
        new.generated,
    )
    names = SequenceMatcher(None, fold(old.name), fold(new.name)).ratio()
    return 0.4 * same_type + 0.25 * (old.position == new.position) + 0.2 * names + 0.15 * same_rest
