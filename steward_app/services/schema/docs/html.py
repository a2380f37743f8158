"""The dictionary as a folder of HTML pages with diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from steward_app.kernel.progress import Context
from steward_app.services import report
from steward_app.services.schema.docs.dictionary import Dictionary, Entry
from steward_app.services.schema.erd.build import Scope, build
from steward_app.services.schema.erd.layout import arrange, arrange_all
from steward_app.services.schema.erd.model import ColumnsShown, Diagram
from steward_app.services.schema.erd.svg import to_svg
from steward_app.services.schema.model import Schema

_AT_ONCE = 50  # pictures arranged in one go
_WHOLE_DIAGRAM_TABLES = 120  # above this many nobody reads the whole picture, and each table has its own


def html_files(dictionary: Dictionary, file: str, context: Context) -> Iterator[tuple[str, str]]:
    """Pairs of (path inside the folder, text), the index last, so that it never points to what is not there yet."""
    schema = dictionary.schema
    total = len(dictionary.entries)
    slugs = {entry.table.name: entry.slug for entry in dictionary.entries}
    for start in range(0, total, _AT_ONCE):
        entries = dictionary.entries[start : start + _AT_ONCE]
        context.checkpoint()
        context.report(start, total, unit="tables", note=entries[0].table.name)
        drawn = [entry for entry in entries if entry.table.foreign_keys or entry.referring]
        diagrams = [_around(schema, entry) for entry in drawn]
        places = {}
        for entry, diagram, layout in zip(drawn, diagrams, arrange_all(diagrams, context), strict=True):
            places[entry.slug] = f"diagrams/{entry.slug}.svg"
            yield places[entry.slug], to_svg(diagram, layout)
        for entry in entries:
            yield f"tables/{entry.slug}.html", _table_page(slugs, entry, file, places.get(entry.slug, ""))
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
            damaged=dictionary.damaged,
            diagram=whole,
            entries=[_linked(entry) for entry in dictionary.entries],
        ),
    )


def _around(schema: Schema, entry: Entry) -> Diagram:
    """A table and its neighbours. They alone are handed over: the picture must not cost what the whole schema does."""
    near = {entry.table.name, *(name for name, _ in entry.referring)}
    near |= {key.parent_table for key in entry.table.foreign_keys}
    part = replace(schema, tables=tuple(table for table in schema.tables if table.name in near))
    return build(part, Scope(focus=entry.table.name, hops=1, columns=ColumnsShown.KEYS))


def _linked(entry: Entry) -> dict[str, object]:
    return {
        "table": entry.table,
        "kind": entry.kind,
        "rows": entry.rows,
        "size": entry.size,
        "comment": entry.comment,
        "page": f"tables/{entry.slug}.html",
    }


def _table_page(slugs: Mapping[str, str], entry: Entry, file: str, diagram: str) -> str:
    return report.render(
        "dictionary-table.html",
        file=file,
        entry={
            "table": entry.table,
            "kind": entry.kind,
            "rows": entry.rows,
            "size": entry.size,
            "comment": entry.comment,
            "columns": entry.columns,
            "rules": entry.rules,
            "referring": [(name, f"{slugs[name]}.html", rule) for name, rule in entry.referring],
            "diagram": f"../{diagram}" if diagram else "",
        },
    )
