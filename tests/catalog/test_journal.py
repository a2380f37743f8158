"""The journal: appended to by many processes, read with filters, and proven unchanged."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.catalog import Catalog, chain, journal, open_catalog
from steward_app.catalog.journal import COLUMNS, START_OF_CHAIN, Event, Phase
from steward_app.kernel import clock
from steward_app.kernel.errors import Failure

ROOT = Path(__file__).parents[2]


def append(catalog: Catalog, phase: Phase = Phase.NOTE, operation: str = "test.note", **more: Any) -> Event:
    with catalog.unit() as unit:
        event = journal.append(unit, phase, operation, **more)
        unit.commit()
    return event


def seqs(catalog: Catalog, **filters: Any) -> list[int]:
    with catalog.reading() as session:
        return [event.seq for event in journal.events(session, **filters)]


def verify(catalog: Catalog, **more: Any) -> chain.Verification:
    with catalog.reading() as session:
        return chain.verify(session, **more)


def test_events_follow_from_each_other(catalog: Catalog) -> None:
    first = append(catalog, details={"rows": 3})
    second = append(
        catalog, Phase.STARTED, "backup.create", operation_id="op_1", database_id="db-1", plan_id="pl_1"
    )
    assert (first.seq, first.prev_hash) == (1, START_OF_CHAIN)
    assert (second.seq, second.prev_hash) == (2, first.hash)
    assert re.fullmatch(r"[0-9a-f]{64}", first.hash)
    assert first.data == {"rows": 3}
    assert first.actor
    assert first.application.startswith("data-steward ")
    with catalog.reading() as session:
        assert journal.events(session) == (second, first)
    assert verify(catalog) == chain.Verification(2, second.hash)


def test_an_empty_journal_holds(catalog: Catalog) -> None:
    assert verify(catalog) == chain.Verification(0, START_OF_CHAIN)


def test_an_event_of_a_unit_that_was_not_committed_was_never_written(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        journal.append(unit, Phase.NOTE, "test.note")
    append(catalog)
    assert seqs(catalog) == [1]
    assert verify(catalog).holds


def test_filters_and_pages(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    start = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    for number in range(1, 9):
        monkeypatch.setattr(clock, "_source", lambda n=number: start + timedelta(minutes=n))
        append(
            catalog,
            Phase.STARTED if number % 2 else Phase.FINISHED,
            "backup.create" if number < 5 else "backups",
            database_id="one" if number < 4 else "two",
            operation_id=f"op_{(number + 1) // 2}",
        )
    assert seqs(catalog) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert seqs(catalog, limit=3) == [8, 7, 6]
    assert seqs(catalog, before=6, limit=3) == [5, 4, 3]
    assert seqs(catalog, database_id="one") == [3, 2, 1]
    assert seqs(catalog, operation="backup") == [4, 3, 2, 1]
    assert seqs(catalog, operation="backup.create", phases=[Phase.FINISHED]) == [4, 2]
    assert seqs(catalog, operation_id="op_2") == [4, 3]
    since, until = clock.to_text(start + timedelta(minutes=3)), clock.to_text(start + timedelta(minutes=5))
    assert seqs(catalog, since=since, until=until) == [4, 3]


def test_open_operations_are_those_without_an_end(catalog: Catalog) -> None:
    for name, end in [("op_a", Phase.FINISHED), ("op_b", None), ("op_c", Phase.SETTLED), ("op_d", None)]:
        append(
            catalog, Phase.STARTED, "t.x", operation_id=name, database_id="one" if name != "op_d" else "two"
        )
        if end:
            append(catalog, end, "t.x", operation_id=name, database_id="one", details={"happened": False})
    with catalog.reading() as session:
        assert [event.operation_id for event in journal.open_operations(session, "one")] == ["op_b"]
        finished, settled = journal.record(session, "op_a"), journal.record(session, "op_c")
        assert journal.record(session, "op_x") is None
    assert finished is not None
    assert settled is not None
    assert finished.happened
    assert not settled.happened


def test_sqlite_itself_refuses_to_change_events(catalog: Catalog) -> None:
    append(catalog)
    for sql in ("UPDATE journal SET actor = 'x'", "DELETE FROM journal"):
        with pytest.raises(Failure, match="never"), catalog.unit() as unit:
            unit.session.run(sql)
            unit.commit()
    assert verify(catalog).events == 1


def test_processes_that_append_at_once_keep_one_chain(steward_home: Path) -> None:
    program = """
import sys
from steward_app.catalog import journal, open_catalog
with open_catalog() as catalog:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(40):
        with catalog.unit() as unit:
            journal.append(unit, journal.Phase.NOTE, "test.note", operation_id=f"{sys.argv[1]}-{number}")
            unit.commit()
