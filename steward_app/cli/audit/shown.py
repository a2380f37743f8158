"""What several verbs of `steward audit` do alike: which columns look personal, and what is said of an earlier time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.audit.documents import KeptDocument, shown_time
from steward_app.cli.output import Printer
from steward_app.kernel import clock
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.rows import Preview, look_personal
from steward_app.services.rows.kinds import blob_kind

if TYPE_CHECKING:
    from steward_app.services.audit.past.as_of import AsOf
    from steward_app.services.rows import Cell


class Hidden:
    """Which columns are not shown; notes those that were met."""

    def __init__(self, personal: bool, database: Path) -> None:
        self._personal, self._database = personal, database
        self._known: dict[tuple[str, str], bool] = {}

    def __call__(self, table: str, column: str) -> bool:
        if self._personal:
            return False
        if (table, column) not in self._known:
            self._known[table, column] = bool(look_personal((column,), table, self._database))
        return self._known[table, column]

    @property
    def met(self) -> tuple[str, ...]:
        """Those that were left out, as "table.column"."""
        return tuple(sorted(f"{table}.{column}" for (table, column), hidden in self._known.items() if hidden))


def kept_document(then: AsOf) -> KeptDocument:
    """What can be told of a time."""
    kept, moment = then.kept, then.moment
    return KeptDocument(
        clock.to_text(moment.asked),
        moment.seq,
        None if moment.at is None else shown_time(moment.at),
        moment.under_way,
        kept.unknown,
        kept.added,
        kept.gone,
        kept.erased,
        kept.emptied,
        kept.unlogged,
        tuple(clock.to_text(from_milliseconds(gap.at_us // 1_000)) for gap in kept.gaps),
        kept.before_log,
    )


def say_kept(out: Printer, kept: KeptDocument) -> None:
    """The same for people."""
    for sentence in sentences(kept):
        out.line(sentence)


def kept_sentences(then: AsOf) -> tuple[str, ...]:
    """What whoever reads rows of then should know."""
    return tuple(sentences(kept_document(then)))


def sentences(kept: KeptDocument) -> Iterator[str]:
    """What can be told of a time, in sentences."""
    if kept.before_log:
        yield "Nothing was logged at that time yet: this is the table as it was when its audit began."
    if kept.under_way:
        yield "A transaction was under way at that time. Nothing of it is shown."
    for names, why in (
        (kept.unknown, "the log does not hold its values of then"),
        (kept.added, "it came later"),
        (kept.gone, "it is not there any more, and its values are not kept"),
    ):
        for name in names:
            yield f"Without {quoted(name)}: {why}."
    if kept.erased:
        yield f"{plural(kept.erased, 'row')} of then {'was' if kept.erased == 1 else 'were'} erased since."
    if kept.emptied:
        yield f"Values of {plural(kept.emptied, 'change')} were erased since. They stand as NULL."
    if kept.unlogged:
        yield (
            f"{plural(kept.unlogged, 'row')} changed since, not all of it logged: what they held then may be wrong."
        )
    for gap in dict.fromkeys(map(second, kept.gaps)):
        yield f"On {gap} it was noticed that changes had not been logged."


def second(text: str) -> str:
    """A moment for people, to the second: "2026-11-20 10:20:05 UTC"."""
    return f"{text[:19].replace('T', ' ')} UTC"


def say_hidden(out: Printer, hidden: tuple[str, ...]) -> None:
    """What was left out."""
    if hidden:
        out.line(f"Not shown, since they look personal: {', '.join(hidden)}. Show them with --personal.")


def one_line(cell: Cell, note: str = "") -> str:
    """A cell for people."""
    if note:
        return f"({note})"
    if isinstance(cell, Preview):
        if isinstance(cell.head, bytes):
            return f"{blob_kind(cell.head) or 'BLOB'}, {plural(cell.size_bytes, 'byte')}"
        return f"{cell.head}…"
    return "NULL" if cell is None else str(cell)
