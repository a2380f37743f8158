"""Line ends of SQL. LF or CR LF is the same space between words; inside quotes it is part of a text or name."""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"""(?P<quoted>'[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?)|--[^\n]*\n?|/\*.*?(?:\*/|\Z)|\r\n""", re.DOTALL
)
"""What is told apart: quotes, remarks, in which a quote opens nothing, and line ends beside them.

Not by `tokens`: a script may have megabytes of rows, of which these would take hundreds of times as much memory.
"""


def as_lf(text: str) -> str:
    """A text with LF for every CR LF."""
    return text.replace("\r\n", "\n")


def as_lf_outside_quotes(sql: str) -> str:
    """SQL with LF for every CR LF, but in texts and quoted names: it says the same.

    What is open at the end counts as quoted to there.
    """
    if "\r\n" not in sql:
        return sql
    return _PARTS.sub(lambda part: part[0] if part["quoted"] else as_lf(part[0]), sql)
