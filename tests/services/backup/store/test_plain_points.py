"""Plain points: one compressed SQLite file each, the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.stores import StoreInAFolder, request
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout, reader, sealing
from steward_app.services.backup.store.model import Details, PointKind, StoredPoint
from steward_app.services.backup.store.plain import PlainRequest, write_plain

MADE_AT = "2026-11-20T11:00:00.000Z"


def write(made: StoreInAFolder, copy: Path) -> StoredPoint:
    (staging := made.work / "plain").mkdir()
    about = request("pt_plain")
    details = Details(about.source_path, "wal", about.reason, about.operation_id, about.application)
    stored = write_plain(
        made.store, copy, staging, details, PlainRequest("pt_plain", MADE_AT, 4096), Context()
    )
    assert list(staging.iterdir()) == []
    return stored


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    rows = [(n, "x" * 900) for n in range(60)]
    return a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, note", rows=rows).build()


def test_a_plain_point_comes_back(made: StoreInAFolder, clinic: Path) -> None:
    pages = made.write(b"x" * 512)
    stored = write(made, clinic)
    assert stored.manifest.kind is PointKind.PLAIN
    assert stored.manifest.size_bytes == clinic.stat().st_size
    assert stored.manifest.packs[0].startswith("plain/20261120t110000.000z-pt_plain-")
    assert reader.points(made.store, Context()).points == (pages, stored)
    assert made.restore(stored) == clinic.read_bytes()
    told = reader.read_details(made.store, stored.manifest, made.identity, Context())
    assert told.source_path == "/data/clinic.db"
    (name,) = stored.manifest.packs
    assert sealing.verify_file(name, made.path(name), made.store.naming_key)


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("cut", [False, True])
def test_damage_to_a_plain_point(made: StoreInAFolder, clinic: Path, part: float, cut: bool) -> None:
    stored = write(made, clinic)
    (name,) = stored.manifest.packs
    data = bytearray(made.path(name).read_bytes())
    at = min(int(part * len(data)), len(data) - 1)
    if cut:
        del data[at:]
    else:
        data[at] ^= 1
    made.path(name).write_bytes(data)
    with pytest.raises(Failure) as caught:
        made.restore(stored)
    assert caught.value.code is ErrorCode.DAMAGED
    assert name in caught.value.message
    assert "pt_plain" in caught.value.message


def test_a_plain_point_that_is_gone(made: StoreInAFolder, clinic: Path) -> None:
    stored = write(made, clinic)
    made.path(stored.manifest.packs[0]).unlink()
    with pytest.raises(Failure) as caught:
        made.restore(stored)
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert layout.kind_of(stored.manifest.packs[0]) in caught.value.message
