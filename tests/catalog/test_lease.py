"""One writer a database over processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from steward_app.catalog import Catalog, lease
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused

PROGRAM = """
import sys
from steward_app.catalog import lease, open_catalog
with open_catalog() as catalog, catalog.unit() as unit:
    lease.take(unit, "db-1", "op_child", "backup.create")
    unit.commit()
print("taken", flush=True)
sys.stdin.read()
"""


def take(catalog: Catalog, operation_id: str, database_id: str = "db-1") -> lease.Lease:
    with catalog.unit() as unit:
        taken = lease.take(unit, database_id, operation_id, "test.work")
        unit.commit()
    return taken


def change(catalog: Catalog, **fields: str) -> None:
    with catalog.unit() as unit:
        for name, value in fields.items():
            unit.session.run(f"UPDATE leases SET {name} = ?", (value,))
        unit.commit()


def test_the_second_is_refused_and_told_who_works(catalog: Catalog) -> None:
    taken = take(catalog, "op_1")
    with pytest.raises(Refused) as refused:
        take(catalog, "op_2")
    assert refused.value.code is ErrorCode.BUSY_ELSEWHERE
    for told in ("test.work", taken.actor, taken.host, str(os.getpid()), taken.since[:10]):
        assert told in refused.value.message
    assert take(catalog, "op_2", database_id="db-2").database_id == "db-2"
    with catalog.unit() as unit:
        lease.release(unit, taken)
        unit.commit()
    assert take(catalog, "op_2").operation_id == "op_2"


def test_a_killed_holder_is_known_to_be_dead_at_once(catalog: Catalog) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "taken\n"
        with pytest.raises(Refused, match=str(child.pid)):
            take(catalog, "op_2")
        child.kill()
        child.communicate()
    assert take(catalog, "op_2").pid == os.getpid()


def test_another_process_with_the_same_number_is_not_the_holder(catalog: Catalog) -> None:
    take(catalog, "op_1")
    change(catalog, process_mark="an earlier process")
    assert take(catalog, "op_2").operation_id == "op_2"


def test_an_operation_that_ended_without_giving_its_lease_back_is_no_bar(catalog: Catalog) -> None:
    lease.over(take(catalog, "op_1"))
    assert take(catalog, "op_2").operation_id == "op_2"


def test_a_holder_that_cannot_be_seen_counts_as_alive_while_it_renews(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(catalog, "op_1")
    change(catalog, machine="elsewhere")
    with catalog.reading() as session:
        held = lease.holder(session, "db-1")
    assert held is not None
    with pytest.raises(Refused):
        take(catalog, "op_2")
    later = clock.now() + lease.EXPIRES_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(clock, "_source", lambda: later)
    with catalog.reading() as session:
        assert lease.holder(session, "db-1") is None
    assert take(catalog, "op_2").operation_id == "op_2"


def test_a_lease_is_renewed_while_the_work_lasts(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = take(catalog, "op_1")
    renewed = threading.Event()
    real = Catalog.unit

    def watched(self: Catalog) -> object:
        renewed.set()
        return real(self)

    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "unit", watched)
        with lease.renewing(catalog, taken, every_seconds=0.001):
            assert renewed.wait(10)
    with catalog.reading() as session:
        held = lease.holder(session, "db-1")
    assert held is not None
    assert held.renewed_at >= taken.renewed_at
    assert replace(held, renewed_at="") == replace(taken, renewed_at="")


def test_a_lease_that_could_not_be_renewed_is_said_in_the_log(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    taken = take(catalog, "op_1")
    tried = threading.Event()

    def locked(_: Catalog) -> object:
        tried.set()
        raise Refused(ErrorCode.LOCKED, "locked")

    expect_log("lease of op_1 was not renewed: locked")
    monkeypatch.setattr(Catalog, "unit", locked)
    with lease.renewing(catalog, taken, every_seconds=0.001):
        assert tried.wait(10)


def test_whoever_lost_the_lease_is_told(catalog: Catalog) -> None:
    taken = take(catalog, "op_1")
    with catalog.reading() as session:
        lease.confirm(session, taken)
    change(catalog, operation_id="op_2")
    with catalog.reading() as session, pytest.raises(Refused, match=r"test\.work"):
        lease.confirm(session, taken)
    with catalog.unit() as unit:
        lease.release(unit, taken)  # not ours any more: stays
        unit.session.run("DELETE FROM leases WHERE operation_id = 'op_2'")
        unit.commit()
    with catalog.reading() as session, pytest.raises(Refused, match="taken for dead"):
        lease.confirm(session, taken)
