"""Large files are looked at by two processes, with the same result as by one."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover import scan as scanning
from steward_app.services.privacy.discover.apart import Part, look_apart
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema


@pytest.fixture
def path(tmp_path: Path) -> Path:
    people = [(n, "Maria Garcia", f"p{n}@example.org", f'{{"a": {n}}}') for n in range(1, 3_000)]
    return (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, name, email, doc", rows=people)
        .with_table("login", "who", rows=[(f"p{n % 700 + 1}@example.org",) for n in range(1, 2_000)])
        .build()
    )


def as_made(found: Scan) -> Scan:
    return replace(found, made_at="", seconds=0.0)


def schema_of(path: Path) -> Schema:
    with open_read(path) as session:
        return read_schema(session, Context())


def test_two_processes_see_what_one_sees(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = scan(path, full=True)
    monkeypatch.setattr(scanning, "_APART_FROM", 1)
    apart = scan(path, full=True)
    assert as_made(apart) == as_made(alone)
    assert alone.same_values


def test_stopping_ends_both_at_once(path: Path) -> None:
    context = Context()
    stopped: list[float] = []

    def stop() -> None:
        stopped.append(time.monotonic())
        context.cancel()

    threading.Timer(0.2, stop).start()
    with pytest.raises(Cancelled):
        look_apart(
            path,
            schema_of(path),
            packs(),
            [Part("person", "s", True)] * 500,
            context,
            lambda table, cells: None,
        )
    assert len(stopped) == 1


def test_a_schema_that_changed_meanwhile_is_told(path: Path) -> None:
    schema = replace(schema_of(path), hash="another")
    with pytest.raises(Failure) as caught:
        look_apart(path, schema, packs(), [Part("person", "s", True)], Context(), lambda table, cells: None)
    assert caught.value.code is ErrorCode.CHANGED_ON_DISK


def test_a_file_that_is_gone_is_told(path: Path) -> None:
    schema = schema_of(path)
    path.unlink()
    with pytest.raises(Failure) as caught:
        look_apart(path, schema, packs(), [Part("person", "s", True)], Context(), lambda table, cells: None)
    assert caught.value.code is ErrorCode.NOT_FOUND
