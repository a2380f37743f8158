"""Views, triggers, virtual and shadow tables: lineage, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.schemas import plant, schema_of, table_of
from steward_app.db.open import create, open_read
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind, Trigger


def table_in(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    assert found is not None
    return found


def trigger_in(schema: Schema, name: str) -> Trigger:
    return next(trigger for table in schema.tables for trigger in table.triggers if trigger.name == name)


def test_a_view_tells_what_it_reads_through_other_views_too(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT, unused)",
        "CREATE TABLE log (x)",
        "CREATE VIEW v (name, n) AS SELECT k, (SELECT count(x) FROM log) FROM p",
        "CREATE VIEW v2 AS SELECT name FROM v WHERE n > 1",
    )
    assert table_in(schema, "v").reads == (("log", "x"), ("p", "k"))
    assert table_in(schema, "v2").reads == (("log", "x"), ("p", "k"), ("v", "n"), ("v", "name"))
    assert [(c.name, c.declared_type) for c in table_in(schema, "v").columns] == [("name", "TEXT"), ("n", "")]
    assert table_in(schema, "v2").key_columns == ()


def test_a_broken_view_is_told_in_sqlite_s_words_and_breaks_nothing_else(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE t (a)",
        "CREATE VIEW no_column AS SELECT nope FROM t",
        "CREATE VIEW no_table (x, y) AS SELECT * FROM gone",
        "CREATE VIEW no_function AS SELECT frobnicate(a) AS f FROM t",
        "CREATE VIEW on_broken AS SELECT x FROM no_table",
        "CREATE VIEW fine AS SELECT a FROM t",
    )
    problems = {table.name: table.problem for table in schema.tables}
    assert problems == {
        "t": "",
        "no_column": "no such column: nope",
        "no_table": "no such table: main.gone",
        "no_function": "no such function: frobnicate",
        "on_broken": "no such table: main.gone",
        "fine": "",
        "sqlite_schema": "",
    }
    assert [c.name for c in table_in(schema, "t").columns] == ["a"]
    assert [c.name for c in table_in(schema, "fine").columns] == ["a"]
    assert [c.name for c in table_in(schema, "no_table").columns] == ["x", "y"]  # its text names them


def test_a_module_that_is_missing_breaks_its_own_table_only(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    plant(path, "table", "geo", "geo", "CREATE VIRTUAL TABLE geo USING VirtualSpatialIndex(x, 'y, z')")
    with open_read(path) as session:
        schema = read_schema(session)
    geo = table_in(schema, "geo")
    assert (geo.kind, geo.module, geo.columns) == (TableKind.VIRTUAL, "VirtualSpatialIndex", ())
    assert geo.problem == "no such module: VirtualSpatialIndex"
    assert geo.sql.startswith("CREATE VIRTUAL TABLE geo")
    assert [c.name for c in table_in(schema, "t").columns] == ["a"]


def test_shadow_tables_are_told_by_sqlite_and_belong_to_their_virtual_table(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE VIRTUAL TABLE doc USING fts5(body, tokenize = 'porter unicode61')",
        "CREATE VIRTUAL TABLE doc_places USING rtree(id, x0, x1, +label TEXT)",
        "CREATE TABLE doc_notes (body)",
        "CREATE TABLE other_data (x)",
    )
    kinds = {table.name: (table.kind.value, table.owner) for table in schema.tables}
    assert kinds["doc"] == ("virtual", "")
    assert kinds["doc_data"] == kinds["doc_config"] == ("shadow", "doc")
    assert kinds["doc_places_rowid"] == ("shadow", "doc_places")
    assert kinds["doc_notes"] == kinds["other_data"] == ("table", "")
    assert table_in(schema, "doc_places").module == "rtree"
    assert [c.name for c in table_in(schema, "doc_places").columns] == ["id", "x0", "x1", "label"]


def test_a_trigger_tells_when_it_fires_and_what_it_reads_and_writes(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE t (a, b); CREATE TABLE log (x, y); CREATE VIEW seen AS SELECT y FROM log",
        """CREATE TRIGGER watch AFTER UPDATE OF a, b ON t FOR EACH ROW WHEN NEW.a > 1 -- why
           BEGIN INSERT INTO log (x) SELECT y FROM seen; UPDATE log SET y = OLD.b WHERE x = NEW.a; END""",
        "CREATE TRIGGER drop_log BEFORE DELETE ON t BEGIN DELETE FROM log WHERE x = OLD.a; END",
        "CREATE TRIGGER through_view INSTEAD OF INSERT ON seen BEGIN INSERT INTO log (y) VALUES (NEW.y); END",
    )
    watch = trigger_in(schema, "watch")
    assert (watch.timing, watch.event, watch.of_columns) == ("AFTER", "UPDATE", ("a", "b"))
    assert watch.when == "NEW.a > 1"
    assert watch.reads == (("log", "x"), ("log", "y"), ("seen", "y"), ("t", "a"), ("t", "b"))
    assert watch.writes == (("log", ""), ("log", "y"))
    before = trigger_in(schema, "drop_log")
    assert (before.timing, before.event, before.writes) == ("BEFORE", "DELETE", (("log", ""),))
    instead = trigger_in(schema, "through_view")
    assert (instead.timing, instead.table, instead.writes) == ("INSTEAD OF", "seen", (("log", ""),))
    assert {watch.problem, before.problem, instead.problem} == {""}


def test_begin_is_a_legal_name_inside_when(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        'CREATE TABLE t ("begin", a)',
        "CREATE TRIGGER g AFTER INSERT ON t WHEN begin > 1 AND NEW.begin BEGIN SELECT 1; END",
    )
    assert trigger_in(schema, "g").when == "begin > 1 AND NEW.begin"


def test_each_broken_trigger_of_a_table_has_its_own_problem(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE t (a, b); CREATE TABLE log (x)",
        "CREATE TRIGGER good AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NEW.a); END",
        "CREATE TRIGGER lost AFTER UPDATE ON t BEGIN INSERT INTO gone VALUES (NEW.a); END",
        "CREATE TRIGGER typo AFTER UPDATE OF a ON t BEGIN INSERT INTO log VALUES (NEW.c); END",
        "CREATE TRIGGER other AFTER DELETE ON t BEGIN DELETE FROM log WHERE x = OLD.a; END",
    )
    assert {t.name: t.problem for t in table_in(schema, "t").triggers} == {
        "good": "",
        "lost": "no such table: main.gone",
        "typo": "no such column: NEW.c",
        "other": "",
    }
    assert trigger_in(schema, "good").writes == (("log", ""),)


def test_a_trigger_is_not_blamed_for_another_that_it_sets_off(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE t (a); CREATE TABLE log (x)",
        "CREATE TRIGGER good AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a); END",
        "CREATE TRIGGER bad AFTER INSERT ON log BEGIN DELETE FROM gone; END",
    )
    assert trigger_in(schema, "good").problem == ""
    assert trigger_in(schema, "good").writes == (("log", ""),)
    assert trigger_in(schema, "bad").problem == "no such table: main.gone"


def test_a_trigger_on_columns_that_are_gone_is_told(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (a, b)")
        .with_sql(
            "CREATE TRIGGER g AFTER UPDATE OF b ON t BEGIN SELECT 1; END", "ALTER TABLE t DROP COLUMN b"
        )
        .build()
    )
    with open_read(path) as session:
        trigger = trigger_in(read_schema(session), "g")
    assert trigger.of_columns == ("b",)
    assert trigger.problem == "no such column: b"


def test_triggers_of_our_own_connection_are_told_as_such(tmp_path: Path) -> None:
    with create(tmp_path / "t.db") as session:
        for statement in (
            "CREATE TABLE t (a)",
            "CREATE TEMP TABLE t (hides_the_real_one)",
            "CREATE TEMP TRIGGER mine AFTER INSERT ON main.t BEGIN SELECT NEW.a; END",
        ):
            session.run(statement)
        schema = read_schema(session)
    table = schema.tables[0]
    assert [c.name for c in table.columns] == ["a"]  # main.t, not the temporary table of the same name
    assert [(t.name, t.temporary, t.problem) for t in table.triggers] == [("mine", True, "")]


def test_a_view_that_never_ends_is_harmless(tmp_path: Path) -> None:
    view = table_of(
        tmp_path,
        "CREATE VIEW endless AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
    )
    assert (view.problem, [c.name for c in view.columns]) == ("", ["n"])


def test_views_nested_to_exhaust_us_do_not(tmp_path: Path) -> None:
    levels = [f"CREATE VIEW b{i + 1} AS SELECT a.x FROM b{i} a JOIN b{i} b" for i in range(30)]
    schema = schema_of(tmp_path, "CREATE TABLE t (a INT) STRICT", "CREATE VIEW b0 AS SELECT 1 AS x", *levels)
    assert table_in(schema, "t").strict
    assert table_in(schema, "b3").problem == ""
    assert "too many" in table_in(schema, "b30").problem


def test_a_view_that_calls_what_is_not_safe_is_refused_not_run(tmp_path: Path) -> None:
    view = table_of(tmp_path, "CREATE VIEW evil AS SELECT load_extension('x') AS z")
    assert view.problem == "unsafe use of load_extension()"
