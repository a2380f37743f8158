"""What is known of an open file and shared by everybody who looks at it: its schema, and the last check."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import CheckReport, check
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_SCHEMA, _CHECK = "schema", "schema check"


class OpenFile(Protocol):
    """What is needed of an open document (`services.document.Document`)."""

    def read(self) -> AbstractContextManager[ReadSession]: ...

    def cached(self, key: str, make: Any) -> Any: ...

    def keep(self, key: str, value: object) -> None: ...

    def known(self, key: str) -> Any: ...


def schema_of(file: OpenFile, context: Context) -> Schema:
    """The schema of an open file, read once and again after it changed."""

    def make() -> Schema:
        with file.read() as session:
            return read_schema(session, context)

    schema: Schema = file.cached(_SCHEMA, make)
    return schema


def check_file(file: OpenFile, context: Context, *, quick: bool = False) -> CheckReport:
    """Check an open file; what was found is kept until the file changes. A stopped check is kept too, as stopped."""
    schema = schema_of(file, context)
    with file.read() as session:
        report = check(session, schema, context, quick=quick)
    file.keep(_CHECK, report)
    return report


def last_check(file: OpenFile) -> CheckReport | None:
    """The last check of this file as it is now, or None when nobody checked it since it changed."""
    report: CheckReport | None = file.known(_CHECK)
    return report
