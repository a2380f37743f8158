"""What is renamed is told by the statements, through every detour."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read, open_write, quote
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.renames import Names, told
from steward_app.services.schema import read_schema


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["ALTER TABLE a RENAME TO b"], {Renamed("", "a", "b")}),
        (["ALTER TABLE a RENAME TO b", "ALTER TABLE B RENAME TO c"], {Renamed("", "a", "c")}),
        (["ALTER TABLE a RENAME TO b", "ALTER TABLE b RENAME TO a"], set()),
        (['ALTER TABLE main.[a b] RENAME TO "c""d"'], {Renamed("", "a b", 'c"d')}),
        (["alter /* so */ table a -- this\n rename column x to `y`"], {Renamed("a", "x", "y")}),
        (["ALTER TABLE a RENAME x TO y", "ALTER TABLE a RENAME y TO z"], {Renamed("a", "x", "z")}),
        (["ALTER TABLE a RENAME x TO X"], {Renamed("a", "x", "X")}),
        (
            ["ALTER TABLE a RENAME TO b", "ALTER TABLE b RENAME COLUMN column TO y"],
            {Renamed("", "a", "b"), Renamed("a", "column", "y")},
        ),
        (["ALTER TABLE a RENAME x TO y", "ALTER TABLE a DROP y", "ALTER TABLE a ADD COLUMN y"], set()),
        (["ALTER TABLE a RENAME x TO y", "ALTER TABLE a DROP CONSTRAINT y"], {Renamed("a", "x", "y")}),
        (["ALTER TABLE a ADD y INT", "ALTER TABLE a RENAME y TO z"], set()),
        (
            [
                "CREATE TABLE a_new(x)",
                "INSERT INTO a_new SELECT * FROM a",
                "DROP TABLE a",
                "ALTER TABLE a_new RENAME TO a",
            ],
            set(),
        ),
        (["ALTER TABLE a RENAME TO old", "CREATE TABLE a(x)", "DROP TABLE IF EXISTS old"], set()),
        (
            [
                "ALTER TABLE a RENAME x TO y",
                "ALTER TABLE a RENAME w TO v",
                "ALTER TABLE a RENAME TO a_before",
                'CREATE TABLE a("Y" INT CHECK (y > 0), z)',
                "INSERT OR ABORT INTO a SELECT y, z FROM a_before",
                "DROP TABLE a_before",
                "ALTER TABLE a RENAME z TO zz",
            ],
            {Renamed("a", "x", "y"), Renamed("a", "z", "zz")},
        ),
        (
            [
                "ALTER TABLE a RENAME x TO y",
                "CREATE TABLE a_new(y)",
                "INSERT INTO main.a_new (y) SELECT y FROM main.a",
                "DROP TABLE a",
                "ALTER TABLE a_new RENAME TO a",
                "ALTER TABLE a RENAME y TO z",
            ],
            {Renamed("a", "x", "z")},
        ),
        (
            [
                "ALTER TABLE a RENAME TO b",
                "ALTER TABLE b RENAME x TO y",
                "ALTER TABLE b RENAME TO b_before",
                "CREATE TABLE b(y NOT NULL)",
                "INSERT INTO b SELECT y FROM b_before",
                "DROP TABLE b_before",
                "ALTER TABLE b RENAME TO c",
            ],
            {Renamed("", "a", "c"), Renamed("a", "x", "y")},
        ),
        (
            [
                "ALTER TABLE a RENAME x TO y",
                "CREATE TABLE b(y)",
                "INSERT INTO b SELECT y FROM a",
                "DROP TABLE a",
            ],
            set(),
        ),
        (["ALTER TABLE a RENAME TO old", "CREATE TABLE IF NOT EXISTS a(x)"], {Renamed("", "a", "old")}),
        (["CREATE TABLE IF NOT EXISTS a(x)", "ALTER TABLE a RENAME TO b"], {Renamed("", "a", "b")}),
        (["UPDATE a SET x = 'ALTER TABLE a RENAME TO b'", "ALTER TABLE a RENAME", "ALTER", ""], set()),
    ],
)
def test_what_the_statements_rename(statements: list[str], expected: set[Renamed]) -> None:
    assert set(told(statements)) == expected


NAMES = ["a", "b", "c d"]
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.booleans()), max_size=8)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_every_row_is_found_under_the_name_that_is_told(
    steps: list[tuple[str, str, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each column holds its first name; after any renames that SQLite takes, what is told leads from there."""
    path = tmp_path_factory.mktemp("names") / "a.db"
    builder = a_database(path)
    for number, name in enumerate(NAMES[:2]):
        columns = ", ".join(quote(f"{name}{each}") for each in NAMES[:2])
        builder.with_table(f"t{number}", columns, rows=[(f"{name}a", f"{name}b")])
    database = builder.build()
    ran = []
    with open_read(database) as session:
        before = read_schema(session)
    with open_write(database) as session:
        for one, other, of_table in steps:
            where = f"t{NAMES.index(one) % 2}"
            sql = (
                f"ALTER TABLE {quote(where)} RENAME TO {quote(other)}"
                if of_table
                else f"ALTER TABLE {quote(where)} RENAME COLUMN {quote(f'{one}a')} TO {quote(other)}"
            )
            with session.transaction():
                known = {str(name) for (name,) in session.all("SELECT name FROM sqlite_schema")}
                fits = where in known and (other not in known if of_table else True)
                there = {name for (name,) in session.all("SELECT name FROM pragma_table_info(?)", (where,))}
                if fits and (of_table or (f"{one}a" in there and other not in there)):
                    session.run(sql)
                    ran.append(sql)
        after = read_schema(session)
        names = Names(told(ran), before, after)
        for table in before.tables:
            for column in table.columns if table.name.startswith("t") else ():
                place = quote(names.table(table.name)), quote(names.column(table.name, column.name))
                assert session.value(f"SELECT {place[1]} FROM {place[0]}") == column.name


