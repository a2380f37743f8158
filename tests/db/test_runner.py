"""The bare migration runner, on real files and from several processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from builders import a_database
from steward_app import db
from steward_app.db import runner
from steward_app.kernel.errors import Cancelled, ErrorCode, StewardError
from steward_app.kernel.progress import Context

TABLE = "_steward_migrations"


class Folder:
    """Migration files in a folder, and the database they are run on."""

    def __init__(self, path: Path) -> None:
        self.path = path / "migrations"
        self.path.mkdir()
        self.database = a_database(path).build()

    def write(self, version: int, sql: str, name: str = "step") -> Path:
        file = self.path / f"V{version:04}__{name}.sql"
        file.write_bytes(sql.encode())
        return file

    def migrate(self, context: Context | None = None) -> tuple[int, ...]:
        with db.open_write(self.database) as session:
            ran = runner.migrate(session, runner.read_folder(self.path), TABLE, context)
        return tuple(applied.version for applied in ran)

    def objects(self) -> set[str]:
        with db.open_read(self.database) as session:
            return {str(name) for (name,) in session.execute("SELECT name FROM sqlite_schema")}

    def refusal(self) -> StewardError:
        with pytest.raises(StewardError) as refused:
            self.migrate()
        return refused.value


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_files_run_in_order_once_and_are_recorded(folder: Folder) -> None:
    folder.write(2, "INSERT INTO a VALUES (1);")
    folder.write(1, "CREATE TABLE a(x);\nPRAGMA user_version = 7;\nSELECT * FROM a;\nCREATE INDEX i ON a(x)")
    folder.path.joinpath("README.md").write_text("not a migration")
    assert folder.migrate() == (1, 2)
    assert folder.migrate() == ()
    folder.write(3, "INSERT INTO a VALUES (2);")
    assert folder.migrate() == (3,)
    with db.open_read(folder.database) as session:
        history = runner.history(session, TABLE)
        assert session.all("SELECT x FROM a") == [(1,), (2,)]
        assert session.value("PRAGMA user_version") == 7
    assert [(applied.version, applied.name) for applied in history] == [(1, "step"), (2, "step"), (3, "step")]
    assert all(len(applied.checksum) == 64 and applied.applied_at.endswith("Z") for applied in history)
    assert all(applied.duration_ms >= 0 for applied in history)


def test_what_follows_a_statement_that_gives_rows_is_run_too(folder: Folder) -> None:
    folder.write(
        1, "CREATE TABLE a(x); INSERT INTO a VALUES (1), (2) RETURNING x; SELECT x FROM a; CREATE TABLE b(x)"
    )
    folder.migrate()
    with db.open_read(folder.database) as session:
        assert session.all("SELECT x FROM a") == [(1,), (2,)]
        assert session.all("SELECT x FROM b") == []


def test_a_trigger_with_semicolons_is_one_statement(folder: Folder) -> None:
    folder.write(
        1,
        """CREATE TABLE a(x); -- a; comment
CREATE TRIGGER t AFTER INSERT ON a BEGIN
    UPDATE a SET x = CASE WHEN x > 5 THEN 5 ELSE x END; /* ; */
    DELETE FROM a WHERE x = ';';
