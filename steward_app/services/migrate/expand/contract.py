"""The migration that ends an expansion: the old column goes, once nothing depends on it any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from steward_app.db import Session
from steward_app.db.names import fold, qualified, quote
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.ahead import Ahead, ahead
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.edit.model import (
    DropColumn,
    DropObject,
    Edit,
    RenameColumn,
    SetDefault,
    SetNotNull,
    SetType,
)
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.expand import sql
from steward_app.services.migrate.expand.meant import meant
from steward_app.services.migrate.expand.model import PREFIX, Expansion, Standing, from_json, record_name
from steward_app.services.migrate.expand.users import pins, users
from steward_app.services.migrate.expand.whole import apart
from steward_app.services.migrate.files import NewMigration, written
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Table

_NOTHING = "Nothing was written."
_IN_ITS_PLACE = (
    " For that the old column takes the new name, at its place and with all that hangs on it, and the column beside it,"
    " which says the same, goes."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it is too early, by a stable code: lost, apart, unfilled, disagree, richer, used, young, undeclared."""

    code: str
    sentence: str


def standing(session: Session, table: str, column: str, context: Context | None = None) -> Standing:
    """How far the expansion of a column is, every row compared.

    Raises `UsageError` where it is not expanded, `Refused` where table or column have changed since.
    """
    context = context or Context()
    name = record_name(table, column)
    schema = read_schema(session)
    if schema.table(name) is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(table)}.{quoted(column)} of {quoted(session.path.name)} is not expanded.",
            hint=f"{_NOTHING} “steward migrate expand” writes the migrations that do it; apply them first.",
        )
    row = session.one(
        "SELECT definition, since, filled_to IS NOT NULL, old_writes, old_last, new_writes, new_last"
        f" FROM {qualified(name)}"
    )
    expansion = _read(row[0] if row else None, name)
    here = schema.table(expansion.table)
    missing = [each for each in (expansion.old, *expansion.into) if here is None or here.column(each) is None]
    if here is None or missing or row is None:
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(expansion.table)} has no column {quoted((missing or [expansion.old])[0])} any more.",
            hint=f"{_NOTHING} Take back the migration that changed it, or take back the expansion.",
        )
    with session.under(context):
        rows, disagreeing, richer = (
            int(str(each)) for each in session.one(sql.counts(expansion)) or (0, 0, 0)
        )
    there = {trigger.name for trigger in here.triggers}
    return Standing(
        expansion,
        since=str(row[1]),
        filled=bool(row[2]) or not rows,
        rows=rows,
        disagreeing=disagreeing,
        old_writes=int(str(row[3])),
        old_last=str(row[4]),
        new_writes=int(str(row[5])),
        new_last=str(row[6]),
        richer=richer,
        lost=tuple(each for each in expansion.triggers if each not in there),
        apart=apart(schema, lambda _: row[0]).get(name, ""),
    )


def expansions(session: Session) -> tuple[Expansion, ...]:
    """What is expanded in a file and not contracted yet, by table and column."""
    names = [table.name for table in read_schema(session).tables if fold(table.name).startswith(PREFIX)]
    found = [_read(session.value(f"SELECT definition FROM {qualified(each)}"), each) for each in names]
    return tuple(sorted(found, key=lambda each: (each.table, each.old)))


