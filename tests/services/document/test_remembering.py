"""What is long in the making is made once, shared by who asks meanwhile, and kept until a row changes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.document import open_document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path / "a.db").with_table("t", "a INT", rows=[(1,)]).build()


def test_it_is_kept_until_a_row_changes(path: Path) -> None:
    with open_document(path) as document:
        assert document.remembered("k") is None
        assert document.remembering("k", lambda: "made", Context()) == "made"
        assert document.remembered("k") == "made"
        with db.open_write(path) as session, session.transaction():
            session.run("UPDATE t SET a = 2")
        document.poll()
        assert document.remembered("k") is None


def test_who_asks_while_it_is_made_shares_it(path: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    made: list[int] = []

    def make() -> int:
        begun.set()
        go.wait(10)
        made.append(1)
        return len(made)

    with open_document(path) as document, ThreadPoolExecutor(2) as pool:
        first = pool.submit(document.remembering, "k", make, Context())
        begun.wait(10)
        second = pool.submit(document.remembering, "k", make, Context(lambda _: None))
        threading.Timer(0.2, go.set).start()
        assert (first.result(10), second.result(10)) == (1, 1)


def test_who_asks_again_afterwards_has_it_made_again(path: Path) -> None:
    with open_document(path) as document:
        numbers = iter(range(9))
        assert document.remembering("k", lambda: next(numbers), Context()) == 0
        assert document.remembering("k", lambda: next(numbers), Context()) == 1


def test_who_waits_can_be_stopped(path: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    def make() -> str:
        begun.set()
        go.wait(10)
        return "made"

    with open_document(path) as document, ThreadPoolExecutor(2) as pool:
        first = pool.submit(document.remembering, "k", make, Context())
        begun.wait(10)
        context = Context()
        second = pool.submit(document.remembering, "k", make, context)
        context.cancel()
        with pytest.raises(Cancelled):
            second.result(10)
        go.set()
        assert first.result(10) == "made"


def test_a_failure_is_not_kept(path: Path) -> None:
    def fail() -> str:
        raise ValueError("not today")

    with open_document(path) as document:
        with pytest.raises(ValueError, match="not today"):
            document.remembering("k", fail, Context())
        assert document.remembering("k", lambda: "made", Context()) == "made"
