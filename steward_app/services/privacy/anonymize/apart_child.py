"""The process that builds the last rows of a large table for another: `apart` starts it, and says how."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any


class _Stopped(Exception):
    """The other process has come to where this one began."""


def main() -> None:
    """Build rows until there are no more, or until it is told to stop."""
    said = json.loads(sys.stdin.readline())
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    _build(said, stop)


def _listen(stop: threading.Event) -> None:
    """A line says to stop; the end says that the other process is gone, and nobody wants what is built here."""
    if not sys.stdin.readline():
        os._exit(1)
    stop.set()


def _build(said: dict[str, Any], stop: threading.Event) -> None:
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
        how = How(**said["how"])
        with building(Path(said["file"]), file_settings(source)) as new:
            new.run(table.sql)
            filling = Filling(source, new, table, transform, how)
            with filling.ready(), new.transaction(), suppress(_Stopped):
                filling.between(told, first=said["first"])
    _say({"done": [built, filling.last or 0]})


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[4]))  # where this program lies, when it is not installed
    main()