def is_expanded(session: Session) -> bool:
    """Whether a file has an expanded column at all, told by a look at names alone."""
    names = session.all("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    return any(fold(str(name)).startswith(PREFIX) for (name,) in names)


def reasons(found: Standing, quiet_days: int, gone: str, loses: int = 0) -> tuple[Reason, ...]:
    """Why a contract is too early; () when it is not.

    Args:
        quiet_days: for how long nobody may have written under the old name.
        gone: what the steward declares of the programs that knew the old column, or "".
        loses: how many values may go that only the old column holds.
    """
    return tuple(_reasons(found, quiet_days, gone.strip(), loses))


def contract(
    session: Session,
    found: Standing,
    folder: Path,
    *,
    quiet_days: int,
    gone: str,
    loses: int = 0,
    above: int = 0,
) -> NewMigration:
    """The text of the migration; see `files.save`. It looks for itself once more when it runs.

    It begins with the schema that what waits in the folder leaves, see `ahead`.

    Raises `Refused` with every reason while it is too early, and as `ahead`.
    """
    against = reasons(found, quiet_days, gone, loses)
    expansion = found.expansion
    if against:
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(expansion.table)}.{quoted(expansion.old)} cannot be contracted yet. "
            + " ".join(each.sentence for each in against),
            hint=_NOTHING
            if found.lost or found.apart
            else f"{_NOTHING} The columns are kept alike until then.",
        )
    names = " and ".join(map(quoted, expansion.into))
    with ahead(session, folder) as begin:
        _require_expanded(begin, expansion)
        statements, waits = contracting(begin.schema, expansion), begin.remarks
    return written(
        folder,
        f"Contract {expansion.table} {expansion.old} to {' '.join(expansion.into)}",
        [*sql.guards(expansion, quiet_days, found.richer), *meant(statements, loses=bool(found.richer))],
        remarks=[
            "",
            f"Takes {quoted(expansion.old)} of {quoted(expansion.table)} away; {names} from now on."
            + (_IN_ITS_PLACE if len(expansion.new) == 1 else ""),
            *([_takes_no_value(expansion)] if expansion.must and len(expansion.new) > 1 else []),
            *([f"With it {_goes(found)}. The steward says that this is meant."] if found.richer else []),
            f"Declared by the steward of the programs that knew it: {_sentence(gone)}",
            "The first statements fail, and nothing is changed, while a row holds columns that do not agree"
            + ("" if expansion.renames else f", or more than {plural(found.richer, 'value')} would go")
            + (
                f", or within {plural(quiet_days, 'day')} of a write under the old name."
                if quiet_days
                else "."
            ),
            "No file takes this back; the restore point made before it does.",
            *waits,
        ],
        above=above,
        moves=expansion.twins(ends=True),
    )


def _takes_no_value(expansion: Expansion) -> str:
    """What is so of a split, whose new columns may each be empty where the old one must not."""
    names = " and ".join(map(quoted, expansion.into))
    return (
        f"NOT NULL of {quoted(expansion.old)} goes with it: {names} may all be empty in a row from now on. Write a"
        " CHECK in a migration behind this one where that is not to be."
    )


def _sentence(said: str) -> str:
    said = said.strip()
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _require_expanded(begin: Ahead, expansion: Expansion) -> None:
    """Raise `Refused` where what waits ends the expansion, or takes away what it is about."""
    schema = read_schema(begin.schema)
    here = schema.table(expansion.table)
    there = here is not None and all(map(here.column, (expansion.old, *expansion.into)))
    if not there or schema.table(expansion.record) is None:
        last = begin.waiting[-1].path.name
        raise Refused(
            ErrorCode.BLOCKED,
            f"{quoted(expansion.table)}.{quoted(expansion.old)} is not expanded any more once {quoted(last)} has run,"
            " which waits to be applied.",
            hint=f"{_NOTHING} Apply what waits first, or take its file out of the folder.",
        )


def contracting(session: Session, expansion: Expansion) -> tuple[str, ...]:
    """The statements that leave the new columns alone, on a file that is expanded.

    Raises `Refused` where a view or trigger would not work any more.
    """
    schema = read_schema(session)
    here = schema.table(expansion.table)
    assert here is not None
    one = len(expansion.new) == 1
    pinned = pins(schema, here, expansion) if one else {}
    stands_in = users(schema, here, expansion, pinned) if one else []
    edits: list[Edit] = [DropObject("trigger", each) for each in expansion.triggers if _has(here, each)]
    edits += [DropObject("table", expansion.record)]
    edits += [DropObject("index", each) for each in expansion.indexes if _has_index(here, each)]
    edits += [drop for drop, _ in reversed(stands_in)]
    edits += [edit for view in pinned.values() if not view.stands_in for edit in view.edits]
    edits += _into_one(expansion) if one else [DropColumn(expansion.table, expansion.old)]
    edits += [make for _, make in stands_in]
    return write(session, edits, spared=is_spared).statements


