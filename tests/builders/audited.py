"""Generated tables under audit, and statements of every kind that write to them.

A seed names one case. Everything is plain SQL text, so that every writer does the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import apsw

from builders.writers import Writer
from steward_app.db import literal, open_write, quote
from steward_app.db.session import WriteSession
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.harvest import harvest, holds_rows
from steward_app.services.audit.engine.model import AuditedTable, Change, Mode
from steward_app.services.audit.engine.replay import State, backward, equal, forward, live
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.schema import read_schema

_VALUES = [None, 0, 1, 1.0, -1, 2**53 + 1, 2**63 - 1, -(2**63), float(-(2**63)), 0.1 + 0.2, 1 / 3, -0.0, 0.0]
_VALUES += [math.inf, -math.inf, 1e-300, "", "a", "A", "a ", "1", "1.0", "a\0b", b"", b"\0\xff", b"a", "é"]
_VALUES += ["x" * 300, "ünï\ncode", "'; --"]
HARD = [*map(literal, _VALUES), "CAST(x'61ff' AS TEXT)", "CAST(x'ff00fe' AS TEXT)"]
"""What is lost by those who take SQL for JSON, or bytes for text."""
KEYS = ["1", "2", "3", "4", "5", "6", "'a'", "'b'", "'A'", "NULL", "7", "1.0", "'1'"]
NUMBERS = ["NULL", "1", "2", "3", "4", "5", "6", "7", "8", "-1"]
NAMES = [
    "a",
    "new",
    "old",
    "x",
    "c",
    "p",
    "z",
    "l",
    "k",
    "seq",
    "m0",
    "o1",
    "n2",
    'quo"te',
    "sel ect",
    "ä",
    "a'b",
    "--",
]
NAMES += ["rid", "select", "r\nn", "clock", "excluded", "op"]
TABLES = ["t", "old", "new", "x", 'a"b', "select", "c", "main", "t t", "ünï"]
TYPES = ["", "INTEGER", "TEXT", "TEXT COLLATE NOCASE", "REAL", "NUMERIC", "BLOB", "INT COLLATE RTRIM"]
STRICT_TYPES = ["INTEGER", "TEXT", "TEXT COLLATE NOCASE", "REAL", "ANY", "BLOB", "INT"]
RULES = ["", " UNIQUE", " UNIQUE", " UNIQUE ON CONFLICT REPLACE", " NOT NULL DEFAULT 'a' UNIQUE"]
ROWIDS = ("rowid", "_rowid_", "oid")
POLICIES = ["", "OR REPLACE ", "OR REPLACE ", "OR IGNORE ", "OR ABORT ", "OR FAIL ", "OR ROLLBACK "]


@dataclass
class Made:
    """A generated table.

    Attributes:
        columns: those that can be written, with the values they take.
        modes: what is logged of some of them.
        gentle: no UPDATE replaces, since the table refers to itself with SET NULL (`audit_displaces_its_parent`).
    """

    name: str
    sql: list[str]
    columns: dict[str, list[str]]
    modes: dict[str, Mode] = field(default_factory=dict)
    gentle: bool = False


def a_table(rnd: random.Random, name: str, parent: str = "") -> Made:
    """A table of any kind the audit takes."""
    pool, strict = rnd.sample(NAMES, 9), rnd.random() < 0.15
    kind = rnd.choice(
        ["rowid", "rowid", "autoincrement", "text", "none", "without", "without", "taken", "named"]
    )
    types = STRICT_TYPES if strict else TYPES
    columns, parts, tail = _key(rnd, kind, pool, types)
    key = next(iter(columns), "")
    for _ in range(rnd.randint(1, 4)):
        column, values = pool.pop(), rnd.choice([HARD, HARD, KEYS])
        rule = rnd.choice(RULES) if values is KEYS else ""
        if "DEFAULT" in rule and strict:
            rule = " UNIQUE"
        if rnd.random() < 0.1:
            rule += f" CHECK ({quote(column)} IS NOT 6)"
        parts.append(f"{quote(column)} {rnd.choice(types)}{rule}")
        columns[column] = values
    any_type = "ANY" if strict else ""
    if parent:
        column, action = pool.pop(), rnd.choice(["CASCADE", "SET NULL", "NO ACTION"])
        update = "CASCADE" if parent != name else "NO ACTION"
        target = f"REFERENCES {quote(parent)} ON DELETE {action} ON UPDATE {update}"
        parts.append(f"{quote(column)} {any_type} {target}")
        columns[column] = NUMBERS
    if rnd.random() < 0.25:
        made, unique = f"{quote(rnd.choice(list(columns)))} || 'g'", " UNIQUE" * (rnd.random() < 0.5)
        parts.append(f"{quote(pool.pop())} {any_type} GENERATED ALWAYS AS ({made}) VIRTUAL{unique}")
    written = list(columns)
    if len(written) > 2 and rnd.random() < 0.3:
        tail.append(f"UNIQUE ({', '.join(map(quote, rnd.sample(written, 2)))})")
    options = [word for word, wanted in (("WITHOUT ROWID", kind == "without"), ("STRICT", strict)) if wanted]
    sql = [f"CREATE TABLE {quote(name)} ({', '.join([*parts, *tail])}) {', '.join(options)}"]
    if rnd.random() < 0.3:
        sql.append(_partial_index(rnd, name, written))
    others = [column for column in written if column != key]
    if others and rnd.random() < 0.35:
        sql += _touch(rnd, name, rnd.choice(others), written)
    modes = {
        c: rnd.choice([Mode.FLAG, Mode.NONE]) for c in others if rnd.random() < 0.08 and kind != "without"
    }
    gentle = parent == name and "ON DELETE SET NULL" in sql[0]
    if gentle:
        sql = [
            text.replace(" ON CONFLICT REPLACE", "") for text in sql if not text.startswith("CREATE TRIGGER")
        ]
    return Made(name, sql, columns, modes, gentle)


def _key(
    rnd: random.Random, kind: str, pool: list[str], types: Sequence[str]
) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """The columns of a key with their values, their definitions, and what stands after all columns."""
    taken = dict.fromkeys(ROWIDS, HARD) if kind in ("taken", "named") else {}
    others = [f"{quote(name)} {rnd.choice(types)}" for name in taken]
    match kind:
        case "rowid" | "autoincrement" | "taken":
            key = rnd.choice(["id", "rowid", "oid"]) if kind != "taken" else "id"
            own = f"{quote(key)} INTEGER PRIMARY KEY{' AUTOINCREMENT' * (kind == 'autoincrement')}"
            return {key: NUMBERS, **taken}, [own, *others], []
        case "text" | "named":
            key = pool.pop()
            own = f"{quote(key)} {rnd.choice(['TEXT', 'TEXT COLLATE NOCASE'])}{' NOT NULL' * bool(taken)} PRIMARY KEY"
            return {key: KEYS, **taken}, [own, *others], []
        case "without":
            keys, collated = (
                [pool.pop() for _ in range(rnd.randint(1, 2))],
                rnd.choice(["", "", " COLLATE NOCASE"]),
            )
            last = f"PRIMARY KEY ({', '.join(quote(each) + collated for each in reversed(keys))})"
            return dict.fromkeys(keys, KEYS), [f"{quote(each)} {rnd.choice(types)}" for each in keys], [last]
    return {}, [], []


def _partial_index(rnd: random.Random, name: str, written: Sequence[str]) -> str:
    one, other = quote(rnd.choice(written)), quote(rnd.choice(written))
    term = rnd.choice([one, one, f"lower({one})", f"{one} || {other}"]) + rnd.choice(["", " COLLATE NOCASE"])
    return f"CREATE UNIQUE INDEX {quote('u ' + name)} ON {quote(name)} ({term}) WHERE {other} IS NOT 1"


def _touch(rnd: random.Random, name: str, column: str, written: Sequence[str]) -> Iterator[str]:
    """Triggers that change the row again, as `updated_at` does."""
    touched, table = quote(column), quote(name)
    same = " AND ".join(f"{quote(each)} IS new.{quote(each)}" for each in written)
    of = quote(rnd.choice(written))
    if rnd.random() < 0.5:
        yield (
            f"CREATE TRIGGER {quote('zu ' + name)} AFTER UPDATE OF {of} ON {table} WHEN new.{touched} IS NOT 5"
            f" BEGIN UPDATE {table} SET {touched} = 5 WHERE {same}; END"
        )
    if rnd.random() < 0.5:
        yield (
            f"CREATE TRIGGER {quote('zi ' + name)} AFTER INSERT ON {table} BEGIN UPDATE {table} SET {touched} = 4"
            f" WHERE {same}; END"
        )


class Statements:
    """Statements on generated tables."""

    def __init__(self, rnd: random.Random, made: Sequence[Made]) -> None:
        self._rnd = rnd
        self._made = made

    def some(self, number: int) -> Iterator[str]:
        """Single ones, and transactions that are committed or rolled back, whole or in part."""
        for _ in range(number):
            chance = self._rnd.random()
            if chance < 0.06:
                yield from (
                    "BEGIN",
                    *(self.one() for _ in range(3)),
                    self._rnd.choice(["COMMIT", "ROLLBACK"]),
                )
            elif chance < 0.12:
                yield from ("BEGIN", self.one(), "SAVEPOINT s", self.one(), self.one())
                yield from (self._rnd.choice(["ROLLBACK TO s", "RELEASE s"]), self.one(), "COMMIT")
            elif chance < 0.15:
                yield f"PRAGMA recursive_triggers = {self._rnd.randrange(2)}"
            else:
                yield self.one()
        yield "COMMIT"

    def one(self) -> str:
        rnd, made = self._rnd, self._rnd.choice(self._made)
        table, chance = quote(made.name), self._rnd.random()
        if chance < 0.4:
            return self.insert(made)
        if chance < 0.5:
            return self._upsert(made)
        if chance < 0.56:
            columns = ", ".join(map(quote, made.columns))
            shifted = ", ".join(self._expression(made, column) for column in made.columns)
            return (
                f"INSERT {rnd.choice(POLICIES)}INTO {table} ({columns}) SELECT {shifted} FROM {table} LIMIT 3"
            )
        if chance < 0.86:
            changed = rnd.sample(list(made.columns), min(len(made.columns), rnd.randint(1, 2)))
            sets = ", ".join(f"{quote(c)} = {self._expression(made, c)}" for c in changed)
            policy = "" if made.gentle else rnd.choice(POLICIES)
            return f"UPDATE {policy}{table} SET {sets}{self._where(made)}"
        return f"DELETE FROM {table}{self._where(made, rarely_all=True)}"

    def insert(self, made: Made) -> str:
        rnd = self._rnd
        columns = list(made.columns) if rnd.random() < 0.8 else rnd.sample(list(made.columns), 1)
        rows = ", ".join(
            f"({', '.join(rnd.choice(made.columns[c]) for c in columns)})"
            for _ in range(rnd.choice([1, 1, 1, 3]))
        )
        into = f"{quote(made.name)} ({', '.join(map(quote, columns))})"
        return f"INSERT {rnd.choice(POLICIES)}INTO {into} VALUES {rows}"

    def _upsert(self, made: Made) -> str:
        column = self._rnd.choice(list(made.columns))
        done = self._rnd.choice(["NOTHING", f"UPDATE SET {quote(column)} = excluded.{quote(column)}"])
        return f"{self.insert(made)} ON CONFLICT DO {done}"

    def _expression(self, made: Made, column: str) -> str:
        value = self._rnd.choice(made.columns[column])
        return self._rnd.choice([value, value, value, quote(column), f"{quote(column)} + 1"])

    def _where(self, made: Made, *, rarely_all: bool = False) -> str:
        if self._rnd.random() < (0.05 if rarely_all else 0.2):
            return ""
        column = self._rnd.choice(list(made.columns))
        return f" WHERE {quote(column)} IS {self._rnd.choice(made.columns[column])}"


@dataclass
class Case:
    """One seed, made and under audit."""

    path: Path
    rnd: random.Random
    made: list[Made]
    audited: list[AuditedTable] = field(default_factory=list)
    base: list[State] = field(default_factory=list)
    checkpoints: list[tuple[int, list[State]]] = field(default_factory=list)

    def note(self, session: WriteSession) -> None:
        """Note what the tables hold now."""
        self.checkpoints.append((tables.last_seq(session), [live(session, each) for each in self.audited]))


def a_case(path: Path, seed: int) -> Case:
    """Generated tables with some rows, put under audit."""
    rnd = random.Random(seed)
    names = rnd.sample(TABLES, 2)
    first_refers = names[0] if rnd.random() < 0.25 else ""
    case = Case(path, rnd, [])
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA encoding = {rnd.choice(['UTF8', 'UTF8', 'UTF8', quote('UTF-16le')])}")
    connection.execute("PRAGMA page_size = 1024; PRAGMA synchronous = OFF")
    for name, parent in zip(names, (first_refers, names[0]), strict=True):
        case.made.append(_that_sqlite_takes(connection, rnd, name, parent))
    _counting(connection, rnd, case.made)
    statements = Statements(rnd, case.made)
    for made in case.made:
        for _ in range(8):
            try:
                connection.execute(statements.insert(made)).fetchall()
            except apsw.Error:
                continue
    connection.close()
    with open_write(path) as session, session.transaction():
        schema = read_schema(session)
        for made in case.made:
            table = schema.table(made.name)
            assert table is not None
            shape = shape_of(table, schema)
            assert not shape.refused, shape.findings
            case.audited.append(arm(session, shape, made.modes))
        case.base = [live(session, each) for each in case.audited]
    return case


def _counting(connection: apsw.Connection, rnd: random.Random, made: Sequence[Made]) -> None:
    """Now and then a trigger on the child that changes its parent, as one that counts does."""
    parent, child = made
    key, link = next(iter(parent.columns)), list(child.columns)[-1]
    others = [column for column in parent.columns if column != key]
    if not others or parent.gentle or rnd.random() < 0.7:
        return
    column = quote(rnd.choice(others))
    connection.execute(
        f"CREATE TRIGGER counting AFTER DELETE ON {quote(child.name)} BEGIN UPDATE {quote(parent.name)}"
        f" SET {column} = 3 WHERE {quote(key)} IS old.{quote(link)}; END"
    )


def _that_sqlite_takes(connection: apsw.Connection, rnd: random.Random, name: str, parent: str) -> Made:
    for _ in count():
        made = a_table(rnd, name, parent)
        try:
            connection.execute("BEGIN")
            for statement in made.sql:
                connection.execute(statement)
            connection.execute("COMMIT")
        except apsw.Error:
            connection.execute("ROLLBACK")
        else:
            return made
    raise AssertionError


def write(case: Case, writer: Writer, *, rounds: int = 4, statements: int = 25) -> None:
    """Let somebody write, and note now and then what the tables hold."""
    of_these = Statements(case.rnd, case.made)
    for _ in range(rounds):
        switches = [
            f"PRAGMA {name} = {case.rnd.randrange(2)}"
            for name in ("foreign_keys", "recursive_triggers", "trusted_schema")
        ]
        writer.write(case.path, ["PRAGMA synchronous = OFF", *switches, *of_these.some(statements)])
        with open_write(case.path) as session:
            _harvest(session, case)
            case.note(session)


def _harvest(session: WriteSession, case: Case) -> None:
    """Log what no statement had the occasion to."""
    with session.transaction():
        waiting = [each for each in case.audited if holds_rows(session, each)]
        schema = read_schema(session) if waiting else None
        for each in waiting:
            table = schema.table(each.name) if schema else None
            assert table is not None
            assert schema is not None
            harvest(session, each, shape_of(table, schema))


def check(case: Case) -> int:
    """The log tells exactly what happened; how many changes that were."""
    with open_write(case.path) as session:
        _harvest(session, case)
        told: list[list[Change]] = [list(log.changes(session, each)) for each in case.audited]
        events = [event.seq for event in tables.events(session)]
        numbers = sorted([change.seq for changes in told for change in changes] + events)
        assert numbers == list(range(1, tables.last_seq(session) + 1))
        for at, (each, changes) in enumerate(zip(case.audited, told, strict=True)):
            state = {key: dict(image) for key, image in case.base[at].items()}
            forward(state, changes)
            now = live(session, each)
            assert equal(state, now)
            undone = len(changes)
            newest_first = changes[::-1]
            assert newest_first == list(log.changes(session, each, newest_first=True))
            for seq, states in reversed(case.checkpoints):
                back = [change for change in newest_first if seq < change.seq]
                backward(state, back[len(changes) - undone :])
                undone = len(changes) - len(back)
                assert equal(state, states[at])
    return len(numbers)
