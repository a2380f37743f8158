"""Which database is this file? A path is not an answer: files are moved, copied, restored and replaced.

A database is a UUID in the catalog with what is known of its file: the path, the operating system's own number of
the file (device and inode), its schema, and the UUID the file carries (`stamp.py`) once we wrote to it.

    the file carries    and it is                                  then it is
    nothing             where we saw it, the same file             known
                        where we saw it, another file              asked: replaced, or restored by other means?
                        elsewhere, the same file, old place empty  moved
                        none of these                              new
    a UUID we know      the file we know, wherever it is           known, or moved
                        where we saw it, another file              asked: restored by other means?
                        elsewhere, and the old place is empty      moved (to another disk)
                        elsewhere, and a file is at the old place  asked: a copy?
    another UUID        where we saw a database of ours            asked: is it still that one?
                        elsewhere                                  taken over: its own UUID stays its name

The answer to a question is "same" (journal, points and ledger go on with this file) or "new" (it starts its own).
An inode number is used again after a file is deleted, so a file that carries nothing is taken for one we know at
another place only when its schema is the one we last saw there.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from steward_app.catalog import stamp
from steward_app.catalog.store import Catalog, Unit
from steward_app.db import Session, quote, schema_hash
from steward_app.db.place import locate
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted, visible
from steward_app.storage import is_there


@dataclass(frozen=True, slots=True)
class Database:
    """A database the catalog knows. Moments are RFC 3339 in UTC.

    Attributes:
        path: where it was last seen; absolute, links followed.
        device, inode: the operating system's name of the file, as text (they may not fit SQLite's integers).
        stamp: the UUID the file carried when last seen, or "".
        schema_hash: of its schema when last seen.
    """

    id: str
    path: Path
    device: str
    inode: str
    stamp: str
    schema_hash: str
    created_at: str
    seen_at: str


class How(StrEnum):
    """How a file was recognised."""

    KNOWN = "known"
    NEW = "new"
    MOVED = "moved"
    TAKEN_OVER = "taken_over"  # it brought its UUID from another catalog
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The file is this database. `news` is a sentence worth showing, or ""."""

    database: Database
    how: How
    news: str = ""


class Doubt(StrEnum):
    """Why a file cannot be recognised without asking."""

    REPLACED = "replaced"  # another file stands where a database of ours stood
    COPIED = "copied"  # it carries the UUID of a database whose own file is still there, or may be
    OTHER_CONTENT = "other_content"  # our file now carries the UUID of another database


@dataclass(frozen=True, slots=True)
class IdentityQuestion:
    """Is this file the same database or a new one? Hand it back to `resolve` with the answer.

    Attributes:
        known: the database it may be.
        seen: the file as it is now; its id is that of `known`.
        question: in words, for the steward.
        same, new: what each answer means, a sentence each.
    """

    doubt: Doubt
    known: Database
    seen: Database
    question: str
    same: str
    new: str


def recognise(catalog: Catalog, path: Path, session: Session) -> Recognised | IdentityQuestion:
    """Say which database a file is, and remember where and how it was seen.

    Args:
        path: the user's file.
        session: an open session on it, or on a scratch copy where the file itself cannot be opened as it is.

    Raises `Failure` when the path leads nowhere.
    """
    seen = _look(path, session)
    with catalog.unit() as unit:
        answer = _judge(unit.session, seen)
        if isinstance(answer, Recognised):
            _save(unit, answer.database)
            unit.commit()
    return answer


def judge(catalog: Catalog, path: Path, session: Session) -> Recognised | IdentityQuestion:
    """As `recognise`, and nothing is remembered: for whoever only looks."""
    seen = _look(path, session)
    with catalog.reading() as reading:
        return _judge(reading, seen)


def at_path(session: Session, path: Path) -> str:
    """The UUID of the database that was last seen at a path, else that of the same file elsewhere; "" for none.

    For whoever only looks and knows nothing but the path. Raises `Failure` when it leads nowhere.
    """
    place = locate(path)
    here = _where(session, "path = ?", str(place.file))
    same = _where(session, "inode = ? AND device = ?", str(place.id.inode), str(place.id.device))
    found = [known for known in here if known in same] or here or same
    return found[0].id if found else ""


