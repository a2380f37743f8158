"""`steward migrate status`: which migrations are applied, which wait, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from steward_app.cli.findings import print_findings
from steward_app.cli.keeping import settle_first
from steward_app.cli.migrate.documents import MigrationItem, Rehearsals, document
from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import Folder
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.model import Origin, Status


@app.command()
def status(database: Database, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show which migrations are applied, which wait, and what is in the way. Exit code 1 when something is."""
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.status import status as status_of

    settle_first(database)
    with reading(database) as session:
        standing = status_of(session, folder_of(database, folder))
    title = f"Looking at the rehearsals of {quoted(database.name)}"
    rehearsals = work(title, partial(_rehearsals, standing)) if standing.entries else Rehearsals()
    told = document(standing, rehearsals)
    show(
        "migrate-status",
        told,
        as_json=as_json,
        human=lambda out: print_status(out, standing, told.migrations),
    )
    found(len(standing.in_the_way) + standing.drifted)


def _rehearsals(standing: Status, context: Context) -> Rehearsals:
    """The rehearsals that are kept; none where it cannot be told whose they are, since status says the rest anyway."""
    from steward_app.catalog import open_catalog
    from steward_app.services.backup import database_id
    from steward_app.services.migrate.run.kept import kept_of, newest_of
    from steward_app.services.migrate.run.service import rehearsed_now

    found = Rehearsals()
    try:
        with open_catalog() as catalog:
            known_as = database_id(catalog, standing.path, context)
            found = Rehearsals(kept_of(catalog, known_as))
            newest = (newest_of(found.kept, entry) for entry in standing.pending)
            if any(each is not None and each.passed for each in newest):
                on_this = rehearsed_now(catalog, known_as, standing.path, context)
                found = Rehearsals(found.kept, None if on_this is None else frozenset(on_this))
    except Cancelled:
        raise
    except StewardError:
        return found
    return found


def print_status(out: Printer, standing: Status, items: Sequence[MigrationItem]) -> None:
    """Where the file stands, for people."""
    from steward_app.services.migrate.run.foresee import in_the_way

    at = "no version yet" if standing.version is None else f"version {standing.version}"
    out.line(f"{quoted(standing.path.name)}: {at}, {plural(len(standing.pending), 'migration')} pending.")
    if standing.drifted:
        out.line(
            "The schema is not the one that the last migration in the history left: something else changed it.",
            style="yellow",
        )
    if standing.entries:
        out.table(
            ("file", "state", "rehearsed", "applied", "by"),
            [
                (
                    _called(each),
                    each.state,
                    _rehearsed(each),
                    _when(each),
                    each.applied_by,
                )
                for each in items
            ],
        )
    for entry in filter(lambda each: each.empty, standing.entries):
        out.line(
            f"{quoted(entry.file)} holds no statement: fill it before it is applied, or delete it.",
            style="yellow",
        )
    wrong = tuple(in_the_way(standing))
    if wrong:
        out.heading("In the way")
        print_findings(out, wrong, indent=2)


def _called(each: MigrationItem) -> str:
    """The name of its file; of one that was adopted without a file also what the other program called it."""
    nameless = each.origin == Origin.ADOPTED.value and each.id == f"{each.origin} {each.version}"
    return f"{each.id}: {each.name}" if nameless and each.name else each.id


def _rehearsed(each: MigrationItem) -> str:
    """How its last rehearsal went and when it was, or that it counts no more."""
    if not each.rehearsal:
        return ""
    word = "file changed since" if each.file_changed else each.rehearsal
    return f"{word} {clock.shown(each.rehearsed_at)}"


def _when(each: MigrationItem) -> str:
    """When it was applied, or taken back; "" for one that never was."""
    if not each.applied_at:
        return ""
    at = clock.shown(each.applied_at)
    return f"taken back {at}" if each.origin == Origin.UNDO.value else at
