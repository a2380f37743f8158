"""The rows of a table that is gone, as far as the log tells: those of the baseline, with what was logged since."""

from __future__ import annotations

from steward_app.db import Session
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import AuditedTable, Op
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import chain, seal_tables
from steward_app.services.audit.seals.baseline import HASH_BYTES, rows_of
from steward_app.services.audit.seals.blocks import Blocks
from steward_app.services.audit.seals.encoding import encoded
from steward_app.services.audit.seals.records import Form, Records
from steward_app.services.audit.seals.unwind import Difference, How


def lost_with(session: Session, table: AuditedTable) -> tuple[Difference, ...]:
    """The rows that went with a table, each as removed behind the log's back. Inside one snapshot or transaction.

    No trigger tells of a DROP TABLE. Rows that came or went while nothing was logged are in none of it.
    """
    form, keys = Form.of(table), dict[bytes, Row]()
    base, log = seal_tables.base_table(table.tid), names.log_table(table.tid)
    sealed = None
    if seal_tables.is_there(session, base):
        sealed = chain.last_seal(session)
        for block, data in Blocks(session, base, HASH_BYTES).every():
            keys |= {encoded(key): key for key, _ in rows_of(form, block, data)}
    if seal_tables.is_there(session, log):
        first = sealed.last_seq + 1 if sealed else 1
        for record in Records(Values(session), form).between(first, tables.last_seq(session)):
            _go_on(keys, form, record)
    return tuple(Difference(table.tid, table.name, key, How.REMOVED) for key in keys.values())


def _go_on(keys: dict[bytes, Row], form: Form, record: Row) -> None:
    """Take one change into account."""
    key, moved = form.key_of(record), None
    if record[2] == Op.UPDATE:
        moved = form.new_key_of(record)
        if moved is None:
            return
    if record[2] == Op.INSERT:
        moved = key
    keys.pop(encoded(key), None)
    if moved is not None:
        keys[encoded(moved)] = moved
