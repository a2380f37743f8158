"""What the text of a full-text table says of where its words come from.

https://www.sqlite.org/fts5.html#external_content_and_contentless_tables https://www.sqlite.org/fts3.html#the_content_option
"""

from __future__ import annotations

import re
from typing import Final

FULL_TEXT: Final = frozenset({"fts3", "fts4", "fts5"})
"""The modules."""

_VALUE = r"\s*=\s*('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|[^\s,)]*)"
_CONTENT = re.compile(rf"[(,]\s*content{_VALUE}", re.IGNORECASE)
_CONTENT_ROWID = re.compile(rf"[(,]\s*content_rowid{_VALUE}", re.IGNORECASE)


def content_named(sql: str) -> str | None:
    """The table it takes its text from; "" where it keeps none, None where it keeps it itself."""
    return _said(_CONTENT, sql)


def content_rowid_named(sql: str) -> str:
    """The column by which it names the rows of that table, or "rowid"."""
    return _said(_CONTENT_ROWID, sql) or "rowid"


def _said(option: re.Pattern[str], sql: str) -> str | None:
    found = option.search(sql)
    if found is None:
        return None
    written = found[1]
    if written[:1] in ("'", '"'):
        return written[1:-1].replace(written[0] * 2, written[0])
    return written[1:-1] if written.startswith("[") else written
