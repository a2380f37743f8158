"""A draft after which something names a column in double quotes that no view gives any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.services.migrate.draft.adding import add_table, try_table
from steward_app.services.migrate.draft.change_list import ChangeList, begun
from steward_app.services.migrate.draft.model import Draft, Place
from steward_app.services.migrate.draft.read import draft_of
from steward_app.services.schema.introspect import read_schema

SCHEMA = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT)",
    "CREATE VIEW v AS SELECT id, a FROM t",
    'CREATE VIEW w AS SELECT id, "a" FROM v',
)


def replaced(draft: Draft) -> Draft:
    other = "CREATE VIEW v AS SELECT id, b FROM t"
    return replace(draft, objects=tuple(replace(o, sql=other) if o.was == "v" else o for o in draft.objects))


def renamed(draft: Draft) -> Draft:
    return replace(draft, columns=tuple(replace(c, name="z") if c.was == "a" else c for c in draft.columns))


@pytest.mark.parametrize("change", [replaced, renamed])
def test_what_stands_in_double_quotes_over_a_view_is_in_the_way(
    tmp_path: Path, change: Callable[[Draft], Draft]
) -> None:
    with open_read(a_database(tmp_path).with_sql(*SCHEMA).build()) as session:
        schema = read_schema(session)
        table = schema.table("t")
        assert table is not None
        base = draft_of(schema, table)
        (problem,) = try_table(session, begun(session), base, change(base)).problems
        place = next(at for at, each in enumerate(base.objects) if each.was == "w")
        assert problem.place == Place("object", place, "sql")
        assert problem.sentence.startswith(
            "“w” names “a” in double quotes, which SQLite would take for a text"
        )
        assert not isinstance(add_table(session, begun(session), base, change(base)), ChangeList)


def test_what_is_changed_with_it_is_not(tmp_path: Path) -> None:
    with open_read(a_database(tmp_path).with_sql(*SCHEMA).build()) as session:
        schema = read_schema(session)
        table = schema.table("t")
        assert table is not None
        base = draft_of(schema, table)
        new = 'CREATE VIEW w AS SELECT id, "z" FROM v'
        objects = tuple(replace(o, sql=new) if o.was == "w" else o for o in base.objects)
        draft = replace(renamed(base), objects=objects)
        assert not try_table(session, begun(session), base, draft).problems
        assert isinstance(add_table(session, begun(session), base, draft), ChangeList)
