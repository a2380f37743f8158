"""What is left on pages and beside the file after values were changed or deleted, and that the cure takes it away."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.model import ResidueReport, Where, sentence
from steward_app.services.privacy.residue.search import search_values

ROWS = 1_500


def mail(number: int) -> str:
    return f"Zyxwvut{number:06d}@orig.example"


def connect(path: Path, *pragmas: str) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    for pragma in ("synchronous = OFF", *pragmas):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def run(connection: apsw.Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement).fetchall()


def people(connection: apsw.Connection, *, shuffled: bool = True, wide: int = 400) -> list[int]:
    """A table of people in the order of chance, and half of them, to be erased."""
    chance = random.Random(7)
    numbers = list(range(ROWS))
    if shuffled:
        chance.shuffle(numbers)
    run(connection, "CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT UNIQUE, note TEXT)", "BEGIN")
    connection.executemany(
        "INSERT INTO person VALUES (?, ?, ?)", [(n, mail(n), "x" * chance.randint(0, wide)) for n in numbers]
    )
    run(connection, "COMMIT")
    return chance.sample(range(ROWS), ROWS // 2)


def erase(connection: apsw.Connection, chosen: Sequence[int]) -> None:
    run(connection, "BEGIN")
    connection.executemany("DELETE FROM person WHERE id = ?", [(n,) for n in chosen])
    run(connection, "COMMIT")


def look(path: Path, values: Sequence[str | int | float | bytes]) -> ResidueReport:
    return search_values(path, values, Context())


def raw_count(path: Path, values: Sequence[str]) -> int:
    content = path.read_bytes()
    return sum(content.count(value.encode()) for value in values)


def raw_left(path: Path, values: Sequence[str]) -> int:
    """How many stand whole, or have left their first sixteen letters, or all but the first three."""
    content = path.read_bytes()
    whole, first, last = (
        sum(content.count(value.encode()[part]) for value in values)
        for part in (slice(None), slice(16), slice(3, None))
    )
    return first + last - whole


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("secure", ["OFF", "FAST", "ON"])
def test_deleted_values_stay_in_gaps_freeblocks_and_free_pages(
    tmp_path: Path, secure: str, page_size: int
) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, f"page_size = {page_size}", f"secure_delete = {secure}")
    gone = [mail(n) for n in people(connection)]
    erase(connection, [int(each[7:13]) for each in gone])
    report = look(path, gone)
    assert report.hits == raw_left(path, gone) >= raw_count(path, gone)  # every copy is told, once
    places = {each.where for each in report.found}
    if secure == "OFF":
        assert {Where.GAP, Where.FREEBLOCK} <= places <= {Where.GAP, Where.FREEBLOCK, Where.FREELIST}
    if secure == "ON":
        assert places <= {Where.GAP}  # rows that moved between pages leave a copy there
    run(connection, "VACUUM")
    connection.close()
    assert look(path, gone).is_clean and not raw_count(path, gone)


def test_secure_delete_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "secure_delete = ON")
    chosen = people(connection)
    erase(connection, chosen)
    connection.close()
    report = look(path, [mail(n) for n in chosen])
    assert report.hits == report.of(Where.GAP) > 0
    assert all(each.pages for each in report.found)


@pytest.mark.parametrize("vacuum", ["FULL", "INCREMENTAL"])
def test_pages_of_pointers_do_not_confuse_it(tmp_path: Path, vacuum: str) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, f"auto_vacuum = {vacuum}", "page_size = 512")
    gone = [mail(n) for n in people(connection)]
    kept = sorted({mail(n) for n in range(ROWS)} - set(gone))
    erase(connection, [int(each[7:13]) for each in gone])
    connection.close()
    assert look(path, gone).hits == raw_left(path, gone)
    living = look(path, kept)
    assert living.of(Where.CELL) == living.of(Where.INDEX) == len(kept)
    assert not living.of(Where.UNREACHED)


def test_a_live_value_is_told_with_its_column_and_index(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path)
    people(connection)
    connection.close()
    found = look(path, [mail(3), mail(4)]).found
    assert [(each.where, each.name, each.column, each.hits, each.values) for each in found[:2]] == [
        (Where.CELL, "person", "email", 2, 2),
        (Where.INDEX, "sqlite_autoindex_person_1", "email", 2, 2),
    ]


def test_a_checkpoint_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "journal_mode = WAL", "secure_delete = ON")
    gone = [mail(n) for n in people(connection)]
    run(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    erase(connection, [int(each[7:13]) for each in gone])
    run(connection, "VACUUM")
    report = look(path, gone)
    assert {each.where for each in report.found} <= {Where.SUPERSEDED, Where.WAL, Where.UNREACHED}
    assert report.of(Where.SUPERSEDED) and any(each.file.endswith(".db") for each in report.found)
    run(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert look(path, gone).is_clean
    connection.close()


def test_frames_of_the_log_that_count_no_more(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "journal_mode = WAL", "wal_autocheckpoint = 0", "secure_delete = ON")
    chosen = people(connection)
    erase(connection, chosen)
    report = look(path, [mail(n) for n in chosen])
    assert report.of(Where.WAL)
    line = next(each for each in report.found if each.where is Where.WAL)
    assert line.file == "people.db-wal" and line.frames and line.pages
    kept = mail(min(set(range(ROWS)) - set(chosen)))
    living = look(path, [kept])
    assert living.of(Where.CELL) == 1  # in the newest frame of its page
    connection.close()


def test_a_journal_that_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "journal_mode = PERSIST", "secure_delete = ON")
    gone = [mail(n) for n in people(connection)]
    erase(connection, [int(each[7:13]) for each in gone])
    run(connection, "VACUUM")
    connection.close()
    report = look(path, gone)
    assert {each.where for each in report.found} == {Where.JOURNAL}
    assert report.found[0].file == "people.db-journal"
    path.with_name("people.db-journal").unlink()
    assert look(path, gone).is_clean


def test_a_dropped_table_and_bytes_behind_the_last_page(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "secure_delete = OFF")
    people(connection)
    everyone = [mail(n) for n in range(ROWS)]
    run(connection, "DROP TABLE person")
    connection.close()
    assert look(path, everyone).of(Where.FREELIST) == raw_left(path, everyone) > ROWS
    with path.open("ab") as file:
        file.write(b"\0" * 4000 + mail(3).encode() + b"\0" * 67)
    assert look(path, [mail(3)]).of(Where.UNREACHED) == 1


@pytest.mark.parametrize("page_size", [512, 4096])
def test_values_across_the_edges_of_overflow_pages(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, f"page_size = {page_size}", "secure_delete = OFF")
    run(connection, "CREATE TABLE letter (id INTEGER PRIMARY KEY, text TEXT)")
    wanted = [f"Somebody{n:05d} Longname of Nowhere" for n in range(900)]
    text = " ".join(wanted)
    run(connection, "INSERT INTO letter VALUES (2, 'short')")
    connection.execute("INSERT INTO letter VALUES (1, ?)", (text,))
    raw = path.read_bytes()
    across = [each for each in wanted if each.encode() not in raw]
    assert across  # some are nowhere whole
    report = look(path, wanted)
    assert report.hits == report.of(Where.CELL) == len(wanted)
    assert {(each.name, each.column) for each in report.found} == {("letter", "text")}
    run(connection, "DELETE FROM letter WHERE id = 1")
    freed = look(path, wanted)
    whole = sum(each.encode() in path.read_bytes() for each in wanted)
    assert freed.hits > whole  # of freed chains, too
    run(connection, "VACUUM")
    assert look(path, wanted).is_clean
    connection.close()


def test_a_long_value_counts_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path)
    run(connection, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
    letter = "Dear Sir or Madam, thank you for your letter of the third of this month. " * 100 + "Ada Winter"
    redacted = letter.replace("Ada Winter", "[name]")
    connection.execute("INSERT INTO note VALUES (1, ?)", (redacted,))
    assert look(path, [letter]).is_clean
    connection.execute("INSERT INTO note VALUES (2, ?)", (letter,))
    assert look(path, [letter]).of(Where.CELL) == 1
    connection.close()


def test_statistics_keep_samples(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "secure_delete = ON")
    people(connection)
    everyone = [mail(n) for n in range(ROWS)]
    run(connection, "ANALYZE", "UPDATE person SET email = 'u' || id", "VACUUM")
    report = look(path, everyone)
    assert {each.where for each in report.found} == {Where.STATISTICS}
    assert report.found[0].name == "sqlite_stat4" and report.hits > 10
    run(connection, "ANALYZE", "VACUUM")
    assert look(path, everyone).is_clean
    connection.close()


def test_literals_of_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path)
    run(
        connection,
        "CREATE TABLE person (name TEXT DEFAULT 'Ada Winterbottom', c TEXT CHECK (c <> 'Ben O''Moorcroft'))",
        "CREATE INDEX part ON person (name) WHERE name = 'Cleo Summerfield'",
        "CREATE VIEW one AS SELECT * FROM person WHERE name = 'Dora Autumnale' -- for Emil Springer",
        "CREATE TABLE winterbottom (x)",
    )
    names = ["Ada Winterbottom", "Ben O'Moorcroft", "Cleo Summerfield", "Dora Autumnale", "Emil Springer"]
    report = look(path, names)
    assert report.of(Where.SCHEMA) == report.hits == len(names)
    assert look(path, ["Winterbottom"]).of(Where.SCHEMA) == 1  # the literal, not the table of that name
    connection.close()


def test_names_in_quotes_are_no_literals(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path)
    run(
        connection,
        'CREATE TABLE "Bellini" ("Price" REAL, x TEXT, CONSTRAINT "Winterbottom" CHECK ("Price" > 0))',
        'CREATE INDEX "Brown" ON "Bellini" ("Price")',
        'CREATE VIEW "Paget" AS SELECT "Price" AS "Order", x AS "Field" FROM "Bellini" WHERE "Order" > 1',
    )
    names = ["Bellini", "Price", "Winterbottom", "Brown", "Paget", "Order", "Field"]
    assert look(path, names).is_clean
    run(
        connection,
        """CREATE VIEW told AS SELECT * FROM "Bellini" WHERE x IN ('Price', 'Mr. Brown') -- of Paget""",
    )
    assert look(path, names).of(Where.SCHEMA) == 3
    apsw.Connection.config(connection, apsw.SQLITE_DBCONFIG_DQS_DDL, 1)
    run(connection, """CREATE TABLE old (y TEXT DEFAULT 'a', CHECK (y <> "Springer"))""")
    assert look(path, ["Springer"]).of(Where.SCHEMA) == 1, (
        "SQLite takes it for a text: no column has that name"
    )
    connection.close()


@pytest.mark.parametrize("quotes", ['""', "[]", "``"])
@pytest.mark.parametrize("name", ["ada.winter@mail.example", "+49 30 12345678"])
def test_a_column_may_be_called_by_an_address_or_a_number(tmp_path: Path, quotes: str, name: str) -> None:
    path = tmp_path / "people.db"
    connection = connect(path)
    run(connection, "CREATE TABLE day (n)", f"ALTER TABLE day ADD COLUMN {quotes[0]}{name}{quotes[1]}")
    found = "49 30 12345678" if name.startswith("+") else name
    assert look(path, [found]).of(Where.SCHEMA) == 1
    assert look(path, ["eva.winter@mail.example", "+49 30 12345679"]).is_clean
    connection.close()


def test_a_view_of_what_is_gone_keeps_no_name_from_being_one(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path)
    run(
        connection,
        'CREATE TABLE "Bellini" ("Price" REAL)',
        'CREATE VIEW broken AS SELECT "Price", lost FROM "Bellini" JOIN gone',
    )
    assert look(path, ["Bellini", "Price"]).is_clean
    connection.close()


def test_an_unused_copy_made_by_vacuum_into_is_clean_and_a_file_copy_is_not(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "secure_delete = OFF")
    gone = [mail(n) for n in people(connection)]
    erase(connection, [int(each[7:13]) for each in gone])
    shutil.copyfile(path, tmp_path / "copy.db")
    connection.execute("VACUUM INTO ?", (str(tmp_path / "clean.db"),))
    connection.close()
    assert not look(tmp_path / "copy.db", gone).is_clean
    clean = look(tmp_path / "clean.db", gone)
    assert clean.is_clean
    assert sentence(clean) == "0 of 750 original values found in the places searched."


def test_looking_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, "journal_mode = WAL")
    people(connection)
    connection.close()
    before = path.read_bytes()
    look(path, [mail(1)])
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["people.db"]
    with open_read(path) as session:
        assert session.value("PRAGMA integrity_check") == "ok"
