"""Databases that are hard to copy without personal data, and rules for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from builders import a_database
from steward_app.catalog import Catalog, releases
from steward_app.catalog.policy import policy_path
from steward_app.catalog.releases import ReleaseRow
from steward_app.db import open_read, open_write
from steward_app.db.building import building, file_settings
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.build import build
from steward_app.services.privacy.anonymize.making import orders_of
from steward_app.services.privacy.anonymize.model import Built
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.model import ROW, Batch, TableTransform, Transforms
from steward_app.services.schema import read_schema

GIVEN = ("Ada", "Ben", "Cora", "Dirk", "Edda", "Finn", "Gero", "Hanna", "Ines", "Jost")
FAMILY = ("Winterfeld", "Moorbach", "Quellmann", "Steinhagen", "Uhlenbrock", "Vogelsang", "Zirbeltal")

CUSTOMERS = [
    (
        n,
        f"{GIVEN[n % 10]} {FAMILY[n % 7]}",
        f"zyx{n:05}@orig.example",
        f"Call {GIVEN[n % 10]} {FAMILY[n % 7]} at +44 20 7946 {n:04}",
        f'{{"backup_email": "zyx{n:05}@orig.example", "theme": "dark"}}',
    )
    for n in range(1, 201)
]

RULES = """version: 1
releases:
  trap:
    recipient: University
    purpose: Study of logins
    until: "2099-12-31"
    empty: [audit]
    tables:
      customers:
        id: {technique: keep}
        full_name: {technique: pseudonym, options: {kind: person_name}}
        email: {technique: pseudonym, options: {kind: email}}
        notes: {technique: redact}
        prefs:
          technique: json
          paths:
            $.backup_email: {technique: pseudonym, options: {kind: email}}
            $.theme: {technique: keep}
      logins:
        id: {technique: keep}
        email: {technique: pseudonym, options: {kind: email}}
        ip: {technique: remove}
"""


def trap(
    folder: Path, name: str = "trap.db", *, wal: bool = False, rules: str = RULES, customers: int = 200
) -> Path:
    """A UNIQUE e-mail with a child that follows its changes, a log of changes, a full-text index, JSON, free text.

    The log holds originals already, and the statistics of the query planner do, too.
    """
    people = CUSTOMERS[:customers]
    builder = (
        a_database(folder, name)
        .with_pragma("page_size = 1024")
        .with_sql(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL,"
            " email TEXT UNIQUE COLLATE NOCASE, notes TEXT, prefs TEXT)",
            "CREATE TABLE audit (id INTEGER PRIMARY KEY, old TEXT, new TEXT)",
            "CREATE TABLE logins (id INTEGER PRIMARY KEY,"
            " email TEXT COLLATE NOCASE REFERENCES customers (email) ON UPDATE CASCADE, ip TEXT)",
            "CREATE VIRTUAL TABLE found USING fts5(full_name, email)",
        )
        .with_rows("customers", people)
        .with_rows("logins", [(n, row[1].upper(), f"10.0.{n // 250}.{n % 250}") for n, *row in people])
        .with_rows("found", [(name, email) for _, name, email, *_ in people], columns=("full_name", "email"))
        .with_sql(
            "CREATE TRIGGER kept AFTER UPDATE ON customers BEGIN INSERT INTO audit (old, new) VALUES"
            " (json_object('email', old.email, 'name', old.full_name), json_object('email', new.email)); END",
            "CREATE TRIGGER found_too AFTER UPDATE ON customers BEGIN"
            " UPDATE found SET full_name = new.full_name, email = new.email WHERE rowid = new.id; END",
            "UPDATE customers SET notes = notes WHERE id < 20",
            "CREATE INDEX by_name ON customers (full_name)",
            "ANALYZE",
        )
    )
    path = (builder.in_wal_mode() if wal else builder).build()
    policy_path(path).write_text(rules, "utf-8")
    return path


Change = Callable[[SqlValue], SqlValue]


def changing(table: str, columns: Sequence[str], changes: dict[str, Change]) -> TableTransform:
    """What becomes of a table, said outright."""

    def step(change: Change) -> Callable[[Sequence[SqlValue], Batch], Sequence[SqlValue]]:
        return lambda values, batch: [change(value) for value in values]

    return TableTransform(
        table,
        tuple(columns),
        tuple(f'{ROW}."{column}"' for column in columns),
        {columns.index(name): step(change) for name, change in changes.items()},
    )


def built(
    source: Path, target: Path, rules: ReleaseRules | None = None, *transforms: TableTransform
) -> Built:
    """Build a copy, changed as said."""
    used = rules or ReleaseRules("plain", ())
    target.touch()
    with open_read(source) as session, session.snapshot():
        schema = read_schema(session, Context())
        orders = orders_of(session, schema, used, b"k" * 32, Context())
        with building(target, file_settings(session)) as new:
            return build(
                session, new, orders, Transforms(used, {each.table: each for each in transforms}), Context()
            )


def stored(path: Path) -> list[tuple[object, ...]]:
    """The schema of a file as it is stored, but for SQLite's own objects."""
    with open_read(path) as session:
        return session.all(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name"
        )


def without(rules: ReleaseRules, **changed: object) -> ReleaseRules:
    """The rules with other fields."""
    return replace(rules, **changed)  # type: ignore[arg-type]


def write_to(path: Path, *statements: str) -> None:
    """Run statements on a database, as another program would."""
    with open_write(path) as session, session.transaction():
        for statement in statements:
            session.run(statement)


def in_register(catalog: Catalog, database_id: str, **changed: object) -> str:
    """A copy in the register of a database; its id."""
    row = ReleaseRow(
        *(
            "rl_1",
            database_id,
            "op_1",
            "/copies/a.db",
            0,
            "ff",
            4096,
            2,
            10,
            "2026-11-20T10:00:00.000Z",
            "ann",
        ),
        *("research", "aa", "pl_1", "bb", "cc", "", "University", "Study", "2026-12-01"),
        *("made", "2026-11-20T10:00:00.000Z", "ann", "", "[]"),
    )
    with catalog.unit() as unit:
        releases.insert(unit, replace(row, **changed))  # type: ignore[arg-type]
        unit.commit()
    return str(changed.get("id", row.id))
