"""What an undo tells: its statements, which check before they write, its line in the journal, its outlook."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.undoing import Audited, audited
from steward_app.db import open_write
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context, Progress
from steward_app.services.audit.undo import Selection, UndoChanges, foresee, plan_undo
from steward_app.services.audit.undo.look import Wish, look
from steward_app.services.audit.undo.model import UndoMode
from steward_app.services.audit.undo.write import compared, write
from steward_app.services.schema.introspect import read_schema


@pytest.fixture
def file(tmp_path: Path) -> Audited:
    made = audited(tmp_path, "CREATE TABLE visit (id INTEGER PRIMARY KEY, who TEXT, fee)")
    made.write("INSERT INTO visit VALUES (1, 'anna', 10), (2, 'ben', NULL)")
    return made


def test_the_statements_ask_for_the_values_of_now(file: Audited) -> None:
    seqs = file.write(
        "UPDATE visit SET fee = 11, who = 'x' WHERE id = 1", "INSERT INTO visit VALUES (3, 'c', 1)"
    )
    gone, changed = sorted(foresee(file.catalog, file.request(seqs), Context()).plan.sql)  # type: ignore[union-attr]
    assert gone.startswith("-- 1 row\nDELETE") and gone.endswith(
        'WHERE "id" = ? AND "who" IS ? AND "fee" IS ?'
    )
    assert changed.startswith("-- 1 row\nUPDATE") and changed.count(" IS ?") == 2


def test_a_statement_leaves_a_cell_that_was_changed_meanwhile(file: Audited) -> None:
    file.write("UPDATE visit SET fee = 11, who = 'x' WHERE id = 1", "INSERT INTO visit VALUES (3, 'c', 1)")
    with open_write(file.path) as session, session.transaction():
        schema = read_schema(session, Context())
        wish = Wish(Selection(ranges=((3, 4),)), UndoMode.STRICT, frozenset())
        looked = look(session, schema, file.catalog, file.database_id, wish, Context())
        session.run("UPDATE visit SET fee = 12 WHERE id IN (1, 3)")
        write(session, looked.rows, Context())
        assert [(row[0], row[2]) for row in session.all("SELECT * FROM visit")] == [
            (1, 12),
            (2, None),
            (3, 12),
        ]
        assert not all(check.passed for check in compared(session, looked.rows))


def test_rows_with_more_columns_than_a_condition_may_have_terms(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(1_200)]
    file = audited(tmp_path, f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(names)})")
    file.write("INSERT INTO wide (id) VALUES (1)")
    seqs = file.write(f"UPDATE wide SET {', '.join(f'{name} = 1' for name in names)}")
    file.undo(seqs)
    assert set(file.rows("wide")[0][1:]) == {None}
    file.undo(Selection(ranges=((1, 1),)), UndoMode.FORCE)
    assert file.rows("wide") == []


def test_an_undo_of_an_undo_is_called_so(file: Audited) -> None:
    seqs = file.write("UPDATE visit SET fee = 11 WHERE id = 1")
    receipt = file.undo(seqs)
    assert receipt.sentence == "Undone: 1 change of “visit”, 1 row as before"
    again = file.redo(receipt)
    assert again.sentence == "Undo taken back: 1 change of “visit”, 1 row as before the undo"
    last = range(file.last(), file.last() + 1)
    assert plan_undo(file.catalog, file.request(last), Context()).title == (
        "Take back an undo: undo 1 change of “visit”"
    )


def test_outlook_and_plan_come_of_one_look(file: Audited) -> None:
    seqs = file.write("UPDATE visit SET fee = 11 WHERE id = 1", "DELETE FROM visit WHERE id = 2")
    told: list[Progress] = []
    found = foresee(file.catalog, file.request(seqs), Context(told.append))
    assert found.outlook == file.outlook(seqs) and found.plan is not None
    assert found.plan.sql == plan_undo(file.catalog, file.request(seqs), Context()).sql
    assert ("changes", 2) in {(each.unit, each.total) for each in told}
    file.undo(seqs)
    nothing = foresee(file.catalog, file.request(range(900, 901)), Context())
    assert nothing.plan is None and "no such change" in nothing.refusal
    with pytest.raises(Refused, match="no such change"):
        UndoChanges(file.catalog).plan(file.request(range(900, 901)), Context())