def _into_one(expansion: Expansion) -> list[Edit]:
    """The old column takes over what the new one is, with its place, its constraints and all that names it."""
    table, old, new = expansion.table, expansion.old, expansion.new[0]
    edits: list[Edit] = []
    if not expansion.renames:
        edits.append(SetType(table, old, new.declared_type, using=quote(new.name)))
        if new.default != "NULL":
            edits.append(SetDefault(table, old, new.default))
    edits.append(DropColumn(table, new.name))
    if expansion.relaxed:
        edits.append(SetNotNull(table, old, on=True, conflict=expansion.conflict))
    return [*edits, RenameColumn(table, old, new.name)]


def _has(here: Table, trigger: str) -> bool:
    return any(fold(each.name) == fold(trigger) for each in here.triggers)


def _has_index(here: Table, index: str) -> bool:
    return any(fold(each.name) == fold(index) for each in here.indexes)


def _goes(found: Standing) -> str:
    """What goes with the old column: "2 values of “fee” go that “cents” does not lead back to"."""
    names, several = " and ".join(map(quoted, found.expansion.into)), len(found.expansion.into) > 1
    goes, do = "goes" if found.richer == 1 else "go", "do" if several else "does"
    values = f"{plural(found.richer, 'value')} of {quoted(found.expansion.old)}"
    return f"{values} {goes} that {names} {do} not lead back to"


def _reasons(found: Standing, quiet_days: int, gone: str, loses: int) -> Iterator[Reason]:
    old = quoted(found.expansion.old)
    if found.lost:
        yield Reason(
            "lost",
            f"{_triggers(len(found.lost))} gone, so nobody knows who writes: take the expansion back and begin anew.",
        )
    elif found.apart:
        yield Reason("apart", f"{found.apart}: take the expansion back and begin anew.")
    if not found.filled:
        yield Reason(
            "unfilled", "The rows that were there before are not filled yet: apply the file that fills them."
        )
    if found.disagreeing:
        yield Reason(
            "disagree",
            f"{found.disagreeing:,} of {plural(found.rows, 'row')} hold columns that do not agree.",
        )
    if found.richer > loses:
        yield Reason(
            "richer",
            f"{_goes(found)}: say that this is meant, --loses {found.richer}.",
        )
    early = clock.to_text(clock.now() - timedelta(days=quiet_days))
    days = plural(quiet_days, "day")
    if quiet_days and found.old_last > early:
        yield Reason(
            "used",
            f"{plural(found.old_writes, 'value was', 'values were')} written under {old}, the last one on"
            f" {clock.shown(found.old_last)}: {days} without one are wanted.",
        )
    elif quiet_days and found.since > early:
        yield Reason(
            "young",
            f"It is watched since {clock.shown(found.since)} only: {days} without a write under {old} are wanted.",
        )
    if not gone:
        yield Reason(
            "undeclared", f"Nobody has said that the programs that know {old} are gone: --gone SENTENCE."
        )


def _triggers(number: int) -> str:
    return (
        "A trigger that keeps the columns alike is"
        if number == 1
        else f"{number} triggers that keep the columns alike are"
    )


def _read(definition: object, name: str) -> Expansion:
    try:
        return from_json(str(definition))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(
            ErrorCode.BLOCKED,
            f"The table {quoted(name)} does not say what it is about.",
            hint=f"{_NOTHING} Bring the file back to a restore point.",
        ) from error
