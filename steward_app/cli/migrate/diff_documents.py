"""What `steward migrate diff --json` prints."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from steward_app.cli.schema_documents import ChangeItem
from steward_app.services.migrate.desired.model import Asks, Desired, Question
from steward_app.services.migrate.files import NewMigration
from steward_app.services.schema.diff import Change


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """What must be decided first.

    Attributes:
        id: "rename", "fill", "gone", "lost", "computed", "unique" or "primary_key", with the place.
        column: "" for a table, and for an index.
        index: the UNIQUE index that goes, or "".
        key: the columns of the UNIQUE or PRIMARY KEY of a table that goes, or [].
        candidates: what it may be called from now on, the most alike first.
        rows: how many rows have no value, or hold what goes; null where that is not known before what waits has run.
        answers: options that answer it.
    """

    id: str
    asks: str
    table: str
    column: str
    index: str
    key: tuple[str, ...]
    candidates: tuple[str, ...]
    rows: int | None
    sentence: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenameItem:
    """What goes on under another name. `table` is "" where it is a table."""

    table: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MigrationDiff:
    """What leads from the schema of a file to another one.

    Attributes:
        desired: the file with the schema that is wanted.
        identical: whether the file has it already.
        losses: what the rows do not keep, a sentence each.
        rebuilt: tables that are written anew, row by row.
        questions: what must be decided first; nothing is written then.
        written_otherwise: objects whose text is another one than the desired, and says the same.
        statements: the SQL, in order.
        undo_statements: what takes it back, or null where something is lost.
        file: the migration that was written, or "".
        undo_file: the one that takes it back, or "".
        waiting: files that wait to be applied, and with whose schema it begins.
        items: what changes besides the renames.
    """

    database: str
    desired: str
    identical: bool
    renames: tuple[RenameItem, ...]
    losses: tuple[str, ...]
    rebuilt: tuple[str, ...]
    questions: tuple[QuestionItem, ...]
    written_otherwise: tuple[str, ...]
    statements: tuple[str, ...]
    undo_statements: tuple[str, ...] | None
    file: str
    undo_file: str
    waiting: tuple[str, ...]
    items: tuple[ChangeItem, ...]


def document(
    database: Path, desired: Path, found: Desired, new: NewMigration | None, waiting: tuple[str, ...]
) -> MigrationDiff:
    """A diff as it is printed."""
    return MigrationDiff(
        database=str(database),
        desired=str(desired),
        identical=found.nothing,
        renames=tuple(RenameItem(each.table, each.before, each.after) for each in found.renames),
        losses=found.losses,
        rebuilt=found.rebuilt,
        questions=tuple(map(question_item, found.questions)),
        written_otherwise=found.written_otherwise,
        statements=found.statements,
        undo_statements=found.undo,
        file=str(new.path) if new else "",
        undo_file=str(new.undo_path) if new and new.undo_path else "",
        waiting=waiting,
        items=_items(found.changes),
    )


def answers(question: Question) -> tuple[str, ...]:
    """The options that answer a question."""
    if question.asks is Asks.FILL:
        return (f"--fill {shlex.quote(f'{question.about}=EXPRESSION')}",)
    renames = (f"--rename {shlex.quote(f'{question.about}={name}')}" for name in question.candidates[:3])
    return (*renames, f"--gone {shlex.quote(question.about)}")


def question_item(question: Question) -> QuestionItem:
    """A question as it is printed."""
    return QuestionItem(
        id=f"{question.asks.value} {question.about}",
        asks=question.asks.value,
        table=question.place.table,
        column=question.place.column,
        index=question.index,
        key=question.key.columns if question.key else (),
        candidates=question.candidates,
        rows=question.rows,
        sentence=question.sentence,
        answers=answers(question),
    )


def _items(changes: tuple[Change, ...]) -> tuple[ChangeItem, ...]:
    seen: Counter[str] = Counter()
    items = []
    for change in changes:
        seen[change.id] += 1  # two checks without a name have nothing to tell them apart
        name = change.id if seen[change.id] == 1 else f"{change.id}_{seen[change.id]}"
        items.append(ChangeItem(name, change.kind, change.subject, change.differences, change.sentence))
    return tuple(items)
