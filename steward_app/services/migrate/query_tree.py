"""Queries as sqlglot reads them; it reads queries and not SQLite's DDL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp


def parsed(text: str) -> exp.Expression | None:
    """A query as sqlglot reads it, or None where it does not."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True  # it tells of what it cannot read
    try:
        tree: Any = sqlglot.parse_one(text, read="sqlite")
    except (SqlglotError, RecursionError):
        return None
    finally:
        logger.disabled = before
    return tree  # type: ignore[no-any-return]
