"""Which copies of the erasure ledger this catalog wrote to stores or took in from there."""

from __future__ import annotations

from collections.abc import Iterable

from steward_app.catalog.store import Unit
from steward_app.db import Session


def known(session: Session, store_id: str) -> dict[str, str]:
    """The names of the copies in a store whose entries are known here; each with when it was missed, "" where not."""
    rows = session.execute("SELECT name, gone_at FROM ledger_copies WHERE store_id = ?", (store_id,))
    return {str(name): str(gone_at) for name, gone_at in rows}


def note(unit: Unit, store_id: str, names: Iterable[str], gone_at: str = "") -> None:
    """What these copies say is known here; `gone_at` of ones that are not there any more."""
    for name in names:
        unit.session.run(
            "INSERT OR IGNORE INTO ledger_copies (store_id, name, gone_at) VALUES (?, ?, ?)",
            (store_id, name, gone_at),
        )


def gone(unit: Unit, store_id: str, names: Iterable[str], at: str) -> None:
    """These copies were missed, and another one says what they said."""
    for name in names:
        unit.session.run(
            "UPDATE ledger_copies SET gone_at = ? WHERE store_id = ? AND name = ?", (at, store_id, name)
        )
