"""A file opened for reading, with its schema, closed at the end of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from builders import DatabaseBuilder
from steward_app import db
from steward_app.services.rows import Source, source_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema


@dataclass
class Opened:
    path: Path
    session: db.ReadSession
    schema: Schema

    def source(self, name: str) -> Source:
        table = self.schema.table(name)
        assert table is not None
        return source_of(table)


@pytest.fixture
def opened() -> Iterator[Callable[[DatabaseBuilder | Path], Opened]]:
    """`opened(a_database(tmp_path)...)`: builds the file, opens it, reads its schema."""
    with ExitStack() as stack:

        def open_it(what: DatabaseBuilder | Path) -> Opened:
            path = what if isinstance(what, Path) else what.build()
            session = stack.enter_context(db.open_read(path))
            return Opened(path, session, read_schema(session))

        yield open_it
