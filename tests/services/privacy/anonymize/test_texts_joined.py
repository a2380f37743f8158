"""Texts that are looked up together are read as one: the copy is the same to the byte, whatever the values are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from builders.releases import write_to
from steward_app.db import open_read
from steward_app.db.building import building, file_settings
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.anonymize import apart, filling
from steward_app.services.privacy.anonymize.build import build
from steward_app.services.privacy.anonymize.making import orders_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform import cells, together
from steward_app.services.privacy.transform.joined import Joined
from steward_app.services.privacy.transform.model import Column
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.schema import read_schema

KEY = b"k" * 32
ROWS = 400
KINDS = {"name": "person_name", "town": "city", "street": "street"}
RULES = ReleaseRules(
    "r",
    (
        *(Rule(Place("visit", name), Technique.PSEUDONYM, {"kind": kind}) for name, kind in KINDS.items()),
        Rule(Place("visit", "paid"), Technique.ROUND, {"to": 10}),
    ),
)
COLUMNS = "name TEXT, paid REAL, town TEXT, street, note TEXT"
NAMES = COLUMNS.replace(" TEXT", "").replace(" REAL", "").split(", ")


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Texts are joined after few rows; how many rows were read so, by the batch; 0 where that was of no use."""
    found: list[int] = []
    columns = Joined.columns

    def seen(self: Joined, rows: Sequence[Row]) -> list[Column] | None:
        made = columns(self, rows)
        found.append(0 if made is None else len(rows))
        return made

    monkeypatch.setattr(Joined, "columns", seen)
    monkeypatch.setattr(together, "_JUDGED_AFTER", 60)
    monkeypatch.setattr(filling, "_BATCH_ROWS", 16)
    return found


def visits(count: int = ROWS) -> list[Row]:
    return [
        (f"Given Family{n % 11}", n * 1.5, f"Town {n % 11}", f"{n % 11} Orig Street", f"note {n}")
        for n in range(count)
    ]


def copied(path: Path, *, unchanged: bool = False) -> bytes:
    target = path.with_name("copy.db")
    target.unlink(missing_ok=True)
    target.touch()
    with open_read(path) as session, session.watched() as same, session.snapshot():
        schema = read_schema(session, Context())
        orders = orders_of(session, schema, RULES, KEY, Context())
        with (
            prepare(session, schema, RULES, KEY, Context()) as transforms,
            building(target, file_settings(session)) as new,
        ):
            built = build(session, new, orders, transforms, Context(), same if unchanged else None)
    assert [each.copied for each in built.tables] == [ROWS]
    return target.read_bytes()


def column_by_column(path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as patch:
        patch.setattr(together.Together, "joined", lambda *_: None)
        return copied(path)


@pytest.mark.parametrize("columns", [f"id INTEGER PRIMARY KEY, {COLUMNS}", COLUMNS], ids=["id", "rowid"])
def test_texts_are_read_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[int], columns: str
) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(f"CREATE TABLE visit ({columns})")
        .with_rows("visit", visits(), columns=NAMES)
        .build()
    )
    alone = column_by_column(path, monkeypatch)
    assert joined == []
    assert copied(path) == alone
    assert sum(joined) > 300
    assert b"Orig Street" not in alone


@pytest.mark.parametrize(
    "odd", [None, 7, 7.0, b"Given Family1", "Given\x1fFamily1", "\x1f", "", "a\x00b", "é\U0001f600"], ids=repr
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_a_value_that_cannot_be_joined_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[int], odd: SqlValue, encoding: str
) -> None:
    rows = visits()
    name, paid, town, _, note = rows[250]
    rows[250] = (name, paid, town, odd, note)
    path = (
        a_database(tmp_path)
        .with_pragma(f"encoding = '{encoding}'")
        .with_sql(f"CREATE TABLE visit ({COLUMNS})")
        .with_rows("visit", rows, columns=NAMES)
        .build()
    )
    alone = column_by_column(path, monkeypatch)
    assert copied(path) == alone
    whole = isinstance(odd, str) and "\x1f" not in odd
    assert (sum(joined) > 300) is (whole and encoding == "UTF-8")
    assert joined.count(0) == (encoding == "UTF-8" and not whole)


def test_signs_between_that_make_one_text_of_two_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[int]
) -> None:
    rows = visits()
    rows[200] = ("a\x1fb", 1.5, "c", "d", "")
    rows[300] = ("a", 1.5, "b\x1fc", "d", "")
    path = a_database(tmp_path).with_table("visit", COLUMNS, rows=rows).build()
    assert copied(path) == column_by_column(path, monkeypatch)
    assert joined.count(0) == 1


def test_rows_that_hardly_come_again_are_read_column_by_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[int]
) -> None:
    rows = [(f"Given {n % 20 * (n + 1)}", n, f"Town {n % 23 * (n + 1)}", "x", "") for n in range(ROWS)]
    path = a_database(tmp_path).with_table("visit", COLUMNS, rows=[*visits(80), *rows[80:]]).build()
    alone = column_by_column(path, monkeypatch)
    monkeypatch.setattr(cells, "_JUDGED_AFTER", 100)
    assert copied(path) == alone
    assert 100 < sum(joined) < 250


def test_text_that_is_not_valid_goes_along_as_it_is(tmp_path: Path, joined: list[int]) -> None:
    path = a_database(tmp_path).with_table("visit", COLUMNS, rows=visits()).build()
    write_to(path, "UPDATE visit SET note = CAST(x'ff41' AS TEXT) WHERE rowid = 300")
    copied(path)
    assert joined
    with open_read(path.with_name("copy.db")) as session:
        assert session.count("SELECT count(*) FROM visit WHERE hex(note) = 'FF41'") == 1
        assert session.count("SELECT count(*) FROM visit WHERE street GLOB '* Orig *'") == 0


def test_where_another_process_builds_rows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[int]
) -> None:
    path = (
        a_database(tmp_path)
        .with_table("visit", f"id INTEGER PRIMARY KEY, {COLUMNS}", rows=list(enumerate_rows()))
        .build()
    )
    alone = column_by_column(path, monkeypatch)
    monkeypatch.setattr(apart, "FROM_CELLS", 1)
    monkeypatch.setattr(apart, "_idle_cores", lambda: 1.0)
    assert copied(path, unchanged=True) == alone
    assert joined


def enumerate_rows() -> list[Row]:
    return [(number, *row) for number, row in enumerate(visits(), -50)]