END;
INSERT INTO a VALUES (9);""",
    )
    folder.migrate()
    with db.open_read(folder.database) as session:
        assert session.all("SELECT x FROM a") == [(5,)]


def test_a_failing_statement_rolls_its_whole_file_back_and_names_the_line(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE kept(x);")
    folder.write(
        2, "CREATE TABLE a(x);\nCREATE TABLE b(x);\n\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE c(x);"
    )
    refusal = folder.refusal()
    assert refusal.code is ErrorCode.BAD_SQL
    assert "V0002__step.sql" in refusal.message
    assert "line 4" in refusal.message
    assert "nowhere" in refusal.message
    assert folder.objects() == {"kept", TABLE}
    folder.write(2, "CREATE TABLE a(x);")
    assert folder.migrate() == (2,)


def test_a_broken_rule_names_the_line(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x NOT NULL);\nINSERT INTO a VALUES (NULL);")
    refusal = folder.refusal()
    assert refusal.code is ErrorCode.CONSTRAINT
    assert "line 2" in refusal.message
    assert folder.objects() == set()


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT",
        "  /* hidden */ commit",
        "-- hidden\nEnd",
        "BEGIN",
        "ROLLBACK",
        "SAVEPOINT s",
        "RELEASE s",
        "VACUUM",
        "ATTACH ':memory:' AS m",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA main.journal_mode = WAL",
    ],
)
def test_what_leaves_the_transaction_is_refused_before_anything_runs(folder: Folder, statement: str) -> None:
    folder.write(1, "CREATE TABLE first(x);")
    folder.write(2, f"CREATE TABLE a(x);\n{statement};\nCREATE TABLE b(x);")
    refusal = folder.refusal()
    assert refusal.code is ErrorCode.BAD_SQL
    assert "V0002__step.sql" in refusal.message
    assert folder.objects() == set()


def test_what_the_look_at_the_text_misses_sqlite_refuses(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x);\nEXPLAIN COMMIT;")
    assert "V0001__step.sql" in folder.refusal().message
    assert folder.objects() == set()


def test_the_sessions_own_authorizer_is_back_afterwards(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x);")
    seen: list[int] = []

    def watch(action: int, *_: str | None) -> int:
        seen.append(action)
        return apsw.SQLITE_OK

    with db.open_write(folder.database) as session:
        session._connection.authorizer = watch
        runner.migrate(session, runner.read_folder(folder.path), TABLE)
        assert session._connection.authorizer is watch
    assert apsw.SQLITE_CREATE_TABLE in seen


def test_an_edited_file_is_an_error_and_line_ends_are_not_an_edit(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x);\n")
    folder.migrate()
    folder.write(1, "CREATE TABLE a(x);\r\n")
    assert folder.migrate() == ()
    folder.write(1, "CREATE TABLE a(x, y);\n")
    refusal = folder.refusal()
    assert refusal.code is ErrorCode.BAD_MIGRATION
    assert "V0001__step.sql" in refusal.message


def test_a_file_that_is_gone_or_comes_late_is_an_error(folder: Folder) -> None:
    first = folder.write(1, "CREATE TABLE a(x);")
    folder.write(3, "CREATE TABLE b(x);")
    folder.migrate()
    late = folder.write(2, "CREATE TABLE c(x);")
    assert "V0002__step.sql" in folder.refusal().message
    late.unlink()
    first.unlink()
    refusal = folder.refusal()
    assert refusal.code is ErrorCode.BAD_MIGRATION
    assert "V0001__step.sql" in refusal.message


def test_a_newer_database_is_refused_and_unchanged(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x);")
    newer = folder.write(2, "CREATE TABLE b(x);", "of_the_future")
    folder.migrate()
    newer.unlink()
    before = folder.database.read_bytes()
    refusal = folder.refusal()
    assert refusal.code is ErrorCode.NEWER_FORMAT
    assert "newer version" in refusal.message
    assert "V0002__of_the_future.sql" in refusal.message
    assert folder.database.read_bytes() == before


@pytest.mark.parametrize("name", ["V1__short.sql", "0001_x.sql", "V0001_x.sql", "V0001__x y.sql"])
def test_a_file_with_another_name_is_an_error(folder: Folder, name: str) -> None:
    folder.path.joinpath(name).write_text("SELECT 1;")
    assert name in folder.refusal().message


def test_a_version_used_twice_and_a_file_that_is_not_utf8_are_errors(folder: Folder) -> None:
    folder.write(1, "SELECT 1;", "one")
    folder.write(1, "SELECT 1;", "two")
    assert "V0001__one.sql” and “V0001__two.sql" in folder.refusal().message
    (folder.path / "V0001__two.sql").unlink()
    (folder.path / "V0001__one.sql").write_bytes(b"SELECT '\xff';")
    assert "UTF-8" in folder.refusal().message


def test_a_table_of_another_program_is_left_alone(folder: Folder) -> None:
    with db.open_write(folder.database) as session, session.transaction():
        session.run(f"CREATE TABLE {TABLE}(id)")
    folder.write(1, "CREATE TABLE a(x);")
    refusal = folder.refusal()
    assert TABLE in refusal.message
    assert folder.objects() == {TABLE}


def test_cancel_stops_between_files_and_inside_a_statement(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x);")
    folder.write(2, "CREATE TABLE b(x);")
    context = Context(lambda progress: context.cancel() if progress.done == 1 else None)
    with pytest.raises(Cancelled):
        folder.migrate(context)
    assert folder.objects() == {"a", TABLE}


def test_processes_that_start_together_run_each_file_once(folder: Folder) -> None:
    folder.write(1, "CREATE TABLE a(x);")
    folder.write(2, "INSERT INTO a VALUES (1);")
    program = """
import sys
from pathlib import Path
from steward_app import db
from steward_app.db import runner
print("ready", flush=True)
sys.stdin.read()
with db.open_write(Path(sys.argv[1])) as session:
    print(len(runner.migrate(session, runner.read_folder(Path(sys.argv[2])), sys.argv[3])))
"""
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, folder.database, folder.path, TABLE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.close()
    ran = []
    for starter in starters:
        assert starter.stdout is not None
        with starter, starter.stdout:
            ran.append(int(starter.stdout.read()))
    assert sum(ran) == 2
    with db.open_read(folder.database) as session:
        assert session.count("SELECT count(*) FROM a") == 1


def test_parsing_is_not_needed_when_nothing_is_pending(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(1, "CREATE TABLE a(x);")
    folder.migrate()
    monkeypatch.delattr(runner, "read_script")
    assert folder.migrate() == ()


def test_a_file_that_leaves_rows_without_their_parent_is_rolled_back(folder: Folder) -> None:
    folder.write(
        1, "CREATE TABLE p(id INTEGER PRIMARY KEY);CREATE TABLE c(p REFERENCES p);INSERT INTO c VALUES (1)"
    )
    assert "rows of “c” that point to nothing" in folder.refusal().message
    assert folder.objects() == set()
