"""Values read without reading too much: short ones whole, large ones as a preview with their size.

A page must stay small whatever is in it, so SQLite itself cuts long values; what is larger than `_LOAD_BYTES` is not
even loaded by it. A value that cannot come as it is comes as a BLOB that says so: `b1234:89504e47...`, the storage
class, the size in bytes, the beginning in hexadecimal. Real BLOBs come in that form too, so there is no confusion.
Before a text stand two letters that tell the encoding of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TypeAlias, TypeVar

from steward_app.db import Session
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.rows.model import Cell, CellValue, Preview, Storage
from steward_app.services.rows.order import Fragment

HEAD_BYTES = 64
HEAD_CHARACTERS = 256
PLAIN_BYTES = 1_024  # a text up to this size comes whole
_LOAD_BYTES = 65_536  # a value up to this size is read for its preview
_CODECS = {"UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}
_LETTERS = {b"xy": "utf-8", b"x\x00y\x00": "utf-16-le", b"\x00x\x00y": "utf-16-be"}

T = TypeVar("T")
Cells: TypeAlias = tuple[Cell, ...]


def cell_sql(column: str, *, raw: bool = False) -> str:
    """SQL for one cell of a page; `raw` when a text of the page is not valid UTF-8."""
    text = _head("t", column, HEAD_CHARACTERS)
    if not raw:
        text = f"iif(octet_length({column}) <= {PLAIN_BYTES}, {column}, {text})"
    blob = _head("b", column, HEAD_BYTES)
    return f"CASE typeof({column}) WHEN 'text' THEN {text} WHEN 'blob' THEN {blob} ELSE {column} END"


def decode_cell(value: SqlValue) -> Cell:
    """A cell from what `cell_sql` gave."""
    if not isinstance(value, bytes):
        return value
    storage, size, head, codec = _unpacked(value)
    if storage is Storage.BLOB:
        return Preview(storage, size, head)
    text = head.decode(codec, "replace")
    damaged = "\ufffd" in text and text.encode(codec) != head
    return text if size == len(head) and not damaged else Preview(storage, size, text, damaged)


def value_sql(column: str, *, raw: bool = False) -> str:
    """SQL for a whole value, for keys and orders."""
    if not raw:
        return column
    return (
        f"CASE typeof({column}) WHEN 'text' THEN {_packed('t', column, column)} "
        f"WHEN 'blob' THEN {_packed('b', column, column)} ELSE {column} END"
    )


def decode_value(value: SqlValue, *, raw: bool) -> SqlValue:
    """A value from what `value_sql` gave; bytes of a text that are not UTF-8 stand as surrogates in it."""
    if not raw or not isinstance(value, bytes):
        return value
    storage, _, content, codec = _unpacked(value)
    if storage is Storage.BLOB:
        return content
    return content.decode(codec, "surrogateescape" if codec == "utf-8" else "replace")


def tolerant(read: Callable[[bool], T]) -> T:
    """What `read` gives, called again with True when some text in it is not valid UTF-8."""
    try:
        return read(False)
    except UnicodeDecodeError:  # not chained: the error holds the value
        pass
    return read(True)


def read_values(session: Session, expressions: Sequence[str], rest: Fragment) -> Row | None:
    """The first row of `SELECT expressions rest`, whole values."""
    return next(stream_values(session, expressions, rest), None)


def stream_values(session: Session, expressions: Sequence[str], rest: Fragment) -> Generator[Row]:
    """The rows of `SELECT expressions rest`, whole values; read again from the start where text is not UTF-8."""
    read = 0
    for raw in (False, True):
        chosen = ", ".join(value_sql(expression, raw=raw) for expression in expressions)
        rows = session.execute(f"SELECT {chosen} {rest.sql}", rest.bindings)
        try:
            for number, row in enumerate(rows):
                if number >= read:
                    read += 1
                    yield tuple(decode_value(value, raw=raw) for value in row) if raw else row
            return
        except UnicodeDecodeError:
            if raw:
                raise
        finally:
            rows.close()


def with_heads(session: Session, table: str, columns: Sequence[str], rowid: int, row: Cells) -> Cells:
    """The cells of a stored row, with the beginnings of those that were too large for SQLite to load."""
    if not any(_lacks_head(cell) for cell in row):
        return row
    return tuple(
        _with_head(session, table, column, rowid, cell)
        if isinstance(cell, Preview) and _lacks_head(cell)
        else cell
        for column, cell in zip(columns, row, strict=True)
    )


def _lacks_head(cell: Cell) -> bool:
    return isinstance(cell, Preview) and not cell.head and cell.size_bytes > _LOAD_BYTES


def _with_head(session: Session, table: str, column: str, rowid: int, cell: Preview) -> Preview:
    is_blob = cell.storage is Storage.BLOB
    found = session.read_bytes(table, column, rowid, HEAD_BYTES if is_blob else 4 * HEAD_CHARACTERS)
    if found is None:
        return cell
    if is_blob:
        return replace(cell, head=found)
    return replace(cell, head=found.decode(codec_of(session), "replace")[:HEAD_CHARACTERS])


def codec_of(session: Session) -> str:
    """Python's name for the encoding of the texts in the file."""
    return _CODECS.get(str(session.value("PRAGMA main.encoding")), "utf-8")


def read_whole(
    session: Session, column: str, expression: str, rest: Fragment, limit: int
) -> CellValue | None:
    """One whole value, if it is not larger than `limit` bytes; None when there is no such row."""
    facts = session.one(
        f"SELECT typeof({expression}), CASE WHEN typeof({expression}) IN ('text', 'blob') "
        f"THEN octet_length({expression}) ELSE 0 END {rest.sql}",
        rest.bindings,
    )
    if facts is None:
        return None
    storage, size = Storage(str(facts[0])), int(str(facts[1]))
    if size > limit:
        return CellValue(column, storage, None, size, complete=False)
    row = read_values(session, [expression], rest)
    value = row[0] if row else None
    damaged = isinstance(value, str) and not _is_encodable(value)
    if damaged and isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return CellValue(column, storage, value, size, damaged=damaged)


def _head(letter: str, column: str, length: int) -> str:
    short = f"iif(octet_length({column}) <= {_LOAD_BYTES}, substr({column}, 1, {length}), '')"
    return _packed(letter, column, short)


def _packed(letter: str, column: str, content: str) -> str:
    letters = "hex('xy') || " if letter == "t" else ""
    return f"CAST('{letter}' || octet_length({column}) || ':' || {letters}hex({content}) AS BLOB)"


def _unpacked(value: bytes) -> tuple[Storage, int, bytes, str]:
    """Storage class, size, content and codec. In a file of UTF-16 even this text of digits comes in UTF-16."""
    size, _, packed = value.replace(b"\x00", b"").partition(b":")
    content = bytes.fromhex(packed.decode("ascii"))
    if size.startswith(b"b"):
        return Storage.BLOB, int(size[1:]), content, ""
    letters = next(letters for letters in _LETTERS if content.startswith(letters))
    return Storage.TEXT, int(size[1:]), content[len(letters) :], _LETTERS[letters]


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
