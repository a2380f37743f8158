"""Migration files as they are written: what stands in them, and that it is what the runner reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.db.migration_files import Kind, read_folder
from steward_app.db.migration_script import read_script
from steward_app.kernel.errors import Refused, StewardError, UsageError
from steward_app.services.migrate.edit.model import (
    AddColumn,
    CreateObject,
    DropColumn,
    DropConstraint,
    DropObject,
    Edit,
    RenameColumn,
    RenameTable,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    Settle,
    SetType,
)
from steward_app.services.migrate.files import file_name, from_edits, next_version, save, written
from steward_app.services.migrate.run.placeholders import fill, names

from .desired.walking import run, texts


def folder_with(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("SELECT 1;", encoding="utf-8")
    return folder


def test_versions_go_on_after_every_file_and_the_history(tmp_path: Path) -> None:
    assert next_version(tmp_path / "nowhere") == 1
    folder = folder_with(tmp_path, "V0003__a.sql", "U0007__b.sql", "R__view.sql", "V0005__c.py")
    assert next_version(folder) == 8
    assert next_version(folder, above=11) == 12


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Add a note to visits", "add_a_note_to_visits"),
        ("  Größe: né/früh!  ", "große_ne_fruh".replace("ß", "")),
        ("x" * 99, "x" * 60),
    ],
)
def test_a_title_names_the_file(title: str, name: str) -> None:
    assert file_name(title) == name


def test_a_title_without_a_letter_names_none() -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        file_name("../../…")


def test_the_files_are_read_as_they_were_meant(tmp_path: Path) -> None:
    statements = (
        "CREATE VIEW v AS SELECT 1 -- one; view",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; SELECT ';'; END",
        'CREATE TABLE "a;\n""b"(x DEFAULT \'--\' /* ; */)',
    )
    folder = tmp_path / "new" / "migrations"
    new = written(
        folder,
        "Make things",
        statements,
        remarks=["", "* a table called x\n; DROP TABLE t; \u202e", "word " * 60],
        undo=["DROP VIEW v"],
    )
    save(new)
    kinds = frozenset({Kind.VERSIONED, Kind.UNDO})
    one, back = read_folder(folder, kinds)
    assert [s.sql.rstrip(";").rstrip() for s in read_script(one).statements] == list(statements)
    assert [s.sql for s in read_script(back).statements] == ["DROP VIEW v;"]
    assert (one.path.name, back.path.name) == ("V0001__make_things.sql", "U0001__make_things.sql")
    head = one.text.split("\n\n")[0].splitlines()
    assert all(line.startswith("--") and len(line) < 120 for line in head)
    assert head[:3] == ["-- Make things", "--", "-- * a table called x␤; DROP TABLE t; ⟨U+202E⟩"]


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    first = written(folder, "One", ["CREATE TABLE a(x)"])
    second = written(folder, "One", ["CREATE TABLE b(x)"])
    save(first)
    with pytest.raises(StewardError):
        save(second)
    assert "CREATE TABLE a(x);" in first.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE VIEW v AS SELECT 1 /* open", "does not end"),
        ("SELECT 1; SELECT 2", "does not end where it should"),
        ("ATTACH 'x' AS y", "opens another file"),
        ("COMMIT", "cannot stand in a migration"),
    ],
)
def test_what_would_be_read_otherwise_is_not_written(tmp_path: Path, statement: str, said: str) -> None:
    with pytest.raises((Refused, UsageError), match=said):
        written(tmp_path / "m", "No", [statement])
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t(a DEFAULT '${name}')",
        "CREATE TABLE t(a DEFAULT '$${name}', b DEFAULT '$$${') -- ${a remark}",
        'CREATE VIEW "${v}" AS SELECT 1 /* $${ */ AS "a${"',
    ],
)
def test_what_reads_as_a_placeholder_is_written_so_that_it_is_none(tmp_path: Path, statement: str) -> None:
    new = written(tmp_path / "m", "Texts", [statement])
    assert fill(new.migration, {}).text.split("\n\n", 1)[1].rstrip("\n;") == statement
    assert names(new.text) == ()


def test_a_title_does_not_take_the_transaction_away(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        written(tmp_path, "steward: no-transaction", ["CREATE TABLE t(a)"])
    kept_one_by_one = written(tmp_path, "Shrink", ["VACUUM"], in_transaction=False)
    assert kept_one_by_one.text.startswith("-- steward: no-transaction\n-- Shrink\n")


TABLES = (
    "CREATE TABLE t(a INT, b TEXT)",
    "CREATE VIEW v AS SELECT a FROM t",
    "INSERT INTO t VALUES (1, 'x')",
)


@pytest.mark.parametrize(
    "edits",
    [
        [AddColumn("t", "c DEFAULT 5"), SetDefault("t", "a", "3")],
        [SetNotNull("t", "a", on=True)],
        [RenameTable("t", "u"), RenameColumn("u", "a", "z"), RenameColumn("u", "z", "y")],
        [RenameColumn("t", "a", "z"), RenameColumn("t", "b", "a"), RenameColumn("t", "z", "b")],
        [CreateObject("CREATE TABLE n(x)"), CreateObject("CREATE INDEX i ON t(b)"), RenameTable("n", "m")],
    ],
)
def test_edits_come_with_the_way_back(tmp_path: Path, edits: list[Edit]) -> None:
    path = a_database(tmp_path).with_sql(*TABLES).build()
    before = texts(path)
    with open_read(path) as session:
        new = from_edits(session, edits, tmp_path / "m", "Change it")
        rows = session.all("SELECT * FROM t")
    save(new)
    one, back = read_folder(tmp_path / "m", frozenset({Kind.VERSIONED, Kind.UNDO}))
    run(path, tuple(s.sql for s in read_script(one).statements))
    assert texts(path) != before
    run(path, tuple(s.sql for s in read_script(back).statements))
    quotes_away = {name: str(sql).replace('"', "") for name, sql in texts(path).items()}
    assert quotes_away == before
    with open_read(path) as session:
        assert session.all("SELECT * FROM t") == rows


@pytest.mark.parametrize(
    "edits",
    [
        [DropColumn("t", "b")],
        [DropColumn("t", "b"), AddColumn("t", "b TEXT")],
        [SetNotNull("t", "a", on=True, fill="0")],
    ],
)
def test_what_loses_something_has_no_way_back(tmp_path: Path, edits: list[Edit]) -> None:
    path = a_database(tmp_path).with_sql(*TABLES).build()
    with open_read(path) as session:
        new = from_edits(session, edits, tmp_path, "Lose it")
    assert new.undo_path is None


def undo_of(tmp_path: Path, tables: tuple[str, ...], edit: Edit) -> str:
    path = a_database(tmp_path).with_sql(*tables).build()
    with open_read(path) as session:
        return from_edits(session, [edit], tmp_path / "m", "Change it").undo_text


@pytest.mark.parametrize(
    ("table", "edit", "told"),
    [
        ("kid(x INT)", RenameTable("kid", "child"), '* table “kid”: kid → "kid"'),
        ("kid([na me] INT)", RenameColumn("kid", "na me", "nom"), '* table “kid”: [na me] → "na me"'),
        ("kid(x INT NOT NULL DEFAULT 3)", SetNotNull("kid", "x", on=False), "* table “kid”: "),
        ("kid(x INT, y, CONSTRAINT c CHECK (x IS NULL) -- why\n)", DropConstraint("kid", "c"), "-- why"),
        ("kid(x INT UNIQUE)", DropObject("index", "i"), "* the statistics of “i”, until ANALYZE counts it"),
    ],
)
def test_what_does_not_come_back_to_the_letter_is_said(
    tmp_path: Path, table: str, edit: Edit, told: str
) -> None:
    column = "[na me]" if "[" in table else "x"
    undo = undo_of(
        tmp_path,
        (
            f"CREATE TABLE {table}",
            f"CREATE INDEX i ON kid({column})",
            "INSERT INTO kid DEFAULT VALUES",
            "ANALYZE",
        ),
        edit,
    )
    head = undo.partition("\n\n")[0]
    assert told in head
    assert "the restore point made before it" in " ".join(head.replace("--", "").split())


def test_views_and_triggers_come_back_to_the_letter(tmp_path: Path) -> None:
    view = "CREATE VIEW v AS SELECT [a] FROM t WHERE b > '' -- why"
    trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 'x'; END"
    path = a_database(tmp_path).with_sql("CREATE TABLE t(a, b)", view, trigger).build()
    before = texts(path)
    with open_read(path) as session:
        new = from_edits(session, [RenameTable("t", "u"), RenameColumn("u", "a", "z")], tmp_path / "m", "Do")
    save(new)
    for each in read_folder(tmp_path / "m", frozenset({Kind.VERSIONED, Kind.UNDO})):
        run(path, tuple(s.sql for s in read_script(each).statements))
    after = texts(path)
    assert {name: after[name] for name in ("v", "g")} == {name: before[name] for name in ("v", "g")}


def test_the_case_of_a_name_alone_is_a_change(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE kid(x)", "CREATE TABLE o(k REFERENCES kid)").build()
    with open_read(path) as session:
        save(from_edits(session, [RenameTable("kid", "KID")], tmp_path / "m", "Case"))
    for each, name in zip(
        read_folder(tmp_path / "m", frozenset({Kind.VERSIONED, Kind.UNDO})), ("KID", "kid"), strict=True
    ):
        run(path, tuple(s.sql for s in read_script(each).statements))
        assert set(texts(path)) == {name, "o"}


@pytest.mark.parametrize(
    "edit",
    [
        SetDefault("t", "a", ""),
        SetCollation("t", "a", ""),
        RenameTable("t", "t"),
        RenameColumn("t", "a", "a"),
    ],
)
def test_a_migration_that_changes_nothing_is_not_written(tmp_path: Path, edit: Edit) -> None:
    path = a_database(tmp_path).with_sql(*TABLES).build()
    with open_read(path) as session, pytest.raises(Refused, match="Nothing changes"):
        from_edits(session, [edit], tmp_path / "m", "Nothing")


@pytest.mark.parametrize(
    ("title", "remarks", "head"),
    [
        (
            "Merge a into b",
            ["Each row goes along.", "Two."],
            "-- Merge a into b.\n-- Each row goes along.\n-- Two.\n",
        ),
        ("Merge a into b", ["", "Two."], "-- Merge a into b\n--\n-- Two.\n"),
        ("Is it so?", ["Two."], "-- Is it so?\n-- Two.\n"),
        ("Add a", [], "-- Add a\n"),
    ],
)
def test_a_title_ends_before_what_is_said_of_it(
    tmp_path: Path, title: str, remarks: list[str], head: str
) -> None:
    new = written(tmp_path / "m", title, ["SELECT 1"], remarks=remarks)
    assert new.text == f"{head}\nSELECT 1;\n"


@pytest.mark.parametrize(
    "edits",
    [
        [SetGenerated("t", "b", "a || 'x'"), Settle(), SetGenerated("t", "b", "")],
        [SetType("t", "a", "INT"), Settle(), SetType("t", "a", "TEXT")],
        [RenameColumn("t", "a", "z"), Settle(), RenameColumn("t", "z", "a")],
    ],
)
def test_what_goes_there_and_back_has_no_empty_file_that_takes_it_back(
    tmp_path: Path, edits: list[Edit]
) -> None:
    path = (
        a_database(tmp_path).with_sql("CREATE TABLE t(a TEXT, b)", "INSERT INTO t VALUES ('007', 2)").build()
    )
    with open_read(path) as session:
        new = from_edits(session, edits, tmp_path / "migrations", "There and back")
    assert (new.undo_path, new.undo_text) == (None, "")
    assert "-- Nothing but a restore point takes it back.\n" in new.text


def test_a_series_that_loses_nothing_is_taken_back(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path).with_sql("CREATE TABLE t(a TEXT, b)", "INSERT INTO t VALUES ('007', 2)").build()
    )
    edits = [RenameColumn("t", "a", "z"), Settle(), SetCollation("t", "z", "NOCASE")]
    was = texts(path)
    with open_read(path) as session:
        new = from_edits(session, edits, tmp_path / "migrations", "Name")
    assert new.undo_path is not None
    assert "restore point" not in new.text
    for text in (new.text, new.undo_text):
        run(path, (text,))
    assert texts(path) == was
