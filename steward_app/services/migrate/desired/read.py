"""The schema that is wanted: of another database, or of a script of CREATE statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from steward_app.db import Session, open_read, schema_rows
from steward_app.db.bounded import MOST_ON_EMPTY, TooLong, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.line_ends import as_lf_outside_quotes
from steward_app.db.migration_script import confined
from steward_app.db.names import fold
from steward_app.db.script import Statement, split
from steward_app.db.session import WriteSession
from steward_app.db.skeleton import in_memory
from steward_app.db.tokens import position, significant, tokenize, unquote
from steward_app.kernel.errors import ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.storage import read_whole

_LARGEST_SCRIPT_BYTES = 64 << 20
_MAKES_SCHEMA = frozenset({"CREATE", "ALTER", "DROP"})
_OF_ROWS = frozenset(
    {
        "ANALYZE",
        "BEGIN",
        "COMMIT",
        "DELETE",
        "END",
        "INSERT",
        "PRAGMA",
        "REINDEX",
        "REPLACE",
        "ROLLBACK",
        "SELECT",
        "UPDATE",
        "VACUUM",
    }
)
"""What a dump holds besides the schema: it is passed over."""
_SCHEMA_TABLES = frozenset({"sqlite_schema", "sqlite_master"})
_NOTHING = "Nothing was written."


@contextmanager
def desired_schema(path: Path, context: Context | None = None) -> Iterator[Session]:
    """A database with the schema that is wanted, for as long as the block runs.

    A script may be a dump: statements about rows and settings are passed over, and SQLite's own tables. It is run on an
    empty database in memory, where it can reach no other file.

    Args:
        path: a database, or a file of SQL whose name ends in .sql.

    Raises:
        UsageError: a statement cannot be part of a schema, or SQLite does not accept it, with its line and column; or
            there is nothing in it.
        Failure: the file cannot be read.
    """
    if path.suffix.lower() != ".sql":
        with open_read(path, context) as session:
            _require_objects(session, path)
            yield session
        return
    with closing(in_memory()) as session:
        with session.under(context or Context()):
            _run(session, path)
        _require_objects(session, path)
        yield session


def _require_objects(session: Session, path: Path) -> None:
    """Raise `UsageError` for a schema of nothing: a file that failed to be written, and would drop everything."""
    if not schema_rows(session):
        raise _wrong(
            f"{quoted(path.name)} makes nothing, so a migration to it would drop every table there is.",
            f"{_NOTHING} Look whether the file was written whole.",
        )


def _run(session: WriteSession, path: Path) -> None:
    script = _text(path)
    for statement in split(script, path.name):
        place = position(script, statement.offset)
        where = f"{quoted(path.name)}, line {place.line}, column {place.column}"
        if _is_wanted(session, statement, where):
            try:
                with confined(session), bounded(session, MOST_ON_EMPTY), in_sqlites_words():
                    session.run(statement.sql)
            except TooLong as error:
                raise _wrong(f"{where}: it may never end.") from error
            except SqliteSays as says:
                raise _wrong(f"{where}: {visible(str(says).rstrip('.'), 200)}.") from says
            except StewardError as error:
                if error.code is ErrorCode.NO_PERMISSION:
                    raise _wrong(f"{where}: this cannot be part of a schema.") from error
                raise


def _text(path: Path) -> str:
    try:
        text = read_whole(path, limit_bytes=_LARGEST_SCRIPT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(
            ErrorCode.BAD_REQUEST, f"{quoted(path.name)} is not text in UTF-8.", hint="Save it as UTF-8."
        ) from error
    return as_lf_outside_quotes(text)


def _is_wanted(session: WriteSession, statement: Statement, where: str) -> bool:
    """Whether a statement makes a part of the schema. Raises `UsageError` for what no schema holds."""
    names = [
        fold(unquote(token.text))
        for token in significant(tokenize(statement.sql[:1000]))
        if token.text != "."
    ]
    if statement.verb in _OF_ROWS:
        if statement.verb == "INSERT" and _SCHEMA_TABLES & set(names[:5]):
            raise _wrong(
                f"{where}: this writes into SQLite's own list of objects, as a dump does for a virtual table.",
                f"{_NOTHING} Put its CREATE VIRTUAL TABLE there instead.",
            )
        return False
    if statement.verb not in _MAKES_SCHEMA:
        raise _wrong(f"{where}: {statement.verb or 'this'} cannot be part of a schema.")
    return not (
        statement.verb == "CREATE" and names[1:2] == ["table"] and _not_the_stewards(session, names[2:])
    )


def _not_the_stewards(session: WriteSession, names: list[str]) -> bool:
    """Whether a table is SQLite's own, or belongs to a virtual table that made it already."""
    named = next((name for name in names if name not in ("if", "not", "exists", "main")), "")
    return named.startswith("sqlite_") or bool(
        session.value(
            "SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow' AND lower(name) = ?",
            (named,),
        )
    )


def _wrong(message: str, hint: str = _NOTHING) -> UsageError:
    return UsageError(ErrorCode.BAD_SQL, message, hint=hint)
