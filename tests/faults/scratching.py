"""A copy for release that needs scratch files: those of SQLite for large tables in `temp`, those of another process."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builders import a_database
from faults.points import home
from faults.releasing import digest
from steward_app.catalog.policy import policy_path
from steward_app.kernel.progress import Context, Progress
from steward_app.services.privacy.anonymize import apart, copy, filling

DATABASE, COPY = "large.db", "copy.db"
MARK = b"@orig.example"
PEOPLE = 2_000  # with keys so long that SQLite does not keep what it sorts in memory
RULES = """version: 1
releases:
  large:
    recipient: University
    purpose: Study of towns
    until: "2099-12-31"
    tables:
      people:
        mail: {technique: token}
        town: {technique: shuffle}
      visits:
        id: {technique: keep}
        mail: {technique: token}
        day: {technique: remove}
"""


def build(folder: Path) -> str:
    """A database whose copy needs them, known to the catalog, which has the key already; the digest of its bytes."""
    chance = random.Random(7)
    mails = [f"{number}@orig.example/{chance.randbytes(300).hex()}" for number in range(PEOPLE)]
    path = (
        a_database(folder, DATABASE)
        .with_sql(
            "CREATE TABLE people (mail TEXT PRIMARY KEY, town TEXT) WITHOUT ROWID",
            "CREATE TABLE visits (id INTEGER PRIMARY KEY, mail TEXT REFERENCES people (mail), day TEXT)",
        )
        .with_rows("people", [(mail, f"Town {number % 900:03}") for number, mail in enumerate(mails)])
        .with_rows(
            "visits", [(number, mail, "2026-01-01") for number, mail in enumerate(mails[: PEOPLE // 4])]
        )
        .build()
    )
    policy_path(path).write_text(RULES, "utf-8")
    make(folder, Context())
    (folder / COPY).unlink()
    return digest(path)


def make(folder: Path, context: Context) -> None:
    """Make the copy, with all its scratch files in folders of the trial, and the rows of `visits` by two processes."""
    with home(folder) as catalog, _small_is_large(folder):
        plan = copy.plan_copy(catalog, folder / DATABASE, folder / COPY, Context(), rules="large")
        copy.make_copy(catalog, plan, context)


@contextmanager
def _small_is_large(folder: Path) -> Iterator[None]:
    (folder / "temporary").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQLITE_TMPDIR", str(folder / "temporary"))
        patch.setattr(apart, "FROM_CELLS", PEOPLE // 4)
        patch.setattr(apart, "_idle_cores", lambda: 1.0)
        patch.setattr(filling, "_BATCH_ROWS", 50)
        yield


def open_without_a_name(folder: Path) -> int:
    """How many files of a folder this process has open that have no name any more."""
    names = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sum(name.startswith(f"{folder}/") and name.endswith(" (deleted)") for name in names)


class Watched(Context):
    """Looks at every report whether SQLite has scratch files open, and whether a second process has its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(self._look)
        self.temporary = self.of_another = 0
        self._folder = folder

    def _look(self, progress: Progress) -> None:
        del progress
        self.of_another += len(list(self._folder.glob(".steward-*.part.rows*")))
        if sys.platform == "linux":
            self.temporary += open_without_a_name(self._folder / "temporary")
