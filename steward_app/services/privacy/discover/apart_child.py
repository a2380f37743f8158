"""The process that looks at tables for another: `apart` starts it, and says what to look at, line by line."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Look at one part of the work after another, until there is no more."""
    gc.disable()  # nothing here makes cycles, and looking for them takes a tenth of the time
    from steward_app.kernel.errors import StewardError

    try:
        _work(json.loads(sys.stdin.readline()))
    except StewardError as error:
        _say({"failure": [type(error).__name__, error.code.value, error.message, error.hint]})
    except Exception as error:
        _say({"bug": type(error).__name__})  # its text could hold a value
        raise


def _work(request: dict[str, Any]) -> None:
    from steward_app import db
    from steward_app.kernel.errors import ErrorCode, Failure
    from steward_app.kernel.progress import Context
    from steward_app.kernel.text import quoted
    from steward_app.services.privacy.discover.apart import written
    from steward_app.services.privacy.discover.lexicon import lexicon, received
    from steward_app.services.privacy.discover.looking import Looking
    from steward_app.services.schema.introspect import read_schema

    path = Path(request["path"])
    with db.open_read(path) as session:
        schema = read_schema(session, Context())
        looking = Looking(
            session, lexicon(received(request["rules"])), Context(), lambda _, cells: _say({"cells": cells})
        )
        for line in sys.stdin:
            part = json.loads(line)
            table = schema.table(part["table"])
            if schema.hash != request["schema"] or table is None:
                raise Failure(
                    ErrorCode.CHANGED_ON_DISK,
                    f"The schema of {quoted(path.name)} changed while it was looked at.",
                    hint="Nothing was kept. Try again when the other program has finished.",
                )
            looked = looking.table(table, part["seed"], full=part["full"], part=tuple(part["part"]))
            _say({"looked": written(looked)})


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[4]))  # where this program lies, when it is not installed
    main()
