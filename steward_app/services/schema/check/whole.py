"""Does the file itself hold together, and where it does not, what can still be read?"""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import OpenMode, ReadSession, TableReach, quote, survey
from steward_app.db.integrity import Structure, structure_check
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted

_PROBLEMS = 50  # looked for
_TOLD = 12
_TABLES = 12  # named in one sentence


def check_file(session: ReadSession, context: Context, *, quick: bool) -> tuple[str, tuple[Finding, ...]]:
    """The state of the file as `CheckReport.integrity` has it, and the findings behind it.

    What was noticed when the file was opened (it is cut short, its schema is damaged) is part of them.
    """
    noticed = tuple(each for each in session.state.notices if each.severity is Severity.ERROR)
    structure = structure_check(session, context, quick=quick, limit=_PROBLEMS)
    found = list(noticed)
    if structure.problems:
        found.append(_damaged(session.path.name, structure, survey(session, context)))
    if structure.unchecked:
        found.append(_unchecked(structure))
    found += map(_stale, structure.stale)
    if structure.problems or session.state.mode is OpenMode.SAFE:
        return "damaged", tuple(found)
    return "partly checked" if structure.unchecked else "ok", tuple(found)


def _damaged(name: str, structure: Structure, reach: Sequence[TableReach]) -> Finding:
    problems = structure.problems
    more = "at least " if len(problems) >= _PROBLEMS else ""
    told = [*problems[:_TOLD], *([f"and {len(problems) - _TOLD:,} more"] if len(problems) > _TOLD else [])]
    return Finding(
        code="damaged",
        severity=Severity.ERROR,
        title=f"{quoted(name)} itself is damaged: {more}{plural(len(problems), 'place')} "
        f"{'does' if len(problems) == 1 else 'do'} not hold together",
        detail="\n".join((_readable(reach), "In SQLite's words:", *told)),
        subject=Subject("database"),
        count=len(problems) if not more else None,
        remedies=(
            "Make a copy of the file as it is before anything else touches it.",
            "Restore the newest point that was proven before the damage.",
            "Read out what can still be read, table by table, with “steward rows export --salvage”.",
        ),
    )


def _readable(reach: Sequence[TableReach]) -> str:
    cut = [table for table in reach if not table.is_whole]
    words = [f"{len(reach) - len(cut):,} of {plural(len(reach), 'table')} can be read whole"]
    words += [
        f"of {quoted(table.table)}, {plural(table.rows, 'row') if table.rows else 'none'}"
        for table in cut[:_TABLES]
    ]
    more = f"; {len(cut) - _TABLES:,} more are cut, too" if len(cut) > _TABLES else ""
    return "; ".join(words) + more + "."


def _unchecked(structure: Structure) -> Finding:
    reasons = dict.fromkeys(why for _, why in structure.unchecked)
    names = [quoted(table) for table, _ in structure.unchecked]
    more = f" and {len(names) - _TABLES:,} more" if len(names) > _TABLES else ""
    return Finding(
        code="structure_not_checkable",
        severity=Severity.WARNING,
        title=f"SQLite cannot check the structure of {plural(len(names), 'table')}: {'; '.join(reasons)}",
        detail=f"The file needs what its own program adds to SQLite. Not checked: {', '.join(names[:_TABLES])}{more}. "
        "All other tables were.",
        subject=Subject("database"),
        count=len(names),
        remedies=("Ask the maker of the program that the file belongs to how it is checked.",),
    )


def _stale(index: str) -> Finding:
    return Finding(
        code="full_text_stale",
        severity=Severity.WARNING,
        title=f"The full-text index {quoted(index)} does not hold the words of the table it reads",
        detail="That table was written without the index being told. A search misses rows, or finds them by words that"
        " they do not hold any more. Of FTS5 this is looked at when a migration writes the table.",
        subject=Subject("table", index),
        remedies=(
            f"Have it read all texts again: INSERT INTO {quote(index)} ({quote(index)}) VALUES ('rebuild')",
        ),
    )
