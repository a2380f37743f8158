"""The changesets of a folder of changelogs, in the order of their includes, each as SQL for SQLite.

What a change makes may rest on the table as it is by then, so everything is made on the way in an empty database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final

from steward_app.db import WriteSession
from steward_app.db.bounded import MOST_ON_EMPTY, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_script import confined
from steward_app.db.names import fold
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.db.skeleton import in_memory
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.changelog import Said
from steward_app.services.migrate.adopt.changes import (
    OF_ROWS,
    Made,
    NotRead,
    changes_of,
    condition_of,
    for_sqlite,
    inverse_of,
    made_of,
    statements_of,
)
from steward_app.services.migrate.adopt.model import Theirs, filled, put_in
from steward_app.services.migrate.adopt.reading import File
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.edit.model import Edit
from steward_app.services.migrate.edit.write import write

_SHAPES: Final = frozenset({"CREATE", "ALTER", "DROP"})


class Changesets:
    """Goes through the files of a folder.

    Args:
        changelogs: those in XML, YAML and JSON, by their paths in the folder.
        formatted: the changesets of those in SQL, the same way.
        files: every file of SQL, those that are changelogs and others.
        key: makes the key of a changeset of its file, author and id.
    """

    def __init__(
        self,
        changelogs: Mapping[str, Said],
        formatted: Mapping[str, Sequence[Theirs]],
        files: Mapping[str, File],
        key: Callable[[str, str, str], str],
    ) -> None:
        self._changelogs = changelogs
        self._formatted = formatted
        self._files = files
        self._key = key
        self._done: set[str] = set()
        self._anew: set[str] = set()
        self._values: dict[str, str] = {}
        self._known = True  # whether the empty database is as theirs is at this point

    def all(self) -> Iterator[Theirs]:
        """Every changeset for SQLite, in order: files that none includes first to last, each with what it includes."""
        names = sorted([*self._changelogs, *self._formatted])
        included = {
            inner
            for name, log in self._changelogs.items()
            for each in log.all("include", "includeAll")
            for inner in self._named(each, name)
        }
        with closing(in_memory()) as self._empty, unenforced(self._empty), confined(self._empty):
            for name in (*(each for each in names if each not in included), *names):
                yield from self._file(name)

    def _file(self, name: str) -> Iterator[Theirs]:
        if name in self._done:
            return
        self._done.add(name)
        for said in self._formatted.get(name, ()):
            theirs = filled(said, self._values)
            if theirs.up is not None:
                self._follow(theirs.up, theirs.file)
            yield theirs
        if name in self._files and name not in self._formatted:
            yield self._raw(name)
        log = self._changelogs.get(name)
        for each in log.inside if log else ():
            if each.tag == "changeSet" and log:
                yield from self._changeset(_filled(each, self._values), log, name)
            elif each.tag == "property" and for_sqlite(each.get("dbms")):
                self._values.setdefault(each.get("name"), each.get("value"))
            elif each.tag in ("include", "includeAll"):
                for inner in self._named(each, name):
                    yield from self._file(inner)

    def _named(self, include: Said, name: str) -> list[str]:
        """The files that an include names, from its own folder, from the top, or by the end of a path."""
        wanted = include.get("path" if include.tag == "includeAll" else "file")
        known = [*self._changelogs, *self._files]
        if include.tag == "include":
            found = _found(wanted, name, known)
            return [found] if found else []
        place = _folder(wanted, name, known)
        return sorted(each for each in known if each != name and _parts(each)[:-1][: len(place)] == place)

    def _raw(self, name: str) -> Theirs:
        """A file of SQL that is no changelog, and that one includes: a changeset of its own for Liquibase."""
        text = self._files[name].text
        self._follow(text, name)
        return Theirs(
            self._key(name, "includeAll", "raw"), name.rpartition("/")[2].removesuffix(".sql"), name, text
        )

    def _changeset(self, changeset: Said, log: Said, name: str) -> Iterator[Theirs]:
        if not for_sqlite(changeset.get("dbms")) or changeset.is_true("ignore"):
            return
        author, number = changeset.get("author"), changeset.get("id")
        shown = changeset.get("logicalFilePath") or log.get("logicalFilePath") or name
        theirs = Theirs(
            self._key(shown, author, number),
            number,
            f"{name} ({author}:{number})",
            in_transaction=changeset.get("runInTransaction").lower() != "false",
            condition=condition_of(
                changeset.get("contextFilter") or changeset.get("context"),
                changeset.get("labels"),
                under_precondition=any(changeset.all("preConditions")),
            ),
        )
        try:
            up, back = self._forward(changeset, name)
        except NotRead as error:
            self._known = False
            yield replace(theirs, why=f"{quoted(name, 200)}, line {error.line}: {error}")
            return
        theirs = replace(theirs, anew=self._made_anew(changeset), dropped=_dropped(changeset))
        for each in changeset.all(*OF_ROWS):
            why = f"{quoted(name, 200)}, line {each.line}: {each.tag} is not read here"
            yield replace(theirs, why=why, shape=_text(up))
            return
        down = self._back(changeset, back, name)
        yield replace(theirs, up=_text([*_remarks(changeset), *up]), down=_text(down) if down else None)

    def _forward(self, changeset: Said, name: str) -> tuple[list[str], list[str] | None]:
        """The statements, and those that take them back where Liquibase knows it of each change."""
        up: list[str] = []
        back: list[str] | None = []
        for change in changes_of(changeset):
            if change.tag in OF_ROWS:
                continue
            up += self._statements(self._made(change, name), change.line, follows=True)
            inverse = inverse_of(change)
            back = None if back is None or inverse is None else [*map(str, inverse), *back]
        return up, back

    def _made_anew(self, changeset: Said) -> tuple[str, ...]:
        """Tables that Liquibase makes anew for it, and new names of those that it made anew before."""
        found: list[str] = []
        for change in changeset.inside:
            if change.tag in ("addColumn", "dropColumn"):
                found.append(change.get("tableName"))
            self._anew.update(map(fold, found))
            if change.tag == "renameTable" and fold(change.get("oldTableName")) in self._anew:
                found.append(change.get("newTableName"))
        self._anew.update(map(fold, found))
        return tuple(found)

    def _back(self, changeset: Said, back: list[str] | None, name: str) -> list[str] | None:
        """What is said to take it back, else what is known to."""
        said = list(changeset.all("rollback"))
        if "rollback" in changeset.said:
            said.append(Said("rollback", changeset.line, text=changeset.said["rollback"]))
        if not said:
            return back
        try:
            return [each for rollback in said for each in self._rollback(rollback, name)] or None
        except NotRead:
            return None

    def _rollback(self, rollback: Said, name: str) -> list[str]:
        if "changeSetId" in rollback.said:
            raise NotRead(rollback.line, "another changeset takes it back")
        changes = changes_of(rollback)
        if changes:
            return [
                each for change in changes for each in self._statements(self._made(change, name), change.line)
            ]
        text = rollback.text.strip()
        return [] if text.lower() in ("", "empty", "not required") else _cut(text, rollback.line)

    def _made(self, change: Said, name: str) -> list[Made]:
        if change.tag != "sqlFile":
            try:
                return made_of(change)
            except StewardError as error:
                raise NotRead(change.line, error.message.rstrip(".")) from error
        found = _found(change.get("path"), name, list(self._files))
        if found is None:
            raise NotRead(change.line, f"{change.get('path')} is not in the folder")
        if not for_sqlite(change.get("dbms")):
            return []
        return [*_cut(statements_of(self._files[found].text, change.get("endDelimiter")), change.line)]

    def _statements(self, made: Sequence[Made], line: int, *, follows: bool = False) -> list[str]:
        """With edits of tables as statements, each after what stands before it where the empty database `follows`."""
        found: list[str] = []
        for each in made:
            statements = [each] if isinstance(each, str) else self._edited(each, line)
            for statement in statements if follows else ():
                self._run(statement)
            found += statements
        return found

    def _edited(self, edit: Edit, line: int) -> Sequence[str]:
        if not self._known:
            raise NotRead(line, "what the table is like by then is not known here")
        try:
            return write(self._empty, [edit], spared=is_spared).statements
        except StewardError as error:
            raise NotRead(line, error.message.rstrip(".")) from error

    def _follow(self, sql: str, file: str) -> None:
        try:
            statements = split(sql, file)
        except StewardError:  # told where it is checked that the files make this schema
            self._known = False
            return
        for each in statements:
            self._run(each.sql)

    def _run(self, statement: str) -> None:
        """Follow a statement that changes the schema. What SQLite says against one is told when all of them run."""
        if statement.lstrip().partition(" ")[0].upper() not in _SHAPES:
            return
        try:
            with bounded(self._empty, MOST_ON_EMPTY), in_sqlites_words():
                self._empty.run(statement)
        except (SqliteSays, StewardError):
            self._known = False

    _empty: WriteSession


def _filled(said: Said, values: Mapping[str, str]) -> Said:
    """With the values that the changelogs give to names."""
    if not values:
        return said

    return replace(
        said,
        said={name: put_in(value, values) for name, value in said.said.items()},
        inside=tuple(_filled(each, values) for each in said.inside),
        text=put_in(said.text, values),
    )


def _remarks(changeset: Said) -> Iterator[str]:
    for each in changeset.all("preConditions"):
        yield f"-- Liquibase ran it only where its preconditions held (line {each.line})."


def _dropped(changeset: Said) -> tuple[tuple[str, str], ...]:
    """The table and each column that a `dropColumn` names."""
    return tuple(
        (change.get("tableName"), name)
        for change in changeset.all("dropColumn")
        for name in [each.get("name") for each in change.all("column")] or [change.get("columnName")]
    )


def _text(statements: Sequence[str]) -> str:
    return "\n\n".join(each if each.startswith("-- Liquibase") else _ended(each) for each in statements)


def _ended(statement: str) -> str:
    """With its semicolon, below a remark that may end its last line."""
    return f"{statement}\n;" if "--" in statement.rpartition("\n")[2] else f"{statement};"


def _cut(sql: str, line: int) -> list[str]:
    try:
        return [each.sql.removesuffix(";").rstrip() for each in split(sql)]
    except StewardError as error:
        raise NotRead(line, error.message.rstrip(".")) from error


def _parts(path: str) -> list[str]:
    """The parts of a path; one that leads above the top begins there."""
    parts: list[str] = []
    for each in path.replace("\\", "/").removeprefix("classpath:").split("/"):
        if each == "..":
            parts = parts[:-1]
        elif each not in ("", "."):
            parts.append(each)
    return parts


def _ends(parts: Sequence[str], end: Sequence[str]) -> bool:
    short = min(len(parts), len(end))
    return list(parts[len(parts) - short :]) == list(end[len(end) - short :])


def _beside(within: str, path: str) -> list[str]:
    return _parts("/".join([*within.split("/")[:-1], path.removeprefix("classpath:")]))


def _folder(wanted: str, within: str, known: Sequence[str]) -> list[str]:
    """A folder by a path, as `_found`; the top where none has that name, since the folder itself may be meant."""
    folders = [_parts(each)[:length] for each in known for length in range(each.count("/") + 1)]
    for place in (_beside(within, wanted), _parts(wanted)):
        if place in folders:
            return place
    return max((each for each in folders if each and _ends(each, _parts(wanted))), key=len, default=[])


def _found(wanted: str, within: str, known: Sequence[str]) -> str | None:
    """A file of the folder by a path that is from the file that names it, from the top, or longer than that."""
    end = _parts(wanted)
    if not end:
        return None
    for name in ("/".join(_beside(within, wanted)), "/".join(end)):
        if name in known:
            return name
    return next((each for each in sorted(known) if _ends(each.split("/"), end)), None)
