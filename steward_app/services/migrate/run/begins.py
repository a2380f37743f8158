"""Whether a file has what the migrations make that a baseline takes for done: they run on an empty database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays
from steward_app.db.migration_files import Migration
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.adopt.verify import Difference, differences, made_by
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.model import Entry
from steward_app.services.migrate.run.placeholders import fill

_SHOWN = 20
_REMEDIES = ("Begin at another version: --version VERSION.", "Or write what differs as a migration.")


def compared(
    session: Session, entries: Sequence[Entry], version: int, context: Context
) -> tuple[str, tuple[Finding, ...]]:
    """What there is to say of the migrations up to a version, in a sentence, and what is not as they make it.

    What repeatable files make may be there or not: they run after the beginning.

    Args:
        session: the file that is to begin; only read.
        entries: all that its folder holds.
    """
    files = [each.migration for each in entries if each.migration is not None]
    versioned = [each for each in files if 0 < each.version <= version]
    if not versioned:
        return f"No file of the folder stands for what it holds at version {version}.", ()
    program = next((each for each in versioned if each.python), None)
    if program is not None:
        return _not_compared(f"{quoted(program.path.name)} is a program and does not run here")
    repeatable = [each for each in files if not each.version and not each.python]
    try:
        found, count = _differences(session, versioned, context)
        if found and repeatable:
            with_them, _ = _differences(session, [*versioned, *repeatable], context)
            found = [each for each in found if each in with_them]
    except Cancelled:
        raise
    except StewardError as error:
        return _not_compared(error.message.rstrip("."))
    one, them = len(versioned) == 1, plural(len(versioned), "migration")
    run = f"Run on an empty database, {them} up to version {version}"
    if not found:
        made = f"{run} {'makes' if one else 'make'} the schema that this file has"
        return f"{made}: {plural(count, 'object')} compared.", ()
    said = f"{run} {'does' if one else 'do'} not make the schema that this file has."
    return said, differing(found, "baseline_differs", _REMEDIES)


def _differences(
    session: Session, files: Sequence[Migration], context: Context
) -> tuple[list[Difference], int]:
    scripts = [(each.path.name, fill(each, {}).text) for each in files]
    with made_by(scripts, context) as made:
        found, count = differences(session, made, is_ours)
    return list(found), count


def _not_compared(why: str) -> tuple[str, tuple[Finding, ...]]:
    finding = Finding(
        "baseline_not_compared",
        Severity.WARNING,
        f"Whether the file holds what they make was not looked at: {why}",
        Subject("database"),
        remedies=("Compare it yourself: “steward migrate diff --to FILE --check”.",),
    )
    return "", (finding,)


def held_against(
    session: Session, make: Callable[[], WriteSession]
) -> tuple[Sequence[Difference], int] | str:
    """What is not in a file as in an empty database that is made for it, and how many objects were compared.

    Or why it could not be made, without a full stop.
    """
    try:
        with closing(make()) as made:
            return differences(session, made, is_ours)
    except Cancelled:
        raise
    except SqliteSays as says:
        return str(says).rstrip(".")
    except StewardError as error:
        return error.message.rstrip(".")


def differing(found: Sequence[Difference], code: str, remedies: tuple[str, ...]) -> tuple[Finding, ...]:
    """What is not as migrations make it; what can be done stands at the first, and of very many only some are named."""
    told = [
        Finding(
            code,
            Severity.WARNING,
            f"The {each.kind} {quoted(each.name)} {each.how}",
            Subject(each.kind, table=each.table, name=each.name),
            remedies=() if number else remedies,
        )
        for number, each in enumerate(found[:_SHOWN])
    ]
    if len(found) > _SHOWN:
        more = f"{len(found) - _SHOWN:,} more objects are not as the migrations make them"
        told.append(Finding(code, Severity.WARNING, more, Subject("database")))
    return tuple(told)
