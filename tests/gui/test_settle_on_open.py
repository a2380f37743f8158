"""A program killed in the middle of an operation: opening the file again says what became of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import identity, journal, open_catalog
from steward_app.db import open_read, open_write
from steward_app.gui.desk import Desk
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.kernel.progress import Context
from steward_app.services import backup

KILLED = """
import os, signal, sys
from pathlib import Path
from steward_app.catalog import open_catalog
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup import manifest
from steward_app.services.operation import Confirmation, pipeline
from steward_app.services.restore import in_place

path, what, step = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

module, name = {
    "manifest": (manifest, "write"),
    "image": (in_place, "replace_contents"),
    "end": (pipeline, "_end_well"),
}[step]
with open_catalog() as catalog:
    if what == "backup":
        plan = backup.plan_create(catalog, path, Context(), prove=False)
        setattr(module, name, die)
        backup.create(catalog, plan, Context())
    else:
        point = backup.list_points(catalog, path, Context())[0]
        plan = restore.plan_restore(catalog, path, point.id, Context())
        real = getattr(module, name)
        inner = lambda first: getattr(first, "name", "") == "backup.create"  # the point that is made first goes well
        setattr(module, name, lambda first, *rest, **more: (real if inner(first) else die)(first, *rest, **more))
        restore.restore(catalog, plan, Context(), Confirmation.of(plan))
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    rows = [(number, "note") for number in range(20)]
    return (
        a_database(tmp_path, "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=rows)
        .build()
    )


def kill(path: Path, what: str, step: str) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, path, what, step], check=False, env={**os.environ})
    assert ended.returncode < 0


def open_operations(database_id: str) -> int:
    with open_catalog() as catalog, catalog.reading() as session:
        return len(journal.open_operations(session, database_id))


def opened_news(path: Path) -> str:
    """What the window is told at opening; afterwards nothing is open in the journal, and nothing is news twice."""
    desk = Desk()
    try:
        opened = desk.open(path, Context())
        opened.document.close()
        assert opened.database_id
        assert open_operations(opened.database_id) == 0
        again = desk.open(path, Context())
        again.document.close()
        assert again.news == ""
        return opened.news
    finally:
        desk.close()


def test_a_restore_point_that_was_not_finished(clinic: Path) -> None:
    kill(clinic, "backup", "manifest")
    assert opened_news(clinic) == (
        "This was interrupted: Make a restore point of “clinic.db”. "
        "The restore point was not finished; what there was of it was removed."
    )


def test_a_restore_point_that_was_finished_and_not_journalled(clinic: Path) -> None:
    kill(clinic, "backup", "end")
    assert opened_news(clinic).endswith("The restore point is there.")
    with open_catalog() as catalog:
        assert len(backup.list_points(catalog, clinic, Context())) == 1


@pytest.mark.parametrize(
    ("step", "rows", "note"),
    [
        ("image", 5, "The file is as it was before."),
        ("end", 20, "The file holds what the restore point holds."),
    ],
)
def test_a_restore_in_place_that_was_killed(clinic: Path, step: str, rows: int, note: str) -> None:
    with open_catalog() as catalog:
        backup.create(catalog, backup.plan_create(catalog, clinic, Context(), prove=False), Context())
    with open_write(clinic) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id >= 5")
    kill(clinic, "restore", step)
    news = opened_news(clinic)
    assert news.startswith("This was interrupted: Restore “clinic.db” to the point of ")
    assert news.endswith(note)
    with open_read(clinic) as session:
        assert session.count("SELECT count(*) FROM visit") == rows


def test_the_window_says_it(open_window: Callable[..., Window], clinic: Path) -> None:
    kill(clinic, "backup", "manifest")
    window = open_window((), clinic)
    said = [banner.text for banner in window.findChildren(Banner) if banner.isVisibleTo(window)]
    assert len(said) == 1
    assert "The restore point was not finished" in said[0]


def test_what_is_odd_about_the_file_is_said_first(open_window: Callable[..., Window], clinic: Path) -> None:
    kill(clinic, "backup", "manifest")
    with clinic.open("ab") as file:
        file.write(b"more behind its end" * 100)
    window = open_window((), clinic)
    (said,) = [banner.text for banner in window.findChildren(Banner) if banner.isVisibleTo(window)]
    assert not said.startswith("This was interrupted")
    assert "The restore point was not finished" in said


def test_a_file_nobody_knows_for_sure_is_settled_when_that_is_answered(tmp_path: Path, clinic: Path) -> None:
    kill(clinic, "backup", "manifest")
    moved = clinic.rename(tmp_path / "aside.db")
    clinic.write_bytes(moved.read_bytes())
    desk = Desk()
    try:
        opened = desk.open(clinic, Context())
        opened.document.close()
        assert isinstance(opened.question, identity.IdentityQuestion)
        assert opened.news == ""
        desk.answer(opened.question, "same")
        again = desk.open(clinic, Context())
        again.document.close()
        assert "The restore point was not finished" in again.news
    finally:
        desk.close()
