"""The policy document beside a database: what the steward decided, as YAML that people review like code.

`clinic.db` has `clinic.db.steward.yaml`. Reading gives the parts this program knows, typed; writing changes what was
changed and leaves everything else as it stands: remarks, order, indentation, sections of other versions.
docs/policy.md describes the document for stewards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.text import quoted
from steward_app.storage import is_there, read_whole, write_whole

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from ruamel.yaml import YAML

    from steward_app.catalog.policy_lines import Lines
    from steward_app.catalog.policy_model import Policy
    from steward_app.catalog.policy_names import Link, NewName, Said

SUFFIX = ".steward.yaml"
_LIMIT_BYTES = 4 << 20
_KNOWN_VERSION = 1


def policy_path(database: Path) -> Path:
    """Where the policy of a database stands, or would stand."""
    return database.with_name(database.name + SUFFIX)


def read_policy(database: Path) -> PolicyDocument:
    """The policy of a database; an empty one when there is no file yet.

    Raises `UsageError` (BAD_POLICY) naming file, line and column when it cannot be understood, `Failure` when it cannot
    be read.
    """
    path = policy_path(database)
    path = path.resolve() if path.is_symlink() else path
    return PolicyDocument(path, read_whole(path, limit_bytes=_LIMIT_BYTES) if is_there(path) else None)


class Comments(Mapping[tuple[str, str], str]):
    """What a steward says of tables (column "") and columns. A key in any case of ASCII letters finds it."""

    def __init__(self, policy: Policy) -> None:
        self._stated: dict[tuple[str, str], str] = {}
        for name, table in policy.tables.items():
            said = {"": table.comment, **{column: each.comment for column, each in table.columns.items()}}
            self._stated |= {(fold(name), fold(column)): text for column, text in said.items() if text}

    def __getitem__(self, place: tuple[str, str]) -> str:
        return self._stated[fold(place[0]), fold(place[1])]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._stated)

    def __len__(self) -> int:
        return len(self._stated)


class PolicyDocument:
    """A policy that was read. Change it with its methods, then `save`; for one thread at a time."""

    def __init__(self, path: Path, content: bytes | None) -> None:
        self.path = path
        self._digest = _digest(content)
        text = _decoded(content or b"", path)
        self._crlf = "\r\n" in text
        self._text = text.replace("\r\n", "\n")
        self._parsed: tuple[YAML, Any] | None = (
            None  # where what is written is not plain, or was changed as YAML
        )
        self._lines: Lines | None = None
        if not self._take(self._text):
            self.policy = self._validated()

    @property
    def exists(self) -> bool:
        """True when there is a file."""
        return self._digest is not None

    @property
    def digest(self) -> str:
        """Of the file as it was read or saved, in hex; "" where there is none."""
        return self._digest.hex() if self._digest is not None else ""

    @property
    def unknown_sections(self) -> tuple[str, ...]:
        """Sections this version of the program does not know. They are kept as they stand."""
        return tuple(map(str, self.policy.model_extra or ()))

    def comments(self) -> Comments:
        """The steward's comments, by (table, "") and (table, column); names compare without case."""
        return Comments(self.policy)

    def set_comment(self, table: str, column: str, comment: str) -> None:
        """Say what a table (column "") or a column is; "" takes the comment back."""
        tables = self._tree.get("tables") or {}
        path = ["tables", _as_written(tables, table)]
        if column:
            columns = (tables.get(path[1]) or {}).get("columns") or {}
            path += ["columns", _as_written(columns, column)]
        if comment or self.at(path):
            self.put((*path, "comment"), comment)

    def set_role(self, table: str, columns: Iterable[str], parent: str, role: str) -> None:
        """Say what a foreign key means for the rows of one person; see `policy_model.Role`."""
        said = {"table": table, "columns": list(columns), "parent": parent, "role": str(role)}
        roles = self._document.get("subject_roles")
        stated = next((each for each in roles or () if _same_key(each, said)), None)
        if stated is not None:
            self._change(lambda: stated.update(role=said["role"]))
        elif roles:
            from steward_app.catalog import policy_text

            self._change(lambda: policy_text.append(roles, said))
        else:
            self.put(("subject_roles",), [said])

    def put(self, path: tuple[str, ...], value: Any) -> None:  # whatever YAML can say
        """Set what stands at a path of keys: for the sections of other capabilities.

        Raises `UsageError` when the document would no longer be valid.
        """
        self.put_all({path: value})

    def put_all(self, values: Mapping[tuple[str, ...], Any]) -> None:
        """Set what stands at many paths, as `put` does: all of it, or nothing."""
        from steward_app.catalog import policy_edits, policy_text

        def change() -> None:
            if "version" not in self._document:
                self._document.insert(0, "version", _KNOWN_VERSION)
            for path, value in values.items():
                policy_text.put(self._document, path, value)

        if self._lines is None or not self._take(policy_edits.put(self._lines, values)):
            self._change(change)

    def remove(self, paths: Iterable[tuple[str, ...]]) -> None:
        """Take away what stands at paths of keys, and the keys above them that are left with nothing.

        Remarks on lines of their own stay. Where nothing stands, nothing happens. Raises `UsageError` when the document
        would no longer be valid.
        """
        from steward_app.catalog import policy_edits, policy_text

        def change() -> None:
            rest = {path for path in there if not policy_text.lifted(self.at(path[:-1]), path[-1])}
            if rest:
                text, shared = policy_text.cut(self._written(), rest)
                self._parsed = policy_text.parse(text)
                for path in shared:
                    policy_text.delete(self._document, path)

        there = {path for path in paths if self._stands(path)}
        if there and (self._lines is None or not self._take(policy_edits.remove(self._lines, there))):
            self._change(change)

    def carry(
        self, names: Sequence[NewName], links: Sequence[Link] = (), kept: Sequence[Said] = ()
    ) -> tuple[Said, ...]:
        """Say under new names what is said of tables and columns, all at the same time; see `policy_renames`.

        Gives what was said of columns that go: `kept` of the call that brings them back. Raises
        `UsageError` when the document would no longer be valid: something is said under a name already.
        """
        from steward_app.catalog import policy_renames, policy_twins

        gone: list[tuple[str, ...]] = []
        if back := {self.spelt(path): said for path, said in kept if self.at(self.spelt(path)) is None}:
            self._change(lambda: policy_twins.put_back(self._document, back))
        self._change(lambda: gone.extend(policy_renames.carry(self._document, names, links)))
        found = tuple((path, policy_twins.copied(self.at(path))) for path in gone)
        self.remove(gone)
        return found

    def spelt(self, path: Iterable[str]) -> tuple[str, ...]:
        """A path of keys as the document writes them, where it does: names compare as in SQLite."""
        found: object = self._tree
        keys = []
        for key in path:
            keys.append(_as_written(found, key) if isinstance(found, dict) else key)
            found = found.get(keys[-1]) if isinstance(found, dict) else None
        return tuple(keys)

    def at(self, path: Iterable[str]) -> object:
        """What stands at a path of keys as they are spelt; None where nothing does."""
        found: object = self._tree
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def text(self) -> str:
        """The document as it would be saved."""
        text = self._written()
        return text.replace("\n", "\r\n") if self._crlf else text

    def save(self) -> None:
        """Write the document whole or not at all.

        Raises `Refused` (CHANGED_ON_DISK) when somebody changed the file since it was read, `Failure` when it cannot be
        written.
        """
        there = read_whole(self.path, limit_bytes=_LIMIT_BYTES) if is_there(self.path) else None
        if _digest(there) != self._digest:
            raise Refused(
                ErrorCode.CHANGED_ON_DISK,
                f"{quoted(self.path.name)} was changed by another program since it was read.",
                hint="It was left as it is. Open it again, then repeat your change.",
            )
        content = self.text().encode("utf-8")
        try:
            write_whole(self.path, content)
        except StewardError:
            if there is not None:
                _put_back(self.path, content, there)
            raise
        self._digest = _digest(content)

    @property
    def _tree(self) -> Any:
        """What is said, to look into."""
        return self._lines.data if self._lines is not None else self._document

    @property
    def _document(self) -> Any:
        """What is said, with its remarks, to be changed as YAML. Raises `UsageError` where the text is not YAML."""
        from steward_app.catalog import policy_text

        if self._parsed is None:
            try:
                self._parsed = policy_text.parse(self._text)
            except policy_text.NOT_YAML as error:
                raise _bad(self.path, *policy_text.problem(error)) from error
        return self._parsed[1]

    def _written(self) -> str:
        from steward_app.catalog import policy_text

        return self._text if self._lines is not None else policy_text.dump(*(self._parsed or ()))

    def _take(self, text: str | None) -> bool:
        """Take a text over where it is written plainly and valid; whether it is."""
        plain = _plainly(text) if text is not None else None
        if plain is None or text is None:
            return False
        self._text, self._parsed = text, None
        self._lines, self.policy = plain
        return True

    def _change(self, change: Callable[[], None]) -> None:
        """Change the document as YAML; one that would not be valid stays as it was."""
        from steward_app.catalog import policy_text

        data, lines = self._document, self._lines
        assert self._parsed is not None
        before = (self._parsed[0], deepcopy(data))
        self._lines = None
        try:
            change()
            self.policy = self._validated()
        except policy_text.NOT_YAML as error:
            self._parsed, self._lines = before, lines
            raise _bad(self.path, *policy_text.problem(error)) from error
        except StewardError:
            self._parsed, self._lines = before, lines
            raise

    def _stands(self, path: tuple[str, ...]) -> bool:
        above = self.at(path[:-1])
        return isinstance(above, dict) and path[-1] in above

    def _validated(self) -> Policy:
        from pydantic import ValidationError

        from steward_app.catalog.policy_model import Policy

        data = self._document
        if data == {}:
            return Policy(version=1)
        if isinstance(data, dict) and type(version := data.get("version")) is int and version > 1:
            raise Failure(
                ErrorCode.NEWER_FORMAT,
                f"{quoted(self.path.name)} was written for a newer version of this program.",
                hint="The file is unchanged. Install the newer version to work with it.",
            )
        try:
            return Policy.model_validate(data)
        except ValidationError as error:
            raise self._invalid(error.errors()[0]) from error

    def _invalid(self, error: ErrorDetails) -> UsageError:
        from steward_app.catalog import policy_text

        line, column = policy_text.position(self._document, error["loc"])
        return _bad(self.path, line, column, _in_words(error))


