"""The last scan of each database for personal data, as JSON of the service that scans. It holds no value of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session, quote


@dataclass(frozen=True, slots=True)
class KeptTable:
    """What a scan read of one table.

    Attributes:
        stamp: tells the table's content then from any other; "" where nothing could.
        profile: JSON.
    """

    stamp: str
    profile: str


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan.

    Attributes:
        made_at: RFC 3339, UTC.
        schema_hash: of the schema it saw.
        rules: digest of the rule packs it used.
        result: JSON.
        tables: by name.
    """

    made_at: str
    schema_hash: str
    rules: str
    result: str
    tables: Mapping[str, KeptTable] = field(default_factory=dict)


def keep(unit: Unit, database_id: str, scan: KeptScan) -> None:
    """Keep a scan in the place of the one before."""
    forget(unit, database_id)
    unit.session.run(
        "INSERT INTO privacy_scans (database_id, made_at, schema_hash, rules, result) VALUES (?, ?, ?, ?, ?)",
        (database_id, scan.made_at, scan.schema_hash, scan.rules, scan.result),
    )
    unit.session.run_many(
        "INSERT INTO privacy_scan_tables (database_id, table_name, stamp, profile) VALUES (?, ?, ?, ?)",
        [(database_id, name, table.stamp, table.profile) for name, table in scan.tables.items()],
    )


def last(session: Session, database_id: str) -> KeptScan | None:
    """The last scan of a database, or None."""
    row = session.one(
        "SELECT made_at, schema_hash, rules, result FROM privacy_scans WHERE database_id = ?", (database_id,)
    )
    if row is None:
        return None
    made_at, schema_hash, rules, result = cast("tuple[str, str, str, str]", row)
    tables = session.all(
        "SELECT table_name, stamp, profile FROM privacy_scan_tables WHERE database_id = ?", (database_id,)
    )
    kept = {str(name): KeptTable(str(stamp), str(profile)) for name, stamp, profile in tables}
    return KeptScan(made_at, schema_hash, rules, result, kept)


def found_personal(session: Session, database_id: str) -> frozenset[tuple[str, str, str]]:
    """The columns that the last scan of a database took for personal: table, column and type.

    A path in the JSON of a column counts as its column.
    """
    rows = session.execute(
        "SELECT DISTINCT c.value ->> '$.place.table', c.value ->> '$.place.column', c.value ->> '$.kind'"
        " FROM privacy_scans AS s, json_each(s.result, '$.columns') AS c"
        " WHERE s.database_id = ? AND c.value ->> '$.verdict' = 'personal'",
        (database_id,),
    )
    return frozenset((str(table), str(column), str(kind)) for table, column, kind in rows)


def forget(unit: Unit, database_id: str) -> None:
    """Forget the scan of a database."""
    for table in ("privacy_scan_tables", "privacy_scans"):
        unit.session.run(f"DELETE FROM {quote(table)} WHERE database_id = ?", (database_id,))