def resolve(catalog: Catalog, question: IdentityQuestion, answer: Literal["same", "new"]) -> Recognised:
    """Settle a question as the steward answered it."""
    database = question.seen
    with catalog.unit() as unit:
        if answer == "new":
            carried = database.stamp
            unknown = carried and not _where(unit.session, "id = ?", carried)
            name = carried if unknown else ids.new_uuid()
            database = replace(database, id=name, created_at=database.seen_at)
            unit.session.run(  # its number leads to the new one from now on
                "UPDATE databases SET device = '', inode = '' WHERE device = ? AND inode = ?",
                (database.device, database.inode),
            )
        _save(unit, database)
        unit.commit()
    return Recognised(database, How.ANSWERED)


def take_over(unit: Unit, database_id: str, name: str) -> Database:
    """Give a database the UUID it had in another catalog, which a backup store tells and the steward confirms.

    What was done with it here until then stays in the journal under the UUID it had here; its points go along.

    Raises `Refused` when the file carries another UUID, it has a store of its own here, or this catalog knows another
    database by that UUID.
    """
    known = get(unit.session, database_id)
    own = unit.session.count("SELECT count(*) FROM stores WHERE database_id = ?", (database_id,))
    if known.stamp not in ("", name) or own or _where(unit.session, "id = ?", name):
        raise Refused(
            ErrorCode.WHICH_DATABASE,
            f"{quoted(known.path.name)} is known on this computer as another database.",
            hint="Nothing was changed. Restore from the store to a new file instead.",
        )
    unit.session.run("UPDATE databases SET id = ? WHERE id = ?", (name, database_id))
    tables = (
        "points",
        "schedules",
        "layouts",
        "saved_filters",
        "privacy_scans",
        "privacy_scan_tables",
        "schema_versions",
        "rehearsals",
    )
    for table in tables:
        unit.session.run(
            f"UPDATE {quote(table)} SET database_id = ? WHERE database_id = ?", (name, database_id)
        )
    return replace(known, id=name)


def unanswered(question: IdentityQuestion) -> Refused:
    """The error of an operation that needs to know, where nobody can be asked."""
    typed = visible(shlex.quote(str(question.seen.path)))
    return Refused(
        ErrorCode.WHICH_DATABASE,
        question.question,
        hint=f"Nothing was changed. Answer with: steward journal identify {typed} --same, or --new.",
    )


def seen(unit: Unit, database_id: str, path: Path, session: Session) -> Database:
    """Remember a database as it is now, after an operation of ours changed it, or brought it to this computer."""
    now = _look(path, session)
    known = _where(unit.session, "id = ?", database_id)
    database = replace(now, id=database_id, created_at=known[0].created_at if known else now.created_at)
    _save(unit, database)
    return database


def belongs(session: Session, database_id: str, path: Path) -> bool:
    """Whether a file made anew at a path is this database: it was there before, or nobody here knows it."""
    known = _where(session, "id = ?", database_id)
    return not known or known[0].path == path


def check_place(session: Session, database_id: str, path: Path) -> None:
    """Raise `Refused` (FILE_REPLACED) unless the path leads to the file the catalog knows as this database."""
    known = get(session, database_id)
    place = locate(path)
    if (str(place.id.device), str(place.id.inode)) != (known.device, known.inode) or place.file != known.path:
        raise Refused(
            ErrorCode.FILE_REPLACED,
            f"{quoted(path.name)} is not the file this plan was made for.",
            hint="Nothing was changed. Open the file again and make the plan anew.",
        )


def get(session: Session, database_id: str) -> Database:
    """The database of that UUID. Raises `UsageError` when the catalog does not know it."""
    found = _where(session, "id = ?", database_id)
    if not found:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            "The catalog does not know this database.",
            hint="Nothing was changed. Open the file once, then try again.",
        )
    return found[0]


def every(session: Session) -> tuple[Database, ...]:
    """All databases, the one seen last first."""
    return _where(session, "1")


def _look(path: Path, session: Session) -> Database:
    place = locate(path)
    now = clock.to_text(clock.now())
    device, inode = str(place.id.device), str(place.id.inode)
    return Database("", place.file, device, inode, stamp.database_id(session), schema_hash(session), now, now)


