"""Real databases, scanned, stored, changed, stored again, and restored by the program and by the script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders.stores import StoreInAFolder, request
from steward_app.db import open_read, open_write, quote
from steward_app.db.content import table_contents
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.model import BasePoint, StoredPoint
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.writer import write_point

pytestmark = pytest.mark.usefixtures("age_and_zstd")

ROOT = Path(__file__).parents[4]


def capture(made: StoreInAFolder, path: Path, point_id: str, base: BasePoint | None = None) -> StoredPoint:
    staging = made.work / point_id
    scanned = scan(path, staging, base.hashes if base else None, made.store.naming_key, Context())
    return write_point(made.store, scanned, staging, base, request(point_id), Context())


@pytest.mark.parametrize("name", ["chinook.sqlite", "northwind.sqlite"])
def test_a_real_database_and_a_change_to_it(made: StoreInAFolder, tmp_path: Path, name: str) -> None:
    path = Path(shutil.copy(ROOT / "tests" / "data" / name, tmp_path / "real.db"))
    before = path.read_bytes()
    first = capture(made, path, "pt_1")
    with open_write(path) as session, session.transaction():
        table = next(each.name for each in table_contents(session, Context()) if each.rows > 200)
        session.run(f"CREATE TABLE kept AS SELECT * FROM {quote(table)}")
        changed = table_contents(session, Context())
    second = capture(made, path, "pt_2", made.base(first))
    assert second.manifest.new_bytes < first.manifest.new_bytes
    assert made.restore(first) == before
    restored = tmp_path / "restored.db"
    scratch = made.work / "scratch"
    reader.read_point(made.store, second.manifest, made.identity, restored, Context(), scratch=scratch)
    with open_read(restored) as session:
        assert integrity_check(session, Context()) == ()
        assert table_contents(session, Context()) == changed
    key = made.work / "key.txt"
    key.write_text(made.identity.reveal().reveal() if made.identity else "")
    by_script = tmp_path / "by_script.db"
    keys = [str(key)] if made.identity else []
    script = [sys.executable, str(ROOT / "docs" / "restore_a_point.py"), str(made.folder)]
    subprocess.run([*script, "pt_2", str(by_script), *keys], check=True, capture_output=True)
    assert by_script.read_bytes() == restored.read_bytes()
