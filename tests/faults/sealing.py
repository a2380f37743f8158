"""Sealing an audit log, erasing in it and letting its oldest changes leave, with what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.operations import known
from builders.sealed import put_under_audit, writing
from faults.points import DATABASE, home
from steward_app.db import open_read, open_write
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.leaving.prune import archive, prune, segment_before
from steward_app.services.audit.seals import chain, receipt
from steward_app.services.audit.seals.seal import seal
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets

ARCHIVE = "log-archive.db"
SECRET = "Wilhelmina Secretkeeper"


@dataclass(frozen=True)
class Log:
    """What there is of a log: its seals, its last change, the first change that is there, whether it holds."""

    seals: int
    last_seq: int
    first_seq: int
    holds: bool


def build(folder: Path, *, wal: bool) -> Log:
    """Two seals, and changes since."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table(
        "person", "id INTEGER PRIMARY KEY, name TEXT, note", rows=[(n, "x" * 90, n) for n in range(9)]
    )
    path = (builder.in_wal_mode() if wal else builder).build()
    put_under_audit(path, "person")
    with home(folder) as catalog:
        known(catalog, path)
        secrets = open_secrets(catalog.directory)
        with writing(path) as session:
            seal(session, secrets)
            session.run("UPDATE person SET name = ? WHERE id = 3", (SECRET,))
            seal(session, secrets)
            session.run("UPDATE person SET note = 'later'")
        return state(folder)


def state(folder: Path) -> Log:
    """What the file holds now."""
    with open_write(folder / DATABASE) as session:
        assert integrity_check(session, Context()) == ()
    with open_read(folder / DATABASE) as session, session.snapshot():
        verdict = verify(session, full=True)
        last = chain.last_seal(session)
        assert last is not None
        first = session.count("SELECT min(seq) FROM _steward_audit_log_1")
        return Log(verdict.seals, last.last_seq, first, verdict.holds)


def seal_the_log(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        seal_log(catalog, SealRequest(path, known(catalog, path).id), context)


def erase(folder: Path, context: Context) -> None:
    with home(folder) as catalog, open_write(folder / DATABASE) as session:
        session.run("PRAGMA secure_delete = ON")
        with session.transaction(context):
            redact(session, open_secrets(catalog.directory), (1, 5), context=context)


def leave(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        secrets = open_secrets(catalog.directory)
        (folder / ARCHIVE).unlink(missing_ok=True)
        with open_read(folder / DATABASE) as session, session.snapshot():
            segment = segment_before(session, 1 << 62)
            assert segment is not None
            made = archive(session, segment, folder / ARCHIVE, secrets, context)
        with open_write(folder / DATABASE) as session, session.transaction(context):
            prune(session, made, secrets, context)


def kept_seal(folder: Path) -> int:
    """The number of the seal whose receipt is kept outside; 0 where there is none."""
    with home(folder) as catalog, open_read(folder / DATABASE) as session:
        found = chain.Chain.read(session)
        kept = (
            receipt.kept(catalog.directory, found.log.hex(), known(catalog, folder / DATABASE).id)
            if found
            else None
        )
        return kept.n if kept else 0
