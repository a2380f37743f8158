"""Undo gives exactly what was there, over generated transactions on tables with cascades and triggers of all kinds."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from builders.undoing import Audited, States, audited, family_statements
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.model import Key, Op
from steward_app.services.audit.engine.replay import DoesNotFit, equal, forward
from steward_app.services.audit.undo import UndoMode

SOME, MANY = range(6), range(400)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seeds = MANY if metafunc.config.getoption("--many-seeds") else SOME
    metafunc.parametrize("seed", seeds)


def same(one: States, other: States) -> bool:
    return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)


def a_transaction(file: Audited, rnd: random.Random) -> tuple[States, range]:
    """Some history, and a transaction after it."""
    file.write(*family_statements(rnd, 25), together=False)
    before = file.state()
    return before, file.write(*family_statements(rnd, rnd.randint(1, 8)))


def test_the_last_transaction_is_undone_exactly_and_redone(tmp_path: Path, seed: int) -> None:
    file = audited(tmp_path)
    before, seqs = a_transaction(file, random.Random(seed))
    after, triggers = file.state(), file.triggers()
    if not seqs:
        return
    try:
        receipt = file.undo(seqs)
    except Refused as refused:
        assert "every row is as it was" in refused.message
        assert same(before, after)
        return
    assert same(file.state(), before)
    assert [name for name, _ in file.triggers()] == [name for name, _ in triggers]
    redone = file.redo(receipt)
    assert same(file.state(), after)
    file.redo(redone)
    assert same(file.state(), before)
    assert file.triggers() == triggers


def test_with_a_later_change_it_is_refused_or_fits(tmp_path: Path, seed: int) -> None:
    rnd = random.Random(1_000 + seed)
    file = audited(tmp_path)
    before, seqs = a_transaction(file, rnd)
    later = file.write(*family_statements(rnd, 2))
    after = file.state()
    if not seqs:
        return
    try:
        file.undo(seqs)
    except Refused:
        assert same(file.state(), after)
        return
    assert same(file.state(), replayed(file, before, later, undone=seqs))


def test_dependent_later_changes_go_with_it(tmp_path: Path, seed: int) -> None:
    """What is left is the state before, and what came later and did not depend on it."""
    rnd = random.Random(2_000 + seed)
    file = audited(tmp_path)
    before, seqs = a_transaction(file, rnd)
    later = file.write(*family_statements(rnd, 4))
    after = file.state()
    if not seqs:
        return
    outlook = file.outlook(seqs, UndoMode.DEPENDENT)
    left, undone = [seq for seq in later if seq not in outlook.added], (*seqs, *outlook.added)
    if not outlook.rows and not outlook.conflicts:
        assert same(after, replayed(file, before, left, undone=undone))
        return
    if outlook.conflicts:
        with pytest.raises(Refused):
            file.undo(seqs, UndoMode.DEPENDENT)
        assert same(file.state(), after)
        return
    receipt = file.undo(seqs, UndoMode.DEPENDENT)
    assert same(file.state(), replayed(file, before, left, undone=undone))
    file.redo(receipt)
    assert same(file.state(), after)


@pytest.mark.parametrize("mode", [UndoMode.SKIP, UndoMode.FORCE])
def test_skipping_and_forcing_leave_links_and_the_log_whole(
    tmp_path: Path, seed: int, mode: UndoMode
) -> None:
    rnd = random.Random(3_000 + seed)
    file = audited(tmp_path)
    _, seqs = a_transaction(file, rnd)
    file.write(*family_statements(rnd, 4))
    after, last = file.state(), file.last()
    try:
        receipt = file.undo(seqs, mode)
    except Refused:
        assert same(file.state(), after)
        return
    undone = file.state()
    assert same(undone, replayed(file, after, range(last + 1, file.last() + 1)))
    with open_read(file.path) as session:
        assert list(session.execute("PRAGMA foreign_key_check")) == []
    file.redo(receipt)
    assert same(file.state(), after)


def replayed(file: Audited, states: States, seqs: Iterable[int], undone: Collection[int] = ()) -> States:
    """A state with later changes carried out on it; a row that an undone change gave another key kept its own."""
    wanted = set(seqs)
    copy = {name: {key: dict(image) for key, image in state.items()} for name, state in states.items()}
    with open_read(file.path) as session:
        for each in tables.tables(session, current=True):
            kept: dict[Key, Key] = {}  # what names a row, by what the log calls it
            for change in log.changes(session, each):
                if change.seq not in wanted and change.seq not in undone:
                    continue
                key = kept.pop(change.key, change.key)
                if change.seq in undone:
                    if change.op is Op.UPDATE and change.new_key is not None:
                        kept[change.new_key] = key
                    continue
                moved = change.new_key
                if moved == change.key and moved is not None:
                    kept[moved] = moved = key
                try:
                    forward(copy[each.name], [replace(change, key=key, new_key=moved)])
                except DoesNotFit as error:
                    raise AssertionError(f"what was left does not fit: {error}") from error
    return copy
