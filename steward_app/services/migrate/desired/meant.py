"""What the steward said of a way to another schema, where lint would ask again: a remark above the statement.

A column that is said to be gone, or whose values are said to be converted, is allowed to lose them in the file; what
nobody was asked about is not, so that lint tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from steward_app.db import ReadSession
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import Script, read_script
from steward_app.db.names import fold
from steward_app.kernel.finding import Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.migrate.desired.model import Answers, Place
from steward_app.services.migrate.run.placeholders import fill

_LOST = frozenset({"table_dropped", "column_dropped", "column_not_copied"})
_CONVERTED = frozenset({"values_converted", "values_overwritten", "column_not_copied", "copied_otherwise"})


def meant(
    session: ReadSession,
    migration: Migration,
    answers: Answers,
    context: Context,
    waiting: Sequence[Migration] = (),
) -> Mapping[int, str]:
    """By the number of a statement, from 0, the remark that says what it may lose, and why.

    Args:
        session: the file that the migration is for; only read.
        migration: as it would be without the remarks.
        waiting: what runs before it.
    """
    from steward_app.services.migrate.lint.lint import lint

    if not answers.gone and not answers.values:
        return {}
    script = read_script(migration, fill(migration, {}))
    begins = [script.position(each.offset).line for each in script.statements]
    allowed: dict[int, dict[str, str]] = {}
    report = lint(
        session,
        [*waiting, migration],
        context,
        reading=lambda each: script if each == migration else read_script(each, fill(each, {})),
    )
    for problem in report.problems:
        if problem.place.file != migration.path.name:
            continue
        number = max((at for at, line in enumerate(begins) if line <= problem.place.line), default=0)
        code, subject = problem.finding.code, problem.finding.subject
        for option in _said(code, _places(script, number, subject), answers):
            allowed.setdefault(number, {})[code] = option
    return {number: _remark(codes) for number, codes in allowed.items()}


def _said(code: str, places: Iterable[Place], answers: Answers) -> Iterator[str]:
    """The options that say that this is meant, of a table or column by any name it has on the way."""
    known = {_folded(place) for place in places}
    if code in _LOST:
        yield from (f"--gone {_named(place)}" for place in answers.gone if _folded(place) in known)
    if code in _CONVERTED:
        yield from (f"--using {_named(place)}" for place, _ in answers.values if _folded(place) in known)


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


def _remark(codes: Mapping[str, str]) -> str:
    said = ", ".join(dict.fromkeys(codes.values()))
    return f"-- steward: allows {', '.join(sorted(codes))} (said when this was made: {visible(said)})"


def _folded(place: Place) -> tuple[str, str]:
    return fold(place.table), fold(place.column)


def _named(place: Place) -> str:
    return f"{place.table}.{place.column}" if place.column else place.table
