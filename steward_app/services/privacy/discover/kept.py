"""The last scan of a database, and which of its tables are certainly as they were then.

Nothing in SQLite tells whether a table changed since another day, so only what is certain is taken over: every table
when the file and its log are, to the byte count and the nanosecond, those of then and no other program had only just
written; a table under audit when the log has no later change of it. All others are read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from steward_app import db
from steward_app.catalog import Catalog, identity, privacy_scans
from steward_app.catalog.privacy_scans import KeptScan, KeptTable
from steward_app.db import ReadSession, quote, sidefiles
from steward_app.kernel import clock
from steward_app.kernel.plain import adapter
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard import armed
from steward_app.services.audit.guard.armed import State
from steward_app.services.privacy.discover.model import NotLookedAt, SameValues, Scan
from steward_app.services.privacy.discover.profile import TableProfile
from steward_app.services.schema.model import Schema, Table

_SETTLED_S = 2.0
"""A file changed later than this before it was looked at may change once more within one tick of its clock."""


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What a scan read of one table.

    Attributes:
        full: every cell was looked at.
        same: columns of the table whose values stand elsewhere.
    """

    profile: TableProfile
    not_looked_at: tuple[NotLookedAt, ...]
    full: bool
    same: tuple[SameValues, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamps:
    """What tells the state of the tables now from any other; "" where nothing does."""

    file: str
    by_table: Mapping[str, str]

    def of(self, table: Table) -> str:
        """The stamp of one table."""
        text = blake2b(table.sql.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return json.dumps({"sql": text, "file": self.file, "log": self.by_table.get(table.name, "")})


def stamps(session: ReadSession, schema: Schema) -> Stamps:
    """The stamps of a file, taken before its rows are read."""
    return Stamps(_file_stamp(session), _log_stamps(session, schema))


def is_unchanged(before: str, now: str) -> bool:
    """Whether two stamps say that a table is certainly the same."""
    was, is_now = json.loads(before), json.loads(now)
    return was["sql"] == is_now["sql"] and any(
        was[way] and was[way] == is_now[way] for way in ("file", "log")
    )


def is_unsure(before: str, now: str) -> bool:
    """Whether stamps that differ leave open if a table changed: its definition is the same, and no log has a change."""
    was, is_now = json.loads(before), json.loads(now)
    return was["sql"] == is_now["sql"] and not (was["log"] and is_now["log"])


def last_scan(path: Path, catalog: Catalog) -> Scan | None:
    """The last scan of a file, or None where there is none, or it is not known which database the file is.

    It may be older than what the file holds now: its `schema_hash` and `made_at` say so.
    """
    with db.open_read(path) as session:
        database_id = known_as(catalog, path, session)
    return last_scan_of(catalog, database_id) if database_id else None


def last_scan_of(catalog: Catalog, database_id: str) -> Scan | None:
    """The last scan of the database with that UUID."""
    found = load(catalog, database_id)
    return adapter(Scan).validate_json(found.result) if found else None


def known_as(catalog: Catalog, path: Path, session: ReadSession) -> str:
    """The UUID of the database that a file is; "" where the steward has to be asked."""
    known = identity.recognise(catalog, path, session)
    return known.database.id if isinstance(known, identity.Recognised) else ""


def load(catalog: Catalog, database_id: str) -> KeptScan | None:
    """What is kept of a database."""
    with catalog.reading() as session:
        return privacy_scans.last(session, database_id)


def look(kept: KeptTable) -> KeptLook:
    """What was read of a table."""
    found: KeptLook = adapter(KeptLook).validate_json(kept.profile)
    return found


def keep(catalog: Catalog, database_id: str, scan: Scan, looks: Mapping[str, tuple[str, KeptLook]]) -> None:
    """Keep a scan, with the stamp and what was read of each table."""
    found = KeptScan(
        scan.made_at,
        scan.schema_hash,
        scan.rules,
        adapter(Scan).dump_json(scan).decode(),
        {
            name: KeptTable(stamp, adapter(KeptLook).dump_json(read).decode())
            for name, (stamp, read) in looks.items()
        },
    )
    with catalog.unit() as unit:
        privacy_scans.keep(unit, database_id, found)
        unit.commit()


def _file_stamp(session: ReadSession) -> str:
    state = session.state
    if not state.live:
        return ""
    try:
        marks = [state.file.stat()]
        marks += [
            beside.stat()
            for suffix in (sidefiles.WAL, sidefiles.JOURNAL)
            if (beside := sidefiles.beside(state.file, suffix)).exists()
            and sidefiles.size(state.file, suffix)
        ]
    except OSError:
        return ""
    if clock.now().timestamp() - max(mark.st_mtime for mark in marks) < _SETTLED_S:
        return ""
    counter = state.header.change_counter if state.header else 0
    return f"{counter}:" + ":".join(f"{mark.st_ino}.{mark.st_size}.{mark.st_mtime_ns}" for mark in marks)


def _log_stamps(session: ReadSession, schema: Schema) -> dict[str, str]:
    """For each table whose every change reaches a log: its last change."""
    if not tables.is_audited(session):
        return {}
    gaps = sum(event.is_gap for event in tables.events(session))
    found = {}
    for each in armed.status(session, schema):
        if (
            each.table
            and each.state is State.ARMED
            and not each.altered
            and Mode.NONE not in each.audited.modes.values()
        ):
            last = session.value(f"SELECT max(seq) FROM main.{quote(names.log_table(each.audited.tid))}")
            found[each.table] = f"{each.audited.tid}.{last or 0!r}.{gaps}"
    return found
