"""What the steward said of a migration, where lint would ask again: a remark above the statement.

A column that is said to be gone, or whose values are said to be converted, is allowed to lose them in the file; what
nobody was asked about is not, so that lint tells it. The same holds for what was said in the schema editor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.db import ReadSession
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import Script, read_script
from steward_app.db.names import fold
from steward_app.kernel.finding import Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.desired.model import Answers, Place
from steward_app.services.migrate.edit.model import (
    DropColumn,
    DropConstraint,
    DropObject,
    Edit,
    ReplaceObject,
    RewriteTable,
    SetCollation,
    SetGenerated,
    SetPrimaryKey,
    SetType,
)
from steward_app.services.migrate.run.placeholders import fill

if TYPE_CHECKING:
    from steward_app.services.migrate.lint.model import Problem

_LOST = frozenset({"table_dropped", "column_dropped", "column_not_copied"})
_CONVERTED = frozenset({"values_converted", "values_overwritten", "column_not_copied", "copied_otherwise"})
_RULE_GONE = frozenset({"unique_dropped"})
_TRIGGER_GONE = frozenset({"trigger_dropped"})


@dataclass(frozen=True, slots=True)
class Said:
    """That a table or column may lose something.

    Attributes:
        codes: what lint calls that.
        words: how it was said.
        name: the index or trigger that it is about, or "": of what is said of one, the table does not count.
    """

    place: Place
    codes: frozenset[str]
    words: str
    name: str = ""


def said_by(answers: Answers) -> tuple[Said, ...]:
    """What the answers to the questions of a diff say."""
    gone = (Said(place, _LOST, f"--gone {place.said}") for place in answers.gone)
    rules = (Said(Place(""), _RULE_GONE, f"--gone {index}", index) for index in answers.indexes)
    keys = (Said(Place(key.table), _RULE_GONE, f"--gone {key.said}") for key in answers.keys)
    using = (Said(place, _CONVERTED, f"--using {place.said}") for place, _ in answers.values)
    return (*gone, *rules, *keys, *using)


def said_of(edits: Iterable[Edit]) -> tuple[Said, ...]:
    """What edits say that were chosen one by one."""
    return tuple(each for edit in edits for each in _of_edit(edit))


def _of_edit(edit: Edit) -> Iterator[Said]:
    match edit:
        case DropColumn(table=table, column=column):
            yield Said(Place(table, column), _LOST, f"{quoted(column)} of {quoted(table)} goes")
        case DropObject(kind="table", name=name):
            yield Said(Place(name), _LOST, f"{quoted(name)} goes")
        case DropObject(kind="index", name=name):
            yield Said(Place(""), _RULE_GONE, f"the index {quoted(name)} goes", name)
        case ReplaceObject(kind="index", name=name):
            yield Said(Place(""), _RULE_GONE, f"the index {quoted(name)} is another one", name)
        case DropObject(kind="trigger", name=name):
            yield Said(Place(""), _TRIGGER_GONE, f"the trigger {quoted(name)} goes", name)
        case ReplaceObject(kind="trigger", name=name):
            yield Said(Place(""), _TRIGGER_GONE, f"the trigger {quoted(name)} is another one", name)
        case DropConstraint(table=table):
            yield Said(Place(table), _RULE_GONE, f"a rule of {quoted(table)} goes")
        case SetPrimaryKey(table=table):
            yield Said(Place(table), _RULE_GONE, f"{quoted(table)} gets another primary key")
        case SetCollation(table=table, column=column):
            words = f"{quoted(column)} of {quoted(table)} is compared otherwise"
            yield Said(Place(table), _RULE_GONE, words)
        case SetGenerated(table=table, column=column, expression=expression) if expression:
            yield Said(Place(table, column), _LOST, f"{quoted(column)} of {quoted(table)} is computed")
        case SetType(table=table, column=column, using=using) if using:
            yield Said(
                Place(table, column), _CONVERTED, f"{quoted(column)} of {quoted(table)} becomes {using}"
            )
        case RewriteTable(table=table, values=values):
            yield Said(Place(table), _RULE_GONE, f"{quoted(table)} is written as it stands here")
            for column, using in values:
                yield Said(
                    Place(table, column), _CONVERTED, f"{quoted(column)} of {quoted(table)} becomes {using}"
                )


def meant(
    session: ReadSession,
    migration: Migration,
    said: Sequence[Said],
    context: Context,
    waiting: Sequence[Migration] = (),
) -> Mapping[int, str]:
    """By the number of a statement, from 0, the remark that says what it may lose, and why.

    Args:
        session: the file that the migration is for; only read.
        migration: as it would be without the remarks.
        waiting: what runs before it.
    """
    if not said:
        return {}
    script = read_script(migration, fill(migration, {}))
    allowed: dict[int, dict[str, str]] = {}
    for number, problem in told_by_lint(session, migration, context, waiting):
        code, subject = problem.finding.code, problem.finding.subject
        known = {_folded(place) for place in _places(script, number, subject)}
        for each in said:
            same = fold(each.name) == fold(subject.name) if each.name else _folded(each.place) in known
            if code in each.codes and same:
                allowed.setdefault(number, {})[code] = each.words
    return {number: remark(codes) for number, codes in allowed.items()}


def told_by_lint(
    session: ReadSession, migration: Migration, context: Context, waiting: Sequence[Migration] = ()
) -> Iterator[tuple[int, Problem]]:
    """What lint says of a migration, each with the number of the statement, from 0; see `meant`."""
    from steward_app.services.migrate.lint.lint import lint

    script = read_script(migration, fill(migration, {}))
    begins = [script.position(each.offset).line for each in script.statements]
    report = lint(
        session,
        [*waiting, migration],
        context,
        reading=lambda each: script if each == migration else read_script(each, fill(each, {})),
    )
    for problem in report.problems:
        if problem.place.file == migration.path.name:
            yield (
                max((at for at, line in enumerate(begins) if line <= problem.place.line), default=0),
                problem,
            )


def _places(script: Script, number: int, subject: Subject) -> Iterator[Place]:
    """What a statement is about, under the names that it had before: from this statement back to the first."""
    from steward_app.services.migrate.lint.acts import RenameColumn, RenameTable, read_act

    place = Place(subject.table, subject.columns[0] if subject.columns else "")
    yield place
    for statement in reversed(script.statements[:number]):
        match read_act(statement):
            case RenameTable(table=before, name=name) if fold(name) == fold(place.table):
                place = Place(before, place.column)
            case RenameColumn(table=table, column=before, name=name) if (fold(table), fold(name)) == _folded(
                place
            ):
                place = Place(place.table, before)
            case _:
                continue
        yield place


def remark(codes: Mapping[str, str]) -> str:
    """What stands above a statement: what it may do, by the code that lint has for it, and how that was said."""
    said = ", ".join(dict.fromkeys(codes.values()))
    return f"-- steward: allows {', '.join(sorted(codes))} (said when this was made: {visible(said)})"


def _folded(place: Place) -> tuple[str, str]:
    return fold(place.table), fold(place.column)
