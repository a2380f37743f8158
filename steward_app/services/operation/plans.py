"""A plan kept in a file, to be read, reviewed and applied later: the document that `--plan --json` prints."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plain import adapter, from_plain, plain
from steward_app.kernel.plan import Plan
from steward_app.kernel.text import quoted
from steward_app.storage import read_whole, spare_databases, write_whole

SCHEMA = "steward/plan/v1"
_LIMIT_BYTES = 64 << 20


def save_plan(plan: Plan, path: Path) -> None:
    """Keep a plan in a file, over an earlier plan or where nothing is. It holds keys and counts, never values.

    What the plan knows of this process alone (`data_version`) is left out; its conditions stay. Raises `Refused` where
    something else stands, `Failure` when it cannot be written.
    """
    fields = plain(adapter(Plan).dump_python(_lasting(plan)))
    text = json.dumps({"schema": SCHEMA, **fields}, allow_nan=False, indent=2) + "\n"
    _spare_what_is_no_plan(path)
    write_whole(path, text.encode("utf-8"))


def load_plan(path: Path) -> Plan:
    """The plan kept in a file. Raises `UsageError` when the file holds none, `Failure` when it cannot be read."""
    from pydantic import ValidationError

    text = read_whole(path, limit_bytes=_LIMIT_BYTES)
    try:
        fields = json.loads(text, object_hook=from_plain)
        if not isinstance(fields, dict) or fields.pop("schema", "") != SCHEMA:
            raise ValueError("another document")
        for finding in fields.get("findings", ()):
            finding.pop("id", None)  # follows from what it is about
        return _lasting(adapter(Plan).validate_python(fields))
    except (ValueError, ValidationError, AttributeError, TypeError, RecursionError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(path.name)} does not hold a plan that this version can carry out.",
            hint="Nothing was changed. Make the plan again and keep it in a file.",
        ) from error


def _spare_what_is_no_plan(path: Path) -> None:
    spare_databases(path)
    if not os.path.lexists(path):
        return
    try:
        load_plan(path)
    except UsageError as error:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(path.name)} is there already, and it is no plan.",
            hint="It was left as it is, and nothing was changed. Choose another name for the plan.",
        ) from error


def _lasting(plan: Plan) -> Plan:
    return replace(plan, fingerprint=replace(plan.fingerprint, data_version=None))
