"""The catalog made, brought up to date and set aside, with the state before and what must hold after."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from steward_app import db
from steward_app.catalog import Catalog, Unit, chain, journal, open_catalog
from steward_app.catalog.journal import Phase
from steward_app.catalog.set_aside import set_aside
from steward_app.catalog.store import FILE_NAME
from steward_app.db import runner
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.storage import private_directory
from steward_app.storage.shipped import migrations

HOME, SET_ASIDE = "home", "catalog-set-aside-*"
EVENTS = 30
_POINT = "'d', '2026-01-01', 'p', 's', 1, 'proven', '2026-01-01', 'By hand', '', '[]', '[]', ''"


@dataclass(frozen=True)
class Before:
    """How many events the journal had, the hash of the last, and the bytes of files that must not be lost."""

    events: int = 0
    head: str = journal.START_OF_CHAIN
    files: tuple[bytes, ...] = ()


def build_none(folder: Path) -> Before:
    """A data directory without a catalog."""
    private_directory(folder / HOME)
    return Before()


def build_old(folder: Path, *, killed: bool) -> Before:
    """A catalog of the first version, with events and a point: in the log alone where its program was killed."""
    made = private_directory(folder / "made") / FILE_NAME
    with db.create(made) as session:
        session.run("PRAGMA journal_mode = WAL")
        runner.migrate(session, runner.read_folder(migrations("catalog"))[:1], "catalog_migrations")
        with session.transaction():
            for number in range(EVENTS):
                head = journal.append(Unit(session), Phase.NOTE, "test.note", details={"n": number}).hash
            session.run(f"INSERT INTO points VALUES ('pt_old', {_POINT})")
        if killed:
            shutil.copytree(made.parent, folder / HOME, ignore=shutil.ignore_patterns("*-shm"))
    if not killed:
        shutil.copytree(made.parent, folder / HOME)
    shutil.rmtree(made.parent)
    return Before(EVENTS, head)


def build_damaged(folder: Path) -> Before:
    """A catalog whose beginning is lost, and a log with content beside it."""
    before = build_old(folder, killed=True)
    path = folder / HOME / FILE_NAME
    path.write_bytes(b"\xa5" * 100 + path.read_bytes()[100:])
    log = path.with_name(FILE_NAME + "-wal")
    return Before(before.events, before.head, (path.read_bytes(), log.read_bytes()))


def use(folder: Path, context: Context) -> None:
    """Open the catalog, made or brought up to date first, and write to it."""
    with open_catalog(folder / HOME) as catalog:
        _note(catalog)


def put_aside(folder: Path, context: Context) -> None:
    set_aside(folder / HOME)


def events(folder: Path, before: Before) -> int:
    """How many events the journal has more than before; the catalog is whole, and holds what it held."""
    with open_catalog(folder / HOME) as catalog:
        with catalog.reading() as session:
            assert integrity_check(session, Context()) == ()
            assert len(runner.history(session, "catalog_migrations")) == len(_versions())
            told = chain.verify(session, noted=before.head if before.events else "")
            assert told.holds, told.problem
            points = session.all("SELECT id, store_id, kind FROM points")
            assert points == ([("pt_old", "", "file")] if before.events else [])
        _note(catalog)
    return told.events - before.events


def kept(folder: Path) -> set[bytes]:
    """The bytes of the files that were set aside."""
    return {file.read_bytes() for file in (folder / HOME).glob(f"{SET_ASIDE}/*")}


def left_over(folder: Path) -> list[str]:
    """What was half made and stayed."""
    return [path.name for path in (folder / HOME).glob("*.part*")]


def _note(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        journal.append(unit, Phase.NOTE, "test.note")
        unit.commit()


def _versions() -> tuple[runner.Migration, ...]:
    return runner.read_folder(migrations("catalog"))
