"""Changes of several tables in the order in which they were made, each for what the earlier ones leave.

One migration makes them all. The file itself stays as it is until that is applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from steward_app.db import Session, WriteSession, schema_hash
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.ahead import Ahead, ahead
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.draft.sentences import sentence_of
from steward_app.services.migrate.edit.model import Edit, Settle, TableEdit, Written
from steward_app.services.migrate.edit.together import require_goes_together
from steward_app.services.migrate.edit.write import Writer, writing
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_NOTHING = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class ChangeList:
    """Changes that are to be made together.

    Attributes:
        schema_hash: of the schema that the first of them was made for.
        parts: the edits, those together that were made at a time.
        folder: of the migrations: what waits there comes before them; None where nothing does.
    """

    schema_hash: str
    parts: tuple[tuple[Edit, ...], ...] = ()
    folder: Path | None = None

    @property
    def shown(self) -> tuple[Edit, ...]:
        """The edits one by one, as a steward reads them."""
        return tuple(chain.from_iterable(self.parts))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits as they are written: an expression sees the rows as the parts before leave them."""
        found: list[Edit] = []
        for part in self.parts:
            if found and _same_table(found[-1], part[0]):
                found.append(Settle())
            found += part
        return tuple(found)

    def more(self, edits: Sequence[Edit]) -> ChangeList:
        """The same with one more part."""
        return replace(self, parts=(*self.parts, tuple(edits))) if edits else self

    def cut(self, number: int) -> ChangeList:
        """The first edits alone."""
        return self._kept(range(number))

    def without(self, number: int) -> ChangeList:
        """All but one of the edits, by its number from 0."""
        return self._kept(set(range(len(self.shown))) - {number})

    def _kept(self, numbers: range | set[int]) -> ChangeList:
        counted = iter(range(len(self.shown)))
        kept = (tuple(edit for edit in part if next(counted) in numbers) for part in self.parts)
        return replace(self, parts=tuple(part for part in kept if part))


def begun(session: Session, folder: Path | None = None, context: Context | None = None) -> ChangeList:
    """No changes yet, of the schema as it is; with `folder`, as what waits there leaves it. Raises as `ahead`."""
    if folder is None:
        return ChangeList(schema_hash(session))
    with ahead(session, folder, context) as begin:
        return ChangeList(schema_hash(begin.schema), folder=folder)


@contextmanager
def beginning(session: Session, changes: ChangeList) -> Iterator[Ahead]:
    """What the first of the changes begins with.

    Raises `Refused` (STALE_PLAN) where that is another schema meanwhile, and as `ahead`.
    """
    with ahead(session, changes.folder) if changes.folder else nullcontext(Ahead(session, session)) as begin:
        if schema_hash(begin.schema) != changes.schema_hash:
            raise Refused(
                ErrorCode.STALE_PLAN,
                "The schema was changed by another program meanwhile, or another migration waits.",
                hint="Nothing was written. Close this and begin again from what it is now.",
            )
        yield begin


@contextmanager
def standing(session: Session, changes: ChangeList) -> Iterator[Writer]:
    """A writer that has made the changes; its `empty` is the schema as they leave it, without rows.

    Raises `Refused` (STALE_PLAN) where the schema is another one meanwhile, and as `edit.write`.
    """
    with (
        beginning(session, changes) as begin,
        writing(begin.schema, spared=is_spared) as writer,
    ):
        writer.make(changes.edits)
        yield writer


@contextmanager
def left_by(session: Session, changes: ChangeList) -> Iterator[Session]:
    """The schema as changes leave it, without rows; what they begin with where there are none. Raises as `standing`."""
    if not changes.parts:
        with beginning(session, changes) as begin:
            yield begin.schema
        return
    with standing(session, changes) as writer:
        empty: WriteSession = writer.empty
        yield empty


def require_same_schema(session: Session, changes: ChangeList) -> None:
    """Raise `Refused` (STALE_PLAN) where the schema is not the one that the first change was made for."""
    with beginning(session, changes):
        pass


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of changes on an empty copy of the schema.

    Attributes:
        before, after: the schema; both the same where the changes cannot be made together.
        why_not: why they cannot be, or "".
    """

    before: Schema
    after: Schema
    written: Written
    why_not: str = ""


def tried(session: Session, changes: ChangeList, context: Context | None = None) -> Tried:
    """Make the changes on an empty copy. No row is read. Raises as `require_same_schema`."""
    with beginning(session, changes) as begin:
        before = read_schema(begin.schema, context)
    try:
        require_goes_together(changes.edits)
        with standing(session, changes) as writer:
            writer.require_read()
            writer.require_working(before)
            return Tried(before, read_schema(writer.empty, context), writer.written)
    except StewardError as error:
        return Tried(before, before, Written(()), said(error))


def take_away(
    session: Session, changes: ChangeList, number: int, context: Context | None = None
) -> ChangeList:
    """The changes without one of them, by its number from 0.

    Raises `Refused` where a later one needs it, and says which.
    """
    context = context or Context()
    left = changes.without(number)
    why = tried(session, left, context).why_not
    if not why:
        return left

    def fails(some: ChangeList) -> bool:
        return bool(tried(session, some, context).why_not)

    for end in range(number + 2, len(changes.shown) + 1):
        context.checkpoint()
        if fails(changes.cut(end).without(number)) and not fails(changes.cut(end)):
            needs = sentence_of(changes.shown[end - 1])
            raise _needed(
                f"Change {end} of the list needs change {number + 1}: {needs}.", " Take that away first."
            )
    raise _needed(f"What comes later in the list needs change {number + 1}: {why}")


def _needed(why: str, hint: str = "") -> Refused:
    return Refused(ErrorCode.NOT_ALLOWED, why, hint=f"{_NOTHING}{hint}")


def said(error: StewardError) -> str:
    """What an error says in the middle of a list of changes, where nothing could have been changed yet."""
    hint = (error.hint or "").removeprefix(_NOTHING).strip()
    return f"{error.message} {hint}".rstrip()


def _same_table(one: Edit, other: Edit) -> bool:
    tables = [fold(each.table) for each in (one, other) if isinstance(each, TableEdit)]
    return len(tables) == 2 and tables[0] == tables[1]
