"""Files made to deceive or to break a reader, and files other programs left in a sorry state."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.schemas import plant, schema_of
from steward_app.db.open import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.finding import Severity
from steward_app.kernel.progress import Context
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind

NAMES = [
    "we\"ird ]t`b'l",
    "two\nlines",
    "tab\there",
    "\u202egnp.exe",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "); DROP TABLE t; --",
    "sélect 日本 😀",
    "-- no comment",
    "/* nor this",
    "%s {0} {{x}}",
    "a.b",
    " ",
    "",
    "x" * 5_000,
]


def table_in(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_any_legal_name_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    path = (
        a_database(tmp_path)
        .with_table("parent", "id INTEGER PRIMARY KEY")
        .with_table(
            name, f"{quoted(name)} INTEGER COLLATE NOCASE REFERENCES parent, b, CHECK ({quoted(name)} > 0)"
        )
        .with_sql(f"CREATE INDEX {quoted(name + ' i')} ON {quoted(name)} ({quoted(name)})")
        .with_sql(f"CREATE VIEW {quoted(name + ' v')} AS SELECT {quoted(name)} FROM {quoted(name)}")
        .with_sql(
            f"CREATE TRIGGER {quoted(name + ' g')} AFTER DELETE ON {quoted(name)} BEGIN SELECT OLD.b; END"
        )
        .build()
    )
    with open_read(path) as session:
        schema = read_schema(session)
    table = schema.tables[1]
    assert (table.name, table.columns[0].name, table.parsed) == (name, name, True)
    assert table.columns[0].collation == "NOCASE"
    assert table.checks[0].expression == f"{quoted(name)} > 0"
    assert table.foreign_keys[0].columns == (name,)
    assert (table.indexes[0].name, table.indexes[0].columns[0].name) == (f"{name} i", name)
    assert table.triggers[0].name == f"{name} g"
    assert table.triggers[0].reads == ((name, "b"),)
    assert schema.tables[2].reads == ((name, name),)


def test_names_compare_without_case_for_ascii_letters_only(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path, "CREATE TABLE größe (ÄÖ TEXT)", "CREATE TABLE GRÖßE (x)", "CREATE TABLE Plain (A)"
    )
    assert table_in(schema, "PLAIN").name == "Plain"
    assert table_in(schema, "größe").columns[0].name == "ÄÖ"
    assert table_in(schema, "GRÖßE").columns[0].name == "x"
    assert schema.table("GRÖSSE") is None
    plain = table_in(schema, "plain").column("a")
    assert plain is not None
    assert plain.name == "A"


def test_names_that_deceive_carry_a_warning(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        'CREATE TABLE users (a); CREATE TABLE "us\u200bers" (a); CREATE TABLE "u\u0455ers" (a)',
        'CREATE TABLE "a\nb" (a); CREATE TABLE "\u202etxt" (a); CREATE TABLE "end " (a); CREATE TABLE fine (a)',
    )
    hazards = {table.name: table.hazards for table in schema.tables if table.hazards}
    assert set(hazards) == {"users", "us\u200bers", "u\u0455ers", "a\nb", "\u202etxt", "end "}
    assert hazards["users"] == ("looks like us⟨U+200B⟩ers", "looks like u\u0455ers")
    assert "character of no width" in hazards["us\u200bers"]
    assert hazards["a\nb"] == ("control character",)
    assert hazards["\u202etxt"] == ("character that turns the direction of text",)


def test_text_that_is_not_utf8_is_read_byte_for_byte(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a); CREATE TABLE fine (x)").build()
    latin_1 = "CREATE TABLE größe (fuß TEXT CHECK (fuß <> 'ä'), b /* für b */)".encode("latin-1")
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_schema SET sql = CAST(? AS TEXT), name = CAST(? AS TEXT), tbl_name = CAST(? AS TEXT)"
        " WHERE name = 't'",
        (latin_1, "größe".encode("latin-1"), "größe".encode("latin-1")),
    )
    connection.close()
    with open_read(path) as session:
        schema = read_schema(session)
    table = schema.tables[0]
    assert table.sql.encode("utf-8", "surrogateescape") == latin_1
    assert table.name.encode("utf-8", "surrogateescape").decode("latin-1") == "größe"
    assert [c.name.encode("utf-8", "surrogateescape").decode("latin-1") for c in table.columns] == [
        "fuß",
        "b",
    ]
    assert table.parsed
    assert len(table.checks) == 1
    assert "bytes that are not valid text" in table.hazards
    assert table_in(schema, "fine").columns[0].name == "x"


def test_a_nul_in_the_stored_text_stops_the_reading_where_sqlite_stops(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = ?", ("CREATE TABLE t (a)\x00 hidden",))
    connection.close()
    with open_read(path) as session:
        table = read_schema(session).tables[0]
    assert [c.name for c in table.columns] == ["a"]
    assert not table.parsed
    assert table.sql.endswith("hidden")


def test_schema_rows_with_a_nul_in_their_name_do_no_harm(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    plant(path, "view", "v\x00w", "v\x00w", "CREATE VIEW v AS SELECT a FROM t")
    with open_read(path) as session:
        schema = read_schema(session)
    assert table_in(schema, "t").columns[0].name == "a"
    assert table_in(schema, "v\x00w").kind is TableKind.VIEW


DAMAGE = {
    "junk": "UPDATE sqlite_schema SET sql = 'CREATE TABLE nonsense(' WHERE name = 'victim'",
    "a name twice": "INSERT INTO sqlite_schema VALUES ('table', 'victim', 'victim', 2, 'CREATE TABLE victim (z)')",
    "a table turned view": (
        "UPDATE sqlite_schema SET type = 'view', rootpage = 0, sql = 'CREATE VIEW victim AS SELECT 1 AS one'"
        " WHERE name = 'victim'"
    ),
    "a trigger of another table": (
        "INSERT INTO sqlite_schema VALUES"
        " ('trigger', 'tg', 'chk', 0, 'CREATE TRIGGER tg AFTER INSERT ON victim BEGIN SELECT 1; END')"
    ),
}


@pytest.fixture
def damaged(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE victim (id INTEGER NOT NULL, secret TEXT REFERENCES chk (a), PRIMARY KEY (id))"
        )
        .with_sql("CREATE TABLE chk (a CHECK (a > 0))", "CREATE INDEX iv ON victim (secret)")
        .build()
    )
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(DAMAGE[request.param])
    connection.close()
    return path


@pytest.mark.parametrize("damaged", DAMAGE, indirect=True)
def test_one_bad_row_does_not_hide_the_rest(damaged: Path) -> None:
    with open_read(damaged) as session:
        schema = read_schema(session)
    assert schema.safe_mode
    assert len(schema.hash) == 64
    assert schema.problems
    assert {problem.severity for problem in schema.problems} <= {Severity.ERROR, Severity.NOTE}
    healthy = table_in(schema, "chk")
    assert [check.expression for check in healthy.checks] == ["a > 0"]
    assert all(table.sql or table.kind is TableKind.SYSTEM for table in schema.tables)


@pytest.mark.parametrize("damaged", ["a name twice"], indirect=True)
def test_a_refused_table_is_shown_from_its_text(damaged: Path) -> None:
    with open_read(damaged) as session:
        schema = read_schema(session)
    first, second = (table for table in schema.tables if table.name == "victim")
    assert [c.name for c in first.columns] == ["id", "secret"]
    assert first.problem == ""
    assert [c.name for c in second.columns] == ["z"]
    assert second.problem == "table victim already exists"
    assert [p.subject.name for p in schema.problems] == ["victim"]


@pytest.mark.parametrize("damaged", ["a trigger of another table"], indirect=True)
def test_a_refused_trigger_keeps_sqlite_s_complaint(damaged: Path) -> None:
    with open_read(damaged) as session:
        (trigger,) = table_in(read_schema(session), "chk").triggers
    assert trigger.problem
    assert trigger.sql.startswith("CREATE TRIGGER tg")


@pytest.mark.parametrize("damaged", ["junk"], indirect=True)
def test_text_that_says_nothing_is_shown_raw(damaged: Path) -> None:
    with open_read(damaged) as session:
        table = table_in(read_schema(session), "victim")
    assert (table.sql, table.columns, table.parsed) == ("CREATE TABLE nonsense(", (), False)
    assert table.problem


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE t (a TEXT COLLATE nosuch)", "CREATE TABLE t (a TEXT CHECK (nosuchfn(a)))"]
)
def test_a_schema_that_opens_but_cannot_be_used_is_read(tmp_path: Path, sql: str) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a TEXT)").build()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = ?", (sql,))
    connection.close()
    with open_read(path) as session:
        table = read_schema(session).tables[0]
    assert (table.parsed, [c.name for c in table.columns], table.sql) == (True, ["a"], sql)
    assert table.columns[0].collation == ("nosuch" if "COLLATE" in sql else "BINARY")


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with open_read(path) as session:
        schema = read_schema(session)
    assert [table.name for table in schema.tables] == ["sqlite_schema"]
    assert schema.settings.page_count == 0


def test_a_text_of_megabytes_is_shown_and_not_taken_apart(tmp_path: Path) -> None:
    ddl = f"CREATE TABLE t (a CHECK (a > 0) /* {'( ' * 2_000_000} */)"
    with open_read(a_database(tmp_path).with_sql(ddl).build()) as session:
        schema = read_schema(session)
    table = schema.tables[0]
    assert (table.sql, table.parsed, [c.name for c in table.columns]) == (ddl, False, ["a"])
    assert [problem.code for problem in schema.problems] == ["text_not_read"]


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    context = Context()
    context.cancel()
    with open_read(path) as session, pytest.raises(Cancelled):
        read_schema(session, context)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
