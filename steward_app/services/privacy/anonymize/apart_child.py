"""The process that builds rows of a large table for another: `apart` starts it, and says which."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any


class _Stopped(Exception):
    """The other process has come to the rows that are built here."""


def main() -> None:
    """Build the rows it is given, until there are no more, or until it is told to stop."""
    said = json.loads(sys.stdin.readline())
    given: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(given, stop), daemon=True).start()
    _build(said, given, stop)


def _listen(given: SimpleQueue[dict[str, Any] | None], stop: threading.Event) -> None:
    """Lines name the rows to build, the last one says to stop.

    The end says that the other process is gone, and nobody wants what is built here.
    """
    for line in sys.stdin:
        document = json.loads(line)
        if document == "stop":
            stop.set()
            given.put(None)
            return
        given.put(document)
    os._exit(1)


def _build(said: dict[str, Any], given: SimpleQueue[dict[str, Any] | None], stop: threading.Event) -> None:
    from steward_app import db
    from steward_app.db.building import building, file_settings
    from steward_app.kernel.progress import Context
    from steward_app.services.privacy.anonymize.filling import Filling, How
    from steward_app.services.privacy.anonymize.rules_json import rules_from_json
    from steward_app.services.privacy.transform.model import Asked
    from steward_app.services.privacy.transform.prepare import prepare_table
    from steward_app.services.schema.introspect import read_schema

    built = 0

    def told(copied: int) -> None:
        nonlocal built
        built = copied
        _say({"copied": copied})
        if stop.is_set():
            raise _Stopped

    with db.open_read(Path(said["path"])) as source, source.snapshot():
        schema = read_schema(source, Context())
        table = schema.table(said["table"])
        if table is None or schema.hash != said["schema"] or source.state.mode is not db.OpenMode.NORMAL:
            return
        _say({"reads": True})
        asked = Asked(rules_from_json(said["rules"]), bytes.fromhex(said["key"]))
        transform = prepare_table(source, schema, asked, table, Context())
        how, settings = How(**said["how"]), file_settings(source)
        with transform.remembering(how.remembered_bytes):
            while (rows := given.get()) is not None:
                reached = rows["last"]
                with building(Path(rows["file"]), settings) as new:
                    new.run(table.sql)
                    filling = Filling(source, new, table, transform, how)
                    filling.check_as_told()
                    with new.transaction():
                        try:
                            filling.between(told, rows["first"], rows["last"])
                        except _Stopped:
                            reached = rows["first"] - 1 if filling.last is None else filling.last
                _say({"done": [built, reached]})
    _say({"end": True})


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[4]))  # where this program lies, when it is not installed
    main()
