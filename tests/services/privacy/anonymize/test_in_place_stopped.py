"""Anonymizing a database in its place, stopped or met by another program at any step: the old contents or the new."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from builders.processes import OtherProgram
from builders.releases import trap
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context, Progress
from steward_app.services import backup
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize import in_place, register

_LAST = "Putting it in place"


def guarded(catalog: Catalog, folder: Path, *, wal: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    path = trap(folder, wal=wal, customers=40)
    backup.init_store(catalog, path, str(folder / "store"), Context(), new_keys=make_keys(KeyMode.KEY))
    return path


def anonymized(catalog: Catalog, path: Path, report: Callable[[Context, int, Progress], None]) -> str:
    """Carry it out; `report` is called at each step with its number. What was said, "" where all was well."""
    plan = in_place.plan_in_place(catalog, path, Context(), rules="trap")
    number = 0

    def step(progress: Progress) -> None:
        nonlocal number
        number += 1
        report(context, number, progress)

    context = Context(step)
    receipt = in_place.anonymize_in_place(catalog, plan, context, Confirmation.of(plan))
    return str((receipt.result or {}).get("left", ""))


def names(path: Path) -> list[object]:
    with open_read(path) as session:
        assert session.value("PRAGMA integrity_check") == "ok"
        return [row[0] for row in session.all("SELECT email FROM customers ORDER BY id")]


def test_a_cancel_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, catalog: Catalog) -> None:
    notes: dict[str, int] = {}
    anonymized(
        catalog,
        guarded(catalog, tmp_path / "whole"),
        lambda _, number, progress: notes.setdefault(progress.note, number) and None,
    )
    assert _LAST in notes
    stopped = 0
    for at in sorted(notes.values()):
        path = guarded(catalog, tmp_path / f"at {at}")
        before = path.read_bytes(), names(path)
        try:
            anonymized(
                catalog, path, lambda context, number, _, at=at: context.cancel() if number == at else None
            )
        except Cancelled:
            stopped += 1
            assert (path.read_bytes(), names(path)) == before
            known = backup.database_id(catalog, path, Context())
            assert register.list_releases(catalog, known) == ()
        else:
            assert not set(names(path)) & set(before[1])
        assert list(catalog.scratch.glob("scratch-*")) == []
    assert stopped >= len(notes) - 1
    assert anonymized(catalog, path, lambda *_: None) == "", "it can be done again"


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
@pytest.mark.parametrize("writes", [False, True], ids=["reader", "writer"])
def test_a_program_that_comes_at_the_last_moment_sees_the_old_or_the_new(
    tmp_path: Path, catalog: Catalog, wal: bool, writes: bool
) -> None:
    path = guarded(catalog, tmp_path / "db", wal=wal)
    before = names(path)
    with ExitStack() as others:

        def comes(context: Context, number: int, progress: Progress) -> None:
            if progress.note == _LAST:
                begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
                others.enter_context(OtherProgram(path)).does(f"run('{begin}', 'SELECT * FROM customers')")

        try:
            left = anonymized(catalog, path, comes)
        except Failure as failure:
            assert failure.code is ErrorCode.LOCKED
            others.close()
            assert names(path) == before
            assert anonymized(catalog, path, lambda *_: None) == ""
        else:
            assert wal
            assert "keeps old pages" in left
            others.close()
    assert not set(names(path)) & set(before)
