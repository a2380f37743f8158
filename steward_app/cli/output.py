"""What commands print: one JSON document for scripts, or lines and tables for people.

Nothing a file says can disturb the terminal: `Printer` shows hidden characters of every text it prints, and
JSON carries them as escapes.
"""

from __future__ import annotations

import errno
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import typer

from steward_app.cli.contracts import ErrorDetail, ErrorDocument, contract
from steward_app.cli.outcome import ExitCode, abandon_output
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plain import plain
from steward_app.kernel.text import HIDDEN, visible, visible_code

if TYPE_CHECKING:
    from rich.console import Console

_HIDDEN = re.compile(f"(?!\n)[{HIDDEN}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def show(name: str, value: object, *, as_json: bool, human: Callable[[Printer], None]) -> None:
    """Print a result, once, at the end of a command.

    Args:
        name: a contract of `cli.contracts`.
        value: of the contract's type, or a sequence of them for one with many.
        as_json: whether `--json` was given.
        human: prints the same for people.
    """
    with _delivering():
        if as_json:
            _write(document(name, value))
        else:
            human(Printer())


def found(count: int) -> None:
    """End the command with exit code 1 when it found any of what it looks for. Call it after `show`."""
    if count:
        raise typer.Exit(ExitCode.FOUND)


def document(name: str, value: object) -> str:
    """The JSON text of a result, with a newline at its end: valid JSON whatever the file holds.

    Bytes become {"base64": "..."}, infinities {"real": "Infinity"}; hidden characters and halves of surrogate pairs
    stand as escapes.
    """
    from pydantic import TypeAdapter

    kind = contract(name)
    adapter = TypeAdapter[Any](kind.type())
    if kind.many:
        fields = {"items": [plain(adapter.dump_python(each)) for each in cast(Iterable[object], value)]}
    else:
        fields = plain(adapter.dump_python(value))
    text = json.dumps({"schema": kind.schema, **fields}, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    return _HIDDEN.sub(_escape, text)


def write_error(code: str, message: str, hint: str) -> None:
    """Print the error document."""
    _write(document("error", ErrorDocument(ErrorDetail(code, message, hint))))


class Printer:
    """Readable output. Every text is made harmless and stays on its line."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or stdout_console()

    def line(self, text: str = "", *, style: str = "", indent: int = 0) -> None:
        """A sentence."""
        self._print(" " * indent + visible(text), style)

    def heading(self, text: str) -> None:
        """A title over what follows, with an empty line above."""
        self._print("", "")
        self._print(visible(text), "bold")

    def facts(self, pairs: Iterable[tuple[str, object]], *, indent: int = 0) -> None:
        """Labels and values, one pair a line, the values under each other."""
        shown = [(visible(label), _cell(value)) for label, value in pairs]
        width = max((len(label) for label, _ in shown), default=0)
        for label, value in shown:
            self._print(f"{' ' * indent}{label:<{width}}  {value}", "")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under headings; columns of numbers are set to the right. Too wide a cell is folded, never cut."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        body = [tuple(row) for row in rows]
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for place, column in enumerate(columns):
            numbers = bool(body) and all(type(row[place]) in (int, float, type(None)) for row in body)
            table.add_column(Text(visible(column)), justify="right" if numbers else "left", overflow="fold")
        for row in body:
            table.add_row(*(Text(_cell(value)) for value in row))
        self._console.print(table)

    def code(self, sql: str, *, indent: int = 4) -> None:
        """SQL, with its lines kept."""
        for line in visible_code(sql).split("\n"):
            self._print(" " * indent + line, "")

    def _print(self, text: str, style: str) -> None:
        from rich.text import Text

        self._console.print(Text(text, style=style), soft_wrap=True)


def stdout_console() -> Console:
    """For people; when the output goes to a file or a program, lines are as long as they need to be."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 10_000
    return Console(markup=False, highlight=False, emoji=False, width=width)


def stderr_printer() -> Printer:
    """For what belongs to a question and not to the result."""
    from rich.console import Console

    return Printer(Console(stderr=True, markup=False, highlight=False, emoji=False))


@contextmanager
def _delivering() -> Iterator[None]:
    """A full disk behind a redirection is not a fault of ours."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        raise Failure(
            ErrorCode.DISK_FULL if error.errno == errno.ENOSPC else ErrorCode.IO_ERROR,
            f"The output could not be written: {error.strerror or error}.",
            hint="What the command did is done; only the report of it was lost.",
        ) from error


def _write(text: str) -> None:
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    sys.stdout.write(text if encoding == "utf8" else _NOT_ASCII.sub(_escape, text))


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]  # a surrogate pair where JSON needs two escapes


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case _:
            return visible(str(value))
