"""Files of every kind: nothing of them changes, nothing leaves the computer, and what cannot be read is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import (
    a_file_with_rows,
    named_in_latin_1,
    overwritten,
    tampered,
    traces,
    with_hot_journal,
    with_wal_left,
)
from builders.stopping import cancelled_when
from steward_app.db import open_write
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

PEOPLE = [(n, f"Person{n}", f"p{n}@example.org") for n in range(1, 60)]
HOSTILE = 'a"b\n\u202e=cmd|<img onerror>'


def kind_at(found: Scan, table: str, column: str, path: str = "") -> str:
    column_scan = found.at(Place(table, column, path))
    assert column_scan is not None, (table, column, path)
    return column_scan.kind


def test_a_whole_scan_opens_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a scan reached for the network")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse, raising=False)
    rows = [
        (f"p{n}@example.co.uk", "+44 20 7946 0123", "DE89370400440532013000", "192.0.2.7") for n in range(30)
    ]
    path = a_database(tmp_path).with_table("t", "email, phone, iban, ip", rows=rows).build()
    assert {column.kind for column in scan(path, full=True).columns} == {"email", "phone", "iban", "ip"}


def test_no_byte_of_a_file_changes(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path).with_table("person", "id INTEGER PRIMARY KEY, name, email", rows=PEOPLE).build()
    )
    for made in (path, with_wal_left(a_file_with_rows(tmp_path / "wal.db"))):
        before = traces(made)
        scan(made)
        scan(made, full=True)
        assert traces(made) == before


def test_a_hot_journal_stays_for_its_program(tmp_path: Path) -> None:
    path = with_hot_journal(a_file_with_rows(tmp_path / "hot.db"))
    before = traces(path)
    assert scan(path).cells
    assert traces(path) == before


def test_names_that_are_words_or_worse_are_only_names(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("select", '"group" INTEGER PRIMARY KEY, "order" TEXT, "rowid", "oid", "_rowid_"', rows=[])
        .with_rows("select", [(n, f"p{n}@example.org", 1, 2, 3) for n in range(9)])
        .with_table(HOSTILE, '"a""b" TEXT, "x\ny" TEXT', rows=[(f"p{n}@example.org", n) for n in range(9)])
        .build()
    )
    found = scan(path)
    assert found.not_looked_at == ()
    assert kind_at(found, "select", "order") == "email"
    assert kind_at(found, HOSTILE, 'a"b') == "email"


def test_a_table_of_a_thousand_columns(tmp_path: Path) -> None:
    names = ", ".join(f"c{n}" for n in range(999)) + ", email"
    row = (*range(999), "ada@example.org")
    path = a_database(tmp_path).with_table("wide", names, rows=[row] * 20).build()
    found = scan(path)
    assert len(found.columns) == 1_000
    assert found.cells == 20_000
    assert kind_at(found, "wide", "email") == "email"


def test_tables_of_every_kind(tmp_path: Path) -> None:
    mails = [(f"p{n}@example.org",) for n in range(20)]
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE keyless (email TEXT)")
        .with_rows("keyless", mails)
        .with_sql("CREATE TABLE keyed (email TEXT PRIMARY KEY) WITHOUT ROWID")
        .with_rows("keyed", mails)
        .with_sql("CREATE TABLE made (a TEXT, email TEXT GENERATED ALWAYS AS (a || '@example.org') VIRTUAL)")
        .with_rows("made", [(f"p{n}",) for n in range(20)], columns=["a"])
        .with_sql("CREATE VIRTUAL TABLE search USING fts5(email)")
        .with_rows("search", mails, columns=["email"])
        .with_sql("CREATE VIRTUAL TABLE old USING fts4(email)")
        .with_rows("old", mails, columns=["email"])
        .with_sql("CREATE VIEW seen AS SELECT email FROM keyless")
        .build()
    )
    found = scan(path)
    for table in ("keyless", "keyed", "made", "search", "old"):
        assert kind_at(found, table, "email") == "email", table
    names = {table.table for table in found.tables}
    assert "seen" not in names  # a view holds nothing of its own
    assert not [
        name for name in names if name.startswith(("search_", "old_"))
    ]  # what the index keeps is its own
    assert kind_at(scan(path, tables=["seen"]), "seen", "email") == "email"


def test_the_words_of_an_index_without_texts_count(tmp_path: Path) -> None:
    names = [("James Miller",), ("Maria Garcia",), ("Anna Schmidt",), ("Peter Brown",)]
    path = (
        a_database(tmp_path)
        .with_sql("CREATE VIRTUAL TABLE search USING fts5(who, content='')")
        .with_rows("search", names, columns=["who"])
        .build()
    )
    before = traces(path)
    column = scan(path).at(Place("search", "who"))
    assert column is not None
    assert column.filled == 8
    assert traces(path) == before


def test_words_of_an_index_may_be_in_another_encoding(tmp_path: Path) -> None:
    index = "CREATE VIRTUAL TABLE search USING fts5(who, content='', tokenize='ascii')"
    path = a_database(tmp_path).with_sql(index).build()
    with open_write(path) as session, session.transaction():
        for number, name in enumerate(("Jürgen Müller", "Käthe Weiß", "Zoë Groß", "Peter Brown"), 1):
            cell = f"CAST(x'{name.encode('latin-1').hex()}' AS TEXT)"
            session.run(f"INSERT INTO search (rowid, who) VALUES ({number}, {cell})")
    column = scan(path).at(Place("search", "who"))
    assert column is not None
    assert column.filled == 8


@pytest.mark.parametrize("written", ["{}", "jsonb({})"])
def test_json_in_another_encoding_is_read_with_the_names_of_its_members(tmp_path: Path, written: str) -> None:
    name = '{"größe": "Jürgen Müller"}'.encode("latin-1").hex()
    cell = written.format(f"CAST(x'{name}' AS TEXT)")
    insert = f"INSERT INTO person (data) VALUES ({cell})"
    path = a_database(tmp_path).with_sql("CREATE TABLE person (id INTEGER PRIMARY KEY, data)", *[insert] * 30)
    column = scan(path.build()).at(Place("person", "data", '$."größe"'))
    assert column is not None
    assert column.kind == "person_name"


def test_a_column_that_cannot_be_computed_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (email TEXT, bad AS (upper(email)))")
        .with_rows("t", [(f"p{n}@example.org",) for n in range(20)], columns=["email"])
        .build()
    )
    tampered(
        path, "UPDATE sqlite_schema SET sql = replace(sql, 'upper(email)', 'json_extract(email, ''$.x'')')"
    )
    found = scan(path)
    assert kind_at(found, "t", "email") == "email"
    assert [(each.table, each.column) for each in found.not_looked_at] == [("t", "bad")]
    assert "example.org" not in found.not_looked_at[0].why


def test_a_module_that_is_missing_is_told(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "email", rows=[("a@example.org",)] * 5).build()
    tampered(
        path,
        "INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING gone(x)')",
    )
    found = scan(path)
    assert [each.table for each in found.not_looked_at] == ["v"]
    assert kind_at(found, "t", "email") == "email"


def test_a_tampered_schema_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "email", rows=[("a@example.org",)] * 5).build()
    tampered(path, "INSERT INTO sqlite_schema VALUES ('table', 'bad', 'bad', 3, 'CREATE NONSENSE')")
    assert kind_at(scan(path), "t", "email") == "email"


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    found = scan(named_in_latin_1(tmp_path / "latin.db"))
    assert found.at(Place("plain", "note")) is not None
    assert found.not_looked_at


def test_damage_in_a_table_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_pragma("page_size = 1024")
        .with_table("whole", "email", rows=[(f"p{n}@example.org",) for n in range(50)])
        .with_table("torn", "email", rows=[(f"p{n}@example.org",) for n in range(500)])
        .build()
    )
    overwritten(path, path.stat().st_size - 5 * 1024, b"\xff" * 2 * 1024)
    found = scan(path)
    assert kind_at(found, "whole", "email") == "email"
    assert [each.table for each in found.not_looked_at] == ["torn"]
    torn = found.at(Place("torn", "email"))
    assert torn is not None
    assert torn.missed_at_most > 0


def test_stopping_ends_the_scan_at_once_and_keeps_nothing(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "x", rows=[(f"text {n} of many words",) for n in range(9_000)])
        .build()
    )
    with pytest.raises(Cancelled):
        scan(path, cancelled_when(lambda progress: "cells" in progress.note))


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "x").build()
    with pytest.raises(UsageError, match="no table"):
        scan(path, tables=["gone"])


def test_an_empty_column_and_an_empty_file(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "email", rows=[(None,), ("",), (" ",)]).build()
    column = scan(path).at(Place("t", "email"))
    assert column is not None
    assert column.verdict is Verdict.EMPTY
    assert scan(a_database(tmp_path, "bare.db").build()).columns == ()
