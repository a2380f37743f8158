"""Names from a file, made harmless to read. A legal name may hold newlines, escape codes and hidden characters."""

from __future__ import annotations

import re
from typing import Final

# Characters that are not seen, move the cursor or turn the direction of what follows: Unicode's categories Cc, Cf,
# Cs, Zl and Zp, with the "fillers" that look like nothing. A test compares this with the tables of Python.
HIDDEN: Final = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bcaf\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_HIDDEN = re.compile(f"[{HIDDEN}]")
_HIDDEN_IN_CODE = re.compile(f"(?![\n\t])[{HIDDEN}]")


def visible(text: str, limit: int = 0) -> str:
    """A name for the eye, on one line: `a<newline>b` becomes `a␤b`, U+202E becomes `⟨U+202E⟩`.

    For showing only; what is shown cannot always be turned back. With a `limit`, a longer text is cut to that many
    characters, the last of them `…`.
    """
    shown = _HIDDEN.sub(_picture, text)
    return shown if not limit or len(shown) <= limit else shown[: limit - 1] + "…"


def visible_code(text: str) -> str:
    """SQL for the eye: as `visible`, with its lines, however they end, and tabs kept."""
    return _HIDDEN_IN_CODE.sub(_picture, text.replace("\r\n", "\n"))


def quoted(name: str, limit: int = 80) -> str:
    """A name inside a sentence: `“visits”`."""
    return f"“{visible(name, limit)}”"


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 table`, `12,480 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(number_bytes: int) -> str:
    """Bytes as people say them: `512 B`, `3.2 MB`, `1.2 GB` (1 kB is 1,000 bytes)."""
    value, unit = float(number_bytes), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    return f"{value:.1f} {_UNITS[unit]}" if unit and value < 9.95 else f"{value:.0f} {_UNITS[unit]}"


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x0A:
        return "␤"
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"
