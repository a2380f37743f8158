"""Scanning a live database for a point: what changed since the base point, packed, in a staging directory.

A child process reads the file (`scan_child`), since what it does would drop the locks of this one; it is killed when
the work is cancelled, and this process keeps nothing of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from steward_app.db import locate, sidefiles
from steward_app.db.content import TableContent
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup.store.staging import LOOK, Scanned, StagedPack, clear, pack_name
from steward_app.storage import private_directory

_CHILD = Path(__file__).with_name("scan_main.py")
_KINDS = {kind.__name__: kind for kind in (Failure, Refused, UsageError)}


def scan(
    path: Path,
    staging: Path,
    previous: Path | None,
    key: bytes | None,
    context: Context,
    *,
    contents: bool = False,
) -> Scanned:
    """Hash every page of a database that may be in use, and stage those that differ from the base point.

    Other programs may read and write meanwhile. In WAL mode nobody waits; otherwise who writes waits until the pages
    are read, not until they are packed.

    Args:
        staging: a directory of its own, made when it is missing; what an earlier scan left there is removed.
        previous: `hashes.bin` of the base point. With its `blocks.bin` beside it, the scan is quicker.
        key: 32 bytes for keyed hashes; the same as the base's.
        contents: compute what each table holds, too, where the snapshot can be kept for it: in WAL mode, and of copies.

    Raises `Failure` when the file is locked, damaged beyond reading, replaced or written without locks, when the
    staging disk is full, or the child was ended from outside; `Cancelled`. Then nothing is left in `staging`.
    """
    place = locate(path)
    private_directory(staging)
    clear(staging)
    request = {
        "path": str(path.absolute()),
        "staging": str(staging.absolute()),
        "previous": str(previous.absolute()) if previous else None,
        "key": key.hex() if key else None,
        "contents": contents,
    }
    ended = sidefiles.using(place)  # a killed child leaves the side files that its looking made
    try:
        with _scratch(staging) as scratch, _all_or_nothing(staging):
            return _scanned(_ask(request, scratch, path, context), staging)
    finally:
        ended()


def _ask(request: dict[str, Any], scratch: Path, path: Path, context: Context) -> dict[str, Any]:
    """What the child found. Its key comes by the input: arguments are for everybody on the machine to read."""
    command = [sys.executable, "-P", str(_CHILD)]  # -P: nothing is imported from the current folder
    environment = {**os.environ, "STEWARD_HOME": str(scratch)}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        bufsize=0,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with context.on_cancel(child.kill):
                context.checkpoint()
                with suppress(BrokenPipeError):  # it is gone already, which its end tells
                    child.stdin.write(json.dumps(request).encode("ascii") + b"\n")
                with open(child.stdout.fileno(), "rb", closefd=False) as lines:
                    answer = _last(lines, context)
        finally:
            child.kill()
    context.checkpoint()
    return _told(answer, child.returncode, path)


def _last(lines: Iterable[bytes], context: Context) -> dict[str, Any]:
    """What the child said at last, its progress passed on; empty when it did not come to an end."""
    for line in lines:
        said: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
        if "progress" not in said:
            return said
        done, total, unit, note = said["progress"]
        context.report(done, total, unit=unit, note=note)
    return {}


def _told(answer: dict[str, Any], code: int, path: Path) -> dict[str, Any]:
    """What was scanned. Raises what the child had to say instead."""
    match answer:
        case {"scanned": dict(scanned)}:
            return scanned
        case {"failure": [kind, told, message, hint]}:
            raise _KINDS[kind](ErrorCode(told), message, hint=hint)
        case {"bug": str(what)}:
            raise RuntimeError(f"scanning failed: {what}")
    how = f"signal {-code}" if code < 0 else f"code {code}"
    raise Failure(
        ErrorCode.IO_ERROR,
        f"The process that read {quoted(path.name)} was ended from outside ({how}).",
        hint="The database is unchanged, and nothing was kept of what was read. Check the memory and the disk of this"
        " computer, then try again.",
    )


def _scanned(told: dict[str, Any], staging: Path) -> Scanned:
    packs = told.pop("packs")
    tables = told.pop("tables")
    return Scanned(
        **told
        | {
            "made_at": clock.from_text(told["made_at"]),
            "root": bytes.fromhex(told["root"]),
            "packs": tuple(
                StagedPack(staging / pack_name(number), size, bytes.fromhex(digest))
                for number, (size, digest) in enumerate(packs)
            ),
            "tables": None if tables is None else tuple(TableContent(*each) for each in tables),
        }
    )


@contextmanager
def _scratch(staging: Path) -> Iterator[Path]:
    """The child's own data directory, for copies it has to make; gone with the block, whatever became of the child."""
    scratch = private_directory(staging / LOOK)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _all_or_nothing(staging: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        clear(staging)
        raise
