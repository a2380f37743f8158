"""What rows get while their table is written anew is told from each row alone: anything else would lose them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.services.migrate.edit.model import Edit, RewriteTable, SetNotNull, SetType
from steward_app.services.migrate.edit.write import write

TABLES = (
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a, "odd ""name")',
    "CREATE TABLE u(q)",
    "CREATE VIEW v AS SELECT a FROM t",
)


def written(folder: Path, *edits: Edit) -> str:
    path = a_database(folder).with_sql(*TABLES).build()
    with open_read(path) as session:
        return "\n".join(write(session, edits).statements)


@pytest.mark.parametrize(
    ("using", "says"),
    [
        ("max(a)", "“max(a)” makes one value of all rows of “t”"),
        ("coalesce(a, group_concat(a))", "makes one value of all rows"),
        ("(SELECT max(a) FROM t)", "looks into “t”, which holds no rows yet"),
        ("(SELECT max(a) FROM v)", "looks into “t”"),
        ("EXISTS (SELECT 1 FROM t AS other WHERE other.a = t.a)", "looks into “t”"),
        ('"aa" || 1', "There is no column “aa” in “t”"),
    ],
)
def test_what_would_lose_rows_or_values_is_refused(tmp_path: Path, using: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        written(tmp_path, SetType("t", "a", "INT", using))
    assert says in caught.value.message
    assert caught.value.hint.startswith("Nothing was changed.")


@pytest.mark.parametrize(
    "edit",
    [
        RewriteTable("t", "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT)", (("a", "count(*)"),)),
        SetNotNull("t", "a", on=True, fill="max(a)"),
    ],
)
def test_so_it_is_whichever_edit_brings_it(tmp_path: Path, edit: Edit) -> None:
    with pytest.raises(UsageError, match="all rows"):
        written(tmp_path, SetType("t", "a", "INT"), edit)


@pytest.mark.parametrize(
    "using",
    [
        "max(a, 1)",
        "row_number() OVER (ORDER BY a)",
        "(SELECT max(q) FROM u)",
        "(SELECT a FROM (SELECT 1 AS a))",
        '"odd ""name" || "A" || rowid',
        'iif("a" = \'x "y"\', 1, a)',
    ],
)
def test_what_tells_each_row_from_itself_is_taken(tmp_path: Path, using: str) -> None:
    assert f"({using})" in written(tmp_path, SetType("t", "a", "INT", using))


@pytest.mark.parametrize(("using", "says"), [("nope(a)", "no such function"), ("t.a", "no such column: t.a")])
def test_what_sqlite_refuses_is_told_in_its_words(tmp_path: Path, using: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        written(tmp_path, SetType("t", "a", "INT", using))
