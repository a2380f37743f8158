"""From an open file to a diagram in any format."""

from __future__ import annotations

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.schema.erd.build import Scope, build
from steward_app.services.schema.erd.export import needs_layout, render
from steward_app.services.schema.erd.layout import arrange
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.relations import infer_relations


def draw(session: ReadSession, kind: str, scope: Scope, context: Context, *, inferred: bool = False) -> bytes:
    """The diagram of a file as the bytes of one picture or text.

    Args:
        kind: one of `export.FORMATS`.
        scope: what is in view.
        inferred: also draw relations that nobody declared, measured on the values.

    Raises:
        UsageError: when the scope names a table that is not there.
        Cancelled: when `context` is cancelled.
    """
    schema = read_schema(session, context)
    relations = infer_relations(session, schema, context) if inferred else ()
    diagram = build(schema, scope, inferred=relations)
    layout = arrange(diagram, context) if needs_layout(kind) else None
    context.checkpoint()
    return render(diagram, layout, kind)
