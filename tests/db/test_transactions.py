"""A block of `transaction()` that SQLite rolled back: nothing in it goes on, and it never ends well."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from builders.database import a_database
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import Failure

_SQL = "CREATE TABLE q (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO q VALUES (1);"


@pytest.mark.parametrize("sql", ["DELETE FROM q", "CREATE TABLE r (a)", "SELECT 1", ""])
def test_a_block_that_goes_on_after_a_rollback_raises_and_keeps_nothing(tmp_path: Path, sql: str) -> None:
    path = a_database(tmp_path, "x.db").with_sql(_SQL).build()
    with open_write(path) as session:
        with pytest.raises(Failure, match=r"rolled the change of .* back"), session.transaction():
            session.run("INSERT INTO q VALUES (2)")
            with suppress(Failure):
                session.run("INSERT INTO q VALUES (1)")
            assert session.rolled_back
            for each in filter(None, [sql]):
                session.all(each)
        assert not session.rolled_back
        with session.transaction():
            session.run_many("INSERT INTO q VALUES (?)", [(3,)])
    with open_read(path) as reader:
        assert reader.all("SELECT a FROM q ORDER BY a") == [(1,), (3,)]
