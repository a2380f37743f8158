"""The diagram in the text languages of other tools. Each has its own rules for names, and each is hostile ground."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from steward_app.kernel.text import visible
from steward_app.services.schema.erd.model import Box, Cardinality, Diagram, Link

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def to_mermaid(diagram: Diagram) -> str:
    """A Mermaid `erDiagram`. Tables get short names of ours; their own stand beside them, with entity codes."""
    names = _aliases(diagram)
    lines = ["erDiagram"]
    for box in diagram.boxes:
        lines.append(f'    {names[box.table]}["{_mermaid(box.table)}"] {{')
        for number, row in enumerate(row for row in box.rows if row.column):
            plain = row.name if _WORD.match(row.name) else f"column_{number + 1}"
            kind = re.sub(r"[^A-Za-z0-9_]+", "_", row.type).strip("_") or "any"
            kind = kind if kind[0].isalpha() else f"t_{kind}"
            key = {"key": " PK", "link": " FK", "unique": " UK"}.get(row.key, "")
            comment = "" if plain == row.name else f' "{_mermaid(row.name)}"'
            lines.append(f"        {kind} {plain}{key}{comment}")
        lines.append("    }")
    for link in diagram.links:
        if link.child in names and link.parent in names:
            words = _mermaid(", ".join(link.child_columns))
            lines.append(f'    {names[link.child]} {_ends(link)} {names[link.parent]} : "{words}"')
    return "\n".join(lines) + "\n"


def to_dot(diagram: Diagram) -> str:
    """A Graphviz graph with a port for every column."""
    names = _aliases(diagram)
    lines = [
        "digraph schema {",
        "  rankdir=RL; splines=polyline; nodesep=0.4; ranksep=1;",
        '  node [shape=plain, fontname="Helvetica", fontsize=11]; edge [dir=both, arrowsize=0.8];',
    ]
    for box in diagram.boxes:
        rows = "".join(
            f'<tr><td port="c{number}" align="left">{_html(row.name)}</td><td align="right">{_html(row.type)}</td></tr>'
            for number, row in enumerate(box.rows)
        )
        lines.append(
            f'  {names[box.table]} [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4">'
            f'<tr><td port="head" colspan="2"><b>{_html(box.table)}</b></td></tr>{rows}</table>>];'
        )
    heads = {Cardinality.MANY: "crow", Cardinality.NONE_OR_ONE: "teeodot", Cardinality.EXACTLY_ONE: "teetee"}
    boxes = {box.table: box for box in diagram.boxes}
    for link in diagram.links:
        if link.child in names and link.parent in names:
            style = ", style=dashed" if link.inferred or link.problem else ""
            lines.append(
                f"  {names[link.child]}:{_port(boxes[link.child], link.child_columns)} -> "
                f"{names[link.parent]}:{_port(boxes[link.parent], link.parent_columns)} "
                f"[arrowtail={heads[link.child_end]}, arrowhead={heads[link.parent_end]}{style}];"
            )
    return "\n".join([*lines, "}"]) + "\n"


def to_dbml(diagram: Diagram) -> str:
    """A DBML document, as dbdiagram and its relatives read it."""
    lines: list[str] = []
    for box in diagram.boxes:
        lines.append(f"Table {_dbml(box.table)} {{")
        for row in box.rows:
            if row.column:
                settings = [
                    words
                    for words, holds in (
                        ("pk", row.key == "key"),
                        ("unique", row.key == "unique"),
                        ("not null", not row.nullable and row.key != "key"),
                    )
                    if holds
                ]
                note = f" [{', '.join(settings)}]" if settings else ""
                lines.append(f"  {_dbml(row.name)} {_dbml(row.type or 'any')}{note}")
        lines += ["}", ""]
    tables = {box.table for box in diagram.boxes if not box.missing}
    for link in diagram.links:
        if link.child in tables and link.parent in tables and link.parent_columns:
            sign = ">" if link.child_end is Cardinality.MANY else "-"
            note = "  // not declared" if link.inferred else ""
            lines.append(
                f"Ref: {_end(link.child, link.child_columns)} {sign} {_end(link.parent, link.parent_columns)}{note}"
            )
    return "\n".join(lines) + "\n"


def to_plantuml(diagram: Diagram) -> str:
    """A PlantUML entity diagram."""
    names = _aliases(diagram)
    lines = ["@startuml", "hide circle", "skinparam linetype ortho"]
    for box in diagram.boxes:
        lines.append(f'entity "{_plantuml(box.table)}" as {names[box.table]} {{')
        keys = [row for row in box.rows if row.column and row.key == "key"]
        others = [row for row in box.rows if row.column and row.key != "key"]
        lines += [f"  * {_plantuml(row.name)} : {_plantuml(row.type or 'any')} <<PK>>" for row in keys]
        lines.append("  --")
        for row in others:
            mark = {"link": " <<FK>>", "unique": " <<U>>"}.get(row.key, "")
            required = "" if row.nullable else "* "
            lines.append(f"  {required}{_plantuml(row.name)} : {_plantuml(row.type or 'any')}{mark}")
        lines.append("}")
    lines += [
        f"{names[link.child]} {_ends(link)} {names[link.parent]}"
        for link in diagram.links
        if link.child in names and link.parent in names
    ]
    return "\n".join([*lines, "@enduml"]) + "\n"


TEXT_FORMATS: dict[str, Callable[[Diagram], str]] = {
    "mermaid": to_mermaid,
    "dot": to_dot,
    "dbml": to_dbml,
    "plantuml": to_plantuml,
}


_LEFT_ENDS = {Cardinality.MANY: "}o", Cardinality.NONE_OR_ONE: "|o", Cardinality.EXACTLY_ONE: "||"}
_RIGHT_ENDS = {Cardinality.MANY: "o{", Cardinality.NONE_OR_ONE: "o|", Cardinality.EXACTLY_ONE: "||"}


def _ends(link: Link) -> str:
    """The line of a link with its crow's feet, as Mermaid and PlantUML both write it."""
    line = ".." if link.inferred else "--"
    return f"{_LEFT_ENDS[link.child_end]}{line}{_RIGHT_ENDS[link.parent_end]}"


def _aliases(diagram: Diagram) -> dict[str, str]:
    return {box.table: f"t{number}" for number, box in enumerate(diagram.boxes, start=1)}


def _port(box: Box, columns: tuple[str, ...]) -> str:
    for number, row in enumerate(box.rows):
        if row.column and columns and row.name == columns[0]:
            return f"c{number}"
    return "head"


def _end(table: str, columns: tuple[str, ...]) -> str:
    names = [_dbml(column) for column in columns]
    return f"{_dbml(table)}.{names[0]}" if len(names) == 1 else f"{_dbml(table)}.({', '.join(names)})"


def _html(text: str) -> str:
    return escape(visible(text)).replace("\\", "&#92;") or " "


def _mermaid(text: str) -> str:
    """Letters, digits and spaces as they are, anything else as an entity code of Mermaid (`#60;`)."""
    return "".join(c if c.isalnum() or c in " _-.,()" else f"#{ord(c)};" for c in visible(text))


def _plantuml(text: str) -> str:
    """Letters, digits and spaces as they are, anything else as a code point (`<U+003C>`)."""
    return "".join(c if c.isalnum() or c in " _" else f"<U+{ord(c):04X}>" for c in visible(text))


def _dbml(text: str) -> str:
    shown = visible(text)
    return shown if _WORD.match(shown) else '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
