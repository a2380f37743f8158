"""A migration's SQL: what is refused before it runs, and what SQLite refuses while it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import Script, read_script
from steward_app.db.runner import run_script
from steward_app.kernel.errors import ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.progress import Context

ALONE = "-- steward: no-transaction\n"


def script(text: str) -> Script:
    return read_script(Migration(1, "step", Path("V0001__step.sql"), text, ""))


def refusal(text: str) -> StewardError:
    with pytest.raises(StewardError) as refused:
        script(text)
    assert refused.value.code is ErrorCode.BAD_SQL
    return refused.value


def run(database: Path, text: str) -> None:
    with db.open_write(database) as session, session.transaction():
        run_script(session, script(text), Context(), sparing_ours=True)


@pytest.mark.parametrize(
    ("begin", "commit"),
    [
        ("BEGIN", "COMMIT"),
        ("begin immediate transaction", "END TRANSACTION"),
        ("/* a */ BEGIN", "commit -- b"),
    ],
)
def test_a_transaction_around_the_whole_of_it_is_taken_over(begin: str, commit: str) -> None:
    found = script(f"{begin};\nCREATE TABLE a(x);\n{commit};")
    assert found.taken_over
    assert [statement.verb for statement in found.statements] == ["CREATE"]
    assert not script("CREATE TABLE a(x);").taken_over


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a(x);\nCOMMIT;\nCREATE TABLE b(x);",
        "SELECT 1;\nBEGIN;\nCOMMIT;",
        "BEGIN;\nSELECT 1;\nROLLBACK;",
        "SELECT 1;\nSAVEPOINT a;\nRELEASE a;",
        "BEGIN; SELECT 1;\nCOMMIT; BEGIN; COMMIT;",
    ],
)
def test_any_other_transaction_is_refused(text: str) -> None:
    assert "cannot stand in a migration" in refusal(text).message


@pytest.mark.parametrize("parameter", ["?", "?2", ":name", "@name", "$name"])
def test_a_parameter_is_refused_since_nobody_gives_it_a_value(parameter: str) -> None:
    refused = refusal(f"SELECT ':a', \"?\" -- @b\n;\nUPDATE a SET x = 'it''s' || {parameter};")
    assert (
        refused.message
        == f"“V0001__step.sql”, line 3, column 1: “{parameter}” is a parameter, to which nobody gives a value."
    )
    assert script("SELECT '12:30 ?', \"a$\", a$b, [c:d], `e@f` /* ?1 :x */ FROM t; -- $y").statements


def test_a_refusal_says_the_line_and_the_column() -> None:
    assert "“V0001__step.sql”, line 3, column 5: COMMIT" in refusal("SELECT 1;\n\n    COMMIT;").message


@pytest.mark.parametrize(
    "setting",
    [
        "foreign_keys = OFF",
        "journal_mode(WAL)",
        "main.page_size = 4096",
        "synchronous=0",
        '"auto_vacuum" = 1',
    ],
)
def test_settings_that_do_nothing_in_a_transaction_are_refused(setting: str) -> None:
    assert "does not work inside a transaction" in refusal(f"PRAGMA /* x */ {setting};").message


@pytest.mark.parametrize("head", ["", ALONE])
@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = OFF",
        "PRAGMA temp.trusted_schema=1",
        "ATTACH 'other.db' AS o",
        "DETACH o",
        "VACUUM INTO 'elsewhere.db'",
        "vacuum main into 'elsewhere.db'",
    ],
)
def test_what_reaches_further_than_the_schema_is_refused_always(head: str, statement: str) -> None:
    assert "line" in refusal(f"{head}SELECT 1;\n{statement};").message


@pytest.mark.parametrize(
    "statement", ["VACUUM", "PRAGMA page_size = 8192", "PRAGMA wal_checkpoint(TRUNCATE)"]
)
def test_what_cannot_run_in_a_transaction_needs_a_remark_at_the_head(statement: str) -> None:
    assert "inside a transaction" in refusal(f"{statement};").message
    found = script(f"{ALONE}{statement};")
    assert not found.in_transaction
    assert script(f"SELECT 1;\n{ALONE}SELECT 2;").in_transaction


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version = 3",
        "PRAGMA defer_foreign_keys = ON",
        "PRAGMA foreign_keys",
        "PRAGMA table_info('a')",
    ],
)
def test_settings_that_are_part_of_the_transaction_may_stand(statement: str) -> None:
    assert len(script(f"{statement};").statements) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN COMMIT",
        "SELECT load_extension('x')",
        "DELETE FROM _steward_migrations",
        "DROP TABLE _STEWARD_migrations",
        "CREATE TABLE _steward_mine(x)",
        "UPDATE sqlite_schema SET sql = ''",
    ],
)
def test_what_the_text_does_not_show_sqlite_refuses(tmp_path: Path, statement: str) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE _steward_migrations(x)").build()
    with pytest.raises(StewardError, match=r"“V0001__step\.sql”, line 2, column"):
        run(path, f"CREATE TABLE a(x);\n{statement};")
    with db.open_read(path) as session:
        assert session.all("SELECT name FROM sqlite_schema") == [("_steward_migrations",)]


def with_a_trigger(tmp_path: Path, name: str) -> Path:
    return (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE a(x);CREATE VIEW seen AS SELECT x FROM a;CREATE TABLE _steward_log(x);"
            f"CREATE TRIGGER {name} AFTER INSERT ON a BEGIN INSERT INTO _steward_log VALUES (new.x); END;"
            f"CREATE TRIGGER {name}_seen INSTEAD OF INSERT ON seen BEGIN DELETE FROM _steward_log; END"
        )
        .build()
    )


def test_the_triggers_of_the_audit_write_a_table_of_ours(tmp_path: Path) -> None:
    path = with_a_trigger(tmp_path, "_steward_audit_1_i")
    run(path, "INSERT INTO a VALUES (1);")
    with db.open_read(path) as session:
        assert session.value("SELECT x FROM _steward_log") == 1


@pytest.mark.parametrize("name", ["log", "_steward_expand_log", "audit_1_i"])
@pytest.mark.parametrize("into", ["a", "seen"])
def test_no_other_trigger_of_the_file_writes_a_table_of_ours(tmp_path: Path, name: str, into: str) -> None:
    path = with_a_trigger(tmp_path, name)
    with pytest.raises(StewardError, match=r"“V0001__step\.sql”, line 2, column"):
        run(path, f"CREATE TABLE b(x);\nINSERT INTO {into} VALUES (1);")
    with db.open_read(path) as session:
        assert session.all("SELECT x FROM _steward_log") == []


@pytest.mark.parametrize(
    "does",
    [
        "DELETE FROM _steward_migrations",
        "delete from '_Steward_migrations' where 1",
        "UPDATE _steward_operations SET operation = 'forged'",
        'UPDATE OR IGNORE "_steward_operations" SET operation = 1',
        "INSERT INTO _steward_audit_log_1 SELECT 1",
        "INSERT OR REPLACE INTO [_steward_audit_log_1] VALUES (1)",
        "SELECT 1; REPLACE INTO `_steward_audit_log_1` VALUES (1)",
    ],
)
@pytest.mark.parametrize("kind", ["TRIGGER", "TEMP TRIGGER IF NOT EXISTS"])
def test_no_trigger_is_made_that_writes_a_table_of_ours(does: str, kind: str) -> None:
    with pytest.raises(
        UsageError, match=r"column \d+: “_[sS]teward_\w+” is one of this program's own records"
    ) as told:
        script(f"CREATE {kind} t AFTER UPDATE OF x ON a WHEN new.x > 1 BEGIN {does}; END;")
    assert told.value.hint.endswith("Leave out of the trigger what changes it.")


@pytest.mark.parametrize(
    "does",
    [
        "INSERT INTO a SELECT version FROM _steward_migrations",
        "INSERT INTO _steward_expand_seen VALUES (1)",
        "INSERT INTO a VALUES ('DELETE FROM _steward_migrations')",
        "UPDATE a SET x = (SELECT max(version) FROM _steward_migrations)",
    ],
)
def test_a_trigger_may_read_them_and_write_what_scripts_keep(does: str) -> None:
    assert script(f"CREATE TRIGGER t AFTER UPDATE ON a BEGIN {does}; END;").statements


def test_an_error_of_sqlite_is_told_where_it_is_in_the_file(tmp_path: Path) -> None:
    path = a_database(tmp_path).build()
    with pytest.raises(UsageError, match="line 2, column 13: no such column: ü") as refused:
        run(path, 'CREATE TABLE "ä"(x);\nSELECT \'é\', ü FROM "ä";')
    assert refused.value.code is ErrorCode.BAD_SQL


def test_foreign_keys_neither_refuse_nor_act_while_a_script_runs(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE p(id INTEGER PRIMARY KEY);"
            "CREATE TABLE c(p REFERENCES p ON DELETE CASCADE);"
            "INSERT INTO p VALUES (1);INSERT INTO c VALUES (1)"
        )
        .build()
    )
    anew = "CREATE TABLE n(id INTEGER PRIMARY KEY, x);INSERT INTO n(id) SELECT id FROM p;DROP TABLE p;"
    with db.open_write(path) as session:
        session.run("PRAGMA foreign_keys = ON")
        with session.transaction():
            run_script(session, script(anew + "ALTER TABLE n RENAME TO p;"), Context())
        assert session.value("PRAGMA foreign_keys") == 1
        assert session.all("SELECT p FROM c") == [(1,)]


def test_a_setting_for_renaming_ends_with_the_script(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE a(x)").build()
    with db.open_write(path) as session:
        with session.transaction():
            run_script(session, script("PRAGMA legacy_alter_table = ON;"), Context())
        assert session.value("PRAGMA legacy_alter_table") == 0


def test_statements_without_a_transaction_are_kept_one_by_one(tmp_path: Path) -> None:
    path = a_database(tmp_path).build()
    alone = script(
        f"{ALONE}CREATE TABLE a(x);\nPRAGMA page_size = 8192;\nVACUUM;\nINSERT INTO nowhere VALUES (1);"
    )
    ran: list[int] = []
    with db.open_write(path) as session, pytest.raises(UsageError, match="line 5") as refused:
        run_script(session, alone, Context(), after=ran.append)
    assert "were applied" in refused.value.hint
    assert ran == [1, 2, 3]
    with db.open_read(path) as session:
        assert session.value("PRAGMA page_size") == 8192
        assert session.all("SELECT name FROM sqlite_schema") == [("a",)]


def test_a_rule_that_is_broken_is_a_failure_with_its_place(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE a(x UNIQUE)").build()
    with pytest.raises(Failure, match="line 2, column 1") as refused:
        run(path, "INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);")
    assert refused.value.code is ErrorCode.CONSTRAINT
