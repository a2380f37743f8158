"""What a row explains by chance is explained in deleted cells as it stands there, with the escapes of JSON, too, and
where its end is gone."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.forms import words_around
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.residue.search import search_values

FAMILY = "Παπαδημητρακοπουλόπουλος"


def with_a_deleted_cell(folder: Path, kept: str, deleted: str, *, encoding: str = "UTF-8") -> Path:
    """A table with a row that is there and the cell of one that is not."""
    path = folder / "x.db"
    connection = apsw.Connection(str(path))
    for pragma in (f"encoding = '{encoding}'", "secure_delete = OFF", "synchronous = OFF"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.executemany("INSERT INTO t VALUES (?)", [(kept,), ("-" * 40 + deleted,), ("other",)])
    connection.execute("DELETE FROM t WHERE rowid = 2")
    connection.close()
    return path


def left(path: Path, value: str) -> ResidueReport:
    return search_values(path, (value,), Context())


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Börje G", json.dumps("Börje Gren")),
        ("Börje G", json.dumps("Börje Gren").replace("f6", "F6")),
        ("Börje G", "Börje Gren"),
        ("ΑΡΤΕΜΙΣΊΑ", json.dumps("Αρτεμισία Γεωργουλάκη")),
        ("ΑΡΤΕΜΙΣ", json.dumps("αρτεμισία")),
        (FAMILY[-6:], json.dumps(FAMILY)),
        ("Zo\N{DESERET CAPITAL LETTER LONG E}", json.dumps("Zo\N{DESERET CAPITAL LETTER LONG E}s")),
        ("İpeks", json.dumps("İpeksoy")),
        ("Müller", json.dumps("Mu\u0308llerson")),
        ("O'Hara", "O''Haras"),
    ],
)
def test_a_deleted_cell_is_judged_as_the_row_with_the_same_bytes(
    tmp_path: Path, value: str, name: str, encoding: str
) -> None:
    path = with_a_deleted_cell(tmp_path, f'{{"n": {name}}}', f'{{"n": {name}}}', encoding=encoding)
    report = left(path, value)
    assert report.is_clean and report.chance >= 2


def test_needless_escapes_are_of_the_word(tmp_path: Path) -> None:
    name = r'{"n": "\u0042\u00f6rje \u0047ren"}'
    report = left(with_a_deleted_cell(tmp_path, name, name), "Börje G")
    assert report.is_clean and report.chance >= 2


@pytest.mark.parametrize(
    ("value", "kept", "deleted"),
    [
        ("Börje G", "Börje Gren", "Börje G"),
        ("Elias L", "Elias Löf", "Elias L"),
        ("Elias L", "Elias Löf", "Elias Lind"),
        ("ΑΡΤΕΜΙΣΊΑ", "Αρτεμισία Γ", "ΑΡΤΕΜΙΣΊΑ Γ"),
    ],
)
def test_nothing_else_is_explained(tmp_path: Path, value: str, kept: str, deleted: str) -> None:
    path = with_a_deleted_cell(tmp_path, json.dumps({"n": kept}), json.dumps({"n": deleted}))
    assert {each.where for each in left(path, value).found} == {Where.FREEBLOCK}


@pytest.mark.parametrize(
    ("deleted", "explained"),
    [
        ("Andreas Lunde\x19\x08", True),
        ("Andreas Lu\x19\x08", False),
        ("Andreas Lu\x07\x05\x02\x17hello", True),  # a row
        ("Andreas Lu\x07\x02\x17hello", True),  # a row of a table without row numbers
        ("Andreas Lu\x08\x05\x02\x17hello", False),
        ("Andreas L\x07\x05\x02\x17hello", False),
    ],
)
def test_a_beginning_of_the_word_explains_where_another_row_was_written_over_its_end(
    tmp_path: Path, deleted: str, explained: bool
) -> None:
    path = with_a_deleted_cell(tmp_path, "Andreas Lundmark", deleted)
    assert left(path, "Andreas L").is_clean is explained


def test_a_word_is_given_as_it_reads_and_as_it_stands() -> None:
    assert set(words_around(r"C:\B\u00f6rje", "börje")) == {("Börje", r"B\u00f6rje")}
    assert set(words_around(r"a\nB\u00f6rjesson", "börje")) >= {("Börjesso", r"B\u00f6rjesso")}
    assert set(words_around("Istanbullu, İpeksoy", "ipek")) == {("İpeksoy", "İpeksoy")}
