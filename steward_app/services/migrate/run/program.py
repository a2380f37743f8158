"""A migration in Python: the text whose checksum was taken, and the session it is given.

It does not run in a sandbox. What it does to the file through its session is confined as the statements of a script
are; what else it does is for the steward to read before.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from steward_app.db import WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import NOT_ALLOWED, NOTHING_APPLIED, confined
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.run.narrow import Narrow
from steward_app.services.migrate.run.under_audit import UnderAudit


def run_program(
    session: WriteSession, migration: Migration, context: Context, audit: UnderAudit
) -> tuple[str, ...]:
    """Run the function `migrate` of a file, inside the caller's transaction; the statements that changed the schema.

    Raises `UsageError` where the file cannot be compiled or has no such function, `Failure` with the line where it
    stopped. What the program says of the error is told as far as it stands in the file: the rest may be values of rows.
    """
    name = migration.path.name
    try:
        code = compile(migration.text, name, "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise _bad(
            f"{quoted(name)}, line {line}: this is not Python.",
            "Mend that line.",
        ) from error
    shaped: list[str] = []
    known: dict[str, object] = {"__name__": migration.path.stem, "__file__": name}
    with session.under(context), unenforced(session), confined(session, sparing_ours=True):
        with _placed(migration, context), redirect_stdout(sys.stderr):  # where no document is printed
            exec(code, known)  # noqa: S102  it is what the steward asked for, and the plan says so
        function = known.get("migrate")
        if not callable(function):
            raise _bad(
                f"{quoted(name)} has no function “migrate(session)”.",
                "Write it: what it does to the session it is given is the migration.",
            )
        if _runs_later(function):
            raise _bad(
                f"{quoted(name)}: a call of “migrate(session)” runs nothing, since it yields or is async.",
                "Make it a plain function.",
            )
        with _placed(migration, context), redirect_stdout(sys.stderr):
            given = Narrow(session, shaped, name, audit)
            function(given)
            given.end()
    return tuple(shaped)


@contextmanager
def _placed(migration: Migration, context: Context) -> Iterator[None]:
    """Tell an error of the program with the line it comes from."""
    try:
        with in_sqlites_words():
            yield
    except StewardError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a program may end with one of its own
        context.checkpoint()  # a statement that was interrupted
        said, to_do = _said(error, migration.text)
        raise Failure(
            ErrorCode.BAD_MIGRATION,
            f"{_place(error, migration.path.name)}: {visible(said, 200).rstrip('.')}.",
            hint=f"{NOTHING_APPLIED} {to_do}",
        ) from error


def _said(error: BaseException, text: str) -> tuple[str, str]:
    """What stopped a program, and what to do next."""
    if not isinstance(error, SqliteSays):
        own = _own_words(error, text)
        stopped = f"it stopped with {type(error).__name__}"
        return (
            f"{stopped}: {own}" if own else stopped,
            "See what it says there, and mend the file or the rows.",
        )
    if str(error) == "not authorized":
        return NOT_ALLOWED, "Take that statement out of the file."
    return str(error), "Mend that line."


def _own_words(error: BaseException, text: str) -> str:
    """What an error says, with “…” for all that does not stand in the program itself; "" where nothing does."""
    said = error.args[0] if error.args else ""
    if not isinstance(said, str) or not said.strip():
        return ""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=str(whole)) if whole == said:
                return whole
            case ast.JoinedStr(values=parts):
                words = [
                    part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
                    for part in parts
                ]
                pattern = "".join(".*" if word is None else re.escape(word) for word in words)
                if any(word and word.strip() for word in words) and re.fullmatch(pattern, said, re.DOTALL):
                    return "".join("…" if word is None else word for word in words)
    return ""


def _runs_later(function: object) -> bool:
    """Whether a call of a function only makes something that runs when it is asked to, which nobody does."""
    kinds = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(is_kind(function) for is_kind in kinds)


def _place(error: BaseException, name: str) -> str:
    """The line of the file that an error, or what it came from, passed through last."""
    line = 1
    cause: BaseException | None = error
    while cause is not None:
        frames = [frame for frame in traceback.extract_tb(cause.__traceback__) if frame.filename == name]
        if frames:
            line = frames[-1].lineno or 1
            break
        cause = cause.__context__
    return f"{quoted(name)}, line {line}"


def _bad(message: str, to_do: str) -> UsageError:
    return UsageError(ErrorCode.BAD_MIGRATION, message, hint=f"{NOTHING_APPLIED} {to_do}")
