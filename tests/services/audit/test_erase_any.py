"""Erasing in logs of any history: exactly what was chosen is gone from the disk, and no restore brings it back."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.guarding import install, verified
from builders.operations import known
from builders.under_audit import run
from steward_app.catalog import open_catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.audit.erasing.erase import EraseRequest, erase, plan_erase
from steward_app.services.audit.past.history import Asked, Entry, History
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.operation import Confirmation

_TOKEN = re.compile(rb"token[0-9]{6}x")


class _Story:
    """Statements at random on few keys, in which every text is written once only."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._count = seed * 1_000

    def token(self) -> str:
        self._count += 1
        return f"'token{self._count % 1_000_000:06}x'"

    def statement(self) -> str:
        key, other = self.random.randint(1, 4), self.random.randint(1, 4)
        return self.random.choice(
            (
                f"INSERT OR IGNORE INTO t VALUES ({key}, {self.token()}, {self.token()})",
                f"REPLACE INTO t VALUES ({key}, {self.token()}, NULL)",
                f"UPDATE t SET a = {self.token()} WHERE id = {key}",
                f"UPDATE t SET b = {self.token()}, a = NULL WHERE id = {key}",
                f"UPDATE OR REPLACE t SET id = {other} WHERE id = {key}",
                f"DELETE FROM t WHERE id = {key}",
            )
        )


def tokens_of(entries: list[Entry]) -> dict[tuple[int, str], set[bytes]]:
    """What each cell of the log holds, by change and column."""
    return {
        (each.change.seq, column): set(_TOKEN.findall(repr((cell.old, cell.new)).encode()))
        for each in entries
        for column, cell in each.change.cells.items()
    }


def on_disk(path: Path) -> set[bytes]:
    return {found for each in path.parent.glob("x.db*") for found in _TOKEN.findall(each.read_bytes())}


def live(path: Path) -> set[bytes]:
    with open_read(path) as session:
        return set(_TOKEN.findall(repr(session.all("SELECT * FROM t")).encode()))


def entries(path: Path, asked: Asked) -> list[Entry]:
    with open_read(path) as session:
        return list(History(session).entries(asked, newest_first=False))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(1, 900), by_row=st.booleans(), columns=st.sampled_from([(), ("a",), ("B",)]))
def test_what_was_chosen_is_gone_and_nothing_else(seed: int, by_row: bool, columns: tuple[str, ...]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        _try(folder, _Story(seed), by_row, columns)
    finally:
        shutil.rmtree(folder)


def _try(folder: Path, story: _Story, by_row: bool, columns: tuple[str, ...]) -> None:
    path = (
        a_database(folder, "x.db")
        .with_table("t", "id INTEGER PRIMARY KEY, a TEXT, b TEXT", rows=[(1, "as", "it"), (2, "was", "once")])
        .build()
    )
    with open_catalog() as catalog:
        known_as = known(catalog, path).id
        install(catalog, path)
        length = story.random.randint(3, 25)
        middle = story.random.randrange(length)
        for number in range(length):
            run(path, story.statement())
            if number % 9 == 8:
                seal_log(catalog, SealRequest(path, known_as), Context())
            if number == middle:
                point = backup.create(
                    catalog, backup.plan_create(catalog, path, Context(), prove=False), Context()
                )
        held = tokens_of(entries(path, Asked("t")))
        key = (story.random.randint(1, 4),)
        chosen = {each.change.seq for each in entries(path, Asked("t", key if by_row else None))}
        every = {seq for seq, _ in held}
        request = EraseRequest(
            path,
            known_as,
            "t",
            key if by_row else None,
            None,
            columns,
            () if by_row else ((1, max(every, default=1)),),
        )
        try:
            plan = plan_erase(catalog, request, Context())
        except Refused:
            assert not any(held[cell] for cell in held if cell[0] in chosen and _is_meant(cell[1], columns))
            return
        rows = live(path)
        erase(catalog, plan, Context(), Confirmation.of(plan))
        restored = folder / "restored.db"
        back = restore.plan_restore(catalog, path, str((point.result or {})["point"]), Context(), to=restored)
        restore.restore(catalog, back, Context(), Confirmation.of(back))
    again = tokens_of(entries(path, Asked("t")))
    gone = {cell for cell in held if held[cell] and not again[cell]}
    assert gone >= {cell for cell in held if held[cell] and cell[0] in chosen and _is_meant(cell[1], columns)}
    assert not any(not _is_meant(column, columns) for _, column in gone)
    assert on_disk(path) == live(path) | set().union(*again.values())
    assert live(path) == rows
    erased = set().union(*held.values()) - set().union(*again.values()) - rows
    assert not set(_TOKEN.findall(restored.read_bytes())) & erased
    found = verified(path)
    assert found.holds, found.problems


def _is_meant(column: str, columns: tuple[str, ...]) -> bool:
    return not columns or column in {name.lower() for name in columns}
