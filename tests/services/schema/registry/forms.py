"""Tables as JSON Schema, from SQL."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from steward_app.db.skeleton import in_memory
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.registry.document import document_of


def form(*sql: str) -> dict[str, Any]:
    """The form of the first table that statements make."""
    with closing(in_memory()) as session:
        for each in sql:
            session.run(each)
        schema = read_schema(session)
        return document_of(schema.tables[0])
