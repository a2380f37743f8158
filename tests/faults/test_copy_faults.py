"""Copies and replacements broken at every step: the old state or the new, never something between."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import copies
from faults.breaker import Kind
from faults.harness import Bench, trials
from steward_app.db.content import TableContent, table_contents
from steward_app.db.integrity import integrity_check
from steward_app.db.open import open_write
from steward_app.kernel.progress import Context
from steward_app.storage import sweep

pytestmark = pytest.mark.faults


def mode(wal: bool) -> str:
    return "WAL" if wal else "rollback journal"


def contents(path: Path) -> tuple[TableContent, ...]:
    """Opened as the next program would: with the right to write, which rolls back what a crash left."""
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
        return table_contents(session, Context())


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("operation", ["copy", "copy_clean"])
def test_a_copy_is_there_whole_or_not_at_all(
    tmp_path: Path, bench: Bench, every: bool, operation: str, wal: bool
) -> None:
    def prepare(folder: Path) -> tuple[TableContent, ...]:
        copies.build(folder, wal=wal)
        return contents(folder / copies.LIVE)

    for trial in trials(
        bench, f"faults.copies:{operation}", tmp_path, prepare, every=every, name=f"{operation}, {mode(wal)}"
    ):
        ended = trial.ended
        assert ended.how != "bug", ended.message
        assert contents(trial.folder / copies.LIVE) == trial.before
        copy = trial.folder / copies.COPY
        if copy.exists():
            assert contents(copy) == trial.before
        assert copy.exists() or ended.how != "finished"
        if ended.how in ("failed", "cancelled"):
            left = {each.name for each in trial.folder.iterdir() if each.name.endswith(".part")}
            assert not left or trial.kind is Kind.IO_ERROR
        sweep(copy)
        copy.unlink(missing_ok=True)
        getattr(copies, operation)(trial.folder, Context())
        assert contents(copy) == trial.before


@pytest.mark.parametrize("wal", [False, True])
def test_contents_are_replaced_whole_or_not_at_all(
    tmp_path: Path, bench: Bench, every: bool, wal: bool
) -> None:
    def prepare(folder: Path) -> tuple[tuple[TableContent, ...], tuple[TableContent, ...]]:
        copies.build(folder, wal=wal)
        return contents(folder / copies.LIVE), contents(folder / copies.IMAGE)

    for trial in trials(
        bench, "faults.copies:replace", tmp_path, prepare, every=every, name=f"replace, {mode(wal)}"
    ):
        ended = trial.ended
        assert ended.how != "bug", ended.message
        old, new = trial.before
        found = contents(trial.folder / copies.LIVE)
        assert found in ((new,) if ended.how == "finished" else (old, new))
        assert ended.how != "cancelled" or found == old
        assert contents(trial.folder / copies.IMAGE) == new
        copies.replace(trial.folder, Context())
        assert contents(trial.folder / copies.LIVE) == new
