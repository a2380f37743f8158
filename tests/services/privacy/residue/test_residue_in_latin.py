"""Greek and Cyrillic values are looked for in Latin letters, too, by the ways that the rules for texts know."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.residue.search import search_values

FULL, FAMILY = "Ιορδανία Λαμπρινουλάκου", "Ющенко"
VALUES = (FULL, FAMILY, "Роман", "Анна", "О'Коннор")


def looked_for(where: Path, *cells: str | bytes, encoding: str = "UTF-8", then: str = "") -> ResidueReport:
    made = a_database(where).with_sql("PRAGMA secure_delete = OFF", f"PRAGMA encoding = '{encoding}'")
    made = made.with_table("note", "text", rows=[(cell,) for cell in cells])
    return search_values((made.with_sql(then) if then else made).build(), VALUES, Context())


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize(
    "text",
    [
        "o Iordania Lamprinoylakoy den irthe",
        "IORDANIA LAMPRINOULAKOU",
        "iordania lamprinoulakou",
        "to Iushchenko and others",
        "YUSHCHENKO",
        "juscenko/Juscenko",
        '{"who": "Yushchenko"}',
        "Mr Okonnor came",
    ],
)
def test_a_name_in_latin_letters_is_found(tmp_path: Path, text: str, encoding: str) -> None:
    (found,) = looked_for(tmp_path, text, "nothing else", encoding=encoding).found
    assert (found.where, found.column, found.values) == (Where.CELL, "text", 1)


@pytest.mark.parametrize(
    "text",
    [
        "a Roman road",  # which is a word
        "Anna came",  # shorter than what is looked for in Latin letters of its own
        "yushchenko lamprinoulakou",  # one word counts in other columns as it is written
        "Yushchenkovich",
        "Iordania, Lamprinoulakou",
    ],
)
def test_what_may_mean_nobody_is_not(tmp_path: Path, text: str) -> None:
    assert looked_for(tmp_path, text).is_clean


def test_it_is_found_in_compressed_blobs_and_in_deleted_rows(tmp_path: Path) -> None:
    packed = zlib.compress(b"some words before it: Iordania Lamprinoulakou and behind it " * 4)
    report = looked_for(
        tmp_path, packed, "Yushchenko, and more words", "x", then="DELETE FROM note WHERE text LIKE 'Yu%'"
    )
    assert {each.where for each in report.found} == {Where.PACKED, Where.FREEBLOCK}


def test_a_full_text_index_is_asked_for_it(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE VIRTUAL TABLE found USING fts5(text, content='')",
            "INSERT INTO found (rowid, text) VALUES (1, 'seen by Iordania Lamprinoulakou'), (2, 'a roman road')",
        )
        .build()
    )
    (found,) = search_values(path, VALUES, Context()).found
    assert (found.where, found.values) == (Where.FULL_TEXT, 1)


def test_a_word_in_another_case_explains_what_the_index_answers(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("note", "id INTEGER PRIMARY KEY, text TEXT", rows=[(1, "a yushchenko of ours")])
        .with_sql(
            "CREATE VIRTUAL TABLE found USING fts5(text, content='note', content_rowid='id')",
            "INSERT INTO found (found) VALUES ('rebuild')",
        )
        .build()
    )
    assert search_values(path, VALUES, Context()).is_clean
