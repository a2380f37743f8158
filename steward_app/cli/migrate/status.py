"""`steward migrate status`: which migrations are applied, which wait, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.findings import print_findings
from steward_app.cli.migrate.documents import MigrationItem, document, item
from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import Folder
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.reading import reading
from steward_app.kernel import clock
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.model import Origin, Status

if TYPE_CHECKING:
    from steward_app.catalog.rehearsals import KeptRehearsal


@app.command()
def status(database: Database, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show which migrations are applied, which wait, and what is in the way. Exit code 1 when something is."""
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.status import status as status_of

    with reading(database) as session:
        standing = status_of(session, folder_of(database, folder))
    kept = _kept(database) if standing.entries else ()
    show(
        "migrate-status",
        document(standing, kept),
        as_json=as_json,
        human=lambda out: print_status(out, standing, kept),
    )
    found(len(standing.in_the_way) + standing.drifted)


def _kept(database: Path) -> tuple[KeptRehearsal, ...]:
    """The rehearsals that are kept; none where it cannot be told whose they are, since status says the rest anyway."""
    from steward_app.catalog import open_catalog
    from steward_app.kernel.progress import Context
    from steward_app.services.backup import database_id
    from steward_app.services.migrate.run.kept import kept_of

    with suppress(StewardError), open_catalog() as catalog:
        return kept_of(catalog, database_id(catalog, database, Context()))
    return ()


def print_status(out: Printer, standing: Status, kept: Sequence[KeptRehearsal] = ()) -> None:
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
                    each.id,
                    each.state,
                    f"{each.rehearsal} {clock.shown(each.rehearsed_at)}" if each.rehearsal else "",
                    _when(each),
                    each.applied_by,
                )
                for each in (item(entry, kept) for entry in standing.entries)
            ],
        )
    wrong = tuple(in_the_way(standing))
    if wrong:
        out.heading("In the way")
        print_findings(out, wrong, indent=2)


def _when(each: MigrationItem) -> str:
    """When it was applied, or taken back; "" for one that never was."""
    if not each.applied_at:
        return ""
    at = clock.shown(each.applied_at)
    return f"taken back {at}" if each.origin == Origin.UNDO.value else at
