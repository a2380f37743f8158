"""The dictionary as a folder of HTML pages with diagrams."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.kernel.progress import Context
from steward_app.services import report
from steward_app.services.schema.docs.dictionary import Dictionary, Entry
from steward_app.services.schema.erd.build import Scope, build
from steward_app.services.schema.erd.layout import arrange
from steward_app.services.schema.erd.model import ColumnsShown
from steward_app.services.schema.erd.svg import to_svg

_WHOLE_DIAGRAM_TABLES = 120  # above this many nobody reads the whole picture, and each table has its own


def html_files(dictionary: Dictionary, file: str, context: Context) -> Iterator[tuple[str, str]]:
    """Pairs of (path inside the folder, text), the index last, so that it never points to what is not there yet."""
    schema = dictionary.schema
    total = len(dictionary.entries)
    for number, entry in enumerate(dictionary.entries):
        context.checkpoint()
        context.report(number, total, unit="tables", note=entry.table.name)
        drawn = ""
        if entry.table.foreign_keys or entry.referring:
            diagram = build(schema, Scope(focus=entry.table.name, hops=1, columns=ColumnsShown.KEYS))
            drawn = f"diagrams/{entry.slug}.svg"
            yield drawn, to_svg(diagram, arrange(diagram, context))
        yield f"tables/{entry.slug}.html", _table_page(dictionary, entry, file, drawn)
    whole = ""
    if any(table.foreign_keys for table in schema.tables) and total <= _WHOLE_DIAGRAM_TABLES:
        diagram = build(schema, Scope(columns=ColumnsShown.KEYS))
        whole = "diagrams/schema.svg"
        yield whole, to_svg(diagram, arrange(diagram, context))
    yield (
        "index.html",
        report.render(
            "dictionary.html",
            file=file,
            schema=schema,
            links=dictionary.links,
            diagram=whole,
            entries=[_linked(entry) for entry in dictionary.entries],
        ),
    )


def _linked(entry: Entry) -> dict[str, object]:
    return {
        "table": entry.table,
        "kind": entry.kind,
        "rows": entry.rows,
        "comment": entry.comment,
        "page": f"tables/{entry.slug}.html",
    }


def _table_page(dictionary: Dictionary, entry: Entry, file: str, diagram: str) -> str:
    return report.render(
        "dictionary-table.html",
        file=file,
        entry={
            "table": entry.table,
            "kind": entry.kind,
            "rows": entry.rows,
            "comment": entry.comment,
            "columns": entry.columns,
            "rules": entry.rules,
            "referring": [(name, f"{dictionary.slug(name)}.html", rule) for name, rule in entry.referring],
            "diagram": f"../{diagram}" if diagram else "",
        },
    )