"""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    with open_catalog() as catalog:
        assert verify(catalog).events == 120
        with catalog.reading() as session:
            names = [event.operation_id for event in reversed(journal.events(session, limit=500))]
    for writer_name in "abc":
        assert [name for name in names if name.startswith(writer_name)] == [
            f"{writer_name}-{n}" for n in range(40)
        ]


class Tampered:
    """A closed catalog with a journal of some events, copied afresh for every attempt."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.source.mkdir()
        self.copies = 0
        with open_catalog(self.source) as catalog:
            for number in range(6):
                append(catalog, operation_id=f"op_{number}", database_id="db", details={"rows": number})

    def check(self, *statements: str, bindings: tuple[Any, ...] = ()) -> chain.Verification:
        """What verifying says after somebody edited the file with other means than ours."""
        self.copies += 1
        folder = self.source.parent / str(self.copies)
        shutil.copytree(self.source, folder)
        connection = apsw.Connection(str(folder / "catalog.sqlite"))
        for trigger in ("journal_is_not_edited", "journal_is_not_shortened"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement, bindings)
        connection.close()
        with open_catalog(folder) as catalog:
            return verify(catalog)


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> Tampered:
    return Tampered(tmp_path_factory.mktemp("tampered"))


@given(
    column=st.sampled_from([*COLUMNS[1:], "hash"]),
    seq=st.integers(1, 6),
    value=st.text(max_size=10),
    keep=st.integers(0, 5),
)
@settings(max_examples=40, deadline=None)
def test_a_changed_field_of_any_event_is_found(
    tampered: Tampered, column: str, seq: int, value: str, keep: int
) -> None:
    untouched = tampered.check()
    assert (untouched.events, untouched.holds) == (6, True)
    changed = (
        f"UPDATE journal SET {column} = CASE WHEN substr({column}, 1, ?) || ? = {column} THEN {column} || 'x'"
        f" ELSE substr({column}, 1, ?) || ? END WHERE seq = {seq}"
    )
    if column == "phase":
        changed = f"UPDATE journal SET phase = 'failed' WHERE seq = {seq}"
        found = tampered.check(changed)
    else:
        found = tampered.check(changed, bindings=(keep, value, keep, value))
    assert found.bad_seq == seq
    assert found.events == seq - 1
    assert str(seq) in found.problem


@pytest.mark.parametrize(
    ("statements", "bad"),
    [
        (("DELETE FROM journal WHERE seq = 3",), 3),
        (("DELETE FROM journal WHERE seq = 1",), 1),
        (("DELETE FROM journal WHERE seq > 4",), 5),
        (("DELETE FROM journal WHERE seq = 6",), 6),
        (("UPDATE journal SET seq = 99 WHERE seq = 6",), 6),
        (("UPDATE journal SET seq = -1 WHERE seq = 6",), 1),
        (("UPDATE journal SET seq = 77 WHERE seq = 2", "UPDATE journal SET seq = 2 WHERE seq = 3"), 2),
        (("UPDATE journal SET operation = operation || details, details = '' WHERE seq = 4",), 4),
        (("UPDATE journal SET actor = CAST(x'ff00' AS TEXT) WHERE seq = 5",), 5),
        (("UPDATE journal SET details = details || char(0) || 'x' WHERE seq = 2",), 2),
    ],
)
def test_removed_moved_and_shifted_events_are_found(
    tampered: Tampered, statements: tuple[str, ...], bad: int
) -> None:
    found = tampered.check(*statements)
    assert found.bad_seq == bad
    assert not found.holds


def test_a_journal_written_anew_is_found_by_a_hash_noted_earlier(catalog: Catalog) -> None:
    first = append(catalog)
    append(catalog)
    assert verify(catalog, noted=first.hash).holds
    again = verify(catalog, noted="ab" * 32)
    assert not again.holds
    assert "noted" in again.problem


def test_the_export_is_checked_by_the_script_in_the_docs(catalog: Catalog, tmp_path: Path) -> None:
    for number in range(5):
        append(catalog, details={"title": "Tïtle “x”\n\u202e", "rows": number}, operation_id=f"op_{number}")
    with catalog.reading() as session:
        lines = list(chain.export_lines(session))
    fence = re.search(
        r"```python\n(.*?)```", (ROOT / "docs" / "journal-format.md").read_text("utf-8"), re.DOTALL
    )
    assert fence is not None
    script = tmp_path / "verify.py"
    script.write_text(fence[1], encoding="utf-8")
    assert len(fence[1].splitlines()) <= 20

    def check(changed: list[str]) -> tuple[int, str]:
        export = tmp_path / "journal.jsonl"
        export.write_text("".join(changed), encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-I", script, export], capture_output=True, text=True, check=False
        )
        return ran.returncode, ran.stdout

    assert check(lines) == (0, f"5 events hold; the last hash is {json.loads(lines[-1])['hash']}\n")
    assert check([*lines[:2], lines[2].replace('\\"rows\\":2', '\\"rows\\":9'), *lines[3:]])[0] == 1
    assert "event 3" in check([*lines[:2], *lines[3:]])[1]
