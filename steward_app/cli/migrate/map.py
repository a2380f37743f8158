"""The map of a rehearsal: the schema before and after in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted, visible

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.migrate.run.rehearsed import RehearsalResult


def must_be_picture(to: Path) -> None:
    """Raise `UsageError` where a name does not ask for a picture: the texts that other programs draw have no marks."""
    from steward_app.services.schema.erd.export import format_of, needs_layout

    if not needs_layout(format_of(to)):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"The map of a rehearsal is a picture, and {quoted(to.name)} would be a text.",
            hint="End the name with .svg, .png or .pdf.",
        )


def draw_map(to: Path, result: RehearsalResult, *, force: bool) -> str:
    """Write the map of what changes; says in a sentence where it is, or why there is none."""
    from steward_app.services.migrate.rehearsal.map import picture
    from steward_app.services.schema.erd.export import format_of
    from steward_app.storage.local import write_whole

    if result.report is None:
        return "No map was drawn: the migrations did not go through."
    if not result.report.map.boxes:
        return "No map was drawn: the schema stays as it is."
    diagram = result.report.map

    def call(context: Context) -> None:
        write_whole(to, picture(diagram, format_of(to), context), overwrite=force)

    work("Drawing the map", call)
    return f"The map is in {visible(str(to))}."
