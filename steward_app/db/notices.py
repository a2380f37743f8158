"""What a steward is told when a file opens otherwise than quietly. Every sentence that `db.open` says is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.db.header import Header
from steward_app.db.place import Place
from steward_app.db.safe_mode import SchemaRow
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted, visible

_DATABASE = Subject("database")
_UNTOUCHED = "The file is unchanged."
_RESTORE = "Restore the file from a backup made before the damage."
_EXPORT = "Export the tables that can still be read."


# --- Findings: the file opens, and this is worth knowing -------------------------------------------------------------


def empty(place: Place, left: Sequence[str]) -> Finding:
    """An empty file; `left` are side files with content that lie beside it."""
    if not left:
        return Finding("empty_file", Severity.NOTE, "The file is empty: a database without tables", _DATABASE)
    names = ", ".join(quoted(place.file.name + suffix) for suffix in left)
    return Finding(
        "emptied_file",
        Severity.ERROR,
        f"The file is empty, but {names} beside it is not",
        _DATABASE,
        detail="The database was probably cut to nothing by accident. Any program that opens it with SQLite deletes"
        " what lies beside it, which may be the last trace of the data. This program has not touched it.",
        remedies=(f"Copy {names} to another folder first.", _RESTORE),
    )


def link(place: Place) -> Finding:
    return Finding(
        "link",
        Severity.NOTE,
        f"{quoted(place.path.name)} is a link to {quoted(str(place.file), 200)}",
        _DATABASE,
        detail="What is done here is done to that file.",
    )


def network_drive(kind: str) -> Finding:
    return Finding(
        "network_drive",
        Severity.WARNING,
        f"The file lies on a network drive ({kind})",
        _DATABASE,
        detail="Locks do not hold reliably on network drives: when two computers write at once, SQLite databases there"
        " have been damaged. Reading is safe while nobody writes.",
        remedies=("Let one computer at a time use the file.", "Move the file to a disk of this computer."),
    )


def hot_journal(place: Place) -> Finding:
    return Finding(
        "hot_journal",
        Severity.WARNING,
        "A change of another program was cut off before it was finished; shown is the state before it",
        _DATABASE,
        detail=f"{quoted(place.file.name + '-journal')} holds what is needed to undo the unfinished change. Opening the"
        " file as usual would undo it there and then, so a copy is shown in which it was undone. The file and its"
        " journal are as they were.",
        remedies=(
            "Open the file with the program that was writing it: it undoes the change by itself.",
            "Never delete or move the journal: without it the file is damaged for good.",
        ),
    )


def wal_copied(place: Place) -> Finding:
    return Finding(
        "wal_copied",
        Severity.WARNING,
        "The newest changes lie in the -wal file, and you may not write here: a copy is shown",
        _DATABASE,
        detail=f"Reading {quoted(place.file.name + '-wal')} needs a third file beside it, which cannot be made in this"
        " folder. Changes that other programs make from now on are not seen until the file is opened again.",
        remedies=("Ask for permission to write to the folder to see changes as they happen.",),
    )


def immutable() -> Finding:
    return Finding(
        "immutable",
        Severity.NOTE,
        "Changes by other programs are not seen, since you may not write here",
        _DATABASE,
        detail="The file is in WAL mode. To share it with programs that write, SQLite must make files beside it, which"
        " is not allowed here. It is read without locks: if another program writes at the same moment, what is shown"
        " may be wrong.",
        remedies=("Ask for permission to write to the folder.", "Open a copy in a folder of your own."),
    )


def stray_wal(place: Place) -> Finding:
    return Finding(
        "stray_wal",
        Severity.WARNING,
        f"{quoted(place.file.name + '-wal')} lies beside a file that is not in WAL mode",
        _DATABASE,
        detail="SQLite reads it as if it belonged to the file. It may have been left by an older database of the same"
        " name, and then what is shown mixes the two.",
        remedies=("Find out where it comes from before you write anything to the file.",),
    )


def newer_writer(header: Header) -> Finding:
    return Finding(
        "newer_writer",
        Severity.NOTE,
        f"A newer version of SQLite made this file (write format {header.write_version}); here it can be read only",
        _DATABASE,
    )


def longer_than_told(extra: int) -> Finding:
    return Finding(
        "longer_than_told",
        Severity.NOTE,
        f"{plural(extra, 'byte')} at the end of the file do not belong to the database",
        _DATABASE,
        detail="SQLite does not look at them. Something may have been appended, or a program was cut off while it"
        " made the file shorter.",
    )


def mended_magic(place: Place) -> Finding:
    return Finding(
        "header_damaged",
        Severity.ERROR,
        f"The first bytes of {quoted(place.path.name)} are overwritten; a copy in which they are mended is shown",
        _DATABASE,
        detail="The rest of the header is that of a SQLite database. No other program can open the file as it is.",
        remedies=(_RESTORE, "Save what is shown here to a new file."),
    )


@dataclass(frozen=True, slots=True)
class Readable:
    """Of how many ordinary tables the first row was reached; `ends_early`: there are more, which nothing lists."""

    tables: int
    of: int
    ends_early: bool = False

    def __str__(self) -> str:
        if self.ends_early:
            return (
                f"The list of its tables is damaged, too: {plural(self.of, 'table')} can be named, of which"
                f" {self.tables:,} can be read at least in part"
            )
        return f"{self.tables:,} of {plural(self.of, 'table')} can be read at least in part"


def cut_short(place: Place, header: Header, page_count: int, readable: Readable) -> Finding:
    """`page_count`: pages that are there, a last one in part counted."""
    partial = place.size_bytes % header.page_size_bytes != 0
    return Finding(
        "truncated",
        Severity.ERROR,
        f"{quoted(place.path.name)} is cut short: {page_count:,} of {plural(header.page_count, 'page')} are there",
        _DATABASE,
        detail=f"{readable}; nothing can be written."
        + (" The last page is cut through, and rows on it may show as empty." if partial else ""),
        remedies=(_RESTORE, "If the file was copied or downloaded, do that again.", _EXPORT),
    )


def bad_schema(place: Place, rows: Sequence[SchemaRow], readable: Readable) -> Finding:
    """`rows`: the schema table, each bad row with SQLite's complaint."""
    bad = [row for row in rows if row.problem]
    return Finding(
        "malformed_schema",
        Severity.ERROR,
        f"The stored schema of {quoted(place.path.name)} is damaged: SQLite refuses {len(bad):,} of"
        f" {plural(len(rows), 'object')}",
        _DATABASE,
        detail=f"{readable}; nothing can be written. The first object refused is {quoted(bad[0].name)}:"
        f" {visible(bad[0].problem, 200)}.",
        remedies=(_RESTORE, _EXPORT),
    )


