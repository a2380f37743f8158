"""One diagram, any format: the file's ending says which."""

from __future__ import annotations

from pathlib import Path

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.services.schema.erd.formats import TEXT_FORMATS
from steward_app.services.schema.erd.model import Diagram, Layout
from steward_app.services.schema.erd.picture import to_pdf, to_png
from steward_app.services.schema.erd.svg import extent, to_svg

_ENDINGS = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".dbml": "dbml",
    ".puml": "plantuml",
    ".plantuml": "plantuml",
}
FORMATS = ("svg", "png", "pdf", *TEXT_FORMATS)


def format_of(path: Path) -> str:
    """The format a file name asks for. Raises UsageError naming the formats there are."""
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"“{path.name}” does not say which kind of diagram to write.",
            hint=f"End the name with one of {', '.join(_ENDINGS)}, or name the format.",
        )
    return found


def needs_layout(kind: str) -> bool:
    """Whether a format is a picture, for which boxes must have places."""
    return kind not in TEXT_FORMATS


def render(diagram: Diagram, layout: Layout | None, kind: str) -> bytes:
    """The bytes of a file of that format. Pictures need a layout."""
    if kind in TEXT_FORMATS:
        return TEXT_FORMATS[kind](diagram).encode("utf-8")
    if layout is None:
        raise ValueError(f"{kind} is a picture and needs a layout")
    svg = to_svg(diagram, layout)
    if kind == "svg":
        return svg.encode("utf-8")
    view = extent(diagram, layout)
    return to_png(svg, view.width, view.height) if kind == "png" else to_pdf(svg, view.width, view.height)