@lru_cache(maxsize=2)
def _plainly(text: str) -> tuple[Lines, Policy] | None:
    """A text that is written plainly and valid; None for any other, which is then read as YAML, with its mistakes."""
    from pydantic import ValidationError

    from steward_app.catalog import policy_lines
    from steward_app.catalog.policy_model import Policy

    lines = policy_lines.read(text)
    if lines is None:
        return None
    with suppress(ValidationError):
        return lines, Policy.model_validate(lines.data)
    return None


def _put_back(path: Path, written: bytes, before: bytes) -> None:
    """A disk that fails when the new text has its name already leaves the one before, to the letter."""
    with suppress(StewardError):
        if read_whole(path, limit_bytes=_LIMIT_BYTES) == written:
            write_whole(path, before)


def _in_words(error: ErrorDetails) -> str:
    name = quoted(str(error["loc"][-1])) if error["loc"] else "the document"
    match error["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            return f"{name} is not a word of this section"
        case "string_type" if error["loc"][-1:] == ("[key]",):
            return "a name that is not text stands here; put it in quotes"
        case "string_type":
            return f"{name} must be text; put it in quotes"
        case "dict_type" | "model_type":
            return f"{name} must be a list of names with what is said of each"
        case "list_type":
            return f"{name} must be a list"
        case "enum" | "literal_error":
            return f"{name} must be {error.get('ctx', {}).get('expected', 'another word')}"
        case "value_error":
            return f"{name}: {error['ctx']['error']}"
    return f"{name}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _bad(path: Path, line: int, column: int, problem: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_POLICY,
        f"{quoted(path.name)}, line {line}, column {column}: {problem}.",
        hint="The file is unchanged. Correct it with any text editor, then try again.",
    )


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _bad(path, line, 1, "this is not text in UTF-8") from error


def _digest(content: bytes | None) -> bytes | None:
    return None if content is None else blake2b(content).digest()


def _as_written(names: Iterable[object], name: str) -> str:
    """A name as the document writes it, where it does: names compare without case."""
    written = [each for each in names if isinstance(each, str)]
    return name if name in written else next((each for each in written if fold(each) == fold(name)), name)


def _same_key(stated: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    def key(role: Mapping[str, Any]) -> tuple[object, ...]:
        return fold(role["table"]), tuple(map(fold, role["columns"])), fold(role["parent"])

    return key(stated) == key(said)
