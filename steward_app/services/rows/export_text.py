"""Rows as CSV and JSON, a row at a time. `docs/exports.md` describes both as a reader needs them.

A spreadsheet program runs a cell that begins with =, +, - or @ as a formula. So in CSV a text that begins so gets an
apostrophe before it, and so does one that has apostrophes before such a sign already: whoever takes one apostrophe
away from every text of the form apostrophes-then-sign has the texts as they were. Numbers are left as they are.
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from steward_app.kernel.values import Row, SqlValue
from steward_app.storage.local import Staged

_CHUNK_BYTES = 1 << 20
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile('[",\r\n]|^$|^[ \t]|[ \t]$')


class RowWriter(Protocol):
    """Turns rows into the bytes of a file."""

    def begin(self) -> bytes: ...

    def row(self, values: Row) -> bytes: ...

    def end(self) -> bytes: ...

    def notes(self) -> tuple[str, ...]: ...


def text_writer(ending: str, columns: Sequence[str], *, formula_safe: bool) -> RowWriter:
    """What writes rows of these columns as "csv", "json" or "jsonl"; `formula_safe` is for CSV."""
    if ending == "csv":
        return CsvWriter(columns, formula_safe=formula_safe)
    return JsonWriter(columns, lines=ending == "jsonl")


def write_text(file: Staged, writer: RowWriter, rows: Iterable[Row]) -> int:
    """Write rows with constant memory; how many there were."""
    waiting = bytearray(writer.begin())
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  the last number is the count
        waiting += writer.row(row)
        if len(waiting) >= _CHUNK_BYTES:
            file.write(waiting)
            waiting.clear()
    file.write(waiting + writer.end())
    return count


class CsvWriter:
    """CSV by RFC 4180: UTF-8, a header, CRLF. No value is nothing, an empty text is "", a BLOB is base64."""

    def __init__(self, columns: Sequence[str], *, formula_safe: bool) -> None:
        self._columns = columns
        self._formula_safe = formula_safe
        self._alone = len(columns) == 1
        self._marked = 0
        self._blobs = 0
        self.texts = Texts()

    def begin(self) -> bytes:
        header = ",".join(self._text(name) for name in self._columns)
        self._marked = 0
        return f"{header}\r\n".encode("utf-8", "replace")

    def row(self, values: Row) -> bytes:
        line = ",".join([self._field(value) for value in values])
        if self._alone and not line:
            line = '""'  # an empty line would be skipped by readers, and the row lost
        return f"{line}\r\n".encode()

    def end(self) -> bytes:
        return b""

    def notes(self) -> tuple[str, ...]:
        found = list(self.texts.notes())
        if self._marked:
            found.append(
                f"Texts that begin with a sign spreadsheet programs run as a formula: {self._marked:,}. "
                "An apostrophe stands before them."
            )
        if self._blobs:
            found.append(f"BLOBs, written as base64: {self._blobs:,}.")
        return tuple(found)

    def _field(self, value: SqlValue) -> str:
        match value:
            case None:
                return ""
            case str():
                return self._text(self.texts.readable(value))
            case bytes():
                self._blobs += 1
                return base64.b64encode(value).decode("ascii") or '""'
            case float():
                return real(value)
            case _:
                return str(value)

    def _text(self, text: str) -> str:
        if self._formula_safe and _FORMULA.match(text):
            self._marked += 1
            text = "'" + text
        if _QUOTED.search(text):
            return '"' + text.replace('"', '""') + '"'
        return text


class JsonWriter:
    """JSON: an array of objects, or an object a line.

    Integers are written with all their digits, beyond 2^53 too. A BLOB is {"base64": "..."}, an infinity
    {"real": "Infinity"}.
    """

    def __init__(self, columns: Sequence[str], *, lines: bool) -> None:
        self._names = [_json_text(name.encode("utf-8", "replace").decode()) for name in columns]
        self._lines = lines
        self._first = True
        self._blobs = 0
        self._large = 0
        self.texts = Texts()

    def begin(self) -> bytes:
        return b"" if self._lines else b"["

    def row(self, values: Row) -> bytes:
        fields = ", ".join(
            [f"{name}: {self._value(value)}" for name, value in zip(self._names, values, strict=True)]
        )
        before = "" if self._lines else "\n" if self._first else ",\n"
        self._first = False
        return f"{before}{{{fields}}}{chr(10) if self._lines else ''}".encode()

    def end(self) -> bytes:
        return b"" if self._lines else b"\n]\n"

    def notes(self) -> tuple[str, ...]:
        found = list(self.texts.notes())
        if self._blobs:
            found.append(f'BLOBs, written as {{"base64": "..."}}: {self._blobs:,}.')
        if self._large:
            found.append(
                f"Integers larger than 2^53: {self._large:,}. They are written exactly; "
                "a reader that takes numbers for doubles (JavaScript) rounds them."
            )
        return tuple(found)

    def _value(self, value: SqlValue) -> str:
        match value:
            case None:
                return "null"
            case str():
                return _json_text(self.texts.readable(value))
            case bytes():
                self._blobs += 1
                return f'{{"base64": "{base64.b64encode(value).decode("ascii")}"}}'
            case float():
                return repr(value) if math.isfinite(value) else f'{{"real": "{real(value)}"}}'
            case _:
                self._large += abs(value) > 1 << 53
                return str(value)


class Texts:
    """Makes texts valid UTF-8 and counts those that were not."""

    def __init__(self) -> None:
        self._repaired = 0

    def readable(self, text: str) -> str:
        """The text; bytes that are not UTF-8 (which stand as surrogates in it) become U+FFFD."""
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            self._repaired += 1
            return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return text

    def notes(self) -> tuple[str, ...]:
        if not self._repaired:
            return ()
        return (f"Texts that are not valid UTF-8: {self._repaired:,}. What cannot be read stands as U+FFFD.",)


def harmless(text: str) -> str:
    """A text as CSV holds it: with an apostrophe where a spreadsheet program would run it. Also for the clipboard."""
    return "'" + text if _FORMULA.match(text) else text


def real(value: float) -> str:
    """A real number with as many digits as it takes to read the same number again."""
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
