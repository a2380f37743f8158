"""What was erased does not come back by looking at an earlier time: the ledger of erasures is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from steward_app.catalog import Catalog, erasure, identity
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.services.audit.past.moments import Moment
from steward_app.services.erasure import Judge, judging, ledger_keys
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets


def ledger_id(catalog: Catalog, path: Path, session: Session) -> str:
    """Whose ledger of erasures holds for a file: that of the likely database where only a steward can say which."""
    known = identity.recognise(catalog, path, session)
    return (known.database if isinstance(known, identity.Recognised) else known.known).id


@contextmanager
def judge_since(
    catalog: Catalog, session: Session, schema: Schema, database_id: str, moment: Moment
) -> Iterator[Judge | None]:
    """Who judges rows of an earlier time by what was erased since; None where nothing was.

    Raises `Refused` where the ledger cannot be read with the keys that are here.
    """
    made_at = clock.to_text(moment.asked)
    with catalog.reading() as ledger:
        counts = erasure.counts(ledger, database_id, made_at)
        ids = erasure.key_ids(ledger, database_id)
    if not counts:
        yield None
        return
    keys = ledger_keys(open_secrets(catalog.directory), database_id, ids)
    with judging(catalog, session, schema, database_id, made_at, keys) as judge:
        yield judge
