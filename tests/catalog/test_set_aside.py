"""A catalog that cannot be read: what is said of it, and what is left when it was set aside."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.processes import as_nobody, common_folder
from steward_app.catalog import CatalogDamaged, chain, journal, open_catalog
from steward_app.catalog.journal import Phase
from steward_app.catalog.set_aside import set_aside
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services import backup

NAME = "catalog.sqlite"


@pytest.fixture
def path(steward_home: Path) -> Path:
    """A catalog with some events, closed."""
    with open_catalog() as catalog:
        for _ in range(100):
            with catalog.unit() as unit:
                journal.append(unit, Phase.NOTE, "test.note", details={"note": "x" * 200})
                unit.commit()
    return steward_home / NAME


def noise(count: int) -> bytes:
    return random.Random(1).randbytes(count)


def text(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 500)


def chance(path: Path) -> None:
    path.write_bytes(noise(path.stat().st_size))


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def schema(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE databases", b"CREATE TABEL databases"))


def taken_away(path: Path) -> None:
    """By hand, and what lay beside it forgotten."""
    path.with_name(f"{NAME}-wal").write_bytes(noise(5000))
    path.unlink()


def emptied(path: Path) -> None:
    path.with_name(f"{NAME}-wal").write_bytes(noise(5000))
    path.write_bytes(b"")


DAMAGES = (text, chance, zeros, cut, cut_in_the_header, schema, taken_away, emptied)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_cannot_be_read_is_said_and_set_aside_whole(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    before = {file.name: file.read_bytes() for file in path.parent.glob(f"{NAME}*")}
    with pytest.raises(CatalogDamaged) as refused:
        open_catalog()
    assert str(path) in refused.value.message
    assert "steward journal set-aside" in refused.value.hint
    folder = set_aside()
    assert folder.parent == path.parent
    assert before.items() <= {file.name: file.read_bytes() for file in folder.iterdir()}.items()
    with open_catalog() as catalog, catalog.reading() as session:
        assert chain.verify(session).holds
        (event,) = journal.events(session)
    assert (event.phase, event.data["folder"]) == (Phase.NOTE, str(folder))


def test_a_page_damaged_within_is_noticed_when_it_is_read(path: Path) -> None:
    data = path.read_bytes()
    begin = data.index(b'{"note":"xxx') // 4096 * 4096
    path.write_bytes(data[:begin] + noise(4096) + data[begin + 4096 :])
    with open_catalog() as catalog, pytest.raises(CatalogDamaged), catalog.reading() as session:
        chain.verify(session)
    set_aside()
    open_catalog().close()


def test_damage_of_a_stewards_file_is_not_blamed_on_the_catalog(path: Path) -> None:
    theirs = Failure(ErrorCode.DAMAGED, "clinic.db is damaged")
    with open_catalog() as catalog, pytest.raises(Failure) as told, catalog.reading():
        raise theirs
    assert told.value is theirs


def test_a_catalog_that_can_be_read_stays(path: Path) -> None:
    with pytest.raises(Refused):
        set_aside()
    with open_catalog() as catalog, catalog.reading() as session:
        assert len(journal.events(session)) == 100


def test_a_catalog_that_another_program_has_open_stays(path: Path) -> None:
    zeros(path)
    program = f"import sys; file = open({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Failure) as refused:
            set_aside()
        other.communicate()
    assert refused.value.code is ErrorCode.LOCKED
    assert path.exists()


@pytest.mark.parametrize("side_file", ["", "-journal", "-shm"])
def test_an_empty_file_is_none_yet(steward_home: Path, side_file: str) -> None:
    """As a program of an earlier version left it that was killed while it made one."""
    (steward_home / NAME).write_bytes(b"")
    if side_file:
        start = bytes.fromhex("d9d505f920a163d7") + bytes(12) + (512).to_bytes(4, "big")
        (steward_home / f"{NAME}{side_file}").write_bytes(start.ljust(512, b"\0"))
    open_catalog().close()
    with open_catalog() as catalog, catalog.reading() as session:
        assert journal.events(session) == ()


def test_points_and_stores_are_read_again_from_themselves(tmp_path: Path, path: Path) -> None:
    database = a_database(tmp_path / "clinic.db").with_table("visit", "a", rows=[(1,)]).build()
    store = tmp_path / "store"
    assert steward("backup", "create", database).code == 0
    assert steward("backup", "init", database, "--store", store, "--plain").code == 0
    assert steward("backup", "create", database).code == 0
    with open_catalog() as catalog:
        before = {point.id for point in backup.list_points(catalog, database, Context())}
    assert len(before) == 2
    chance(path)
    told = steward("backup", "list", database)
    assert (told.code, str(path) in told.err) == (4, True)
    done = steward("journal", "set-aside")
    assert done.code == 0, done
    assert "Connect its stores again" in done.out
    assert steward("backup", "connect", database, "--store", store, "--same").code == 0
    with open_catalog() as catalog:
        points = {point.id: point for point in backup.list_points(catalog, database, Context())}
    assert points.keys() == before
    for number, point in enumerate(points):
        restored = steward("restore", "file", database, "--point", point, "--to", tmp_path / f"{number}.db")
        assert restored.code == 0, restored


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_may_not_be_written(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    with common_folder() as folder:
        monkeypatch.setenv("STEWARD_HOME", str(folder))
        if there:
            open_catalog().close()
            for file in folder.iterdir():
                file.chmod(0o644)
        folder.chmod(0o555)

        def tried() -> tuple[str, str, str]:
            try:
                open_catalog().close()
            except Failure as failure:
                return failure.code, failure.message, failure.hint
            raise AssertionError("it was opened")

        code, message, hint = as_nobody(tried)
        assert code in (ErrorCode.READ_ONLY, ErrorCode.NO_PERMISSION)
        assert str(folder / NAME) in message
        assert "STEWARD_HOME" in hint
