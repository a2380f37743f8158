"""Looks at tables in two processes at once: one Python uses one core.

Starting them takes a second or two, so that is for large files. Each child opens the file as any reader does, gets one
part of the work after another, and sends back what it saw: counts, shares and hashes, and some numbers and codes to
compare with keys; no other value. Both hash alike, so that what they saw can be compared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from steward_app.kernel import errors
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plain import adapter
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.discover.lexicon import Rules, sent
from steward_app.services.privacy.discover.looking import Looked, joined
from steward_app.services.privacy.discover.model import NotLookedAt
from steward_app.services.privacy.discover.profile import TableProfile
from steward_app.services.privacy.discover.same import Read
from steward_app.services.privacy.discover.sketch import Shared
from steward_app.services.schema.model import Schema

CHILDREN = 2
_CHILD = Path(__file__).with_name("apart_child.py")
_KINDS: Mapping[str, type[errors.StewardError]] = {
    kind.__name__: kind for kind in (errors.UsageError, errors.Refused, errors.Failure)
}


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the work: a table, or every n-th of its columns.

    Attributes:
        part: which of how many, as `Looking.table` takes it.
        cells: about how many, to begin with the longest.
    """

    table: str
    seed: str
    full: bool
    part: tuple[int, int] = (0, 1)
    cells: int = 0


def look_apart(
    path: Path,
    schema: Schema,
    rules: Rules,
    parts: Sequence[Part],
    context: Context,
    note: Callable[[str, int], None],
) -> dict[str, Looked]:
    """What the parts of the work gave, by table.

    Args:
        note: told the table and how many cells of it were read since; called from any thread.

    Raises what reading raises; `Cancelled`, when the children are ended at once.
    """
    request = {"path": str(path.absolute()), "schema": schema.hash, "rules": sent(rules)}
    waiting = deque(sorted(parts, key=lambda part: -part.cells))
    found: dict[str, list[tuple[Part, Looked]]] = {}
    lock = threading.Lock()

    def drive(child: subprocess.Popen[bytes]) -> None:
        _send(child, request)
        while True:
            with lock:
                part = waiting.popleft() if waiting else None
            if part is None:
                return
            looked = _ask(child, part, path, note)
            with lock:
                found.setdefault(part.table, []).append((part, looked))

    with _children() as children, context.on_cancel(lambda: _end(children)):
        context.checkpoint()
        with ThreadPoolExecutor(CHILDREN) as threads:
            driven = [threads.submit(drive, child) for child in children]
            failed = next((error for each in driven if (error := each.exception())), None)
        context.checkpoint()  # a child that was ended has failed in its own way
        if failed is not None:
            raise failed
    return {name: _whole(schema, name, looks) for name, looks in found.items()}


def _whole(schema: Schema, name: str, looks: list[tuple[Part, Looked]]) -> Looked:
    table = schema.table(name)
    ordered = [looked for _, looked in sorted(looks, key=lambda look: look[0].part)]
    return ordered[0] if len(ordered) == 1 or table is None else joined(table, ordered)


@contextmanager
def _children() -> Iterator[list[subprocess.Popen[bytes]]]:
    with ExitStack() as until_ended:
        children = [until_ended.enter_context(_started()) for _ in range(CHILDREN)]
        until_ended.callback(_close, children)  # before it is waited for them
        yield children


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", str(_CHILD)],  # -P: nothing is imported from the current folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # alike in both
    )


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.kill()


def _close(children: Sequence[subprocess.Popen[bytes]]) -> None:
    _end(children)
    for child in children:
        assert child.stdin is not None
        with suppress(BrokenPipeError):  # what was not sent yet is wanted by nobody
            child.stdin.close()


def _send(child: subprocess.Popen[bytes], document: Mapping[str, Any]) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it is gone already, which its end tells
        child.stdin.write(json.dumps(document).encode("ascii") + b"\n")
        child.stdin.flush()


def _ask(child: subprocess.Popen[bytes], part: Part, path: Path, note: Callable[[str, int], None]) -> Looked:
    _send(child, {"table": part.table, "seed": part.seed, "full": part.full, "part": part.part})
    assert child.stdout is not None
    for line in child.stdout:
        said: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
        match said:
            case {"cells": int(cells)}:
                note(part.table, cells)
            case {"looked": dict(looked)}:
                return _read(looked)
            case {"failure": [kind, code, message, hint]}:
                raise _KINDS.get(kind, Failure)(ErrorCode(code), message, hint=hint)
            case {"bug": str(what)}:
                raise RuntimeError(f"looking at a table failed: {what}")
    raise Failure(
        ErrorCode.IO_ERROR,
        f"The process that read {quoted(path.name)} was ended from outside.",
        hint="The database is unchanged. Check the memory of this computer, then try again.",
    )


def written(looked: Looked) -> dict[str, Any]:
    """What a child sends of a table."""
    return {
        "profile": adapter(TableProfile).dump_python(looked.profile, mode="json"),
        "not_looked_at": [astuple(each) for each in looked.not_looked_at],
        "cells": looked.cells,
        "shared": [each.shared.state for each in looked.read],
        "numbers": [[sorted(each.numbers), sorted(each.texts), sorted(each.inside)] for each in looked.read],
        "written": [each.written for each in looked.read],
        "codes": [(sorted(each.codes), each.codes_written) for each in looked.read],
    }


def _read(said: Mapping[str, Any]) -> Looked:
    profile: TableProfile = adapter(TableProfile).validate_python(said["profile"])
    return Looked(
        profile,
        tuple(NotLookedAt(*each) for each in said["not_looked_at"]),
        said["cells"],
        tuple(
            Read(
                column,
                Shared.restored(*state),
                profile.whole,
                frozenset(numbers),
                frozenset(texts),
                frozenset(inside),
                written,
                frozenset(codes),
                codes_written,
            )
            for column, state, (numbers, texts, inside), written, (codes, codes_written) in zip(
                profile.columns, said["shared"], said["numbers"], said["written"], said["codes"], strict=True
            )
        ),
    )
