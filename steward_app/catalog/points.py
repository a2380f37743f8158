"""Restore points as the catalog knows them.

A projection: each point's manifest lies beside its copy and outlives this catalog. When the catalog was lost,
`adopt` takes the points back in from their manifests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.db.content import TableContent
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Check
from steward_app.kernel.values import Row, SqlValue


class PointState(StrEnum):
    """What is known of a point. `state_at` says since when."""

    TAKEN = "taken"  # the copy is there; nobody looked into it yet
    CHECKED = "checked"  # integrity, foreign keys, row counts and content hashes were right
    PROVEN = "proven"  # it was restored to scratch and compared
    FAILED = "failed"  # a check or a drill found it wrong
    MISSING = "missing"  # the copy is no longer where it was put


class PointKind(StrEnum):
    """What a point is made of."""

    FILE = "file"  # a whole SQLite file on this computer
    PAGES = "pages"  # a page map and packs in a store
    PLAIN = "plain"  # a compressed SQLite file in a store


@dataclass(frozen=True, slots=True)
class Point:
    """A restore point.

    Attributes:
        id: "pt_...".
        made_at: RFC 3339, UTC: the moment the copy is a picture of.
        path: of the copy; "" in documents, `Path()` here, for a point in a store.
        source_path: of the database when the copy was made.
        state_at: when the state was found; RFC 3339, UTC.
        reason: why it was made, in words: "By hand", "Before restoring the point of 10:20".
        operation_id: the operation that made it, or "".
        kept_until: RFC 3339, UTC; "" for as long as nobody deletes it.
        store_id: the store it lies in, or "" for a whole file on this computer.
        new_bytes: what it added to its store.
        held: why it may not be removed (a legal hold), or "".
        sequence: its place among the points of its store; moments may lie when a clock went backwards.
        warning: what was odd about the database when it was made (damaged, cut short, most rows gone), or "".
        computer: that made it, by its name; "" where nobody knows, as without the private key of its store.
    """

    id: str
    database_id: str
    made_at: str
    path: Path
    source_path: Path
    size_bytes: int
    state: PointState
    state_at: str
    reason: str = ""
    operation_id: str = ""
    checks: tuple[Check, ...] = ()
    tables: tuple[TableContent, ...] = ()
    kept_until: str = ""
    store_id: str = ""
    kind: PointKind = PointKind.FILE
    new_bytes: int = 0
    held: str = ""
    sequence: int = 0
    warning: str = ""
    computer: str = ""


_COLUMNS = (
    "id, database_id, made_at, path, source_path, size_bytes, state, state_at, reason, operation_id, checks,"
    " tables, kept_until, store_id, kind, new_bytes, held, sequence, warning, computer"
)
_NEWEST_FIRST = (
    " ORDER BY CASE sequence WHEN 0 THEN made_at ELSE"
    " max(made_at) FILTER (WHERE sequence > 0) OVER (PARTITION BY database_id, store_id ORDER BY sequence) END DESC,"
    " sequence DESC, made_at DESC, id DESC"
)
"""The points of one store stand in the order they were written, also where a clock went back between two of them."""


def insert(unit: Unit, point: Point) -> None:
    """Record a new point."""
    unit.session.run(f"INSERT INTO points ({_COLUMNS}) VALUES ({', '.join('?' * 20)})", _row(point))


def adopt(unit: Unit, point: Point) -> bool:
    """Record a point read from its manifest; False when the catalog knows it already and keeps what it knows."""
    if unit.session.value("SELECT 1 FROM points WHERE id = ?", (point.id,)):
        return False
    insert(unit, point)
    return True


def of_database(session: Session, database_id: str) -> tuple[Point, ...]:
    """All points of a database, newest first."""
    rows = session.execute(
        f"SELECT {_COLUMNS} FROM points WHERE database_id = ? {_NEWEST_FIRST}", (database_id,)
    )
    return tuple(map(_point, rows))


def every(session: Session) -> tuple[Point, ...]:
    """All points of all databases, newest first."""
    return tuple(
        map(
            _point,
            session.execute(f"SELECT {_COLUMNS} FROM points {_NEWEST_FIRST}"),
        )
    )


def find(session: Session, name: str, database_id: str | None = None) -> Point:
    """The point of that id, or of an id that begins so (with or without "pt_").

    Raises `UsageError` (UNKNOWN_OBJECT) when there is none, or more than one.
    """
    start = name if name.startswith("pt_") else f"pt_{name}"
    rows = session.all(
        f"SELECT {_COLUMNS} FROM points WHERE substr(id, 1, ?) = ? AND (? IS NULL OR database_id = ?)"
        " ORDER BY id = ? DESC LIMIT 2",
        (len(start), start, database_id, database_id, start),
    )
    if not rows:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no restore point {name}.",
            hint="List them to see their names.",
        )
    point = _point(rows[0])
    if len(rows) > 1 and point.id != start:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"More than one restore point begins with {name}.",
            hint="Give more of its name.",
        )
    return point


def update(
    unit: Unit,
    point_id: str,
    state: PointState,
    *,
    checks: Sequence[Check] | None = None,
    tables: Sequence[TableContent] | None = None,
    warning: str = "",
) -> None:
    """Record what was found out about a point now; checks and tables stay as they are unless given.

    A warning is taken where the point has none.
    """
    unit.session.run(
        "UPDATE points SET state = ?, state_at = ?, checks = coalesce(?, checks), tables = coalesce(?, tables),"
        " warning = iif(warning = '', ?, warning) WHERE id = ?",
        (
            state.value,
            clock.to_text(clock.now()),
            None if checks is None else _json(checks),
            None if tables is None else _json(tables),
            warning,
            point_id,
        ),
    )


def replace(unit: Unit, point: Point) -> None:
    """Record a point as it is known now."""
    unit.session.run(
        f"INSERT OR REPLACE INTO points ({_COLUMNS}) VALUES ({', '.join('?' * 20)})", _row(point)
    )


def keep_until(unit: Unit, point_id: str, until: str) -> None:
    """Set the day a point may go; "" for never by itself."""
    unit.session.run("UPDATE points SET kept_until = ? WHERE id = ?", (until, point_id))


def delete(unit: Unit, point_id: str) -> None:
    """Forget a point. Its files are the caller's to remove."""
    unit.session.run("DELETE FROM points WHERE id = ?", (point_id,))


