"""The difference of two times to a file: CSV, JSON or JSON lines, two lines for a row that changed.

Before every row stand what names it, what became of it, and which side the line is of. Written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row
from steward_app.services.audit.past.compare import Comparison, Kind
from steward_app.services.rows.cells import Cells
from steward_app.services.rows.export import Export, Exported, Format, format_of, refuse_target
from steward_app.services.rows.export_text import text_writer, write_text
from steward_app.services.rows.model import Preview
from steward_app.services.rows.personal import hidden_columns
from steward_app.storage.local import staged

LEADING = ("row", "became", "side")
_PAGE = 500


def export_comparison(
    session: ReadSession,
    found: Comparison,
    target: Path,
    context: Context,
    wish: Export | None = None,
    *,
    kind: Kind | None = None,
) -> Exported:
    """Write the rows that differ to a file: a job. Of `wish`, its columns, filter and order do not count.

    Args:
        session: that of the comparison, within its block.
        kind: only what became this.

    Raises:
        Refused: the file is there already and may not be replaced, or is a database.
        UsageError: an ending that is none of these.
        Failure: the disk is full, the folder is not there; nothing is left behind. Cancelled: the same.
    """
    wish = wish or Export()
    form = wish.format or format_of(target)
    if form is Format.PARQUET:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The difference of two times cannot be written as {quoted(target.name)}.",
            hint="End the name in .csv, .json or .jsonl.",
        )
    refuse_target(session, target, overwrite=wish.overwrite)
    looks = hidden_columns(found.earlier.table, session.path).intersection(found.columns)
    hidden = frozenset[str]() if wish.personal else looks
    places = [place for place, name in enumerate(found.columns) if name not in hidden]
    names = [found.columns[place] for place in places]
    writer = text_writer(form, [*_unlike(LEADING, names), *names], formula_safe=wish.formula_safe)
    with session.under(context), staged(target, private=bool(looks - hidden)) as file:
        rows = write_text(file, writer, _lines(found, kind, places, context))
        context.checkpoint()
        file.finish(overwrite=wish.overwrite)
    left_out = tuple(name for name in found.columns if name in hidden)
    return Exported(target, form, rows, target.stat().st_size, tuple(names), left_out, writer.notes())


def _lines(found: Comparison, kind: Kind | None, places: list[int], context: Context) -> Iterator[Row]:
    total = found.counts[kind] if kind is not None else sum(found.counts.values())
    done = number = 0
    while page := found.page(kind, after=number, limit=_PAGE):
        for each in page:
            number, done = each.number, done + 1
            sides = zip(("before", "after"), found.whole(number), strict=True)
            for side, values in sides:
                if values is not None:
                    yield (_label(each.key), each.kind.value, side, *(values[place] for place in places))
        context.checkpoint()
        context.report(done, total, unit="rows")


def _label(key: Cells) -> str | int | float | None:
    """What names a row: its key, the parts with a comma between them."""
    if len(key) == 1 and not isinstance(key[0], Preview):
        return key[0]
    return ", ".join(str(part.head) if isinstance(part, Preview) else str(part) for part in key)


def _unlike(leading: tuple[str, ...], names: list[str]) -> list[str]:
    """The leading columns, named so that no column of the table is called the same."""
    taken = {name.casefold() for name in names}
    return [f"{each} (steward)" if each in taken else each for each in leading]
