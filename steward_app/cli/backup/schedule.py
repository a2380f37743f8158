"""When restore points are made by themselves, and how long they stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, one_of
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.catalog.schedules import Schedule
    from steward_app.services.backup.schedule_files import ScheduleFiles


@app.command()
def schedule(
    database: Database,
    every: Annotated[
        int | None,
        typer.Option(
            "--every",
            metavar="MINUTES",
            help="Make a point every so many minutes; 0: by hand only.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="RULES",
            help="What stays: “5min:24h, 1h:7d, 1d:30d, 1m:1y” keeps one every 5 minutes for a day, every hour for a "
            "week, every day for a month, every month for a year. “all” keeps everything.",
            show_default=False,
        ),
    ] = None,
    system: Annotated[
        str,
        typer.Option(
            "--system",
            metavar="NAME",
            help="Write files that make systemd, launchd or task-scheduler run it when no window is open.",
            show_default=False,
        ),
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help="Where to write them; the current folder by default.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say when points are made by themselves and how long they stay; without options, show it.

    Points are made while the window is open, while “steward backup watch” runs, or by your system with --system.
    """
    from steward_app.services import backup
    from steward_app.services.backup import retention
    from steward_app.services.backup.schedule_files import System

    rules = None if keep is None else () if keep == "all" else retention.parse(keep)
    chosen = System(one_of("--system", system, [each.value for each in System])) if system else None

    def call(context: Context) -> Schedule:
        if every is None and rules is None:
            return backup.get_schedule(catalog, database, context)
        return backup.set_schedule(catalog, database, context, every_minutes=every, keep=rules)

    written: tuple[Path, ...] = ()
    with keeping(database) as catalog:
        now = work("Setting the schedule", call)
        files = None
        if chosen:
            files = work("Writing", lambda context: backup.system_files(catalog, database, chosen, context))
            written = backup.write_system_files(files, to or Path.cwd())
    show(
        "backup-schedule",
        now,
        as_json=as_json,
        human=lambda out: _print_schedule(out, database, now, files, written),
    )


def _print_schedule(
    out: Printer, database: Path, now: Schedule, files: ScheduleFiles | None, written: Sequence[Path]
) -> None:
    from steward_app.services.backup import retention

    every = f"every {plural(now.every_minutes, 'minute')}" if now.every_minutes else "by hand only"
    out.line(f"Restore points of {quoted(database.name)}: {every}.")
    rules = retention.from_text(now.keep)
    for rule in rules:
        out.line(retention.told(rule), indent=2)
    if not rules:
        out.line("Everything stays.", indent=2)
    if files is None:
        return
    for path in written:
        out.line(f"Wrote {path}")
    them = "it" if len(written) == 1 else "them"
    out.line(f"Copy {them} to {files.folder}, then type there:")
    for command in files.install:
        out.code(command)
    if files.note:
        out.line(files.note)
    out.line("To end it:")
    for command in files.remove:
        out.code(command)