def test_a_schema_under_its_new_names_differs_in_the_rest_alone(tmp_path: Path) -> None:
    before = a_database(tmp_path, "a.db").with_sql(
        "CREATE TABLE p(id INTEGER PRIMARY KEY, u UNIQUE, CHECK (u <> ''))",
        "CREATE TABLE c(p_id REFERENCES p(id), x)",
        "CREATE INDEX i ON c(p_id, x)",
        "CREATE TRIGGER g UPDATE OF x ON c BEGIN SELECT 1; END",
    )
    path = before.build()
    with open_read(path) as session:
        old = read_schema(session)
    statements = [
        "ALTER TABLE p RENAME TO person",
        "ALTER TABLE c RENAME COLUMN x TO y",
        "ALTER TABLE person RENAME COLUMN id TO number",
        "ALTER TABLE c ADD COLUMN z",
    ]
    with open_write(path) as writer, writer.transaction():
        for statement in statements:
            writer.run(statement)
    with open_read(path) as session:
        new = read_schema(session)
    names = Names(told(statements), old, new)
    changes = {change.sentence for change in names.compare(old, new).changes}
    assert {"Column “y” of “c” changed: name x → y", "Column “z” of “c” added"} <= changes
    assert any(change.startswith("Table “person” changed: name p → person") for change in changes)
    assert len({change.id for change in names.compare(old, new).changes}) == len(changes)
    assert not any("removed" in change for change in changes)


def test_names_that_are_not_there_are_left_out_of_account(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t(x)").build()
    with open_read(path) as session:
        schema = read_schema(session)
    names = Names(
        [Renamed("", "t", "gone"), Renamed("t", "x", "gone"), Renamed("no", "x", "y")], schema, schema
    )
    assert (names.table("t"), names.column("t", "x")) == ("t", "x")
    assert names.schema(schema) is schema
