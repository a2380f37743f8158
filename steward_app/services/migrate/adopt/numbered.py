"""dbmate, goose and golang-migrate: files whose names begin with a number.

dbmate: `schema_migrations (version varchar(128) primary key)`, 20240101120000_name.sql with `-- migrate:up` and
`-- migrate:down`, several of each in turn from 2.36 on. https://github.com/amacneil/dbmate

goose: `goose_db_version (id, version_id, is_applied, tstamp)`, 00001_name.sql with `-- +goose Up` and `-- +goose Down`,
or 00001_name.go. https://github.com/pressly/goose

golang-migrate: `schema_migrations (version uint64, dirty bool)` with one row, the newest; 000001_name.up.sql and
000001_name.down.sql. https://github.com/golang-migrate/migrate
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.db.migration_files import bad
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, moment
from steward_app.services.migrate.adopt.reading import File, at_its_line, flat, rows

_DBMATE_FILE = re.compile(r"(\d+)_?(.*)\.sql")
_DBMATE_SAYS = re.compile(r"^--\s*migrate:(up|down)(?:[ \t]*$|[ \t]+\S.*$)", re.MULTILINE)
_GOOSE_FILE = re.compile(r"(\d+)_(.*)\.(?:sql|go)")
_GOOSE_SAYS = re.compile(r"^--\s*\+goose\s+(.*?)[ \t]*$", re.MULTILINE)
_GOOSE_ENDS = re.compile(r"([^;\s])(\s*)^--\s*\+goose\s+StatementEnd[ \t]*$", re.MULTILINE | re.IGNORECASE)
_GOLANG_FILE = re.compile(r"(\d+)_(.*)\.(up|down)\.sql")
_UNCHANGED = "Nothing was changed."


def read_dbmate_files(folder: Path) -> tuple[Theirs, ...]:
    found = []
    for file in flat(folder, ".sql"):
        named = _DBMATE_FILE.fullmatch(file.path.name)
        if named:
            found.append(_of_dbmate(file, named[1], named[2]))
    return tuple(found)


def read_dbmate_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """The table does not say when; dbmate applies in order of version, as text."""
    return Record(tuple(Ran(str(version)) for (version,) in rows(session, table, ("version",), "version")))


def read_goose_files(folder: Path) -> tuple[Theirs, ...]:
    found = []
    for file in flat(folder, ".sql", ".go"):
        named = _GOOSE_FILE.fullmatch(file.path.name)
        if named and not file.path.name.endswith("_test.go"):
            found.append(_of_goose(file, int(named[1]), named[2]))
    return tuple(sorted(found, key=lambda each: each.version or 0))


def read_goose_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """Of each version the newest row counts; version 0 is goose's own."""
    found: dict[str, Ran] = {}
    for version, applied, at in rows(session, table, ("version_id", "is_applied", "tstamp"), "id"):
        said = str(version).strip()  # a text, where somebody declared the column so
        key = str(int(said)) if said.isdecimal() else said
        found.pop(key, None)
        if _is_yes(applied) and key != "0":
            found[key] = Ran(key, applied_at=moment(at))
    return Record(tuple(found.values()))


def read_golang_files(folder: Path) -> tuple[Theirs, ...]:
    named = [
        (file, found) for file in flat(folder, ".sql") if (found := _GOLANG_FILE.fullmatch(file.path.name))
    ]
    down = {int(found[1]): file.text for file, found in named if found[3] == "down"}
    return tuple(
        sorted(
            (
                Theirs(
                    str(int(found[1])),
                    found[2],
                    file.shown,
                    file.text,
                    down.get(int(found[1])),
                    int(found[1]),
                )
                for file, found in named
                if found[3] == "up"
            ),
            key=lambda each: each.version or 0,
        )
    )


