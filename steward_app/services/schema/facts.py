"""What SQLite says of a schema by its pragmas, gathered in a few statements, and what it says against it.

One query a kind of fact, joined over the schema table, is many times faster than one a table; but one object
that SQLite cannot use (a module that is missing, a damaged row) makes such a query fail as a whole. Then, and
for views and virtual tables always, every object is asked alone, and its failure is its own.

Text that is not valid UTF-8 (old programs wrote Latin-1) comes with each such byte as half a surrogate pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from steward_app.db.any_text import rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold
from steward_app.db.safe_mode import judged_rows
from steward_app.db.session import Session
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.schema.nesting import is_too_deep, too_deep


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the schema table.

    Attributes:
        sql: "" for automatic indexes.
        refused: in a damaged schema, why SQLite does not take this row, in its words; else "".
    """

    type: str
    name: str
    table: str
    sql: str
    refused: str = ""

    @property
    def is_virtual(self) -> bool:
        """Whether the text makes a virtual table; SQLite itself always writes it so."""
        return self.sql.startswith("CREATE VIRTUAL TABLE")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of pragma_table_list."""

    type: str
    without_rowid: bool
    strict: bool


@dataclass(slots=True)
class Facts:
    """Rows of the pragmas by the name of their table or index, as SQLite orders them.

    Attributes:
        listed: by table, None where the list could not be read.
        columns: (name, type, not null, default, key position, hidden) by table.
        indexes: (name, unique, origin, partial) by table, newest first.
        index_terms: (place in the table, name, descending, collation) of key terms by index.
        foreign_keys: (id, parent, column, parent column, on update, on delete) by table, newest first.
        problems: by table or view, in SQLite's words.
    """

    stored: tuple[Stored, ...]
    temporary: tuple[Stored, ...] = ()
    listed: dict[str, Listed] = field(default_factory=dict)
    columns: dict[str, list[Row]] = field(default_factory=dict)
    indexes: dict[str, list[Row]] = field(default_factory=dict)
    index_terms: dict[str, list[Row]] = field(default_factory=dict)
    foreign_keys: dict[str, list[Row]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    stored_indexes: dict[str, list[Stored]] = field(init=False)
    stored_triggers: dict[str, list[Stored]] = field(init=False)

    def __post_init__(self) -> None:
        self.stored_indexes, self.stored_triggers = defaultdict(list), defaultdict(list)
        for row in self.stored:
            if row.type == "index":
                self.stored_indexes[row.table].append(row)
            elif row.type == "trigger":
                self.stored_triggers[fold(row.table)].append(row)


_STORED = ("type, name, tbl_name, coalesce(sql, '')", "{}.sqlite_schema")
_LISTED = ("name, type, wr, strict", "pragma_table_list WHERE schema = 'main'")
_LISTED_ALONE = (_LISTED[0], f"{_LISTED[1]} AND name = {{}}")
_COLUMNS = (
    'x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden',
    "pragma_table_xinfo({}, 'main') AS x",
)
_INDEXES = ('l.name, l."unique", l.origin, l.partial', "pragma_index_list({}, 'main') AS l")
_TERMS = ('t.cid, t.name, t."desc", t.coll', "pragma_index_xinfo({}, 'main') AS t WHERE t.key")
_KEYS = (
    'f.id, f."table", f."from", f."to", f.on_update, f.on_delete',
    "pragma_foreign_key_list({}, 'main') AS f",
)


SCHEMA_TABLE = Stored("table", "sqlite_schema", "sqlite_schema", "")
"""The schema table itself, which is not in the schema table."""


def gather(session: Session, context: Context) -> Facts:
    """Everything the pragmas say of schema main."""
    stored = _judged(session) if _reads_past_damage(session) else _stored(session, "main")
    temporary = tuple(row for row in _stored(session, "temp") if row.type == "trigger")
    facts = Facts(stored, temporary)
    taken = [row for row in stored if not row.refused]
    plain = [row.name for row in taken if row.type == "table" and not row.is_virtual]
    others = [row.name for row in taken if row.type == "view" or row.is_virtual]
    facts.columns = _for_all(session, context, _COLUMNS, plain, facts.problems)
    _ask_each(session, context, _COLUMNS, [SCHEMA_TABLE.name], facts.columns, facts.problems)
    _ask_each(session, context, _COLUMNS, others, facts.columns, facts.problems, _views(stored))
    if not any(map(is_too_deep, facts.problems.values())):
        facts.listed = _listed(session)  # this asks for every view again
    facts.indexes = _for_all(session, context, _INDEXES, plain, {})
    indexes = [str(row[0]) for rows in facts.indexes.values() for row in rows]
    facts.index_terms = _terms(session, context, indexes)
    facts.foreign_keys = _for_all(session, context, _KEYS, plain, {})
    return facts


def gather_table(session: Session, name: str) -> Facts:
    """The same of one table or view, and of what hangs on it."""
    if _reads_past_damage(session):
        stored = tuple(row for row in _judged(session) if fold(row.table) == fold(name))
    else:
        columns, source = _STORED
        mark, binding = _bound(name)
        of_table = f"SELECT {columns} FROM {source.format('main')} WHERE tbl_name = {mark} COLLATE NOCASE"
        rows = rows_of_any_text(session, of_table, (binding,))
        stored = tuple(Stored(*map(str, row)) for row in rows)
    facts, context = Facts(stored), Context()
    names = [row.name for row in stored if row.type in ("table", "view") and not row.refused]
    _ask_each(session, context, _COLUMNS, names, facts.columns, facts.problems)
    _ask_each(session, context, _INDEXES, names, facts.indexes, {})
    indexes = [str(row[0]) for each in facts.indexes.values() for row in each]
    _ask_each(session, context, _TERMS, indexes, facts.index_terms, {})
    _ask_each(session, context, _KEYS, names, facts.foreign_keys, {})
    listed: dict[str, list[Row]] = {}
    _ask_each(session, context, _LISTED_ALONE, names, listed, {})
    for each in listed.values():
        facts.listed |= {str(row[0]): Listed(str(row[1]), bool(row[2]), bool(row[3])) for row in each}
    return facts


def _stored(session: Session, schema: str) -> tuple[Stored, ...]:
    columns, source = _STORED
    rows = rows_of_any_text(session, f"SELECT {columns} FROM {source.format(schema)}")
    return tuple(Stored(*map(str, row)) for row in rows)


def _reads_past_damage(session: Session) -> bool:
    """Whether the session is in safe mode: only there does SQLite let the schema be written, on a read-only file."""
    return session.value("PRAGMA writable_schema") == 1


def _judged(session: Session) -> tuple[Stored, ...]:
    return tuple(Stored(r.type, r.name, r.table, r.sql, r.problem) for r in judged_rows(session))


def _views(stored: Iterable[Stored]) -> dict[str, str]:
    return {row.name: row.sql for row in stored if row.type == "view"}


def _listed(session: Session) -> dict[str, Listed]:
    try:
        with in_sqlites_words():
            rows = list(rows_of_any_text(session, "SELECT {} FROM {}".format(*_LISTED)))
    except SqliteSays:
        return {}
    return {str(name): Listed(str(type_), bool(wr), bool(strict)) for name, type_, wr, strict in rows}


def _for_all(
    session: Session, context: Context, what: tuple[str, str], names: Sequence[str], problems: dict[str, str]
) -> dict[str, list[Row]]:
    """Rows by table in one statement over all ordinary tables; one by one when that fails."""
    columns, source = what
    found = _in_one(session, f"m.name, {columns}", source.format("m.name"))
    if found is None:
        found = {}
        _ask_each(session, context, what, names, found, problems)
    return found


def _terms(session: Session, context: Context, indexes: Iterable[str]) -> dict[str, list[Row]]:
    """The same for the terms of all indexes."""
    columns, source = _TERMS
    each_index = _INDEXES[1].format("m.name")
    found = _in_one(session, f"l.name, {columns}", f"{each_index} CROSS JOIN {source.format('l.name')}")
    if found is None:
        found = {}
        _ask_each(session, context, _TERMS, indexes, found, {})
    return found


def _in_one(session: Session, columns: str, source: str) -> dict[str, list[Row]] | None:
    """Rows by their first column, for every ordinary table `m`; None where one of them makes it fail."""
    if _reads_past_damage(session):  # a name may stand there twice
        return None
    every = "m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL TABLE%'"
    sql = f"SELECT {columns} FROM main.sqlite_schema AS m CROSS JOIN {source}"
    sql += f"{' AND' if ' WHERE ' in source else ' WHERE'} {every}"
    found: dict[str, list[Row]] = defaultdict(list)
    try:
        with in_sqlites_words():
            for row in session.execute(sql):
                found[row[0]].append(row[1:])  # type: ignore[index]  # a name
    except (SqliteSays, UnicodeDecodeError):
        return None
    return found


def _ask_each(
    session: Session,
    context: Context,
    what: tuple[str, str],
    names: Iterable[str],
    found: dict[str, list[Row]],
    problems: dict[str, str],
    views: Mapping[str, str] = MappingProxyType({}),
) -> None:
    columns, source = what
    for name in names:
        context.checkpoint()
        if name in problems:
            continue
        try:
            with in_sqlites_words():
                mark, binding = _bound(name)
                asked = f"SELECT {columns} FROM {source.format(mark)}"
                found[name] = list(rows_of_any_text(session, asked, (binding,)))
        except SqliteSays as said:
            problems[name] = str(said)
            if is_too_deep(problems[name]):
                problems |= dict.fromkeys(too_deep(views) - problems.keys(), problems[name])


def _bound(name: str) -> tuple[str, SqlValue]:
    """The mark and the value that bind a name, also one that is not valid UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "CAST(? AS TEXT)", name.encode("utf-8", "surrogateescape")
    return "?", name