def _row(point: Point) -> tuple[SqlValue, ...]:
    return (
        point.id,
        point.database_id,
        point.made_at,
        str(point.path),
        str(point.source_path),
        point.size_bytes,
        point.state.value,
        point.state_at,
        point.reason,
        point.operation_id,
        _json(point.checks),
        _json(point.tables),
        point.kept_until,
        point.store_id,
        point.kind.value,
        point.new_bytes,
        point.held,
        point.sequence,
        point.warning,
        point.computer,
    )


def _point(row: Row) -> Point:
    told = dict(zip(_COLUMNS.replace(" ", "").split(","), row, strict=True))
    texts = cast("dict[str, str]", told)
    numbers = cast("dict[str, int]", told)
    return Point(
        id=texts["id"],
        database_id=texts["database_id"],
        made_at=texts["made_at"],
        path=Path(texts["path"]),
        source_path=Path(texts["source_path"]),
        size_bytes=numbers["size_bytes"],
        state=PointState(texts["state"]),
        state_at=texts["state_at"],
        reason=texts["reason"],
        operation_id=texts["operation_id"],
        checks=tuple(Check(**check) for check in json.loads(texts["checks"])),
        tables=tuple(TableContent(**table) for table in json.loads(texts["tables"])),
        kept_until=texts["kept_until"],
        store_id=texts["store_id"],
        kind=PointKind(texts["kind"]),
        new_bytes=numbers["new_bytes"],
        held=texts["held"],
        sequence=numbers["sequence"],
        warning=texts["warning"],
        computer=texts["computer"],
    )


def _json(values: Sequence[Check] | Sequence[TableContent]) -> str:
    return json.dumps([asdict(value) for value in values], separators=(",", ":"))
