"""Opening the catalog, and the unit of work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, open_catalog, store
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.storage.shipped import migrations


def names(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        return [str(name) for (name,) in session.execute("SELECT name FROM preferences ORDER BY name")]


def add(catalog: Catalog, name: str, *, commit: bool = True) -> None:
    with catalog.unit() as unit:
        unit.session.run("INSERT INTO preferences VALUES (?, '1')", (name,))
        if commit:
            unit.commit()


def test_a_unit_is_rolled_back_unless_committed(catalog: Catalog) -> None:
    add(catalog, "kept")
    add(catalog, "forgotten", commit=False)
    with pytest.raises(ZeroDivisionError), catalog.unit() as unit:
        unit.session.run("INSERT INTO preferences VALUES ('broken', '1')")
        unit.commit()
        raise ZeroDivisionError
    assert names(catalog) == ["kept"]


def test_it_is_private_in_wal_mode_and_in_the_home_of_the_setting(steward_home: Path) -> None:
    with open_catalog() as catalog:
        assert catalog.path == steward_home / "catalog.sqlite"
        assert catalog.directory == steward_home
        with catalog.reading() as session:
            assert session.value("PRAGMA journal_mode") == "wal"
        if os.name == "posix":
            assert catalog.path.stat().st_mode & 0o777 == 0o600
    catalog.close()


def test_it_opens_again_with_what_it_held(steward_home: Path) -> None:
    with open_catalog() as catalog:
        add(catalog, "a")
    with open_catalog() as catalog:
        assert names(catalog) == ["a"]


def test_threads_use_it_at_once(catalog: Catalog) -> None:
    threads = [threading.Thread(target=add, args=(catalog, f"{n:02}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(catalog)) == 8


def test_processes_that_start_together_make_one_catalog(steward_home: Path) -> None:
    program = """
import sys
from steward_app.catalog import open_catalog
print("ready", flush=True)
sys.stdin.read()
with open_catalog() as catalog, catalog.unit() as unit:
    unit.session.run("INSERT INTO preferences VALUES (?, '1')", (sys.argv[1],))
    unit.commit()
"""
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for number in range(4)
    ]
    for starter in starters:
        assert starter.stdout is not None
        starter.stdout.readline()
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.close()
    for starter in starters:
        with starter:
            assert starter.wait() == 0
    with open_catalog() as catalog:
        assert names(catalog) == ["0", "1", "2", "3"]


def test_an_older_program_refuses_a_newer_catalog_and_leaves_it_alone(
    tmp_path: Path, steward_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = shutil.copytree(migrations("catalog"), tmp_path / "newer")
    (newer / "V9999__of_the_future.sql").write_text("CREATE TABLE future (x);")
    with monkeypatch.context() as patch:
        patch.setattr(store, "migrations", lambda _: newer)
        open_catalog().close()
    before = (steward_home / "catalog.sqlite").read_bytes()
    with pytest.raises(Failure) as refused:
        open_catalog()
    assert refused.value.code is ErrorCode.NEWER_FORMAT
    assert "newer version" in refused.value.message
    assert str(steward_home / "catalog.sqlite") in refused.value.message
    assert (steward_home / "catalog.sqlite").read_bytes() == before


def test_a_damaged_catalog_says_what_to_do(steward_home: Path) -> None:
    path = steward_home / "catalog.sqlite"
    open_catalog().close()
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(Failure) as refused:
        open_catalog()
    assert refused.value.code is ErrorCode.DAMAGED
    assert "restore points" in refused.value.hint


def test_only_the_journal_refuses_to_be_edited(catalog: Catalog) -> None:
    with catalog.reading() as session:
        triggers = session.all("SELECT tbl_name FROM sqlite_schema WHERE type = 'trigger'")
    assert triggers == [("journal",), ("journal",)]
