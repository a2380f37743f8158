"""The way to a desired schema as a migration file, whose head tells what it was made from and what it does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from steward_app.db import ReadSession
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.ahead import Ahead
from steward_app.services.migrate.anew import written_anew
from steward_app.services.migrate.desired.letters import remarks_of_way_back
from steward_app.services.migrate.desired.meant import meant, said_by
from steward_app.services.migrate.desired.model import Answers, Desired
from steward_app.services.migrate.files import NewMigration, listed, written


def migration_of(
    session: ReadSession,
    found: Desired,
    answers: Answers,
    folder: Path,
    title: str,
    made_from: str,
    *,
    above: int = 0,
    begin: Ahead | None = None,
    context: Context | None = None,
) -> NewMigration:
    """The texts of the migration; see `files.save`.

    Args:
        session: the file it is for; only read.
        found: without open questions, and not empty.
        answers: what the steward said, which lint need not ask again.
        made_from: name of the file with the desired schema.
        above: the highest version in the history of the database.
        begin: what the way begins with, where something waits in the folder.
    """
    day = clock.to_text(clock.now())[:10]
    remarks = [
        f"Made on {day} from the schema of {quoted(made_from)}.",
        "",
        "What changes:",
        *listed(found.sentences),
        "",
        *(("What the rows do not keep:", *listed(found.losses)) if found.losses else ("No value is lost.",)),
    ]
    if found.rebuilt:
        remarks += ["", written_anew(found.rebuilt)]
    begin = begin or Ahead(session, session)
    remarks += begin.remarks
    write = partial(
        written,
        folder,
        title,
        found.statements,
        remarks=remarks,
        undo=found.undo,
        above=above,
        undo_remarks=remarks_of_way_back(begin.schema, found.statements, found.undo),
    )
    new = write()
    return write(said=meant(session, new.migration, said_by(answers), context or Context(), begin.waiting))
