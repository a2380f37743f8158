"""How two files of the same history differ, row by row: a file and the copy something was done to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.db.names import all_of, any_of, qualified, quote
from steward_app.db.session import Session

_BEFORE = "steward_before"


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table that came, changed and went, from the earlier file to the later one."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@contextmanager
def beside(session: Session, before: Path) -> Iterator[None]:
    """In the block, the session sees the earlier file too. It must not be in a transaction."""
    session.all(f"ATTACH ? AS {_BEFORE}", (str(before),))
    try:
        yield
    finally:
        session.all(f"DETACH {_BEFORE}")


def compare_rows(session: Session, table: str, key: Sequence[str], columns: Sequence[str]) -> Difference:
    """How a table differs from the one of the same name in the file that stands `beside`.

    Args:
        key: the columns that name a row in both, none of them NULL: a primary key, or the rowid.
        columns: what is compared, value and storage class; those both tables have.
    """
    after, before = f"{qualified(table)} AS a", f"{qualified(table, _BEFORE)} AS b"
    same = all_of([f"a.{quote(name)} = b.{quote(name)}" for name in key])
    differing = any_of([_differs(name) for name in columns])
    return Difference(
        inserted=session.count(
            f"SELECT count(*) FROM {after} WHERE NOT EXISTS (SELECT 1 FROM {before} WHERE {same})"
        ),
        updated=session.count(f"SELECT count(*) FROM {after} JOIN {before} ON {same} WHERE {differing}"),
        deleted=session.count(
            f"SELECT count(*) FROM {before} WHERE NOT EXISTS (SELECT 1 FROM {after} WHERE {same})"
        ),
    )


def _differs(name: str) -> str:
    """1 and 1.0 and '1' are different values here, as are 'a' and 'A' whatever the column's collation."""
    one, two = f"a.{quote(name)}", f"b.{quote(name)}"
    return f"{one} IS NOT {two} COLLATE BINARY OR typeof({one}) <> typeof({two})"
