"""Migration files in a folder: what each is, by its name, and what it held when it was read.

    V0001__what_it_does.sql   runs once, in order of version
    R__what_it_makes.sql      runs again whenever its text is another one: views, triggers
    U0001__what_it_does.sql   takes V0001 back
    V0002__what_it_does.py    the same in Python: a function `migrate(session)`

A file runs as its text stands. Its checksum is blind to how lines end, since version control changes that from one
system to the other: LF and CR LF are the same. Inside the quotes of a text or name they are not, for there the file
does something else.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from blake3 import blake3

from steward_app.db.line_ends import as_lf, as_lf_outside_quotes
from steward_app.db.tokens import position, significant, tokenize
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_FILE = re.compile(r"(?:(?P<kind>[VU])(?P<version>\d{4,18})|R)__(?P<name>\w+)\.(?P<suffix>sql|py)", re.ASCII)
_OF_PYTHON = re.compile(r"(?:[VU]\d+|R)_", re.ASCII)


class Kind(StrEnum):
    """What a migration file is for."""

    VERSIONED = "versioned"
    REPEATABLE = "repeatable"
    UNDO = "undo"


_KINDS = {"V": Kind.VERSIONED, "U": Kind.UNDO, None: Kind.REPEATABLE}


@dataclass(frozen=True, slots=True)
class Migration:
    """One file.

    Attributes:
        version: from 0; of a repeatable file 0.
        name: what stands behind the version: "what_it_does".
        text: the file as it stands, without a byte order mark.
        checksum: see `checksum_of`.
    """

    version: int
    name: str
    path: Path
    text: str
    checksum: str
    kind: Kind = Kind.VERSIONED

    @property
    def python(self) -> bool:
        """Whether it is a program instead of SQL."""
        return self.path.suffix == ".py"

    @property
    def empty(self) -> bool:
        """Whether it is SQL without a statement."""
        return not self.python and all(token.text == ";" for token in significant(tokenize(self.text)))

    @property
    def description(self) -> str:
        """Its name for a person: "what it does"."""
        return self.name.replace("_", " ")


def read_folder(
    folder: Path, kinds: Collection[Kind] = frozenset({Kind.VERSIONED}), *, python: bool = False
) -> tuple[Migration, ...]:
    """The migrations of a folder: versioned ones in order of version, then undo, then repeatable ones by name.

    Other files than .sql (and .py, with `python`) are passed over, and hidden ones. Raises `Failure` for one whose name
    is not that of a migration of these kinds, for a version or name used twice, and for one that cannot be read or is
    not UTF-8.
    """
    found: dict[tuple[Kind, int, str], Migration] = {}
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        suffix = path.suffix.lower()
        wanted = suffix == ".sql" or (python and suffix == ".py" and _OF_PYTHON.match(path.name))
        if not wanted or path.name.startswith(".") or path.is_dir():
            continue
        if not path.is_file():  # a link that leads nowhere
            raise bad(
                f"{quoted(path.name)} cannot be read.",
                "Nothing was changed. Put the file there, or take the link away.",
            )
        migration = _read(path, kinds)
        alone = (migration.kind, migration.version, "" if migration.version else migration.name)
        twin = found.setdefault(alone, migration)
        if twin is not migration:
            raise bad(
                f"{quoted(twin.path.name)} and {quoted(path.name)} have the same version.",
                "Give one of them another version.",
            )
    order = (Kind.VERSIONED, Kind.UNDO, Kind.REPEATABLE)
    return tuple(sorted(found.values(), key=lambda m: (order.index(m.kind), m.version, m.name)))


def bad(message: str, hint: str) -> Failure:
    """The failure that a folder of migrations is not as it should be."""
    return Failure(ErrorCode.BAD_MIGRATION, message, hint=hint)


def checksum_of(path: Path, text: str) -> str:
    """What tells one text of a file from another: BLAKE3 over it, in hex, blind to line ends where they say nothing.

    Python reads them all as LF, inside quotes, too.
    """
    counts = as_lf(text) if path.suffix == ".py" else as_lf_outside_quotes(text)
    return blake3(counts.encode()).hexdigest()


def read_any(path: Path) -> Migration:
    """A file of SQL by whatever name, as the next migration would be; one that is named R__ or U… is of that kind.

    Raises `Failure` where it cannot be read, or is not UTF-8.
    """
    named = _FILE.fullmatch(path.name)
    if named is not None and named["kind"] == "U":
        return _read(path, {Kind.UNDO})
    text = _text(path)
    kind = Kind.REPEATABLE if path.name.startswith("R__") else Kind.VERSIONED
    return Migration(0, path.stem, path, text, checksum_of(path, text), kind)


def read_beside(undo: Migration) -> Migration | None:
    """The migration that a file takes back, from the same folder; None where it is gone. Raises as `read_any`."""
    for path in sorted(undo.path.parent.iterdir()):
        named = _FILE.fullmatch(path.name)
        if named is not None and named["kind"] == "V" and int(named["version"]) == undo.version:
            return _read(path, {Kind.VERSIONED})
    return None


def _read(path: Path, kinds: Collection[Kind]) -> Migration:
    named = _FILE.fullmatch(path.name)
    if named is None or _KINDS[named["kind"]] not in kinds:
        raise bad(
            f"{quoted(path.name)} is not named like a migration.", "Name it like V0001__what_it_does.sql."
        )
    text = _text(path)
    version = int(named["version"] or 0)
    return Migration(version, named["name"], path, text, checksum_of(path, text), _KINDS[named["kind"]])


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise bad(f"{quoted(path.name)} cannot be read: {error.strerror}.", "Nothing was changed.") from error
    if content.startswith(_UTF_16) or _is_every_other_nul(content):
        raise bad(
            f"{quoted(path.name)} is text in UTF-16, and a migration is text in UTF-8.",
            "Nothing was changed. Save it as UTF-8 in the editor that wrote it.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        ahead = error.object[: error.start].decode()
        at = position(ahead, len(ahead))
        raise bad(
            f"{quoted(path.name)}, line {at.line}, column {at.column}: this is not text in UTF-8"
            f" (byte {error.object[error.start]:02X}).",
            "Nothing was changed. Save it as UTF-8 in the editor that wrote it.",
        ) from error


def _is_every_other_nul(content: bytes) -> bool:
    """Whether it looks like UTF-16 of plain letters, without a mark at its beginning."""
    return len(content) > 1 and any(content[at::2].count(0) * 2 > len(content[at::2]) for at in (0, 1))
