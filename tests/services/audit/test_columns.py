"""What is logged of columns is chosen anew: a new version, nothing lost, nothing taken for granted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import done, install, planned, verified
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.columns import ColumnsRequest
from steward_app.services.operation import Confirmation


@pytest.fixture
def path(catalog: Catalog, tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, v, w", rows=[(n, n, f"w{n}") for n in range(1, 6)])
        .with_table("other", "id INTEGER PRIMARY KEY, v", rows=[(1, 1)])
        .build()
    )
    install(catalog, path, columns={"t.w": Mode.NONE})
    return path


def request(catalog: Catalog, path: Path, **columns: Mode) -> ColumnsRequest:
    named = {name.replace("__", "."): mode for name, mode in columns.items()}
    return ColumnsRequest(path, known(catalog, path).id, named)


def choose(catalog: Catalog, path: Path, **columns: Mode) -> Receipt:
    return done(catalog, request(catalog, path, **columns))


def modes(path: Path) -> Mapping[str, Mode]:
    with open_read(path) as session:
        current = tables.current(session, "t")
        assert current is not None
        return {column.name: column.mode for column in current.columns}


def last_cells(path: Path) -> Mapping[str, tuple[object, object]]:
    with open_read(path) as session:
        current = tables.current(session, "t")
        assert current is not None
        *_, last = log.changes(session, current)
        return {name: (cell.old, cell.new) for name, cell in last.cells.items()}


def test_from_then_on_other_values_are_logged(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE t SET v = 10, w = 'x' WHERE id = 1")
    assert last_cells(path) == {"v": (1, 10)}
    choose(catalog, path, t__w=Mode.FULL, t__v=Mode.NONE)
    assert modes(path) == {"id": Mode.FULL, "v": Mode.NONE, "w": Mode.FULL}
    run(path, "UPDATE t SET v = 11, w = 'y' WHERE id = 1")
    assert last_cells(path) == {"w": ("x", "y")}
    assert verified(path).holds


def test_it_is_undone_by_choosing_what_was_chosen_before(catalog: Catalog, path: Path) -> None:
    receipt = choose(catalog, path, t__w=Mode.FLAG, t__v=Mode.FLAG)
    plan = undo.plan_undo(catalog, receipt.operation_id, Context(), path=path)
    undo.carry_out(catalog, receipt.operation_id, plan, Context(), Confirmation.of(plan))
    assert modes(path) == {"id": Mode.FULL, "v": Mode.FULL, "w": Mode.NONE}
    assert verified(path).holds


def test_what_was_changed_behind_the_log_is_named_first(catalog: Catalog, path: Path) -> None:
    by_hand(path, "UPDATE t SET v = 99 WHERE id = 2")
    choose(catalog, path, t__w=Mode.FULL)
    with open_read(path) as session:
        gaps = [event.detail for event in tables.events(session) if event.kind == "gap"]
    assert [gap["rows"] for gap in gaps] == [[{"key": [2], "how": "changed"}]]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"t.w": Mode.NONE}, "is logged like that already"),
        ({"t.id": Mode.FLAG}, "names the rows"),
        ({"t.gone": Mode.FLAG}, "is no column of this file"),
        ({"_steward_operations.id": Mode.FLAG}, ""),
    ],
)
def test_what_cannot_be_chosen(catalog: Catalog, path: Path, columns: Mapping[str, Mode], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        planned(catalog, ColumnsRequest(path, known(catalog, path).id, columns))
    assert words in raised.value.message


def test_a_table_that_is_not_armed_is_armed_first(catalog: Catalog, path: Path) -> None:
    with open_read(path) as session:
        (name,) = session.all(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 't' ORDER BY rowid LIMIT 1"
        )[0]
    run(path, f'DROP TRIGGER "{name}"')
    with pytest.raises(Refused, match="is not armed"):
        planned(catalog, request(catalog, path, t__w=Mode.FULL))


def test_the_plan_says_what_is_no_longer_kept(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, request(catalog, path, t__v=Mode.NONE))
    assert plan.sentences[0] == "“v” of “t” is logged not at all; until now with its values."
    assert [finding.title for finding in plan.findings] == [
        "Old values of “v” of “t” can no longer be seen or undone"
    ]
