"""See: what is in a file, how it hangs together, what is declared, what is enforced, and which rows break it."""

from steward_app.services.schema.diff import SchemaDiff, compare
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.relations import InferredRelation, infer_relations
from steward_app.services.schema.statistics import RowCount, Space, count_rows, estimate_rows, measure_space

__all__ = [
    "InferredRelation",
    "RowCount",
    "Schema",
    "SchemaDiff",
    "Space",
    "Table",
    "TableKind",
    "compare",
    "count_rows",
    "estimate_rows",
    "infer_relations",
    "measure_space",
    "read_schema",
]
