"""Stores whose keeper lies. Whatever they say: a clear error, no memory taken, nothing written anywhere else."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from builders import a_database
from builders.hostile import HostileStore, files_outside, with_little_memory, zeros
from builders.stores import UnsyncedDisk
from steward_app.catalog import Catalog, open_catalog, points
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.db.image import same_image
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import connect
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.sealing import compress
from steward_app.services.operation import Confirmation
from steward_app.services.restore import drill
from steward_app.storage.disk import using

pytestmark = [pytest.mark.faults, pytest.mark.skipif("os.name == 'nt'", reason="it limits memory")]

Lie = Callable[[HostileStore], dict[str, Any]]
Done = dict[str, str]


@pytest.fixture(autouse=True)
def _quick_disk() -> Iterator[None]:
    with using(UnsyncedDisk()):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, "x" * 100) for n in range(500)]
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=rows)
        .build()
    )


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path) -> Store:
    made, _ = backup.init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=None)
    backup.capture(catalog, path, made, Context())
    with open_write(path) as session, session.transaction():
        session.run("UPDATE visit SET note = 'changed' WHERE id = 7")
    backup.capture(catalog, path, made, Context())
    return made


def everything(tmp_path: Path, path: Path, store: Store) -> Done:
    """All that a steward does with a store, on the computer that made it and on a new one; the errors they are told.

    Anything but a `StewardError` ends this.
    """
    for number in ("one", "two"):
        (tmp_path / "computers" / number).mkdir(parents=True)
    told: Done = {}

    def attempt(what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except StewardError as error:
            told[what] = f"{error.code}: {error.message} {error.hint}"

    def restore_alone(point: str) -> None:
        with open_catalog(tmp_path / "computers" / "one") as catalog:
            target = tmp_path / f"restored-{point}.db"
            plan = restore.plan_restore_from_store(catalog, store.url, Context(), to=target, point=point)
            restore.restore(catalog, plan, Context(), Confirmation.of(plan))

    def connect_anew() -> None:
        with open_catalog(tmp_path / "computers" / "two") as catalog:
            connect(catalog, path, store.url, Context(), same=True)
            backup.look(catalog, path, Context())
            backup.go_round(catalog, path, Context())

    def pruned(catalog: Catalog) -> None:
        plan = backup.plan_prune(catalog, path, Context())
        backup.prune(catalog, plan, Context(), Confirmation.of(plan))

    with open_catalog() as catalog:
        attempt("refresh", lambda: backup.refresh(catalog, store, Context()))
        attempt("look", lambda: backup.look(catalog, path, Context()))
        attempt("list", lambda: backup.list_in_store(catalog, store.url, Context()))
        attempt("restore", lambda: restore_alone(""))
        with catalog.reading() as session:
            known = points.of_database(session, store.database_id)
        for point in known:
            attempt(f"restore {point.id}", partial(restore_alone, point.id))
        attempt("verify", lambda: backup.verify_store(catalog, store, Context()))
        attempt("prove", lambda: backup.verify_store(catalog, store, Context(), prove=True))
        attempt("drill", lambda: drill(catalog, path, Context()))
        attempt("prune", lambda: pruned(catalog))
        attempt("capture", lambda: _captured(catalog, path, store))
        attempt("look again", lambda: backup.look(catalog, path, Context()))
        assert list(catalog.scratch.glob("scratch-*")) == []
    attempt("connect", connect_anew)
    return told


def _captured(catalog: Catalog, path: Path, store: Store) -> None:
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id = 3")
    backup.capture(catalog, path, store, Context())


def _long(text: str) -> str:
    return text * (1 << 20)


HASH = "ab" * 32
MANIFESTS: dict[str, dict[str, Any]] = {
    "billions of pages": {"pages": 4_000_000_000},
    "more pages than there can be": {"pages": 10**30},
    "less than no pages": {"pages": -1},
    "pages in words": {"pages": "many"},
    "pages without end": {"pages": 1e300},
    "a page size that is none": {"page_size_bytes": 3},
    "a page size without measure": {"page_size_bytes": 1 << 62},
    "less than nothing new": {"new_bytes": -5},
    "all there is new": {"new_bytes": 10**40},
    "number one billion billion": {"sequence": 10**15 - 1},
    "a number beyond all counting": {"sequence": 10**40},
    "no number": {"sequence": 0},
    "before the first day": {"made_at": "0001-01-01T00:00:00.000+14:00"},
    "after the last day": {"made_at": "9999-12-31T23:59:59.999-14:00"},
    "the last day": {"made_at": "9999-12-31T23:59:59.999Z"},
    "no day": {"made_at": "yesterday"},
    "a way out": {"packs": [f"packs/../../../{HASH}.zst"]},
    "another way out": {"maps": [f"../{HASH}.map.zst"]},
    "the root of the disk": {"details": f"/{HASH}.json.zst"},
    "a name too long for a file": {"packs": [f"packs/{'/'.join(['x' * 190] * 3)}-{HASH}.zst"]},
    "an endless name": {"maps": [f"maps/{_long('x')}{HASH}.map.zst"]},
    "no maps": {"maps": []},
    "a hundred thousand maps": {"maps": [f"maps/{HASH}.map.zst"] * 100_000},
    "a root that is none": {"root": _long("z")},
    "an endless id": {"id": _long("pt_")},
    "an id with a way out": {"id": "../../evil"},
    "another database": {"database_id": "../../evil"},
    "an endless database": {"database_id": _long("x")},
    "a plain point of nothing": {"kind": "plain", "maps": [], "packs": []},
    "no kind": {"kind": _long("k")},
}


def _descriptions() -> dict[str, Callable[[HostileStore], None]]:
    def says(**changed: Any) -> Callable[[HostileStore], None]:
        return lambda there: there.describe(**changed)

    def is_(data: bytes) -> Callable[[HostileStore], None]:
        def write(there: HostileStore) -> None:
            (there.folder / layout.DESCRIPTOR).write_bytes(data)

        return write

    return {
        "a store that leads out": says(store_id="../../../../evil"),
        "a database that leads out": says(database_id="../../evil"),
        "an endless store": says(store_id=_long("s")),
        "no id": says(store_id="{6a7e2f0e-7c5c-4f6e-9d53-0d5d6f6b1f10}"),
        "endless fields": says(**{f"f{n}": n for n in range(100_000)}),
        "encrypted to nobody": says(encryption="age"),
        "encrypted to something": says(encryption="age", recipients=["age1" + "q" * 100_000] * 10),
        "a number": is_(b"7"),
        "nothing": is_(b""),
        "a nest": is_(b"[" * 1_000_000),
        "a nest of names": is_(b'{"a":' * 1_000_000),
        "a number without end": is_(b'{"format": ' + b"9" * 5_000_000 + b"}"),
        "a lot": is_(b"[" + b"[]," * 10_000_000 + b"[]]"),
        "noise": is_(os.urandom(100_000)),
    }


def test_descriptions_that_lie(tmp_path: Path, path: Path, store: Store) -> None:
    there = HostileStore(tmp_path / "store")
    honest = (there.folder / layout.DESCRIPTOR).read_bytes()
    for what, lie in _descriptions().items():
        (there.folder / layout.DESCRIPTOR).write_bytes(honest)
        lie(there)
        told = _tried(tmp_path, path, store)
        assert {"refresh", "restore", "verify", "capture", "connect"} <= told.keys(), what
        assert all(len(each) < 2000 for each in told.values()), what
    (there.folder / layout.DESCRIPTOR).write_bytes(honest)
    _is_whole(tmp_path, path, store)


def _record(pack: int, page: int, pages: int = 1) -> bytes:
    numbers = b"".join(struct.pack("<I", page + n) for n in range(pages))
    return struct.pack("<IQIH", pack, 1 << 60, 0xFFFFFFFF, pages) + numbers + bytes(pages) + bytes(32 * pages)


def _maps() -> dict[str, Lie]:
    def with_map(name: Callable[[HostileStore], str], **more: Any) -> Lie:
        return lambda there: {"maps": [name(there)]} | more

    many = 4_000_000_000
    head = json.dumps(
        {
            "format": "data-steward-map/1",
            "kind": "keyframe",
            "page_size_bytes": 4096,
            "pages": 300,
            "packs": [],
        }
    ).encode()
    return {
        "billions of pages": with_map(lambda there: there.map({"pages": many, "packs": []}), pages=many),
        "billions, and a few are there": with_map(
            lambda there: there.map(
                {"pages": many, "packs": ["packs/x"]}, _record(0, many - 300, 256) * 1000
            ),
            pages=many,
        ),
        "zeros": with_map(lambda there: there.put(layout.MAPS, zeros(2 << 30))),
        "zeros after a header": with_map(
            lambda there: there.put(layout.MAPS, zeros(2 << 30, first=head + b"\n"))
        ),
        "a header of zeros": with_map(lambda there: there.put(layout.MAPS, zeros(2 << 30, first=b'{"a": "'))),
        "packs that lead out": with_map(
            lambda there: there.map(
                {"pages": there.told()["pages"], "packs": ["../../../../etc/passwd"]},
                b"".join(_record(0, n) for n in range(1, there.told()["pages"] + 1)),
            )
        ),
        "no packs": with_map(
            lambda there: there.map({"pages": there.told()["pages"], "packs": []}, _record(7, 1))
        ),
        "pages below the first": with_map(
            lambda there: there.map({"pages": 1, "packs": ["p"]}, _record(0, 0))
        ),
        "a count of pages in words": with_map(lambda there: there.map({"pages": "1", "packs": []})),
        "no frames": with_map(lambda there: there.put(layout.MAPS, os.urandom(5000))),
    }


def _details() -> dict[str, Lie]:
    def of(data: bytes) -> Lie:
        return lambda there: {"details": there.put(layout.DETAILS, data)}

    def says(text: str) -> Lie:
        return of(compress(text.encode()))

    start = '{"source_path": "", "journal_mode": "", "reason": "", "operation_id": "", "application": "", "found": '
    return {
        "zeros": of(zeros(2 << 30)),
        "a nest": says("[" * 10_000_000),
        "an endless reason": says(json.dumps({"source_path": "\x00", "journal_mode": "", "reason": _long("r") * 8,
                                              "operation_id": _long("o"), "application": ""})),
        "a nest in it": says(start + "[" * 5_000_000),
        "another thing": says("7"),
    }  # fmt: skip


def _manifests() -> dict[str, Lie]:
    return {what: lambda there, said=said: said for what, said in MANIFESTS.items()}  # type: ignore[misc]


def _plain() -> dict[str, Lie]:
    def zeros_without_end(there: HostileStore) -> dict[str, Any]:
        name = there.put(layout.PLAIN, zeros(2 << 30))
        return {"kind": "plain", "maps": [], "packs": [name], "pages": 4}

    return {"zeros": zeros_without_end}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything with `--all-faults`; else a sample."""
    every = metafunc.config.getoption("--all-faults")
    if "lies" in metafunc.fixturenames:
        metafunc.parametrize("lies", [_manifests, _maps, _details, _plain] if every else [_maps])


