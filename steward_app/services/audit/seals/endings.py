"""Which versions of tables are under audit, whatever the list of them says.

When a version ended (`to_seq`) is not hashed, so anybody can write a number there: then its baseline would be dropped
by the next seal, and whatever changed meanwhile would never be found. So a version ended only where another one goes on
from it, or where an event says so that a key has signed which signed seals, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from steward_app.db import Session, WriteSession
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.arm import disarm
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.seals import seal_tables, statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.storage.secrets import Secrets

REMOVED: Final = "removed"
"""The kind of the signed event that tells that a table was taken out of the audit."""


def under_audit(session: Session, *, own_key: str = "") -> tuple[AuditedTable, ...]:
    """The versions that are under audit, those among them of which somebody wrote that they had ended.

    Args:
        own_key: the id of a key that is about to sign a seal.
    """
    known = seal_tables.audited(session)
    current = [table for table in known if table.to_seq is None]
    return tuple(sorted([*current, *_by_hand(session, known, own_key)], key=lambda table: table.tid))


def by_hand(session: Session, *, own_key: str = "") -> tuple[AuditedTable, ...]:
    """The versions that somebody wrote an end to. None where the list of tables cannot be read."""
    return tuple(_by_hand(session, seal_tables.audited(session, strict=False), own_key))


def resumed(session: Session) -> Iterator[AuditedTable]:
    """The versions that have ended, and of which the list says that they are under audit still."""
    open_ones = [each for each in seal_tables.audited(session, strict=False) if each.to_seq is None]
    told = _signed(session, "") if open_ones else frozenset()
    yield from (table for table in open_ones if table.tid in told)


def resume(session: WriteSession, table: AuditedTable) -> None:
    """Take back what somebody wrote of the end of a version."""
    session.run(f"UPDATE main.{names.TABLE} SET to_seq = NULL WHERE tid = ?", (table.tid,))


def take_out(
    session: WriteSession, table: AuditedTable, detail: Mapping[str, object], secrets: Secrets
) -> None:
    """End a version for good: its triggers go, its log stays, and a signed event says so."""
    resume(session, table)  # whatever somebody wrote there
    told = {"table": table.name, **detail}
    statement.append(session, Chain.begin(session).log, REMOVED, table.tid, told, secrets)
    disarm(session, table)


def _by_hand(session: Session, known: tuple[AuditedTable, ...], own_key: str) -> Iterator[AuditedTable]:
    followed = {table.earlier for table in known if table.earlier is not None and table.earlier < table.tid}
    left = [table for table in known if table.to_seq is not None and table.tid not in followed]
    told = _signed(session, own_key) if left else frozenset()
    yield from (table for table in left if table.tid not in told)


def _signed(session: Session, own_key: str) -> frozenset[int]:
    """The versions that were taken out, as signed events say."""
    found = Chain.read(session)
    if found is None or not seal_tables.is_there(session, names.EVENT):
        return frozenset()
    events = statement.signed_events(session, found.log, REMOVED, own_key=own_key)
    return frozenset(event.tid for event, _ in events if event.tid is not None)
