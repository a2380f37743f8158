"""Liquibase: `DATABASECHANGELOG`, changelogs in XML, YAML and JSON, and files of `--liquibase formatted sql`.

Which file a changeset stood in is compared by the
name of the file: its path in the table depends on where Liquibase was run.
https://github.com/liquibase/liquibase (AbstractFormattedChangeLogParser)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.services.migrate.adopt.changelog import read_changelog
from steward_app.services.migrate.adopt.changes import condition_of, for_sqlite, statements_of
from steward_app.services.migrate.adopt.changesets import Changesets
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, moment
from steward_app.services.migrate.adopt.reading import File, at_its_line, files, rows

_HEAD = re.compile(r"\s*--\s*liquibase\s*formatted.*", re.IGNORECASE)
_CHANGESET = re.compile(
    r"^[ \t]*--[ \t]*changeset[ \t]+(\"[^\"\n]+\"|[^:\n]+):[ \t]*(\"[^\"\n]+\"|\S+)(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ATTRIBUTE = re.compile(r"(\w+):(\"[^\"]*\"|\S+)")
_ROLLBACK = re.compile(r"^[ \t]*--[ \t]*rollback[ \t]+(.*)$", re.IGNORECASE | re.MULTILINE)
_ROLLBACK_LINES = re.compile(
    r"^[ \t]*/\*[ \t]*liquibase[ \t]*rollback[ \t]*$(.*?)\*/[ \t]*$", re.IGNORECASE | re.MULTILINE | re.DOTALL
)
_PRECONDITIONS = re.compile(r"^[ \t]*--[ \t]*preconditions\b", re.IGNORECASE | re.MULTILINE)
_NO_SQL = re.compile(r"(?:empty|not required|changesetid:.*)", re.IGNORECASE)
_COLUMNS = ("id", "author", "filename", "dateexecuted", "exectype")


def read_files(folder: Path) -> tuple[Theirs, ...]:
    """The changesets of every changelog, in order of file and place, those that others include in their place."""
    sql = {file.shown: file for file in files(folder, ".sql")}
    formatted = {
        name: _changesets(file)
        for name, file in sql.items()
        if file.mentions("formatted") and _HEAD.match(file.text)
    }
    found = {file.shown: read_changelog(file) for file in files(folder, ".xml", ".yaml", ".yml", ".json")}
    changelogs = {name: said for name, said in found.items() if said is not None}
    return tuple(Changesets(changelogs, formatted, sql, _key).all())


def read_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """In order of `ORDEREXECUTED`. MARK_RAN says that a changeset was taken as done and not run.

    One that ran again (RERAN) has the order of its last run: it comes before the first that stands behind it in the
    files.
    """
    places = {each.key: place for place, each in enumerate(theirs)}
    ran: list[Ran] = []
    again: list[Ran] = []
    for number, author, file, at, how in rows(session, table, _COLUMNS, "orderexecuted"):
        key = _key(str(file), str(author), str(number))
        one = Ran(key, str(number), moment(at), only_marked=how == "MARK_RAN")
        (again if how == "RERAN" and key in places else ran).append(one)
    for one in sorted(again, key=lambda each: places[each.key]):
        behind = (at for at, each in enumerate(ran) if places.get(each.key, -1) > places[one.key])
        ran.insert(next(behind, len(ran)), one)
    return Record(tuple(ran))


def _changesets(file: File) -> list[Theirs]:
    text = file.text
    head_says = dict(_ATTRIBUTE.findall(text.lstrip().partition("\n")[0]))
    shown = head_says.get("logicalFilePath", file.shown).strip('"')
    heads = list(_CHANGESET.finditer(text))
    ends = [*(head.start() for head in heads), len(text)][1:]
    found = []
    for head, end in zip(heads, ends, strict=True):
        author, number = head[1].strip().strip('"'), head[2].strip('"')
        said = {name.lower(): value.strip('"') for name, value in _ATTRIBUTE.findall(head[3])}
        if not for_sqlite(said.get("dbms", "")) or said.get("ignore", "").lower() == "true":
            continue
        body = at_its_line(text, head.end(), end)
        found.append(
            Theirs(
                _key(said.get("logicalfilepath", shown), author, number),
                number,
                f"{file.shown} ({author}:{number})",
                _up(body, said.get("enddelimiter", ";")),
                _down(body),
                in_transaction=said.get("runintransaction", "true").lower() != "false",
                condition=condition_of(
                    said.get("contextfilter", said.get("context", "")),
                    said.get("labels", ""),
                    under_precondition=_PRECONDITIONS.search(body) is not None,
                ),
            )
        )
    return found


def _up(body: str, delimiter: str) -> str:
    return statements_of(_ROLLBACK.sub("", _ROLLBACK_LINES.sub(_blank, body)), delimiter)


def _down(body: str) -> str | None:
    said = [*_ROLLBACK.findall(body), *_ROLLBACK_LINES.findall(body)]
    lines = [line for line in said if not _NO_SQL.fullmatch(line.strip().rstrip(";"))]
    return "\n".join(lines) if lines else None


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _key(file: str, author: str, number: str) -> str:
    return f"{file.replace(chr(92), '/').rpartition('/')[2]}::{number}::{author}"


READER = Reader(
    Tool.LIQUIBASE,
    "DATABASECHANGELOG",
    frozenset({"id", "author", "filename", "dateexecuted", "orderexecuted", "exectype"}),
    read_files,
    read_table,
    beside=("DATABASECHANGELOGLOCK",),
    reads_below=True,
    anew="“liquibase update-sql” against a new, empty database prints it; name that file, or that database",
    unchecked="Whether a changeset was edited after it had been applied is not told from the checksums of Liquibase"
    " (MD5SUM) here: an edit shows only where it makes another schema.",
)
