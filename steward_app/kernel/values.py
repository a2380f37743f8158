"""The five storage classes of SQLite, as Python sees them."""

from __future__ import annotations

from typing import TypeAlias

SqlValue: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = tuple[SqlValue, ...]
Key: TypeAlias = tuple[SqlValue, ...]
"""The values that name one row: its primary key in key order, else (rowid,)."""
