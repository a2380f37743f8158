"""Table schemas as versions of JSON Schema, and what is promised of the versions to come."""

from steward_app.services.schema.registry.compare import compare
from steward_app.services.schema.registry.document import document_of
from steward_app.services.schema.registry.model import Breach, Direction, Incompatibility, Mode, Version
from steward_app.services.schema.registry.promises import Held, Promises
from steward_app.services.schema.registry.register import (
    Breaks,
    Compared,
    Forms,
    compare_tables,
    compare_versions,
    forms,
    version_of,
    versions,
)

__all__ = [
    "Breach",
    "Breaks",
    "Compared",
    "Direction",
    "Forms",
    "Held",
    "Incompatibility",
    "Mode",
    "Promises",
    "Version",
    "compare",
    "compare_tables",
    "compare_versions",
    "document_of",
    "forms",
    "version_of",
    "versions",
]
