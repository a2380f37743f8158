"""How a command ends: one place turns every outcome into an exit code, a sentence and, for scripts, a document."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum

import typer
from typer.exceptions import TyperException

from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import visible


class ExitCode(IntEnum):
    """The contract with scripts."""

    DONE = 0
    FOUND = 1  # done, and it found what the command exists to find
    USAGE = 2
    REFUSED = 3
    FAILED = 4
    BUG = 70
    STOPPED = 130
    NOBODY_READS = 141  # the program that read our output went away, as in `steward ... | head`


def of(command: Callable[[], object], words: Sequence[str]) -> int:
    """Run a command and say how it ended. Only SystemExit passes through.

    Args:
        command: parses and runs; an integer it returns is taken as an exit code.
        words: the arguments, to know whether JSON was asked for even when they cannot be parsed.
    """
    try:
        result = command()
    except StewardError as error:
        return _failed(error.exit_code, error.code.value, error.message, error.hint, words)
    except TyperException as error:
        return _failed(error.exit_code, "bad_request", *_usage(error), words)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(ExitCode.STOPPED, "cancelled", "Stopped.", "", words)
    except Exception as error:  # noqa: BLE001  this is the one place that knows what to do with a bug
        return _failed(ExitCode.BUG, "bug", *_bug(error), words)
    return result if isinstance(result, int) else ExitCode.DONE


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether `--json` stands among the arguments."""
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def tell(*sentences: str) -> None:
    """Sentences for the person at the terminal, on the error output."""
    for sentence in filter(None, sentences):
        sys.stderr.write(visible(sentence) + "\n")


def abandon_output() -> None:
    """Give up on the standard output: Python would fail on it once more when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(code: int, name: str, message: str, hint: str, words: Sequence[str]) -> int:
    if asks_for_json(words):
        from steward_app.cli.output import write_error

        write_error(name, message, hint)
    tell(message, hint)
    return code


def _usage(error: TyperException) -> tuple[str, str]:
    context = getattr(error, "ctx", None)
    return error.format_message(), f"“{context.command_path} --help” says how it is used." if context else ""


def _bug(error: Exception) -> tuple[str, str]:
    import logging

    from steward_app.storage.log import start_log, without_values

    try:
        path = start_log("steward")
    except StewardError:
        return (
            f"A fault in Data Steward stopped this ({type(error).__name__}).",
            "The log could not be written.",
        )
    logging.getLogger(__name__).error("the command failed with %s", without_values(error))
    return "A fault in Data Steward stopped this.", f"The details are in {path}."
