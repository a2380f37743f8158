"""The backup stores of a database as the catalog knows them: where they are, and how they answered last.

A projection: a store says by itself what it is and what lies in it (docs/backup-format.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.values import Row


class Encryption(StrEnum):
    """Whether what lies in a store can be read by whoever holds the store."""

    NONE = "none"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Store:
    """A store that the steward connected to a database. Moments are RFC 3339 in UTC.

    Attributes:
        id: the store's own UUID.
        name: what the steward calls it.
        url: where it is, without secrets.
        answered_at: when it was last reached, "" for never.
        problem: why it cannot be reached since then, a sentence, or "".
        size_bytes: of everything in it when it was last listed.
        verified_at: when its objects were last verified, "" for never.
        current_at: when it last held the database as it was at that moment, "" for never.
        run_id: the run that found so. One run goes through all stores of a database.
        free_bytes: room left there when it was last listed; None where that is not known, or there is no end of it.
        login_wanted: beside a problem: what could be given so that the server lets in ("password", "key_passphrase",
            "access_key"), or "".
    """

    id: str
    database_id: str
    name: str
    url: str
    encryption: Encryption
    added_at: str
    answered_at: str = ""
    problem: str = ""
    size_bytes: int = 0
    verified_at: str = ""
    current_at: str = ""
    run_id: str = ""
    free_bytes: int | None = None
    login_wanted: str = ""


_COLUMNS = (
    "id, database_id, name, url, encryption, added_at, answered_at, problem, size_bytes, verified_at, current_at,"
    " run_id, free_bytes, login_wanted"
)


def add(unit: Unit, store: Store) -> None:
    """Record a store, or what is known of it anew."""
    values = [getattr(store, name) for name in _COLUMNS.split(", ")]
    unit.session.run(
        f"INSERT OR REPLACE INTO stores ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values
    )


def of_database(session: Session, database_id: str) -> tuple[Store, ...]:
    """The stores of a database, the one added first first."""
    rows = session.execute(
        f"SELECT {_COLUMNS} FROM stores WHERE database_id = ? ORDER BY added_at, id", (database_id,)
    )
    return tuple(map(_store, rows))


def at(session: Session, url: str) -> tuple[str, ...]:
    """The ids of the stores at an address, the one added last first: one may stand where another stood."""
    rows = session.execute("SELECT id FROM stores WHERE url = ? ORDER BY added_at DESC, id", (url,))
    return tuple(str(row[0]) for row in rows)


def get(session: Session, store_id: str) -> Store:
    """The store of that UUID. Raises `UsageError` when the catalog does not know it."""
    rows = session.all(f"SELECT {_COLUMNS} FROM stores WHERE id = ?", (store_id,))
    if not rows:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            "The catalog does not know this store.",
            hint="Nothing was changed. Connect it with: steward backup connect DATABASE --store URL.",
        )
    return _store(rows[0])


def find(session: Session, database_id: str, name: str) -> Store:
    """The store of a database with that name, URL or UUID. Raises `UsageError` when there is none."""
    found = [each for each in of_database(session, database_id) if name in (each.name, each.url, each.id)]
    if not found:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"This database has no store {name}.",
            hint="List its stores with: steward backup stores DATABASE.",
        )
    return found[0]


def answered(unit: Unit, store: Store, size_bytes: int, free_bytes: int | None = None) -> None:
    """Record that a store was reached and listed now."""
    now = clock.to_text(clock.now())
    add(unit, replace(store, answered_at=now, problem="", size_bytes=size_bytes, free_bytes=free_bytes))


def silent(unit: Unit, store: Store, problem: str, login_wanted: str = "") -> None:
    """Record why a store could not be reached, and what could be given where its server refused the login."""
    add(unit, replace(store, problem=problem, login_wanted=login_wanted))


def still_current(unit: Unit, store: Store, at: str) -> None:
    """Record that a store that was current still is, since nothing was written to the database."""
    if store.current_at and not store.problem:
        add(unit, replace(store, current_at=at))


def remove(unit: Unit, store_id: str) -> None:
    """Forget a store and its points. What lies in it stays."""
    unit.session.run("DELETE FROM points WHERE store_id = ?", (store_id,))
    unit.session.run("DELETE FROM stores WHERE id = ?", (store_id,))


def _store(row: Row) -> Store:
    told = dict(zip(_COLUMNS.split(", "), row, strict=True))
    size_bytes, free_bytes = cast(int, told.pop("size_bytes")), cast("int | None", told.pop("free_bytes"))
    texts = cast("dict[str, str]", told)
    encryption = Encryption(texts.pop("encryption"))
    return Store(**texts, encryption=encryption, size_bytes=size_bytes, free_bytes=free_bytes)
