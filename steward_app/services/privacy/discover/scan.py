"""Looks through a database for personal data. It reads, and nothing else: no byte of the file changes, and nothing
leaves the computer.

Large tables are looked at by a random sample, and every column says what share of its rows could hold what no cell
looked at had. `full` reads every cell. What certainly did not change since the last scan is taken over from it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from steward_app import db
from steward_app.catalog import Catalog
from steward_app.catalog.privacy_scans import KeptScan
from steward_app.db import OpenMode, ReadSession, schema_rows
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.discover import kept
from steward_app.services.privacy.discover.apart import CHILDREN, Part, look_apart
from steward_app.services.privacy.discover.codes_elsewhere import codes_elsewhere
from steward_app.services.privacy.discover.hashes_elsewhere import hashes_of_others
from steward_app.services.privacy.discover.judge import judge_all
from steward_app.services.privacy.discover.kept import KeptLook, Stamps
from steward_app.services.privacy.discover.keys_beside import keys_beside
from steward_app.services.privacy.discover.keys_elsewhere import keys_elsewhere
from steward_app.services.privacy.discover.known_keys import NAMES, keys_of, named_by
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.looking import Looked, Looking
from steward_app.services.privacy.discover.model import ColumnScan, NotLookedAt, SameValues, Scan, Verdict
from steward_app.services.privacy.discover.packs import Packs, packs
from steward_app.services.privacy.discover.phones_elsewhere import phones_elsewhere
from steward_app.services.privacy.discover.profile import TableProfile
from steward_app.services.privacy.discover.row_by_row import told_row_by_row
from steward_app.services.privacy.discover.same import Read, may_identify, same_values
from steward_app.services.privacy.discover.sampling import READ_WHOLE, SAMPLE
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, InSchema, Technique, place_id
from steward_app.services.privacy.schema_texts import named_in, texts_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.statistics import estimate_rows

_APART_FROM = 3_000_000
"""Cells from which two processes are done sooner than one, with the seconds that they take to start."""
_NAMES = 50_000
"""Rows of persons whose names keys in JSON are compared with; before a copy is made, with all."""
_TEXTS = frozenset({Technique.REDACT, Technique.BLOB, Technique.JSON})
_ENGINE = 11
_OURS = "This program's own record. A log of changes holds values of the tables it watches."
_STATISTICS = "SQLite's statistics. They hold samples of the values of indexed columns."


def scan(
    path: Path,
    context: Context | None = None,
    *,
    full: bool = False,
    tables: Sequence[str] | None = None,
    catalog: Catalog | None = None,
    again: bool = False,
) -> Scan:
    """Look through a database.

    Args:
        full: look at every cell, not at a sample of large tables.
        tables: read these alone (views, too); of the others the last scan is taken over as it is.
        catalog: where the last scan of the database is kept, and this one will be.
        again: read every table, whether or not it changed since the last scan.

    Raises:
        UsageError: there is no table of that name; a rule pack cannot be understood.
        Cancelled: nothing is kept.
        Failure: the file cannot be read.
    """
    context = context or Context()
    started = time.perf_counter()
    rules = packs(path, context)
    with db.open_read(path, context) as session:
        schema = read_schema(session, context)
        database_id = kept.known_as(catalog, path, session) if catalog is not None else ""
        last = kept.load(catalog, database_id) if catalog is not None and database_id else None
        work = _Work(session, schema, rules, context, full=full)
        work.choose(tables, None if again else last, last)
        work.read()
        same = work.same()
        context.checkpoint()
        roles, columns = judge_all(work.profiles(same), schema, rules)
        if work.look_again(columns):
            same = work.same()
            roles, columns = judge_all(work.profiles(same), schema, rules)
        columns = told_row_by_row(session, schema, roles, columns, rules, context)
        in_schema = work.named_in_schema(columns)
    found = Scan(
        path=str(path.absolute()),
        schema_hash=schema.hash,
        rules=work.rules,
        made_at=clock.to_text(clock.now()),
        full=all(look.full for look in work.looks.values()),
        cells=work.cells,
        seconds=round(time.perf_counter() - started, 3),
        tables=roles,
        columns=columns,
        same_values=same,
        not_looked_at=(
            *work.left_out,
            *(each for look in work.looks.values() for each in look.not_looked_at),
        ),
        again=tuple(work.again),
        unsure=tuple(work.unsure),
        in_schema=in_schema,
    )
    if catalog is not None and database_id:
        kept.keep(catalog, database_id, found, work.kept(same))
    return found


class _Work:
    """One scan.

    Attributes:
        looks: what is known of each table, in the order of the file.
        again: tables that were read this time; `unsure`: those that may be as they were in the scan before.
        left_out: tables that are not looked at at all.
    """

    def __init__(
        self, session: ReadSession, schema: Schema, packs: Packs, context: Context, *, full: bool
    ) -> None:
        self._session, self._schema, self._context, self._full = session, schema, context, full
        self._packs, self._lexicon = packs, lexicon(packs)
        self._stamps: Stamps = kept.stamps(session, schema)
        self.rules = f"{_ENGINE}.{packs.digest}"
        self.looks: dict[str, KeptLook] = {}
        self._stamp_of: dict[str, str] = {}
        self._to_read: list[Table] = []
        self._read: list[Read] = []
        self._apart: bool | None = None
        self._lock = threading.Lock()
        self.again: list[str] = []
        self.unsure: list[str] = []
        self.left_out: list[NotLookedAt] = []
        self.cells = 0

    def choose(self, names: Sequence[str] | None, last: KeptScan | None, before: KeptScan | None) -> None:
        """Which tables are read, and which are as in the last scan."""
        asked_for = {_named(self._schema, name).name for name in names} if names is not None else None
        for table in self._schema.tables:
            if asked_for is not None and table.name in asked_for:
                self._to_read.append(table)
            elif asked_for is not None:
                self._take_over(table, before, certainly=False)
            elif why := _why_not(table):
                self.left_out.append(NotLookedAt(table.name, "", why, unreadable=bool(table.problem)))
            elif table.kind in (TableKind.TABLE, TableKind.VIRTUAL) and not self._take_over(table, last):
                self._to_read.append(table)

    def read(self) -> None:
        """Read them."""
        looks = self._look([(table, self._full) for table in self._to_read])
        for table in self._to_read:
            self._took(table, looks[table.name])
        unreadable = {
            table.name for table in self._to_read if table.module and not looks[table.name].profile.columns
        }
        shadows = [
            table for table in self._schema.tables if table.owner in unreadable
        ]  # can be read all the same
        for table, looked in zip(
            shadows, self._look([(table, self._full) for table in shadows]).values(), strict=True
        ):
            self._took(table, looked)

    def same(self) -> tuple[SameValues, ...]:
        """Columns of several tables with the same values; of tables that were not read, as in the last scan."""
        if not self.again:
            return tuple(each for look in self.looks.values() for each in look.same)
        self._context.report(len(self._to_read), len(self._to_read), unit="tables", note="")
        with self._session.under(self._context), self._session.snapshot():
            read = [*self._read, *self._unread()]
            codes = tuple(codes_elsewhere(self._session, self._schema, read, self._context))
            in_full = {(each.child, each.parent) for each in codes}  # more than the number at the end of each
            found = keys_elsewhere(self._session, self._schema, read, self._context)
            beside = keys_beside(self._session, self._schema, read, self._context)
            hashes = hashes_of_others(self._session, self._schema, read, self._context)
            numbers = [
                each for each in (*found, *beside, *hashes) if (each.child, each.parent) not in in_full
            ]
            held = {each.child for each in numbers}
            numbers += [each for each in codes if each.child not in held]
            same = same_values(self._session, self._schema, read, self._context)
            whole = {(each.child, each.parent) for each in same}
            numbers = [each for each in numbers if not (each.written and (each.child, each.parent) in whole)]
            inside = {each.child for each in numbers if each.child.path}
            same = tuple(each for each in same if each.child not in inside)
            pairs = {frozenset((each.child, each.parent)) for each in numbers}
            phones = phones_elsewhere(self._session, read, self._packs.headers, self._context)
            numbers += [each for each in phones if frozenset((each.child, each.parent)) not in pairs]
            told = {(each.child, each.parent) for each in same}
            return (*same, *(each for each in numbers if (each.child, each.parent) not in told))

    def profiles(self, same: Sequence[SameValues]) -> tuple[TableProfile, ...]:
        """All tables, as the judge reads them."""
        from dataclasses import replace

        return tuple(
            replace(
                look.profile,
                same=tuple(
                    (each.child.column, each.parent.table, each.parent.column, each.share)
                    for each in same
                    if each.child.table == name and not (each.child.path or each.written)
                ),
                referring={
                    place_id(each.child): (each.parent.table, each.parent.column, each.written)
                    for each in same
                    if each.child.table == name and (each.child.path or each.written)
                },
            )
            for name, look in self.looks.items()
        )

    def look_again(self, columns: Sequence[ColumnScan]) -> bool:
        """Look at the JSON again whose keys name persons of the database: they are data. Whether there is any."""
        names = [
            (each.place, each.kind)
            for each in columns
            if each.kind in NAMES and each.verdict is Verdict.PERSONAL and not each.place.path
        ]
        keys = {
            name: {key for each in look.profile.columns for key in keys_of(each.place.path or "$")}
            for name, look in self.looks.items()
        }
        asked = frozenset().union(*keys.values())
        if not asked or not names:
            return False
        with self._session.snapshot():
            known = named_by(
                self._session,
                asked,
                names,
                self._lexicon,
                self._context,
                most=None if self._full else _NAMES,
                beside=True,
            )
        looking = Looking(self._session, self._lexicon, self._context, lambda table, cells: None, known)
        again = [table for table in self._schema.tables if known & keys.get(table.name, set())]
        for table in again:
            full = self.looks[table.name].full
            self._took(table, looking.table(table, self._seed(table), full=full))
        return bool(again)

    def named_in_schema(self, columns: Sequence[ColumnScan]) -> tuple[InSchema, ...]:
        """Values of columns that lead to a person, where the text of the schema has them, too."""
        whole = {name for name, look in self.looks.items() if look.full and not look.not_looked_at}
        tables = {table.name for table in self._schema.tables if table.kind is TableKind.TABLE} & whole
        places = [each.place for each in columns if each.place.table in tables and _leads_to_a_person(each)]
        rows = schema_rows(self._session)
        texts = texts_of((row.type, row.name, row.sql) for row in rows if not row.problem)
        with self._session.under(self._context):
            return tuple(sorted(set(named_in(self._session, texts.phrases, places))))

    def kept(self, same: Sequence[SameValues]) -> Mapping[str, tuple[str, KeptLook]]:
        """What the next scan takes over."""
        return {
            name: (
                self._stamp_of[name],
                KeptLook(
                    look.profile,
                    look.not_looked_at,
                    look.full,
                    tuple(each for each in same if each.child.table == name),
                ),
            )
            for name, look in self.looks.items()
        }

    def _took(self, table: Table, looked: Looked) -> None:
        self.looks[table.name] = KeptLook(
            looked.profile, looked.not_looked_at, self._full or looked.profile.whole
        )
        self._stamp_of[table.name] = self._stamps.of(table)
        self._read = [each for each in self._read if each.profile.place.table != table.name]
        self._read += looked.read
        if table.name not in self.again:
            self.again.append(table.name)

    def _take_over(self, table: Table, last: KeptScan | None, *, certainly: bool = True) -> bool:
        entry = last.tables.get(table.name) if last is not None else None
        if last is None or entry is None:
            return False
        if certainly and last.rules != self.rules:
            return False
        if certainly and not kept.is_unchanged(entry.stamp, now := self._stamps.of(table)):
            if kept.is_unsure(entry.stamp, now):
                self.unsure.append(table.name)
            return False
        look = kept.look(entry)
        if certainly and self._full and not look.full:
            return False
        self.looks[table.name] = look
        self._stamp_of[table.name] = entry.stamp
        return True

    def _unread(self) -> list[Read]:
        """Columns of tables that were taken over, read so far as comparing them needs."""
        return [read for looked in self._look(self._compared()).values() for read in looked.read]

    def _compared(self) -> list[tuple[Table, bool]]:
        """Tables that were taken over and hold what may stand in those that were read."""
        unread = [self._schema.table(name) for name in self.looks if name not in self.again]
        return [
            (table, False)
            for table in unread
            if table is not None and any(map(may_identify, self.looks[table.name].profile.columns))
        ]

    def _look(self, tables: Sequence[tuple[Table, bool]]) -> dict[str, Looked]:
        """Look at tables: here, or where there is much to look at, in processes of their own."""
        parts = [part for table, full in tables for part in self._parts(table, full=full)]
        if self._apart is None:
            self._apart = self._may_be_apart() and sum(part.cells for part in parts) >= _APART_FROM
        if self._apart and parts:
            return look_apart(self._session.path, self._schema, self._packs, parts, self._context, self._note)
        looking = Looking(
            self._session, self._lexicon, self._context, lambda table, cells: self._note(table.name, cells)
        )
        found = {}
        for table, full in tables:
            self._context.checkpoint()
            self._note(table.name, 0)
            found[table.name] = looking.table(table, self._seed(table), full=full)
        return found

    def _parts(self, table: Table, *, full: bool) -> list[Part]:
        """A table as work for several: a large one by its columns."""
        with self._session.under(self._context):
            about = estimate_rows(self._session, table)
        rows = about.rows if about is not None else READ_WHOLE
        cells = len(table.columns) * (rows if full or rows <= READ_WHOLE else SAMPLE)
        count = CHILDREN if cells >= _APART_FROM / 4 and len(table.columns) > 1 and not table.module else 1
        return [
            Part(table.name, self._seed(table), full, (number, count), cells // count)
            for number in range(count)
        ]

    def _may_be_apart(self) -> bool:
        """Whether other processes see the same: not where we look at a copy, or around what is damaged."""
        state = self._session.state
        return (os.cpu_count() or 1) >= CHILDREN and state.mode is OpenMode.NORMAL and state.live

    def _seed(self, table: Table) -> str:
        return f"{self._schema.hash}/{table.name}"

    def _note(self, table: str, cells: int) -> None:
        with self._lock:
            self.cells += cells
            more = f", {self.cells:,} cells in all" if self.cells else ""
        self._context.report(
            len(self.again), len(self._to_read), unit="tables", note=f"{quoted(table)}{more}"
        )


def _leads_to_a_person(column: ColumnScan) -> bool:
    kind = kinds().get(column.kind)
    return (
        column.verdict is Verdict.PERSONAL
        and kind is not None
        and kind.identifies is Identifies.DIRECT
        and kind.technique not in _TEXTS
    )


def _named(schema: Schema, name: str) -> Table:
    table = schema.table(name)
    if table is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no table {quoted(name)}.",
            hint="Nothing was read. “steward schema show” lists the tables.",
        )
    return table


def _why_not(table: Table) -> str:
    """Why a table is not looked at, or ""."""
    if table.ours:
        return _OURS
    if table.name.startswith("sqlite_stat"):
        return _STATISTICS
    if table.problem and table.kind is not TableKind.VIEW:
        return f"SQLite cannot read it: {table.problem}."
    return ""