def _judge(session: Session, seen: Database) -> Recognised | IdentityQuestion:
    here = _where(session, "path = ?", str(seen.path))
    at_path = next((known for known in here if _same_file(known, seen)), here[0] if here else None)
    if at_path is not None and _same_file(at_path, seen):
        if seen.stamp in ("", at_path.id, at_path.stamp):
            return Recognised(_again(at_path, seen), How.KNOWN)
        return _ask(Doubt.OTHER_CONTENT, at_path, seen)
    if seen.stamp:
        return _judge_stamped(session, seen, at_path)
    elsewhere = _where(session, "inode = ? AND device = ?", seen.inode, seen.device)
    moved = next((known for known in elsewhere if known.schema_hash == seen.schema_hash), None)
    if moved is not None:
        return _moved_here(moved, seen)
    if at_path is not None:
        return _ask(Doubt.REPLACED, at_path, seen)
    return Recognised(replace(seen, id=ids.new_uuid()), How.NEW)


def _judge_stamped(
    session: Session, seen: Database, at_path: Database | None
) -> Recognised | IdentityQuestion:
    carriers = _where(session, "id = ?1 OR stamp = ?1", seen.stamp)
    itself = next((known for known in carriers if _same_file(known, seen)), None)
    if itself is not None:
        return _moved_here(itself, seen)
    if at_path is not None:
        return _ask(Doubt.REPLACED if at_path in carriers else Doubt.OTHER_CONTENT, at_path, seen)
    if not carriers:
        return _taken_over(seen)
    origin = next((known for known in carriers if known.id == seen.stamp), carriers[0])
    gone = not is_there(origin.path) and is_there(origin.path.parent)  # not merely a drive that is unplugged
    return _moved_here(origin, seen) if gone else _ask(Doubt.COPIED, origin, seen)


def _same_file(known: Database, seen: Database) -> bool:
    """The number of a device may change when a disk is mounted again; at the same path the inode is enough."""
    return known.inode == seen.inode and (known.device == seen.device or known.path == seen.path)


def _again(known: Database, seen: Database) -> Database:
    return replace(seen, id=known.id, created_at=known.created_at)


def _moved_here(known: Database, seen: Database) -> Recognised:
    return Recognised(
        _again(known, seen),
        How.MOVED,
        f"{quoted(seen.path.name)} was {quoted(str(known.path), 200)} before. Its journal and restore points go on.",
    )


def _taken_over(seen: Database) -> Recognised:
    return Recognised(
        replace(seen, id=seen.stamp),
        How.TAKEN_OVER,
        f"{quoted(seen.path.name)} was worked on with another catalog before. It keeps its identity; the journal of "
        "that time is not here.",
    )


_QUESTIONS = {
    Doubt.REPLACED: "{name} is another file than the one that stood here until {day}. Was the database restored or "
    "saved anew, or is this another one?",
    Doubt.COPIED: "{name} carries the identity of {origin}. Is it that database at a new place, or a copy that goes "
    "its own way?",
    Doubt.OTHER_CONTENT: "{name} now holds what another database held. Is it still the database it was until {day}?",
}


def _ask(doubt: Doubt, known: Database, seen: Database) -> IdentityQuestion:
    return IdentityQuestion(
        doubt,
        known,
        _again(known, seen),
        _QUESTIONS[doubt].format(
            name=quoted(seen.path.name), origin=quoted(str(known.path), 200), day=known.seen_at[:10]
        ),
        same="The same database: its journal, restore points and layout go on with this file.",
        new="A new database: it starts with an empty journal. What was recorded stays with the one before.",
    )


_COLUMNS = "id, path, device, inode, stamp, schema_hash, created_at, seen_at"


def _where(session: Session, condition: str, *bindings: str) -> tuple[Database, ...]:
    rows = session.execute(
        f"SELECT {_COLUMNS} FROM databases WHERE {condition} ORDER BY seen_at DESC, id", bindings
    )
    return tuple(_database(*(str(value) for value in row)) for row in rows)


def _database(database_id: str, path: str, *rest: str) -> Database:
    return Database(database_id, Path(path), *rest)


def _save(unit: Unit, database: Database) -> None:
    values = [str(getattr(database, column)) for column in _COLUMNS.split(", ")]
    unit.session.run(f"INSERT OR REPLACE INTO databases ({_COLUMNS}) VALUES ({', '.join('?' * 8)})", values)
