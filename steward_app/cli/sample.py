"""`steward sample`: a made-up clinic to try everything on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.frame import single
from steward_app.cli.options import AsJson
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.text import plural, quoted, size

if TYPE_CHECKING:
    from steward_app.services.sample import SampleSummary

app = single()

_SEED = 7


@app.command()
def sample(
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="The new file; it must not exist.",
            show_default=False,
            readable=False,
        ),
    ],
    seed: Annotated[int, typer.Option("--seed", help="Another number gives other people.")] = _SEED,
    as_json: AsJson = False,
) -> None:
    """Make the sample database “Riverside Clinic”: invented people, and everything a steward meets in real files."""
    from steward_app.services.sample import build

    summary = work(f"Making {quoted(to.name)}", lambda context: build(to, seed=seed, context=context))
    show("sample", summary, as_json=as_json, human=lambda out: _print(out, summary))


def _print(out: Printer, summary: SampleSummary) -> None:
    out.line(
        f"Riverside Clinic is in {quoted(str(summary.path), 200)}: {plural(summary.rows, 'row')}"
        f" in {plural(len(summary.tables), 'table')}, {size(summary.size_bytes)}."
    )
    out.line("Everybody in it is invented. This is wrong in it, on purpose:")
    out.table(
        ("Where", "What"), [(_place(each.table, each.columns), each.sentence) for each in summary.planted]
    )


def _place(table: str, columns: tuple[str, ...]) -> str:
    return f"{table}.{', '.join(columns)}" if columns else table