def unreadable_parts(place: Place, readable: Readable) -> Finding:
    return Finding(
        "damaged_pages",
        Severity.ERROR,
        f"{quoted(place.path.name)} is damaged and can be read in part only",
        _DATABASE,
        detail=f"{readable}; nothing can be written.",
        remedies=(_RESTORE, _EXPORT),
    )


def damaged_pages(path: Path) -> Finding:
    return Finding(
        "damaged_pages",
        Severity.ERROR,
        f"{quoted(path.name)} has damaged pages: what lies on the others can be read, and the full check tells which"
        " tables are whole",
        _DATABASE,
        detail="SQLite found pages that do not hold together. Until then rows that are shown may be wrong.",
        remedies=("Run the full check to see which tables can still be read whole.", _RESTORE),
    )


# --- Failures: the file does not open --------------------------------------------------------------------------------


def not_a_database(place: Place, kind: str) -> Failure:
    said = f"it looks like {kind}" if kind else "it does not begin as one"
    return Failure(
        ErrorCode.NOT_A_DATABASE,
        f"{quoted(place.path.name)} is not a SQLite database: {said}.",
        hint=f"{_UNTOUCHED} Choose the database file itself.",
    )


def encrypted(place: Place) -> Failure:
    return Failure(
        ErrorCode.ENCRYPTED,
        f"{quoted(place.path.name)} looks like an encrypted database (SQLCipher or similar), which this program cannot"
        " read.",
        hint=f"{_UNTOUCHED} Save it without encryption with the program that made it, and open that file.",
    )


def newer_format(place: Place, what: str) -> Failure:
    return Failure(
        ErrorCode.NEWER_FORMAT,
        f"{quoted(place.path.name)} is in a format newer than this program knows ({what}).",
        hint=f"{_UNTOUCHED} Update this program, or save the file in an older format with the one that made it.",
    )


def header_damaged(place: Place) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"{quoted(place.path.name)} is damaged in its first 100 bytes, without which nothing else can be read.",
        hint=f"{_UNTOUCHED} {_RESTORE}",
    )


def nothing_left(place: Place, header: Header | None) -> Failure:
    """Even the list of tables cannot be read."""
    expected = header.expected_bytes if header else None
    if expected and place.size_bytes < expected:
        return Failure(
            ErrorCode.TRUNCATED,
            f"{quoted(place.path.name)} is cut short: {place.size_bytes:,} of {plural(expected, 'byte')} are there, and"
            " the list of tables is not among them.",
            hint=f"{_UNTOUCHED} {_RESTORE} If it was copied or downloaded, do that again.",
        )
    return Failure(
        ErrorCode.DAMAGED,
        f"{quoted(place.path.name)} is damaged: the list of its tables cannot be read, and so no table can.",
        hint=f"{_UNTOUCHED} {_RESTORE}",
    )


def wal_not_readable(place: Place) -> Failure:
    return Failure(
        ErrorCode.WAL_NOT_READABLE,
        f"{quoted(place.path.name)} has its newest changes in {quoted(place.file.name + '-wal')}, which you may not"
        " read.",
        hint=f"{_UNTOUCHED} Ask for permission to read that file: without it the database would show an older state.",
    )


def journal_not_readable(place: Place) -> Failure:
    return Failure(
        ErrorCode.HOT_JOURNAL,
        f"A change to {quoted(place.path.name)} was cut off, and {quoted(place.file.name + '-journal')}, which undoes"
        " it, cannot be read.",
        hint=f"{_UNTOUCHED} Ask for permission to read that file.",
    )


def keeps_changing(place: Place) -> Failure:
    return Failure(
        ErrorCode.LOCKED,
        f"{quoted(place.path.name)} was changed by another program again and again while it was being opened.",
        hint=f"{_UNTOUCHED} Wait until the other program has finished, then try again.",
    )


def not_writable(place: Place) -> Failure:
    return Failure(
        ErrorCode.READ_ONLY,
        f"{quoted(place.path.name)} cannot be written: you may not write to the file or to its folder.",
        hint=f"{_UNTOUCHED} Ask for permission to write, or copy it to a folder of your own.",
    )


def cannot_be_written_safely(place: Place) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"{quoted(place.path.name)} is damaged and is not written to.",
        hint=f"{_UNTOUCHED} {_RESTORE}",
    )
