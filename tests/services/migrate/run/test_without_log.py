"""A large file is migrated without its write-ahead log, where that is worth it and nobody is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.catalog.journal import Event
from steward_app.db import open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run import series, service, steps, without_log
from steward_app.services.migrate.run.without_log import LOG_ASIDE, SENTENCE
from steward_app.services.operation.settle import settle

WRITES = "CREATE TABLE room (id INTEGER PRIMARY KEY); INSERT INTO room SELECT id FROM visit;"


@pytest.fixture
def large(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Migrating:
    monkeypatch.setattr(without_log, "LARGE_BYTES", 0)
    return Migrating(tmp_path, catalog, wal=True)


def mode(path: Path) -> str:
    with open_read(path) as session:
        return session.state.journal_mode


def modes_of(monkeypatch: pytest.MonkeyPatch, module: Any) -> list[object]:
    """The journal modes that a migration meets from now on, where `module` carries it out."""
    met: list[object] = []
    carry = module.carry

    def seen(session: Any, *rest: Any) -> Any:
        met.append(session.value("PRAGMA main.journal_mode"))
        return carry(session, *rest)

    monkeypatch.setattr(module, "carry", seen)
    return met


def test_the_plan_says_it_and_the_log_is_there_again(
    large: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = modes_of(monkeypatch, steps)
    large.write("V0001__rooms.sql", WRITES)
    plan = large.plan()
    assert SENTENCE in plan.sentences

    receipt = large.apply(plan)

    assert met == ["delete"]
    assert mode(large.path) == "wal"
    assert receipt.sentence == "1 migration applied to “clinic.db”"


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE patient ADD COLUMN mail TEXT;",
        "DROP VIEW names;",
        "CREATE TABLE room (id INTEGER PRIMARY KEY);",
    ],
)
def test_what_writes_no_rows_leaves_the_log_alone(large: Migrating, text: str) -> None:
    large.write("V0001__small.sql", text)
    plan = large.plan()
    assert not plan.request[LOG_ASIDE]
    assert SENTENCE not in plan.sentences


@pytest.mark.parametrize("name", ["V0001__index.sql", "V0001__program.py"])
def test_an_index_and_a_program_may_write_much(large: Migrating, name: str) -> None:
    sql = "CREATE INDEX by_name ON patient (name)"
    large.write(
        name, f"{sql};" if name.endswith("sql") else f"def migrate(session):\n    session.run('{sql}')\n"
    )
    assert large.plan().request[LOG_ASIDE]


def test_a_small_file_keeps_it(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog, wal=True)
    clinic.write("V0001__rooms.sql", WRITES)
    assert not clinic.plan().request[LOG_ASIDE]


def test_beside_other_programs_it_stays(large: Migrating) -> None:
    large.write("V0001__rooms.sql", WRITES)
    assert not large.plan(beside=True).request[LOG_ASIDE]


def test_where_this_program_reads_the_file_it_stays(
    large: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = modes_of(monkeypatch, steps)
    large.write("V0001__rooms.sql", WRITES)
    with open_read(large.path) as session:
        assert session.all("SELECT count(*) FROM visit") == [(3,)]
        large.apply()
        assert session.all("SELECT count(*) FROM room") == [(3,)]
    assert (met, mode(large.path)) == (["wal"], "wal")


def test_after_a_migration_that_fails_it_is_there_again(large: Migrating) -> None:
    large.write("V0001__rooms.sql", WRITES)
    large.write("V0002__fails.sql", "INSERT INTO room SELECT id FROM visit;")
    with pytest.raises(Failure, match="UNIQUE"):
        large.apply()
    assert mode(large.path) == "wal"
    assert large.all("SELECT count(*) FROM room") == [(3,)]


def test_it_is_told_where_it_could_not_be_set_up_again(
    large: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(without_log, "set_up_log", lambda _: False)
    large.write("V0001__rooms.sql", WRITES)
    assert "no write-ahead log now" in large.apply().sentence
    assert large.all("SELECT count(*) FROM room") == [(3,)]


def test_what_a_failing_disk_left_aside_stays_open_until_it_is_set_up(
    large: Migrating, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("could not be withdrawn: io_error")
    large.write("V0001__fails.sql", "INSERT INTO visit SELECT * FROM visit;")

    def left(session: Any) -> Any:
        return broken(session)

    @contextmanager
    def broken(session: Any) -> Iterator[None]:
        session.run("PRAGMA journal_mode = DELETE")
        yield

    with monkeypatch.context() as patched:
        patched.setattr(without_log, "log_aside", left)
        patched.setattr(without_log, "set_up_log", lambda _: False)
        with pytest.raises(Failure) as failed:
            large.apply()
        assert failed.value.hint.endswith("that is set up again when this program opens it next.")
        assert settle_all(large) == ()
    assert mode(large.path) == "delete"

    assert "migrate.apply" in {event.operation for event in settle_all(large)}

    assert mode(large.path) == "wal"


def settle_all(large: Migrating) -> tuple[Event, ...]:
    """What is settled when the file is opened."""
    return settle(large.catalog, large.wanted().database_id, large.path, service.settled_by())


def test_a_rehearsal_runs_as_the_migration_will(large: Migrating, monkeypatch: pytest.MonkeyPatch) -> None:
    met = modes_of(monkeypatch, series)
    large.write("V0001__rooms.sql", WRITES)
    rehearsal = service.rehearse(large.catalog, large.plan(), Context())
    assert rehearsal.passed
    assert met == ["delete"]
    assert mode(large.path) == "wal"
