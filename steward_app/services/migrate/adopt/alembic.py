"""Alembic: `alembic_version (version_num)` holds the newest revision of each branch; the rest follows from the files.

The files are programs: what each is called and rests on is read from their text, and nothing of them runs.
https://github.com/sqlalchemy/alembic
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool
from steward_app.services.migrate.adopt.reading import (
    assigned,
    files,
    in_order,
    parsed,
    rows,
    text_of,
    texts_of,
)


def read_files(folder: Path) -> tuple[Theirs, ...]:
    """Every file that names its revision, after those it rests on."""
    found = []
    for file in files(folder, ".py"):
        if not file.mentions("down_revision"):
            continue
        said = assigned(parsed(file))
        revision = text_of(said.get("revision"))
        if revision and "down_revision" in said:
            needs = (*texts_of(said["down_revision"]), *texts_of(said.get("depends_on")))
            name = file.path.stem.removeprefix(revision).strip("_") or revision
            found.append(Theirs(revision, name, file.shown, needs=needs))
    return in_order(found)


def read_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """The revisions of the table and all that they rest on."""
    known = {each.key: each for each in theirs}
    heads = [str(head) for (head,) in rows(session, table, ("version_num",), "version_num")]
    problems = tuple(
        f"{quoted(table)} names revision {quoted(head)}, which no file of the folder has."
        for head in heads
        if head not in known
    )
    applied: set[str] = set()
    waiting = [head for head in heads if head in known]
    while waiting:
        revision = waiting.pop()
        if revision not in applied:
            applied.add(revision)
            waiting += [need for need in known[revision].needs if need in known]
    return Record(tuple(Ran(each.key, each.name) for each in theirs if each.key in applied), problems)


READER = Reader(
    Tool.ALEMBIC,
    "alembic_version",
    frozenset({"version_num"}),
    read_files,
    read_table,
    anew="“alembic upgrade head --sql > schema.sql” prints it; name that file",
)
