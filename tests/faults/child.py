"""The process that is broken.

Reads jobs, one JSON object a line, and does each in a fork of itself, so that what takes long to import is imported
once: also what an operation imports late, as the first fork that ended tells. Where there is no fork (Windows) it does
one job and ends. Prints a line when a job has ended, however it did.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw

from faults.breaker import Breaker, Kind
from faults.disk import BreakingDisk
from faults.objects import BreakingObjects
from faults.vfs import BreakingVFS
from steward_app.db import Session
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context
from steward_app.storage.disk import using
from steward_app.storage.objects import wrapping


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        if not hasattr(os, "fork"):
            _do(json.loads(line))
            return
        gc.freeze()  # else each fork copies what its collector looks at
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            there = set(sys.modules)
            _do(json.loads(line))
            sys.stderr.flush()
            os.write(writing, "\n".join(sorted(sys.modules.keys() - there)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as late:
            _import(late.read().split())
        os.waitpid(child, 0)
        print("done", flush=True)


def _import(late: list[str]) -> None:
    """What a fork had to import, for the next ones."""
    for name in late:
        with suppress(ImportError):  # some are no modules of their own
            importlib.import_module(name)


def _close_as_sqlite_does() -> None:
    """SQLite keeps to itself what fails while it tidies up at close; through a VFS in Python apsw would tell it."""
    close = Session.close

    def quietly(self: Session) -> None:
        with suppress(apsw.Error):
            close(self)

    Session.close = quietly  # type: ignore[method-assign]


def _do(job: dict[str, Any]) -> None:
    """Run one operation, broken as the job says, and write how it ended; nothing is written when it was killed."""
    folder = Path(job["folder"])
    os.environ["STEWARD_HOME"] = str(folder / "home")
    module, name = job["operation"].split(":")
    operation = getattr(importlib.import_module(module), name)
    context = Context()
    breaker = Breaker(folder, Kind(job["kind"]), job["at"], context.cancel)
    _close_as_sqlite_does()
    vfs = BreakingVFS(breaker)  # registered for as long as it is referred to
    ended: dict[str, Any] = {"message": ""}
    with using(BreakingDisk(breaker)), wrapping(lambda store: BreakingObjects(store, breaker)):
        try:
            operation(folder, context)
            ended["how"] = "finished"
        except Cancelled:
            ended["how"] = "cancelled"
        except StewardError as error:
            ended |= {"how": "failed", "message": f"{error.code}: {error.message}"}
        except BaseException:  # noqa: BLE001  a bug is a result here, and told
            ended |= {"how": "bug", "message": traceback.format_exc()}
    breaker.ended()
    del vfs
    Path(job["result"]).write_text(json.dumps({**ended, "steps": breaker.steps}), "utf-8")


if __name__ == "__main__":
    main()
