"""What becomes of columns, where no statement of SQL tells: the head of a migration says so.

    -- steward: moves "patient"."phone" to "contact"."phone" by "contact"."patient_id"

The first names are those before the file, the second ones those after it. Behind `by` stands the column by which the
two tables belong together, which the one table has for the other. What the policy says of a column goes along.

    -- steward: puts "phone" beside "patient"."tel"
    -- steward: puts "given" beside "patient"."name" as a part
    -- steward: ends "patient"."tel" for "phone"

A column that stands beside another says the same, or makes a part of it, whichever a program writes. What the policy
says of the one it says of both, until one of them ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from steward_app.catalog.policy_names import Twin
from steward_app.db import Session, fold, quote
from steward_app.db.migration_script import remarks_ahead
from steward_app.db.tokens import unquote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Check
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.edit.model import Edit, MergeTable, SplitTable
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.schema.model import Schema

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_PLACE = rf"({_NAME})\s*\.\s*({_NAME})"
_BEGINS = "steward: moves "
_MOVES = re.compile(rf"{_BEGINS}{_PLACE} to {_PLACE}(?: by {_PLACE})?")
_LIKE = f'-- {_BEGINS}"table"."column" to "other"."column" by "other"."key"'
_PART = "( as a part)?"
_PUTS = re.compile(rf"steward: puts ({_NAME}) beside {_PLACE}{_PART}")
_ENDS = re.compile(rf"steward: ends {_PLACE} for ({_NAME}){_PART}")
_LIKE_PUTS = '-- steward: puts "column" beside "table"."other"'
_LIKE_ENDS = '-- steward: ends "table"."column" for "other"'


def moves_in(text: str) -> tuple[Renamed, ...]:
    """What the remarks at the head of a script say of columns that move.

    Raises `UsageError` (BAD_SQL) where one cannot be understood.
    """
    return tuple(_read(remark) for remark in remarks_ahead(text) if remark.startswith(_BEGINS))


def twins_in(text: str) -> tuple[Renamed, ...]:
    """What the remarks at the head of a script say of columns beside others. Raises as `moves_in`."""
    found = []
    for remark in remarks_ahead(text):
        if remark.startswith("steward: puts "):
            if (puts := _PUTS.fullmatch(remark)) is None:
                raise _not_understood(remark, _LIKE_PUTS)
            name, table, column = map(unquote, puts.group(1, 2, 3))
            found.append(Renamed(table, column, name, twin=Twin.PART_BESIDE if puts[4] else Twin.BESIDE))
        elif remark.startswith("steward: ends "):
            if (ends := _ENDS.fullmatch(remark)) is None:
                raise _not_understood(remark, _LIKE_ENDS)
            table, column, name = map(unquote, ends.group(1, 2, 3))
            found.append(Renamed(table, column, name, twin=Twin.PART_GOES if ends[4] else Twin.GOES))
    return tuple(found)


def moves_of(schema: Schema, edits: Iterable[Edit]) -> tuple[Renamed, ...]:
    """The columns that splits and merges move, by the schema before: of one that is new, nothing was said yet."""
    found: list[Renamed] = []
    for edit in edits:
        match edit:
            case SplitTable(table, into, columns, key):
                there = schema.table(table)
                held = (name for name in columns if there and there.column(name))
                found += (Renamed(table, name, name, into, comes_by=key) for name in held)
            case MergeTable(table, merged, key, names):
                there = schema.table(merged)
                called = {fold(before): name for before, name in names}
                found += (
                    Renamed(merged, each.name, called.get(fold(each.name), each.name), table, goes_by=key)
                    for each in (there.columns if there else ())
                    if fold(each.name) != fold(key)
                )
    return tuple(found)


def back(moves: Iterable[Renamed]) -> tuple[Renamed, ...]:
    """The moves that lead back; of two columns, the one that came goes, and the one that went is there again."""
    return tuple(
        Renamed(each.table, each.after, each.before, twin=each.twin.back)
        if each.twin
        else Renamed(each.into, each.after, each.before, each.table, each.goes_by, each.comes_by)
        for each in moves
    )


def remarks_of(moves: Iterable[Renamed]) -> tuple[str, ...]:
    """The remarks that say it, a line each. A name that a remark cannot hold as it is makes none."""
    return tuple(line for line in map(_said, moves) if visible(line) == line)


def as_said(session: Session, moves: Sequence[Renamed], tables: Mapping[str, str]) -> Check:
    """Whether the columns are no longer where they were, and are where the file says.

    What was decided of a column that stays would be lost with a remark that is not true.

    Args:
        tables: new names of tables, by their names before, folded.
    """
    wrong = []
    for each in moves:
        if _has(session, tables.get(fold(each.table), each.table), each.before):
            wrong.append(f"{quoted(each.table)}.{quoted(each.before)} is still there")
        elif not _has(session, each.into, each.after):
            wrong.append(f"there is no {quoted(each.into)}.{quoted(each.after)}")
    return Check("Columns are where the file says that they move", not wrong, "; ".join(wrong))


def _read(remark: str) -> Renamed:
    found = _MOVES.fullmatch(remark)
    names = [unquote(each) if each else "" for each in found.groups()] if found else []
    table, column, into, name, by_table, by = names or [""] * 6
    comes, goes = fold(by_table) == fold(into), fold(by_table) == fold(table)
    if not names or fold(table) == fold(into) or (by and not comes and not goes):
        raise _not_understood(remark, _LIKE)
    return Renamed(table, column, name, into, by if comes else "", by if goes else "")


def _not_understood(remark: str, like: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_SQL,
        f"The remark {quoted(remark, 200)} cannot be understood.",
        hint=f"Nothing was applied. Write it as {like}, or take it out.",
    )


def _said(each: Renamed) -> str:
    if each.twin:
        place, name = f"{quote(each.table)}.{quote(each.before)}", quote(each.after)
        change = f"ends {place} for {name}" if each.twin.goes else f"puts {name} beside {place}"
        return f"-- steward: {change}{' as a part' if each.twin.is_part else ''}"
    places = [(each.table, each.before), (each.into, each.after)]
    if by := each.comes_by or each.goes_by:
        places.append((each.into if each.comes_by else each.table, by))
    said = [".".join(map(quote, place)) for place in places]
    return f"-- {_BEGINS}{said[0]} to {said[1]}" + (f" by {said[2]}" if by else "")


def _has(session: Session, table: str, column: str) -> bool:
    known = "SELECT 1 FROM pragma_table_xinfo(?, 'main') WHERE name = ? COLLATE NOCASE"
    return session.value(known, (table, column)) is not None