def test_points_that_lie(
    tmp_path: Path, path: Path, store: Store, lies: Callable[[], dict[str, Lie]]
) -> None:
    there = HostileStore(tmp_path / "store")
    for number, lie in enumerate(lies().values()):
        there.lie(number, **lie(there))
    told = _tried(tmp_path, path, store)
    assert (
        not {"refresh", "look", "list", "verify", "prove", "capture", "look again", "connect"} & told.keys()
    ), told
    restored = {what for what in told if what.startswith("restore pt_lie")}
    if lies is not _details:
        assert len(restored) >= len(lies()) - 4, (
            told
        )  # some names are so wrong that nobody takes them for points
    else:
        assert not restored, told
    _is_whole(tmp_path, path, store)


def _tried(tmp_path: Path, path: Path, store: Store) -> Done:
    inside = (tmp_path / "store", tmp_path / "computers")
    before = files_outside(tmp_path, *inside)
    told = with_little_memory(lambda: everything(tmp_path, path, store))
    after = files_outside(tmp_path, *inside)
    assert all(each.name.startswith("restored") for each in after.keys() - before.keys())
    shutil.rmtree(tmp_path / "computers")
    return told


def _is_whole(tmp_path: Path, path: Path, store: Store) -> None:
    """What is captured afterwards comes back."""
    with open_catalog() as catalog:
        made = backup.capture(catalog, path, store, Context()).point
        plan = restore.plan_restore(catalog, path, made, Context(), to=tmp_path / "whole.db")
        restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    assert same_image(tmp_path / "whole.db", path, Context())
