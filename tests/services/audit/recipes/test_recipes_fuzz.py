"""Whatever recipes stand on whatever tables, and whoever writes: the log of the audit stays exact, and rules hold.

The tables, the statements and the check of the log are those of the audit's own test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.audited import check, write
from builders.recipe_cases import with_recipes
from builders.writers import NAMES, differing_texts_sql, shell_is_there, writer
from steward_app.db import ReadSession, open_read, quote
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.model import Op
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.audit.recipes import (
    AppendOnly,
    Immutable,
    OnDelete,
    SoftDelete,
    StatusLog,
    recipe_status,
)
from steward_app.services.audit.recipes.model import RecipeStatus
from steward_app.services.schema import read_schema
from steward_app.services.schema.model import Generated, Index, Table
from steward_app.storage.secrets import open_secrets

A_TEST = 10
SOME = {"bundled": 50, "python": 30, "shell": 20}
MANY = {"bundled": 600, "python": 300, "shell": 200}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seeds = MANY if metafunc.config.getoption("--many-seeds") else SOME
    cases = [
        pytest.param(name, first, id=f"{name}-{first}")
        for name in NAMES
        for first in range(0, seeds[name], A_TEST)
    ]
    metafunc.parametrize(("name", "first"), cases)


def test_the_log_stays_exact(tmp_path: Path, name: str, first: int) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    installed = 0
    with writer(name) as other:
        for seed in range(first, first + A_TEST):
            print("seed", seed)  # shown where the check fails
            case, specs = with_recipes(tmp_path / f"{seed}.db", seed, open_secrets())
            installed += len(specs)
            write(case, other)
            check(case)
            keeps_its_rules(case.path)
            assert misfits(case.path, by_another=name != "bundled") == []
    assert installed


def misfits(path: Path, *, by_another: bool) -> list[str]:
    """Which indexes do not fit their tables.

    Where another SQLite has written, an index over texts made of numbers may hold other texts (see `builders.writers`).
    It is left out then, and only then: where a number is there of which the two make other texts.
    """
    with open_read(path) as session:
        told = [str(each) for (each,) in session.all("PRAGMA integrity_check") if each != "ok"]
        if not (told and by_another):
            return told
        schema = read_schema(session)
        known = [
            index.name
            for table in schema.tables
            if any(session.count(differing_texts_sql(table.name, each.name)) for each in table.columns)
            for index in table.indexes
            if any(each.expression for each in index.columns) or _is_computed(table, index)
        ]
    return [each for each in told if not any(each.endswith(f" {name}") for name in known)]


def _is_computed(table: Table, index: Index) -> bool:
    cells = [table.column(each.name) for each in index.columns]
    return any(each is not None and each.generated is not Generated.NO for each in cells)


def keeps_its_rules(path: Path) -> None:
    """What each recipe promises, read from the log of the audit and from the rows."""
    standing = recipe_status(path)
    with open_read(path) as session:
        schema = read_schema(session)
        assert [each.state for each in status(session, schema)] == [State.ARMED, State.ARMED]
        for recipe in standing:
            assert (recipe.state, recipe.why) == (State.ARMED, ())
            broken = list(_broken(session, recipe))
            assert not broken, (recipe.sentence, broken[:3])


def _broken(session: ReadSession, recipe: RecipeStatus) -> Iterator[object]:
    spec = recipe.spec
    changes = [
        change
        for each in tables.tables(session, current=True)
        if each.name in recipe.tables
        for change in log.changes(session, each)
    ]
    match spec:
        case AppendOnly():
            yield from (change for change in changes if change.op is not Op.INSERT)
        case SoftDelete(on_delete=OnDelete.STAMP):
            yield from (change for change in changes if change.op is Op.DELETE)
        case Immutable():
            for change in changes:
                cells = [change.cells[name] for name in spec.columns if name in change.cells]
                if change.op is Op.UPDATE and any(
                    not spec.once_set or cell.old is not None for cell in cells
                ):
                    yield change
        case StatusLog():
            yield from _unlike(session, spec)
        case _:
            return


def _unlike(session: ReadSession, spec: StatusLog) -> Iterator[object]:
    """Rows whose last entry in the log of their status tells another value than they have."""
    columns = session.column_names(f"SELECT * FROM {quote(spec.log)}")
    keys = columns[1 : columns.index("event")]
    table = read_schema(session).table(spec.table)
    assert table is not None
    alias = next((each.name for each in table.columns if each.rowid_alias), "")
    own = [alias] if alias else list(table.primary_key.columns) if table.primary_key else [table.rowid_name]
    cells = [each.collation for name in own for each in table.columns if each.name == name] or ["BINARY"]
    meets = " AND ".join(
        f"t.{quote(name)} = l.{quote(key)} COLLATE {collation}"
        for name, key, collation in zip(own, keys, cells, strict=True)
    )
    value = f"t.{quote(spec.column)}"
    yield from session.execute(
        f"SELECT l.id FROM {quote(spec.table)} AS t JOIN {quote(spec.log)} AS l ON {meets} WHERE (l.new_value IS NOT"
        f" {value} COLLATE BINARY OR typeof(l.new_value) <> typeof({value})) AND NOT EXISTS (SELECT 1 FROM"
        f" {quote(spec.log)} AS l2 WHERE l2.id > l.id AND {meets.replace('l.', 'l2.')})"
    )
