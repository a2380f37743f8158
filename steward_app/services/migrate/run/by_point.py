"""Planning to take migrations back by the restore point made before them, with what goes besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import cast

from steward_app.catalog import Catalog
from steward_app.kernel.errors import Cancelled, ErrorCode, Refused, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services import restore
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.model import Applied, Entry, Origin, State
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.run import since_told
from steward_app.services.migrate.run.carried import renames_of, told, turned
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.migrate.run.since import Since, since
from steward_app.services.migrate.status import newest

_UNCHANGED = "Nothing was changed."


def plan(
    catalog: Catalog, wanted: Wanted, entries: Sequence[Entry], rows: tuple[Applied, ...], context: Context
) -> tuple[Plan, tuple[Applied, ...]]:
    """The plan to take migrations back by the restore point made before the oldest, and the rows that fall with it.

    Raises `Refused` where none was made.
    """
    oldest = min(entries, key=lambda entry: entry.applied.rank if entry.applied else 0)
    assert oldest.applied is not None
    why = _why(entries)
    point = oldest.applied.restore_point
    if not point:
        raise _no_point(entries, why)
    first = min(row.rank for row in rows if row.restore_point == point)
    fallen = tuple(  # what was taken back meanwhile falls no more
        row
        for row in newest(rows).values()
        if row.rank >= first and (row.origin is not Origin.UNDO or not row.complete)
    )
    falls = [row.file for row in fallen]
    renames = _renames_back(fallen)
    asked = {entry.applied.file for entry in entries if entry.applied}
    more = [file for file in falls if file not in asked]
    made = restore.plan_restore(catalog, wanted.path, point, context)
    made = replace(
        made,
        title=f"Take back {plural(len(falls), 'migration')}: {made.title[0].lower()}{made.title[1:]}",
        request={
            **made.request,
            "renames": cast("Json", [[astuple(each) for each in step] for step in renames]),
            "followed": cast("Json", [[row.operation_id, row.file] for row in _renaming(fallen)]),
        },
        changes=tuple(each for each in made.changes if not is_ours(each.table)),
        findings=(*made.findings, *([_further(more)] if more else ())),
    )
    called = tuple(dict.fromkeys(sentence for each in renames for sentence in told(wanted.path, each)))
    found = _since(catalog, made, renames, context)
    if isinstance(found, Since):
        made = replace(made, request={**made.request, "held": found.held})
    begins = f"{why}, so the restore point made before is brought back."
    return _told(made, begins, ", ".join(map(quoted, falls)), called, found), fallen


def _since(
    catalog: Catalog, made: Plan, renames: Sequence[Sequence[Renamed]], context: Context
) -> Since | StewardError | None:
    """What was done since the point; why that is not known; None for a plan that is blocked."""
    if made.blocking:
        return None
    try:
        return since(catalog, Path(made.path), str(made.request["point"]), renames, context)
    except Cancelled:
        raise
    except StewardError as error:
        return error


def _told(
    made: Plan, begins: str, files: str, called: Sequence[str], found: Since | StewardError | None
) -> Plan:
    """The plan with what goes besides the migrations: tables, columns, and what was written since."""
    if not isinstance(found, Since):
        with_it = f"With it go {files}, and every row that was written since."
        return replace(
            made,
            sentences=(begins, with_it, *made.sentences, *called),
            findings=(*made.findings, *([_not_compared(found)] if found else ())),
        )
    with_it = f"With it go {files}. No row was added, changed or deleted since."
    if found.written:
        with_it = (
            f"With it go {files}, and what was written since: {found.written}."
            " What the migrations wrote themselves counts among it."
        )
    return replace(
        made,
        sentences=(begins, with_it, *since_told.sentences(found), *made.sentences, *called),
        changes=made.changes if found.counted else since_told.changes(found),
        findings=(*made.findings, *since_told.findings(found)),
    )


def _why(entries: Sequence[Entry]) -> str:
    """Why the files do not lead back, as the beginning of a sentence."""
    half, alone = _half(entries), _alone(entries)
    without = half or alone or entries
    has, was, it = ("has", "was", "it") if len(without) == 1 else ("have", "were", "them")
    why = "stopped half-way" if half else f"{has} no file that takes {it} back"
    return f"{_files(without)} {why if half or alone else f'{was} applied beneath a higher version'}"


def _no_point(entries: Sequence[Entry], why: str) -> Refused:
    half, alone = _half(entries), _alone(entries)
    first = (half or alone or entries)[0]
    if above := [entry for entry in entries if entry.applied and entry.applied.restore_point]:
        begun = [entry for entry in entries if entry not in above]
        return Refused(
            ErrorCode.NOT_ALLOWED,
            f"{why}, and no restore point was made before {_files(begun)}.",
            hint=f"{_UNCHANGED} Take back what was applied after it: “steward migrate undo"
            f" --target {max(entry.version for entry in begun)}”.",
        )
    return Refused(
        ErrorCode.NOT_ALLOWED,
        f"{why}, and no restore point was made before.",
        hint=f"{_UNCHANGED} Put the file right by hand, then “steward migrate repair”, with --done FILE where all"
        " of it is done."
        if half
        else f"{_UNCHANGED} Change the schema onwards, by another migration."
        if not first.version or not alone
        else f"{_UNCHANGED} Write U{first.version:04}__{first.name}.sql, or change the schema onwards.",
    )


def _half(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.state is State.FAILED]


def _alone(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.undo is None]


def _renames_back(fallen: Iterable[Applied]) -> list[tuple[Renamed, ...]]:
    """What each migration that falls has renamed, turned round, newest first."""
    return [turned(renames_of(row)) for row in _renaming(fallen)]


def _renaming(fallen: Iterable[Applied]) -> list[Applied]:
    """The migrations that fall and gave other names or places, newest first."""
    newest_first = sorted(fallen, key=lambda row: row.rank, reverse=True)
    return [row for row in newest_first if row.complete and row.renames]


def _files(entries: Iterable[Entry]) -> str:
    return ", ".join(quoted(entry.file) for entry in entries)


def _further(files: list[str]) -> Finding:
    return Finding(
        "goes_further_back",
        Severity.WARNING,
        f"It goes further back than asked: {', '.join(map(quoted, files))}"
        f" {'was' if len(files) == 1 else 'were'} applied after the same restore point",
        Subject("database"),
        detail="Migrations that are applied together have one restore point, made before the first of them.",
        remedies=("Apply again afterwards what is to stay: “steward migrate apply --target VERSION”.",),
    )


def _not_compared(error: StewardError) -> Finding:
    return Finding(
        "not_compared",
        Severity.WARNING,
        "What was written since the restore point could not be told row by row",
        Subject("database"),
        detail=error.message,
    )
