"""Scans for personal data as a test needs them: what was found, said outright, for files that nobody scanned."""

from __future__ import annotations

from steward_app.services.privacy.discover.model import (
    ColumnScan,
    Evidence,
    NotLookedAt,
    Scan,
    Source,
    TableRole,
    TableScan,
    Verdict,
)
from steward_app.services.privacy.model import parse_place
from steward_app.services.schema.model import Schema


def found(
    place: str,
    kind: str = "",
    confidence: float = 0.9,
    *,
    verdict: Verdict | None = None,
    declared: str = "TEXT",
    subject: tuple[str, ...] | None = None,
    rows: int = 10,
) -> ColumnScan:
    """A column, personal where it has a type."""
    said = verdict or (Verdict.PERSONAL if kind else Verdict.NOT_PERSONAL)
    evidence = (Evidence(Source.HEADER, 0.9, "Name of the column"),) if kind else ()
    return ColumnScan(
        parse_place(place),
        *(declared, rows, rows, rows, rows, said, kind, confidence, evidence),
        subject=subject,
    )


def a_scan(*columns: ColumnScan, schema: Schema | None = None, missed: tuple[NotLookedAt, ...] = ()) -> Scan:
    """A scan that found these columns; of those of `schema` that are not named, that they are not personal."""
    named = {(each.place.table, each.place.column) for each in columns}
    others = [
        found(f"{table.name}.{column.name}", declared=column.declared_type)
        for table in (schema.tables if schema else ())
        if table.kind == "table" and not table.ours
        for column in table.columns
        if (table.name, column.name) not in named
        and not any(each.table == table.name and each.column in ("", column.name) for each in missed)
    ]
    everything = (*columns, *others)
    tables = dict.fromkeys(each.place.table for each in everything)
    return Scan(
        path="",
        schema_hash=schema.hash if schema else "",
        rules="",
        made_at="2026-11-20T10:00:00Z",
        full=False,
        cells=100,
        seconds=0.1,
        tables=tuple(TableScan(name, TableRole.PERSON, "", 10) for name in tables),
        columns=everything,
        not_looked_at=missed,
    )
