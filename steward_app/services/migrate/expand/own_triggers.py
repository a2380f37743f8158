"""The triggers that programs have on a table, beside those that keep its columns alike: who fires when.

SQLite fires the trigger first that was made last. What keeps the columns alike changes the row once more; were it made
last, a trigger of a program would see that change before the one that brought it about: a full-text index would take
the row's texts out and in again in the wrong order, and a log stand in the wrong order. So it is made behind none of
them: the triggers of the table that fire after a row is written go, and come again from their own text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steward_app.db.names import fold, qualified
from steward_app.db.tokens import significant, tokenize
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.schema.model import Table, Trigger

_ROWIDS: Final = ("rowid", "oid", "_rowid_")


def firing_after(here: Table) -> tuple[Trigger, ...]:
    """Those that fire after a row is added or changed, in the order in which they were made."""
    return tuple(
        each for each in _of_programs(here) if each.timing == "AFTER" and each.event in ("INSERT", "UPDATE")
    )


def dropped(triggers: tuple[Trigger, ...]) -> Iterator[str]:
    """The statements that take triggers away."""
    return (f"DROP TRIGGER {qualified(each.name)}" for each in triggers)


def require_right(here: Table) -> None:
    """Raise `Refused` where a trigger would keep those behind it from running, or from finding the row."""
    keys = {fold(each) for each in (*here.key_columns, *_ROWIDS)}
    for trigger in firing_after(here):
        if _stops(trigger):
            raise _refused(
                f"The trigger {quoted(trigger.name)} says RAISE(IGNORE) after a row was written, which keeps the"
                " triggers behind it from running, too.",
                "Say when it runs in its WHEN, and leave RAISE(IGNORE) out.",
            )
        if any(fold(table) == fold(here.name) and fold(column) in keys for table, column in trigger.writes):
            raise _refused(
                f"The trigger {quoted(trigger.name)} changes the key of rows that were just written, by which the"
                " columns are kept alike.",
                "Drop the trigger first, or change the column while nobody works.",
            )


def told(here: Table, old: str) -> list[str]:
    """What triggers see otherwise than where the old column alone is written; sentences without a full stop."""
    place = (fold(here.name), fold(old))
    found = []
    for trigger in _of_programs(here):
        shown = quoted(trigger.name)
        if trigger.event == "INSERT" and _touches(trigger.reads, place):
            found.append(
                f"Trigger {shown} sees a new row from a program that names the new column alone without its"
                f" {quoted(old)}, which is written next, as an UPDATE"
            )
        if trigger.event != "DELETE" and _touches(trigger.writes, place):
            found.append(
                f"Trigger {shown} writes {quoted(old)} itself: that counts as written under the old name,"
                " and takes the place of what a new program writes in the same statement: drop it or let it write"
                " the new column before new programs start, or what they write is lost"
            )
    return found


def _of_programs(here: Table) -> Iterator[Trigger]:
    return (each for each in here.triggers if not each.temporary and not is_ours(each.name))


def _stops(trigger: Trigger) -> bool:
    words = [token.word or token.text for token in significant(tokenize(trigger.sql))]
    return any(words[at : at + 3] == ["RAISE", "(", "IGNORE"] for at in range(len(words)))


def _touches(pairs: tuple[tuple[str, str], ...], place: tuple[str, str]) -> bool:
    return any((fold(table), fold(column)) == place for table, column in pairs)


def _refused(message: str, hint: str) -> Refused:
    return Refused(ErrorCode.BLOCKED, message, hint=f"Nothing was written. {hint}")
