"""The rows of a table that differ from those it holds now, in temporary tables laid over it.

Two tables: keys of rows that are hidden, and rows that stand in their place. Together with the rows of the table that
are not hidden they are a source like any other, read by the same keys in the same order; what it costs depends on how
much differs and not on how large the table is. Both have the columns of the table with their affinities and
collations, so that SQLite reads, orders and filters both parts by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from steward_app.db import Session, all_of, fold, qualified, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import AuditedTable, Key, RawText, Value
from steward_app.services.audit.engine.values import StoredValues, bound
from steward_app.services.audit.past.fold_back import Earlier, Folded
from steward_app.services.audit.past.row_changes import temporary
from steward_app.services.rows.source import Source, source_of
from steward_app.services.schema.model import Column, Generated, Table

_numbers = count(1)
_TYPES = {"INTEGER": "INT", "TEXT": "TEXT", "REAL": "REAL", "NUMERIC": "NUMERIC", "BLOB": "BLOB"}
_COLLATIONS = ("BINARY", "NOCASE", "RTRIM")


class Overlay:
    """What lies over one table.

    Args:
        exact: columns whose affinity was another one before: what was stored then must not be made into something else.

    Attributes:
        places: of the columns that are stored, by folded name.
        rows_sql, hidden_sql: the temporary tables.
    """

    def __init__(
        self, session: Session, table: Table, audited: AuditedTable, exact: Collection[str] = ()
    ) -> None:
        self.session = session
        self.table = table
        self.audited = audited
        self.columns = [each for each in table.columns if not each.hidden and each.generated is Generated.NO]
        self.places = {fold(each.name): place for place, each in enumerate(self.columns)}
        number = next(_numbers)
        self.rows_sql = f"temp.{quote(f'{names.PREFIX}then_{number}')}"
        self.hidden_sql = f"temp.{quote(f'{names.PREFIX}hidden_{number}')}"
        self._table_sql = qualified(table.name)
        self._names = [quote(each.name) for each in self.columns]
        self._hidden_rowid = audited.by_rowid and not audited.alias
        self._rowid = quote(audited.rowid) if audited.by_rowid else ""
        self._key = _key_parts(table, audited)
        self._make({fold(name) for name in exact})

    def drop(self) -> None:
        """Give the space back, where that did not go with the session."""
        if self.session.closed:
            return
        with temporary(self.session):
            for each in (self.rows_sql, self.hidden_sql):
                self.session.all(f"DROP TABLE IF EXISTS {each}")

    def put(self, folded: Folded, *, newer: bool = False) -> None:
        """Lay rows over the table.

        Args:
            folded: rows as they were before what already lies here; with `newer`, before what came after it.
        """
        if newer:
            known = [key for key in folded if self._is_hidden(key)]
            folded = {key: row for key, row in folded.items() if key not in set(known)}
        whole = {key: row.cells for key, row in folded.items() if row is not None and row.base is None}
        for key, row in folded.items():
            if row is not None and row.base is not None and row.base != key:
                found = self._read(row.base, newer=newer)
                if found is not None:
                    whole[key] = {**found, **row.cells}
        changed = {key: row for key, row in folded.items() if row is not None and row.base == key}
        with temporary(self.session):
            self._copy(list(changed))
            self._each(
                f"DELETE FROM {self.rows_sql} WHERE {{key}}", [key for key in folded if key not in changed]
            )
            self._hide(folded)
            self._insert(whole)
            self._update(changed)

    def misfits(self, left: Mapping[Key, Mapping[int, Value] | None]) -> int:
        """How many rows of the table are not as the log left them. Asked before these rows are hidden.

        Args:
            left: values by place, or None where there is to be no row.
        """
        found, here = 0, qualified(self.table.name)
        gone = [(key, ()) for key, cells in left.items() if cells is None]
        groups: dict[tuple[int, ...], list[tuple[tuple[Value, ...], Key]]] = {}
        for key, cells in left.items():
            if cells is not None:
                groups.setdefault(tuple(cells), []).append((key, tuple(cells.values())))
        with temporary(self.session):
            self.session.all("CREATE TABLE temp._steward_audit_misfit (n)")
            for marks, some in _alike(gone):
                self._misfit(f"EXISTS (SELECT 1 FROM {here} AS l WHERE {{key}} AND {{exact}})", marks, some)
            for places, rows in groups.items():
                for marks, some in _alike(rows):
                    own = enumerate(zip(places, marks[len(self._key) :], strict=True), len(self._key) + 1)
                    same = all_of([_holds(f"l.{self._names[at]}", mark, n) for n, (at, mark) in own])
                    self._misfit(
                        f"NOT EXISTS (SELECT 1 FROM {here} AS l WHERE {{key}} AND {same})", marks, some
                    )
            found = self.session.count("SELECT count(*) FROM temp._steward_audit_misfit")
            self.session.all("DROP TABLE temp._steward_audit_misfit")
        return found

    def _misfit(self, condition: str, marks: Sequence[str], rows: list[tuple[SqlValue, ...]]) -> None:
        numbered = [mark.replace("?", f"?{at}") for at, mark in enumerate(marks[: len(self._key)], 1)]
        hidden = " AND ".join(f"k{at} = {mark}" for at, mark in enumerate(numbered))
        exact = " AND ".join(
            f"{part} = {mark} COLLATE BINARY AND typeof({part}) = typeof({mark})"
            for (part, _), mark in zip(self.key_sql("l"), numbered, strict=True)
        )
        asked = condition.replace("{key}", self._where(numbered, "l")).replace("{exact}", exact)
        self.session.run_many(
            "INSERT INTO temp._steward_audit_misfit SELECT 1"
            f" WHERE {asked} AND NOT EXISTS (SELECT 1 FROM {self.hidden_sql} WHERE {hidden})",
            rows,
        )

    def rows(self) -> Iterator[tuple[Key, tuple[Value, ...]]]:
        """The rows that lie here: what names each, and its values in the order of the columns."""
        number = self._rowid or "NULL"
        key = [self.places[fold(name)] for name in self.audited.primary_key]
        every = StoredValues(self.session).exactly([number, *self._names], f"FROM {self.rows_sql}")
        for first, *values in every:
            yield ((first,) if self.audited.by_rowid else tuple(values[at] for at in key)), tuple(values)

    def withhold(self, keys: Sequence[Key], emptied: Mapping[Key, Mapping[int, Value]]) -> None:
        """Take rows away, and put other values into cells of others."""
        with temporary(self.session):
            self._each(f"DELETE FROM {self.rows_sql} WHERE {{key}}", keys)
            self._update({key: Earlier(key, dict(cells)) for key, cells in emptied.items()})

    def source(self, without: Collection[str] = ()) -> Source:
        """The rows as they were, for `services.rows`.

        Args:
            without: columns that are left out, folded.
        """
        kept = tuple(
            each for each in self.table.columns if not each.hidden and fold(each.name) not in without
        )
        told = replace(source_of(replace(self.table, columns=kept)), key=source_of(self.table).key)
        names_kept = {fold(each.name) for each in kept}
        if (
            told.key is not None
            and not self._hidden_rowid
            and not names_kept.issuperset(map(fold, told.key.columns))
        ):
            told = replace(told, key=None)
        arms = []
        number = f"{self._rowid} AS {told.key.terms[0].sql}" if self._hidden_rowid and told.key else ""
        listed = ", ".join([*([number] if number else []), *(quote(each.name) for each in kept)])
        arms.append(f"SELECT {listed} FROM {self._table_sql} AS l WHERE {self._not_hidden('l')}")
        arms.append(f"SELECT {listed} FROM {self.rows_sql}")
        return replace(told, sql=f"({' UNION ALL '.join(arms)}) AS {quote(self.table.name)}", stored=False)

    def key_sql(self, of_sql: str) -> Sequence[tuple[str, str]]:
        """The parts of the key in SQL, each with its collation; "" for a number."""
        if self.audited.by_rowid:
            return [(f"{of_sql}.{self._rowid}", "")]
        return [(f"{of_sql}.{quote(name)}", collation) for name, collation in self._key]

    def hidden_key(self) -> list[str]:
        """The columns of the keys that are hidden."""
        return [f"k{place}" for place in range(len(self._key))]

    def _make(self, exact: Collection[str]) -> None:
        key = ", ".join(f"{quote(name)} COLLATE {quote(collation)}" for name, collation in self._key)
        columns = [self._column(each, exact) for each in self.table.columns if not each.hidden]
        if not self.audited.by_rowid:
            columns.append(f"PRIMARY KEY ({key})")
        ending = " WITHOUT ROWID" if self.table.without_rowid else ""
        hidden = "k0 INTEGER PRIMARY KEY"
        if not self.audited.by_rowid:
            parts = []
            for at, (name, collation) in enumerate(self._key):
                kind = _TYPES[self.columns[self.places[fold(name)]].affinity]
                parts.append(f"k{at} {kind} COLLATE {quote(collation)}")
            hidden = f"{', '.join(parts)}, PRIMARY KEY ({', '.join(self.hidden_key())})"
        with temporary(self.session):
            self.session.all(f"CREATE TABLE {self.rows_sql} ({', '.join(columns)}){ending}")
            self.session.all(f"CREATE TABLE {self.hidden_sql} ({hidden})")

    def _column(self, column: Column, exact: Collection[str]) -> str:
        name = quote(column.name)
        if fold(column.name) == fold(self.audited.alias):
            return f"{name} INTEGER PRIMARY KEY"
        kind = "BLOB" if fold(column.name) in exact else _TYPES[column.affinity]
        collation = column.collation.upper() if column.collation.upper() in _COLLATIONS else "BINARY"
        made = f" GENERATED ALWAYS AS ({column.generated_expression})" if column.generated_expression else ""
        return f"{name} {kind} COLLATE {quote(collation)}{made}"

    def _not_hidden(self, of_sql: str) -> str:
        if self.audited.by_rowid:
            return f"{of_sql}.{self._rowid} NOT IN (SELECT k0 FROM {self.hidden_sql})"
        same = " AND ".join(
            f"h.k{at} = {part} COLLATE {quote(collation)}"
            for at, (part, collation) in enumerate(self.key_sql(of_sql))
        )
        return f"NOT EXISTS (SELECT 1 FROM {self.hidden_sql} AS h WHERE {same})"

    def _is_hidden(self, key: Key) -> bool:
        parts, bindings = _bound(key)
        same = " AND ".join(f"k{at} = {part}" for at, part in enumerate(parts))
        return self.session.value(f"SELECT 1 FROM {self.hidden_sql} WHERE {same}", bindings) is not None

    def _where(self, marks: Sequence[str], alias: str) -> str:
        return _same_sql(self.key_sql(alias), marks)

    def _each(self, sql: str, keys: Sequence[Key]) -> None:
        """Run a statement for every key; its `{key}` is the condition for one row of the table."""
        for marks, some in _alike((key, ()) for key in keys):
            alias = self.rows_sql.partition(".")[2]
            self.session.run_many(sql.replace("{key}", self._where(marks, alias)), some)

    def _copy(self, keys: Sequence[Key]) -> None:
        """Bring rows here as they are in the table, where they are not hidden yet."""
        number = [self._rowid] if self._hidden_rowid else []
        listed = ", ".join([*number, *self._names])
        for marks, some in _alike((key, ()) for key in keys):
            numbered = [mark.replace("?", f"?{at}") for at, mark in enumerate(marks, 1)]
            same = " AND ".join(f"k{at} = {mark}" for at, mark in enumerate(numbered))
            self.session.run_many(
                f"INSERT INTO {self.rows_sql} ({listed}) SELECT {listed} FROM {self._table_sql} AS l"
                f" WHERE {self._where(numbered, 'l')}"
                f" AND NOT EXISTS (SELECT 1 FROM {self.hidden_sql} WHERE {same})",
                some,
            )

    def _hide(self, keys: Collection[Key]) -> None:
        for marks, some in _alike((key, ()) for key in keys):
            self.session.run_many(
                f"INSERT OR IGNORE INTO {self.hidden_sql} VALUES ({', '.join(marks)})", some
            )

    def _insert(self, rows: Mapping[Key, Mapping[int, Value]]) -> None:
        number = [self._rowid] if self._hidden_rowid else []
        listed = ", ".join([*number, *self._names])
        every = range(len(self.columns))
        values = (
            ((*key, *(cells.get(at) for at in every)) if number else tuple(cells.get(at) for at in every), ())
            for key, cells in rows.items()
        )
        for marks, some in _alike(values):
            self.session.run_many(f"INSERT INTO {self.rows_sql} ({listed}) VALUES ({', '.join(marks)})", some)

    def _update(self, rows: Mapping[Key, Earlier]) -> None:
        by_cells: dict[tuple[int, ...], list[tuple[tuple[Value, ...], Key]]] = {}
        for key, row in rows.items():
            if row.cells:
                by_cells.setdefault(tuple(row.cells), []).append((tuple(row.cells.values()), key))
        alias = self.rows_sql.partition(".")[2]
        for places, some in by_cells.items():
            for marks, bindings in _alike(some):
                sets = ", ".join(
                    f"{self._names[at]} = {mark}" for at, mark in zip(places, marks, strict=False)
                )
                where = self._where(marks[len(places) :], alias)
                self.session.run_many(f"UPDATE {self.rows_sql} SET {sets} WHERE {where}", bindings)

    def _read(self, key: Key, *, newer: bool) -> dict[int, Value] | None:
        """A row as it is after the stretch that is being laid here."""
        laid = not newer and self._is_hidden(key)
        source = self.rows_sql if laid else self._table_sql
        return read_row(self.session, source, self._names, self.key_sql("l"), key)


def read_row(
    session: Session, source_sql: str, names_sql: Sequence[str], key_sql: Sequence[tuple[str, str]], key: Key
) -> dict[int, Value] | None:
    """One row, typed, by place; None where there is none.

    Args:
        key_sql: the parts of its key over `l`, with their collations.
    """
    marks, bindings = _bound(key)
    same = _same_sql(key_sql, marks)
    rest = f"FROM {source_sql} AS l WHERE {same} LIMIT 1"
    row = next(iter(StoredValues(session).some(names_sql, rest, *bindings)), None)
    return None if row is None else dict(enumerate(row))


def _holds(cell_sql: str, mark_sql: str, number: int) -> str:
    """That a cell holds exactly what is bound as this number, with its type."""
    mark = mark_sql.replace("?", f"?{number}")
    return f"{cell_sql} IS {mark} COLLATE BINARY AND typeof({cell_sql}) = typeof({mark})"


def _same_sql(key_sql: Sequence[tuple[str, str]], marks: Sequence[str]) -> str:
    pairs = zip(key_sql, marks, strict=True)
    return " AND ".join(f"{part} = {mark}{f' COLLATE {quote(c)}' * bool(c)}" for (part, c), mark in pairs)


def _key_parts(table: Table, audited: AuditedTable) -> tuple[tuple[str, str], ...]:
    """The columns that name a row, with the collations by which they do."""
    if audited.by_rowid:
        return ((audited.alias or audited.rowid, "BINARY"),)
    index = next((each for each in table.indexes if each.origin == "primary key"), None)
    collations = {fold(part.name): part.collation.upper() for part in index.columns} if index else {}
    return tuple((name, collations.get(fold(name), "BINARY")) for name in audited.primary_key)


def _bound(values: Sequence[Value]) -> tuple[tuple[str, ...], tuple[SqlValue, ...]]:
    if RawText not in map(type, values):
        return ("?",) * len(values), tuple(values)  # type: ignore[arg-type]  # it is none of those
    pairs = [bound(value) for value in values]
    return tuple(mark for mark, _ in pairs), tuple(value for _, value in pairs)


def _alike(
    rows: Iterator[tuple[tuple[Value, ...], Key]] | Sequence[tuple[tuple[Value, ...], Key]],
) -> Iterator[tuple[tuple[str, ...], list[tuple[SqlValue, ...]]]]:
    """Rows of values (and a key after them) by the marks that stand for them in SQL."""
    found: dict[tuple[str, ...], list[tuple[SqlValue, ...]]] = {}
    for values, key in rows:
        marks, bindings = _bound((*values, *key))
        found.setdefault(marks, []).append(bindings)
    yield from found.items()
