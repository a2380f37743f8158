"""What tables looked like when the steward registered them, version by version: JSON Schema and the statements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.plan import Json
from steward_app.storage import process


class Direction(StrEnum):
    """Who meets what."""

    BACKWARD = "backward"  # programs of the new form meet rows of the old one
    FORWARD = "forward"  # programs of the old form meet rows of the new one


class Mode(StrEnum):
    """What is promised of the forms a table will have. The transitive ones count for every version there was."""

    NONE = "none"
    BACKWARD = "backward"
    BACKWARD_TRANSITIVE = "backward_transitive"
    FORWARD = "forward"
    FORWARD_TRANSITIVE = "forward_transitive"
    FULL = "full"
    FULL_TRANSITIVE = "full_transitive"

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that it promises something for."""
        if self is Mode.NONE:
            return ()
        word = self.value.removesuffix("_transitive")
        return tuple(Direction) if word == "full" else (Direction(word),)

    @property
    def transitive(self) -> bool:
        """Whether it counts for every version, and not for the newest alone."""
        return self.value.endswith("_transitive")


@dataclass(frozen=True, slots=True)
class Version:
    """A registered form of a table.

    Attributes:
        table: as the file wrote it then.
        number: from 1.
        registered_at: RFC 3339, UTC; when it was planned.
        document: JSON Schema of a row.
        sql: the statements that make the table and its indexes.
    """

    table: str
    number: int
    registered_at: str
    registered_by: str
    document: Mapping[str, Json]
    sql: tuple[str, ...]


def add(
    unit: Unit,
    database_id: str,
    table: str,
    document: Mapping[str, Json],
    sql: Sequence[str],
    at: str = "",
) -> Version:
    """Keep the form of a table as its next version. Names compare as SQLite compares them.

    Args:
        at: when it was registered; "" for now.
    """
    last = unit.session.value(
        "SELECT max(version) FROM schema_versions WHERE database_id = ? AND table_name = ?",
        (database_id, table),
    )
    number = int(cast("int | None", last) or 0) + 1
    version = Version(
        table, number, at or clock.to_text(clock.now()), process.user(), dict(document), tuple(sql)
    )
    unit.session.run(
        "INSERT INTO schema_versions (database_id, table_name, version, registered_at, registered_by, document, sql)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *(database_id, table, number, version.registered_at, version.registered_by),
            *(json.dumps(document, separators=(",", ":"), allow_nan=False), json.dumps(list(sql))),
        ),
    )
    return version


def remove(unit: Unit, database_id: str, table: str, number: int) -> None:
    """Take a version away, as if it had never been registered."""
    unit.session.run(
        "DELETE FROM schema_versions WHERE database_id = ? AND table_name = ? AND version = ?",
        (database_id, table, number),
    )


def every(session: Session, database_id: str) -> tuple[Version, ...]:
    """All versions of all tables of a database, by table, the oldest first."""
    rows = session.all(
        "SELECT table_name, version, registered_at, registered_by, document, sql FROM schema_versions"
        " WHERE database_id = ? ORDER BY table_name, version",
        (database_id,),
    )
    return tuple(
        Version(
            str(table),
            cast(int, number),
            str(at),
            str(by),
            json.loads(str(document)),
            tuple(json.loads(str(sql))),
        )
        for table, number, at, by, document, sql in rows
    )
