"""Full-text indexes that still answer for values, and that keep words of deleted texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search, search_values

MANY = 300
NAMES = [f"Zyxwvut{number:04d}a Österreicher" for number in range(MANY)]

FORMS = {
    "own": "fts5(name)",
    "external": "fts5(name, content='person', content_rowid='id')",
    "contentless": "fts5(name, content='')",
    "contentless_delete": "fts5(name, content='', contentless_delete=1)",
    "trigram": "fts5(name, tokenize='trigram')",
    "porter": "fts5(name, tokenize='porter')",
    "prefix": "fts5(name, prefix='2 5')",
    "columns": "fts5(name, detail=column)",
    "nowhere": "fts5(name, detail=none)",
    "fts4": "fts4(name)",
    "fts4 external": "fts4(content='person', name)",
    "fts3": "fts3(name)",
}


def run(connection: apsw.Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement).fetchall()


def indexed(path: Path, form: str) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    run(connection, "PRAGMA secure_delete = ON", "PRAGMA synchronous = OFF", "BEGIN")
    run(connection, "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
    connection.executemany("INSERT INTO person VALUES (?, ?)", list(enumerate(NAMES, 1)))
    run(connection, f"CREATE VIRTUAL TABLE search USING {FORMS[form]}")
    run(connection, "INSERT INTO search (rowid, name) SELECT id, name FROM person", "COMMIT")
    return connection


@pytest.mark.parametrize("form", ["own", "contentless", "columns", "nowhere", "fts4", "fts3"])
def test_an_index_of_texts_in_another_encoding(tmp_path: Path, form: str) -> None:
    path = tmp_path / "people.db"
    connection = indexed(path, form)
    run(connection, "DROP TABLE search", f"CREATE VIRTUAL TABLE search USING {FORMS[form]}")
    odd = [f"Jörg {name}" for name in NAMES]
    rows = [(number, name.encode("latin-1")) for number, name in enumerate(odd, 1)]
    connection.executemany("INSERT INTO search (rowid, name) VALUES (?, CAST(? AS TEXT))", rows)
    run(connection, "UPDATE person SET name = 'Nobody ' || id", "VACUUM")
    connection.close()
    names = [name.decode("utf-8", "surrogateescape") for _, name in rows]
    assert look(path, names).of(Where.FULL_TEXT) == MANY


def look(path: Path, names: Sequence[str] = NAMES) -> ResidueReport:
    return search_values(path, names, Context())


@pytest.mark.parametrize("form", FORMS)
def test_an_index_that_was_forgotten(tmp_path: Path, form: str) -> None:
    path = tmp_path / "people.db"
    connection = indexed(path, form)
    run(connection, "UPDATE person SET name = 'Nobody ' || id", "VACUUM")
    connection.close()
    report = look(path)
    assert report.of(Where.FULL_TEXT) == MANY
    assert {each.where for each in report.found} <= {Where.FULL_TEXT, Where.CELL, Where.GAP}
    assert {each.name for each in report.found if each.where is Where.FULL_TEXT} == {"search"}
    own = next((each for each in report.found if each.where is Where.CELL), None)
    if own is not None:  # the index has a copy of the texts
        assert (own.name, own.column, own.hits) == ("search", "name", MANY)


def test_what_an_index_answers_for_is_told_with_where_it_comes_from(tmp_path: Path) -> None:
    source, path = tmp_path / "source.db", tmp_path / "people.db"
    indexed(source, "own").close()
    connection = indexed(path, "contentless")
    run(connection, "UPDATE person SET name = 'Nobody ' || id", "VACUUM")
    connection.close()
    place = Place("person", "name")
    report = search(path, source, (Searched(place, ()),), Context())
    assert {each.of for each in report.found if each.where is Where.FULL_TEXT} == {(place,)}


@pytest.mark.parametrize("form", ["own", "external", "porter", "contentless_delete", "prefix", "fts4"])
def test_words_of_deleted_texts(tmp_path: Path, form: str) -> None:
    path = tmp_path / "people.db"
    connection = indexed(path, form)
    if form == "external":
        run(
            connection,
            "INSERT INTO search (search, rowid, name) SELECT 'delete', id, name FROM person WHERE id < 21",
        )
    else:
        run(connection, "DELETE FROM search WHERE rowid < 21")
    run(connection, "DELETE FROM person", "VACUUM")
    assert look(path, NAMES[:20]).of(Where.FULL_TEXT) == 20
    run(connection, "INSERT INTO search (search) VALUES ('optimize')", "VACUUM")
    connection.close()
    assert look(path, NAMES[:20]).is_clean
    assert look(path, NAMES[20:]).of(Where.FULL_TEXT) == 280


@pytest.mark.parametrize("form", ["own", "porter", "fts4", "fts3"])
def test_an_index_that_was_updated_keeps_words_until_it_is_optimized(tmp_path: Path, form: str) -> None:
    path = tmp_path / "people.db"
    connection = indexed(path, form)
    run(connection, "UPDATE search SET name = 'Nobody'", "DELETE FROM person", "VACUUM")
    assert look(path).of(Where.FULL_TEXT) == MANY
    run(connection, "INSERT INTO search (search) VALUES ('optimize')", "VACUUM")
    connection.close()
    assert look(path).is_clean


def test_an_index_whose_tokenizer_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = indexed(path, "own")
    run(connection, "PRAGMA writable_schema = ON")
    run(
        connection,
        "UPDATE sqlite_schema SET sql = replace(sql, 'name)', 'name, tokenize=house)') WHERE name = 'search'",
    )
    connection.close()
    report = look(path)
    assert any("search" in each.what for each in report.not_searched)
    assert report.of(Where.CELL) >= MANY  # its own tables are read as bytes


def test_the_words_of_a_value_are_no_residue_when_texts_have_them(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = apsw.Connection(str(path))
    run(connection, "CREATE VIRTUAL TABLE search USING fts5(name)")
    run(connection, "INSERT INTO search VALUES ('Winter Moor'), ('Adelheid Summer')")
    connection.close()
    assert search_values(path, ["Adelheid Winter", "Moor Adelheid"], Context()).is_clean


@pytest.mark.parametrize("form", ["own", "external", "prefix", "fts4", "fts4 external", "fts3"])
def test_the_words_of_a_value_in_somebodys_address_are_no_residue(tmp_path: Path, form: str) -> None:
    path = tmp_path / "people.db"
    connection = indexed(path, form)
    run(
        connection,
        "DELETE FROM search" if "external" not in form else "DELETE FROM person",
        "DROP TABLE search",
    )
    run(
        connection,
        "DELETE FROM person",
        "INSERT INTO person VALUES (1, 'gail.potts.1s3f@example.net and others')",
        f"CREATE VIRTUAL TABLE search USING {FORMS[form]}",
        "INSERT INTO search (rowid, name) SELECT id, name FROM person",
        "VACUUM",
    )
    assert look(path, ["Gail Potts"]).is_clean
    run(connection, "INSERT INTO person VALUES (2, 'To Gail\tPotts, in her absence')")
    run(connection, "INSERT INTO search (rowid, name) SELECT id, name FROM person WHERE id = 2")
    assert look(path, ["Gail Potts"]).of(Where.FULL_TEXT) == 1, "it stands there for itself"
    assert look(path, ["Potts To Gail"]).is_clean
    run(connection, "DELETE FROM person WHERE id = 2")
    if "external" in form:
        assert look(path, ["Gail Potts"]).of(Where.FULL_TEXT) == 1, "the index answers for a row that is gone"
    connection.close()
