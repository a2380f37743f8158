"""Flyway: `flyway_schema_history`, and files V1.2__name.sql, R__name.sql, U1.2__name.sql, B1.2__name.sql.

The checksum is a CRC-32 over the lines without their ends, as a signed number of 32 bits.
https://github.com/flyway/flyway (ChecksumCalculator, createMetaDataTable of SQLite)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.db import Session
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, moment
from steward_app.services.migrate.adopt.reading import files, rows

_FILE = re.compile(r"(?P<kind>[VUB])(?P<version>\d+(?:[._]\d+)*)__(?P<name>.*)\.sql")
_REPEATABLE = re.compile(r"R__(?P<name>.*)\.sql")
_COLUMNS = (
    "installed_rank",
    "version",
    "description",
    "type",
    "script",
    "checksum",
    "installed_by",
    "installed_on",
    "success",
)
_UNDO = "UNDO_"
"""How types begin of rows that took one back: UNDO_SQL, UNDO_JDBC, UNDO_SCRIPT, and UNDO_SPRING_JDBC until 5."""
_DELETED = "DELETE"
"""Of a row that `repair` wrote for a file that is gone. What the migration made stays."""
_NO_MIGRATION = ("SCHEMA",)
_BASELINES = ("BASELINE", "INIT")  # the second until 3
_BASELINE_FILE = "_BASELINE"
_OF_A_BASELINE = "B "


def read_files(folder: Path) -> tuple[Theirs, ...]:
    """Versioned ones in order of version, then repeatable ones by name."""
    found: list[Theirs] = []
    undo: dict[str, str] = {}
    repeatable: list[Theirs] = []
    for file in files(folder, ".sql"):
        if named := _REPEATABLE.fullmatch(file.path.name):
            name = named["name"].replace("_", " ")
            text = file.text
            known = "" if "${" in text else _checksum(text)  # it is counted with the values in it
            repeatable.append(Theirs(f"R {name}", name, file.shown, text, repeatable=True, checksum=known))
        elif named := _FILE.fullmatch(file.path.name):
            text, version, name = file.text, _version(named["version"]), named["name"].replace("_", " ")
            if named["kind"] == "U":
                undo[version] = text
                continue
            key = f"{_OF_A_BASELINE}{version}" if named["kind"] == "B" else version
            whole = int(version) if version.isdigit() else None
            found.append(Theirs(key, name, file.shown, text, version=whole, checksum=_checksum(text)))
    ordered = sorted(found, key=lambda each: _parts(each.key))
    return (
        *(replace(each, down=undo.get(each.key)) for each in ordered),
        *sorted(repeatable, key=lambda each: each.name),
    )


def read_table(session: Session, table: str, theirs: Sequence[Theirs]) -> Record:
    """In order of `installed_rank`. Of a repeatable one the last run counts; what was undone does not."""
    found: dict[str, Ran] = {}
    problems = []
    for _, version, name, kind, script, checksum, by, at, success in rows(
        session, table, _COLUMNS, "installed_rank"
    ):
        if not success:
            problems.append(f"Flyway says that {quoted(str(script))} failed.")
        if kind in _NO_MIGRATION:
            continue
        key = f"R {name!s}" if version is None else _version(str(version))
        if str(kind).startswith(_UNDO) or kind == _DELETED:
            found.pop(key, None)
            continue
        key = f"{_OF_A_BASELINE}{key}" if str(kind).endswith(_BASELINE_FILE) else key
        found.pop(key, None)
        said = "" if checksum is None else str(checksum)
        found[key] = Ran(
            *(key, str(name), moment(at), said),
            before_history=kind in _BASELINES,
            repeatable=version is None,
            applied_by=str(by or ""),
        )
    return Record(tuple(found.values()), tuple(problems), _passed_over(found, theirs))


def _passed_over(found: Mapping[str, Ran], theirs: Sequence[Theirs]) -> frozenset[str]:
    """Baselines that were not used, and versions at or below the one that was."""
    begins = max(
        (_parts(key) for key, ran in found.items() if ran.before_history or key.startswith(_OF_A_BASELINE)),
        default=(-1,),
    )
    return frozenset(
        each.key
        for each in theirs
        if not each.repeatable and (each.key.startswith(_OF_A_BASELINE) or _parts(each.key) <= begins)
    )


def _version(said: str) -> str:
    """A version as it is compared: "1_02" and "1.2" are the same, and "1.0" and "1" are."""
    parts = _parts(said)
    return ".".join(map(str, parts))


def _parts(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in re.findall(r"\d{1,18}", version)]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _checksum(text: str) -> str:
    crc = 0
    for line in text.split("\n"):
        crc = zlib.crc32(line.encode(), crc)
    return str(crc - (1 << 32) if crc >= 1 << 31 else crc)


READER = Reader(
    Tool.FLYWAY,
    "flyway_schema_history",
    frozenset({"installed_rank", "version", "description", "type", "script", "success"}),
    read_files,
    read_table,
    reads_below=True,
)
