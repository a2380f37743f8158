"""A text that was edited in a box: the lines that nobody changed stand as they stood, to the letter.

A box of plain text gives every line end back as LF and every no-break space as a space, and SQL may hold others where
they count: in a default, in the text of a trigger.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

_LINES: Final = re.compile("\r\n|[\r\n\u2028\u2029]")
_NO_BREAK: Final = "\u00a0"


def as_given(edited: str, given: str) -> str:
    """An edited text with the letters and line ends of the given one, where its lines are still there.

    A line that is another one ends as the line in whose place it stands, or as the one above it.

    Args:
        edited: as a box of plain text gives it back.
        given: what was put into it.
    """
    lines, ends = _LINES.split(given), _LINES.findall(given)
    shown = [line.replace(_NO_BREAK, " ") for line in lines]
    if shown == lines and not set(ends) - {"\n"}:
        return edited
    ends.append(ends[-1] if ends else "\n")  # behind the last line, should another one come
    new = edited.split("\n")
    whole: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, shown, new, autojunk=False).get_opcodes():
        for at in range(c, d):
            place = a + at - c
            said = lines[place] if tag == "equal" else new[at]
            whole += [said, ends[place if place < b else max(b - 1, 0)]]
    return "".join(whole[:-1])
