"""The script in the docs restores, with nothing but Python, zstd and age."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builders.stores import StoreInAFolder, a_store, request
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.model import Details, StoredPoint
from steward_app.services.backup.store.plain import PlainRequest, write_plain

pytestmark = pytest.mark.usefixtures("age_and_zstd")

DOCS = Path(__file__).parents[4] / "docs"
SCRIPT = DOCS / "restore_a_point.py"
IMAGE = random.Random(3).randbytes(60 * 1024)
LATER = IMAGE[: 20 * 1024] + bytes(7 * 1024) + IMAGE[30 * 1024 :] + b"grown".ljust(5 * 1024, b".")


def restored(
    made: StoreInAFolder, point: str, *, with_blake3: bool = True
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the script as a stranger would, on the folder alone."""
    target = made.work / "stranger.db"
    command = [
        sys.executable,
        *([] if with_blake3 else ["-S"]),
        str(SCRIPT),
        str(made.folder),
        point,
        str(target),
    ]
    if made.identity:
        (key := made.work / "key.txt").write_text(f"# a key\n{made.identity.reveal().reveal()}\n")
        command.append(str(key))
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment), target


@pytest.fixture
def points(made: StoreInAFolder) -> list[StoredPoint]:
    first = made.write(IMAGE, page_size=1024)
    second = made.write(LATER, first, page_size=1024, frame_pages=256)
    shrunk = made.write(LATER[: 11 * 1024], second, page_size=1024)
    return [first, second, shrunk, made.write(b"", shrunk, page_size=1024)]


def test_every_point_of_a_store(made: StoreInAFolder, points: list[StoredPoint]) -> None:
    for point in points:
        ran, target = restored(made, point.manifest.id)
        assert ran.returncode == 0, ran.stderr
        assert target.read_bytes() == made.captured[point.name]
        assert "compared with their hashes" in ran.stdout
        target.unlink()


def test_a_plain_point(made: StoreInAFolder, tmp_path: Path) -> None:
    (copy := tmp_path / "copy.db").write_bytes(IMAGE)
    (staging := tmp_path / "staging").mkdir()
    about = request("pt_plain")
    details = Details(about.source_path, "wal", about.reason, about.operation_id, about.application)
    wanted = PlainRequest("pt_plain", "2026-11-20T11:00:00.000Z", 1024)
    write_plain(made.store, copy, staging, details, wanted, Context())
    ran, target = restored(made, "pt_plain")
    assert ran.returncode == 0, ran.stderr
    assert target.read_bytes() == IMAGE


def test_without_the_package_for_hashes_it_says_so(made: StoreInAFolder, points: list[StoredPoint]) -> None:
    ran, target = restored(made, points[1].manifest.id, with_blake3=False)
    assert ran.returncode == 0, ran.stderr
    assert target.read_bytes() == LATER
    assert "NOT compared" in ran.stdout


def test_damage_is_noticed(made: StoreInAFolder, points: list[StoredPoint]) -> None:
    first, second = points[0].manifest.packs[0], points[1].manifest.packs[-1]
    shutil.copy(made.path(first), made.path(second))
    ran, _ = restored(made, points[1].manifest.id)
    assert ran.returncode != 0
    manifest = made.path(points[0].name)
    manifest.write_bytes(manifest.read_bytes().replace(b'"new_bytes": ', b'"new_bytes": 1'))
    ran, _ = restored(made, points[0].manifest.id)
    assert "the manifest is not as it was written" in ran.stderr


def test_an_encrypted_store_that_lost_its_naming_key(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    point = made.write(IMAGE, page_size=1024)
    made.path(layout.NAMING_KEY).unlink()
    ran, target = restored(made, point.manifest.id)
    assert ran.returncode == 0, ran.stderr
    assert "NOT compared" in ran.stdout
    assert target.read_bytes() == IMAGE
    made.write(LATER, page_size=1024)
    target.unlink()
    ran, _ = restored(made, point.manifest.id)
    assert "compared with their hashes" in ran.stdout


def test_a_damaged_naming_key_keeps_no_page_back(tmp_path: Path) -> None:
    made = a_store(tmp_path, encrypted=True)
    point = made.write(IMAGE, page_size=1024)
    naming = made.path(layout.NAMING_KEY)
    naming.write_bytes(naming.read_bytes().replace(b"X25519 ", b"X25519 A"))
    ran, target = restored(made, point.manifest.id)
    assert ran.returncode == 0, ran.stderr
    assert "NOT compared" in ran.stdout
    assert target.read_bytes() == IMAGE


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


@pytest.mark.parametrize("with_blake3", [True, False])
@pytest.mark.parametrize("damage", [_cut, Path.unlink])
@pytest.mark.parametrize("kind", ["packs", "maps"])
def test_what_cannot_be_read_is_named_and_nothing_is_left_of_the_target(
    made: StoreInAFolder, kind: str, damage: Callable[[Path], None], with_blake3: bool
) -> None:
    point = made.write(IMAGE, page_size=1024)
    name = getattr(point.manifest, kind)[-1]
    damage(made.path(name))
    ran, target = restored(made, point.manifest.id, with_blake3=with_blake3)
    assert ran.returncode == 1
    assert name in ran.stderr
    assert "Traceback" not in ran.stderr
    assert f"{target} was not written" in ran.stderr
    assert not target.exists()


def test_what_stands_at_the_target_is_left_alone(made: StoreInAFolder, points: list[StoredPoint]) -> None:
    (made.work / "stranger.db").write_bytes(b"mine")
    ran, target = restored(made, points[0].manifest.id)
    assert ran.returncode == 1
    assert target.read_bytes() == b"mine"
    ran, _ = restored(made, "pt_none")
    assert "pt_none" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_list_of_erased_records_is_named(made: StoreInAFolder, points: list[StoredPoint]) -> None:
    name = f"{layout.LEDGER}00000001.json" + (".age" if made.store.encrypted else "")
    made.store.objects.put(name, b"anything", Context())
    ran, _ = restored(made, points[0].manifest.id)
    assert ran.returncode == 0, ran.stderr
    assert str(made.path(name)) in ran.stdout
    assert "erase them again" in ran.stdout


def test_the_documentation_shows_the_script_as_it_is() -> None:
    script = SCRIPT.read_text("utf-8")
    assert len(script.splitlines()) <= 60
    page = (DOCS / "backup-format.md").read_text("utf-8")
    assert f"```python\n{script}```" in page
    assert f"the {len(script.splitlines())} lines of Python" in page
