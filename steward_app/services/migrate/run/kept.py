"""Rehearsals that outlive the program that made them: what they found, in counts.

Keys of rows are not kept: one may be an e-mail address, and erasing a person does not look for it here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, cast

from steward_app.catalog import Catalog, rehearsals
from steward_app.catalog.rehearsals import KeptRehearsal
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Plan
from steward_app.kernel.text import quoted
from steward_app.services.migrate.model import Entry, State
from steward_app.services.migrate.run.rehearsed import RehearsalResult, digest


def keep(catalog: Catalog, plan: Plan, operation_id: str, result: RehearsalResult) -> None:
    """Keep what came of a rehearsal, in the place of the one before of the same plan."""
    from pydantic import TypeAdapter

    files = files_of(plan)
    kept = KeptRehearsal(
        operation_id,
        digest(plan),
        files,
        result.rehearsal.finished_at,
        result.rehearsal.passed,
        _failed(result, files),
    )
    text = json.dumps(_without_keys(TypeAdapter(RehearsalResult).dump_python(result)))
    with catalog.unit() as unit:
        rehearsals.keep(unit, plan.database_id, kept, text)
        unit.commit()


def kept_of(catalog: Catalog, database_id: str) -> tuple[KeptRehearsal, ...]:
    """What is kept for a database, the newest first."""
    with catalog.reading() as session:
        return rehearsals.of_database(session, database_id)


def kept_for(catalog: Catalog, plan: Plan) -> KeptRehearsal | None:
    """The last rehearsal of exactly this plan, or None. Whether the file is as it was then is not looked at."""
    asked = digest(plan)
    return next((each for each in kept_of(catalog, plan.database_id) if each.plan == asked), None)


def newest_of(kept: Sequence[KeptRehearsal], entry: Entry) -> KeptRehearsal | None:
    """Of a migration that waits, the newest rehearsal that its file as it is now went through, or failed in.

    It may have been one of several; `went_through` says how it ended for this one. None that was made before the
    migration was taken back counts. Of one that does not wait, the last one before it.

    Args:
        kept: the newest first.
    """
    if entry.migration is None:
        return None
    here = (entry.file, entry.migration.checksum)
    waits = entry.state in (State.PENDING, State.REPEATS, State.LATE)
    since = entry.applied.applied_at if entry.applied and waits else ""
    return next((each for each in kept if each.finished_at > since and _is_of(each, here)), None)


def went_through(kept: KeptRehearsal, entry: Entry) -> bool:
    """Whether a migration that was rehearsed went through itself, be it that one after it did not."""
    return kept.failed != entry.file


def is_outdated(kept: KeptRehearsal | None, entry: Entry, on_this: Collection[str] | None) -> bool:
    """Whether a migration that waits was rehearsed, and went through, on something else than the file holds now.

    Args:
        kept: its newest rehearsal.
        on_this: ids of the rehearsals on what the file holds now; None where that was not compared.
    """
    if kept is None or not kept.passed or on_this is None:
        return False
    return entry.state in (State.PENDING, State.REPEATS) and kept.operation_id not in on_this


def others_of(kept: KeptRehearsal, entry: Entry) -> tuple[str, ...]:
    """The other files that were rehearsed together with that of a migration, in order."""
    return tuple(file for file, _ in kept.files if file != entry.file)


def files_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The files that a plan runs, in order, each with its checksum."""
    steps = cast("list[dict[str, str]]", plan.request["steps"])
    return tuple((each["file"], each["checksum"]) for each in steps)


def result_of(catalog: Catalog, kept: KeptRehearsal) -> RehearsalResult:
    """What a rehearsal found. Raises `Failure` (NOT_FOUND) where it is not kept any more, or cannot be read."""
    from pydantic import TypeAdapter, ValidationError

    with catalog.reading() as session:
        text = rehearsals.result_of(session, kept.operation_id)
    try:
        return TypeAdapter(RehearsalResult).validate_python(json.loads(text))
    except (ValidationError, ValueError) as error:
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"The report of the rehearsal {quoted(kept.operation_id)} is not there any more.",
            hint="Nothing was changed. Rehearse again.",
        ) from error


def _is_of(kept: KeptRehearsal, here: tuple[str, str]) -> bool:
    """Whether a rehearsal came as far as a file."""
    if here not in kept.files:
        return False
    names = [file for file, _ in kept.files]
    return not kept.failed or names.index(here[0]) <= names.index(kept.failed)


def _without_keys(value: Any) -> Any:
    """The same without the keys of rows that it tells as samples."""
    if isinstance(value, dict):
        told = {
            name: [] if name.startswith("sample_") else _without_keys(each) for name, each in value.items()
        }
        return {**told, "key_columns": []} if "sample_keys" in told and "key_columns" in told else told
    return [_without_keys(each) for each in value] if isinstance(value, (list, tuple)) else value


def _failed(result: RehearsalResult, files: tuple[tuple[str, str], ...]) -> str:
    """The file that did not go through; the last one where something else did not pass."""
    if result.rehearsal.passed:
        return ""
    bad = {check.title for check in result.rehearsal.checks if not check.passed}
    named = [file for file, _ in files if f"{quoted(file)} goes through" in bad]
    return named[0] if named else files[-1][0]
