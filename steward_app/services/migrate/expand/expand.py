"""The migrations that expand a column: the new ones beside it with their triggers, then the old rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from steward_app.db import ReadSession, Session
from steward_app.db.names import fold, qualified, quote
from steward_app.db.runner import unenforced
from steward_app.db.skeleton import skeleton
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.ahead import Ahead, ahead
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.desired.letters import remarks_of_way_back
from steward_app.services.migrate.edit.model import AddColumn, DropColumn, DropObject, Edit, SetNotNull
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.expand import own_triggers, sql
from steward_app.services.migrate.expand.contract import contracting
from steward_app.services.migrate.expand.describe import describe
from steward_app.services.migrate.expand.meant import keeping_links, meant
from steward_app.services.migrate.expand.model import Expansion, Wanted
from steward_app.services.migrate.expand.seen import seen
from steward_app.services.migrate.files import NewMigration, file_name, written
from steward_app.services.migrate.going_on import GOES_ON
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Index, Schema, Table

_ROWS_A_BATCH = 5_000
_MOST_BATCHES = 200
_NOT_COUNTED = (
    "How many rows there are is not known before what waits has run: the batches are the most there can be, and the"
    " last statement fills what they leave.",
)


@dataclass(frozen=True, slots=True)
class Expanding:
    """The migrations that are to be written.

    Attributes:
        expand: makes the new columns and keeps them alike from then on.
        fill: fills the rows there were, each batch kept by itself.
        batches: in how many steps.
        along: what becomes other with the table, as views that say SELECT *; a sentence each, without a full stop.
        blocked: promises of the policy that the new columns break, so that the first does not run.
    """

    expansion: Expansion
    expand: NewMigration
    fill: NewMigration
    batches: int
    along: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


def expand(
    session: ReadSession,
    table: str,
    column: str,
    into: Sequence[Wanted],
    folder: Path,
    *,
    back: str = "",
    above: int = 0,
    batch_rows: int = _ROWS_A_BATCH,
) -> Expanding:
    """The texts of the migrations; see `files.save`. The way to its end is tried on an empty copy of the schema.

    They begin with the schema that what waits in the folder leaves, see `ahead`.

    Args:
        session: the file; its schema is read, and its rows are counted.
        into, back: see `describe`.
        above: the highest version in the history of the database.
        batch_rows: rows that are filled in one transaction at the least.

    Raises:
        UsageError: a name or expression that does not fit.
        Refused: a column that cannot be kept alike, or not be contracted later; or as `ahead`.
    """

    def made(begin: Ahead) -> Expanding:
        return _made(begin, session, table, column, into, folder, back, above, batch_rows)

    name = file_name(_title(table, column, [each.name for each in into]))
    with ahead(session, folder, taken_up=name) as begin:
        found = made(begin)
    if begin.taken_up is None or found.expand.path == begin.taken_up.path:
        return found
    with ahead(session, folder) as begin:  # it is called so, and is another one
        return made(begin)


def _title(table: str, column: str, into: Sequence[str]) -> str:
    return f"Expand {table} {column} to {' '.join(into)}"


def _made(
    begin: Ahead,
    file: ReadSession,
    table: str,
    column: str,
    into: Sequence[Wanted],
    folder: Path,
    back: str,
    above: int,
    batch_rows: int,
) -> Expanding:
    session = begin.schema
    expansion = describe(session, table, column, into, back)
    schema = read_schema(session)
    here = schema.table(expansion.table)
    assert here is not None
    indexes = dict(_twins(here, expansion))
    expansion = replace(expansion, indexes=tuple(indexes))
    theirs = own_triggers.firing_after(here)
    statements = [
        *write(session, _edits(expansion), spared=is_spared).statements,
        *sql.record(expansion),
        *indexes.values(),
        *own_triggers.dropped(theirs),
        *sql.triggers(expansion),
        *(each.sql for each in theirs),
        *sql.filling(expansion),
    ]
    undo = _tried(session, expansion, statements)
    names = " and ".join(map(quoted, expansion.into))
    place = f"{quoted(expansion.table)}.{quoted(expansion.old)}"
    make = partial(
        written,
        folder,
        _title(expansion.table, expansion.old, expansion.into),
        statements,
        undo=undo,
        above=above,
        moves=expansion.twins(),
        goes_on=True,
        undo_remarks=remarks_of_way_back(session, statements, undo),
    )
    told = _told(expansion, place, names, made_again=bool(theirs))
    along = seen(file, schema, make(remarks=[*told, *begin.remarks]), begin.waiting, Context())
    along = replace(along, sentences=(*along.sentences, *own_triggers.told(here, expansion.old)))
    first = make(remarks=[*told, *along.remarks, *begin.remarks], said=along.said)
    rows = Held.after(file, begin.waiting, Context()).count(expansion.table)
    size = max(batch_rows, -(-(rows or 0) // _MOST_BATCHES))
    batches = _MOST_BATCHES if rows is None else -(-rows // size)
    said = keeping_links if _links(schema, here, expansion.old) else iter
    filling = [*(sql.batch(expansion, size) for _ in range(batches)), sql.the_rest(expansion)]
    fill = written(
        folder,
        f"Fill {expansion.table} {' '.join(expansion.into)}",
        list(said(filling)),
        remarks=[
            "",
            f"Fills {names} in the rows that were there before, from {place}: {size:,} rows at a time, each batch kept"
            " by itself, so that other programs can write in between."
            if batches
            else f"There were no rows when this was made. Fills {names} from {place} in those that came meanwhile.",
            *(_NOT_COUNTED if rows is None else ()),
            GOES_ON,
        ],
        undo=list(said([f"UPDATE {qualified(expansion.record)} SET filled_to = NULL WHERE id = 1"])),
        above=max(above, first.version),
        in_transaction=False,
    )
    return Expanding(expansion, first, fill, batches, along.sentences, along.blocked)


def _links(schema: Schema, here: Table, column: str) -> bool:
    """Whether a column takes part in a foreign key, of its own table or of one that points to it."""
    own = (each for key in here.foreign_keys for each in key.columns)
    pointed_at = (
        each
        for table in schema.tables
        for key in table.foreign_keys
        if fold(key.parent_table) == fold(here.name)
        for each in key.parent_columns
    )
    return fold(column) in map(fold, (*own, *pointed_at))


def _edits(expansion: Expansion) -> list[Edit]:
    edits: list[Edit] = [SetNotNull(expansion.table, expansion.old, on=False)] if expansion.relaxed else []
    for each in expansion.new:
        default = "" if each.default == "NULL" else f" DEFAULT {each.default}"
        edits.append(AddColumn(expansion.table, f"{quote(each.name)} {each.declared_type}{default}"))
    return edits


def _twins(here: Table, expansion: Expansion) -> Iterator[tuple[str, str]]:
    """Indexes of the new column that do what those of the old one do, where the column only gets another name.

    Programs that look for it by the new name go by them, and a UNIQUE holds under both names in every statement.
    """
    for number, index in enumerate(here.indexes if expansion.renames else (), 1):
        if _is_about(index, expansion.old):
            name = f"{expansion.record}_index_{number}"
            unique = "UNIQUE " if index.unique else ""
            parts = ", ".join(
                _part(part.name, part.collation, expansion, part.descending) for part in index.columns
            )
            yield name, f"CREATE {unique}INDEX {qualified(name)} ON {quote(here.name)} ({parts})"


def _is_about(index: Index, column: str) -> bool:
    names = [fold(part.name) for part in index.columns]
    return fold(column) in names and all(names) and not index.where


def _part(said: str, collation: str, expansion: Expansion, descending: bool) -> str:
    into = expansion.into[0] if fold(said) == fold(expansion.old) else said
    return f"{quote(into)} COLLATE {quote(collation)}{' DESC' if descending else ''}"


def _tried(session: Session, expansion: Expansion, statements: Sequence[str]) -> tuple[str, ...]:
    """Run it on an empty copy, and what contracts it; the statements that take it back."""
    with closing(skeleton(session)) as empty:
        with unenforced(empty):
            for statement in statements:
                empty.run(statement)
        try:
            contracting(empty, expansion)
        except StewardError as error:
            old = visible(quote(expansion.old))
            raise Refused(
                ErrorCode.BLOCKED,
                f"{quoted(expansion.table)}.{quoted(expansion.old)} could not be contracted later: {error.message}",
                hint="Nothing was written. Mend or drop what does not compile, or names the column in its own way."
                " A view of * through which rows are written has to name its columns."
                f" A query inside a view that the view takes the column from has to name it: {old} AS {old}.",
            ) from error
        edits: list[Edit] = [DropObject("trigger", each, if_there=True) for each in expansion.triggers]
        edits += [DropObject("table", expansion.record)]
        edits += [DropObject("index", each, if_there=True) for each in expansion.indexes]
        edits += [DropColumn(expansion.table, each) for each in expansion.into]
        if expansion.relaxed:
            edits += [SetNotNull(expansion.table, expansion.old, on=True, conflict=expansion.conflict)]
        return tuple(meant(write(empty, edits, spared=is_spared).statements))


def _told(expansion: Expansion, place: str, names: str, *, made_again: bool) -> list[str]:
    told = [
        "",
        f"Puts {names} beside {place} and keeps them alike by triggers, whichever a program writes.",
        "Programs that know the old column alone go on as before. Two things they see:",
        "* SELECT * gives more columns, and INSERT without a list of columns fails, since there are more of them.",
        "* A program's own triggers on the table run once more for each row that is written, for what follows.",
    ]
    if expansion.relaxed:
        told.append(
            "NOT NULL of the old column is lifted for programs that name the new one; a trigger sees to it."
        )
    if made_again:
        told.append(
            "Triggers of programs that fire after a row is written are made again from their own text: SQLite fires the"
            " one made last first, and so they see each write in its order."
        )
    return [*told, "The next file fills the rows that are there. “steward migrate contract” ends it."]
