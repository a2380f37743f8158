"""What is read once and kept until the file changes."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.processes import OtherProgram
from steward_app import db
from steward_app.kernel import clock
from steward_app.services.document import Document, open_document
from steward_app.services.document.cache import Cache


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path).with_table("a", "x", rows=[(1,)]).with_table("B", "x", rows=[(1,), (2,)]).build()
    )


class Counts:
    """Counts the rows of a table, and how often it was asked to."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.made = 0

    def of(self, table: str, rows_of: Collection[str] | None = ()) -> int:
        def make(session: db.ReadSession) -> int:
            self.made += 1
            return session.count(f"SELECT count(*) FROM {db.quote(table)}")

        return self.document.cached(("count", table, str(rows_of)), make, rows_of=rows_of)


def _we_write(path: Path, statement: str) -> None:
    with db.open_write(path) as session, session.transaction():
        session.run(statement)


def test_what_depends_on_the_schema_alone_is_kept_until_it_changes(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        counts = Counts(document)
        assert (counts.of("a"), counts.of("a"), counts.made) == (1, 1, 1)
        other.does("run('INSERT INTO a VALUES (2)')")
        assert (counts.of("a"), counts.made) == (1, 1)
        other.does("run('CREATE TABLE c (x)')")
        assert (counts.of("a"), counts.made) == (2, 2)


def test_what_depends_on_rows_is_read_anew_when_another_program_commits(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        counts = Counts(document)
        assert (counts.of("a", ["a"]), counts.of("B", None)) == (1, 2)
        other.does("run('INSERT INTO a VALUES (2)')")
        assert (counts.of("a", ["a"]), counts.of("B", None), counts.made) == (2, 2, 4)


def test_a_receipt_keeps_what_it_did_not_touch(path: Path) -> None:
    with open_document(path) as document:
        counts = Counts(document)
        assert (counts.of("a", ["a"]), counts.of("B", ["b"])) == (1, 2)
        _we_write(path, "INSERT INTO a VALUES (2)")
        document.touched(["A"])
        assert (counts.of("a", ["a"]), counts.of("B", ["b"]), counts.made) == (2, 2, 3)


def test_without_a_receipt_all_rows_are_read_anew(path: Path) -> None:
    with open_document(path) as document:
        counts = Counts(document)
        assert (counts.of("a", ["a"]), counts.of("B", ["B"])) == (1, 2)
        _we_write(path, "INSERT INTO a VALUES (2)")
        assert (counts.of("B", ["B"]), counts.of("a", ["a"]), counts.made) == (2, 2, 4)


def test_a_value_that_could_not_be_made_is_not_kept(path: Path) -> None:
    def fail(_: db.ReadSession) -> int:
        raise ZeroDivisionError

    with open_document(path) as document:
        with pytest.raises(ZeroDivisionError):
            document.cached("k", fail)
        assert document.cached("k", lambda _: 7) == 7


def test_a_value_wanted_by_many_is_made_once(path: Path) -> None:
    made = []
    all_here = threading.Barrier(6)

    def make(session: db.ReadSession) -> int:
        made.append(1)
        return session.count("SELECT count(*) FROM a")

    def work(document: Document) -> None:
        all_here.wait()
        assert document.cached("k", make, rows_of=None) == 1

    with open_document(path) as document:
        threads = [threading.Thread(target=work, args=(document,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert made == [1]


def test_values_live_for_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    monkeypatch.setattr(clock, "_source", lambda: now)
    cache = Cache(lives=timedelta(minutes=1))
    made = iter(range(10))
    assert [cache.get("k", tuple, lambda: next(made)) for _ in range(2)] == [0, 0]
    now += timedelta(minutes=2)
    assert cache.get("k", tuple, lambda: next(made)) == 1


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 4))
def test_the_least_recently_used_goes_first(keys: list[int], most: int) -> None:
    cache = Cache(most=most)
    recent: list[int] = []
    for key in keys:
        made: list[int] = []
        assert cache.get(key, tuple, lambda key=key, made=made: made.append(key) or key) == key  # type: ignore[misc]
        assert bool(made) == (key not in recent[-most:])
        recent = [each for each in recent if each != key] + [key]