def read_golang_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """All up to the one version that it holds; -1 where the first one was being taken back."""
    held = rows(session, table, ("version", "dirty"), "version")
    if len(held) > 1:
        return Record((), (f"golang-migrate keeps one row in {quoted(table)}, and there are {len(held):,}.",))
    if not held:
        return Record(())
    version, dirty = held[0]
    if not isinstance(version, int):
        return Record((), (f"{quoted(table)} holds no version that is a number.",))
    what = f"version {version}" if version >= 0 else "taking the first version back"
    problems = (f"golang-migrate says that {what} failed (dirty).",) if _is_yes(dirty) else ()
    known = [each.key for each in theirs if each.version is not None and each.version <= version]
    newest = [] if str(version) in known or version < 0 else [str(version)]
    return Record(tuple(Ran(key) for key in (*known, *newest)), problems)


def _is_yes(value: object) -> bool:
    return str(value).strip().lower() not in ("", "0", "false", "none")


def _of_dbmate(file: File, version: str, name: str) -> Theirs:
    text = file.text
    said = list(_DBMATE_SAYS.finditer(text))
    if [each[1] for each in said] != ["up", "down"] * (len(said) // 2) + ["up"] * (len(said) % 2) or not said:
        raise bad(
            f"{quoted(file.shown)} does not say “-- migrate:up” and “-- migrate:down” in turn.", _UNCHANGED
        )
    if any(
        line.strip() and not line.lstrip().startswith("--") for line in text[: said[0].start()].split("\n")
    ):
        raise bad(
            f"{quoted(file.shown)} has statements before “-- migrate:up”, which dbmate does not run.",
            _UNCHANGED,
        )
    return Theirs(
        version,
        name,
        file.shown,
        _sections(text, said, "up"),
        _sections(text, said, "down") if len(said) > 1 else None,
        version=int(version),
        in_transaction=not any("transaction:false" in each[0].split() for each in said if each[1] == "up"),
    )


def _sections(text: str, marks: Sequence[re.Match[str]], wanted: str) -> str:
    """The sections of one kind, each at its line."""
    ends = [*(each.start() for each in marks[1:]), len(text)]
    found = "\n" * text.count("\n", 0, marks[0].start())
    for mark, end in zip(marks, ends, strict=True):
        section = text[mark.end() : end]
        found += section if mark[1] == wanted else "\n" * section.count("\n")
    return found.rstrip() + "\n"


def _of_goose(file: File, version: int, name: str) -> Theirs:
    if file.path.suffix == ".go":
        return Theirs(str(version), name, file.shown, version=version)
    text = file.text
    said = list(_GOOSE_SAYS.finditer(text))
    up = next((each for each in said if each[1].upper() == "UP"), None)
    down = next((each for each in said if each[1].upper() == "DOWN"), None)
    if up is None or (down is not None and down.start() < up.start()):
        raise bad(f"{quoted(file.shown)} has no “-- +goose Up” before “-- +goose Down”.", _UNCHANGED)
    return Theirs(
        str(version),
        name,
        file.shown,
        _without_goose(at_its_line(text, up.end(), down.start() if down else None)),
        _without_goose(at_its_line(text, down.end())) if down else None,
        version=version,
        in_transaction=not any(each[1].upper() == "NO TRANSACTION" for each in said),
    )


def _without_goose(text: str) -> str:
    """The statements without goose's own remarks. A statement between its marks may lack a semicolon."""
    ended = _GOOSE_ENDS.sub(r"\1;\2", text)
    return _GOOSE_SAYS.sub("", ended)


DBMATE = Reader(
    Tool.DBMATE, "schema_migrations", frozenset({"version"}), read_dbmate_files, read_dbmate_table
)
GOOSE = Reader(
    Tool.GOOSE,
    "goose_db_version",
    frozenset({"id", "version_id", "is_applied", "tstamp"}),
    read_goose_files,
    read_goose_table,
)
GOLANG_MIGRATE = Reader(
    Tool.GOLANG_MIGRATE,
    "schema_migrations",
    frozenset({"version", "dirty"}),
    read_golang_files,
    read_golang_table,
)
