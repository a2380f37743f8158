"""What is known of an open file and shared by everybody who looks at it: its schema, and the last check."""

from __future__ import annotations

from steward_app.kernel.progress import Context
from steward_app.services.document import Document
from steward_app.services.schema.check import CheckReport, check
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_SCHEMA, _CHECK = "schema", "schema check"


def schema_of(document: Document, context: Context) -> Schema:
    """The schema of an open file, read once and again after it changed."""
    return document.cached(_SCHEMA, lambda session: read_schema(session, context))


def check_document(document: Document, context: Context, *, quick: bool = False) -> CheckReport:
    """Check an open file. What was found is kept until a row of it changes; a stopped check too, as stopped."""
    schema = schema_of(document, context)

    def make() -> CheckReport:
        with document.read() as session:
            return check(session, schema, context, quick=quick)

    return document.remembering(_CHECK, make, context)


def last_check(document: Document) -> CheckReport | None:
    """The last check of this file as it is now, or None when nobody checked it since it changed."""
    report = document.remembered(_CHECK)
    return report if isinstance(report, CheckReport) else None
