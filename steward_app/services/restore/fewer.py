"""Which tables may hold fewer rows than a restore point counted: what was erased since is taken out of it first."""

from __future__ import annotations

from pathlib import Path

from steward_app.db import fold, open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.examine import DAMAGE
from steward_app.services.erasure import Foreseen
from steward_app.services.schema.introspect import read_schema

AT_MOST = "at most: what was erased since is taken out, with what belongs to it"


def fewer(path: Path, erased: Foreseen, context: Context) -> frozenset[str]:
    """The tables, folded: those of the ledger, and all whose rows go with theirs as the live schema says.

    How many rows that are nobody knows before the ledger is replayed: a rehearsal does it.
    """
    found = {fold(table) for table in erased.tables}
    if not found:
        return frozenset()
    try:
        with open_read(path, context) as session:
            schema = read_schema(session, context)
    except Failure as error:
        if error.code not in DAMAGE:
            raise
        return frozenset(found)
    waiting = [table.name for table in schema.tables if fold(table.name) in found]
    while waiting:
        for child, key in schema.referring(waiting.pop()):
            if key.on_delete == "CASCADE" and fold(child.name) not in found:
                found.add(fold(child.name))
                waiting.append(child.name)
    return frozenset(found)
