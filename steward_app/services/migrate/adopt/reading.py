"""Reading a folder of another tool: its files, and what a program says of itself without being run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from steward_app.db import Session
from steward_app.db.migration_files import bad
from steward_app.db.names import quote
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row
from steward_app.services.migrate.adopt.model import Theirs
from steward_app.storage import read_whole
from steward_app.storage.disk import translated

_LARGEST_BYTES: Final = 64 << 20
_MOST_FILES: Final = 100_000
_NOT_LOOKED_INTO: Final = frozenset({"__pycache__", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class File:
    """A file of their folder. `shown` is its path from there, with slashes."""

    path: Path
    shown: str

    @property
    def text(self) -> str:
        """What it holds, read now, with LF as line ends. Raises `Failure` where it cannot be read or is not UTF-8."""
        try:
            text = self._bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise bad(f"{quoted(self.shown)} is not text in UTF-8.", "Nothing was changed.") from error
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def mentions(self, word: str) -> bool:
        """Whether a word stands anywhere in it, whatever else it holds."""
        return word.encode() in self._bytes()

    def _bytes(self) -> bytes:
        return read_whole(self.path, limit_bytes=_LARGEST_BYTES)


def files(folder: Path, *suffixes: str) -> Iterator[File]:
    """The files with these endings in a folder and those below it, in order of path.

    Folders whose name begins with a dot, and those of installed packages, are left out.
    """
    with translated(folder):
        found = sorted(path for path in folder.rglob("*") if path.suffix in suffixes and path.is_file())
    for path in found[:_MOST_FILES]:
        parts = path.relative_to(folder).parts
        if not any(part in _NOT_LOOKED_INTO or part.startswith(".") for part in parts):
            yield File(path, "/".join(parts))


def flat(folder: Path, *suffixes: str) -> Iterator[File]:
    """As `files`, of the folder alone."""
    return (file for file in files(folder, *suffixes) if file.path.parent == folder)


def at_its_line(text: str, start: int, end: int | None = None) -> str:
    """A part of a text with as many lines before it as in the whole, so that places in it are those of the file."""
    return "\n" * text.count("\n", 0, start) + text[start:end]


def rows(session: Session, table: str, columns: Sequence[str], order: str) -> list[Row]:
    """These columns of their table. A column that it does not have is NULL.

    Args:
        order: a column that it has.
    """
    there = columns_of(session, table)
    chosen = ", ".join(quote(each) if each in there else "NULL" for each in columns)
    return session.all(f"SELECT {chosen} FROM main.{quote(table)} ORDER BY {quote(order)}")


def columns_of(session: Session, table: str) -> frozenset[str]:
    """The names of a table's columns, in lower case."""
    found = session.all("SELECT lower(name) FROM pragma_table_info(?, 'main')", (table,))
    return frozenset(str(each) for (each,) in found)


def in_order(found: Sequence[Theirs]) -> tuple[Theirs, ...]:
    """After those they need, and otherwise as they come. What they need and is not there is passed over."""
    known = {each.key: each for each in found}
    places = {each.key: place for place, each in enumerate(found)}
    sorter = TopologicalSorter({each.key: [need for need in each.needs if need in known] for each in found})
    ordered: list[Theirs] = []
    try:
        sorter.prepare()
    except CycleError as error:
        raise bad("The migrations need each other in a circle.", "Nothing was changed.") from error
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda key: places[key])
        first = ready.pop(0)
        ordered.append(known[first])
        sorter.done(first)
    return tuple(ordered)


def parsed(file: File) -> ast.Module:
    """A Python file as a tree. It is not run. Raises `Failure` where it is no Python."""
    try:
        return ast.parse(file.text)
    except (SyntaxError, ValueError) as error:
        raise bad(f"{quoted(file.shown)} is not Python that can be read.", "Nothing was changed.") from error


def assigned(tree: ast.Module | ast.ClassDef) -> dict[str, ast.expr]:
    """What is assigned to plain names at the top of a module or class, the last of each."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


def text_of(node: ast.expr | None) -> str:
    """A text that stands there as it is, or ""."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def texts_of(node: ast.expr | None) -> tuple[str, ...]:
    """A text, or the texts of a list, tuple or set that stands there."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(text for each in node.elts if (text := text_of(each)))
    return (found,) if (found := text_of(node)) else ()


def called(node: ast.expr) -> str:
    """The last name of what is called: "step" of `yoyo.step(...)`; "" where nothing is."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
