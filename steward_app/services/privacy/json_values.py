"""What texts are as JSON."""

from __future__ import annotations

import json
from typing import Any

from steward_app.db import Session
from steward_app.db.any_text import rows_of_any_text
from steward_app.kernel.values import SqlValue


def parse(text: str) -> Any:
    """The object or array that a text is, or None."""
    found = any_json(text)
    return found if isinstance(found, dict | list) else None


def nested(text: str) -> Any:
    """The object or array that a text inside JSON is, or None."""
    return parse(text) if text.lstrip()[:1] in ("{", "[") else None


def any_json(cell: SqlValue) -> Any:
    """What a cell is as JSON, single values too; None where it is none."""
    try:
        return json.loads(cell) if isinstance(cell, str | bytes) else None
    except (ValueError, RecursionError):
        return None


def of_jsonb(session: Session, value: bytes) -> str | None:
    """The text of SQLite's JSONB, or None where bytes are none."""
    sql = "SELECT CASE WHEN json_valid(?1, 8) THEN json(?1) END"
    (found,) = next(rows_of_any_text(session, sql, (value,)))
    return found if isinstance(found, str) else None
