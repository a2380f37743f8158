"""How a repair settles what stopped half-way: a steward says that it is done, or it runs again from its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import Session
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.going_on import goes_on
from steward_app.services.migrate.model import Applied, Entry, Origin, State, Status
from steward_app.services.migrate.run.begins import differing, held_against
from steward_app.services.migrate.run.carried import renames_of, told
from steward_app.services.migrate.run.proposed import schema_after
from steward_app.storage import is_there

_ROWS = "What it should have done to rows was not looked at."


def ended_by_hand(entries: Sequence[Entry], files: Sequence[str]) -> list[Entry]:
    """What is to be taken as done, by the names of files. Raises `UsageError` for one that did not stop half-way."""
    half = {name: entry for entry in entries if entry.state is State.FAILED for name in _names(entry)}
    for file in files:
        if file not in half:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"{quoted(file)} is no migration that stopped half-way.",
                hint="Nothing was changed. “steward migrate status” shows which did.",
            )
        if half[file].migration is None:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"The file {quoted(file)} is gone, so it cannot be said what is done.",
                hint="Nothing was changed. Put the file back first.",
            )
    return [half[file] for file in dict.fromkeys(files)]


def as_settled(entry: Entry, status: Status, *, done: bool) -> Applied:
    """The row of one that stopped half-way as it is to be: whole, or counting no more.

    Either way it says which schema it left, so that what it did is not taken for somebody else's change.
    """
    row = _row(entry)
    if not done:
        return replace(row, origin=Origin.FORGOTTEN, schema_after=status.schema_hash)
    ran = entry.undo if row.origin is Origin.UNDO else entry.migration
    checksum = ran.checksum if ran is not None else row.checksum
    return replace(row, complete=True, checksum=checksum, schema_after=status.schema_hash)


def sentence(entry: Entry, *, done: bool) -> str:
    """What becomes of it."""
    file, back = quoted(entry.file), _row(entry).origin is Origin.UNDO
    stays = "What was done until it stopped stays."
    if done:
        return (
            f"{file}: it counts as taken back, as you say that it is."
            if back
            else f"{file}: it counts as applied, as you say that all it does is done. It does not run again."
        )
    if back:
        return f"{file}: it counts as applied again, as if it had not begun to be taken back. {stays}"
    if entry.migration is None:
        return f"{file}: its file is gone, so it counts in the history no more. {stays}"
    if goes_on(entry):
        return f"{file}: it waits again, and goes on where it was. {stays}"
    return f"{file}: it waits again, and runs from its first statement. {stays}"


def runs_on_what_it_left(entry: Entry, status: Status) -> Iterator[Finding]:
    """That one which runs again has changed the schema already."""
    row = _row(entry)
    if row.schema_before == status.schema_hash or entry.migration is None or row.origin is Origin.UNDO:
        return
    yield Finding(
        "runs_on_what_it_left",
        Severity.WARNING,
        f"{quoted(entry.file)} has changed the schema already, and will run from its first statement",
        Subject("migration", name=entry.file),
        detail="A statement that makes what is there, or changes what is changed, stops it again.",
        remedies=(
            "Take back by hand what it did, or write it so that it can run again.",
            f"Where all that it does is done: “steward migrate repair --done {entry.file}”.",
        ),
    )


def looked_at(
    session: Session, status: Status, entry: Entry, catalog: Catalog | None, context: Context
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Whether the file has the schema that one leaves which is to be taken as done: sentences, and what differs.

    It runs on an empty copy of the schema before it; see `proposed.schema_after`.
    """
    row = _row(entry)
    renames = tuple(_names_stay(status.path, entry))
    if row.origin is Origin.UNDO:
        return (), (_not_looked_at(entry, "it takes another one back"), *renames)
    against = held_against(session, lambda: schema_after(session, status, entry, context, catalog))
    if isinstance(against, str):
        return (), (_not_looked_at(entry, against), *renames)
    found, count = against
    run = f"{quoted(entry.file)}, run on an empty copy of the schema before it,"
    if not found:
        compared = plural(count, "object")
        return (f"{run} makes the schema that this file has: {compared} compared. {_ROWS}",), renames
    remedies = (
        "Put it right by hand first, or let it run again: leave out --done.",
        "Or bring back the restore point made before it: “steward migrate undo”.",
    )
    differs = differing(found, "done_differs", remedies)
    return (f"{run} does not make the schema that this file has. {_ROWS}",), (*differs, *renames)


def _names_stay(path: Path, entry: Entry) -> Iterator[Finding]:
    """That the policy is not carried along with names that one gives which is to be taken as done."""
    renames = renames_of(_row(entry))
    if renames and is_there(policy_path(path)):
        yield Finding(
            "policy_does_not_follow",
            Severity.WARNING,
            f"The policy does not follow the names that {quoted(entry.file)} gives",
            Subject("migration", name=entry.file),
            detail=" ".join(told(path, renames)),
            remedies=("Write the new names into the policy.",),
        )


def _not_looked_at(entry: Entry, why: str) -> Finding:
    return Finding(
        "done_not_compared",
        Severity.WARNING,
        f"Whether the file has the schema that {quoted(entry.file)} leaves was not looked at: {why}",
        Subject("migration", name=entry.file),
    )


def _row(entry: Entry) -> Applied:
    assert entry.applied is not None, "what stopped half-way stands in the history"
    return entry.applied


def _names(entry: Entry) -> tuple[str, ...]:
    """The migration, and the file that ran."""
    return tuple(dict.fromkeys((entry.file, _row(entry).file)))
